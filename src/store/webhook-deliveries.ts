/** SQL for `landfall.webhook_deliveries`: what is to be told, and what was. Moments are the caller's. */
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { WebhookDelivery } from '../domain/webhook.ts';

interface DeliveryRow {
  readonly id: string;
  readonly webhook_id: string;
  readonly event: WebhookDelivery['event'];
  readonly body: string;
  readonly state: WebhookDelivery['state'];
  readonly attempts: number;
  readonly due_at: Date | string;
  readonly response_code: number | null;
  readonly error: string | null;
  readonly created_at: Date | string;
  readonly ended_at: Date | string | null;
}

const toDelivery = (row: DeliveryRow): WebhookDelivery => ({
  id: row.id,
  webhookId: row.webhook_id,
  event: row.event,
  body: row.body,
  state: row.state,
  attempts: row.attempts,
  dueAt: new Date(row.due_at),
  responseCode: row.response_code,
  error: row.error,
  createdAt: new Date(row.created_at),
  endedAt: row.ended_at === null ? null : new Date(row.ended_at),
});

const moment = (date: Date) => sql`${date.toISOString()}::timestamptz`;
const after = (date: Date, seconds: number) => moment(new Date(date.getTime() + seconds * 1000));

/** Puts something to tell into the outbox, due at once: it is sent if the transaction commits. */
export async function insertDelivery(
  tx: Queryable,
  delivery: Pick<WebhookDelivery, 'id' | 'webhookId' | 'event' | 'body'>,
  now: Date,
): Promise<void> {
  await tx.query(sql`
    insert into landfall.webhook_deliveries (id, webhook_id, event, body, due_at, created_at)
    values (${delivery.id}, ${delivery.webhookId}, ${delivery.event}, ${delivery.body}, ${moment(now)}, ${moment(now)})`);
}

/**
 * Takes deliveries whose time has come, those that waited longest first, of each account at most `perAccount`. Nobody
 * else gets them for `lease` seconds; whoever has not said by then how an attempt ended is thought dead.
 */
export async function claimDeliveries(
  db: Queryable,
  now: Date,
  limits: { readonly most: number; readonly perAccount: number; readonly lease: number },
): Promise<readonly WebhookDelivery[]> {
  // The condition stands twice: two workers may have chosen the same rows, and the later one finds them moved.
  const rows = await db.query<DeliveryRow>(sql`
    update landfall.webhook_deliveries set attempts = attempts + 1, due_at = ${after(now, limits.lease)}
    where state = 'pending' and due_at <= ${moment(now)} and id in (
      select id from (
        select d.id, d.due_at, row_number() over (partition by w.account_id order by d.due_at, d.id) as place
        from landfall.webhook_deliveries d join landfall.webhooks w on w.id = d.webhook_id
        where d.state = 'pending' and d.due_at <= ${moment(now)}) due
      where place <= ${limits.perAccount} order by due_at, id limit ${limits.most})
    returning *`);
  return rows.map(toDelivery);
}

/** How an attempt ended. */
export interface AttemptEnd {
  readonly responseCode: number | null;
  readonly error: string | null;
  /** Seconds to the next one; null: it was the last. */
  readonly retryIn: number | null;
}

/** Notes how an attempt ended. */
export async function recordAttempt(db: Queryable, id: string, end: AttemptEnd, now: Date): Promise<void> {
  const state = end.error === null ? 'delivered' : end.retryIn === null ? 'failed' : 'pending';
  await db.query(sql`
    update landfall.webhook_deliveries set state = ${state}, response_code = ${end.responseCode}, error = ${end.error},
      due_at = ${after(now, end.retryIn ?? 0)}, ended_at = ${state === 'pending' ? null : now.toISOString()}::timestamptz
    where id = ${id}`);
}

/** Gives back what was taken and not sent. */
export async function releaseDelivery(db: Queryable, id: string, now: Date): Promise<void> {
  await db.query(sql`
    update landfall.webhook_deliveries set attempts = attempts - 1, due_at = ${moment(now)}
    where id = ${id} and state = 'pending'`);
}

/** One page of the deliveries of a webhook, newest first, and how many there are in all. */
export async function deliveriesOf(
  db: Queryable,
  webhookId: string,
  page: { readonly skip: number; readonly most: number },
): Promise<{ readonly deliveries: readonly WebhookDelivery[]; readonly total: number }> {
  const rows = await db.query<DeliveryRow>(sql`
    select * from landfall.webhook_deliveries where webhook_id = ${webhookId}
    order by created_at desc, id offset ${page.skip} limit ${page.most}`);
  const counted = await db.query<{ total: number }>(sql`
    select count(*)::int as total from landfall.webhook_deliveries where webhook_id = ${webhookId}`);
  return { deliveries: rows.map(toDelivery), total: counted[0]?.total ?? 0 };
}

/** Forgets deliveries that ended more than so many seconds ago. */
export async function forgetDeliveries(db: Queryable, now: Date, seconds: number): Promise<void> {
  await db.query(sql`
    delete from landfall.webhook_deliveries where state <> 'pending' and ended_at < ${after(now, -seconds)}`);
}
