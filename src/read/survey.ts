import { type CellRecord, GeometryKind, type Layer } from '../domain/layer.ts';
import type { ColumnWish } from '../domain/reading.ts';
import type { Guessing } from '../infer/classify.ts';
import { askedType, isOpen } from '../infer/column-plan.ts';
import type { LayerFacts } from '../infer/infer-schema.ts';
import { Observations } from '../infer/observations.ts';
import { clearTally, type SpatialTally, spatialTallies } from '../infer/spatial-columns.ts';
import { isEncoded, type SpatialSource } from '../infer/spatial-source.ts';
import { type MatchedWishes, matchWishes } from '../infer/wishes.ts';
import type { LayerSystem } from './layer-system.ts';
import { OutBuffer } from './out-buffer.ts';
import { countSpatialCells } from './spatial-cells.ts';
import { createGeometryEncoder, type GeometryEncoder } from './wkb.ts';

/** What has been seen of a layer: the kinds of its values, and how good its spatial columns are. */
export class Survey {
  readonly #layer: Layer;
  readonly #guessing: Guessing;
  readonly #wishes: readonly ColumnWish[];
  readonly #geometry: GeometryEncoder;
  /** Tallies that `countSpatial` keeps; the others are kept by the geometry encoder of a pass. */
  #counted: readonly SpatialTally[];
  #width = 0;
  #matched: MatchedWishes = { byColumn: [], unmatched: [] };
  observations: Observations;
  readonly tallies: SpatialTally[] = [];
  /** Geometries by what they have besides x and y; a pass counts those that it encodes. */
  readonly ordinates = new Float64Array(4);
  readonly #system: LayerSystem;
  readonly #unused = new OutBuffer(4096);

  constructor(layer: Layer, guessing: Guessing & { readonly columns: readonly ColumnWish[] }, system: LayerSystem) {
    this.#wishes = guessing.columns;
    this.#system = system;
    this.#layer = layer;
    this.#guessing = guessing;
    this.#geometry = createGeometryEncoder({ srid: system.encodedSrid, counts: this.ordinates });
    this.#counted = this.tallies;
    this.observations = new Observations(guessing);
    this.#growTo(layer.columns);
  }

  #growTo(columns: readonly string[]): void {
    if (columns.length === this.#width) return;
    const context = { hasGeometry: this.#layer.hasGeometry, wishes: this.#wishes };
    this.tallies.push(...spatialTallies(columns, this.#width, context));
    this.#width = columns.length;
    this.#prepare();
  }

  #prepare(): void {
    this.observations.grow(this.#width);
    this.#matched = matchWishes(this.#layer.columns, this.#wishes);
    this.#layer.types?.forEach((type, column) => {
      if (this.observations.declared(column) !== type) this.observations.declare(column, type);
    });
    this.#matched.byColumn.forEach((wish, column) => {
      if (wish !== undefined && askedType(wish) !== null) this.observations.ask(column, isOpen(wish, this.#guessing));
    });
  }

  /** Leaves the columns of a source of geometry to the pass that encodes them. */
  leaveOut(source: SpatialSource): void {
    this.#counted = source.kind === 'none' ? this.tallies : this.tallies.filter((tally) => !isEncoded(source, tally));
  }

  /** Counts a record that is being encoded in the tallies that are not left out. */
  countSpatial(record: CellRecord): void {
    if (this.#counted.length > 0) countSpatialCells(record, this.#counted, this.#geometry);
  }

  /** Looks at everything in a record that is not encoded. */
  observe(record: CellRecord): void {
    this.#growTo(this.#layer.columns);
    this.countSpatial(record);
    this.#countOrdinates(record);
    this.observations.observe(record, this.#width);
  }

  #countOrdinates(record: CellRecord): void {
    const { bytes, geometryStart, geometryEnd, geometryKind } = record;
    // Where the request names columns for the geometry, the records' own is none of the table.
    if (this.tallies.some(({ isAsked }) => isAsked)) return;
    this.#unused.length = 0;
    if (geometryKind === GeometryKind.wkb) this.#geometry.wkb(bytes, geometryStart, geometryEnd, this.#unused);
    if (geometryKind === GeometryKind.geojson) this.#geometry.geojson(bytes, geometryStart, geometryEnd, this.#unused);
  }

  /** Starts anew: a sample is a hint, not evidence. */
  forget(): void {
    this.observations = new Observations(this.#guessing);
    this.#prepare();
    for (const tally of this.tallies) clearTally(tally);
    this.ordinates.fill(0);
  }

  /** What the request says of columns that the layer does not have, as far as it was read. */
  unmatched(): readonly ColumnWish[] {
    return this.#matched.unmatched;
  }

  /** What the request says of each column so far. */
  wishes(): readonly (ColumnWish | undefined)[] {
    return this.#matched.byColumn;
  }

  /** Everything that a schema is made from. */
  facts(): LayerFacts {
    const { columns, types = [], labels, hasGeometry, raster } = this.#layer;
    const { masks, forms } = this.observations;
    return {
      columns,
      labels,
      types,
      hasGeometry,
      srid: this.#system.srid,
      crsWkt: this.#system.crsWkt,
      isSridAsked: this.#system.isAsked,
      ordinates: this.ordinates,
      masks,
      forms,
      wishes: this.#matched.byColumn,
      tallies: this.tallies,
      rules: this.#guessing,
      raster,
    };
  }
}
