import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, ImportReport } from './api-client.ts';

/** Small imports end within the first waits; a large one is asked about once a second. */
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 1000;

/** Asks for the state of an import until it is final; `onReport` hears every answer. */
export async function followImport(
  client: ApiClient,
  id: string,
  signal: AbortSignal,
  onReport: (report: ImportReport) => void,
): Promise<ImportReport> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS)) {
    const report = await client.report(id);
    onReport(report);
    if (report.state === 'complete' || report.state === 'failure') return report;
    await sleep(waitMs, undefined, { signal });
  }
}
