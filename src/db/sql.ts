/** The only place where text becomes SQL. */

declare const brand: unique symbol;

/** A statement with its parameters apart; made by `sql` alone. */
export interface Sql {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly [brand]: true;
}

const make = (text: string, values: readonly unknown[]): Sql => ({ text, values }) as unknown as Sql;

const isSql = (value: unknown): value is Sql =>
  typeof value === 'object' && value !== null && 'text' in value && 'values' in value;

/** Nested fragments are joined and renumbered; every other value becomes a parameter. */
export function sql(strings: TemplateStringsArray, ...parts: readonly unknown[]): Sql {
  let text = strings[0] ?? '';
  const values: unknown[] = [];
  parts.forEach((part, index) => {
    if (isSql(part)) {
      const offset = values.length;
      text += part.text.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + offset}`);
      values.push(...part.values);
    } else {
      values.push(part);
      text += `$${values.length}`;
    }
    text += strings[index + 1] ?? '';
  });
  return make(text, values);
}

/** A quoted name, or names joined by dots. NUL cannot stand in a name. */
export function identifier(...names: readonly string[]): Sql {
  if (names.some((name) => name.length === 0 || name.includes('\0'))) throw new Error('not an identifier');
  return make(names.map((name) => `"${name.replaceAll('"', '""')}"`).join('.'), []);
}

/** A quoted string, for statements that take no parameters (comments, role options). */
export function literal(value: string): Sql {
  if (value.includes('\0')) throw new Error('not a literal');
  const escaped = value.replaceAll("'", "''");
  return make(value.includes('\\') ? `E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`, []);
}

/** Text of our own that is SQL already: a type name, a migration. Never of a user. */
export const trusted = (text: string): Sql => make(text, []);

export function join(fragments: readonly Sql[], separator = ', '): Sql {
  return fragments.reduce(
    (all, next, index) => (index === 0 ? next : sql`${all}${trusted(separator)}${next}`),
    trusted(''),
  );
}
