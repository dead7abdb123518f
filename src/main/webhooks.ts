import type { Database } from '../db/database.ts';
import type { HttpDeps } from '../http/deps.ts';
import { WireError } from '../http/wire-error.ts';
import type { Seal } from '../util/seal.ts';
import { createWebhookDesk, WebhookRefused } from '../work/webhook-desk.ts';

/** Webhooks as HTTP takes them: what cannot be asked for is a 400. */
export function openWebhooks(db: Database, seal: Seal): HttpDeps['webhooks'] {
  const desk = createWebhookDesk(db, seal, () => new Date());
  const refuse = (error: unknown): never => {
    throw error instanceof WebhookRefused ? new WireError(400, { errors: [error.message] }) : error;
  };
  return {
    ...desk,
    create: (accountId, wish) => desk.create(accountId, wish).catch(refuse),
    change: (accountId, id, wish) => desk.change(accountId, id, wish).catch(refuse),
  };
}
