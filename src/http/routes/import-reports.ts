import { buffer } from 'node:stream/consumers';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Correction } from '../../domain/correction.ts';
import type { Account, Import } from '../../domain/import.ts';
import { requireAccount } from '../auth.ts';
import { mediaType, openBody } from '../body.ts';
import { correctionsOfCsv, correctionsOfJson, textOfBody } from '../corrections.ts';
import type { HttpDeps } from '../deps.ts';
import { sendJson } from '../jsonp.ts';
import { readMultipart } from '../multipart.ts';
import { parseJsonText, unknownValue } from '../parameter-values.ts';
import { type Parameters, queryParameters, textOf } from '../parameters.ts';
import { csvLine } from '../parse-csv.ts';
import { presentReport } from '../present-report.ts';
import { Corrected, CorrectionBody, ImportReport, RejectPage, RejectParameters } from '../report-wire.ts';
import { ApiKey, Empty, ImportErrors } from '../wire.ts';
import { badImport, notFound } from '../wire-error.ts';

/** Largest body of corrections, in bytes. */
const MAX_CORRECTION_BYTES = 16 * 1024 * 1024;

/** Rejects of a page of JSON and of CSV, at most and where nothing is said. */
const pageSizes = { json: { most: 10_000, usual: 100 }, csv: { most: 100_000, usual: 100_000 } } as const;

/** Rejects that are read from the database at once. */
const BATCH_ROWS = 10_000;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ImportId = Type.Object({ id: Type.String({ format: 'uuid', description: 'The `item_queue_id` of the POST.' }) });
const unauthorized = Empty('No key, a wrong key, or the key of another account.');
const unknown = Empty('No import of this account has this id.');
const tags = ['Imports'];

function toCount(parameters: Parameters, name: string, usual: number, most: number): number {
  const given = textOf(parameters, name);
  if (given === null) return usual;
  const count = Number(given.trim());
  if (!/^\d{1,9}$/.test(given.trim()) || count < 1 || count > most) {
    throw unknownValue(name, given, `a whole number from 1 to ${most}`);
  }
  return count;
}

function toFormat(request: FastifyRequest, parameters: Parameters): 'json' | 'csv' {
  const given = textOf(parameters, 'format');
  if (given === null) return /\btext\/csv\b/i.test(request.headers.accept ?? '') ? 'csv' : 'json';
  if (given !== 'json' && given !== 'csv') throw unknownValue('format', given, 'json or csv');
  return given;
}

/** Corrections as a file in a multipart body, as JSON, or as CSV of any other content type. */
async function readCorrections(request: FastifyRequest, reply: FastifyReply): Promise<readonly Correction[]> {
  const body = openBody(request, reply, MAX_CORRECTION_BYTES);
  const type = mediaType(request);
  if (type === 'multipart/form-data') {
    const files: Buffer[] = [];
    await readMultipart(body, request.headers, async ({ stream }) => void files.push(await buffer(stream)));
    const [file] = files;
    if (file === undefined) throw badImport('The corrections must be a file part: curl -F file=@rejects.csv');
    return correctionsOfCsv(textOfBody(file));
  }
  const text = textOfBody(await buffer(body));
  if (type === 'application/json' || type.endsWith('+json')) return correctionsOfJson(parseJsonText('The body', text));
  return correctionsOfCsv(text);
}

