import { ckmeans, equalIntervalBreaks, quantileSorted } from 'simple-statistics';
import type { ClassMethod } from '../domain/map.ts';

/** Values beyond which Jenks' classes are cut of a sample: the time grows faster than their number. */
const MOST_CLUSTERED = 10_000;

/** Digits that are kept: a break is for the eye, and 0.1 + 0.2 is not 0.30000000000000004 to it. */
const DIGITS = 12;

const rising = (values: readonly number[], least: number, most: number): readonly number[] =>
  [...new Set(values.map((value) => Number(value.toPrecision(DIGITS))))]
    .filter((value) => value > least && value < most)
    .sort((one, other) => one - other);

/**
 * The breaks between so many classes of the values, which ascend: at most one less than classes, each within the values
 * and none twice, so fewer where values repeat.
 */
export function breaksOf(method: ClassMethod, sorted: readonly number[], classes: number): readonly number[] {
  const least = sorted[0];
  const most = sorted.at(-1);
  if (least === undefined || most === undefined || least === most) return [];
  switch (method) {
    case 'quantiles': {
      const values = [...sorted];
      const shares = Array.from({ length: classes - 1 }, (_, index) => (index + 1) / classes);
      return rising(
        shares.map((share) => quantileSorted(values, share)),
        least,
        most,
      );
    }
    case 'equal':
      return rising(equalIntervalBreaks([least, most], classes).slice(1, -1), least, most);
    case 'jenks': {
      const step = Math.ceil(sorted.length / MOST_CLUSTERED);
      const some = step === 1 ? [...sorted] : sorted.filter((_, index) => index % step === 0);
      const distinct = new Set(some).size;
      // Between two clusters the next one's least value: a break belongs to the class above it.
      const clusters = ckmeans(some, Math.min(classes, distinct));
      return [...new Set(clusters.slice(1).map(([first = least]) => first))].filter((value) => value > least);
    }
  }
}
