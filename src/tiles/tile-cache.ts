/** Buffers by key, those used last, up to so many bytes. */
export interface BufferCache {
  get(key: string): Buffer | undefined;
  set(key: string, value: Buffer): void;
}

/** What an entry costs beside its bytes: its key and its place, about. */
const OVERHEAD_BYTES = 300;

/** A cache of at most `mostBytes`; the entry used least recently goes first. */
export function createBufferCache(mostBytes: number): BufferCache {
  const entries = new Map<string, Buffer>();
  let bytes = 0;
  const sizeOf = (value: Buffer) => value.length + OVERHEAD_BYTES;
  const remove = (key: string, value: Buffer) => {
    entries.delete(key);
    bytes -= sizeOf(value);
  };
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      const before = entries.get(key);
      if (before !== undefined) remove(key, before);
      entries.set(key, value);
      bytes += sizeOf(value);
      for (const [oldKey, old] of entries) {
        if (bytes <= mostBytes) return;
        remove(oldKey, old);
      }
    },
  };
}
