/** Entries above which old ones are dropped, so that wrong keys cannot fill the memory. */
const MOST_ENTRIES = 1_000;

/**
 * Remembers what `load` gave for an argument, found or not, for `milliseconds`; those who ask meanwhile share one call.
 * A failure is not remembered.
 */
export function createRecent<Argument, Value>(
  load: (argument: Argument) => Promise<Value>,
  keyOf: (argument: Argument) => string,
  milliseconds: number,
): (argument: Argument) => Promise<Value> {
  const recent = new Map<string, { readonly until: number; readonly value: Promise<Value> }>();
  return (argument) => {
    const key = keyOf(argument);
    const now = performance.now();
    const known = recent.get(key);
    if (known !== undefined && known.until > now) return known.value;
    if (recent.size >= MOST_ENTRIES) recent.clear();
    const value = load(argument);
    recent.set(key, { until: now + milliseconds, value });
    value.catch(() => recent.delete(key));
    return value;
  };
}
