import { setFlagsFromString } from 'node:v8';
import { account } from './cli/account.ts';
import { analyze } from './cli/analyze.ts';
import { type Command, type Terminal, UsageError } from './cli/command.ts';
import { demo } from './cli/demo.ts';
import { formats } from './cli/formats.ts';
import { importFiles } from './cli/import.ts';
import { key } from './cli/key.ts';
import { migrate } from './cli/migrate.ts';
import { serve } from './cli/serve.ts';
import { sync } from './cli/sync.ts';
import { webhook } from './cli/webhook.ts';
import { worker } from './cli/worker.ts';

// A server moves gigabytes through short-lived buffers on a small heap. Without this, V8 collects the whole heap each
// time some tens of megabytes of buffers were allocated: 40 % of the server's CPU in a large import.
setFlagsFromString('--external-memory-accounted-in-global-limit');

const commands: readonly Command[] = [
  serve,
  worker,
  migrate,
  account,
  key,
  importFiles,
  analyze,
  sync,
  webhook,
  formats,
  demo,
];

process.exitCode = await main(process.argv.slice(2), ownTerminal());

async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    for (const line of overview()) terminal.out(line);
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    terminal.err(`landfall: there is no command "${name}"; \`landfall --help\` lists them`);
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    for (const line of commandHelp(command)) terminal.out(line);
    return 0;
  }
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    terminal.err(`landfall ${name}: ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof UsageError)) return 1;
    terminal.err(`usage: landfall ${command.usage}`);
    return 2;
  }
}

function overview(): readonly string[] {
  const width = Math.max(...commands.map((command) => command.usage.length));
  return [
    'usage: landfall COMMAND',
    '',
    ...commands.map((command) => `  ${command.usage.padEnd(width)}  ${command.summary}`),
    '',
    '`landfall COMMAND --help` tells more. Settings come from the environment: docs/configuration.md.',
  ];
}

function commandHelp(command: Command): readonly string[] {
  return [`usage: landfall ${command.usage}`, '', command.summary, ...(command.help ? ['', ...command.help] : [])];
}

/** This process: a second signal while it stops changes nothing, because npm and terminals send the same one twice. */
function ownTerminal(): Terminal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  return {
    env: process.env,
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    redraw: process.stderr.isTTY ? (line) => process.stderr.write(`\r\x1b[2K${line}`) : null,
    signal: stop.signal,
  };
}
