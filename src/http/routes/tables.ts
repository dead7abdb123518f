import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { fieldType } from '../../sql/column-kind.ts';
import { datasetRequests } from '../dataset-requests.ts';
import type { HttpDeps } from '../deps.ts';
import { asScript, sendJson } from '../jsonp.ts';
import { textOf } from '../parameters.ts';
import { presentTable } from '../present-viz.ts';
import type { Reading } from '../read-access.ts';
import { badDataset, toTableChange, wholeOf } from '../viz-parameters.ts';
import { DatasetErrors, NewTable, RecordsQuery, TableRecords, TableView } from '../viz-wire.ts';
import { ApiKey, Empty } from '../wire.ts';

const tags = ['Datasets'];
const refused = Empty('No key, a wrong key, or the key of another account.');
const missing = Empty('The account has no such table.');
const params = Type.Object({ id: Type.String({ description: 'The table, by its id or its name.' }) });

/** Tables as such: by the ids that imports tell (wire contract 1.13). */
export async function tableRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { visualizations } = deps;
  const { sent, meant, seen, view } = datasetRequests(deps);

  /** Rows of a query of our own, as the viewer's role. */
  async function read(viewer: Reading, text: string): Promise<{ fields: [string, string][]; rows: string[] }> {
    const gone = new AbortController();
    await using cursor = await deps.openQuery(viewer, text, { skipRows: 0, maxRows: null }, gone.signal);
    const rows: string[] = [];
    for (;;) {
      const batch = await cursor.fetch(1000);
      if (batch.length === 0) break;
      rows.push(...batch.map(([cell]) => cell ?? 'null'));
    }
    return { fields: cursor.fields.map(({ name, typeName }) => [name, fieldType(typeName)]), rows };
  }

  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const columnsOf = async (viewer: Reading, table: string) =>
    (await read(viewer, `select * from ${quoted(table)} where false`)).fields;

  app.route({
    method: 'POST',
    url: '/api/v1/tables',
    schema: {
      summary: 'Make an empty table',
      description: 'With `cartodb_id`, `the_geom`, `the_geom_webmercator`, `name` and `description`; private.',
      tags,
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      querystring: ApiKey,
      body: NewTable,
      response: { 200: TableView, 400: DatasetErrors, 401: refused, 409: DatasetErrors },
    },
    config: { curl: ['curl --json \'{"name":"sightings"}\' "$URL/api/v1/tables?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const { name, words } = toTableChange(parameters);
      const made = await visualizations.create(account, name ?? 'untitled_table', words);
      const viewer: Reading = { account, as: 'reader' };
      const one = await meant(account, made, 'tableId');
      const body = presentTable(one, await view(viewer, one), await columnsOf(viewer, one.name));
      return sendJson(request, reply, 200, body);
    },
  });

  app.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/api/v1/tables/:id',
    schema: {
      summary: 'A table',
      description: 'With its columns, and its dataset inside.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: TableView, 401: refused, 404: missing },
    },
    config: { curl: ['curl "$URL/api/v1/tables/$TABLE_ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { viewer, one } = await seen(request, request.params.id, 'tableId');
      const body = presentTable(one, await view(viewer, one), await columnsOf(viewer, one.name));
      return sendJson(request, reply, 200, body);
    },
  });

  app.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/api/v1/tables/:id/columns',
    schema: {
      summary: 'The columns of a table',
      description: 'Pairs of name and type.',
      tags,
      params,
      querystring: ApiKey,
      response: {
        200: Type.Array(Type.Array(Type.String()), { description: 'In their order.' }),
        401: refused,
        404: missing,
      },
    },
    config: { curl: ['curl "$URL/api/v1/tables/$TABLE_ID/columns?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { viewer, one } = await seen(request, request.params.id, 'tableId');
      return sendJson(request, reply, 200, await columnsOf(viewer, one.name));
    },
  });

  app.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/api/v1/tables/:id/records',
    schema: {
      summary: 'Rows of a table',
      description: 'One page, in the order of a column. Numbers stand as the table has them, to the last digit.',
      tags,
      params,
      querystring: Type.Object({ ...ApiKey.properties, ...RecordsQuery.properties }),
      response: { 200: TableRecords, 400: DatasetErrors, 401: refused, 404: missing },
    },
    config: { curl: ['curl "$URL/api/v1/tables/$TABLE_ID/records?rows_per_page=10&api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { viewer, one, parameters } = await seen(request, request.params.id, 'tableId');
      const columns = await columnsOf(viewer, one.name);
      const page = wholeOf(parameters, 'page', { least: 0, most: 1_000_000_000, otherwise: 0 });
      const take = wholeOf(parameters, 'rows_per_page', { least: 1, most: 5_000, otherwise: 40 });
      const column = textOf(parameters, 'order_by') ?? 'cartodb_id';
      if (!columns.some(([name]) => name === column)) throw badDataset(`There is no column "${column}" to order by`);
      const direction = textOf(parameters, 'mode')?.toLowerCase() === 'desc' ? 'desc' : 'asc';
      const { rows } = await read(
        viewer,
        `select row_to_json(one) from (select * from ${quoted(one.name)} order by ${quoted(column)} ${direction}
          limit ${take} offset ${page * take}) as one`,
      );
      // The rows are JSON already: parsing them again would damage numbers beyond 2^53.
      const head = JSON.stringify({ id: one.tableId, name: one.name, total_rows: one.rows, columns });
      const json = `${head.slice(0, -1)},"rows":[${rows.join(',')}]}`;
      if (request.jsonp === null) return reply.type('application/json; charset=utf-8').send(json);
      return reply.type('text/javascript; charset=utf-8').send(`${request.jsonp}(${asScript(json)})`);
    },
  });
}
