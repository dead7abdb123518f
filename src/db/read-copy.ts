import { loadModule } from 'libpg-query';
import type { CopyColumns, CopyCommand, CopyOptions } from '../domain/copy.ts';
import { DatabaseError } from './database.ts';
import { isNode, listOf, type Node, parseSql } from './parse-sql.ts';

const nodeAt = (node: Node, name: string): Node | null => {
  const value = node[name];
  return isNode(value) ? value : null;
};
const stringOf = (value: unknown): string | null => {
  const inner = isNode(value) ? nodeAt(value, 'String') : null;
  return inner === null ? null : String(inner.sval ?? '');
};

const wrong = (message: string, code = '42601'): never => {
  throw new DatabaseError(message, { code });
};

function parse(text: string): Node {
  const [first, ...others] = parseSql(text);
  if (first === undefined || others.length > 0) return wrong('exactly one COPY statement is expected');
  return first.node;
}

/** Space and comments; a comment in a comment is not known here, and so not understood. */
const GAP = String.raw`(?:\s|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*`;

/** Places that may be the end of the query, looked at from the last one: each is a parsing. */
const MOST_ENDS = 10;

/**
 * What stands between the parentheses of `copy (…) to`. Where the right one closes is known by parsing: cut there, the
 * statement has the same query at the same places.
 */
function queryIn(text: string, query: unknown): string {
  const start = new RegExp(`^${GAP}copy${GAP}\\(`, 'i').exec(text)?.[0].length;
  const ends = [...text.matchAll(new RegExp(`\\)(?=${GAP}to\\b)`, 'gi'))].map(({ index }) => index);
  const wanted = JSON.stringify(query);
  for (const end of start === undefined ? [] : ends.slice(-MOST_ENDS).toReversed()) {
    try {
      const copy = nodeAt(parse(`${text.slice(0, end)}\n) to stdout`), 'CopyStmt');
      if (JSON.stringify(copy?.query) === wanted) return text.slice(start, end);
    } catch {
      // Not there.
    }
  }
  return wrong('a query in parentheses is expected');
}

function columnsOf(value: unknown, name: string): CopyColumns {
  if (isNode(value) && 'A_Star' in value) return '*';
  const items = listOf(isNode(value) ? nodeAt(value, 'List')?.items : null).map(stringOf);
  if (items.length === 0) wrong(`${name} takes a list of columns`);
  return items.map((item) => item ?? wrong(`${name} takes a list of columns`));
}

/** A value of an option as text: `true` for a name without a value. */
function textOf(value: unknown): string {
  if (value === undefined) return 'true';
  if (!isNode(value)) return '';
  const integer = nodeAt(value, 'Integer');
  if (integer !== null) return String(integer.ival ?? 0);
  const boolean = nodeAt(value, 'Boolean');
  if (boolean !== null) return String(boolean.boolval ?? false);
  return stringOf(value) ?? '';
}

function oneCharacter(name: string, text: string): string {
  if (text.length !== 1 || text.charCodeAt(0) > 0x7f || /[\n\r]/.test(text)) {
    wrong(`COPY ${name} must be a single one-byte character`, '0A000');
  }
  return text;
}

const formats = ['text', 'csv', 'binary'] as const;

function booleanOf(name: string, text: string): boolean {
  if (['true', 'on', '1'].includes(text.toLowerCase())) return true;
  if (['false', 'off', '0'].includes(text.toLowerCase())) return false;
  return wrong(`${name} requires a Boolean value`);
}

const OPTIONS: Readonly<Record<string, (value: unknown) => Partial<CopyOptions>>> = {
  format: (value) => {
    const found = formats.find((format) => format === textOf(value).toLowerCase());
    return { format: found ?? wrong(`COPY format "${textOf(value).slice(0, 40)}" not recognized`, '22023') };
  },
  delimiter: (value) => ({ delimiter: oneCharacter('delimiter', textOf(value)) }),
  null: (value) => {
    const text = textOf(value);
    if (/[\n\r]/.test(text)) wrong('COPY null representation cannot use newline or carriage return', '22023');
    return { null: text };
  },
  header: (value) => {
    const text = textOf(value);
    return { header: text.toLowerCase() === 'match' ? 'match' : booleanOf('header', text) };
  },
  quote: (value) => ({ quote: oneCharacter('quote', textOf(value)) }),
  escape: (value) => ({ escape: oneCharacter('escape', textOf(value)) }),
  encoding: (value) => {
    const text = textOf(value);
    if (!/^[\w-]{1,40}$/.test(text)) wrong('argument to option "encoding" must be a valid encoding name', '22023');
    return { encoding: text };
  },
  force_quote: (value) => ({ forceQuote: columnsOf(value, 'force_quote') }),
  force_not_null: (value) => ({ forceNotNull: columnsOf(value, 'force_not_null') }),
  force_null: (value) => ({ forceNull: columnsOf(value, 'force_null') }),
};

