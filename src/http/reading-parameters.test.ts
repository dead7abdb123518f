import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultReading } from '../domain/reading.ts';
import { parseForm, parseJson } from './parameters.ts';
import { toReading } from './reading-parameters.ts';
import { withRecipe } from './recipe.ts';
import { WireError } from './wire-error.ts';

const form = (query: string) => toReading(withRecipe(parseForm(query)));
const json = (value: object) => toReading(withRecipe(parseJson(JSON.stringify(value))));

function refused(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof WireError, String(error));
    assert.equal(error.status, 400);
    return (error.body as { errors: { imports: string } }).errors.imports;
  }
  return assert.fail('nothing was refused');
}

test('nothing said is nothing known', () => {
  assert.deepEqual(form(''), defaultReading);
  assert.deepEqual(
    form('delimiter=&escape=&header=&skip_rows=&decimal=&date_order=&extra_cells=&columns=&max_rejects=&recipe='),
    defaultReading,
  );
});

test('a dialect is taken as it is said, in a form and in JSON', () => {
  const said = { delimiter: '|', quote: "'", escape: '\\', header: true, skipRows: 3 };
  assert.deepEqual(form("delimiter=|&quote='&escape=%5C&header=true&skip_rows=3").dialect, said);
  assert.deepEqual(json({ delimiter: '|', quote: "'", escape: '\\', header: true, skip_rows: 3 }).dialect, said);
});

test('a separator may have several characters, and TAB may be spelled out', () => {
  assert.deepEqual(form('delimiter=%2C%20').dialect, { delimiter: ', ' });
  assert.deepEqual(form('delimiter=||').dialect, { delimiter: '||' });
  assert.deepEqual(form('delimiter=%20').dialect, { delimiter: ' ' });
  for (const tab of ['tab', 'TAB', '%09', '%5Ct'])
    assert.deepEqual(form(`delimiter=${tab}`).dialect, { delimiter: '\t' });
  assert.match(
    refused(() => form(`delimiter=${'x'.repeat(11)}`)),
    /^Unknown value 'x{11}' for 'delimiter'. It takes/,
  );
  assert.match(
    refused(() => form('delimiter=%0A')),
    /for 'delimiter'/,
  );
  assert.match(
    refused(() => form('delimiter=%00')),
    /delimiter must not contain a NUL character/,
  );
  assert.match(
    refused(() => form('delimiter=%22&quote=%22')),
    /delimiter and quote must differ/,
  );
});

test('no quote at all is said by an empty one or by none', () => {
  assert.deepEqual(form('quote=').dialect, { quote: '' });
  assert.deepEqual(form('quote=none').dialect, { quote: '' });
  assert.deepEqual(json({ quote: '' }).dialect, { quote: '' });
  for (const bad of ['ab', 'a', '1', '%0A', 'é'])
    assert.match(
      refused(() => form(`quote=${bad}`)),
      /for 'quote'/,
    );
  for (const bad of ['ab', 'a', '%0A'])
    assert.match(
      refused(() => form(`escape=${bad}`)),
      /for 'escape'/,
    );
});

test('a header is there, is not, or has so many rows', () => {
  for (const [given, header] of [
    ['true', true],
    ['1', true],
    ['0', false],
    ['no', false],
    ['2', 2],
    ['100', 100],
  ] as const) {
    assert.deepEqual(form(`header=${given}`).dialect, { header }, given);
  }
  assert.deepEqual(json({ header: 3 }).dialect, { header: 3 });
  assert.deepEqual(json({ header: false }).dialect, { header: false });
  for (const bad of ['maybe', '101', '-1', '1.5', '1e2'])
    assert.match(
      refused(() => form(`header=${bad}`)),
      /for 'header'/,
    );
  for (const bad of ['x', '-1', '1.5', '1000001', '1e3']) {
    assert.match(
      refused(() => form(`skip_rows=${bad}`)),
      /for 'skip_rows'. It takes a whole number/,
    );
  }
});

