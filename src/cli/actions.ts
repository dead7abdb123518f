import type { ApiClient } from './api-client.ts';
import { type Terminal, UsageError } from './command.ts';
import { connect } from './connect.ts';

/** A thing as the API shows it. */
export type View = Readonly<Record<string, unknown>>;

/** Options that every command with actions has. */
export const sharedOptions = { 'api-key': { type: 'string' }, json: { type: 'boolean' } } as const;

/** What `parseArgs` makes of the options of a command with actions. */
interface SharedValues {
  readonly 'api-key'?: string | undefined;
  readonly json?: boolean | undefined;
}

/** One thing to do through the API of a server; it gives the things to show. */
interface Action<Values> {
  /** The one word that it takes, as it is called in complaints. Absent: it takes none. */
  readonly word?: string;
  run(client: ApiClient, word: string, values: Values): Promise<readonly View[]>;
}

/** A command of the form `landfall COMMAND ACTION [WORD] [options]`. */
export interface ActionCommand<Values> {
  /** What it is about, in the plural, for complaints. */
  readonly things: string;
  readonly actions: Readonly<Record<string, Action<Values>>>;
  /** Other names of actions. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** A thing on one line; with `--json` it is one JSON object instead. */
  lineOf(view: View, action: string): string;
}

/** Does what the words say and shows it, one thing a line; gives the exit status. Throws UsageError. */
export async function runAction<Values extends SharedValues>(
  { things, actions, aliases = {}, lineOf }: ActionCommand<Values>,
  { values, positionals }: { readonly values: Values; readonly positionals: readonly string[] },
  terminal: Terminal,
): Promise<number> {
  const [given = '', ...words] = positionals;
  const name = Object.hasOwn(aliases, given) ? (aliases[given] ?? given) : given;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    const names = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(Object.keys(actions));
    throw new UsageError(given === '' ? `${names} is missing` : `"${given}" is not something to do with ${things}`);
  }
  const [word = ''] = words;
  if (action.word !== undefined && word === '') throw new UsageError(`${action.word} is missing`);
  const extra = words[action.word === undefined ? 0 : 1];
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many`);
  await using connection = await connect(values['api-key'], terminal);
  for (const view of await action.run(connection.client, word, values)) {
    terminal.out(values.json === true ? JSON.stringify(view) : lineOf(view, name));
  }
  return 0;
}

/** A field of a view as text; `-` where there is none. */
export const fieldOf = (view: View, name: string): string => String(view[name] ?? '-');
