import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { command } from './measure/command.ts';
import type { BenchDatabase } from './measure/database.ts';

const file = join(import.meta.dirname, 'RESULTS.md');
const HEAD = '# Results\n\nMeasured by `npm run bench`; how is told in `bench/README.md`.\n';

/** The machine, the versions and the commit that a result holds for: one line of Markdown. */
export async function circumstances(db: BenchDatabase): Promise<string> {
  const postgres = (await db.psql(`select current_setting('server_version'), postgis_lib_version();`)).trim();
  const gdal = (await command('ogr2ogr', ['--version'])).split(',')[0];
  const commit = (await command('git', ['describe', '--always', '--dirty'])).trim();
  const [processor] = cpus();
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const machine = `${processor?.model.trim()}, ${cpus().length} cores, ${memory}`;
  const [server, postgis] = postgres.split('\t');
  const versions = `PostgreSQL ${server}, PostGIS ${postgis}, ${gdal}, Node.js ${process.version}`;
  return `${new Date().toISOString().slice(0, 10)}, commit ${commit}; ${machine}; ${versions}.`;
}

/** Puts a section in place of the one of its title, or at the end. */
export async function writeSection(title: string, lines: readonly string[]): Promise<void> {
  const old = await readFile(file, 'utf8').catch(() => HEAD);
  const [head = HEAD, ...sections] = old.split(/^(?=## )/m);
  const section = `## ${title}\n\n${lines.join('\n')}`;
  const position = sections.findIndex((one) => one.startsWith(`## ${title}\n`));
  if (position >= 0) sections[position] = section;
  else sections.push(section);
  const parts = [head, ...sections].map((part) => part.trimEnd());
  await writeFile(file, `${parts.join('\n\n')}\n`);
}
