/** What a run of a synchronization adds to an import: the comparison with the last time, and the end of the run. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Database, Queryable } from '../db/database.ts';
import type { Import } from '../domain/import.ts';
import type { LocalFile } from '../domain/layer.ts';
import { columnNames } from '../domain/naming.ts';
import type { Refresh, WriteMode } from '../domain/refresh.ts';
import type { Synchronization, Validators } from '../domain/sync.ts';
import { matchLayers } from '../domain/sync-targets.ts';
import { Fenced } from '../errors.ts';
import { combineWarnings } from '../publish/combine-warnings.ts';
import type { LeftOut, Published } from '../publish/publish.ts';
import type { FetchContext, Fetched } from '../sources/source.ts';
import { importById } from '../store/imports.ts';
import { describeAsLibrary } from '../store/library.ts';
import { completeImport, lockAttempt } from '../store/publishing.ts';
import { idsIn, rememberTargets, targetsOf } from '../store/sync-runs.ts';
import { findSynchronization, showRunning } from '../store/synchronizations.ts';
import { type Clock, endRunWell, lockRun } from './end-sync-run.ts';

export interface SyncPass {
  /** The synchronization has been removed: its tables are nobody's to write any more. */
  readonly isOver: boolean;
  /** What the source may be asked to compare itself with; null: it has to be read whatever it says. */
  readonly known: Validators | null;
  /** What tables of earlier runs hold, where a source may bring only what differs. Absent: it brings everything. */
  readonly held?: FetchContext['held'];
  /** What the table of a source with one file is to be called; null: as the file. */
  readonly tableName: string | null;
  /** The layer of the one table of earlier runs; null: there is no table, or there are several. */
  readonly onlyLayer: string | null;
  /** Whether the source is as the last published run found it. Looks at the bytes where the source does not say. */
  isUnchanged(fetched: Fetched, signal: AbortSignal): Promise<boolean>;
  /** Ends the import and the run; nothing else is written. Throws `Fenced` where the attempt is another's now. */
  endUnchanged(): Promise<void>;
  /** What publishing has to do for layers of these names. */
  refreshFor(layers: readonly string[]): Refresh;
  /** Ends the run in the transaction that publishes. */
  endPublished(tx: Queryable, published: Published, leftOut: LeftOut): Promise<void>;
}

/** Opens the run that an import is; null for an import of its own. */
export async function openSyncPass(db: Database, job: Import, clock: Clock): Promise<SyncPass | null> {
  if (job.synchronizationId === null) return null;
  await showRunning(db, job.synchronizationId, job.id);
  const sync = await findSynchronization(db, job.synchronizationId);
  // A first import outlives its synchronization as an import of its own.
  if (sync === null && (await importById(db, job.id))?.synchronizationId === null) return null;
  return createPass(db, job, sync, sync === null ? [] : await targetsOf(db, sync.id), clock);
}

