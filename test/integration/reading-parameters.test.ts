import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ImportView, startTestApp, type TestApp } from '../support/app.ts';
import { zip } from '../support/archives.ts';
import { oneEngine } from '../support/database.ts';
import { startOrigin } from '../support/origin.ts';

for (const engine of oneEngine) {
  describe(`what a request says about reading, on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
    });
    after(() => app[Symbol.asyncDispose]());

    /** Imports and gives the table's own columns, row by row. */
    async function rowsOf(view: ImportView): Promise<readonly Record<string, unknown>[]> {
      assert.equal(view.state, 'complete', JSON.stringify(view));
      const { rows } = await app.sql(`select * from ${view.table_name} order by cartodb_id`);
      return rows.map(({ cartodb_id, the_geom, the_geom_webmercator, ...row }) => row);
    }

    test('a dialect is read as it is said', async () => {
      const view = await app.importFile('said.csv', "x\na::'b::c'::1\n", {
        delimiter: '::',
        quote: "'",
        header: 'false',
        skip_rows: '1',
      });
      assert.deepEqual(await rowsOf(view), [{ field_1: 'a', field_2: 'b::c', field_3: 1 }]);
    });

    test('a column is renamed, typed, dropped, and its NULL and dates are read as said', async () => {
      const columns = {
        Id: 'text',
        Day: { rename: 'planted', date_format: 'dd.MM.yyyy' },
        secret: { drop: true },
        n: { type: 'bigint', null_values: ['-'] },
      };
      const content = 'Id,Day,secret,n\n1,03.04.2021,x,5\n2,04.05.2021,y,-\n3,05.06.2021,z,many\n';
      const view = await app.importFile('wishes.csv', content, { columns: JSON.stringify(columns) });
      const rows = await rowsOf(view);
      assert.deepEqual(
        rows.map(({ planted, ...row }) => row),
        [
          { id: '1', n: 5 },
          { id: '2', n: null },
          { id: '3', n: null },
        ],
      );
      const days = await app.sql('select planted::text as d from wishes order by cartodb_id');
      assert.deepEqual(
        days.rows.map(({ d }) => d),
        ['2021-04-03', '2021-05-04', '2021-06-05'],
      );
      const path = `/api/v1/imports/${view.id}/rejects?api_key=${app.key}`;
      const { rejects } = (await (await app.api(path)).json()) as { rejects: Record<string, unknown>[] };
      assert.deepEqual(
        rejects.map(({ row, column, raw, rule }) => [row, column, raw, rule]),
        [[3, 'n', 'many', 'type']],
      );
      const mended = await app.api(path, {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body: 'row,column,corrected\n3,n,12\n',
      });
      assert.deepEqual(await mended.json(), { success: true, rows: 1, cells: 1, remaining: 0, rejects: [] });
    });

    test('metadata beside a file in an archive hold it to names, types and dialect, below what is asked', async () => {
      const metadata = {
        '@context': 'http://www.w3.org/ns/csvw',
        url: 'trees.csv',
        dialect: { delimiter: ';' },
        tableSchema: {
          columns: [
            { name: 'tree_id', titles: 'Nr', datatype: 'string' },
            { name: 'height', titles: 'Höhe', datatype: { base: 'decimal', format: { decimalChar: ',' } } },
            { name: 'gone', titles: 'Gone' },
          ],
        },
      };
      const archive = zip([
        { name: 'trees.csv', content: 'Nr;Höhe\n1;2,50\n2;3,75\n' },
        { name: 'trees.csv-metadata.json', content: JSON.stringify(metadata) },
        {
          name: 'datapackage.json',
          content: '{"resources":[{"path":"../other.csv"},{"path":"trees.csv","encoding":"klingon"}]}',
        },
      ]);
      const view = await app.importFile('trees.zip', archive);
      assert.deepEqual(await rowsOf(view), [
        { tree_id: '1', height: 2.5 },
        { tree_id: '2', height: 3.75 },
      ]);
      assert.deepEqual(view.warnings?.metadata, [
        { name: 'datapackage.json', text: 'The encoding "klingon" is not known.' },
        { name: 'other.csv', text: 'Metadata describe "other.csv", which is not here or described twice.' },
        { name: 'trees.csv', text: 'Metadata describe "trees.csv", which is not here or described twice.' },
        { name: 'trees.csv', text: 'trees.csv has no column "Gone", which its metadata describe.' },
      ]);
      const asked = await app.importFile('trees.zip', archive, { columns: '{"Nr":"bigint"}' });
      assert.deepEqual((await rowsOf(asked))[0], { tree_id: 1, height: 2.5 });
    });

    test('a data package may come from a URL, and a bad one is a warning', async () => {
      await using origin = await startOrigin();
      const schema = { fields: [{ name: 'a', type: 'string' }] };
      const url = origin.serve('/schema', { body: JSON.stringify(schema) });
      const view = await app.importFile('described.csv', 'a,b\n1,2\n', { metadata_url: url });
      assert.deepEqual(await rowsOf(view), [{ a: '1', b: 2 }]);
      for (const bad of [origin.serve('/bad', { body: '{' }), `${origin.url}/nowhere`]) {
        const plain = await app.importFile('plain.csv', 'a,b\n1,2\n', { metadata_url: bad });
        assert.deepEqual(await rowsOf(plain), [{ a: 1, b: 2 }]);
        assert.ok(Array.isArray(plain.warnings?.metadata), JSON.stringify(plain.warnings));
      }
      const refused = await app.api(`/api/v1/imports?api_key=${app.key}&metadata_url=file:///etc/passwd`, {
        method: 'POST',
      });
      assert.equal(refused.status, 400);
    });

    test('a column that the file does not have fails the import by name, and bad values are a 400', async () => {
      const view = await app.importFile('short.csv', 'a\n1\n', { columns: '{"zz":"text"}' });
      assert.deepEqual([view.state, view.error_code], ['failure', 2016]);
      assert.match(view.get_error_text?.what_about ?? '', /"zz"/);
      for (const bad of ['columns={"a":"point"}', 'max_rejects=x', 'recipe=[]', 'delimiter=%00', 'header=9999']) {
        const response = await app.api(`/api/v1/imports?api_key=${app.key}&${bad}`, { method: 'POST' });
        assert.equal(response.status, 400, bad);
        const body = (await response.json()) as { errors: { imports: string } };
        assert.ok(body.errors.imports.length > 10);
      }
    });
  });
}
