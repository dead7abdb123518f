import { GeometryKind, type LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { describeUrl } from '../../util/describe-url.ts';
import { RowsWriter } from '../rows-writer.ts';
import { columnsOf, writeCells } from './columns.ts';
import { esriToWkb, hasCurves } from './geometry.ts';
import { type LayerInfo, wrongAnswer } from './metadata.ts';
import type { Page } from './page.ts';

/** Degrees that longitudes and latitudes reach, with room for rounding. */
const bounds = { x: 400, y: 91 };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Rows of one layer on their way into a file of the job. */
export class LayerSpool implements Disposable {
  readonly #layer: LayerInfo;
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #columns;
  #writer: RowsWriter | null = null;
  /** What the coordinates are in; null until an answer says it. */
  #srid: number | null = null;
  #isTold = false;
  /** Rows whose arcs became lines of many points. */
  curves = 0;

  /** `path` is written over. */
  constructor(layer: LayerInfo, path: string, maxBytes: number, hasAttachments: boolean) {
    this.#layer = layer;
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#columns = columnsOf(layer, hasAttachments);
  }

  get rows(): number {
    return this.#writer?.rows ?? 0;
  }

  /** Appends the rows of a page. Throws 1011 where its coordinates are in another system than those before. */
  take(page: Page): void {
    this.#checkReference(page);
    const writer = this.#open();
    for (const row of page.rows) {
      writer.begin();
      if (isObject(row.geometry) && this.#layer.hasGeometry) {
        const flags = { hasZ: page.hasZ, hasM: page.hasM };
        const geometry = page.hasZ || page.hasM ? { ...flags, ...row.geometry } : row.geometry;
        if (hasCurves(geometry)) this.curves++;
        const wkb = isBlank(geometry) ? null : esriToWkb(geometry);
        if (wkb !== null) writer.geometry(GeometryKind.wkb, wkb);
      }
      writeCells(writer, this.#columns, row);
    }
  }

  /** Ends the file, which may have no rows. */
  finish(): LocalFile {
    return this.#open().finish();
  }

  [Symbol.dispose](): void {
    this.#writer?.[Symbol.dispose]();
  }

  #open(): RowsWriter {
    const { name, hasGeometry } = this.#layer;
    const columns = this.#columns.map(({ name: column, type, label }) => ({
      name: column,
      type,
      ...(label === null ? {} : { label }),
    }));
    this.#writer ??= new RowsWriter(
      this.#path,
      { name, columns, hasGeometry, srid: hasGeometry ? (this.#srid ?? 4326) : null },
      this.#maxBytes,
    );
    return this.#writer;
  }

  #checkReference(page: Page): void {
    const { url, hasGeometry } = this.#layer;
    if (!hasGeometry || !page.rows.some(({ geometry }) => isObject(geometry))) return;
    if (page.crs === null) {
      // Nothing is said: then they are what was asked for, or the import ends.
      if (this.#isTold || page.rows.every(({ geometry }) => isOnEarth(geometry))) return;
      throw wrongAnswer(url, 'answers without the spatialReference of its coordinates');
    }
    const srid = page.crs.srid;
    if (srid === null) throw wrongAnswer(url, 'answers in a reference system without a code, not in 4326 as asked');
    if (!this.#isTold && this.#writer === null) this.#srid = srid;
    this.#isTold = true;
    if (srid === (this.#srid ?? 4326)) return;
    throw new ImportError('sourceFetchFailed', {
      detail: `${describeUrl(url)} answers in the reference systems ${this.#srid ?? 4326} and ${srid}.`,
      hint: 'Tell the operator of the ArcGIS server, or export the layer to a file and import that.',
    });
  }
}

/** A point without coordinates, which servers write as null, NaN or text. */
const isBlank = (geometry: Readonly<Record<string, unknown>>): boolean =>
  'x' in geometry && (typeof geometry.x !== 'number' || typeof geometry.y !== 'number');

function isOnEarth(geometry: unknown): boolean {
  if (!isObject(geometry)) return true;
  let at: unknown = geometry.rings ?? geometry.paths ?? geometry.points ?? [geometry.x, geometry.y];
  while (Array.isArray(at) && Array.isArray(at[0])) at = at[0];
  if (!Array.isArray(at) || at.length < 2) return true;
  return Math.abs(Number(at[0])) <= bounds.x && Math.abs(Number(at[1])) <= bounds.y;
}
