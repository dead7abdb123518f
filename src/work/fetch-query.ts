import { join } from 'node:path';
import { type Database, DatabaseError, type UserCursor } from '../db/database.ts';
import type { Account, QueryRequest } from '../domain/import.ts';
import { CellKind, GeometryKind } from '../domain/layer.ts';
import { columnTypeOf } from '../domain/postgres-types.ts';
import type { ColumnType } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';
import { RowsWriter } from '../sources/rows-writer.ts';
import type { FetchContext, Fetched } from '../sources/source.ts';
import { openAccountQuery } from '../store/user-query.ts';

/** How long one query may work on a database that nobody else can use meanwhile, in milliseconds. */
const EMBEDDED_TIMEOUT_MS = 60_000;

/** What becomes of a column of the result. */
interface ResultColumn {
  readonly name: string;
  /** `skip`: it is made anew from `the_geom`. */
  readonly use: 'geometry' | 'skip' | ColumnType;
}

function columnsOf({ fields }: Pick<UserCursor, 'fields'>): readonly ResultColumn[] {
  const isSpatial = ({ typeName }: { typeName: string }) => typeName === 'geometry' || typeName === 'geography';
  const named = fields.findIndex((field) => field.name === 'the_geom' && isSpatial(field));
  const spatial = named >= 0 ? named : fields.findIndex(isSpatial);
  return fields.map(({ name, typeName }, at) => {
    if (at === spatial) return { name, use: 'geometry' };
    if (name === 'the_geom_webmercator') return { name, use: 'skip' };
    return { name, use: columnTypeOf(typeName) };
  });
}

/** The SRID that the first geometry there carries in its EWKB; null where there is none or it carries none. */
function sridIn(rows: readonly (readonly (string | null)[])[], column: number): number | null {
  const shape = rows.map((row) => row[column] ?? null).find((cell) => cell !== null);
  if (shape === undefined || shape === null) return null;
  const head = Buffer.from(shape.slice(0, 18), 'hex');
  const isLittle = head[0] === 1;
  const type = isLittle ? head.readUInt32LE(1) : head.readUInt32BE(1);
  if ((type & EWKB_SRID) === 0) return null;
  return isLittle ? head.readInt32LE(5) : head.readInt32BE(5);
}

/** The bit of an EWKB type that says that an SRID follows (PostGIS, liblwgeom). */
const EWKB_SRID = 0x20000000;

function writeCell(writer: RowsWriter, value: string | null, type: ColumnType): void {
  if (value === null) writer.null();
  else if (type === 'boolean') writer.text(value === 't' ? 'true' : 'false');
  else if (type === 'bytea') writer.binary(Buffer.from(value.slice(2), 'hex'));
  // What is written as JSON but no object or list is read by its words: strings keep their quotes so.
  else if (type === 'jsonb') writer.text(value, CellKind.json);
  else if (type === 'text') writer.text(value, CellKind.quoted);
  else writer.text(value);
}

/**
 * Runs a query with the rights of the holder of the account's key, which only read, and keeps its rows with their types
 * in a file of the job. Throws queryFailed (8003), or unmatchingTypes (8004) where no function or operator takes the
 * values; `timeoutMs` is of the database's own work.
 */
export async function fetchQuery(
  db: Database,
  timeoutMs: number,
  account: Account,
  request: QueryRequest,
  context: FetchContext,
): Promise<Fetched> {
  const everything = { skipRows: 0, maxRows: null };
  const mostMs = queryTimeout(db, timeoutMs);
  const cursor = openAccountQuery(db, account, request.text, everything, context.signal, mostMs);
  return writeRows(cursor, request.name ?? 'untitled_table', context);
}

/** How long a query may work, in milliseconds: less than asked for where nobody else can use the database meanwhile. */
export const queryTimeout = ({ capabilities }: Pick<Database, 'capabilities'>, askedMs: number): number =>
  capabilities.multiProcess ? askedMs : Math.min(askedMs, EMBEDDED_TIMEOUT_MS);

/** Keeps the rows of a query with their types in a file of the job, as a layer of that name. Throws as `fetchQuery`. */
export async function writeRows(opening: Promise<UserCursor>, name: string, context: FetchContext): Promise<Fetched> {
  try {
    await using cursor = await opening;
    const columns = columnsOf(cursor);
    const spatial = columns.findIndex(({ use }) => use === 'geometry');
    const first = await cursor.fetch(1000);
    const header = {
      name,
      columns: columns.flatMap(({ name, use }) => (use === 'geometry' || use === 'skip' ? [] : [{ name, type: use }])),
      hasGeometry: columns.some(({ use }) => use === 'geometry'),
      srid: sridIn(first, spatial),
    };
    using writer = new RowsWriter(join(context.folder, 'query.landfall-rows'), header, context.maxBytes);
    for (let rows = first; rows.length > 0; rows = await cursor.fetch(1000)) {
      context.signal.throwIfAborted();
      for (const row of rows) {
        writer.begin();
        const shape = spatial < 0 ? null : row[spatial];
        if (typeof shape === 'string') writer.geometry(GeometryKind.wkb, Buffer.from(shape, 'hex'));
        for (const [at, { use }] of columns.entries()) {
          if (use !== 'geometry' && use !== 'skip') writeCell(writer, row[at] ?? null, use);
        }
      }
      context.onBytes(writer.bytes);
    }
    return { files: [writer.finish()], fingerprint: { etag: null, lastModified: null } };
  } catch (error) {
    throw error instanceof DatabaseError ? toQueryError(error) : error;
  }
}

/** SQLSTATEs of functions and operators that do not exist for the given types. */
const UNMATCHING = /^(42883|42804|42725)$/;

function toQueryError(error: DatabaseError): Error {
  // The server's own trouble is no error of the query.
  if (/^(08|53|57P|28)/.test(error.code)) return error;
  const place = error.position === undefined ? '' : ` (character ${error.position} of the query)`;
  return new ImportError(UNMATCHING.test(error.code) ? 'unmatchingTypes' : 'queryFailed', {
    detail: `${error.message}${place}.`,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}
