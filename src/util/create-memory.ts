/**
 * Remembers what cannot change under its key; a failure is not remembered. With `most` keys known, all are forgotten
 * before the next.
 */
export function createMemory<T>(most: number): (key: string, load: () => Promise<T>) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key, load) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= most) known.clear();
    const found = load();
    known.set(key, found);
    found.catch(() => known.delete(key));
    return found;
  };
}
