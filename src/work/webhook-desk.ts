import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { type WebhookDesk, WebhookRefused, type WebhookWish, webhookEvents } from '../domain/webhook.ts';
import { lockImportsOf } from '../store/imports.ts';
import { findSynchronization } from '../store/synchronizations.ts';
import { deliveriesOf, insertDelivery } from '../store/webhook-deliveries.ts';
import { findWebhook, openWebhook, removeWebhook, saveWebhook, webhooksOf } from '../store/webhooks.ts';
import { type Seal, SealBroken } from '../util/seal.ts';
import { bodyOf } from './tell-webhooks.ts';

/** Webhooks that an account may have. */
const MOST = 50;

/** Binds them to the store. */
export function createWebhookDesk(db: Database, seal: Seal, now: () => Date): WebhookDesk {
  async function checkSynchronization(accountId: string, id: string | null | undefined): Promise<void> {
    if (id === null || id === undefined) return;
    const sync = await findSynchronization(db, id);
    if (sync?.accountId !== accountId) throw new WebhookRefused(`There is no synchronization ${id}`);
  }

  return {
    list: (accountId) => webhooksOf(db, accountId),
    find: (accountId, id) => findWebhook(db, accountId, id),
    async create(accountId, wish) {
      await checkSynchronization(accountId, wish.synchronizationId);
      const secret = wish.secret ?? `whsec_${randomBytes(24).toString('hex')}`;
      const webhook = {
        id: randomUUID(),
        accountId,
        synchronizationId: wish.synchronizationId ?? null,
        events: wish.events ?? webhookEvents,
        isActive: wish.isActive ?? true,
        createdAt: now(),
        updatedAt: now(),
      };
      const made = await db.transaction(async (tx) => {
        await lockImportsOf(tx, accountId);
        if ((await webhooksOf(tx, accountId)).length >= MOST) {
          throw new WebhookRefused(`An account may have ${MOST} webhooks: remove one first`);
        }
        await saveWebhook(tx, seal, webhook, { url: wish.url, secret });
        return findWebhook(tx, accountId, webhook.id);
      });
      if (made === null) throw new Error('the webhook was not inserted');
      return { webhook: made, secret };
    },
    async change(accountId, id, wish) {
      await checkSynchronization(accountId, wish.synchronizationId);
      return db.transaction(async (tx) => {
        await lockImportsOf(tx, accountId);
        const before = await findWebhook(tx, accountId, id);
        const target = before === null ? null : await openTarget(tx, id, wish);
        if (before === null || target === null) return null;
        const changed = {
          ...before,
          synchronizationId: wish.synchronizationId === undefined ? before.synchronizationId : wish.synchronizationId,
          events: wish.events ?? before.events,
          isActive: wish.isActive ?? before.isActive,
          updatedAt: now(),
        };
        await saveWebhook(tx, seal, changed, target);
        return findWebhook(tx, accountId, id);
      });
    },
    remove: (accountId, id) => removeWebhook(db, accountId, id),
    deliveries: (id, page) => deliveriesOf(db, id, page),
    async test(webhookId) {
      const id = randomUUID();
      const body = bodyOf(id, 'test', { synchronization: null, run: null }, now());
      await insertDelivery(db, { id, webhookId, event: 'test', body }, now());
      return id;
    },
  };

  /** Where it goes from now on; what was sealed need not open where both are said anew. */
  async function openTarget(tx: Parameters<typeof openWebhook>[0], id: string, { url, secret }: WebhookWish) {
    if (url !== undefined && secret !== undefined) return { url, secret };
    try {
      const before = await openWebhook(tx, seal, id);
      return before === null ? null : { url: url ?? before.url, secret: secret ?? before.secret };
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      throw new WebhookRefused('It was sealed with another LANDFALL_SECRET: give both url and secret');
    }
  }
}
