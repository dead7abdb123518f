import { parseArgs } from 'node:util';

/** Where a command reads its settings and writes; what a test puts in place of the process. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results, one line each. */
  readonly out: (line: string) => void;
  /** Everything that is not the result: progress, questions of what went wrong. */
  readonly err: (line: string) => void;
  /** Writes over the last line of the terminal; null where the output is not a terminal. */
  readonly redraw: ((line: string) => void) | null;
  /** Ends when the process is asked to stop (SIGINT, SIGTERM). */
  readonly signal: AbortSignal;
}

/** One subcommand of `landfall`. What is heavy, such as the server, is imported when the command runs. */
export interface Command {
  readonly name: string;
  /** The words after `landfall`, as the help shows them. */
  readonly usage: string;
  readonly summary: string;
  /** Further lines of `--help`. */
  readonly help?: readonly string[];
  /** Returns the exit status. A UsageError becomes status 2, any other error status 1. */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** The command line is wrong: told with the usage, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command that takes no options and as many words as it names; throws UsageError for any other. */
export function words(args: readonly string[], names: readonly string[]): readonly string[] {
  const { positionals } = parse(() =>
    parseArgs({ args: [...args], allowPositionals: true, strict: true, options: {} }),
  );
  const missing = names[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  const extra = positionals[names.length];
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many`);
  return positionals;
}

/** Runs node:util's parseArgs, whose complaints become UsageErrors. */
export function parse<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause), { cause });
  }
}
