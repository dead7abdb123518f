/** A wish for a paint as a paint: what is not said is chosen by what the table holds. */
import {
  type BubbleStop,
  type CategoryStop,
  type CategoryValue,
  CLASSES,
  type ClassMethod,
  type ClassStop,
  MOST_STOPS,
  type Paint,
  type PaintKind,
  type PaintWish,
} from '../domain/map.ts';
import type { ReadableColumn, ReadableTable } from '../store/readable-table.ts';
import { type ColumnStats, kindOfColumn, type StatsWish } from './column-stats.ts';
import { defaultPaint } from './default-layer.ts';
import { OTHERS, rampColours, rampNames, setColours, setNames } from './palettes.ts';
import type { GeometryKind } from './table-facts.ts';

/** A map, or a layer of one, that cannot be as it was asked for: in words for whoever asked. */
export class MapRefused extends Error {
  override readonly name = 'MapRefused';
}

/** What is known of the table. */
export interface PaintedTable {
  readonly table: ReadableTable;
  readonly geometry: GeometryKind | null;
  /** Of the layer in its map. */
  readonly position: number;
  stats(column: ReadableColumn, wish: StatsWish): Promise<ColumnStats>;
}

/** Categories that get a colour of their own where nobody chose them. */
const USUAL_CATEGORIES = 10;

/** The largest bubble where nobody chose, in pixels, and the parts that its scale has. */
const LARGEST = 24;
const PARTS = 5;

/** The paint. Throws MapRefused where the table cannot be painted so. */
export async function settlePaint(wish: PaintWish | undefined, painted: PaintedTable): Promise<Paint> {
  const { table, geometry, position } = painted;
  const usual = defaultPaint(geometry, table.rows, position);
  if (wish === undefined) return usual;
  const kind = wish.kind ?? usual.kind;
  if ((kind === 'raster') !== (geometry === 'raster')) {
    throw new MapRefused(
      geometry === 'raster'
        ? `"${table.name}" is a raster: its paint has the kind raster`
        : `"${table.name}" is no raster`,
    );
  }
  const isByColumn = kind !== 'simple' && kind !== 'raster';
  const isClassed = isByColumn && kind !== 'bubbles';
  const base = {
    color: wish.color ?? (isClassed ? OTHERS : usual.color),
    opacity: wish.opacity ?? usual.opacity,
    width: wish.width ?? usual.width,
    radius: wish.radius ?? usual.radius,
  };
  if (!isByColumn) return { kind, ...base };
  const column = columnFor(kind, wish.column, painted);
  switch (kind) {
    case 'categories': {
      const palette = paletteOf(wish.palette, setNames);
      return { kind, ...base, column: column.name, palette, stops: await categories(wish, column, palette, painted) };
    }
    case 'bubbles':
      return { kind, ...base, column: column.name, stops: await bubbles(wish, column, painted) };
    default: {
      const palette = paletteOf(wish.palette, rampNames);
      const stops = await classStops(kind, wish, column, palette, painted);
      const classes = wish.classes ?? (wish.stops ? Math.max(stops.length, CLASSES.least) : CLASSES.usual);
      return { kind, ...base, column: column.name, classes, palette, stops };
    }
  }
}

function columnFor(kind: PaintKind, name: string | undefined, { table, geometry }: PaintedTable): ReadableColumn {
  if (name === undefined) throw new MapRefused(`a paint of the kind ${kind} needs a column`);
  const column = table.columns.find((one) => one.name === name);
  const found = column === undefined ? null : kindOfColumn(column);
  if (column === undefined || found === null) {
    throw new MapRefused(`"${table.name}" has no column "${name}" that a map can be painted by`);
  }
  if (kind !== 'categories' && found !== 'number') {
    throw new MapRefused(`"${name}" holds no numbers, which ${kind} need: paint it by categories`);
  }
  if (kind === 'bubbles' && geometry !== 'point' && geometry !== null) {
    throw new MapRefused(`bubbles are for points, and "${table.name}" has others`);
  }
  return column;
}

