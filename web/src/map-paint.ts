import { type Column, kindOf } from './sql.ts';

/** A class, a category or a bubble of a paint, by its kind. */
export interface Stop {
  readonly value?: string | number | boolean;
  readonly from?: number;
  readonly to?: number;
  readonly color?: string;
  readonly radius?: number;
}

/** Ways in which rows are drawn, by the names of the API. */
export type PaintKind = 'simple' | 'categories' | 'quantiles' | 'equal' | 'jenks' | 'bubbles' | 'raster';

/** How a layer is drawn. */
export interface Paint {
  readonly kind: PaintKind;
  readonly color: string;
  readonly opacity: number;
  readonly width: number;
  readonly radius: number;
  readonly column: string | null;
  readonly classes: number | null;
  readonly palette: string | null;
  /** null: the server computes them of the rows. */
  readonly stops: readonly Stop[] | null;
}

/** Palettes by the names of the API: for classes, which have an order, and for categories. */
export const ramps = ['viridis', 'cividis', 'magma', 'blues', 'oranges', 'teals', 'purples', 'diverging'] as const;
export const sets = ['safe', 'bold'] as const;

/** Classes that a paint begins with, and how many it may have. */
const CLASSES = 5;
export const FEWEST_CLASSES = 2;
export const MOST_CLASSES = 12;

const classed: ReadonlySet<PaintKind> = new Set(['quantiles', 'equal', 'jenks']);

/** Whether a paint puts rows into classes of numbers. */
export const isClassed = (kind: PaintKind): boolean => classed.has(kind);

/** Columns that a paint of a kind can go by. */
export function columnsFor(kind: PaintKind, columns: readonly Column[]): readonly Column[] {
  if (kind === 'simple' || kind === 'raster') return [];
  const fitting = columns.filter(({ name }) => name !== 'cartodb_id');
  if (kind === 'categories') return fitting.filter(({ type }) => ['text', 'number', 'boolean'].includes(kindOf(type)));
  return fitting.filter(({ type }) => kindOf(type) === 'number');
}

/** Kinds of paint that a layer can have: those for which its table has something to go by. */
export function kindsFor(
  { geometry }: { readonly geometry: string | null },
  columns: readonly Column[],
): readonly PaintKind[] {
  if (geometry === 'raster') return ['raster'];
  const kinds: readonly PaintKind[] = [
    'categories',
    'quantiles',
    'equal',
    'jenks',
    ...(geometry === 'point' ? (['bubbles'] as const) : []),
  ];
  return ['simple', ...kinds.filter((kind) => columnsFor(kind, columns).length > 0)];
}

/** Columns that say where a row is or which it is, and nothing of it: the last that a paint should begin with. */
const isPlaceOrId = /^(x|y|lon|lng|long|lat|longitude|latitude|.*_?id|objectid|fid)$/i;

/** Colour of rows without a class, where nobody chose one: the API's. */
const OTHERS = '#9aa0a6';

const hasOthers = (kind: PaintKind): boolean => kind === 'categories' || isClassed(kind);

/** The paint as another kind, by a column that suits it; its stops are then the server's to compute. */
export function withKind(paint: Paint, kind: PaintKind, columns: readonly Column[]): Paint {
  const fitting = columnsFor(kind, columns);
  const telling = fitting.find(({ name }) => !isPlaceOrId.test(name));
  const column = (fitting.find(({ name }) => name === paint.column) ?? telling ?? fitting[0])?.name ?? null;
  const palettes: readonly string[] = kind === 'categories' ? sets : isClassed(kind) ? ramps : [];
  const palette = palettes.includes(paint.palette ?? '') ? paint.palette : (palettes[0] ?? null);
  const classes = isClassed(kind) ? (paint.classes ?? CLASSES) : null;
  // With classes and categories the colour is that of all others; without, it is that of all.
  const wasOthers = hasOthers(paint.kind);
  const own = paint.stops?.find((stop) => stop.color !== undefined)?.color ?? paint.color;
  const color = hasOthers(kind) ? (wasOthers ? paint.color : OTHERS) : wasOthers ? own : paint.color;
  return { ...paint, kind, color, column, palette, classes, stops: null };
}

/** The paint with another colour of one of its stops. */
export const withStopColour = (paint: Paint, at: number, color: string): Paint => ({
  ...paint,
  stops: (paint.stops ?? []).map((stop, index) => (index === at ? { ...stop, color } : stop)),
});

/** Layers with one of them a place further up or down. */
export function moved<T>(all: readonly T[], at: number, by: 1 | -1): readonly T[] {
  const one = all[at];
  const other = all[at + by];
  if (one === undefined || other === undefined) return all;
  return all.map((layer, index) => (index === at ? other : index === at + by ? one : layer));
}
