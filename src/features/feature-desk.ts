/** Features of tables, read as the role that may read them. */
import type { Database, UserCursor } from '../db/database.ts';
import { identifier, type Sql, sql } from '../db/sql.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import { createMemory } from '../util/create-memory.ts';
import { timeColumnOf } from './columns.ts';
import {
  countStatement,
  type FeatureQuery,
  type FeatureWindow,
  featureStatement,
  pageStatement,
} from './feature-query.ts';
import type { FeatureCrs } from './reference-systems.ts';

/** How long one query may work, in milliseconds. */
const TIMEOUT_MS = 15_000;

/** Features up to which those that match a query are counted. */
const MOST_COUNTED = 100_000;

/** Counts, and intervals, that are remembered. */
const MOST_REMEMBERED = 1_000;

/** A feature as the text of a GeoJSON object, and its parts. */
export interface FeatureText {
  readonly id: string;
  readonly geometry: string;
  readonly properties: string;
}

/** Where to ask for features. Tables are those of `readableTable`; errors of queries are DatabaseErrors. */
export interface FeatureDesk {
  /** Opens a page; its rows come as they are read. The caller ends it. */
  page(
    table: ReadableTable,
    query: FeatureQuery,
    window: FeatureWindow,
    signal: AbortSignal,
  ): Promise<AsyncIterable<FeatureText> & AsyncDisposable>;
  /** How many features match; null where there are too many to count. */
  count(table: ReadableTable, query: FeatureQuery): Promise<number | null>;
  feature(table: ReadableTable, id: bigint, crs: FeatureCrs): Promise<FeatureText | null>;
  /** The first and the last instant of a table in ISO 8601; null where it has none. */
  interval(table: ReadableTable): Promise<readonly [string, string] | null>;
}

const toFeature = ([id, geometry, properties]: readonly (string | null)[]): FeatureText => ({
  id: id ?? 'null',
  geometry: geometry ?? 'null',
  properties: properties ?? '{}',
});

/** The desk of a process. */
export function createFeatureDesk({ db }: { readonly db: Database }): FeatureDesk {
  const counts = createMemory<number | null>(MOST_REMEMBERED);
  const intervals = createMemory<readonly [string, string] | null>(MOST_REMEMBERED);
  const open = (table: ReadableTable, statement: Sql, signal?: AbortSignal): Promise<UserCursor> =>
    db.openUserCursor(statement.text, {
      role: table.role,
      schema: table.schema,
      timeoutMs: TIMEOUT_MS,
      // Our own text with bound values: there is nothing to look for in it.
      layers: 'rights',
      values: statement.values,
      signal,
    });
  const first = async (table: ReadableTable, statement: Sql) => {
    await using cursor = await open(table, statement);
    return (await cursor.fetch(1))[0];
  };

  return {
    async page(table, query, window, signal) {
      const cursor = await open(table, pageStatement(table, query, window), signal);
      return {
        async *[Symbol.asyncIterator]() {
          for (;;) {
            const rows = await cursor.fetch(500);
            if (rows.length === 0) return;
            for (const row of rows) yield toFeature(row);
          }
        },
        [Symbol.asyncDispose]: () => cursor[Symbol.asyncDispose](),
      };
    },
    count(table, query) {
      const most = query.where === null ? Number.MAX_SAFE_INTEGER : MOST_COUNTED + 1;
      const statement = countStatement(table, query, most);
      return counts(`${table.id} ${table.version} ${statement.text} ${JSON.stringify(statement.values)}`, async () => {
        const counted = Number((await first(table, statement))?.[0]);
        return counted < most ? counted : null;
      });
    },
    async feature(table, id, crs) {
      const row = await first(table, featureStatement(table, crs, id));
      return row === undefined ? null : toFeature(row);
    },
    interval(table) {
      const column = timeColumnOf(table);
      if (column === null) return Promise.resolve(null);
      return intervals(`${table.id} ${table.version}`, async () => {
        const value = sql`b.${identifier(column.name)}::timestamptz`;
        const row = await first(
          table,
          sql`select to_json(min(${value}))::text, to_json(max(${value}))::text from ${identifier(table.schema, table.name)} b
            where isfinite(${value})`,
        );
        const [from, to] = row ?? [];
        if (from === null || from === undefined || to === null || to === undefined) return null;
        return [toInstant(from), toInstant(to)] as const;
      });
    },
  };
}

/** An instant as RFC 3339 has it, from PostgreSQL's JSON. */
const toInstant = (json: string): string => json.replaceAll('"', '').replace(/\+00:00$/, 'Z');
