/** One statement of a batch query, run with the least rights that do it. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Database, DatabaseError, type Queryable } from '../db/database.ts';
import { readStatement } from '../db/read-statement.ts';
import type { Account, ImportOptions } from '../domain/import.ts';
import type { NamedTable, Statement } from '../domain/job.ts';
import { tableName } from '../domain/naming.ts';
import { defaultReading } from '../domain/reading.ts';
import { namesInSchema } from '../publish/catalog.ts';
import { changeTable, dropTable } from '../publish/change-table.ts';
import { checkQuotas } from '../publish/quotas.ts';
import { findImport } from '../store/imports.ts';
import { noteWritten, writeRole } from '../store/table-writers.ts';
import { findTable, type PublishedTable } from '../store/tables.ts';
import { openAccountQuery } from '../store/user-query.ts';
import type { ImportDesk } from './accept-import.ts';
import { queryTimeout } from './fetch-query.ts';

/** Between two looks at an import that makes a table. */
const LOOK_MS = 250;

/** A statement that came to nothing for a reason of ours, in words for the user. */
export class StatementFailed extends Error {
  override readonly name = 'StatementFailed';
}

export interface StatementDeps {
  readonly db: Database;
  readonly imports: Pick<ImportDesk, 'accept' | 'cancel'>;
  /** Seconds that a statement may work. */
  readonly seconds: number;
}

/** The run of a statement, as its job knows it. */
export interface StatementRun {
  /** Aborted when nobody waits for the statement any more, or somebody else will begin it again. */
  readonly signal: AbortSignal;
  /** Whether the abortion is for good: nobody will begin the statement again. */
  isCancelled(): Promise<boolean>;
  /** Called before anything that was written counts; what it throws undoes it. `db` is of the transaction, if it can be. */
  beforeCommit(db: Queryable): Promise<void>;
  /** The import that was begun for this statement before, and that one is begun now. */
  readonly importId: string | null;
  onImport(id: string): Promise<void>;
}

const refuse = (message: string, code: string): never => {
  throw new DatabaseError(message, { code });
};

/** The name of a table of the account; of other schemas nothing is written. */
function ownName({ schema, name }: NamedTable, account: Account): string {
  if (schema === null || schema === account.name) return name;
  return refuse(`permission denied for schema ${schema}`, '42501');
}

async function ownTable(db: Database, account: Account, table: NamedTable): Promise<PublishedTable | null> {
  return findTable(db, account.id, ownName(table, account));
}

