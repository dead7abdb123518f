import { DatabaseError } from './database.ts';
import { isNode, type Node, parseSql } from './parse-sql.ts';

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

/** The statement of a text, which has exactly one. Throws a DatabaseError 42601. */
function onlyStatement(text: string, noun: string): Node {
  const [first, ...others] = parseSql(text);
  if (first !== undefined && others.length === 0) return first.node;
  const message = first === undefined ? `the ${noun} is empty` : `one ${noun} at a time`;
  throw new DatabaseError(message, { code: '42601' });
}

/** Refuses what writes inside of a statement, and functions that are not allowed. */
function checkInside(top: unknown, isAllowed: (name: string) => boolean): void {
  const open: unknown[] = [top];
  while (open.length > 0) {
    const value = open.pop();
    if (!isNode(value)) continue;
    for (const [kind, inner] of Object.entries(value)) {
      // The query of an INSERT is called with a small letter.
      const isWriting = kind.endsWith('Stmt') && kind !== 'SelectStmt' && kind !== 'selectStmt';
      if (kind === 'intoClause' || kind === 'lockingClause' || isWriting) {
        refuse('only a query that reads may run here', 0);
      }
      if (kind === 'FuncCall' && isNode(inner)) checkCall(inner, isAllowed);
      open.push(inner);
    }
  }
}

/**
 * Reads the text with PostgreSQL's own parser: exactly one query that only reads, and every function of it allowed.
 * Throws a DatabaseError 42601 or 42501. A second wall behind the rights of the role: on the embedded engine,
 * whose only session is a superuser's, it is needed.
 */
export function checkQuery(text: string, isAllowed: (name: string) => boolean): void {
  const top = onlyStatement(text, 'query');
  if (!isNode(top.SelectStmt)) refuse('only a query that reads may run here', 0);
  checkInside(top, isAllowed);
}

/** The same for exactly one INSERT, UPDATE or DELETE, in which nothing else writes and nothing is given back. */
export function checkWrite(text: string, isAllowed: (name: string) => boolean): void {
  const top = onlyStatement(text, 'statement');
  const found = top.InsertStmt ?? top.UpdateStmt ?? top.DeleteStmt;
  const write = isNode(found) ? found : refuse('only INSERT, UPDATE and DELETE may run here', 0);
  if (write.returningClause !== undefined || write.returningList !== undefined) {
    refuse('RETURNING is not taken here: nobody would get the rows', 0);
  }
  checkInside(write, isAllowed);
}