function optionsOf(given: readonly unknown[]): CopyOptions {
  let options: CopyOptions = { format: 'text' };
  const seen = new Set<string>();
  for (const one of given) {
    const element = isNode(one) ? nodeAt(one, 'DefElem') : null;
    const name = String(element?.defname ?? '');
    if (seen.has(name)) wrong('conflicting or redundant options');
    seen.add(name);
    // FREEZE, ON_ERROR, DEFAULT and whatever comes: each would have to be thought about.
    const read = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    options = { ...options, ...(read?.(element?.arg) ?? wrong(`COPY option "${name}" is not taken here`, '0A000')) };
  }
  return options;
}

/** The combinations that PostgreSQL refuses, in its words; of those that only reading knows, the server tells. */
function checkOptions(options: CopyOptions, direction: CopyCommand['direction']): CopyOptions {
  const { format, delimiter = format === 'csv' ? ',' : '\t', null: none = format === 'csv' ? '' : '\\N' } = options;
  const only = (name: string, value: unknown, isFitting: boolean, where: string) => {
    if (value !== undefined && !isFitting) wrong(`COPY ${name} ${where}`, '0A000');
  };
  const isCsv = format === 'csv';
  only('quote', options.quote, isCsv, 'requires CSV mode');
  only('escape', options.escape, isCsv, 'requires CSV mode');
  only('force_quote', options.forceQuote, isCsv && direction === 'to', 'requires CSV mode and COPY TO');
  only('force_not_null', options.forceNotNull, isCsv && direction === 'from', 'requires CSV mode and COPY FROM');
  only('force_null', options.forceNull, isCsv && direction === 'from', 'requires CSV mode and COPY FROM');
  if (options.header === 'match' && direction === 'to') wrong('cannot use "match" with HEADER in COPY TO', '22023');
  if (format === 'binary') {
    only('delimiter', options.delimiter, false, 'cannot be used in BINARY mode');
    only('null', options.null, false, 'cannot be used in BINARY mode');
    only('header', options.header, false, 'cannot be used in BINARY mode');
    return options;
  }
  if (format === 'text' && /[\\.a-z0-9]/.test(delimiter)) wrong(`COPY delimiter cannot be "${delimiter}"`, '22023');
  if (isCsv && delimiter === (options.quote ?? '"')) wrong('COPY delimiter and quote must be different', '22023');
  if (none.includes(delimiter)) wrong('COPY delimiter must not appear in the NULL specification', '22023');
  if (isCsv && none.includes(options.quote ?? '"')) {
    wrong('CSV quote character must not appear in the NULL specification', '22023');
  }
  return options;
}

/**
 * Reads a COPY statement with PostgreSQL's own parser: one, of a table or a query, from or to the client. Throws a
 * DatabaseError 42601, 42501, 22023 or 0A000. What it gives is data: whoever runs it writes a statement of its own.
 */
export async function readCopy(text: string): Promise<CopyCommand> {
  await loadModule();
  const copy = nodeAt(parse(text), 'CopyStmt') ?? wrong('SQL must start with COPY');
  if (copy.is_program === true || copy.filename !== undefined) {
    wrong('permission denied: COPY is FROM STDIN or TO STDOUT here', '42501');
  }
  const direction = copy.is_from === true ? 'from' : 'to';
  if (copy.whereClause !== undefined) wrong('COPY … WHERE is not taken here', '0A000');
  const relation = nodeAt(copy, 'relation');
  if (relation?.catalogname !== undefined) wrong('cross-database references are not implemented', '0A000');
  const columns = listOf(copy.attlist).map((name) => stringOf(name) ?? wrong('a name of a column is expected'));
  return {
    direction,
    table:
      relation === null
        ? null
        : {
            schema: relation.schemaname === undefined ? null : String(relation.schemaname),
            name: String(relation.relname ?? ''),
          },
    columns: columns.length === 0 ? null : columns,
    query: copy.query === undefined ? null : queryIn(text, copy.query),
    options: checkOptions(optionsOf(listOf(copy.options)), direction),
  };
}
