import { api } from './session.ts';

/** What the account uses of what it may have, and what came of its imports since it was made. */
export interface Usage {
  readonly usedBytes: number;
  /** null: as many as it likes. */
  readonly allowedBytes: number | null;
  /** Without runs of synchronizations. */
  readonly imports: { readonly done: number; readonly failed: number; readonly running: number };
}

/** The usage of whoever is signed in. */
export async function findUsage(): Promise<Usage> {
  const { user_data: data } = await api<{
    readonly user_data: {
      readonly db_size_in_bytes: number;
      readonly quota_in_bytes: number | null;
      readonly success_import_count: number;
      readonly failed_import_count: number;
      readonly unfinished_import_count: number;
    };
  }>('/api/v3/me');
  return {
    usedBytes: data.db_size_in_bytes,
    allowedBytes: data.quota_in_bytes,
    imports: {
      done: data.success_import_count,
      failed: data.failed_import_count,
      running: data.unfinished_import_count,
    },
  };
}
