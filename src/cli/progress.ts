import type { Terminal } from './command.ts';

/** What is known of one import while it runs. */
export interface ProgressState {
  readonly label: string;
  readonly state: string;
  /** Bytes sent and to send; null where the server fetches the file itself. */
  readonly sent: { readonly bytes: number; readonly total: number } | null;
  readonly rows: number | null;
}

export interface Progress {
  show(state: ProgressState): void;
  /** Clears the line of the progress, so that the result can stand there. */
  end(): void;
}

const BAR_WIDTH = 24;
/** Ten times a second looks alive and costs nothing. */
const REDRAW_INTERVAL_MS = 100;

/** A bar on a terminal; elsewhere one line for each change of state. */
export function createProgress(terminal: Terminal): Progress {
  let lastState = '';
  let drawnAt = 0;
  return {
    show(state) {
      if (terminal.redraw === null) {
        if (state.state !== lastState) terminal.err(`${state.label}: ${state.state}`);
        lastState = state.state;
        return;
      }
      const now = performance.now();
      if (now - drawnAt < REDRAW_INTERVAL_MS && state.state === lastState) return;
      drawnAt = now;
      lastState = state.state;
      terminal.redraw(progressLine(state));
    },
    end: () => terminal.redraw?.(''),
  };
}

/** One line: name, state, bar of bytes sent, rows. */
export function progressLine({ label, state, sent, rows }: ProgressState): string {
  const parts = [label, state];
  if (sent !== null && sent.total > 0) {
    const done = Math.min(1, sent.bytes / sent.total);
    const filled = Math.round(done * BAR_WIDTH);
    parts.push(`[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${formatBytes(sent.bytes)}`);
  }
  if (rows !== null && rows > 0) parts.push(`${formatCount(rows)} rows`);
  return parts.join('  ');
}

/** 1234567 as `1,234,567`. */
export const formatCount = (value: number): string => value.toLocaleString('en-US');

/** 1,500,000 as `1.5 MB`; decimal units, as file managers and CARTO show them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
