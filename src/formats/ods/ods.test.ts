import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tablesOf, zipOf } from '../../../test/support/spreadsheet.ts';
import { ImportError } from '../../errors.ts';
import { dateText, timeText } from './values.ts';

const mimetype = 'application/vnd.oasis.opendocument.spreadsheet';

/** A document of these tables, with a style `hidden` that hides a table. */
const file = (tables: string, manifest = '<manifest/>'): Buffer =>
  zipOf([
    { name: 'mimetype', content: mimetype, isStored: true },
    { name: 'META-INF/manifest.xml', content: manifest },
    {
      name: 'content.xml',
      content: `<office:document-content><office:automatic-styles><style:style style:name="hidden" style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles><office:body><office:spreadsheet>${tables}</office:spreadsheet></office:body></office:document-content>`,
    },
  ]);

const table = (name: string, rows: string, style = 'shown'): string =>
  `<table:table table:name="${name}" table:style-name="${style}">${rows}</table:table>`;
const row = (cells: string, attributes = ''): string => `<table:table-row ${attributes}>${cells}</table:table-row>`;
const cell = (text: string, attributes = ''): string =>
  `<table:table-cell office:value-type="string" ${attributes}><text:p>${text}</text:p></table:table-cell>`;
const value = (type: string, attribute: string): string =>
  `<table:table-cell office:value-type="${type}" office:${attribute}/>`;

async function failure(content: Buffer): Promise<string> {
  try {
    await tablesOf('book.ods', content);
  } catch (error) {
    if (error instanceof ImportError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

test('values of every type are read from their attributes, texts from their paragraphs without remarks', async () => {
  const header = ['name', 'share', 'day', 'clock', 'flag'].map((name) => cell(name)).join('');
  const first = [
    `<table:table-cell office:value-type="string"><office:annotation><text:p>no</text:p></office:annotation><text:p>a<text:s text:c="2"/><text:span>b</text:span></text:p><text:p>c</text:p></table:table-cell>`,
    value('percentage', 'value="0.30000000000000004"'),
    value('date', 'date-value="2024-01-02T03:04:05.999999999"'),
    value('time', 'time-value="PT12H30M00S"'),
    value('boolean', 'boolean-value="true"'),
  ].join('');
  const [found] = await tablesOf('book.ods', file(table('S', row(header) + row(first))));
  assert.deepEqual(found?.types, [
    'name text',
    'share double precision',
    'day timestamp',
    'clock time',
    'flag boolean',
  ]);
  assert.deepEqual(found?.rows, [['a  b\nc', '0.3', '2024-01-02 03:04:06', '12:30:00', 'true']]);
});

test('rows and cells that are repeated are written out; empty ones cost nothing', async () => {
  const empty = '<table:table-cell table:number-columns-repeated="2000000000"/>';
  const rows = [
    row(cell('a') + cell('b') + empty),
    row(cell('x', 'table:number-columns-repeated="2"') + empty, 'table:number-rows-repeated="3"'),
    row(empty, 'table:number-rows-repeated="2000000000"'),
  ];
  const [found] = await tablesOf('book.ods', file(table('S', rows.join(''))));
  assert.deepEqual(found?.rows, [
    ['x', 'x'],
    ['x', 'x'],
    ['x', 'x'],
  ]);
});

test('errors and formulas without a value are NULL and told; merged cells are told', async () => {
  const rows = [
    row(`${cell('a') + cell('b') + cell('c', 'table:number-columns-spanned="2"')}<table:covered-table-cell/>`),
    row(`${cell('#N/A', 'calcext:value-type="error"')}<table:table-cell table:formula="of:=1"/>${cell('x')}`),
  ];
  const [found] = await tablesOf('book.ods', file(table('S', rows.join(''))));
  assert.deepEqual(found?.rows, [[null, null, 'x']]);
  assert.deepEqual(found?.warnings, {
    merged_cells: { count: 1, first: [{ cell: 'C1', value: '' }] },
    error_cells: { count: 1, first: [{ cell: 'A2', value: '#N/A' }] },
    formulas_without_value: { count: 1, first: [{ cell: 'B2', value: '' }] },
  });
});

test('every visible table is one of its own, hidden ones are told', async () => {
  const rows = row(cell('a')) + row(cell('x'));
  const found = await tablesOf('book.ods', file(table('One', rows) + table('No', rows, 'hidden') + table('Two', rows)));
  assert.deepEqual(
    found.map(({ name, rows: read, warnings }) => [name, read.length, warnings.hidden_sheets]),
    [
      ['book_One', 1, { count: 1, first: ['No'] }],
      ['book_Two', 1, undefined],
    ],
  );
});

test('more repeated cells than any sheet is meant to have end with 6666', async () => {
  const many = row(cell('1', 'table:number-columns-repeated="16384"'), 'table:number-rows-repeated="1048576"');
  assert.match(await failure(file(table('S', many))), /^6666 .*repeated cells/);
});

test('a password ends with 1018, a document cut in the middle with 1004', async () => {
  const locked =
    '<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>';
  assert.match(await failure(file('', locked)), /^1018 /);
  assert.match(await failure(file('<table:table>')), /^(1004|1005) /);
});

test('dates and times are rounded to the millisecond, what is none stays as it is', () => {
  assert.deepEqual(
    ['2024-01-02', '2024-12-31T23:59:59.9999', '2024-01-02T03:04:05.1234', '-0044-03-15'].map(dateText),
    ['2024-01-02', '2025-01-01 00:00:00', '2024-01-02 03:04:05.123', '-0044-03-15'],
  );
  assert.deepEqual(['PT1H2M3.5S', '-PT30H', 'P1D'].map(timeText), ['01:02:03.500', '-30:00:00', 'P1D']);
});