test('an encoding is a label of the Encoding standard, or UTF-32', () => {
  assert.equal(form('encoding=latin1').encoding, 'windows-1252');
  assert.equal(form('encoding=UTF-32BE').encoding, 'utf-32be');
});

test('texts that mean NULL are words between commas, or a list as it stands', () => {
  assert.deepEqual(form('null_values=NA,%20n/a%20,,-').nullValues, ['NA', 'n/a', '-']);
  assert.deepEqual(form('null_values=["", " ","a,b"]').nullValues, ['', ' ', 'a,b']);
  assert.deepEqual(json({ null_values: ['', 'NULL'] }).nullValues, ['', 'NULL']);
  assert.equal(
    refused(() => json({ null_values: [1] })),
    'null_values must be a list of texts',
  );
  assert.match(
    refused(() => form('null_values=[')),
    /^null_values is not valid JSON/,
  );
  assert.match(
    refused(() => json({ null_values: ['\0'] })),
    /NUL/,
  );
  assert.match(
    refused(() => json({ null_values: Array.from({ length: 1001 }, String) })),
    /at most 1000/,
  );
  assert.match(
    refused(() => json({ null_values: ['x'.repeat(1001)] })),
    /at most 1000/,
  );
});

test('numbers and dates of a region are said by one word', () => {
  assert.equal(form('decimal=,').decimal, ',');
  assert.equal(form('decimal=comma').decimal, ',');
  assert.equal(form('decimal=.').decimal, '.');
  assert.equal(form('date_order=DMY').dateOrder, 'dmy');
  assert.equal(form('extra_cells=reject').extraCells, 'reject');
  assert.equal(
    refused(() => form('decimal=;')),
    "Unknown value ';' for 'decimal'. It takes . or ,",
  );
  assert.equal(
    refused(() => form('date_order=ydm')),
    "Unknown value 'ydm' for 'date_order'. It takes dmy, mdy, ymd",
  );
  assert.equal(
    refused(() => form('extra_cells=drop')),
    "Unknown value 'drop' for 'extra_cells'. It takes columns, reject",
  );
});

test('rejects are bounded by a count or by a share', () => {
  assert.deepEqual(form('max_rejects=0').maxRejects, { count: 0 });
  assert.deepEqual(json({ max_rejects: 12 }).maxRejects, { count: 12 });
  assert.deepEqual(form('max_rejects=5%25').maxRejects, { percent: 5 });
  assert.deepEqual(form('max_rejects=0.5%20%25').maxRejects, { percent: 0.5 });
  for (const bad of ['-1', '1.5', '101%25', 'x', '%25', '1e9']) {
    assert.match(
      refused(() => form(`max_rejects=${bad}`)),
      /for 'max_rejects'/,
      bad,
    );
  }
});

test('columns are a list of objects, or an object by name, in JSON or as its text', () => {
  const wishes = [
    { name: 'Día', rename: 'dia', type: 'date', nullValues: ['-'], dateFormat: 'dd.MM.yyyy' },
    { name: 'x', role: 'longitude' },
    { name: 'secret', drop: true },
    { name: 'n', type: 'double precision' },
  ];
  const list = [
    { name: 'Día', rename: ' dia ', type: 'DATE', null_values: ['-'], date_format: 'dd.MM.yyyy' },
    { name: 'x', role: 'longitude' },
    { name: 'secret', drop: true },
    { name: 'n', type: 'float8' },
  ];
  const object = Object.fromEntries(list.map(({ name, ...wish }) => [name, name === 'n' ? 'number' : wish]));
  for (const columns of [list, object, JSON.stringify(list), JSON.stringify(object)]) {
    assert.deepEqual(json({ columns }).columns, wishes);
  }
  assert.deepEqual(form('columns[a]=text').columns, [{ name: 'a', type: 'text' }]);
});

