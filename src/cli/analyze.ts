import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { type Command, parse, type Terminal, UsageError } from './command.ts';
import { connect } from './connect.ts';
import { formatCount } from './progress.ts';
import { readingHelp, readingOptions, toReadingParameters } from './reading-options.ts';

const options = { 'api-key': { type: 'string' }, ...readingOptions, json: { type: 'boolean' } } as const;

/** `landfall analyze`: what an import of a file would find, without a table. */
export const analyze: Command = {
  name: 'analyze',
  usage: 'analyze FILE_OR_URL [options]',
  summary: 'Shows what an import would find: layers, columns, types and what does not fit.',
  help: [
    ...readingHelp,
    '  --api-key KEY                        else LANDFALL_API_KEY, else DATA_DIR/api-key',
    '  --json                               the answer of the server, with the recipe that makes exactly that',
    '',
    'Exit status: 0 it can be imported, 1 it cannot, 2 the command line is wrong.',
  ],
  async run(args, terminal) {
    const { values, positionals } = parse(() => parseArgs({ args: [...args], allowPositionals: true, options }));
    const [source, extra] = positionals;
    if (source === undefined) throw new UsageError('FILE_OR_URL is missing');
    if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many`);
    await using connection = await connect(values['api-key'], terminal);
    const answer = await connection.client.analyze(source, toReadingParameters(values));
    if (values.json === true) terminal.out(JSON.stringify(answer));
    else show(basename(source), answer, terminal);
    return answer.success === true ? 0 : 1;
  },
};

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function show(label: string, answer: Fields, terminal: Terminal): void {
  if (answer.success !== true) {
    const { title, what_about: text } = fieldsOf(answer.get_error_text);
    terminal.err(`${label}: ${textOf(title)} (error ${textOf(answer.error_code)}): ${textOf(text)}`);
    return;
  }
  for (const layer of listOf(answer.layers)) {
    for (const line of describeLayer(layer)) terminal.out(line);
  }
  for (const [name, value] of Object.entries(fieldsOf(answer.warnings))) {
    terminal.err(`${label}: warning: ${name}: ${textOf(value)}`);
  }
}

function describeLayer(layer: Fields): readonly string[] {
  const { encoding, geometry } = layer;
  const shape = fieldsOf(geometry);
  const rows = typeof layer.rows === 'number' ? formatCount(layer.rows) : '?';
  const rejects = fieldsOf(layer.rejects).total_entries;
  const facts = [
    `${rows} ${layer.rows === 1 ? 'row' : 'rows'}`,
    ...(typeof encoding === 'string' ? [encoding] : []),
    ...(geometry === null ? ['no geometry'] : [`${textOf(shape.type)} in EPSG:${textOf(layer.srid)}`]),
    ...(typeof rejects === 'number' && rejects > 0 ? [`${formatCount(rejects)} rejects`] : []),
  ];
  const columns = listOf(layer.columns);
  const nameWidth = Math.max(0, ...columns.map(({ name }) => textOf(name).length));
  const typeWidth = Math.max(0, ...columns.map(({ type }) => textOf(type).length));
  return [
    `${textOf(layer.name)} (${textOf(layer.format)}): ${facts.join(', ')}`,
    ...columns.map(({ name, type, reason }) =>
      `  ${textOf(name).padEnd(nameWidth)}  ${textOf(type).padEnd(typeWidth)}  ${textOf(reason)}`.trimEnd(),
    ),
  ];
}
