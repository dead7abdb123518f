import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type BookType, utils, type WorkBook, write } from '@e965/xlsx';
import fc from 'fast-check';
import { tablesOf } from '../../../test/support/spreadsheet.ts';
import { ImportError } from '../../errors.ts';
import { forEachCell } from './foreign-cells.ts';

const kinds: readonly (readonly [BookType, string])[] = [
  ['biff8', 'book.xls'],
  ['biff5', 'book.xls'],
  ['xlsb', 'book.xlsb'],
  ['xlml', 'book.xls'],
  ['xlsx', 'book.xlsx'],
];

/** A workbook with every kind of cell and a hidden sheet. */
function book(): WorkBook {
  const sheet = utils.aoa_to_sheet([
    ['code', 'day', 'stamp', 'clock', 'long', 'ratio', 'flag', 'bad'],
    ['007', 0, 0, 0, 0, 0.1 + 0.2, true, 'x'],
    ['a\nb', 0, 0, 0, 0, 1 / 3, false, 'y'],
  ]);
  for (const row of [2, 3]) {
    sheet[`B${row}`] = { t: 'n', v: 45293, z: 'yyyy-mm-dd' };
    sheet[`C${row}`] = { t: 'n', v: 45293.12783564815, z: 'yyyy-mm-dd hh:mm:ss' };
    sheet[`D${row}`] = { t: 'n', v: 0.75, z: 'h:mm' };
    sheet[`E${row}`] = { t: 'n', v: 30.25, z: '[h]:mm' };
  }
  sheet.H3 = { t: 'e', v: 42 };
  const made = utils.book_new();
  utils.book_append_sheet(made, sheet, 'Data');
  utils.book_append_sheet(made, utils.aoa_to_sheet([['secret']]), 'Secret');
  made.Workbook = { Sheets: [{ Hidden: 0 }, { Hidden: 1 }] };
  return made;
}

const bytesOf = (made: WorkBook, bookType: BookType): Buffer => Buffer.from(write(made, { type: 'buffer', bookType }));

async function failure(content: Buffer | string, name: string): Promise<string> {
  try {
    await tablesOf(name, content);
  } catch (error) {
    if (error instanceof ImportError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

suite('the same workbook', () => {
  for (const [bookType, name] of kinds) {
    test(`as ${bookType} gives the same table`, async () => {
      const [table, ...others] = await tablesOf(name, bytesOf(book(), bookType));
      assert.ok(table !== undefined && others.length === 0);
      assert.equal(table.name, 'book');
      assert.deepEqual(table.types, [
        'code text',
        'day date',
        'stamp timestamp',
        'clock time',
        'long text',
        'ratio double precision',
        'flag boolean',
        'bad text',
      ]);
      const times = ['2024-01-02', '2024-01-02 03:04:05', '18:00:00', '726:00:00'];
      assert.deepEqual(table.rows, [
        ['007', ...times, '0.3', 'true', 'x'],
        ['a\nb', ...times, '0.333333333333333', 'false', null],
      ]);
      assert.deepEqual(table.warnings, {
        hidden_sheets: { count: 1, first: ['Secret'] },
        error_cells: { count: 1, first: [{ cell: 'H3', value: '#N/A' }] },
      });
    });
  }

  test('has the value of merged cells in the first, and tells them', async () => {
    const sheet = utils.aoa_to_sheet([
      ['a', 'b'],
      ['x', null],
      ['y', 'z'],
    ]);
    sheet['!merges'] = [{ s: { r: 1, c: 0 }, e: { r: 1, c: 1 } }];
    const made = utils.book_new();
    utils.book_append_sheet(made, sheet, 'Data');
    const [table] = await tablesOf('book.xls', bytesOf(made, 'biff8'));
    assert.deepEqual(table?.rows, [
      ['x', null],
      ['y', 'z'],
    ]);
    assert.deepEqual(table?.warnings, { merged_cells: { count: 1, first: [{ cell: 'A2:B2', value: '' }] } });
  });

  test('counts days from 1904 where it says so', async () => {
    const made = book();
    made.Workbook = { ...made.Workbook, WBProps: { date1904: true } };
    const [table] = await tablesOf('book.xls', bytesOf(made, 'biff8'));
    assert.equal(table?.rows[0]?.[1], '2028-01-03');
  });
});

suite('what is called a workbook and is none', () => {
  test('is read as delimited text where it is that', async () => {
    const [table] = await tablesOf('book.xls', 'id,name\n1,a\n');
    assert.deepEqual(table?.types, ['id bigint', 'name text']);
  });

  test('is named as an HTML page', async () => {
    const page = '<html><body><table><tr><td>1</td></tr></table></body></html>';
    assert.match(await failure(page, 'book.xls'), /^2008 book\.xls is an HTML page/);
  });

  test('ends with 2008 where it is bytes of another kind', async () => {
    assert.match(await failure(Buffer.from('\x7fELF\0\0\0\0', 'latin1'), 'book.xls'), /^2008 .*no workbook/);
  });

  test('or is damaged ends with 2008', async () => {
    assert.match(await failure(bytesOf(book(), 'biff8').subarray(0, 600), 'book.xls'), /^2008 /);
  });
});

test('a workbook encrypted with a password, or an XLS with one, ends with 1018', async () => {
  // The container of an encrypted workbook: what stands in it is not looked at.
  const { CFB } = await import('@e965/xlsx');
  const container = CFB.utils.cfb_new();
  CFB.utils.cfb_add(container, '/EncryptionInfo', Buffer.from('040004004000000000000000', 'hex'));
  CFB.utils.cfb_add(container, '/EncryptedPackage', Buffer.alloc(64));
  const written = CFB.write(container, { type: 'buffer' });
  assert.ok(Buffer.isBuffer(written));
  assert.match(await failure(written, 'book.xlsx'), /^1018 /);
});

test('places in an XML spreadsheet beyond the end of a sheet end with 2008', async () => {
  const rows = '<Row ss:Index="2000000000"><Cell><Data ss:Type="Number">1</Data></Cell></Row>';
  const xml = `<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="a"><Table>${rows}</Table></Worksheet></Workbook>`;
  assert.match(await failure(xml, 'book.xls'), /^2008 .*2000000000/);
});

test('every change of a byte of an XLS or an XLSB is read or ends with a code', async () => {
  for (const [bookType, name] of kinds.slice(0, 3)) {
    const whole = bytesOf(book(), bookType);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const content = Buffer.from(whole);
          for (const [at, byte] of changes) content[at] = byte;
          assert.match(await failure(content, name), /^(none|100[245]|1018|2003|2006|2008|6666)/);
        },
      ),
      { seed: 4, numRuns: 60 },
    );
  }
});

test('a cell in a place that no sheet has is left out, and costs no time', () => {
  const row: unknown[] = [{ t: 'n', v: 1 }];
  row[4_000_000_000] = { t: 'n', v: 2 };
  const found: number[] = [];
  forEachCell(row, 16_384, (column) => found.push(column));
  assert.deepEqual(found, [0]);
});
