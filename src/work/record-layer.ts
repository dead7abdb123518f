import type { Database } from '../db/database.ts';
import type { Reject } from '../domain/report.ts';
import { Fenced } from '../errors.ts';
import type { LayerResult, SessionLayer } from '../read/reader-session.ts';
import { lockAttempt } from '../store/publishing.ts';
import { insertRejects } from '../store/rejects.ts';
import { insertReport, type ReportedAttempt, type StoredReport } from '../store/reports.ts';

/** Stores what a layer turned out to be, and its rejects. Throws Fenced where the attempt is not the import's own. */
export async function recordLayer(
  db: Database,
  job: ReportedAttempt,
  position: number,
  layer: SessionLayer | undefined,
  result: LayerResult,
): Promise<void> {
  const { rows, schema, warnings, report, rejects = [], rejected = rejects.length } = result;
  const { geometry, srid, cartodbId } = schema;
  await record(db, job, position, layer, rejects, rejected, {
    rows,
    source: report?.source ?? {},
    columns: report?.columns ?? [],
    schema: { geometry, srid, cartodbId },
    warnings,
  });
}

/** Stores the first rejects of a layer that had too many. */
export const recordGivenUp = (
  db: Database,
  job: ReportedAttempt,
  position: number,
  layer: SessionLayer | undefined,
  given: { readonly rejects: readonly Reject[]; readonly rejected: number },
): Promise<void> => record(db, job, position, layer, given.rejects, given.rejected, null);

async function record(
  db: Database,
  job: ReportedAttempt,
  position: number,
  layer: SessionLayer | undefined,
  rejects: readonly Reject[],
  rejected: number,
  report: StoredReport | null,
): Promise<void> {
  const { name = '', file = null } = layer ?? {};
  await db.transaction(async (tx) => {
    if (!(await lockAttempt(tx, job.id, job.attempt))) throw new Fenced();
    await insertReport(tx, job, { layer: position, name, file, report, rejected });
    await insertRejects(tx, job, position, rejects);
  });
}
