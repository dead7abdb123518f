/** SQL for `landfall.webhooks`. Where a webhook goes and its secret are sealed, each for its own row. */
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Webhook, WebhookEvent, WebhookTarget } from '../domain/webhook.ts';
import type { Seal } from '../util/seal.ts';

interface WebhookRow {
  readonly id: string;
  readonly account_id: string;
  readonly synchronization_id: string | null;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly is_active: boolean;
  readonly created_at: Date | string;
  readonly updated_at: Date | string;
}

const toWebhook = (row: WebhookRow): Webhook => ({
  id: row.id,
  accountId: row.account_id,
  synchronizationId: row.synchronization_id,
  url: row.url,
  events: row.events,
  isActive: row.is_active,
  createdAt: new Date(row.created_at),
  updatedAt: new Date(row.updated_at),
});

/** What a webhook is sealed for: copied to another row it does not open. */
const contextOf = (id: string): string => `webhook ${id}`;

const shown = (text: string): string => {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
};

/** Stores a webhook, or in place of the one of its id. The URL has been checked. */
export async function saveWebhook(
  tx: Queryable,
  seal: Seal,
  webhook: Omit<Webhook, 'url'>,
  target: WebhookTarget,
): Promise<void> {
  const { id, accountId, synchronizationId, events, isActive, createdAt, updatedAt } = webhook;
  await tx.query(sql`
    insert into landfall.webhooks (id, account_id, synchronization_id, url, events, is_active, sealed, created_at,
      updated_at)
    values (${id}, ${accountId}, ${synchronizationId}, ${shown(target.url)}, ${JSON.stringify(events)}::jsonb,
      ${isActive}, ${seal.seal(JSON.stringify(target), contextOf(id))}, ${createdAt.toISOString()}::timestamptz,
      ${updatedAt.toISOString()}::timestamptz)
    on conflict (id) do update set synchronization_id = excluded.synchronization_id, url = excluded.url,
      events = excluded.events, is_active = excluded.is_active, sealed = excluded.sealed,
      updated_at = excluded.updated_at`);
}

/** Webhooks of an account, oldest first. */
export async function webhooksOf(db: Queryable, accountId: string): Promise<readonly Webhook[]> {
  const rows = await db.query<WebhookRow>(sql`
    select * from landfall.webhooks where account_id = ${accountId} order by created_at, id`);
  return rows.map(toWebhook);
}

/** A webhook of the account, or null. */
export async function findWebhook(db: Queryable, accountId: string, id: string): Promise<Webhook | null> {
  const [row] = await db.query<WebhookRow>(sql`
    select * from landfall.webhooks where id = ${id} and account_id = ${accountId}`);
  return row === undefined ? null : toWebhook(row);
}

/** Webhooks that want to hear of a run of this synchronization. */
export async function listenersOf(
  tx: Queryable,
  sync: { readonly id: string; readonly accountId: string },
): Promise<readonly Webhook[]> {
  const rows = await tx.query<WebhookRow>(sql`
    select * from landfall.webhooks
    where account_id = ${sync.accountId} and is_active
      and (synchronization_id is null or synchronization_id = ${sync.id})`);
  return rows.map(toWebhook);
}

/** Where a webhook goes, with its secret; null where it is gone. Throws SealBroken where it was sealed with another secret. */
export async function openWebhook(db: Queryable, seal: Seal, id: string): Promise<WebhookTarget | null> {
  const [row] = await db.query<{ sealed: string }>(sql`select sealed from landfall.webhooks where id = ${id}`);
  // Only `saveWebhook` makes such a text.
  return row === undefined ? null : (JSON.parse(seal.open(row.sealed, contextOf(id))) as WebhookTarget);
}

/** Removes a webhook and its deliveries; false where the account has none of this id. */
export async function removeWebhook(db: Queryable, accountId: string, id: string): Promise<boolean> {
  const rows = await db.query(sql`
    delete from landfall.webhooks where id = ${id} and account_id = ${accountId} returning id`);
  return rows.length === 1;
}
