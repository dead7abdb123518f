import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textRow, xlsxEntries, zipOf } from '../../../test/support/spreadsheet.ts';
import { spreadsheetContainer } from './container.ts';

const book = zipOf(xlsxEntries({ sheets: { A: textRow('a') } }));
const zip = (...names: readonly string[]): Buffer => zipOf(names.map((name) => ({ name, content: 'a'.repeat(100) })));
const ods = 'application/vnd.oasis.opendocument.spreadsheet';

const cases: readonly (readonly [string, Uint8Array, ReturnType<typeof spreadsheetContainer>])[] = [
  ['a workbook', book, 'xlsx'],
  ['a workbook by its first bytes', book.subarray(0, 300), 'xlsx'],
  ['a binary workbook', zip('[Content_Types].xml', '_rels/.rels', 'xl/workbook.bin'), 'xlsb'],
  ['an OpenDocument spreadsheet', zipOf([{ name: 'mimetype', content: ods, isStored: true }]), 'ods'],
  [
    'an OpenDocument text',
    zipOf([{ name: 'mimetype', content: ods.replace('spreadsheet', 'text'), isStored: true }]),
    null,
  ],
  ['a text document', zip('[Content_Types].xml', 'word/document.xml'), null],
  ['an archive of other files', zip('a.shp', 'a.dbf'), null],
  ['an archive with a folder that a workbook has too', zip('data/xl/workbook.xml'), null],
  ['an OLE container', Buffer.from('d0cf11e0a1b11ae1ff', 'hex'), 'ole'],
  ['text', Buffer.from('a,b\n'), null],
  ['nothing', Buffer.alloc(0), null],
];
for (const [what, bytes, expected] of cases) {
  test(`${what} is stored as ${expected}`, () => assert.equal(spreadsheetContainer(bytes), expected));
}

test('a workbook that lies as it is in an archive does not make the archive a workbook', () => {
  assert.equal(spreadsheetContainer(zipOf([{ name: 'book.xlsx', content: book, isStored: true }])), null);
});
