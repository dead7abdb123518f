import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withCsv } from '../../../test/support/read-csv.ts';
import { CellKind, type Layer } from '../../domain/layer.ts';
import { cellText } from './text-records.ts';

type Cell = string | null;

/** Columns, cells and line numbers of all records. */
async function contents(layer: Layer): Promise<{ columns: readonly string[]; rows: Cell[][]; lines: number[] }> {
  const rows: Cell[][] = [];
  const lines: number[] = [];
  await layer.read((record) => {
    lines.push(record.line);
    assert.equal(record.row, lines.length);
    rows.push(
      Array.from({ length: record.count }, (_, cell) =>
        record.kinds[cell] === CellKind.null ? null : cellText(record, cell),
      ),
    );
  });
  return { columns: layer.columns, rows, lines };
}

const read = (content: string | Uint8Array, chunkBytes?: number): ReturnType<typeof contents> =>
  withCsv(content, contents, chunkBytes === undefined ? {} : { chunkBytes });

const rowsOf = async (content: string | Uint8Array): Promise<Cell[][]> => (await read(content)).rows;

for (const [name, text] of [
  ['LF', 'a,b\n1,2\n3,4\n'],
  ['CRLF', 'a,b\r\n1,2\r\n3,4\r\n'],
  ['CR', 'a,b\r1,2\r3,4\r'],
  ['mixed', 'a,b\r1,2\r\n3,4\n'],
  ['absent at the end', 'a,b\n1,2\n3,4'],
  ['LF with blank lines between', '\na,b\n\n1,2\n\n\n3,4\n\n'],
]) {
  test(`line ends that are ${name} give the same rows`, async () => {
    const { columns, rows } = await read(text ?? '');
    assert.deepEqual(columns, ['a', 'b']);
    assert.deepEqual(rows, [
      ['1', '2'],
      ['3', '4'],
    ]);
  });
}

for (const delimiter of [',', ';', '\t', '|', ' ']) {
  test(`the delimiter ${JSON.stringify(delimiter)} is found`, async () => {
    const line = (...cells: string[]): string => `${cells.join(delimiter)}\n`;
    const { columns, rows } = await read(
      line('id', 'name', 'n') + line('1', '"a, b; c|d e"', '2.5') + line('2', 'x', '3'),
    );
    assert.deepEqual(columns, ['id', 'name', 'n']);
    assert.deepEqual(rows, [
      ['1', 'a, b; c|d e', '2.5'],
      ['2', 'x', '3'],
    ]);
  });
}

test('a semicolon file with decimal commas is not cut at the commas', async () => {
  assert.deepEqual(await rowsOf('a;b;c\n1,5;2,5;3,5\n1,6;2,6;3,6\n'), [
    ['1,5', '2,5', '3,5'],
    ['1,6', '2,6', '3,6'],
  ]);
});

test('full names and sentences are not cut at their spaces', async () => {
  assert.deepEqual((await read('full name\nJohn Smith\nAnn Lee\n')).columns, ['full name']);
  assert.deepEqual(await rowsOf('remark\nhouse 12 burnt\ntwo 3 four\n'), [['house 12 burnt'], ['two 3 four']]);
});

test('quotes hold delimiters, line ends and doubled quotes', async () => {
  const { rows, lines } = await read('a,b\n"x,\r\n""y""",1\n"","""\n"""\n"p\rq\n",2\n9,9\n');
  assert.deepEqual(rows, [
    ['x,\r\n"y"', '1'],
    ['', '"\n"'],
    ['p\rq\n', '2'],
    ['9', '9'],
  ]);
  assert.deepEqual(lines, [2, 4, 6, 9]);
});

test('a quote inside an unquoted cell, and text behind a closing quote, are kept as they stand', async () => {
  assert.deepEqual(await rowsOf('a,b\n2 x 4" pine,1\n"Smith, J" Jr,2\n"x"  ,3\n'), [
    ['2 x 4" pine', '1'],
    ['"Smith, J" Jr', '2'],
    ['x', '3'],
  ]);
});

