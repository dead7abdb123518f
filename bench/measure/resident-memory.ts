import { readdirSync, readFileSync } from 'node:fs';

/** Often enough to see a short peak, seldom enough not to be seen in the times. */
const SAMPLE_INTERVAL_MS = 50;

export interface MemoryWatch {
  /** Most bytes that the process and all below it held at once since the last call. */
  takePeakBytes(): number;
  stop(): void;
}

/** Samples the resident memory of a process and its descendants from /proc (Linux only). */
export function watchMemory(pid: number): MemoryWatch {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(pid));
  }, SAMPLE_INTERVAL_MS);
  return {
    takePeakBytes() {
      const seen = peak;
      peak = 0;
      return seen;
    },
    stop: () => clearInterval(timer),
  };
}

function residentBytes(pid: number): number {
  let total = 0;
  for (const member of withDescendants(pid)) {
    try {
      const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${member}/status`, 'utf8'))?.[1];
      total += Number(kilobytes ?? 0) * 1024;
    } catch {
      // The process ended between the listing and the reading.
    }
  }
  return total;
}

function withDescendants(pid: number): readonly number[] {
  const found = [pid];
  for (const parent of found) {
    try {
      for (const task of readdirSync(`/proc/${parent}/task`)) {
        const children = readFileSync(`/proc/${parent}/task/${task}/children`, 'utf8').trim();
        if (children !== '') found.push(...children.split(' ').map(Number));
      }
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}
