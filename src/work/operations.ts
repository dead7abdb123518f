import type { Logger } from 'pino';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Import } from '../domain/import.ts';

/** What operators see of imports: counters and log lines, without names, URLs or values. */
export interface Operations {
  onEnd(job: Import, outcome: { code: number | null; seconds: number }): void;
  onUnknown(job: Import, error: unknown): void;
  /** A run of a synchronization has ended. */
  onRun(result: 'changed' | 'unchanged' | 'failure'): void;
  /** A webhook was sent something, or could not be. */
  onDelivery(result: 'delivered' | 'retry' | 'failed'): void;
  onError(what: string): (error: unknown) => void;
}

/** Registers the metrics of imports, runs and webhooks. */
export function createOperations(logger: Logger, metrics: Registry): Operations {
  const ended = new Counter({
    name: 'import_jobs_total',
    help: 'Imports that ended, by kind of source, outcome and error code.',
    labelNames: ['source', 'outcome', 'code'],
    registers: [metrics],
  });
  const duration = new Histogram({
    name: 'import_duration_seconds',
    help: 'Seconds from the start of the last attempt of an import to its end.',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
    registers: [metrics],
  });
  const unknown = new Gauge({
    name: 'import_unknown_errors',
    help: 'Errors that no code of the catalogue describes; each one is a bug.',
    registers: [metrics],
  });
  const runs = new Counter({
    name: 'sync_runs_total',
    help: 'Runs of synchronizations that ended: changed, unchanged or failure.',
    labelNames: ['result'],
    registers: [metrics],
  });
  const deliveries = new Counter({
    name: 'webhook_deliveries_total',
    help: 'Attempts to tell a webhook: delivered, retry (it is tried again) or failed (it is not).',
    labelNames: ['result'],
    registers: [metrics],
  });
  return {
    onRun: (result) => runs.inc({ result }),
    onDelivery: (result) => deliveries.inc({ result }),
    onEnd(job, { code, seconds }) {
      const outcome = code === null ? 'complete' : 'failure';
      ended.inc({ source: job.request.kind, outcome, code: code === null ? '' : String(code) });
      duration.observe(seconds);
      logger.info(
        { job_id: job.id, account_id: job.accountId, attempt: job.attempt, error_code: code, seconds },
        'import ended',
      );
    },
    onUnknown(job, error) {
      unknown.inc();
      logger.error({ job_id: job.id, attempt: job.attempt, err: error }, 'import met an unexpected error');
    },
    onError: (what) => (error) => logger.error({ err: error }, what),
  };
}
