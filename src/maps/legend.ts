import type { Paint } from '../domain/map.ts';

/** One line of a legend. */
export interface LegendEntry {
  readonly color: string;
  /** Of a bubble, in pixels; null: the colour alone tells. */
  readonly radius: number | null;
  readonly text: string;
}

const number = (value: number): string =>
  Math.abs(value) >= 1e6
    ? new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value)
    : new Intl.NumberFormat('en', { maximumSignificantDigits: 4 }).format(value);

/** The lines of a layer's legend; of a single colour one, whose text is empty as the title says all. */
export function legendOf(paint: Paint): readonly LegendEntry[] {
  switch (paint.kind) {
    case 'raster':
      return [];
    case 'simple':
      return [{ color: paint.color, radius: null, text: '' }];
    case 'categories':
      return [
        ...paint.stops.map(({ value, color }) => ({ color, radius: null, text: String(value) })),
        { color: paint.color, radius: null, text: 'Other' },
      ];
    case 'bubbles':
      return paint.stops
        .slice(1)
        .map(({ value, radius }) => ({ color: paint.color, radius, text: number(value) }))
        .filter((_, at, all) => all.length <= 3 || at % 2 === 0);
    default:
      return paint.stops.map(({ from, to, color }) => ({
        color,
        radius: null,
        text: `${number(from)} – ${number(to)}`,
      }));
  }
}