for (const [title, text, columns, rows] of [
  ['a word makes a header', 'a,1\nb,2\n', ['a', '1'], 1],
  ['years beside a word are a header', 'country,2002,2006\nES,1,2\n', ['country', '2002', '2006'], 1],
  ['a row of years alone is a header', '2002,2006\n1,2\n', ['2002', '2006'], 1],
  ['numbers alone are data', '1,2.5\n3,4\n', ['', ''], 2],
  ['dates and numbers are data', '2020-01-01,1\n2020-01-02,2\n', ['', ''], 2],
  ['one row of numbers is data', '1,2\n', ['', ''], 1],
  ['a missing name is an empty one', 'a,,c\n1,2,3\n', ['a', '', 'c'], 1],
  ['names in quotes', '"a ""x""","b\nc"\n1,2\n', ['a "x"', 'b\nc'], 1],
] as const) {
  test(`header: ${title}`, async () => {
    const result = await read(text);
    assert.deepEqual([result.columns, result.rows.length], [columns, rows]);
  });
}

test('the layer is named after the file, without its extension', async () => {
  await withCsv('a\n1\n', async (layer) => assert.equal(layer.name, 'My Data.v2'), { name: 'My Data.v2.csv' });
});

const sentence = 'name,n\nñandú €,1\n"日本",2\n';
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
for (const [name, bytes] of [
  ['UTF-8', Buffer.from(sentence)],
  ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${sentence}`)],
  ['UTF-16 LE', Buffer.from(`\ufeff${sentence}`, 'utf16le')],
  ['UTF-16 BE', utf16be(`\ufeff${sentence}`)],
] as const) {
  test(`${name} is read`, async () => {
    for (const chunkBytes of [1, 3, 1 << 20]) {
      const { columns, rows } = await read(bytes, chunkBytes);
      assert.deepEqual([columns, rows[0]?.[0], rows[1]?.[0]], [['name', 'n'], 'ñandú €', '日本']);
    }
  });
}

test('what is not UTF-8 is Windows-1252', async () => {
  const bytes = Buffer.concat([Buffer.from('a\ncaf'), Buffer.from([0xe9, 0x20, 0x80, 0x93]), Buffer.from('\n')]);
  assert.deepEqual(await rowsOf(bytes), [['café €“']]);
});

test('a UTF-8 file cut in the middle of a character is Windows-1252', async () => {
  assert.deepEqual(await rowsOf(Buffer.from('a\nx\nñ').subarray(0, -1)), [['x'], ['Ã']]);
});

test('single NUL characters are left out and counted', async () => {
  await withCsv('a,b\n1\0,"x\0y"\n2,z\n', async (layer) => {
    assert.deepEqual((await contents(layer)).rows, [
      ['1', 'xy'],
      ['2', 'z'],
    ]);
    assert.deepEqual(layer.warnings?.(), { nul_characters: { count: 2 } });
  });
});

for (const [title, content, error] of [
  ['nothing', '', { kind: 'emptyFile' }],
  ['blanks', ' \n\t\r\n ', { kind: 'emptyFile' }],
  ['a byte order mark', '\ufeff', { kind: 'emptyFile' }],
  ['control characters', Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256), { kind: 'unsupportedFormat' }],
  ['NUL bytes', new Uint8Array(50), { kind: 'unsupportedFormat' }],
  [
    'a quote open in a row that is short besides',
    'a,b,c\n1,2,3\n3,"4\n5,6,7\n',
    { kind: 'malformedCsv', message: /line 3/ },
  ],
  ['a line of 20 MB', `a,b\n${'x'.repeat(20_000_000)}\n`, { kind: 'malformedCsv', message: /line 2/ }],
  ['a first line of 2 MB', 'x'.repeat(2_000_000), { kind: 'malformedCsv', message: /first line/ }],
  ['100,000 cells in a later row', `a,b\n${','.repeat(100_000)}\n`, { kind: 'malformedCsv', message: /line 2/ }],
  [
    '70,000 columns',
    `${'a,'.repeat(70_000)}b\n${'1,'.repeat(70_000)}2\n`,
    { kind: 'tooManyColumns', message: /line 1/ },
  ],
  ['10,000 columns', `${'a,'.repeat(9_999)}b\n`, { kind: 'tooManyColumns', message: /10000 columns/ }],
] as const) {
  test(`a file of ${title} is refused`, async () => {
    await assert.rejects(read(content), error);
  });
}

const piece = fc.constantFrom(
  'a',
  'é',
  '日',
  '1',
  ',',
  ';',
  '"',
  '""',
  '\n',
  '\r',
  '\r\n',
  ' ',
  '\0',
  '"x,\n"',
  ',"',
  '",',
);
const anyText = fc.array(piece, { maxLength: 60 }).map((pieces) => `h1,h2\n${pieces.join('')}`);

test('a file cut into chunks anywhere equals the file whole', async () => {
  const outcome = async (text: string, chunkBytes: number): Promise<unknown> => {
    try {
      return await read(text, chunkBytes);
    } catch (error) {
      return error instanceof Error ? error.message : error;
    }
  };
  await fc.assert(
    fc.asyncProperty(anyText, fc.integer({ min: 1, max: 40 }), async (text, chunkBytes) => {
      assert.deepEqual(await outcome(text, chunkBytes), await outcome(text, 1 << 16));
    }),
    { numRuns: 200, seed: 1 },
  );
});

test('a record whose line is known is left out, and changes nothing about the others', async () => {
  interface Told {
    readonly row: number;
    readonly line: number;
    readonly cells: readonly string[];
  }
  interface Outcome {
    readonly came: readonly Told[];
    /** The lines that were asked about, by the number of their record. */
    readonly lines: ReadonlyMap<number, string>;
  }
  const outcome = (text: string, chunkBytes: number, isKnown: (line: string) => boolean): Promise<Outcome> =>
    withCsv(
      text,
      async (layer) => {
        const came: Told[] = [];
        const lines = new Map<number, string>();
        await layer.read(
          (record) => {
            const cells = Array.from({ length: record.count }, (_, cell) => cellText(record, cell));
            came.push({ row: record.row, line: record.line, cells });
          },
          (bytes, from, to, row) => {
            const line = bytes.toString('utf8', from, to);
            lines.set(row, line);
            return isKnown(line);
          },
        );
        return { came, lines };
      },
      { chunkBytes },
    );
  await fc.assert(
    fc.asyncProperty(anyText, fc.integer({ min: 1, max: 40 }), async (text, chunkBytes) => {
      const all = await outcome(text, 1 << 16, () => false).catch(() => null);
      if (all === null) return;
      const lineOf = ({ row }: Told): string => all.lines.get(row) ?? 'not asked about';
      // Of records that are odd something is told: they are never known.
      const odd = new Set(all.came.filter(({ cells }) => cells.length !== 2).map(lineOf));
      const isKnown = (line: string): boolean => line.length % 2 === 1 && !odd.has(line) && !line.includes('"');
      const rest = await outcome(text, chunkBytes, isKnown);
      assert.deepEqual(
        rest.came,
        all.came.filter((record) => !isKnown(lineOf(record))),
      );
      for (const { row } of rest.came) assert.equal(rest.lines.get(row), all.lines.get(row));
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('cells written by the rules are read back as they were', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', ',', '"', '\n', '\r', ' ', '1'), maxLength: 8 });
  const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(rows, async (cells) => {
      const line = (row: readonly string[]): string => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',');
      assert.deepEqual(await rowsOf(`x,y,z\n${cells.map(line).join('\n')}`), cells);
    }),
    { numRuns: 100, seed: 2 },
  );
});