test('a wish that cannot be understood is refused by its name', () => {
  const columns = (value: unknown) => refused(() => json({ columns: value }));
  assert.match(columns('[{'), /^columns is not valid JSON/);
  assert.match(columns(7), /^columns must be a list/);
  assert.match(columns([{}]), /every column needs a name/);
  assert.match(columns([null]), /every column needs a name/);
  assert.match(columns([{ name: 7 }]), /a name must be text/);
  assert.match(columns([{ name: '' }]), /1 to 1000 characters/);
  assert.match(columns([{ name: 'a\0' }]), /NUL/);
  assert.match(columns({ a: 7 }), /'a' must be an object or the name of a type/);
  assert.match(
    columns({ a: { type: 'point' } }),
    /^Unknown value 'point' for 'columns: type of a'. It takes boolean, bigint/,
  );
  assert.match(columns({ a: { type: ['text'] } }), /for 'columns: type of a'/);
  assert.match(columns({ a: { drop: 'yes' } }), /'columns: drop of a'. It takes true or false/);
  assert.match(columns({ a: { role: 'x' } }), /'columns: role of a'. It takes longitude, latitude/);
  assert.match(columns({ a: { rename: '' } }), /rename has 1 to 250/);
  assert.match(columns({ a: { date_format: 'dd/MM/yyyy; drop table' } }), /'columns: date_format of a'/);
  assert.match(columns({ a: { null_values: [1] } }), /must be text/);
  assert.match(columns({ a: { colour: 1 } }), /^Unknown value 'colour' for 'columns'. It takes name, rename/);
  assert.match(columns([{ name: 'a' }, { name: 'a' }]), /says twice what becomes of 'a'/);
});

test('hostile columns end as wishes or as refusals, and never touch a prototype', () => {
  const { columns } = toReading(parseJson('{"columns":{"__proto__":{"type":"text"},"constructor":"bigint"}}'));
  assert.deepEqual(
    columns.map(({ name, type }) => [name, type]),
    [
      ['__proto__', 'text'],
      ['constructor', 'bigint'],
    ],
  );
  assert.equal(({} as { type?: unknown }).type, undefined);
  assert.match(
    refused(() => toReading(parseJson('{"columns":{"a":{"__proto__":1}}}'))),
    /^Unknown value '__proto__'/,
  );
  const many = Array.from({ length: 10_000 }, (_, i) => ({ name: `c${i}` }));
  assert.match(
    refused(() => json({ columns: many })),
    /names 10000 columns, at most 5000/,
  );
  assert.equal(json({ columns: many.slice(0, 5_000) }).columns.length, 5_000);
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  assert.match(
    refused(() => toReading(parseForm(`columns=${deep}`))),
    /columns/,
  );
});

test('a recipe says everything at once, and what stands beside it wins', () => {
  const recipe = { delimiter: ';', header: false, columns: { a: 'text' }, max_rejects: '5%' };
  const expected = {
    ...defaultReading,
    dialect: { delimiter: ';', header: false },
    columns: [{ name: 'a', type: 'text' }],
    maxRejects: { percent: 5 },
  };
  assert.deepEqual(json({ recipe }), expected);
  assert.deepEqual(json({ recipe: JSON.stringify(recipe) }), expected);
  assert.deepEqual(json({ recipe, header: true, decimal: '' }), {
    ...expected,
    dialect: { delimiter: ';', header: true },
  });
  assert.match(
    refused(() => json({ recipe: [] })),
    /recipe must be a JSON object/,
  );
  assert.match(
    refused(() => json({ recipe: 'x' })),
    /recipe is not valid JSON/,
  );
  assert.match(
    refused(() => json({ recipe: { url: 'http://x' } })),
    /^Unknown key 'url' in 'recipe'/,
  );
  assert.match(
    refused(() => json({ recipe: { decimal: 'x' } })),
    /for 'decimal'/,
  );
});
