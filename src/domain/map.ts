/** Words and limits of maps: layers of an account's tables, each with its paint. */
import type { Privacy } from './import.ts';

/** Layers of a map that its owner makes, and of one that an import makes (wire contract 7.6). */
export const MOST_LAYERS = 10;
export const MOST_IMPORTED_LAYERS = 8;

/** Stops of a paint, and names of columns that a popup shows: more nobody reads. */
export const MOST_STOPS = 50;
export const MOST_POPUP_COLUMNS = 50;

/** Classes of a paint. */
export const CLASSES = { least: 2, most: 12, usual: 5 } as const;

/** Characters of names, titles and descriptions. */
export const MOST_NAME = 200;
export const MOST_DESCRIPTION = 5_000;

/** What every paint has. */
interface PaintBase {
  /** `#rrggbb`; of rows without a stop. */
  readonly color: string;
  /** 0 to 1. */
  readonly opacity: number;
  /** Of lines and outlines, in pixels. */
  readonly width: number;
  /** Of points, in pixels. */
  readonly radius: number;
}

/** What tiles can tell apart. */
export type CategoryValue = string | number | boolean;

/** Rows of one value. */
export interface CategoryStop {
  readonly value: CategoryValue;
  readonly color: string;
}

/** Rows with `from` <= value < `to`; the last class has its end too. */
export interface ClassStop {
  readonly from: number;
  readonly to: number;
  readonly color: string;
}

/** The radius at a value; between two it is in proportion. */
export interface BubbleStop {
  readonly value: number;
  readonly radius: number;
}

/** How classes are cut: as many rows in each, as wide each, or where values lie apart (Fisher and Jenks). */
export type ClassMethod = 'quantiles' | 'equal' | 'jenks';

export const classMethods: readonly ClassMethod[] = ['quantiles', 'equal', 'jenks'];

export type SimplePaint = PaintBase & { readonly kind: 'simple' };
export type RasterPaint = PaintBase & { readonly kind: 'raster' };
export type CategoryPaint = PaintBase & {
  readonly kind: 'categories';
  readonly column: string;
  readonly palette: string;
  readonly stops: readonly CategoryStop[];
};
export type ClassPaint = PaintBase & {
  readonly kind: ClassMethod;
  readonly column: string;
  readonly classes: number;
  readonly palette: string;
  readonly stops: readonly ClassStop[];
};
export type BubblePaint = PaintBase & {
  readonly kind: 'bubbles';
  readonly column: string;
  readonly stops: readonly BubbleStop[];
};

/** How the rows of a layer are drawn. */
export type Paint = SimplePaint | RasterPaint | CategoryPaint | ClassPaint | BubblePaint;
export type PaintKind = Paint['kind'];

export const paintKinds: readonly PaintKind[] = ['simple', 'categories', ...classMethods, 'bubbles', 'raster'];

/** What was asked of a paint; what is absent is chosen. */
export interface PaintWish {
  readonly kind?: PaintKind;
  readonly color?: string;
  readonly opacity?: number;
  readonly width?: number;
  readonly radius?: number;
  readonly column?: string;
  readonly classes?: number;
  readonly palette?: string;
  /** Those of the kind; null: to be computed. */
  readonly stops?: readonly Partial<CategoryStop & ClassStop & Omit<BubbleStop, 'value'>>[] | null;
}

/** A layer as it is stored. */
export interface MapLayer {
  /** Of the map. */
  readonly id: string;
  readonly tableId: string;
  readonly title: string;
  readonly isVisible: boolean;
  readonly paint: Paint;
  /** Columns that a popup shows; null: none. */
  readonly popup: readonly string[] | null;
}

/** West, south, east, north in degrees. */
export type Bounds = readonly [number, number, number, number];

/** What an owner says of a map. */
export interface MapWords {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly privacy: Privacy;
  readonly hasLegend: boolean;
  /** Longitude and latitude of the view to begin with. */
  readonly center: readonly [number, number] | null;
  readonly zoom: number | null;
  readonly bounds: Bounds | null;
}

/** What a new map has where nobody says otherwise. */
export const newMapWords: MapWords = {
  name: 'Untitled Map',
  description: '',
  tags: [],
  privacy: 'private',
  hasLegend: true,
  center: null,
  zoom: null,
  bounds: null,
};

/** From closed to open. */
const openness: Readonly<Record<Privacy, number>> = { private: 0, link: 1, public: 2 };

/**
 * Whether others who see a map see a layer of a table in it: only where the table is as open as the map. A map opens no
 * table.
 */
export const isShown = (map: Privacy, table: Privacy): boolean => openness[table] >= openness[map];

/** The privacy of a map of these tables: that of the most closed of them (wire contract 7.6). */
export const blendOf = (tables: readonly Privacy[]): Privacy =>
  tables.toSorted((one, other) => openness[one] - openness[other])[0] ?? 'private';

/** The columns that the tiles of a layer carry: those that its paint and its popup use. */
export function columnsOf({ paint, popup }: Pick<MapLayer, 'paint' | 'popup'>): readonly string[] {
  const painted = 'column' in paint ? [paint.column] : [];
  return [...new Set([...painted, ...(popup ?? [])])];
}

/** What rows of a layer can be, for paints that depend on it. */
export type PaintedGeometry = 'point' | 'line' | 'polygon';

/** A layer of a map that came with its tables. */
export interface ImportedLayer {
  /** Name of the table where the map was made. */
  readonly table: string;
  readonly title: string | null;
  readonly isVisible: boolean;
  /** By what the rows turn out to be; null where the style cannot be told in our words. */
  readonly paints: Readonly<Record<PaintedGeometry, PaintWish | null>>;
  /** null: that of a new layer. */
  readonly popup: readonly string[] | null;
}

/** A map that came with its tables: the map of a `.carto` file. */
export interface ImportedMap extends Pick<MapWords, 'name' | 'description' | 'tags' | 'hasLegend' | 'center' | 'zoom'> {
  /** null: as its tables. */
  readonly privacy: Privacy | null;
  readonly layers: readonly ImportedLayer[];
}
