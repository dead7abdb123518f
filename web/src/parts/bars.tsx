import type { JSX } from 'preact';
import { countText } from '../format.ts';

/** A small histogram; what it says in words is the caller's part. */
export function Bars({ counts, label }: { readonly counts: readonly number[]; readonly label: string }): JSX.Element {
  const highest = Math.max(1, ...counts);
  const width = 100 / Math.max(1, counts.length);
  return (
    <svg class="bars" viewBox="0 0 100 32" preserveAspectRatio="none" role="img" aria-label={label}>
      {counts.map((count, at) => {
        // One row among a million is still one that can be seen.
        const height = count === 0 ? 0 : Math.max(1, (count / highest) * 32);
        return <rect key={at} x={at * width} y={32 - height} width={width * 0.86} height={height} />;
      })}
    </svg>
  );
}

/** The most frequent values with their counts as bars. */
export function Tops({
  tops,
  write = countText,
}: {
  readonly tops: readonly { readonly value: string; readonly count: number }[];
  /** How a count is written. */
  readonly write?: (count: number) => string;
}): JSX.Element {
  const highest = Math.max(1, ...tops.map(({ count }) => count));
  return (
    <ul class="tops">
      {tops.map(({ value, count }) => (
        <li key={value}>
          <span class="top-value">{value}</span>
          <meter min={0} max={highest} value={count} aria-label={value} />
          <span class="top-count">{write(count)}</span>
        </li>
      ))}
    </ul>
  );
}
