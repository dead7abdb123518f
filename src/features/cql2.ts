/** Filters in CQL2-text, read by descent into one condition whose values are bound. */
import { identifier, type Sql, sql, trusted } from '../db/sql.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import { BadFeatureRequest } from './bad-request.ts';
import { kindOf, propertiesOf, type ValueKind } from './columns.ts';
import { isTime, type Span, spanOf, spanOfText, temporalRelations, unbounded } from './cql2-time.ts';
import { type Token, tokenize } from './cql2-tokens.ts';
import { type FeatureCrs, fromCrs } from './reference-systems.ts';

/** How deep expressions may lie in each other, and how many there may be. */
const MOST_DEPTH = 100;
const MOST_NODES = 1_000;

const spatial: Readonly<Record<string, string>> = {
  S_INTERSECTS: 'st_intersects',
  S_EQUALS: 'st_equals',
  S_DISJOINT: 'st_disjoint',
  S_TOUCHES: 'st_touches',
  S_WITHIN: 'st_within',
  S_OVERLAPS: 'st_overlaps',
  S_CROSSES: 'st_crosses',
  S_CONTAINS: 'st_contains',
};

/** Names of the geometry in filters beside that of its column. */
const geometryNames: ReadonlySet<string> = new Set(['the_geom', 'geometry', 'geom']);

const comparisons: ReadonlySet<string> = new Set(['=', '<>', '<', '>', '<=', '>=']);

interface Expression {
  readonly kind: ValueKind | 'geometry' | 'span' | 'condition';
  readonly sql: Sql;
  readonly span?: Span;
  /** The text of a literal, which may stand for an instant. */
  readonly literal?: string;
}

