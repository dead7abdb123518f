import { hasSqlDetails, parseSync } from 'libpg-query';
import { DatabaseError } from './database.ts';

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
