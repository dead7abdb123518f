import { hasSqlDetails, loadModule, parseSync } from 'libpg-query';
import { DatabaseError, type Queryable } from './database.ts';
import { sql } from './sql.ts';

/** Functions of the server that read only their arguments and the session's settings, though not marked immutable. */
const STABLE = `age array_to_json array_to_string clock_timestamp concat concat_ws convert convert_from convert_to
  current_database date date_part date_trunc enum_first enum_last enum_range extract format format_type gen_random_uuid
  generate_series get_current_ts_config json_agg json_build_array json_build_object json_object_agg
  json_populate_record json_populate_recordset json_to_record json_to_recordset json_to_tsvector jsonb_agg
  jsonb_build_array jsonb_build_object jsonb_object_agg jsonb_path_exists_tz jsonb_path_match_tz
  jsonb_path_query_array_tz jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record
  jsonb_populate_recordset jsonb_to_record jsonb_to_recordset jsonb_to_tsvector length make_timestamptz money now
  numeric overlaps phraseto_tsquery plainto_tsquery pg_typeof quote_literal quote_nullable random random_normal
  row_to_json statement_timestamp time timeofday timestamp timestamptz timetz timezone to_char to_date to_json
  to_jsonb to_number to_timestamp to_tsquery to_tsvector transaction_timestamp ts_headline ts_match_tq ts_match_tt
  version websearch_to_tsquery uuidv4 uuidv7`.split(/\s+/);

/** Of PostGIS, functions that make any amount of geometry out of one call (reliability Q4), or change tables. */
export const REFUSED_POSTGIS: readonly string[] = [
  'st_generatepoints',
  'st_segmentize',
  'addgeometrycolumn',
  'dropgeometrycolumn',
  'dropgeometrytable',
  'updategeometrysrid',
  'populate_geometry_columns',
  'st_fromflatgeobuftotable',
  'st_estimatedextent',
  'st_findextent',
];

/** Most segments a quarter circle may be asked in; PostGIS ignores the statement timeout while it makes them. */
const MOST_SEGMENTS = 1000;

/** Most characters that `repeat`, `lpad` and `rpad` may be asked for in so many words. */
const MOST_REPEATS = 10_000_000;

const SEGMENTED: ReadonlySet<string> = new Set([
  'st_buffer',
  'st_offsetcurve',
  'st_minimumboundingcircle',
  'st_curvetoline',
]);
const REPEATING: ReadonlySet<string> = new Set(['repeat', 'lpad', 'rpad']);

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

const refuse = (message: string, location: unknown): never => {
  throw new DatabaseError(message, {
    code: '42501',
    position: typeof location === 'number' ? location + 1 : undefined,
    hint: 'A query may use the functions of PostgreSQL and PostGIS that compute, and only read.',
  });
};

/** The value of a constant, also of a negative or a cast one; undefined for everything else. */
function constantOf(value: unknown): string | number | undefined {
  if (!isNode(value)) return undefined;
  if (isNode(value.TypeCast)) return constantOf(value.TypeCast.arg);
  const constant = value.A_Const;
  if (!isNode(constant)) return undefined;
  if (isNode(constant.sval)) return String(constant.sval.sval ?? '');
  if (isNode(constant.ival)) return Number(constant.ival.ival ?? 0);
  if (isNode(constant.fval)) return Number(constant.fval.fval ?? 0);
  return undefined;
}