/** What an import tells of its layers: the report, and the rejects with their way back. */
export async function importReportRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { imports, reports } = deps;

  async function requireImport(request: FastifyRequest): Promise<{ readonly account: Account; readonly job: Import }> {
    const account = await requireAccount(deps, request, queryParameters(request));
    const { id } = request.params as { id: string };
    const job = uuid.test(id) ? await imports.find(account.id, id.toLowerCase()) : null;
    if (job === null) throw notFound();
    return { account, job };
  }

  app.route({
    method: 'GET',
    url: '/api/v1/imports/:id/report',
    schema: {
      summary: 'What was found out about the files',
      description:
        'Of every layer its dialect, encoding, geometry, and the evidence for the type of each column. Empty until a layer was read.',
      tags,
      params: ImportId,
      querystring: ApiKey,
      response: { 200: ImportReport, 401: unauthorized, 404: unknown },
    },
    config: { curl: ['curl "$URL/api/v1/imports/$ID/report?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { job } = await requireImport(request);
      return sendJson(request, reply, 200, presentReport(job.id, await reports.layers(job.id), job.tables ?? []));
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/imports/:id/rejects',
    schema: {
      summary: 'What could not be loaded as asked',
      description:
        'Cells and rows of the file that are not in the table as they stand there, also of an import that failed because there were too many.',
      tags,
      params: ImportId,
      querystring: Type.Object({ ...ApiKey.properties, ...RejectParameters.properties }),
      response: { 200: RejectPage, 400: ImportErrors, 401: unauthorized, 404: unknown },
    },
    config: {
      curl: [
        'curl "$URL/api/v1/imports/$ID/rejects?api_key=$KEY"',
        'curl "$URL/api/v1/imports/$ID/rejects?format=csv&api_key=$KEY" > rejects.csv',
      ],
    },
    handler: async (request, reply) => {
      const { job } = await requireImport(request);
      const parameters = queryParameters(request);
      const format = toFormat(request, parameters);
      const page = toCount(parameters, 'page', 1, 1_000_000);
      const { most, usual } = pageSizes[format];
      const perPage = toCount(parameters, 'per_page', usual, most);
      const skip = (page - 1) * perPage;
      if (format === 'json') {
        const rejects = await reports.rejects(job.id, { skip, take: perPage });
        const total = await reports.countRejects(job.id);
        return sendJson(request, reply, 200, {
          rejects: [...rejects],
          total_entries: total,
          page,
          per_page: perPage,
        } satisfies RejectPage);
      }
      const lines = [csvLine(['file', 'layer', 'table', 'row', 'offset', 'column', 'raw', 'rule'])];
      for (let read = 0; read < perPage; read += BATCH_ROWS) {
        const take = Math.min(BATCH_ROWS, perPage - read);
        const batch = await reports.rejects(job.id, { skip: skip + read, take });
        for (const one of batch) {
          lines.push(csvLine([one.file, one.layer, one.table, one.row, one.offset, one.column, one.raw, one.rule]));
        }
        if (batch.length < take) break;
      }
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="rejects.csv"')
        .send(lines.join(''));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/v1/imports/:id/rejects',
    schema: {
      summary: 'Load corrected rejects into the table',
      description:
        'Takes the CSV of the rejects with corrected values, other CSV of cells or whole rows, or JSON. What fits its column is stored, all in one transaction; what does not is answered and stays.',
      tags,
      consumes: ['text/csv', 'multipart/form-data', 'application/json'],
      params: ImportId,
      querystring: ApiKey,
      body: CorrectionBody,
      response: { 200: Corrected, 400: ImportErrors, 401: unauthorized, 404: unknown },
    },
    config: {
      curl: [
        'curl --data-binary @rejects.csv -H "content-type: text/csv" "$URL/api/v1/imports/$ID/rejects?api_key=$KEY"',
        'curl --json \'{"rejects":[{"row":3,"column":"price","value":"12.5"}]}\' "$URL/api/v1/imports/$ID/rejects?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const { account, job } = await requireImport(request);
      if (job.state !== 'complete') throw badImport('Only rejects of a complete import can be corrected');
      const corrections = await readCorrections(request, reply);
      const { rows, cells, remaining, rejects } = await reports.correct(account, job, corrections);
      return sendJson(request, reply, 200, {
        success: rejects.length === 0,
        rows,
        cells,
        remaining,
        rejects: [...rejects],
      } satisfies Corrected);
    },
  });
}
