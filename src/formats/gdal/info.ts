/** A layer as GDAL describes it. */
export interface LayerInfo {
  readonly name: string;
  /** Column that GDAL takes for the number of the feature and leaves out of the fields; absent where there is none. */
  readonly fidColumnName?: string;
  readonly fields: readonly { readonly name: string; readonly type: string }[];
  readonly geometryFields: readonly { readonly type: string }[];
}

/** A raster as GDAL describes it. */
export interface RasterInfo {
  /** Columns and rows. */
  readonly size: readonly [number, number];
  readonly coordinateSystem?: { readonly wkt: string };
  /** Of a raster that a matrix places: x of the corner, of a column, of a row, then y of them. */
  readonly geoTransform?: readonly [number, number, number, number, number, number];
  /** Of one that points on it place. */
  readonly gcps?: { readonly coordinateSystem?: { readonly wkt: string } };
  /** Other ways of placing and their facts, by their names (`RPC`). */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly bands: readonly {
    readonly type: string;
    readonly colorInterpretation?: string;
    /** `"NaN"` for that. */
    readonly noDataValue?: number | string;
    readonly colorTable?: { readonly entries: readonly (readonly number[])[] };
  }[];
}
