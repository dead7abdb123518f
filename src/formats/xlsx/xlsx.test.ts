import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { tablesOf, textRow, type XlsxParts, xlsxEntries, zipOf } from '../../../test/support/spreadsheet.ts';
import { ImportError } from '../../errors.ts';
import { XmlScanner } from '../sheet/xml-scanner.ts';

const file = (parts: XlsxParts): Buffer => zipOf(xlsxEntries(parts));
const tables = (parts: XlsxParts) => tablesOf('book.xlsx', file(parts));
const one = async (data: string, parts: Partial<XlsxParts> = {}) => {
  const [table, ...others] = await tables({ ...parts, sheets: { Data: data } });
  assert.ok(table !== undefined && others.length === 0);
  return table;
};

/** The code and the text that opening and reading ends with. */
async function failure(content: Buffer, name = 'book.xlsx'): Promise<string> {
  try {
    await tablesOf(name, content);
  } catch (error) {
    if (error instanceof ImportError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

suite('cells', () => {
  test('texts are shared, inline or of formulas; runs are joined, phonetic guides left out, escapes resolved', async () => {
    const table = await one(
      `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="str"><f>"b"</f><v>b</v></c></row>
       <row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="inlineStr"><is><t>x &lt;&#233;&gt;</t><rPh><t>no</t></rPh></is></c></row>
       <row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3" t="inlineStr"><is><t><![CDATA[a&b]]></t></is></c></row>`,
      {
        strings:
          '<si><t>a</t></si><si><r><t xml:space="preserve">ru </t></r><r><t>ns</t></r><rPh sb="0"><t>no</t></rPh></si><si><t>_x0041_\r\nz_x005F_x0041_</t></si>',
      },
    );
    assert.deepEqual(table.types, ['a text', 'b text']);
    assert.deepEqual(table.rows, [
      ['ru ns', 'x <é>'],
      ['A\nz_x0041_', 'a&b'],
    ]);
  });

  test('numbers have the digits that are shown, texts that look like numbers keep theirs', async () => {
    const row = (r: number, a: string, b: string, zip: string): string =>
      `<row r="${r}"><c r="A${r}"><v>${a}</v></c><c r="B${r}"><v>${b}</v></c><c r="C${r}" t="inlineStr"><is><t>${zip}</t></is></c></row>`;
    const table = await one(
      textRow('a', 'b', 'zip') +
        row(2, '0.30000000000000004', '12345678901234567', '00501') +
        row(3, '1.0E-5', '2', '10115'),
    );
    assert.deepEqual(table.types, ['a double precision', 'b bigint', 'zip text']);
    assert.deepEqual(table.rows, [
      ['0.3', '12345678901234567', '00501'],
      ['1e-05', '2', '10115'],
    ]);
  });

  test('the number format tells dates, times and durations, in both systems', async () => {
    const formats = ['yyyy-mm-dd', 'h:mm', 'yyyy-mm-dd hh:mm', '[h]:mm', '0%'];
    const data =
      textRow('day', 'clock', 'stamp', 'long', 'share') +
      '<row><c s="1"><v>43831</v></c><c s="2"><v>0.5</v></c><c s="3"><v>43831.25</v></c><c s="4"><v>1.5</v></c><c s="5"><v>0.25</v></c></row>';
    const from1900 = await one(data, { formats });
    assert.deepEqual(from1900.types, [
      'day date',
      'clock time',
      'stamp timestamp',
      'long text',
      'share double precision',
    ]);
    assert.deepEqual(from1900.rows, [['2020-01-01', '12:00:00', '2020-01-01 06:00:00', '36:00:00', '0.25']]);
    const from1904 = await one(data, { formats, is1904: true });
    assert.deepEqual(from1904.rows[0]?.slice(0, 3), ['2024-01-02', '12:00:00', '2024-01-02 06:00:00']);
  });

  test('errors, numbers that are no day and formulas without a value are NULL and told by their cells', async () => {
    const table = await one(
      `${textRow('a', 'b', 'c', 'd')}<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2" s="1"><v>60</v></c><c r="C2"><f>A1</f></c><c r="D2" t="b"><v>1</v></c></row><row r="3"><c r="C3"><f>A1</f><v /></c><c r="D3" t="str"><f>""</f><v></v></c></row>`,
      { formats: ['yyyy'] },
    );
    assert.deepEqual(table.rows, [[null, null, null, 'true']]);
    assert.deepEqual(table.warnings, {
      error_cells: { count: 1, first: [{ cell: 'A2', value: '#N/A' }] },
      invalid_dates: { count: 1, first: [{ cell: 'B2', value: '60' }] },
      formulas_without_value: {
        count: 2,
        first: [
          { cell: 'C2', value: '' },
          { cell: 'C3', value: '' },
        ],
      },
    });
  });

  test('of 150 errors a hundred are told', async () => {
    const errors = '<row><c t="inlineStr"><is><t>x</t></is></c><c t="e"><v>#REF!</v></c></row>'.repeat(150);
    const { warnings } = await one(textRow('a', 'b') + errors);
    const told = warnings.error_cells as { count: number; first: { cell: string }[] };
    assert.deepEqual([told.count, told.first.length, told.first.at(-1)?.cell], [150, 100, 'B101']);
  });

  test('merged cells have their value in the first, and are told', async () => {
    const table = await one(
      `<?xml version="1.0"?><worksheet><sheetData>${textRow('a', 'b')}${textRow('x', '1')}${textRow('', '2')}</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells></worksheet>`,
    );
    assert.deepEqual(table.rows, [
      ['x', '1'],
      [null, '2'],
    ]);
    assert.deepEqual(table.warnings.merged_cells, { count: 1, first: [{ cell: 'A2:A3', value: '' }] });
  });
});

suite('sheets', () => {
  test('that hold something become a table each; hidden ones are told, empty ones are not', async () => {
    const found = await tables({
      sheets: {
        One: textRow('a') + textRow('x'),
        Two: textRow('b') + textRow('y'),
        Empty: '',
        Secret: textRow('c') + textRow('z'),
      },
      states: { Secret: 'veryHidden' },
    });
    assert.deepEqual(
      found.map(({ name, warnings }) => [name, warnings.hidden_sheets]),
      [
        ['book_One', { count: 1, first: ['Secret'] }],
        ['book_Two', undefined],
      ],
    );
  });

  test('of which one holds something give a table of the name of the file', async () => {
    assert.equal((await one(textRow('a') + textRow('x'))).name, 'book');
  });

  test('that are all empty or hidden end with 1005', async () => {
    assert.match(await failure(file({ sheets: { One: '' } })), /^1005 /);
    const hidden = file({ sheets: { One: '', Secret: textRow('a') }, states: { Secret: 'hidden' } });
    assert.match(await failure(hidden), /^1005 .*Hidden: Secret\./);
  });

  test('declared as large as a sheet can be cost nothing, and rows without cells are skipped', async () => {
    const table = await one(
      `<?xml version="1.0"?><worksheet><dimension ref="A1:XFD1048576"/><sheetData><row r="5"><c r="C5" t="inlineStr"><is><t>a</t></is></c></row><row r="6" s="1"/><row r="1048576"><c r="C1048576"><v>1</v></c><c r="XFD1048576" s="1"/></row></sheetData></worksheet>`,
    );
    assert.deepEqual([table.types, table.rows], [['a bigint'], [['1']]]);
  });

  test('in other namespaces and under prefixes are read', async () => {
    const strict = `<?xml version="1.0"?><x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row><x:c t='inlineStr'><x:is><x:t>a</x:t></x:is></x:c></x:row><x:row><x:c ><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>`;
    assert.deepEqual((await one(strict)).rows, [['1']]);
  });

  test('have their title left out and told, and a column whose first value comes late at the end', async () => {
    const rows = Array.from({ length: 150 }, (_, i) => textRow(`n${i}`, 'p', 'q'));
    const {
      types,
      rows: read,
      warnings,
    } = await one(
      [textRow('Report'), textRow('name', 'kind', 'place'), ...rows, textRow('n', 'p', 'q', '', 'late')].join(''),
    );
    assert.deepEqual(types, ['name text', 'kind text', 'place text', 'field_4 text']);
    assert.deepEqual([read.length, read.at(-1)], [151, ['n', 'p', 'q', 'late']]);
    assert.deepEqual(warnings.rows_above_header, { count: 1, first: [{ row: 1, value: 'Report' }] });
  });
});

suite('damaged and hostile workbooks', () => {
  const sheet = (data: string): Buffer => file({ sheets: { Data: data } });
  const cases: readonly (readonly [string, () => Buffer, RegExp])[] = [
    ['a reference __proto__', () => sheet('<row><c r="__proto__"><v>1</v></c></row>'), /^1004 .*"__proto__" in row 1/],
    ['a column beyond XFD', () => sheet('<row><c r="XFE1"><v>1</v></c></row>'), /^1004 .*"XFE1"/],
    ['a row beyond the last', () => sheet('<row r="1048577"><c><v>1</v></c></row>'), /^1004 .*"1048577"/],
    ['a shared text that is not there', () => sheet('<row><c t="s"><v>7</v></c></row>'), /^1004 .*7 of 0 in cell A1/],
    [
      'a document type',
      () => sheet('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'),
      /^1004 .*document type/,
    ],
    ['an entity that is not known', () => sheet(textRow('&b;')), /^1004 .*&b;/],
    ['a text of 20 MB', () => sheet(textRow('a'.repeat(20e6))), /^1004 .*longer than 16777216/],
    [
      'bytes that are not UTF-8',
      () =>
        zipOf(
          xlsxEntries({ sheets: { A: '' } }).map((entry) =>
            entry.name.endsWith('sheet0.xml')
              ? { ...entry, content: Buffer.from('<worksheet>\xff</worksheet>', 'latin1') }
              : entry,
          ),
        ),
      /^1004 .*UTF-8/,
    ],
    [
      'a sheet that ends too early',
      () => sheet('<?xml version="1.0"?><worksheet><sheetData><row>'),
      /^1004 .*too early/,
    ],
    [
      'a password',
      () => zipOf(xlsxEntries({ sheets: { A: textRow('a') } }).map((entry) => ({ ...entry, isEncrypted: true }))),
      /^1018 /,
    ],
    [
      'a part that claims 4 GiB',
      () => zipOf(xlsxEntries({ sheets: { A: '' } }).map((entry) => ({ ...entry, claimedBytes: 0xfffffff0 }))),
      /^6666 .*4294967280/,
    ],
    [
      'a part that claims less than it is',
      () =>
        zipOf(
          xlsxEntries({ sheets: { A: textRow('a'.repeat(500)) } }).map((entry) => ({ ...entry, claimedBytes: 100 })),
        ),
      /^1004 .*damaged/,
    ],
    [
      'shared strings of 300 MB from 300 kB',
      () => file({ sheets: { A: textRow('a') }, strings: `<si><t>${'a'.repeat(300e6)}</t></si>` }),
      /^6666 .*unpacks from/,
    ],
    [
      'no workbook in it',
      () => zipOf([{ name: '[Content_Types].xml', content: '<Types/>' }]),
      /^1004 .*without a workbook/,
    ],
    ['half a file', () => sheet(textRow('a')).subarray(0, 700), /^1004 .*damaged/],
  ];
  for (const [what, make, expected] of cases) {
    test(`${what} ends with a code`, async () => {
      const content = make();
      const began = performance.now();
      assert.match(await failure(content), expected);
      assert.ok(performance.now() - began < 5000);
    });
  }

  test('a million rows without cells are skipped in less than 5 s', async () => {
    const content = sheet(`${'<row s="1"/>'.repeat(1_000_000)}${textRow('a')}`);
    const began = performance.now();
    assert.deepEqual(
      (await tablesOf('book.xlsx', content)).map(({ types }) => types),
      [['a text']],
    );
    assert.ok(performance.now() - began < 5000);
  });

  test('every change of a byte is read or ends with a code of spreadsheets', async () => {
    const whole = file({
      sheets: { A: `${textRow('a', 'b')}<row><c s="1"><v>43831.5</v></c><c t="s"><v>0</v></c></row>` },
      strings: '<si><t>x</t></si>',
      formats: ['yyyy'],
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const content = Buffer.from(whole);
          for (const [at, byte] of changes) content[at] = byte;
          assert.match(await failure(content), /^(none|1002|1004|1005|1018|2003|2006|2008|6666)/);
        },
      ),
      { seed: 3, numRuns: 150 },
    );
  });
});

test('XML is the same in whatever pieces it comes', () => {
  const text = Buffer.from(`<?xml version="1.0"?><!-- <a> --><a x='>' y = "2"><b/>é&amp;<![CDATA[<]]></a>\n`);
  const eventsOf = (cuts: readonly number[]): readonly string[] => {
    const events: string[] = [];
    const name = (scanner: XmlScanner): string => scanner.bytes.toString('latin1', scanner.nameStart, scanner.nameEnd);
    const scanner = new XmlScanner({
      open: (at) => events.push(`+${name(at)} ${JSON.stringify([...at.attributes()])}`),
      close: (at) => events.push(`-${name(at)}`),
      text: (at, start, end) => events.push(at.bytes.toString('utf8', start, end)),
    });
    let from = 0;
    for (const cut of [...cuts, text.length]) {
      scanner.feed(text.subarray(from, cut));
      from = cut;
    }
    scanner.end();
    return events;
  };
  const whole = eventsOf([]);
  assert.deepEqual(whole, ['+a [["x",">"],["y","2"]]', '+b []', '-b', 'é&amp;', '<', '-a']);
  for (let cut = 0; cut <= text.length; cut++) assert.deepEqual(eventsOf([cut]), whole);
  assert.deepEqual(eventsOf(Array.from(text.keys())), whole);
});
