import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import type { Import } from '../domain/import.ts';
import { defaultReading } from '../domain/reading.ts';
import { catalogue } from '../errors.ts';
import { presentImport } from './present.ts';
import { ImportStatus } from './wire.ts';

const id = '9906bce0-f1a3-4b07-be71-818f4bfd7673';
const pending: Import = {
  id,
  accountId: '11111111-1111-4111-8111-111111111111',
  request: { kind: 'upload', key: 'secret-place', file: { name: 'a.csv', sizeBytes: 1, mediaType: null } },
  options: {
    ...defaultReading,
    quotedFieldsGuessing: false,
    contentGuessing: false,
    createVisualization: false,
    collisionStrategy: 'rename',
    privacy: null,
  },
  state: 'pending',
  attempt: 0,
  tableId: null,
  tableName: null,
  tablesCreatedCount: null,
  error: null,
  warnings: null,
  tables: null,
  userDefinedLimits: '{"twitter_credits_limit":0}',
  originalUrl: '',
  displayName: 'a.csv',
  httpResponseCode: null,
  synchronizationId: null,
  progress: { rows: 5, bytes: 10 },
  createdAt: new Date('2016-02-01T12:45:07.999Z'),
  updatedAt: new Date('2016-02-01T12:45:08Z'),
};
const published =
  'id user_id table_id data_type table_name state error_code queue_id tables_created_count synchronization_id type_guessing quoted_fields_guessing content_guessing create_visualization visualization_id user_defined_limits get_error_text display_name';
const ours = 'tables progress created_at updated_at';

test('a running import has the published fields in their order, and no success', () => {
  const shown = presentImport(pending);
  assert.equal(Object.keys(shown).join(' '), `${published} original_url warnings is_raster ${ours}`);
  assert.equal(shown.queue_id, id);
  assert.equal(shown.data_type, 'file');
  assert.equal(shown.created_at, '2016-02-01T12:45:07+00:00');
  assert.doesNotMatch(JSON.stringify(shown), /secret/);
});

test('a complete import says so and adds what only a complete one has', () => {
  const shown = presentImport({ ...pending, state: 'complete', tableName: 'a', tablesCreatedCount: 1 });
  assert.equal(shown.success, true);
  assert.equal(
    Object.keys(shown).join(' '),
    `${published} success original_url warnings is_raster any_table_raster derived_visualization_id ${ours}`,
  );
});

test('a failed download shows title, text and source of its error, and the status as text', () => {
  const shown = presentImport({
    ...pending,
    request: { kind: 'url', url: 'https://example.org/a.csv' },
    state: 'failure',
    error: { code: 1100, text: 'https://example.org/a.csv answered 404.' },
    httpResponseCode: 404,
  });
  assert.equal(shown.success, false);
  assert.deepEqual(shown.get_error_text, {
    title: 'Download file not found',
    what_about: 'https://example.org/a.csv answered 404.',
    source: 'user',
  });
  assert.equal(shown.http_response_code, '404');
  assert.match(shown.http_response_code_message ?? '', /no file/);
  assert.equal('any_table_raster' in shown, false);
});

test('every error of the catalogue has a text of its own where none was given', () => {
  for (const { code, text } of Object.values(catalogue)) {
    assert.equal(
      presentImport({ ...pending, state: 'failure', error: { code, text: '' } }).get_error_text?.what_about,
      text,
    );
    assert.match(text, /^[A-Z].+[.] ?[A-Z].+[.]$/s, `${code}: two sentences`);
  }
});

test('an import without a name is called by its id', () => {
  const shown = presentImport({ ...pending, request: { kind: 'nothing' }, displayName: '' });
  assert.equal(shown.display_name, id);
  assert.equal(shown.data_type, 'datasource');
});

test('what is shown is what the documentation promises', () => {
  for (const state of ['pending', 'complete', 'failure'] as const) {
    assert.deepEqual([...Value.Errors(ImportStatus, presentImport({ ...pending, state }))], []);
  }
});
