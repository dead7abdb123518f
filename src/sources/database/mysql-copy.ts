import type { Connection, FieldPacket } from 'mysql2';
import { type ConnectorRequest, connectorName } from '../../domain/connector.ts';
import { ImportError } from '../../errors.ts';
import { type MysqlColumn, MysqlUse, planMysqlColumn, SRID_BYTES } from './mysql-columns.ts';
import { columnOf, kindsOf, statementOf } from './mysql-query.ts';
import { MysqlRows, RowFields } from './mysql-rows.ts';
import { stream } from './mysql-stream.ts';
import type { ReadRows, RowsSink } from './session.ts';
import type { ControlWatch } from './watch-control.ts';

/** Most columns of a table in MySQL and MariaDB; more come from no honest server. */
const MAX_COLUMNS = 4096;

/** Rows that wait for the first geometry, which says the SRID of the layer. */
const MAX_HELD = 10_000;

/** Head of a packet of the protocol, in bytes. */
const PACKET_HEAD = 4;

/** Brings the rows of a request in one statement. Throws connectorFailed for one that finds none. */
export async function copyRows(
  client: Connection,
  watch: ControlWatch,
  request: ConnectorRequest,
  schema: string | null,
  sink: RowsSink,
): Promise<ReadRows> {
  const kinds = await kindsOf(client, request, schema);
  const statement = await statementOf(client, request, schema, kinds);
  let begin: Begin | null = null;
  let rows: MysqlRows | null = null;
  const held: Buffer[] = [];
  const release = (to: Begin, srid: number): MysqlRows => {
    rows = to.rows(srid);
    for (const row of held) rows.push(row, 0, row.length);
    held.length = 0;
    return rows;
  };
  const take = (bytes: Buffer, from: number, end: number): void => {
    watch.taken += PACKET_HEAD + end - from;
    if (rows !== null) {
      rows.push(bytes, from, end);
      return;
    }
    if (begin === null) throw new Error('rows without columns');
    held.push(Buffer.from(bytes.subarray(from, end)));
    const srid = begin.sridOf(bytes, from, end);
    if (srid !== null || held.length >= MAX_HELD) release(begin, srid ?? 0);
  };
  const note = (fields: readonly FieldPacket[]): void => {
    const columns = fields.map((field) => columnOf(field, kinds));
    begin = beginOf(columns, request, sink);
  };
  await stream(client, statement, [], note, take);
  if (begin === null) throw noSelect();
  const { writer, zeroDates } = rows ?? release(begin, 0);
  return { writer, warnings: zeroDates === 0 ? {} : { zero_dates: zeroDates } };
}

const noSelect = (): ImportError =>
  new ImportError('connectorFailed', {
    detail: 'The statement finds no rows: it is no SELECT.',
    hint: 'Give one SELECT in sql_query.',
  });

/** How the file of rows begins, once it is known in which system the geometries are. */
interface Begin {
  /** The SRID that a row says; 0 where it says that there is none, null where it has no geometry to say it. */
  sridOf(bytes: Buffer, from: number, end: number): number | null;
  rows(srid: number): MysqlRows;
}

function beginOf(columns: readonly MysqlColumn[], request: ConnectorRequest, sink: RowsSink): Begin {
  if (columns.length > MAX_COLUMNS) {
    throw new ImportError('tooManyColumns', { detail: `The server announces ${columns.length} columns.` });
  }
  if (columns.length === 0) throw noSelect();
  const plans = columns.map(planMysqlColumn);
  const named = columns.findIndex(({ name }, i) => name === 'the_geom' && plans[i]?.use === MysqlUse.geometry);
  const geometry = named >= 0 ? named : plans.findIndex(({ use }) => use === MysqlUse.geometry);
  const found = new RowFields(columns.length);
  return {
    sridOf(bytes, from, end) {
      if (geometry < 0) return 0;
      found.find(bytes, from, end);
      const start = found.starts[geometry] ?? -1;
      const length = (found.ends[geometry] ?? start) - start;
      return start >= 0 && length > SRID_BYTES ? bytes.readUInt32LE(start) : null;
    },
    rows(srid) {
      const writer = sink.open({
        name: connectorName(request),
        columns: columns
          .map(({ name }, i) => ({ name, type: plans[i]?.type ?? null }))
          .filter((_, i) => i !== geometry),
        hasGeometry: geometry >= 0,
        srid: srid === 0 ? null : srid,
      });
      return new MysqlRows(
        writer,
        plans,
        columns.map(({ length }) => length),
        geometry,
      );
    },
  };
}
