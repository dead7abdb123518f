import { createHmac } from 'node:crypto';

/**
 * What is told of runs of synchronizations. `recovered`: the first success after a failure; `drift`: the columns of the
 * source are others than in the run before.
 */
export const webhookEvents = ['success', 'failure', 'recovered', 'drift'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** Who is told, as it may be shown. */
export interface Webhook {
  readonly id: string;
  readonly accountId: string;
  /** null: runs of all synchronizations of the account. */
  readonly synchronizationId: string | null;
  /** Without user and password. */
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly isActive: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is kept sealed of a webhook. */
export interface WebhookTarget {
  /** With user and password, where it has them. */
  readonly url: string;
  /** Key of the signatures. */
  readonly secret: string;
}

/** What a request says of a webhook; an absent field is not said. */
export interface WebhookWish {
  readonly url?: string;
  readonly secret?: string;
  readonly events?: readonly WebhookEvent[];
  readonly synchronizationId?: string | null;
  readonly isActive?: boolean;
}

/** One event for one webhook. `test` is what `POST …/test` sends. */
export interface WebhookDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly event: WebhookEvent | 'test';
  /** JSON, as it is sent. */
  readonly body: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly attempts: number;
  /** Of a pending one, when it is tried next. */
  readonly dueAt: Date;
  /** Of the last attempt; null where none was answered. */
  readonly responseCode: number | null;
  /** Why the last attempt came to nothing. */
  readonly error: string | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** A webhook that cannot be as it was asked for, in words for the user. */
export class WebhookRefused extends Error {
  override readonly name = 'WebhookRefused';
}

/** Webhooks of accounts. */
export interface WebhookDesk {
  list(accountId: string): Promise<readonly Webhook[]>;
  find(accountId: string, id: string): Promise<Webhook | null>;
  /** Gives the secret too, a random one where none was asked for: it is shown this once. Throws WebhookRefused. */
  create(
    accountId: string,
    wish: WebhookWish & { readonly url: string },
  ): Promise<{ readonly webhook: Webhook; readonly secret: string }>;
  /** null where the account has none of that id. Throws WebhookRefused. */
  change(accountId: string, id: string, wish: WebhookWish): Promise<Webhook | null>;
  remove(accountId: string, id: string): Promise<boolean>;
  deliveries(
    id: string,
    page: { readonly skip: number; readonly most: number },
  ): Promise<{ readonly deliveries: readonly WebhookDelivery[]; readonly total: number }>;
  /** Puts an event `test` into the outbox, for an inactive webhook too; gives its id. */
  test(id: string): Promise<string>;
}

/** Seconds from one attempt to the next: 1 and 5 minutes, half an hour, 2 and 6 hours. Six attempts in all. */
const RETRIES: readonly number[] = [60, 300, 1800, 7200, 21_600];

/** Most of a wait that chance adds, so that what failed together is not sent together again. */
const JITTER = 0.1;

/** Seconds to the next attempt after so many (from 1); null: there is none. `random` is in [0, 1). */
export function retryWait(attempts: number, random: number): number | null {
  const wait = RETRIES[attempts - 1];
  return wait === undefined ? null : wait * (1 + JITTER * random);
}

/** Statuses after which the same request may succeed later (RFC 9110): a timeout, too many requests, the server's own trouble. */
export const isRetried = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** The header `X-Landfall-Signature`: HMAC-SHA-256 (RFC 2104) over the timestamp, a dot and the body, in hexadecimal digits. */
export const signatureOf = (secret: string, timestamp: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
