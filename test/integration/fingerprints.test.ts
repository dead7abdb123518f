/** Runs that find the difference by fingerprints do what runs do that compare everything. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import type { Database } from '../../src/db/database.ts';
import { identifier, type Sql, sql } from '../../src/db/sql.ts';
import type { Account } from '../../src/domain/import.ts';
import type { Refresh } from '../../src/domain/refresh.ts';
import { loadLayer } from '../../src/load/load-layer.ts';
import { dropStaging } from '../../src/load/staging.ts';
import { DifferenceVoid } from '../../src/publish/fingerprints.ts';
import { grantTable } from '../../src/publish/grants.ts';
import { planLoad } from '../../src/publish/plan.ts';
import { type PublishedNow, publish } from '../../src/publish/publish.ts';
import { createAccount } from '../../src/store/accounts.ts';
import { chunksOf } from '../../src/store/fingerprints.ts';
import { createLimit } from '../../src/util/limit.ts';
import { fingerprintWish } from '../../src/work/fingerprint-wish.ts';
import { csvSession } from '../support/csv-session.ts';
import { engines, openTestDatabase } from '../support/database.ts';
import { startJob } from '../support/loaded.ts';
import { ownTriggers } from '../support/own-triggers.ts';

const history = { runs: 10, bytes: 1e9 };

for (const engine of engines) {
  suite(`fingerprints on ${engine}`, () => {
    let database: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    let account: Account;
    const folder = mkdtempSync(join(tmpdir(), 'landfall-fingerprints-'));
    before(async () => {
      database = await openTestDatabase(engine);
      db = database.db;
      account = (await createAccount(db, 'prints')).account;
    });
    after(async () => {
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    interface Ran extends PublishedNow {
      /** `difference`: only rows that the table had not were loaded; `void`: they were, and all of them after that. */
      readonly way: 'all' | 'difference' | 'void';
    }

    let tables = 0;
    /**
     * A table that follows a CSV; without fingerprints every run compares everything. From `leastRows` on rows that are
     * known are not looked at.
     */
    const follower = async (wish: Partial<Refresh> = {}, hasFingerprints = true, leastRows = 0) => {
      const name = `t${++tables}`;
      const synchronizationId = randomUUID();
      await db.query(sql`
        insert into landfall.synchronizations
          (id, account_id, interval_seconds, request, options, display_name, import_id, run_at, ran_at, created_at, updated_at)
        values (${synchronizationId}, ${account.id}, 3600, '{}', '{}', ${name}, gen_random_uuid(), now(), now(), now(), now())`);
      let targets = new Map<string, string>();
      const run = async (csv: string, beforePublish: () => Promise<unknown> = async () => undefined): Promise<Ran> => {
        const once = async (isAgain: boolean): Promise<{ table: PublishedNow | undefined; isDifference: boolean }> => {
          const refresh: Refresh = {
            targets,
            schemaPolicy: 'evolve',
            mode: 'replace',
            key: [],
            ...wish,
            runId: randomUUID(),
            ...(hasFingerprints ? { synchronizationId } : {}),
            isAgain,
          };
          const job = await startJob(db, account);
          try {
            const loaded = await loadLayer(
              await csvSession(folder, name, csv, leastRows),
              0,
              job,
              {
                db,
                plan: planLoad(db, account, { options: job.options, refresh }),
                geometryPolicy: null,
                buildLimit: createLimit(2),
                wish: (layer) => fingerprintWish(db, account, refresh, layer, folder),
              },
              new AbortController().signal,
            );
            if (!isAgain) await beforePublish();
            const published = await publish([loaded], job, account, { db, grantTable, refresh, history });
            return { table: published.tables[0], isDifference: loaded.fingerprints?.isDifference === true };
          } finally {
            await dropStaging(db, job);
          }
        };
        let isVoid = false;
        const { table, isDifference } = await once(false).catch((error: unknown) => {
          if (!(error instanceof DifferenceVoid)) throw error;
          isVoid = true;
          return once(true);
        });
        if (table === undefined) throw new Error('nothing was published');
        targets = new Map([[name, table.id]]);
        return { ...table, way: isVoid ? 'void' : isDifference ? 'difference' : 'all' };
      };
      return { run, t: identifier(account.name, name), id: () => targets.get(name) ?? '' };
    };

    const rowsOf = (t: Sql): Promise<readonly { id: number; row: string; x: string }[]> =>
      db.query(sql`select cartodb_id as id, to_jsonb(t)::text as row, xmin::text as x from ${t} t order by 1`);

    const cell = fc.constantFrom('', 'a', 'b', '"x, y"');
    const rows = fc.array(fc.tuple(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', ''), cell, cell), {
      maxLength: 12,
    });
    const csvOf = (all: readonly (readonly string[])[]): string =>
      `id,name,more\n${all.map((row) => `${row.join(',')}\n`).join('')}90,last,a\n`;

    test('what was written into a large table is seen while the difference is written', async () => {
      const large = (changed: number): string =>
        `id,name\n${Array.from({ length: 100_001 }, (_, id) => `${id},${id === 7 ? changed : id}\n`).join('')}`;
      const one = await follower({ key: ['id'] });
      assert.equal((await one.run(large(-1))).way, 'all');
      assert.equal((await one.run(large(-2))).way, 'difference');
      const written = (): Promise<unknown> => db.query(sql`update ${one.t} set name = -9 where id in (7, 99)`);
      const { way, changes } = await one.run(large(-3), written);
      assert.deepEqual([way, changes.updated, changes.unchanged], ['void', 2, 99_999]);
      // Nor is what fails because of it told.
      await db.query(sql`create unique index on ${one.t} (name)`);
      const taken = (): Promise<unknown> => db.query(sql`insert into ${one.t} (id, name) values (200000, -4)`);
      const again = await one.run(large(-4), taken);
      assert.deepEqual([again.way, again.changes.deleted, again.changes.updated], ['void', 1, 1]);
      assert.equal((await one.run(large(-5))).way, 'difference');
    });

    test('the table, the counts and the ids are those of a comparison of everything', async () => {
      const byFingerprints = await follower({ key: ['id'] });
      const byLooking = await follower({ key: ['id'] }, true, Number.POSITIVE_INFINITY);
      const byContents = await follower({ key: ['id'] }, false);
      const plain = await follower();
      const plainByContents = await follower({}, false);
      let differences = 0;
      const check = async (all: readonly (readonly string[])[]): Promise<void> => {
        for (const [ones, other] of [
          [[byFingerprints, byLooking], byContents],
          [[plain], plainByContents],
        ] as const) {
          const expected = await other.run(csvOf(all));
          const theirs = await rowsOf(other.t);
          for (const one of ones) {
            const ran = await one.run(csvOf(all));
            if (ran.way === 'difference') differences++;
            assert.deepEqual(ran.changes, expected.changes);
            assert.equal(ran.rows, expected.rows);
            const mine = await rowsOf(one.t);
            assert.deepEqual(
              mine.map(({ row }) => row),
              theirs.map(({ row }) => row),
            );
          }
        }
      };
      await check([]);
      await fc.assert(fc.asyncProperty(rows, check), {
        numRuns: engine === 'postgres' ? 10 : 3,
        seed: 7,
        endOnFailure: true,
      });
      assert.ok(differences >= 5, `${differences} runs found a difference`);
    });

    const first = 'id,name\n1,a\n2,b\n3,c\n4,d\n';
    const second = 'id,name\n1,a\n2,B\n3,c\n5,e\n';
    const namesIn = async (t: Sql): Promise<string> =>
      (await rowsOf(t))
        .map(({ row }) => JSON.parse(row) as { name: string })
        .map(({ name }) => name)
        .join('');

    test('rows that stay are not written, and only the others come out of the reader', async () => {
      const { run, t } = await follower({ key: ['id'] });
      await run(first);
      const before = await rowsOf(t);
      const ran = await run(second);
      assert.equal(ran.way, 'difference');
      assert.deepEqual(ran.changes, { inserted: 1, updated: 1, deleted: 1, unchanged: 2 });
      const now = await rowsOf(t);
      assert.deepEqual(
        now.filter(({ x, id }) => before.some((old) => old.x === x && old.id === id)).map(({ id }) => id),
        [1, 3],
      );
      assert.equal((await run(second)).way, 'difference');
      assert.deepEqual(await rowsOf(t), now);
    });

    test('rows that are updated stay in their pages, so that no index is written for them', async () => {
      const { run, t } = await follower({ key: ['id'] });
      const csv = (version: number): string =>
        `id,name\n${Array.from({ length: 2000 }, (_, i) => `${i},${i % 100 === 0 ? version : 'a'}\n`).join('')}`;
      await run(csv(1));
      const pages = (): Promise<readonly { id: number; page: string }[]> =>
        db.query(sql`select id, split_part(ctid::text, ',', 1) as page from ${t} order by id`);
      const before = await pages();
      assert.equal((await run(csv(2))).changes.updated, 20);
      assert.deepEqual(await pages(), before);
    });

    const edits: readonly (readonly [what: string, edit: (t: Sql) => Sql])[] = [
      ['changed', (t) => sql`update ${t} set name = 'x' where id = 1`],
      ['written as it was', (t) => sql`update ${t} set name = name where id = 1`],
      ['removed', (t) => sql`delete from ${t} where id = 1`],
      ['added', (t) => sql`insert into ${t} (id, name) values (9, 'z')`],
      ['emptied', (t) => sql`truncate ${t}`],
      ['rewritten by a change of its column', (t) => sql`alter table ${t} alter name type text using upper(name)`],
    ];

    test('what the owner wrote between two runs, or while one read, is put right', async () => {
      for (const [what, edit] of edits) {
        for (const isMeanwhile of [false, true]) {
          const { run, t } = await follower({ key: ['id'] });
          const other = await follower({ key: ['id'] }, false);
          for (const one of [run, other.run]) await one(first);
          const change = (table: Sql) => async () => void (await db.query(edit(table)));
          await change(other.t)();
          const expected = await other.run(second);
          if (!isMeanwhile) await change(t)();
          const ran = await run(second, isMeanwhile ? change(t) : undefined);
          // What the server does not count is found when it is published.
          assert.ok(isMeanwhile ? ran.way === 'void' : ran.way !== 'difference', `${ran.way} where it was ${what}`);
          assert.deepEqual(ran.changes, expected.changes, what);
          assert.equal(await namesIn(t), await namesIn(other.t), what);
          assert.equal((await run(first)).way, 'difference', `after a row was ${what}`);
        }
      }
    });

    test('a column that was replaced by an empty one of its name and type is filled again', async () => {
      const { run, t } = await follower({ key: ['id'] });
      await run(first);
      await db.query(sql`alter table ${t} drop column name`);
      await db.query(sql`alter table ${t} add column name text`);
      await db.query(sql`comment on column ${t}.name is 'name'`);
      const ran = await run(first);
      assert.equal(ran.way, 'void');
      assert.equal(await namesIn(t), 'abcd');
    });

    test('a vacuum, an index, a column and a view of the owner leave the fingerprints as they are', async () => {
      const { run, t } = await follower({ key: ['id'] });
      await run(first);
      await db.query(sql`alter table ${t} add column own text`);
      await db.query(sql`create index on ${t} (name)`);
      await db.query(sql`vacuum (freeze) ${t}`);
      assert.equal((await run(second)).way, 'difference');
      assert.equal(await namesIn(t), 'aBce');
    });

    // Where both engines run, one of them tells of the rest.
    for (const { what, isHarmless, make } of engine === engines.at(-1) ? ownTriggers : ownTriggers.slice(0, 5)) {
      test(`the table is that of a comparison of everything where a trigger ${what}`, async () => {
        const versions = [
          'id,name,parent\n1,a,4\n2,b,\n3,c,\n4,d,\n',
          'id,name,parent\n1,a,4\n2,B,\n3,c,\n5,e,\n',
          'id,name,parent\n1,a,4\n2,B,\n3,c,\n4,f,\n',
        ];
        const byFingerprints = await follower({ key: ['id'] });
        const byContents = await follower({ key: ['id'] }, false);
        const outcome = async ({ run, t }: Awaited<ReturnType<typeof follower>>, csv: string) => {
          const ran = await run(csv).catch((error: Error) => error.message.replaceAll(/\bt\d+/g, 't'));
          const rows = await db.query<{ row: string }>(
            sql`select (to_jsonb(t) - 'cartodb_id' - 'own')::text as row from ${t} t order by 1`,
          );
          return { ran, seen: [typeof ran === 'string' ? ran : ran.changes, rows.map(({ row }) => row)] };
        };
        for (const [index, one] of [byFingerprints, byContents].entries()) {
          await one.run(versions[0] ?? '');
          await db.queryText(make(one.t.text, `own_${engine}_${++tables}_${index}`));
        }
        const ways: string[] = [];
        for (const [index, version] of [1, 2, 1, 0, 0].entries()) {
          // What the owner writes makes this run look at all rows.
          const isWhole = index === 2;
          for (const { t } of isWhole ? [byContents, byFingerprints] : []) {
            await db.query(sql`update ${t} set name = name where id = 3`);
          }
          const expected = await outcome(byContents, versions[version] ?? '');
          const { ran, seen } = await outcome(byFingerprints, versions[version] ?? '');
          assert.deepEqual(seen, expected.seen, `version ${version} after ${ways.join()}`);
          if (!isWhole) ways.push(typeof ran === 'string' ? ran : ran.way);
        }
        assert.equal(new Set(ways).size === 1, isHarmless, ways.join());
      });
    }

    test('a wider type, a new column and a column that went are compared as a whole, once', async () => {
      const { run, t } = await follower({ key: ['id'] });
      await run(first);
      assert.equal((await run('id,name\n1,a\n2,B\n3.5,c\n')).way, 'all');
      assert.equal((await run('id,name,more\n1,a,x\n2,B,y\n3.5,c,z\n')).way, 'all');
      assert.equal((await run('id,name,more\n1,a,x\n2,B,y\n3.5,d,z\n')).way, 'difference');
      assert.equal((await run('id,name\n1,a\n2,B\n3.5,d\n')).way, 'all');
      const ran = await run('id,name\n1,a\n2,B\n3.5,e\n');
      assert.deepEqual([ran.way, ran.changes], ['difference', { inserted: 0, updated: 1, deleted: 0, unchanged: 2 }]);
      assert.equal(await namesIn(t), 'aBe');
    });

    test('values of every type, and columns that the database writes in its own way, are known again', async () => {
      const { run, t } = await follower();
      const line = (i: number, text = 'x'): string =>
        `${i},${i}.25,12345678901234567890.${i}0,2020-01-0${i},2020-01-01 10:00:0${i},2020-01-01T10:00:0${i}+02:00,${i % 2 === 0},10:0${i}:00,` +
        `aaaaaaaa-bbbb-cccc-dddd-00000000000${i},"{""b"":1,  ""a"":[${i}]}",${text},${i}.5,${10 * i}.5`;
      const csv = (lines: readonly string[]): string =>
        `i,double,numeric,day,moment,zoned,yes,time,uuid,json,text,longitude,latitude\n${lines.join('\n')}\n`;
      await run(csv([1, 2, 3, 4].map((i) => line(i))));
      const before = await rowsOf(t);
      const ran = await run(csv([line(3), line(1), line(2, 'y'), line(4), line(5)]));
      assert.equal(ran.way, 'difference');
      assert.deepEqual(ran.changes, { inserted: 2, updated: 0, deleted: 1, unchanged: 3 });
      const now = await rowsOf(t);
      assert.deepEqual(
        now.slice(0, 3),
        before.filter(({ id }) => id !== 2),
      );
    });

    test('changes of many runs are kept beside the entries, and put into them when they are much', async () => {
      const { run, t, id } = await follower({ key: ['id'] });
      const values = new Map(Array.from({ length: 300 }, (_, i) => [i, 0]));
      const csv = (): string => `id,value\n${[...values].map((row) => `${row.join(',')}\n`).join('')}`;
      await run(csv());
      const chunks: number[] = [];
      for (let version = 1; version <= 8; version++) {
        for (let i = 0; i < 12; i++) values.set((version * 37 + i * 71) % 290, version);
        for (let i = 0; i < 2; i++) values.set(300 + 2 * version + i, version);
        values.delete((version * 53) % 300);
        const before = new Map(values);
        const ran = await run(csv());
        assert.equal(ran.way, 'difference');
        const found = await db.query<{ id: number; value: number }>(sql`select id, value from ${t}`);
        assert.deepEqual(
          new Map(found.map((row) => [row.id, row.value] as const).sort(([a], [b]) => a - b)),
          new Map([...before].sort(([a], [b]) => a - b)),
        );
        assert.deepEqual((await run(csv())).changes, { inserted: 0, updated: 0, deleted: 0, unchanged: before.size });
        chunks.push((await chunksOf(db, id())).length);
      }
      assert.ok(chunks.includes(3) && chunks.indexOf(1) > chunks.indexOf(3), chunks.join());
    });

    test('a run that fails leaves fingerprints and table as they were', async () => {
      const { run, t } = await follower({ key: ['id'] });
      await run(first);
      await db.query(sql`alter table ${t} add constraint no_e check (name <> 'e')`);
      await assert.rejects(run(second), /no_e/);
      await db.query(sql`alter table ${t} drop constraint no_e`);
      assert.equal((await run(second)).way, 'difference');
      assert.equal(await namesIn(t), 'aBce');
    });
  });
}
