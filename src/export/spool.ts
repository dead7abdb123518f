import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { columnKind } from '../sql/column-kind.ts';
import { UnsuitableResultError } from '../sql/unsuitable-result.ts';
import { ColumnObserver, type ColumnProfile } from './column-profile.ts';
import { type ExportContext, type Fields, type Result, ResultTooLargeError, type Row } from './format.ts';
import { type Box, extendBox, isEmpty, newBox, parseEwkb, type Shape } from './shape.ts';

/** The geometry of a result after all its values were seen. */
export interface GeometryProfile {
  readonly name: string;
  readonly index: number;
  /** 0: unknown. */
  readonly srid: number;
  /** Rows by `ShapeType`, whether there is a Z (+10) and an M (+20); those without a geometry are not among them. */
  readonly kinds: ReadonlySet<number>;
  /** Of all; infinite where there is none. */
  readonly box: Box;
  readonly hasNulls: boolean;
  /** Of the longest as hexadecimal text. */
  readonly maxCharacters: number;
}

/** What `kinds` of a GeometryProfile has for a shape. */
export const kindOf = ({ type, hasZ, hasM }: Pick<Shape, 'type' | 'hasZ' | 'hasM'>): number =>
  type + (hasZ ? 10 : 0) + (hasM ? 20 : 0);

/** Rows of a result on disk, and what they all are. They can be read again and again. */
export interface Spool extends AsyncDisposable {
  /** All but the geometry; no two have the same name. */
  readonly columns: readonly ColumnProfile[];
  readonly geometry: GeometryProfile | null;
  readonly rowCount: number;
  rows(): AsyncGenerator<Row>;
  /** The geometry of a row; null: it has none. Rounded where it is asked for. */
  shapeOf(row: Row): Shape | null;
}

/** The geometry of every table of Landfall, and its twin for tiles, which no file needs. */
const GEOMETRY = 'the_geom';
const WEB_MERCATOR = 'the_geom_webmercator';

function findGeometry(fields: Fields): number {
  const isGeometry = ({ typeName }: Fields[number]): boolean => columnKind(typeName) === 'geometry';
  const named = fields.findIndex((field) => isGeometry(field) && field.name === GEOMETRY);
  const other = fields.findIndex((field) => isGeometry(field) && field.name !== WEB_MERCATOR);
  return named >= 0 ? named : other >= 0 ? other : fields.findIndex(isGeometry);
}

/** Names that differ also for programs that do not tell `a` from `A`. */
function distinctNames(fields: Fields): readonly string[] {
  const taken = new Set<string>();
  return fields.map(({ name }) => {
    let distinct = name;
    for (let n = 2; taken.has(distinct.toLowerCase()); n++) distinct = `${name}_${n}`;
    taken.add(distinct.toLowerCase());
    return distinct;
  });
}

class GeometryObserver {
  readonly #kinds = new Set<number>();
  readonly #box = newBox();
  readonly #decimals: number | null;
  #srid: number | null = null;
  #hasNulls = false;
  #maxCharacters = 0;

  constructor(decimals: number | null) {
    this.#decimals = decimals;
  }

  add(hex: string | null): void {
    if (hex === null) {
      this.#hasNulls = true;
      return;
    }
    this.#maxCharacters = Math.max(this.#maxCharacters, hex.length);
    const shape = parseEwkb(hex, this.#decimals);
    this.#srid ??= shape.srid;
    if (this.#srid !== shape.srid) {
      throw new UnsuitableResultError(
        `a file has one reference system, and the result has EPSG:${this.#srid} and EPSG:${shape.srid}: use ST_Transform(the_geom, 4326) as the_geom`,
      );
    }
    this.#kinds.add(kindOf(shape));
    if (!isEmpty(shape)) extendBox(this.#box, shape);
  }

  profile(name: string, index: number): GeometryProfile {
    return {
      name,
      index,
      srid: this.#srid ?? 0,
      kinds: this.#kinds,
      box: this.#box,
      hasNulls: this.#hasNulls,
      maxCharacters: this.#maxCharacters,
    };
  }
}

/**
 * Reads the result into a file of `folder` and closes it. Throws ResultTooLargeError, and UnsuitableResultError where its
 * geometries are curves or of several reference systems.
 */
export async function spoolResult(result: Result, context: ExportContext, folder: string): Promise<Spool> {
  await using reading = result;
  const { fields } = reading;
  const at = findGeometry(fields);
  const names = distinctNames(fields);
  const observers = fields.flatMap(({ typeName, name }, index) =>
    index === at || (name === WEB_MERCATOR && columnKind(typeName) === 'geometry')
      ? []
      : [{ index, observer: new ColumnObserver(names[index] ?? name, typeName, index) }],
  );
  const shapes = new GeometryObserver(context.decimals);
  const file = await open(join(folder, 'rows'), 'wx+', 0o600);
  const ends: number[] = [];
  let position = 0;
  let rowCount = 0;
  let length = 0;
  try {
    for await (const batch of reading.batches()) {
      for (const row of batch) {
        for (const { index, observer } of observers) observer.add(row[index] ?? null);
        if (at >= 0) shapes.add(row[at] ?? null);
        for (const cell of row) length += cell?.length ?? 0;
      }
      if (length > context.maxLength) throw new ResultTooLargeError(context.maxLength);
      rowCount += batch.length;
      const bytes = Buffer.from(JSON.stringify(batch));
      await file.appendFile(bytes);
      position += bytes.length;
      ends.push(position);
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    columns: observers.map(({ observer }) => observer.profile()),
    geometry: at < 0 ? null : shapes.profile(names[at] ?? GEOMETRY, at),
    rowCount,
    async *rows() {
      let start = 0;
      for (const end of ends) {
        const bytes = Buffer.allocUnsafe(end - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        if (bytesRead < bytes.length) throw new Error('the rows of an export were cut off');
        start = end;
        yield* JSON.parse(bytes.toString()) as readonly Row[]; // our own writing
      }
    },
    shapeOf(row) {
      const hex = at < 0 ? null : (row[at] ?? null);
      return hex === null ? null : parseEwkb(hex, context.decimals);
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