async function read({ db, seconds }: StatementDeps, account: Account, text: string, signal: AbortSignal) {
  const window = { skipRows: 0, maxRows: null };
  await using cursor = await openAccountQuery(db, account, text, window, signal, queryTimeout(db, seconds * 1000));
  const stop = (): void => void cursor[Symbol.asyncDispose]();
  signal.addEventListener('abort', stop);
  try {
    while ((await cursor.fetch(1000)).length > 0) signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function write(
  { db, seconds }: StatementDeps,
  account: Account,
  { kind, table: named, text }: Extract<Statement, { readonly kind: 'insert' | 'update' | 'delete' }>,
  run: StatementRun,
): Promise<void> {
  const table = await ownTable(db, account, named);
  if (table === null) return refuse(`relation "${named.name}" does not exist`, '42P01');
  if (table.raster !== null) return refuse(`"${table.name}" is a raster: its rows cannot be written`, '42809');
  if (kind !== 'delete') await checkQuotas(db, account, 0, 0);
  await db.writeAs(text, {
    role: await writeRole(db, account, table),
    schema: account.name,
    timeoutMs: queryTimeout(db, seconds * 1000),
    signal: run.signal,
    async beforeCommit(own) {
      if (kind !== 'delete') await checkQuotas(own, account, 0, 0);
      await run.beforeCommit(own);
    },
  });
  await noteWritten(db, account, table, kind === 'update');
}

async function drop(
  { db }: StatementDeps,
  account: Account,
  { table: named, ifExists, cascade }: Extract<Statement, { readonly kind: 'drop' }>,
  run: StatementRun,
): Promise<void> {
  const table = await ownTable(db, account, named);
  if (table === null) {
    if (ifExists) return;
    return refuse(`table "${named.name}" does not exist`, '42P01');
  }
  run.signal.throwIfAborted();
  await run.beforeCommit(db);
  await dropTable(db, account, table.name, cascade);
}

async function rename(
  { db }: StatementDeps,
  account: Account,
  { table: named, name, ifExists }: Extract<Statement, { readonly kind: 'rename' }>,
  run: StatementRun,
): Promise<void> {
  const table = await ownTable(db, account, named);
  if (table === null) {
    if (ifExists) return;
    return refuse(`relation "${named.name}" does not exist`, '42P01');
  }
  checkName(name);
  if (name === table.name) return refuse(`relation "${name}" already exists`, '42P07');
  run.signal.throwIfAborted();
  await run.beforeCommit(db);
  await changeTable(db, account, table.name, { name, words: {} });
}

/** A table is called what its statement says or not at all: later statements name it. */
function checkName(name: string): void {
  if (tableName(name) === name) return;
  throw new StatementFailed(`a table cannot be called "${name}" here: call it "${tableName(name)}"`);
}

/** As a request for an import of a query has them where it says nothing. */
const importOptions: ImportOptions = {
  ...defaultReading,
  contentGuessing: false,
  createVisualization: false,
  collisionStrategy: 'skip',
  privacy: null,
  geometryPolicy: null,
  schemaPolicy: 'evolve',
};

async function create(
  deps: StatementDeps,
  account: Account,
  statement: Extract<Statement, { readonly kind: 'create' }>,
  run: StatementRun,
): Promise<void> {
  const { db, imports } = deps;
  const name = ownName(statement.table, account);
  if (run.importId === null) {
    checkName(name);
    if ((await findTable(db, account.id, name)) !== null || (await namesInSchema(db, account.name)).has(name)) {
      if (statement.ifNotExists) return;
      refuse(`relation "${name}" already exists`, '42P07');
    }
  }
  const late = AbortSignal.timeout(deps.seconds * 1000);
  const signal = AbortSignal.any([run.signal, late]);
  let id = run.importId;
  try {
    id ??= await begin(deps, account, { text: statement.query, name }, signal);
    if (run.importId === null) await run.onImport(id);
    await finished(db, account, { id, name }, signal);
  } catch (error) {
    // Whoever takes the job over goes on waiting for the same import.
    if (id !== null && (late.aborted || (run.signal.aborted && (await run.isCancelled()))))
      await imports.cancel(account, id);
    if (late.aborted) throw new StatementFailed(`the table was not made within ${deps.seconds} seconds`);
    throw error;
  }
}

/** Begins the import as soon as the account has room for it. */
async function begin(
  { imports }: StatementDeps,
  account: Account,
  query: { readonly text: string; readonly name: string },
  signal: AbortSignal,
): Promise<string> {
  for (;;) {
    signal.throwIfAborted();
    const accepted = await imports.accept(account, {
      request: { kind: 'query', ...query },
      options: importOptions,
      originalUrl: '',
      displayName: query.name,
      tableName: null,
      userDefinedLimits: '{"twitter_credits_limit":0}',
    });
    if (accepted.kind === 'created') return accepted.id;
    await pause(LOOK_MS, undefined, { signal });
  }
}

/** Waits until an import has made its table. Throws StatementFailed in its words. */
async function finished(
  db: Database,
  account: Account,
  { id, name }: { readonly id: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const found = await findImport(db, account.id, id);
    if (found === null) throw new StatementFailed('the import that made the table is gone');
    if (found.state === 'failure') throw new StatementFailed(found.error?.text || `error ${found.error?.code}`);
    if (found.state === 'complete') {
      const [made] = found.tables ?? [];
      if (made?.name === name) return;
      const instead = made === undefined ? '' : `: the rows are in "${made.name}"`;
      throw new StatementFailed(`relation "${name}" was made by somebody else meanwhile${instead}`);
    }
    await pause(LOOK_MS, undefined, { signal });
  }
}

/**
 * Runs one statement of a job. Throws DatabaseErrors, ImportErrors of quotas, ChangeRefused and StatementFailed; once
 * `signal` is aborted, anything.
 */
export async function runStatement(
  deps: StatementDeps,
  account: Account,
  text: string,
  run: StatementRun,
): Promise<void> {
  const statement = await readStatement(text);
  switch (statement.kind) {
    case 'select':
      return read(deps, account, statement.text, run.signal);
    case 'create':
      return create(deps, account, statement, run);
    case 'rename':
      return rename(deps, account, statement, run);
    case 'drop':
      return drop(deps, account, statement, run);
    case 'insert':
    case 'update':
    case 'delete':
      return write(deps, account, statement, run);
  }
}