function paletteOf(asked: string | undefined, names: readonly string[]): string {
  const [usual = ''] = names;
  if (asked === undefined) return usual;
  if (!names.includes(asked))
    throw new MapRefused(`there is no palette "${asked}" here: it is one of ${names.join(', ')}`);
  return asked;
}

/** A value as tiles have those of the column: styles that are imported write numbers as texts. */
function asColumn(value: CategoryValue, column: ReadableColumn): CategoryValue {
  const kind = kindOfColumn(column);
  if (typeof value !== 'string') return kind === 'string' ? String(value) : value;
  if (kind === 'number' && value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value);
  return kind === 'boolean' && /^(true|false)$/.test(value) ? value === 'true' : value;
}

const wrongStop = (needs: string): MapRefused => new MapRefused(`each stop of this kind of paint has ${needs}`);

async function categories(
  { stops }: PaintWish,
  column: ReadableColumn,
  palette: string,
  painted: PaintedTable,
): Promise<readonly CategoryStop[]> {
  if (stops) {
    const colours = setColours(palette, stops.length);
    return stops.map(({ value, color }, at) => {
      if (value === undefined) throw wrongStop('a "value"');
      return { value: asColumn(value, column), color: color ?? colours[at] ?? OTHERS };
    });
  }
  const found = await painted.stats(column, { classes: CLASSES.usual, methods: [] });
  const frequent = found.categories.slice(0, USUAL_CATEGORIES);
  const colours = setColours(palette, frequent.length);
  return frequent.map(({ value }, at) => ({ value, color: colours[at] ?? OTHERS }));
}

async function classStops(
  kind: ClassMethod,
  { stops, classes = CLASSES.usual }: PaintWish,
  column: ReadableColumn,
  palette: string,
  painted: PaintedTable,
): Promise<readonly ClassStop[]> {
  if (stops) {
    const colours = rampColours(palette, stops.length);
    const classed = stops.map(({ from, to, color }, at) => {
      if (from === undefined || to === undefined || to < from)
        throw wrongStop('numbers "from" and "to", and the first is not more');
      return { from, to, color: color ?? colours[at] ?? OTHERS };
    });
    if (classed.some(({ from }, at) => from <= (classed[at - 1]?.from ?? Number.NEGATIVE_INFINITY))) {
      throw new MapRefused('stops ascend by "from", and no two begin at the same');
    }
    return classed;
  }
  const { min, max, breaks } = await painted.stats(column, { classes, methods: [kind] });
  if (typeof min !== 'number' || typeof max !== 'number') return [];
  const starts = [min, ...(breaks[kind] ?? [])];
  const colours = rampColours(palette, starts.length);
  return starts.map((from, at) => ({ from, to: starts[at + 1] ?? max, color: colours[at] ?? OTHERS }));
}

async function bubbles(
  { stops, radius }: PaintWish,
  column: ReadableColumn,
  painted: PaintedTable,
): Promise<readonly BubbleStop[]> {
  if (stops) {
    const sized = stops.map((stop) => {
      if (typeof stop.value !== 'number' || stop.radius === undefined)
        throw wrongStop('a number "value" and a "radius"');
      return { value: stop.value, radius: stop.radius };
    });
    if (sized.some(({ value }, at) => value <= (sized[at - 1]?.value ?? Number.NEGATIVE_INFINITY))) {
      throw new MapRefused('stops ascend by "value", and no two have the same');
    }
    return sized;
  }
  const { max } = await painted.stats(column, { classes: CLASSES.usual, methods: [] });
  if (typeof max !== 'number' || max <= 0) return [];
  const largest = Math.max(radius ?? 0, LARGEST);
  // The area of a bubble is in proportion to its value; between the stops the difference is less than a pixel.
  return Array.from({ length: PARTS + 1 }, (_, part) => ({
    value: max * (part / PARTS) ** 2,
    radius: Math.max(1.5, (largest * part) / PARTS),
  }));
}

/** Throws MapRefused for more stops than a map may have. */
export function limitStops(stops: readonly unknown[]): void {
  if (stops.length > MOST_STOPS) throw new MapRefused(`a paint has at most ${MOST_STOPS} stops, not ${stops.length}`);
}