function checkArguments(name: string, call: Node): void {
  const values: readonly unknown[] = Array.isArray(call.args) ? call.args : [];
  if (SEGMENTED.has(name)) {
    // Where the third argument says how finely to draw; minimumBoundingCircle has it second.
    for (const value of values.slice(name === 'st_minimumboundingcircle' ? 1 : 2)) {
      const constant = constantOf(isNode(value) && isNode(value.NamedArgExpr) ? value.NamedArgExpr.arg : value);
      const text = String(constant ?? '');
      const segments = typeof constant === 'number' ? constant : Number(/quad_segs\s*=\s*(\S+)/i.exec(text)?.[1] ?? 0);
      if (constant === undefined || !(segments <= MOST_SEGMENTS)) {
        refuse(`${name} takes constant options with at most ${MOST_SEGMENTS} segments`, call.location);
      }
    }
  }
  if (REPEATING.has(name)) {
    const constant = constantOf(values[1]);
    if (constant !== undefined && !(Number(constant) <= MOST_REPEATS)) {
      refuse(`${name} takes at most ${MOST_REPEATS} characters`, call.location);
    }
  }
}

function checkCall(call: Node, isAllowed: (name: string) => boolean): void {
  const parts: readonly unknown[] = Array.isArray(call.funcname) ? call.funcname : [];
  const names = parts.map((part) => (isNode(part) && isNode(part.String) ? String(part.String.sval) : ''));
  const name = names.at(-1) ?? '';
  const schema = names.length > 1 ? names[0] : 'pg_catalog';
  if (names.length > 2 || (schema !== 'pg_catalog' && schema !== 'public') || !isAllowed(name)) {
    refuse(`permission denied for function ${names.join('.')}`, call.location);
  }
  checkArguments(name, call);
}

/**
 * Reads the text with PostgreSQL's own parser: exactly one query that only reads, and every function of it allowed.
 * Throws a DatabaseError 42601 or 42501. A second wall behind the rights of the role: on the embedded engine,
 * whose only session is a superuser's, it is needed.
 */
export function checkQuery(text: string, isAllowed: (name: string) => boolean): void {
  let parsed: ReturnType<typeof parseSync>;
  try {
    parsed = parseSync(text);
  } catch (cause) {
    const position = hasSqlDetails(cause) ? (cause.sqlDetails?.cursorPosition ?? -1) + 1 : 0;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseError(message, { code: '42601', position: position > 0 ? position : undefined, cause });
  }
  const statements = parsed.stmts ?? [];
  if (statements.length !== 1) {
    throw new DatabaseError(statements.length === 0 ? 'the query is empty' : 'one query at a time', { code: '42601' });
  }
  const top: unknown = statements[0]?.stmt;
  if (!isNode(top) || !isNode(top.SelectStmt)) refuse('only a query that reads may run here', 0);
  const open: unknown[] = [top];
  while (open.length > 0) {
    const value = open.pop();
    if (!isNode(value)) continue;
    for (const [kind, inner] of Object.entries(value)) {
      if (kind === 'intoClause' || kind === 'lockingClause' || (kind.endsWith('Stmt') && kind !== 'SelectStmt')) {
        refuse('only a query that reads may run here', 0);
      }
      if (kind === 'FuncCall' && isNode(inner)) checkCall(inner, isAllowed);
      open.push(inner);
    }
  }
}

/** The check against the functions of this database: a name is allowed when it computes in all its forms. */
export function createQueryCheck(db: Queryable): (text: string) => Promise<void> {
  let allowed: Promise<ReadonlySet<string>> | null = null;
  const load = async (): Promise<ReadonlySet<string>> => {
    await loadModule();
    const rows = await db.query<{ name: string }>(sql`
      select proname::text as name from pg_catalog.pg_proc
      where pronamespace in ('pg_catalog'::regnamespace, 'public'::regnamespace)
      group by proname
      having bool_and(provolatile = 'i' or pronamespace = 'pg_catalog'::regnamespace and proname = any(${STABLE})
        or pronamespace = 'public'::regnamespace and proname ~ '^st_')
        and not proname = any(${REFUSED_POSTGIS})`);
    return new Set(rows.map((row) => row.name));
  };
  return async (text) => {
    allowed ??= load();
    allowed.catch(() => {
      allowed = null;
    });
    const names = await allowed;
    checkQuery(text, (name) => names.has(name));
  };
}
