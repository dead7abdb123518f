import { ApiError, api } from './session.ts';

/** What the server tells of the account's place; null where it has no limit. */
export interface Quota {
  readonly usedBytes: number;
  readonly allowedBytes: number | null;
}

/** The place of the account; null where the server does not tell. */
export async function findQuota(): Promise<Quota | null> {
  try {
    const { user_data: data } = await api<{
      readonly user_data?: { readonly db_size_in_bytes?: number; readonly quota_in_bytes?: number | null };
    }>('/api/v3/me');
    const { db_size_in_bytes: used, quota_in_bytes: allowed } = data ?? {};
    return typeof used === 'number' ? { usedBytes: used, allowedBytes: allowed ?? null } : null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
