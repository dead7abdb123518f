import type { ColumnType } from '../../domain/schema.ts';

/** Types of SimpleField (KML 2.2, section 9.4) as column types. */
const fieldTypes: Readonly<Record<string, ColumnType>> = {
  string: 'text',
  int: 'bigint',
  uint: 'bigint',
  short: 'bigint',
  ushort: 'bigint',
  float: 'double precision',
  double: 'double precision',
  bool: 'boolean',
};

/** Most fields of all schemas together; each becomes a column at most. */
const MAX_FIELDS = 10_000;

/** The schemas of a KML file, by the fragment that SchemaData names them with. */
export class Schemas {
  readonly #fields = new Map<string, Map<string, ColumnType | null>>();
  #open: Map<string, ColumnType | null> | null = null;
  #count = 0;

  /** A Schema element begins. */
  begin(id: string | undefined, name: string | undefined): void {
    this.#open = new Map();
    for (const key of [id, name]) if (key !== undefined) this.#fields.set(key, this.#open);
  }

  /** A field of the schema that has begun. */
  field(name: string, type: string | undefined): void {
    if (this.#open === null || this.#count++ >= MAX_FIELDS) return;
    this.#open.set(name, fieldTypes[type?.replace(/^xsd?:/, '').toLowerCase() ?? ''] ?? null);
  }

  /** The fields and types of the schema with an address such as `#roads`; none for one that is not in the file. */
  of(url: string | undefined): ReadonlyMap<string, ColumnType | null> {
    return this.#fields.get(url?.slice(url.indexOf('#') + 1) ?? '') ?? new Map();
  }
}

/** The words of `true` and `false` in a column of that type; anything else as it stands. */
export function booleanWord(text: string): string {
  if (text === '1') return 'true';
  return text === '0' ? 'false' : text;
}
