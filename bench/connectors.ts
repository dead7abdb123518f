import { command, timed } from './measure/command.ts';
import type { BenchDatabase } from './measure/database.ts';
import { startLandfall } from './measure/landfall.ts';
import { watchMemory } from './measure/resident-memory.ts';
import { median } from './measure/statistics.ts';

const POLL_MS = 20;

/** Times faster than ogr2ogr that connectors are promised to be. */
const PROMISED = 1.5;

/** A database to import from, and how ogr2ogr names it. */
interface Source {
  readonly provider: 'postgres' | 'mysql';
  readonly url: URL;
  /** Makes the table `orders` with so many rows. */
  fill(rows: number): Promise<void>;
  readonly ogr: readonly string[];
}

/** Columns of the table: 10, as an application has them, one of them a point. */
const columns = (of: Readonly<Record<'i' | 'text' | 'time' | 'day' | 'point', string>>): string =>
  `select ${of.i} as id, ${of.i} % 1000 as customer, ${of.text} as name, round(${of.i} * 1.01, 2) as price,
   ${of.i} / 7e0 as weight, ${of.time} as ordered_at, ${of.day} as due, ${of.i} * 3000000001 as reference,
   ${of.i} % 7 as kind, ${of.point} as place`;

function postgresSource(url: URL): Source {
  const of = {
    i: 'i',
    text: "'customer ' || i",
    time: "timestamp '2020-01-01' + i * interval '1 second'",
    day: "date '2020-01-01' + (i % 1000)::integer",
    point: 'st_setsrid(st_makepoint(i % 360 - 180 + i / 1e7, i % 180 - 90 + i / 1e8), 4326)',
  };
  const name = [`host=${url.hostname}`, `port=${url.port}`, `user=${url.username}`, `dbname=${url.pathname.slice(1)}`];
  return {
    provider: 'postgres',
    url,
    fill: async (rows) => {
      const text = `drop table if exists orders; create table orders as ${columns(of)} from generate_series(1::bigint, ${rows}) as i;`;
      await command('psql', [url.href, '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'], text);
    },
    ogr: [`PG:${name.join(' ')}`, 'orders'],
  };
}

function mysqlSource(url: URL): Source {
  const of = {
    i: 'seq',
    text: "concat('customer ', seq)",
    time: "timestamp'2020-01-01 00:00:00' + interval seq second",
    day: "date'2020-01-01' + interval (seq % 1000) day",
    point: 'point(seq % 360 - 180e0 + seq / 1e7, seq % 180 - 90e0 + seq / 1e8)',
  };
  const name = [
    url.pathname.slice(1),
    `host=${url.hostname}`,
    `port=${url.port}`,
    `user=${url.username}`,
    `password=${url.password}`,
  ];
  return {
    provider: 'mysql',
    url,
    fill: async (rows) => {
      const text = `drop table if exists orders; create table orders as ${columns(of)} from seq_1_to_${rows};`;
      const options = ['--no-defaults', '-h', url.hostname, '-P', url.port, '-u', url.username, `-p${url.password}`];
      await command('mariadb', [...options, url.pathname.slice(1)], text);
    },
    ogr: [`MySQL:${name.join(',')},tables=orders`, 'orders'],
  };
}

/** Sources of SOURCE_DATABASE_URL and TEST_MARIADB_URL; a PostgreSQL that is not the one Landfall itself works on. */
function sources(): readonly Source[] {
  const { SOURCE_DATABASE_URL, TEST_MARIADB_URL } = process.env;
  return [
    ...(SOURCE_DATABASE_URL === undefined ? [] : [postgresSource(new URL(SOURCE_DATABASE_URL))]),
    ...(TEST_MARIADB_URL === undefined ? [] : [mysqlSource(new URL(TEST_MARIADB_URL))]),
  ];
}

/** Landfall and ogr2ogr in turn from the same table of another database. Returns lines of Markdown. */
export async function measureConnectors(db: BenchDatabase, rows: number, rounds: number): Promise<readonly string[]> {
  const lines = [
    '| source | Landfall | ogr2ogr | times faster | resident at the peak |',
    '| --- | ---: | ---: | ---: | ---: |',
  ];
  for (const source of sources()) {
    await source.fill(rows);
    const ours: number[] = [];
    const theirs: number[] = [];
    let peakBytes = 0;
    await using server = await startLandfall(db.url, { LANDFALL_ALLOW_NETWORKS: '127.0.0.0/8' });
    const memory = watchMemory(server.pid);
    for (let round = 0; round < rounds; round++) {
      memory.takePeakBytes();
      let table = '';
      ours.push(
        await timed(async () => {
          table = await importFrom(server, source);
        }),
      );
      peakBytes = Math.max(peakBytes, memory.takePeakBytes());
      await db.psql(`drop table demo.${table};\ncheckpoint;`);
      theirs.push(await timed(() => ogr2ogr(source, db)));
      await db.psql('drop table public.by_ogr2ogr;\ncheckpoint;');
      console.error(
        `${source.provider}, round ${round + 1}: ${ours.at(-1)?.toFixed(2)} s, ${theirs.at(-1)?.toFixed(2)} s`,
      );
    }
    memory.stop();
    const times = median(theirs) / median(ours);
    const verdict = times >= PROMISED ? 'met' : 'NOT met';
    lines.push(
      `| ${source.provider} | ${median(ours).toFixed(2)} s | ${median(theirs).toFixed(2)} s | ${times.toFixed(2)} (promised: ${PROMISED}; ${verdict}) | ${(peakBytes / 1e6).toFixed(0)} MB |`,
    );
  }
  return [`${rows} rows of 10 columns, a point among them, ${rounds} rounds in turn.`, '', ...lines];
}

async function importFrom(
  server: Awaited<ReturnType<typeof startLandfall>>,
  { provider, url }: Source,
): Promise<string> {
  const connection = {
    ...{ server: url.hostname, port: url.port, database: url.pathname.slice(1) },
    ...{ username: url.username, password: url.password, sslmode: 'disable' },
  };
  const body = JSON.stringify({ connector: { provider, connection, table: 'orders' } });
  const answer = await command('curl', ['-sS', '--json', body, `${server.url}/api/v1/imports?api_key=${server.key}`]);
  const id = /"item_queue_id":"([^"]+)"/.exec(answer)?.[1];
  if (id === undefined) throw new Error(`the server refused the import: ${answer}`);
  return (await server.waitFor(id, POLL_MS)).tableName ?? '';
}

async function ogr2ogr({ ogr }: Source, db: BenchDatabase): Promise<void> {
  await command('ogr2ogr', [
    ...['--config', 'PG_USE_COPY', 'YES', '-f', 'PostgreSQL', db.ogrName, ...ogr],
    ...['-nln', 'public.by_ogr2ogr'],
  ]);
}
