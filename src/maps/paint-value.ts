/** The colour and the size of one row: what the expressions of a style say, for pictures that are drawn here. */
import type { Paint } from '../domain/map.ts';

/** A value as a tile has it. */
export type PaintedValue = string | number | boolean | null;

/** `#rrggbb` of a row with this value in the column of the paint. */
export function colourOf(paint: Paint, value: PaintedValue): string {
  switch (paint.kind) {
    case 'categories':
      return paint.stops.find((stop) => stop.value === value)?.color ?? paint.color;
    case 'quantiles':
    case 'equal':
    case 'jenks': {
      const [first] = paint.stops;
      if (typeof value !== 'number' || first === undefined) return paint.color;
      return (paint.stops.findLast(({ from }) => value >= from) ?? first).color;
    }
    default:
      return paint.color;
  }
}

/** The radius of a point with this value, in pixels. */
export function radiusOf(paint: Paint, value: PaintedValue): number {
  if (paint.kind !== 'bubbles') return paint.radius;
  const { stops } = paint;
  const [first] = stops;
  if (first === undefined) return paint.radius;
  if (typeof value !== 'number' || value <= first.value) return first.radius;
  const above = stops.findIndex((stop) => value < stop.value);
  const low = stops[above - 1];
  const high = stops[above];
  if (low === undefined || high === undefined) return stops.at(-1)?.radius ?? paint.radius;
  return low.radius + ((value - low.value) / (high.value - low.value)) * (high.radius - low.radius);
}
