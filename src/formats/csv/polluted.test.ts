import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withCsv } from '../../../test/support/read-csv.ts';
import { cellText } from './text-records.ts';

/** A table of a shop: dates, times, numbers, codes, amounts, words, sentences, addresses, and a column without values. */
const names = ['DAY', 'AT', 'Amount', 'CODE', 'Price', 'Kind', 'Remark', 'LINK', 'Note'];
const kinds = ['Lamp', "Men's Boots, Tall", 'Tent', 'Round Table, 48"', 'Wool Hat', 'Kettle'];
const remarks = [
  "Keeps warm, dry and doesn't weigh much.",
  'For two: light, strong, and easy to carry along',
  'Made to last.',
  'An 8" frame, with room for more',
];
const rows: readonly (readonly string[])[] = Array.from({ length: 40 }, (_, i) => [
  `${13 + (i % 15)}/0${1 + (i % 9)}/2019`,
  `${10 + (i % 12)}:${10 + i}`,
  `${i % 7}`,
  `QX-${1000 + i * 37}`,
  `$${i + 3}.${50 + i}`,
  kinds[i % kinds.length] ?? '',
  remarks[i % remarks.length] ?? '',
  `https://shop.example/goods/QX_${1000 + i * 37}.html`,
  '',
]);

interface Style {
  readonly delimiter: string;
  readonly quote: string;
  readonly before: string;
  readonly lineEnd: string;
}
const standard: Style = { delimiter: ',', quote: '"', before: '"', lineEnd: '\n' };

/** A cell as programs write it: quoted where it must be, and in the columns of sentences and addresses always. */
function written(value: string, column: number, { delimiter, quote, before }: Style): string {
  const must = value.includes(delimiter) || value.includes(quote) || column === 6 || column === 7;
  return must ? quote + value.replaceAll(quote, before + quote) + quote : value;
}
const line = (row: readonly string[], style: Style): string =>
  row.map((value, column) => written(value, column, style)).join(style.delimiter);
const text = (table: readonly (readonly string[])[], style: Style = standard): string =>
  table.map((row) => line(row, style) + style.lineEnd).join('');

interface Loaded {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly warnings: Readonly<Record<string, unknown>>;
}

const load = (content: string): Promise<Loaded> =>
  withCsv(content, async (layer) => {
    const all: string[][] = [];
    await layer.read((record) => {
      all.push(Array.from({ length: layer.columns.length }, (_, i) => (i < record.count ? cellText(record, i) : '')));
    });
    return { columns: layer.columns, rows: all, warnings: layer.warnings?.() ?? {} };
  });

for (const [title, style] of [
  ['semicolons', { ...standard, delimiter: ';' }],
  ['tabs', { ...standard, delimiter: '\t' }],
  ['bars', { ...standard, delimiter: '|' }],
  ['commas and blanks', { ...standard, delimiter: ', ' }],
  ['two bars', { ...standard, delimiter: '||' }],
  ['two colons', { ...standard, delimiter: '::' }],
  ['bar, tilde, bar', { ...standard, delimiter: '|~|' }],
  ['apostrophes as quotes', { ...standard, quote: "'", before: "'" }],
  ['backslashes before quotes', { ...standard, before: '\\' }],
  ['nothing before quotes', { ...standard, before: '' }],
  ['CR', { ...standard, lineEnd: '\r' }],
  ['CRLF', { ...standard, lineEnd: '\r\n' }],
] as const) {
  test(`a table written with ${title} is read exactly`, async () => {
    const { columns, rows: read } = await load(text([names, ...rows], style));
    assert.deepEqual([columns, read], [names, rows]);
  });
}

for (const [title, content, columns] of [
  ['no names', text(rows), names.map(() => '')],
  ['two rows of names', text([names, names, ...rows]), names.map((name) => `${name} ${name}`)],
  [
    'a title of as many cells and an empty row',
    `Sales${','.repeat(8)}\n${','.repeat(8)}\n${text([names, ...rows])}`,
    names,
  ],
  ['titles with other delimiters', `Sales; May, 2019\nby: me | us\n\n${text([names, ...rows])}`, names],
  ['remarks before and within', `# made by hand\n${text([names])}# more\n${text(rows)}`, names],
  ['sums behind a blank line', `${text([names, ...rows])}\nTotal of all rows\n`, names],
  ['no line end at the end', text([names, ...rows]).trimEnd(), names],
  ['blank lines at the end', `${text([names, ...rows])}\n\n`, names],
  [
    'a second table with more columns',
    text([names, ...rows]) + text([[...names, 'x'], ...rows.map((row) => [...row, '1'])]),
    names,
  ],
  [
    'a second table with fewer columns',
    text([names, ...rows]) + text([names, ...rows].map((row) => row.slice(0, 5))),
    names,
  ],
] as const) {
  test(`a table with ${title} is read without it`, async () => {
    const found = await load(content);
    assert.deepEqual([found.columns, found.rows], [columns, rows]);
  });
}

/** A table without any quotes, so that a lone one has nothing to be closed by. */
const plainNames = ['item', 'amount', 'price', 'city'];
const plainRows = Array.from({ length: 24 }, (_, i) => [
  `part ${i % 5}`,
  `${i * 7}`,
  `${i}.5`,
  ['Oslo', 'Rome'][i % 2],
]);
const plainText = (delimiter: string): string =>
  [plainNames, ...plainRows].map((row) => `${row.join(delimiter)}\n`).join('');

test('a lone quote in the first rows of a table without quotes is part of its value', async () => {
  const { columns, rows: read } = await load(plainText(',').replace('\npart 0,0', '\npart 0,"0'));
  assert.deepEqual([columns, read], [plainNames, plainRows.with(0, ['part 0', '"0', '0.5', 'Oslo'])]);
});

