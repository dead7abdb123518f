import { command } from './command.ts';

/** The server that the bench runs on; `url` is its database. */
export interface BenchDatabase {
  readonly url: string;
  /** Runs statements with psql; returns the values, tab between, line by line. */
  psql(statements: string): Promise<string>;
  /** How ogr2ogr names it. */
  readonly ogrName: string;
}

/** A fresh database with PostGIS beside the one of the URL. */
export async function createBenchDatabase(serverUrl: string): Promise<BenchDatabase> {
  const url = new URL(serverUrl);
  const run = (target: string, statements: string) =>
    command('psql', [target, '-X', '-q', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-f', '-'], statements);
  const name = `landfall_bench_${process.pid}`;
  await run(url.href, `drop database if exists ${name};\ncreate database ${name};\n`);
  url.pathname = `/${name}`;
  await run(url.href, 'create extension postgis;\n');
  const ogr = [`host=${url.hostname}`, `port=${url.port || 5432}`, `user=${url.username}`, `dbname=${name}`];
  if (url.password !== '') ogr.push(`password=${decodeURIComponent(url.password)}`);
  return { url: url.href, psql: (statements) => run(url.href, statements), ogrName: `PG:${ogr.join(' ')}` };
}
