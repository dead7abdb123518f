import { type Static, Type } from 'typebox';
import { type Job, type JobStep, jobStatuses } from '../domain/job.ts';

/** The shapes of batch queries, spelled as CARTO spells them. */

const status = (description: string) =>
  Type.Unsafe<Job['status']>({ type: 'string', enum: [...jobStatuses], description });
const reason = Type.Optional(Type.String({ description: 'Why it came to nothing; only with `failed` and `unknown`.' }));

/** Parameters of `POST /api/v2/sql/job`. */
export const NewJob = Type.Object({
  query: Type.Union([Type.String(), Type.Array(Type.String())], {
    description: 'One statement, or a list of some that run one after another until one fails. 16 kB at most.',
  }),
});

/** A job. */
export const JobView = Type.Object({
  job_id: Type.String({ format: 'uuid', description: 'The job.' }),
  user: Type.String({ description: 'The account.' }),
  query: Type.Union(
    [
      Type.String(),
      Type.Array(
        Type.Object({
          query: Type.String(),
          status: status(''),
          failed_reason: Type.Optional(Type.String()),
        }),
      ),
    ],
    { description: 'The statement; of a list each as `query`, `status` and, if it failed, `failed_reason`.' },
  ),
  status: status('`unknown`: a worker was lost in the moment of its end; it may have been done or not.'),
  created_at: Type.String({ description: 'When it was sent, ISO 8601.' }),
  updated_at: Type.String({ description: 'When it was changed last.' }),
  failed_reason: reason,
});
export type JobView = Static<typeof JobView>;

const presentStep = ({ query, status, failedReason }: JobStep) => ({
  query,
  status,
  ...(failedReason === undefined ? {} : { failed_reason: failedReason }),
});

/** A job as it is shown to its account. */
export function presentJob(account: { readonly name: string }, job: Job): JobView {
  const failed = job.steps.find(({ failedReason }) => failedReason !== undefined)?.failedReason;
  return {
    job_id: job.id,
    user: account.name,
    query: job.isList ? job.steps.map(presentStep) : (job.steps[0]?.query ?? ''),
    status: job.status,
    created_at: job.createdAt.toISOString(),
    updated_at: job.updatedAt.toISOString(),
    ...(failed === undefined ? {} : { failed_reason: failed }),
  };
}
