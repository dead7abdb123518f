import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { settings } from '../src/config.ts';
import { catalogue } from '../src/errors.ts';
import { formats } from '../src/formats/index.ts';
import { packings } from '../src/unpack/packings.ts';
import { startHttpApp } from './support/http-app.ts';

const docs = join(import.meta.dirname, '../docs');
const read = (name: string): string => readFileSync(join(docs, name), 'utf8');

/** Rows of the Markdown tables of a text, as cells; heads and rules are left out. */
const rowsOf = (markdown: string): readonly (readonly string[])[] =>
  [...markdown.matchAll(/^\|(.*)\|\n\|(?: ?-+ ?\|)+\n((?:\|.*\|(?:\n|$))*)/gm)].flatMap(([, , body = '']) =>
    body
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) =>
        line
          .slice(1, -1)
          .split(' | ')
          .map((cell) => cell.trim()),
      ),
  );

interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}
type Content = Readonly<Record<string, { readonly schema: SchemaNode }>>;
interface Operation {
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly description?: string;
    readonly schema: SchemaNode;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

function typeName(node: SchemaNode): string {
  if (node.const !== undefined) return `"${node.const}"`;
  if (node.enum) return node.enum.map((value) => `"${value}"`).join(', ');
  if (node.anyOf) return node.anyOf.map(typeName).join(' or ');
  if (node.type === 'array') return `list of ${typeName(node.items ?? {})}`;
  return node.format ?? node.type ?? 'any';
}

const rowsOfSchema = (properties: SchemaNode['properties'] = {}, prefix = ''): readonly (readonly string[])[] =>
  Object.entries(properties).flatMap(([name, node]) => {
    const inner = [node, ...(node.anyOf ?? [])].find((one) => one.properties)?.properties;
    return [
      [`\`${prefix}${name}\``, typeName(node), node.description ?? ''],
      ...rowsOfSchema(inner, `${prefix}${name}.`),
    ];
  });

const schemaOf = (content: Content | undefined): SchemaNode | undefined => Object.values(content ?? {})[0]?.schema;

/** The tables that a section about an operation has, in order: parameters, then the fields of each answer. */
function tablesOf(operation: Operation): readonly (readonly string[])[] {
  const parameters = (operation.parameters ?? []).map(
    ({ name, description, schema }) => [name, description === undefined ? schema : { ...schema, description }] as const,
  );
  return [
    ...rowsOfSchema(Object.fromEntries(parameters)),
    ...rowsOfSchema(schemaOf(operation.requestBody?.content)?.properties),
    ...Object.values(operation.responses).flatMap(({ content }) => rowsOfSchema(schemaOf(content)?.properties)),
  ];
}

test('docs/configuration.md has every setting with its default and meaning, and no other', () => {
  const shown = (value: unknown): string => {
    if (value === null) return 'unset';
    if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.join(',');
    return `\`${value}\``;
  };
  const expected = Object.entries(settings).map(([name, entry]) => [`\`${name}\``, shown(entry.default), entry.doc]);
  assert.deepEqual(rowsOf(read('configuration.md')), expected);
});

test('docs/errors.md has every error as the catalogue has it, and no other', () => {
  const expected = Object.values(catalogue).map(({ code, title, source, retry, text }) => [
    String(code),
    title,
    source,
    retry ? 'yes' : 'no',
    text,
  ]);
  assert.deepEqual(rowsOf(read('errors.md')), expected);
});

test('no code stands in the catalogue twice', () => {
  const codes = Object.values(catalogue).map(({ code }) => code);
  assert.deepEqual(codes, [...new Set(codes)]);
});

test('docs/api.md has a section for every route with its parameters, fields and a line to copy, and no other', async () => {
  await using app = await startHttpApp();
  const { paths } = (await app.get('/openapi.json')).json as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const operations = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    ),
  );
  const sections = new Map(
    read('api.md')
      .split(/^## /m)
      .filter((section) => /^[A-Z]+ \//.test(section))
      .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
  );
  assert.deepEqual([...sections.keys()].toSorted(), [...operations.keys()].toSorted());
  for (const [name, operation] of operations) {
    const section = sections.get(name) ?? '';
    assert.ok(section.includes(operation.description), `${name}: the description of the route`);
    assert.match(section, /```sh\ncurl /, `${name}: a line to copy`);
    assert.deepEqual(rowsOf(section), tablesOf(operation), name);
    for (const status of Object.keys(operation.responses)) {
      assert.match(section, new RegExp(`^${status}:`, 'm'), `${name}: answer ${status}`);
    }
  }
});

const characters: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

test('/docs shows every route with the lines to copy of docs/api.md, and loads nothing from elsewhere', async () => {
  await using app = await startHttpApp();
  const { paths } = (await app.get('/openapi.json')).json as { readonly paths: object };
  const { text, headers } = await app.get('/docs');
  for (const path of Object.keys(paths)) assert.ok(text.includes(path.replace(/\{(\w+)\}/g, ':$1')), path);
  const [, ...sections] = text.split('<h3 ');
  for (const section of sections) assert.match(section, /<pre><code>curl /, section.slice(0, 80));
  const reference = new Set(read('api.md').split('\n'));
  for (const [, lines = ''] of text.matchAll(/<pre><code>(curl [^<]*)<\/code>/g)) {
    const asTyped = lines.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => characters[entity] ?? entity);
    for (const line of asTyped.split('\n')) assert.ok(reference.has(line), line);
  }
  for (const { code, title } of Object.values(catalogue))
    assert.ok(text.includes(`<td>${code}</td><td>${title}</td>`), title);
  for (const page of [text, (await app.get('/')).text]) assert.doesNotMatch(page, /<script|<link|<img|src=|@import/);
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
});

test('docs/formats.md has every format and archive with its extensions and media types, and no other', () => {
  const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(' ');
  assert.deepEqual(
    rowsOf(read('formats.md')),
    [...formats, ...packings].map(({ title, extensions, mediaTypes }) => [title, code(extensions), code(mediaTypes)]),
  );
});

test('test/web/README.md names tests that there are', () => {
  const web = join(import.meta.dirname, 'web');
  const named = rowsOf(readFileSync(join(web, 'README.md'), 'utf8')).flatMap(([, tests = '']) => {
    let file = '';
    return tests.split('; ').map((words) => {
      const [, of, name = words] = /^([a-z-]+): (.*)$/.exec(words) ?? [];
      file = of ?? file;
      return { file, name };
    });
  });
  assert.ok(named.length > 20);
  for (const { file, name } of named) {
    const text = readFileSync(join(web, `${file}.test.ts`), 'utf8');
    assert.ok(text.includes(`'${name}'`), `${file}: ${name}`);
  }
});
