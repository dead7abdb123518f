import { loadModule } from 'libpg-query';
import type { NamedTable, Statement } from '../domain/job.ts';
import { DatabaseError } from './database.ts';
import { isNode, listOf, type Node, parseSql } from './parse-sql.ts';

const refuse = (message: string, code = '0A000'): never => {
  throw new DatabaseError(message, { code });
};

/** What to say of everything that is not taken. */
const POSSIBLE =
  'a job runs SELECT, CREATE TABLE … AS, INSERT, UPDATE and DELETE on a table of the account, ALTER TABLE … RENAME TO, and DROP TABLE';

/** Places that may be the start of the query of CREATE TABLE … AS: each is a parsing. */
const MOST_STARTS = 10;

function tableOf(value: unknown): NamedTable {
  if (!isNode(value) || typeof value.relname !== 'string') return refuse(POSSIBLE);
  if (value.catalogname !== undefined) return refuse('cross-database references are not implemented');
  return { schema: typeof value.schemaname === 'string' ? value.schemaname : null, name: value.relname };
}

/** The text of the query of CREATE TABLE … AS: where it starts is known by parsing what stands behind each AS. */
function queryOf(bytes: Buffer, query: unknown): string {
  const wanted = JSON.stringify(query);
  // One character a byte, so that places in it are places in the bytes.
  const starts = [...bytes.toString('latin1').matchAll(/\bas\b/gi)].map(({ index }) => index + 2);
  for (const start of starts.slice(0, MOST_STARTS)) {
    const text = bytes.toString('utf8', start);
    try {
      // Spaces in place of what stood before keep the places that the parser tells.
      const [found, ...others] = parseSql(' '.repeat(start) + text);
      if (found !== undefined && others.length === 0 && JSON.stringify(found.node) === wanted) return text.trim();
    } catch {
      // Not there.
    }
  }
  return refuse('the query after AS is not understood: write CREATE TABLE name AS SELECT …');
}

function readCreate(node: Node, bytes: Buffer): Statement {
  const into = isNode(node.into) ? node.into : {};
  const relation = isNode(into.rel) ? into.rel : {};
  const isPlain = node.objtype === 'OBJECT_TABLE' && node.is_select_into !== true && relation.relpersistence === 'p';
  if (!isPlain || !isNode(node.query) || !isNode(node.query.SelectStmt)) return refuse(POSSIBLE);
  const isOptioned = ['options', 'accessMethod', 'tableSpaceName', 'colNames', 'skipData'].some((name) => name in into);
  if (isOptioned) return refuse('CREATE TABLE … AS is taken without options: write CREATE TABLE name AS SELECT …');
  return {
    kind: 'create',
    table: tableOf(relation),
    query: queryOf(bytes, node.query),
    ifNotExists: node.if_not_exists === true,
  };
}

function readDrop(node: Node): Statement {
  const objects = listOf(node.objects);
  if (node.removeType !== 'OBJECT_TABLE') return refuse(POSSIBLE);
  if (objects.length !== 1) return refuse('DROP TABLE takes one table here: send a list of statements');
  const [object] = objects;
  const items = isNode(object) && isNode(object.List) ? listOf(object.List.items) : [];
  const parts = items.map((item) => (isNode(item) && isNode(item.String) ? String(item.String.sval ?? '') : ''));
  const [name = '', schema = null, ...more] = parts.toReversed();
  if (more.length > 0) return refuse('cross-database references are not implemented');
  const cascade = node.behavior === 'DROP_CASCADE';
  return { kind: 'drop', table: { schema, name }, ifExists: node.missing_ok === true, cascade };
}

function readRename(node: Node): Statement {
  const isTable = node.renameType === 'OBJECT_TABLE' && typeof node.newname === 'string';
  if (!isTable) return refuse(POSSIBLE);
  return {
    kind: 'rename',
    table: tableOf(node.relation),
    name: String(node.newname),
    ifExists: node.missing_ok === true,
  };
}

/**
 * Reads a statement of a job with PostgreSQL's own parser. Throws a DatabaseError: 42601 where it is not SQL or not
 * exactly one statement, 0A000 where it is none that a job runs. What a query may do is looked at when it runs.
 */
export async function readStatement(text: string): Promise<Statement> {
  await loadModule();
  const [parsed, ...others] = parseSql(text);
  if (parsed === undefined) return refuse('the statement is empty', '42601');
  if (others.length > 0) return refuse('one statement in each text: send a list of them', '42601');
  const { node, start, end } = parsed;
  const bytes = Buffer.from(text).subarray(0, end);
  const own = bytes.toString('utf8', start);
  if (isNode(node.SelectStmt)) return { kind: 'select', text: own };
  if (isNode(node.CreateTableAsStmt)) return readCreate(node.CreateTableAsStmt, bytes);
  if (isNode(node.DropStmt)) return readDrop(node.DropStmt);
  if (isNode(node.RenameStmt)) return readRename(node.RenameStmt);
  for (const [kind, write] of [
    ['insert', node.InsertStmt],
    ['update', node.UpdateStmt],
    ['delete', node.DeleteStmt],
  ] as const) {
    if (isNode(write)) return { kind, table: tableOf(write.relation), text: own };
  }
  return refuse(POSSIBLE);
}