/** What a filter means for rows of `b`. Throws BadFeatureRequest with the place of what is not understood. */
export function parseFilter(filter: string, table: ReadableTable, crs: FeatureCrs): Sql {
  const tokens = tokenize(filter);
  let at = 0;
  let depth = 0;
  let nodes = 0;

  const here = (): Token => tokens[at] ?? { kind: 'end', text: '', at: filter.length + 1 };
  const fail = (message: string, token = here()): never => {
    throw new BadFeatureRequest(`filter: ${message} at character ${token.at}`);
  };
  const isWord = (word: string): boolean => here().kind === 'word' && here().text.toUpperCase() === word;
  const isSign = (sign: string): boolean => here().kind === 'sign' && here().text === sign;
  const take = (test: boolean): boolean => {
    if (test) at++;
    return test;
  };
  const expect = (sign: string): void => {
    if (!take(isSign(sign))) fail(`"${sign}" is expected`);
  };
  const made = (expression: Expression): Expression => {
    if (++nodes > MOST_NODES) fail(`more than ${MOST_NODES} expressions: say it shorter`);
    return expression;
  };
  const deeper = <T>(read: () => T): T => {
    if (++depth > MOST_DEPTH) fail('nested too deep');
    const result = read();
    depth--;
    return result;
  };
  const condition = (expression: Expression, token: Token): Sql => {
    if (expression.kind !== 'condition' && expression.kind !== 'boolean') fail('a condition is expected', token);
    return expression.sql;
  };

  function chain(word: string, next: () => Expression): Expression {
    const first = here();
    let left = next();
    while (isWord(word)) {
      const token = here();
      at++;
      const right = next();
      left = made({
        kind: 'condition',
        sql: sql`(${condition(left, first)} ${trusted(word.toLowerCase())} ${condition(right, token)})`,
      });
    }
    return left;
  }
  const anyOf = (): Expression => deeper(() => chain('OR', () => chain('AND', negation)));
  function negation(): Expression {
    const token = here();
    if (!take(isWord('NOT'))) return predicate();
    return made({ kind: 'condition', sql: sql`(not ${condition(deeper(negation), token)})` });
  }

  function predicate(): Expression {
    const left = sum();
    const token = here();
    if (token.kind === 'sign' && comparisons.has(token.text)) {
      at++;
      const [a, b] = comparable(left, sum(), token);
      return made({ kind: 'condition', sql: sql`(${a} ${trusted(token.text)} ${b})` });
    }
    if (take(isWord('IS'))) {
      const isNot = take(isWord('NOT'));
      if (!take(isWord('NULL'))) fail('NULL is expected');
      return made({ kind: 'condition', sql: sql`(${left.sql} is ${trusted(isNot ? 'not null' : 'null')})` });
    }
    const isNot = take(isWord('NOT'));
    const not = trusted(isNot ? 'not ' : '');
    if (take(isWord('LIKE'))) {
      const pattern = sum();
      if (left.kind !== 'text' || pattern.kind !== 'text') fail('LIKE compares texts', token);
      return made({ kind: 'condition', sql: sql`(${not}${left.sql} like ${pattern.sql})` });
    }
    if (take(isWord('BETWEEN'))) {
      const low = comparable(left, sum(), token);
      if (!take(isWord('AND'))) fail('AND is expected');
      const high = comparable(left, sum(), token);
      return made({
        kind: 'condition',
        sql: sql`(${not}(${low[0]} >= ${low[1]} and ${high[0]} <= ${high[1]}))`,
      });
    }
    if (take(isWord('IN'))) {
      expect('(');
      let choices: Sql | null = null;
      do {
        const [a, b] = comparable(left, sum(), token);
        const one: Expression = made({ kind: 'condition', sql: sql`${a} = ${b}` });
        choices = choices === null ? one.sql : sql`${choices} or ${one.sql}`;
      } while (take(isSign(',')));
      expect(')');
      return made({ kind: 'condition', sql: sql`(${not}(${choices}))` });
    }
    if (isNot) fail('LIKE, BETWEEN or IN is expected');
    return left;
  }

  /** Two values that can be compared; a text beside an instant is one. */
  function comparable(a: Expression, b: Expression, token: Token): readonly [Sql, Sql] {
    const asTime = (one: Expression): Sql =>
      one.kind === 'text' && one.literal !== undefined && isTime(one.literal)
        ? sql`${one.literal}::timestamptz`
        : one.sql;
    if (a.kind === 'time' || b.kind === 'time') {
      const isFine = (one: Expression) => one.kind === 'time' || (one.literal !== undefined && isTime(one.literal));
      if (!isFine(a) || !isFine(b)) fail('an instant is compared with something else', token);
      return [asTime(a), asTime(b)];
    }
    if (a.kind !== b.kind || a.kind === 'geometry' || a.kind === 'span' || a.kind === 'other') {
      fail(`a ${a.kind} cannot be compared with a ${b.kind}`, token);
    }
    return [a.sql, b.sql];
  }

  function arithmetic(signs: readonly string[], next: () => Expression): Expression {
    let left = next();
    for (;;) {
      const token = here();
      if (token.kind !== 'sign' || !signs.includes(token.text)) return left;
      at++;
      const right = next();
      if (left.kind !== 'number' || right.kind !== 'number') fail('numbers are expected', token);
      left = made({ kind: 'number', sql: sql`(${left.sql} ${trusted(token.text)} ${right.sql})` });
    }
  }
  const sum = (): Expression => arithmetic(['+', '-'], () => arithmetic(['*', '/'], value));

  function value(): Expression {
    const token = here();
    at++;
    if (token.kind === 'number') return made({ kind: 'number', sql: sql`${token.text}::text::numeric` });
    if (token.kind === 'text') {
      if (token.text.includes('\0')) fail('a text cannot hold NUL', token);
      return made({ kind: 'text', sql: sql`${token.text}::text`, literal: token.text });
    }
    if (token.kind === 'wkt') {
      return made({ kind: 'geometry', sql: fromCrs(sql`st_geomfromtext(${token.text}::text, ${crs.srid}::int)`, crs) });
    }
    if (token.kind === 'name') return property(token);
    if (token.kind === 'word') return word(token);
    if (token.kind === 'sign' && token.text === '-') {
      const inner = deeper(value);
      if (inner.kind !== 'number') fail('a number is expected', token);
      return made({ kind: 'number', sql: sql`(- ${inner.sql})` });
    }
    if (token.kind === 'sign' && token.text === '(') {
      const inner = anyOf();
      expect(')');
      return inner;
    }
    return fail(token.kind === 'end' ? 'something is missing' : `"${token.text}" is not understood`, token);
  }

  function word(token: Token): Expression {
    const name = token.text.toUpperCase();
    if (!isSign('(')) {
      if (name === 'TRUE' || name === 'FALSE') return made({ kind: 'boolean', sql: trusted(name.toLowerCase()) });
      return property(token);
    }
    at++;
    const result = call(name, token);
    expect(')');
    return result;
  }

  function call(name: string, token: Token): Expression {
    if (name in spatial) {
      const [a, b] = pair(geometry);
      return made({ kind: 'condition', sql: sql`${trusted(spatial[name] ?? '')}(${a}, ${b})` });
    }
    const relation = temporalRelations[name];
    if (relation !== undefined) {
      const [a, b] = pair(time);
      return made({ kind: 'condition', sql: sql`(${relation(a, b)})` });
    }
    if (name === 'DATE' || name === 'TIMESTAMP') {
      const { kind, text } = here();
      at++;
      if (kind !== 'text') fail('a text in quotes is expected', token);
      return made({ kind: 'time', sql: sql`${text}::timestamptz`, span: spanOfText(text) });
    }
    if (name === 'INTERVAL') {
      const [from, to] = pair(bound);
      return made({ kind: 'span', sql: sql`null`, span: { from: from.from, to: to.to } });
    }
    if (name === 'CASEI') {
      const inner = sum();
      if (inner.kind !== 'text') fail('CASEI takes a text', token);
      return made({ kind: 'text', sql: sql`lower(${inner.sql})` });
    }
    if (name === 'BBOX' || name === 'ENVELOPE') {
      const corners = [number()];
      while (take(isSign(','))) corners.push(number());
      if (corners.length !== 4) fail(`${name} takes four numbers`, token);
      const [west, south, east, north] = corners;
      const box = sql`st_makeenvelope(${west}::float8, ${south}::float8, ${east}::float8, ${north}::float8, ${crs.srid}::int)`;
      return made({ kind: 'geometry', sql: fromCrs(box, crs) });
    }
    return fail(`there is no function ${token.text}`, token);
  }

  function pair<T>(read: () => T): readonly [T, T] {
    const first = read();
    expect(',');
    return [first, read()];
  }
  function geometry(): Sql {
    const token = here();
    const found = value();
    if (found.kind !== 'geometry') fail('a geometry is expected', token);
    return found.sql;
  }
  function time(): Span {
    const token = here();
    const found = value();
    if (found.span !== undefined) return found.span;
    if (found.literal !== undefined && isTime(found.literal)) return spanOfText(found.literal);
    return fail('an instant or an interval is expected', token);
  }
  function bound(): Span {
    if (here().kind === 'text' && here().text === '..') {
      at++;
      return unbounded;
    }
    return time();
  }
  function number(): number {
    const isNegative = take(isSign('-'));
    const { kind, text } = here();
    if (kind !== 'number') fail('a number is expected');
    at++;
    return isNegative ? -Number(text) : Number(text);
  }

  function property(token: Token): Expression {
    const name = token.text;
    if (geometryNames.has(name) && table.hasGeometry && !propertiesOf(table).some((one) => one.name === name)) {
      return made({ kind: 'geometry', sql: sql`b.the_geom` });
    }
    const column = propertiesOf(table).find((one) => one.name === name);
    if (column === undefined) return fail(`there is no property "${name.slice(0, 80)}"`, token);
    const kind = kindOf(column);
    const plain = sql`b.${identifier(column.name)}`;
    if (kind === 'text') return made({ kind, sql: column.type === 'text' ? plain : sql`${plain}::text` });
    if (kind === 'time') return made({ kind, sql: plain, span: spanOf(plain, column.type === 'date') });
    return made({ kind, sql: plain });
  }

  const first = here();
  const result = condition(anyOf(), first);
  if (here().kind !== 'end') fail(`"${here().text.slice(0, 50)}" is not understood`);
  return result;
}
