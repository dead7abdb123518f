import type { ColumnType } from '../../domain/schema.ts';
import { ImportError } from '../../errors.ts';
import type { SpoolLayer } from '../record-spool.ts';
import { GeometryBuilder } from './geometry-builder.ts';
import { booleanWord } from './schemas.ts';

/** Columns of a placemark's own elements, in their order, with their types; null is inferred. */
const ownColumns: ReadonlyMap<string, ColumnType | null> = new Map<string, ColumnType | null>([
  ['name', 'text'],
  ['description', 'text'],
  ['folder_path', 'text'],
  ['timestamp', null],
  ['begin', null],
  ['end', null],
  ['when', 'jsonb'],
  ['altitudeMode', 'text'],
  ['tessellate', 'bigint'],
  ['extrude', 'bigint'],
  ['visibility', 'bigint'],
  ['drawOrder', 'bigint'],
  ['icon', 'text'],
  ['snippet', 'text'],
  ['address', 'text'],
  ['phone', 'text'],
  ['style_url', 'text'],
  ['kml_id', 'text'],
]);

const aliases: ReadonlyMap<string, string> = new Map([...ownColumns.keys()].map((name) => [name.toLowerCase(), name]));

/** A value of ExtendedData. */
interface ExtendedValue {
  readonly text: string;
  readonly type: ColumnType | null;
}

/** Most characters that one placemark may hold beside its geometry. */
const MAX_CHARACTERS = 32 << 20;

/** What a placemark or an overlay says, until it ends. */
export class Placemark {
  readonly line: number;
  readonly geometry: GeometryBuilder;
  readonly #own = new Map<string, string>();
  readonly #extended = new Map<string, ExtendedValue>();
  readonly #arrays = new Map<string, string[]>();
  /** Fields of the schemas that its data names: columns of the layer, with or without a value. */
  readonly #declared = new Map<string, ColumnType | null>();
  readonly #file: string;
  #characters = 0;

  constructor(file: string, line: number) {
    this.#file = file;
    this.line = line;
    this.geometry = new GeometryBuilder(file, `line ${line}`);
  }

  /** A value of one of its own elements. The first holds. */
  own(column: string, text: string): void {
    this.#count(text);
    if (text !== '' && !this.#own.has(column)) this.#own.set(column, text);
  }

  /** A value of ExtendedData. */
  extended(name: string, text: string, type: ColumnType | null): void {
    this.#count(text);
    if (type !== 'text' && text.trim() === '') return;
    this.#extended.set(name, { text: type === 'boolean' ? booleanWord(text.trim()) : text, type });
  }

  /** A value of an array of ExtendedData, one for each point of a track. */
  array(name: string, text: string): void {
    this.#count(text);
    const values = this.#arrays.get(name);
    if (values === undefined) this.#arrays.set(name, [text]);
    else values.push(text);
  }

  /** The fields of a schema that its data names. */
  declare(fields: ReadonlyMap<string, ColumnType | null>): void {
    for (const [name, type] of fields) this.#declared.set(name, type);
  }

  #count(text: string): void {
    this.#characters += text.length;
    if (this.#characters <= MAX_CHARACTERS) return;
    throw new ImportError('fileTooBig', {
      detail: `${this.#file}, line ${this.line}: a placemark holds more than ${MAX_CHARACTERS >> 20} Mi characters.`,
      hint: 'Shorten its description or its extended data.',
    });
  }

  /**
   * Writes the row. Data under the name of one of the placemark's own elements, as GDAL writes `Name`, is that element's
   * value where it has none or the same, and a column of its own otherwise.
   */
  write(layer: SpoolLayer): void {
    const { columns } = layer;
    for (const [name, text] of this.geometry.values) this.own(name, text);
    const { whens } = this.geometry;
    if (whens.length > 0) this.own('when', JSON.stringify(whens.length === 1 ? whens[0] : whens));
    const isOwn = (name: string, text: string): boolean => {
      const own = aliases.get(name.toLowerCase());
      if (own === undefined || own === 'when') return false;
      const value = this.#own.get(own);
      if (value === undefined) this.own(own, text);
      return value === undefined || value.trim() === text.trim();
    };
    const extended = [...this.#extended].filter(([name, { text }]) => !isOwn(name, text));
    layer.begin(this.line);
    // Every layer has these two, so that a table without descriptions today is the same table tomorrow.
    for (const name of ['name', 'description']) layer.used.add(columns.find(name, 'text'));
    for (const [name, type] of ownColumns) {
      const text = this.#own.get(name);
      if (text !== undefined) layer.cell(columns.find(name, type), text);
    }
    for (const [name, type] of this.#declared) {
      if (!aliases.has(name.toLowerCase())) layer.used.add(columns.find(name, type));
    }
    for (const [name, { text, type }] of extended) layer.cell(columns.find(name, type), text);
    for (const [name, values] of this.#arrays) layer.cell(columns.find(name, 'jsonb'), JSON.stringify(values));
    if (this.geometry.shape !== null) layer.geometry(this.geometry.shape);
    layer.end();
  }
}