function createPass(
  db: Database,
  job: Import,
  sync: Synchronization | null,
  targets: Awaited<ReturnType<typeof targetsOf>>,
  clock: Clock,
): SyncPass {
  // Without all of its tables, an unchanged source still is a reason to write them.
  const isWhole = targets.length > 0 && targets.every(({ exists }) => exists);
  const known = isWhole ? (sync?.validators ?? null) : null;
  let seen: Validators = { etag: null, lastModified: null, sha256: null };
  let bytes = 0;
  let isPartial = false;
  let gone: Fetched['gone'];

  /** Of a table whose rows are the source's and no more. */
  const held: FetchContext['held'] = async (layer, field) => {
    const target = targets.find((one) => one.layer === layer);
    const [column] = columnNames([field]);
    return target === undefined || column === undefined ? null : idsIn(db, target, column);
  };

  return {
    isOver: sync === null,
    known,
    ...(sync?.mode === 'replace' ? { held } : {}),
    tableName: targets.length === 0 ? (sync?.name ?? null) : null,
    onlyLayer: targets.length === 1 ? (targets[0]?.layer ?? null) : null,
    async isUnchanged(fetched, signal) {
      bytes = fetched.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      if (fetched.isUnchanged === true && known !== null) {
        seen = known;
        return true;
      }
      isPartial = fetched.isPartial === true;
      gone = fetched.gone;
      seen = { ...fetched.fingerprint, sha256: await hashOf(fetched.files, signal) };
      const isGone = [...(gone?.values() ?? [])].some(({ values }) => values.length > 0);
      return known !== null && !isGone && known.sha256 === seen.sha256;
    },
    async endUnchanged() {
      await db.transaction(async (tx) => {
        if (!(await lockAttempt(tx, job.id, job.attempt))) throw new Fenced();
        await completeImport(tx, job.id, {
          tableId: targets.at(-1)?.tableId ?? null,
          tableName: sync?.name ?? null,
          tablesCreated: 0,
          tables: [],
          failure: null,
          warnings: null,
          rows: 0,
        });
        const running = await lockRun(tx, job);
        if (running === null) return;
        const end = { outcome: 'unchanged', name: null, validators: seen, bytes, tables: [], warnings: null } as const;
        await endRunWell(tx, running, end, clock);
      });
    },
    refreshFor: (layers) => ({
      targets: matchLayers(layers, new Map(targets.map(({ layer, tableId }) => [layer, tableId]))),
      schemaPolicy: sync?.schemaPolicy ?? 'evolve',
      mode: isPartial ? partialMode(sync?.mode) : (sync?.mode ?? 'replace'),
      key: keyOf(gone) ?? sync?.key ?? [],
      ...(gone === undefined ? {} : { gone: new Map([...gone].map(([layer, { values }]) => [layer, values])) }),
      runId: job.id,
      ...(sync === null ? {} : { synchronizationId: sync.id }),
      drift: new Map(targets.flatMap(({ tableId, drift }) => (drift === null ? [] : [[tableId, drift]]))),
    }),
    async endPublished(tx, { tables }, leftOut) {
      const running = await lockRun(tx, job);
      if (running === null) return;
      await rememberTargets(tx, running.id, tables);
      if (job.request.kind === 'library') {
        const made = tables.filter(({ isNew }) => isNew).map(({ id }) => id);
        await describeAsLibrary(tx, job.request.visualizationId, made);
      }
      await endRunWell(
        tx,
        running,
        {
          outcome: 'changed',
          name: tables.at(-1)?.name ?? null,
          // A part that could not be read is tried again the next time, even if the source stays as it is.
          validators: leftOut.failure === null ? seen : null,
          bytes,
          tables: tables.map(({ id, name, layer, changes, drift }) => ({ id, name, layer, ...changes, drift })),
          warnings: combineWarnings([leftOut]),
        },
        clock,
      );
    },
  };
}

/** The key of partial files, which is one for all layers. */
const keyOf = (gone: Fetched['gone']): readonly string[] | null => {
  const [first] = gone?.values() ?? [];
  return first === undefined ? null : [first.key];
};

/** What a run does with rows that came or changed since the last one: it knows of none that went. */
const partialMode = (mode: WriteMode | undefined): WriteMode =>
  mode === 'update' || mode === 'insert_new' ? mode : 'upsert';

/** SHA-256 of the file in hexadecimal digits; of several files, of their names and hashes. */
async function hashOf(files: readonly LocalFile[], signal: AbortSignal): Promise<string> {
  const [only] = files;
  if (files.length === 1 && only !== undefined) return hashOfFile(only, signal);
  const all = createHash('sha256');
  for (const file of files) all.update(`${JSON.stringify(file.name)} ${await hashOfFile(file, signal)}\n`);
  return all.digest('hex');
}

async function hashOfFile({ path, sha256 }: LocalFile, signal: AbortSignal): Promise<string> {
  if (sha256 !== undefined) return sha256;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}
