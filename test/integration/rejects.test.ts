import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { zip } from '../support/archives.ts';
import { oneEngine } from '../support/database.ts';
import { found } from '../support/found.ts';

/** Row 2 has a geometry that is none, row 3 a cell too many. */
const file = 'name,the_geom,price\na,POINT(1 2),1.5\nb,POINT(999 2),2.5\nc,POINT(3 4),3.5,extra\n';

interface Rejects {
  readonly rejects: readonly Record<string, unknown>[];
  readonly total_entries: number;
  readonly page: number;
  readonly per_page: number;
}

const path = (app: TestApp, id: string, what: string, query = ''): string =>
  `/api/v1/imports/${id}/${what}?api_key=${app.key}${query}`;

async function rejectsOf(app: TestApp, id: string, query = ''): Promise<Rejects> {
  const response = await app.api(path(app, id, 'rejects', query));
  assert.equal(response.status, 200);
  return (await response.json()) as Rejects;
}

async function correct(app: TestApp, id: string, body: string, type = 'text/csv') {
  const init = { method: 'POST', body, headers: { 'content-type': type } };
  const response = await app.api(path(app, id, 'rejects'), init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

for (const engine of oneEngine) {
  test(`${engine}: what could not be kept is listed, corrected as CSV and gone`, async () => {
    await using app = await startTestApp(engine);
    const view = await app.importFile('t.csv', file, { extra_cells: 'reject' });
    assert.equal(view.state, 'complete', JSON.stringify(view));
    const { rejects, total_entries } = await rejectsOf(app, view.id);
    assert.equal(total_entries, 2);
    assert.deepEqual(
      rejects.map(({ file: from, layer, table, row, column, raw, rule }) => [
        from,
        layer,
        table,
        row,
        column,
        raw,
        rule,
      ]),
      [
        ['t.csv', 't', 't', 2, 'the_geom', 'POINT(999 2)', 'geometry'],
        ['t.csv', 't', 't', 3, null, 'extra', 'extra_cells'],
      ],
    );

    const csv = await app.api(path(app, view.id, 'rejects', '&format=csv'));
    assert.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8');
    const text = await csv.text();
    assert.match(
      text,
      /^file,layer,table,row,offset,column,raw,rule\r\nt\.csv,t,t,2,\d*,the_geom,POINT\(999 2\),geometry\r\n/,
    );
    const byHeader = await app.api(path(app, view.id, 'rejects'), { headers: { accept: 'text/csv' } });
    assert.equal(await byHeader.text(), text);

    const answer = await correct(app, view.id, text.replace('POINT(999 2)', 'POINT(9 2)'));
    assert.deepEqual(answer.body, { success: true, rows: 1, cells: 1, remaining: 1, rejects: [] });
    const { rows } = await app.sql(
      'select ST_AsText(the_geom) as g, ST_SRID(the_geom_webmercator) as s from t where cartodb_id = 2',
    );
    assert.deepEqual(rows, [{ g: 'POINT(9 2)', s: 3857 }]);
    assert.deepEqual(
      (await rejectsOf(app, view.id)).rejects.map(({ row }) => row),
      [3],
    );

    const whole = await correct(app, view.id, 'cartodb_id,name,price\n3,cc,4\n');
    assert.deepEqual(whole.body, { success: true, rows: 1, cells: 2, remaining: 0, rejects: [] });
    const after = await app.sql('select name, price from t where cartodb_id = 3');
    assert.deepEqual(after.rows, [{ name: 'cc', price: 4 }]);
  });

  test(`${engine}: a correction that does not fit changes nothing of its row and is answered`, async () => {
    await using app = await startTestApp(engine);
    const view = await app.importFile('t.csv', file, { extra_cells: 'reject' });
    const json = (rejects: unknown) => correct(app, view.id, JSON.stringify({ rejects }), 'application/json');
    const { status, body } = await json([
      { row: 1, column: 'price', value: 'cheap' },
      { row: 1, column: 'name', value: 'never' },
      { row: 2, column: 'the_geom', value: 'POINT(1' },
      { row: 3, column: 'price', value: '1e400' },
      { row: 99, column: 'name', value: 'x' },
      { row: 2, column: 'colour', value: 'x' },
      { row: 3, column: 'cartodb_id', value: '7' },
    ]);
    assert.equal(status, 200);
    assert.equal(body.success, false);
    assert.deepEqual([body.rows, body.cells, body.remaining], [0, 0, 2]);
    const refused = (body.rejects as { row: number; column: string; rule: string }[])
      .map(({ row, column, rule }) => [row, column, rule].join(' '))
      .toSorted();
    assert.deepEqual(refused, [
      '1 price type',
      '2 colour no_such_column',
      '2 the_geom type',
      '3 cartodb_id no_such_column',
      '3 price type',
      '99  no_such_row',
    ]);
    const { rows } = await app.sql('select name, price from t order by cartodb_id');
    assert.deepEqual(rows, [
      { name: 'a', price: 1.5 },
      { name: 'b', price: 2.5 },
      { name: 'c', price: 3.5 },
    ]);
    for (const bad of ['{', '{"rejects":7}', '{"rejects":[7]}', '{"rejects":[{"column":"a","value":"b"}]}']) {
      assert.equal((await correct(app, view.id, bad, 'application/json')).status, 400, bad);
    }
    for (const bad of [
      '',
      'row,column,value\n1,name,"x',
      'row,column,value\nx,name,y\n',
      'row,column,value\n1,name,\0\n',
    ]) {
      assert.equal((await correct(app, view.id, bad)).status, 400, bad);
    }
    const elsewhere = await correct(app, view.id, 'layer,row,column,value\nother,1,name,x\n');
    assert.deepEqual(elsewhere.body, {
      errors: { imports: 'This import has no place for the layer "other"; its layers are: t' },
    });
    const nothing = await json([
      { row: 1, column: 'price', value: null },
      { row: 2, column: 'na\'me"; drop table t', value: 'x' },
    ]);
    assert.deepEqual([nothing.body.cells, nothing.body.success], [1, false]);
  });

  test(`${engine}: rejects of several layers are corrected at once, but for rows that are gone or said twice`, async () => {
    await using app = await startTestApp(engine);
    const archive = zip([
      { name: 'a.csv', content: 'n,m\n1,x\n2,y\nmany,z\nsome,z\n' },
      { name: 'b.csv', content: 'n;m\n1;x\nfew;y\n3;z\n' },
    ]);
    const wishes = '{"n":"bigint"}';
    const view = await app.importFile('both.zip', archive, { columns: wishes });
    assert.equal((await rejectsOf(app, view.id)).total_entries, 3, JSON.stringify(view));
    const made = await app.api(`/api/v2/sql/job?api_key=${app.key}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"delete from a where cartodb_id = 4"}',
    });
    assert.equal(made.status, 201);
    await found(async () => ((await app.sql('select 1 from a')).total_rows === 3 ? true : null), 'the row is there');
    const alone = await correct(app, view.id, 'row;column;corrected\n3;n;12\n');
    assert.match(JSON.stringify(alone.body), /several layers .* name one of a, b/);

    // Other columns first, semicolons, a mark, and more rows than there are rejects.
    const csv = ['corrected;column;row;layer', '12;n;3;a', '13;n;4;a', '20;n;2;b', '30;n;3;b', '31;n;3;b', 'Z;m;1;b'];
    const { body } = await correct(app, view.id, `\ufeff${csv.join('\r\n')}\r\n`);
    assert.deepEqual(body, {
      success: false,
      rows: 3,
      cells: 3,
      remaining: 1,
      rejects: [
        { layer: 'a', row: 4, column: null, raw: '', rule: 'no_such_row' },
        { layer: 'b', row: 3, column: 'n', raw: '31', rule: 'twice' },
      ],
    });
    const rows = await app.sql('select n, m from a union all select n, m from b order by n');
    assert.deepEqual(
      rows.rows.map(({ n, m }) => `${n}${m}`),
      ['1x', '1Z', '2y', '3z', '12z', '20y'],
    );
    assert.deepEqual(
      (await rejectsOf(app, view.id)).rejects.map(({ layer, row }) => [layer, row]),
      [['a', 4]],
    );
  });

  test(`${engine}: where rows have ids of their own, a correction takes no reject of another row away`, async () => {
    await using app = await startTestApp(engine);
    const view = await app.importFile('own.csv', 'cartodb_id,n\n3,few\n2,5\n1,many\n', { columns: '{"n":"bigint"}' });
    const { body } = await correct(app, view.id, 'cartodb_id,n\n1,7\n');
    assert.deepEqual([body.success, body.cells, body.remaining], [true, 1, 2]);
    const { rows } = await app.sql('select cartodb_id, n from own order by cartodb_id');
    assert.deepEqual(rows, [
      { cartodb_id: 1, n: 7 },
      { cartodb_id: 2, n: 5 },
      { cartodb_id: 3, n: null },
    ]);
  });

  test(`${engine}: corrected coordinates move the point, and a table written anew takes no corrections`, async () => {
    await using app = await startTestApp(engine);
    const view = await app.importFile('p.csv', 'name,longitude,latitude\na,1.5,2\nb,3.5,4\n');
    const moved = await correct(app, view.id, 'row,column,value\n2,longitude,13.5\n');
    assert.equal(moved.body.success, true, JSON.stringify(moved.body));
    const { rows } = await app.sql(
      'select ST_AsText(the_geom) as g, round(ST_X(the_geom_webmercator)::numeric) as x from p order by cartodb_id',
    );
    assert.deepEqual(
      rows.map(({ g }) => g),
      ['POINT(1.5 2)', 'POINT(13.5 4)'],
    );
    assert.equal(Number(rows[1]?.x), 1502813);
    await app.importFile('p.csv', 'name,longitude,latitude\nz,1,2\n', { collision_strategy: 'overwrite' });
    const late = await correct(app, view.id, 'row,column,value\n1,name,x\n');
    assert.equal(late.status, 400);
    assert.match(JSON.stringify(late.body), /later import has written the table p/);
  });

  test(`${engine}: too many rejects fail the import, and the first ones are kept`, async () => {
    await using app = await startTestApp(engine);
    const view = await app.importFile('t.csv', file, { extra_cells: 'reject', max_rejects: '1' });
    assert.deepEqual([view.state, view.error_code], ['failure', 2015]);
    const { rejects, total_entries } = await rejectsOf(app, view.id);
    assert.deepEqual([rejects.length, total_entries, rejects[0]?.table], [2, 2, null]);
    assert.equal((await correct(app, view.id, 'row,column,value\n1,name,x\n')).status, 400);
    const allowed = await app.importFile('t.csv', file, { extra_cells: 'reject', max_rejects: '70%' });
    assert.equal(allowed.state, 'complete');
  });

  test(`${engine}: rejects come in pages, and bad pages are refused`, async () => {
    await using app = await startTestApp(engine);
    const lines = Array.from({ length: 12_345 }, (_, i) => `${i},b${i % 5 === 0 ? `,"x${i}"` : ''}`);
    const view = await app.importFile('many.csv', `a,b\n${lines.join('\n')}\n`, {
      extra_cells: 'reject',
      header: 'true',
    });
    assert.equal(view.state, 'complete', JSON.stringify(view));
    const first = await rejectsOf(app, view.id);
    assert.deepEqual([first.rejects.length, first.total_entries, first.page, first.per_page], [100, 2469, 1, 100]);
    const last = await rejectsOf(app, view.id, '&page=3&per_page=1000');
    assert.deepEqual([last.rejects.length, last.rejects[0]?.raw], [469, 'x10000']);
    assert.deepEqual((await rejectsOf(app, view.id, '&page=9999')).rejects, []);
    const all = await (await app.api(path(app, view.id, 'rejects', '&format=csv'))).text();
    assert.equal(all.split('\r\n').length, 2471);
    for (const bad of ['page=0', 'page=x', 'per_page=10001', 'per_page=-1', 'format=xml']) {
      assert.equal((await app.api(path(app, view.id, 'rejects', `&${bad}`))).status, 400, bad);
    }
  });

  test(`${engine}: the report names every layer, its table, its columns and its rejects`, async () => {
    await using app = await startTestApp(engine);
    const view = await app.importFile('t.csv', file, { extra_cells: 'reject' });
    const response = await app.api(path(app, view.id, 'report'));
    const report = (await response.json()) as { import_id: string; tables: Record<string, unknown>[] };
    assert.equal(report.import_id, view.id);
    const [table] = report.tables;
    assert.ok(table);
    const { name, layer, file: from, rows, geometry, srid, rejects } = table;
    assert.deepEqual(
      { name, layer, from, rows, geometry, srid, rejects },
      {
        name: 't',
        layer: 't',
        from: 't.csv',
        rows: 3,
        geometry: { type: 'POINT', source: 'column', columns: ['the_geom'] },
        srid: 4326,
        rejects: 2,
      },
    );
    const columns = table.columns as Record<string, unknown>[];
    assert.deepEqual(
      columns.map((column) => [column.name, column.source, column.type]),
      [
        ['name', 'name', 'text'],
        ['price', 'price', 'double precision'],
      ],
    );
    assert.ok(columns.every(({ reason }) => typeof reason === 'string' && reason !== ''));
  });

  test(`${engine}: nobody else sees or changes what an import tells`, async () => {
    await using app = await startTestApp(engine);
    const view = await app.importFile('t.csv', file, { extra_cells: 'reject' });
    for (const what of ['report', 'rejects']) {
      assert.equal((await app.api(`/api/v1/imports/${view.id}/${what}`)).status, 401);
      assert.equal((await app.api(`/api/v1/imports/${view.id}/${what}?api_key=wrong`)).status, 401);
      for (const id of ['99999999-9999-4999-8999-999999999999', '1', 'x'.repeat(2000)]) {
        assert.equal((await app.api(path(app, id, what))).status, 404);
      }
    }
    const wrong = await app.api(`/api/v1/imports/${view.id}/rejects?api_key=wrong`, {
      method: 'POST',
      body: 'row,column,value\n',
    });
    assert.equal(wrong.status, 401);
  });
}
