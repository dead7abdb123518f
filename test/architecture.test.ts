import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const src = join(import.meta.dirname, '../src');

/**
 * Which folder may import which: the table of ARCHITECTURE.md as data. `x` is a folder or a file without its ending,
 * `type x` only its types, `*` everything. A folder always sees itself; nothing sees what is not named.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  util: ['errors'],
  errors: [],
  config: [],
  domain: ['errors', 'util'],
  db: ['domain', 'errors', 'util', 'type config'],
  formats: ['domain', 'errors', 'util'],
  sources: ['domain', 'errors', 'util', 'type db', 'type config', 'formats/esri-json', 'formats/shape'],
  infer: ['domain'],
  unpack: ['domain', 'errors', 'util'],
  read: ['formats', 'unpack', 'infer', 'domain', 'errors', 'util'],
  load: ['domain', 'infer', 'db', 'errors', 'util', 'read/reader-session', 'read/reader-pool', 'read/protocol'],
  store: ['domain', 'infer', 'db', 'errors', 'util'],
  publish: ['domain', 'infer', 'db', 'errors', 'util', 'store', 'load'],
  guess: ['domain', 'db', 'load', 'errors', 'util'],
  work: [
    'domain',
    'guess',
    'errors',
    'util',
    'db',
    'store',
    'sources',
    'load',
    'publish',
    'maps',
    'read',
    'formats',
    'type config',
  ],
  sql: ['domain', 'db', 'errors', 'util'],
  export: ['sql', 'domain', 'db', 'errors', 'util'],
  tiles: ['domain', 'db', 'errors', 'util', 'store'],
  features: ['domain', 'db', 'errors', 'util', 'store'],
  maps: ['domain', 'db', 'errors', 'util', 'store', 'tiles'],
  http: [
    'domain',
    'store',
    'errors',
    'util',
    'type config',
    'type sources/uploads',
    'db/database',
    'sql',
    'export',
    'features',
    'tiles',
    'maps',
  ],
  main: ['*'],
  'read/reader.main': ['*'],
  cli: ['*'],
};

interface Import {
  readonly from: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = globSync('**/*.ts', { cwd: src }).filter((file) => !file.endsWith('.test.ts'));
const textOf = (file: string): string => readFileSync(join(src, file), 'utf8');
const withoutEnding = (file: string): string => file.replace(/\.ts$/, '');
const ownerOf = (file: string): string =>
  withoutEnding(file) in mayImport ? withoutEnding(file) : withoutEnding(file.split('/')[0] ?? file);

/** Everything a file imports, by `import … from`, `export … from` and `import(…)`. */
function importsOf(file: string): readonly Import[] {
  const statement = /^\s*(?:import|export)(\s+type)?\s[^;]*?from\s+'([^']+)'|import\('([^']+)'\)|^import '([^']+)'/gm;
  return [...textOf(file).matchAll(statement)].map(([, type, from, dynamic, bare]) => {
    const specifier = from ?? dynamic ?? bare ?? '';
    const target = specifier.startsWith('.') ? relative(src, join(src, dirname(file), specifier)) : specifier;
    return { from: file, target, typeOnly: type !== undefined };
  });
}

function isAllowed({ from, target, typeOnly }: Import): boolean {
  const owner = ownerOf(from);
  const allowed = mayImport[owner] ?? [];
  const covers = (name: string) => withoutEnding(target) === name || target.startsWith(`${name}/`);
  if (covers(owner) || allowed.includes('*') || allowed.some(covers)) return true;
  return typeOnly && allowed.some((entry) => entry.startsWith('type ') && covers(entry.slice('type '.length)));
}

const imports = files.flatMap(importsOf);
const ownImports = imports.filter(({ target }) => target.endsWith('.ts'));
const show = ({ from, target }: Import): string => `${from} imports ${target}`;

test('the imports that the rules are held against are found', () => {
  assert.ok(files.length > 40 && ownImports.length > files.length);
});

test('every folder of src has its line in the table', () => {
  assert.deepEqual(
    [...new Set(files.map(ownerOf))].filter((owner) => !(owner in mayImport)),
    [],
  );
});

test('dependencies point down the table only', () => {
  assert.deepEqual(ownImports.filter((one) => !isAllowed(one)).map(show), []);
});

test('a format never imports another format, but GDAL hands its layers over as FlatGeobuf', () => {
  // A folder with an index.ts is a format; what formats share has none.
  const format = (path: string) => {
    const folder = /^formats\/([^/.]+)\//.exec(path)?.[1];
    return files.includes(`formats/${folder}/index.ts`) ? folder : undefined;
  };
  const crossing = ownImports.filter(
    ({ from, target }) => format(from) !== undefined && format(target) !== undefined && format(from) !== format(target),
  );
  const handOver = ({ from, target }: Import) =>
    from.startsWith('formats/gdal/') && target === 'formats/flatgeobuf/index.ts';
  assert.deepEqual(crossing.filter((one) => !handOver(one)).map(show), []);
});

test('only the composition roots read the environment', () => {
  const roots = ['main.ts', 'cli.ts', 'read/reader.main.ts'];
  assert.deepEqual(
    files.filter((file) => !roots.includes(file) && /\bprocess\.env\b/.test(code(file))),
    [],
  );
});

test('the server has one outbound HTTP client', () => {
  const clients = /^(undici|node:https?)$/;
  const outside = (file: string) => !file.startsWith('cli/') && !file.startsWith('util/');
  const found = imports.filter(({ from, target, typeOnly }) => outside(from) && clients.test(target) && !typeOnly);
  assert.deepEqual(found.map(show), []);
  assert.deepEqual(
    files.filter((file) => outside(file) && /(?:await|return|=>?)\s+fetch\(/.test(code(file))),
    [],
  );
});

test('nothing that reads untrusted bytes can reach a database driver', () => {
  const drivers = /^(pg|pg-boss|pg-copy-streams|@electric-sql\/.*|mysql2|mssql)$/;
  const outside = imports.filter(
    ({ from, target }) => drivers.test(target) && !/^(db|work|sources\/database)\//.test(from),
  );
  assert.deepEqual(outside.map(show), []);
});

test('no value is of type any, and no export is a default', () => {
  assert.deepEqual(
    files.filter((file) => /(:|<|\bas|,)\s*any\b(?!\s*[-'\w])/.test(code(file))),
    [],
  );
  assert.deepEqual(
    files.filter((file) => /^export default\b/m.test(code(file))),
    [],
  );
});

test('no file is longer than can be read at a sitting', () => {
  const lines = (file: string): number => textOf(file).split('\n').length;
  assert.deepEqual(
    // The catalogue is a list to look things up in.
    files.filter((file) => lines(file) > 400 && file !== 'errors.ts'),
    [],
  );
});

test('every dependency has its reason in the decision record', () => {
  const root = join(src, '..');
  const reasons = readFileSync(join(root, 'docs/decisions/0003-dependencies.md'), 'utf8');
  const manifest: { dependencies: object; devDependencies: object } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  assert.deepEqual(
    names.filter((name) => !reasons.includes(`\`${name}\``)),
    [],
  );
});

/** The text of a file without its comments and the contents of its strings. */
function code(file: string): string {
  return textOf(file)
    .replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''");
}
