import type { ShapeFacts } from '../domain/analysis.ts';
import type { Layer } from '../domain/layer.ts';
import type { TableSchema } from '../domain/schema.ts';
import type { ReadOptions } from '../formats/format.ts';
import { baseType, EwkbType } from './geometry/ewkb.ts';
import { Extent } from './geometry/extent.ts';
import type { PassSink } from './pass.ts';
import { readLayer } from './read-layer.ts';
import type { AnalyzedLayer } from './reader-session.ts';

/**
 * Reads a layer as an import would, to its end, so that what is told of it is what an import would find; only the
 * first `most` tuples of the pass that held go to the sink, after the last record. Throws what `readLayer` throws.
 */
export async function analyzeLayer(
  layer: Layer,
  options: ReadOptions,
  most: number,
  sink: Omit<PassSink, 'abandon'>,
): Promise<AnalyzedLayer> {
  let sample: Sample | null = null;
  const result = await readLayer(layer, options, {
    begin: (schema) => {
      sample = new Sample(schema, most);
    },
    rows: (chunk) => sample?.take(chunk),
    abandon: () => undefined,
  });
  const taken: Sample = sample ?? new Sample(result.schema, most);
  sink.begin(result.schema);
  if (taken.count > 0) sink.rows(Buffer.concat(taken.tuples), taken.count);
  return { ...result, shapes: taken.shapes() };
}

const typeNames = Object.entries(EwkbType);

/** The first tuples of a pass, and what all of its geometries are. */
class Sample {
  readonly tuples: Buffer[] = [];
  readonly #most: number;
  readonly #hasGeometry: boolean;
  readonly #extent = new Extent();
  readonly #types = new Set<number>();

  constructor(schema: TableSchema, most: number) {
    this.#most = most;
    this.#hasGeometry = schema.geometry.kind !== 'none';
  }

  get count(): number {
    return this.tuples.length;
  }

  /** Takes whole tuples of COPY BINARY: a count of fields, then each with its length, -1 for NULL. */
  take(chunk: Buffer): void {
    if (this.count >= this.#most && !this.#hasGeometry) return;
    for (let at = 0; at < chunk.length; ) {
      const start = at;
      const fields = chunk.readInt16BE(at);
      at += 2;
      for (let field = 0; field < fields; field++) {
        const length = chunk.readInt32BE(at);
        at += 4;
        if (length < 0) continue;
        // The second field is the_geom.
        if (field === 1 && this.#hasGeometry) this.#look(chunk, at);
        at += length;
      }
      if (this.count < this.#most) this.tuples.push(Buffer.from(chunk.subarray(start, at)));
    }
  }

  #look(chunk: Buffer, at: number): void {
    const view = new DataView(chunk.buffer, chunk.byteOffset + at);
    this.#types.add(baseType(view.getUint32(1, true)));
    this.#extent.add(view, 0);
  }

  shapes(): ShapeFacts {
    const { geometries, west, south, east, north } = this.#extent;
    return {
      count: geometries,
      types: typeNames.filter(([, type]) => this.#types.has(type)).map(([name]) => name.toUpperCase()),
      extent: west <= east && south <= north ? [west, south, east, north] : null,
    };
  }
}