for (const delimiter of [':', '\x01', '\x1f', ' : ', '\t\t']) {
  test(`cells that ${JSON.stringify(delimiter)} separates are found`, async () => {
    const { columns, rows: read } = await load(plainText(delimiter));
    assert.deepEqual(
      [columns.map((name) => name.trim()), read.map((row) => row.map((cell) => cell.trim()))],
      [plainNames, plainRows],
    );
  });
}

test('numbers with commas in quotes behind commas and blanks are not cut', async () => {
  const lines = plainRows.map(([item, amount, price]) => `${item}, "${amount},25", "${price?.replace('.', ',')}", x`);
  const { columns, rows: read } = await load(`item, "amount", "price", city\n${lines.join('\n')}\n`);
  assert.deepEqual([columns, read[1]], [plainNames, ['part 1', '7,25', '1,5', 'x']]);
});

for (const [title, first, columns] of [
  ['a separator missing', 'First,LastCity,Job', ['First', 'LastCity', 'Job', '']],
  ['another delimiter', 'First;Last;City;Job', ['First', 'Last', 'City', 'Job']],
] as const) {
  test(`names with ${title} name the columns of words too`, async () => {
    const words = Array.from({ length: 12 }, (_, i) => `Ann,Smith${i % 4},Rome,Pilot`).join('\n');
    const { columns: found, rows: read } = await load(`${first}\n${words}\n`);
    assert.deepEqual([found, read.length], [columns, 12]);
  });
}

test('rows of very long texts are read', async () => {
  const long = 'lorem ipsum, dolor; sit: '.repeat(1500);
  const rows = Array.from({ length: 12 }, (_, i) => `${i},"${long}",x\n`).join('');
  const { columns, rows: read } = await load(`id,text,mark\n${rows}`);
  assert.deepEqual([columns, read.length, read[3]], [['id', 'text', 'mark'], 12, ['3', long, 'x']]);
});

test('a file of names alone is a table without rows', async () => {
  const { columns, rows: read } = await load(text([names]));
  assert.deepEqual([columns, read], [names, []]);
});

/** A place in the table; row 0 is that of the names. */
const place = fc.record({ row: fc.nat(rows.length), column: fc.nat(names.length - 1) });
const parts = (row: number): string[] =>
  (row === 0 ? names : (rows[row - 1] ?? [])).map((value, column) => written(value, column, standard));
const withLine = (row: number, changed: string): string =>
  text([names, ...rows])
    .split('\n')
    .map((one, at) => (at === row ? changed : one))
    .join('\n');

test('a quote too many in any cell is part of its value, and no other cell changes', async () => {
  await fc.assert(
    fc.asyncProperty(place, async ({ row, column }) => {
      const cells = parts(row);
      const cell = cells[column] ?? '';
      cells[column] = cell.startsWith('"') ? `""${cell.slice(1)}` : `"${cell}`;
      const found = await load(withLine(row, cells.join(',')));
      const expected = [names, ...rows].map((values) => [...values]);
      const changed = expected[row];
      if (changed !== undefined) changed[column] = `"${changed[column]}`;
      assert.deepEqual([found.columns, ...found.rows], expected);
      if (row > 0) assert.ok('repaired_rows' in found.warnings);
    }),
    { numRuns: 150, seed: 11 },
  );
});

test('a separator too many or missing anywhere changes no other row and no column', async () => {
  await fc.assert(
    fc.asyncProperty(place, fc.boolean(), async ({ row, column }, isMore) => {
      fc.pre(row > 0 && (isMore || column > 0));
      const cells = parts(row);
      const changed = isMore
        ? [...cells.slice(0, column), '', ...cells.slice(column)].join(',')
        : `${cells.slice(0, column).join(',')}${cells.slice(column).join(',')}`;
      const found = await load(withLine(row, changed));
      assert.deepEqual(found.columns, names);
      const others = (all: readonly (readonly string[])[]): unknown => all.filter((_, at) => at !== row - 1);
      assert.deepEqual(others(found.rows), others(rows));
    }),
    { numRuns: 150, seed: 12 },
  );
});

test('the order of the rows changes neither dialect nor names', async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([...rows], { minLength: rows.length }), async (shuffled) => {
      const { columns, rows: read } = await load(text([names, ...shuffled], { ...standard, delimiter: ';' }));
      assert.deepEqual([columns, read], [names, shuffled]);
    }),
    { numRuns: 20, seed: 13 },
  );
});

for (const [wish, content, columns] of [
  [{ delimiter: ';' }, 'a,b;c\n1,2;3\n', ['a,b', 'c']],
  [{ header: false }, 'a,b\nc,d\n', ['', '']],
  [{ header: 2 }, 'a,b\nx,y\n1,2\n', ['a x', 'b y']],
  [{ quote: '' }, 'a,b\n"1",2\n', ['a', 'b']],
  [{ skipRows: 2 }, 'x,y\nz,w\na,b\n1,2\n', ['a', 'b']],
] as const) {
  test(`what the request says is taken as said: ${JSON.stringify(wish)}`, async () => {
    await withCsv(content, async (layer) => assert.deepEqual(layer.columns, columns), { reading: { dialect: wish } });
  });
}

for (const [wish, message] of [
  [{ skipRows: 3 }, /has no row behind the 3 lines that are to be skipped/],
  [{ header: 4 }, /4 rows are said to name the columns, and the text has 3/],
] as const) {
  test(`what the request says and cannot be is an error: ${JSON.stringify(wish)}`, async () => {
    const load = withCsv('a,b\n1,2\n3,4\n', async () => undefined, { reading: { dialect: wish } });
    await assert.rejects(load, { kind: 'malformedCsv', message });
  });
}
