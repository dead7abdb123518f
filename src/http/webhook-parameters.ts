import { type Webhook, type WebhookDelivery, type WebhookWish, webhookEvents } from '../domain/webhook.ts';
import { toBoolean, toList } from './parameter-values.ts';
import { type Parameters, textOf } from './parameters.ts';
import { presentTime } from './present.ts';
import { uuid } from './sync-requests.ts';
import { badDataset } from './viz-parameters.ts';
import type { DeliveryView, WebhookView } from './webhook-wire.ts';

/** What a request says of a webhook. Throws a WireError 400. */
export function toWebhookWish(parameters: Parameters, validateUrl: (url: string) => void): WebhookWish {
  const url = textOf(parameters, 'url');
  const secret = textOf(parameters, 'secret');
  if (secret !== null && (secret.length < 16 || secret.length > 200)) {
    throw badDataset('secret must have 16 to 200 characters');
  }
  const events = toList(parameters, 'events');
  const isActive = toBoolean(parameters.get('active'), null);
  const synchronizationId = textOf(parameters, 'synchronization_id');
  if (synchronizationId !== null && !uuid.test(synchronizationId)) {
    throw badDataset('synchronization_id must be the id of a synchronization');
  }
  return {
    ...(url === null ? {} : { url: checkUrl(url, validateUrl) }),
    ...(secret === null ? {} : { secret }),
    ...(events === null ? {} : { events: toEvents(events) }),
    ...(isActive === null ? {} : { isActive }),
    ...(parameters.has('synchronization_id') ? { synchronizationId: synchronizationId?.toLowerCase() ?? null } : {}),
  };
}

function checkUrl(text: string, validateUrl: (url: string) => void): string {
  try {
    if (!/^https?:$/.test(new URL(text).protocol)) throw new Error('another scheme');
    validateUrl(text);
    return text;
  } catch {
    throw badDataset(`Invalid URL, nothing can be sent there: ${text.slice(0, 1000)}`);
  }
}

function toEvents(given: readonly string[]): NonNullable<WebhookWish['events']> {
  const wrong = given.find((word) => !webhookEvents.some((event) => event === word));
  if (wrong !== undefined || given.length === 0) {
    const found = wrong === undefined ? 'nothing' : `"${wrong.slice(0, 100).toWellFormed()}"`;
    throw badDataset(`events must be some of ${webhookEvents.join(', ')}, not ${found}`);
  }
  return webhookEvents.filter((event) => given.includes(event));
}

/** A webhook as it may be shown. */
export const presentWebhook = (webhook: Webhook): WebhookView => ({
  id: webhook.id,
  url: webhook.url,
  events: [...webhook.events],
  synchronization_id: webhook.synchronizationId,
  active: webhook.isActive,
  created_at: presentTime(webhook.createdAt),
  updated_at: presentTime(webhook.updatedAt),
});

/** One delivery. */
export const presentDelivery = (delivery: WebhookDelivery): DeliveryView => ({
  id: delivery.id,
  event: delivery.event,
  status: delivery.state,
  attempts: delivery.attempts,
  response_code: delivery.responseCode,
  error: delivery.error,
  created_at: presentTime(delivery.createdAt),
  next_attempt_at: delivery.state === 'pending' ? presentTime(delivery.dueAt) : null,
  ended_at: delivery.endedAt === null ? null : presentTime(delivery.endedAt),
  body: delivery.body,
});
