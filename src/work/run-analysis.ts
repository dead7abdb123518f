import type { Analysis, LayerAnalysis } from '../domain/analysis.ts';
import type { Account, Import } from '../domain/import.ts';
import { TooManyRejects } from '../domain/report.ts';
import { ImportError } from '../errors.ts';
import type { SampledLayer } from '../load/sample-layer.ts';
import type { FailedFile } from '../read/opened-sources.ts';
import type { ReaderSession } from '../read/reader-session.ts';
import { bringMetadata } from './bring-metadata.ts';
import { openOptions } from './open-options.ts';
import { bringFiles, isOfTheJob, type RunDeps } from './run-import.ts';

/** Rejects that an analysis shows of each layer. */
const SHOWN_REJECTS = 100;

/** What an analysis needs besides what an import does. */
export interface AnalysisDeps extends RunDeps {
  sampleLayer(session: ReaderSession, layer: number, job: Import, signal: AbortSignal): Promise<SampledLayer>;
  /** Stores the result and ends the analysis. Throws Fenced where another attempt has taken it over. */
  completeAnalysis(job: Import, result: Analysis): Promise<void>;
}

/** As `runImport` goes, but every layer is only looked at; it ends without a table. */
export async function runAnalysis(
  job: Import,
  account: Account,
  deps: AnalysisDeps,
  signal: AbortSignal,
): Promise<void> {
  await using folder = await deps.openFolder(job.id);
  const fetched = await bringFiles(job, account, folder.path, null, deps, signal);
  const metadata = await bringMetadata(job, folder.path, deps, signal);
  const files = [...fetched.files, ...metadata.files];
  await deps.enterState(job, 'unpacking');
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const onRows = (rows: number): void => deps.recordProgress(job, { rows, bytes });
  // A reject too many is to be seen and not to end the analysis.
  const options = { ...openOptions(job, account, deps), maxRejects: null };
  await using session = await deps.openReader(files, options, onRows, signal);
  await deps.enterState(job, 'importing');
  const layers: LayerAnalysis[] = [];
  const failed: FailedFile[] = [...(session.failed ?? [])];
  for (const [index, layer] of session.layers.entries()) {
    try {
      layers.push(toAnalysis(session, index, await deps.sampleLayer(session, index, job, signal)));
    } catch (error) {
      if (!(error instanceof ImportError) || error instanceof TooManyRejects) throw error;
      if (isOfTheJob(error) || session.canGoOn?.() !== true) throw error;
      failed.push({ name: layer.name, error });
    }
  }
  const [first] = failed;
  if (first !== undefined && layers.length === 0) throw first.error;
  if (layers.length === 0) throw new ImportError('emptyFile', { detail: `${job.displayName} holds no layer.` });
  await deps.completeAnalysis(job, {
    layers,
    failed: failed.map((file) => ({ name: file.name, code: file.error.code, text: file.error.text })),
    warnings: { ...fetched.warnings, ...metadata.warnings, ...session.warnings },
  });
}

function toAnalysis(session: ReaderSession, index: number, sampled: SampledLayer): LayerAnalysis {
  const { name = '', file = '', format = '' } = session.layers[index] ?? {};
  const { rows, schema, shapes, report, sample, rejects = [], warnings } = sampled;
  return {
    name,
    file,
    format,
    rows,
    schema,
    shapes,
    source: report?.source ?? {},
    columns: report?.columns ?? [],
    sample,
    rejected: sampled.rejected ?? rejects.length,
    rejects: rejects.slice(0, SHOWN_REJECTS),
    warnings,
  };
}
