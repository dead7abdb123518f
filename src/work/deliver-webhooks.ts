/** Sends what is in the outbox of webhooks, and again where that may help. */
import type { Database } from '../db/database.ts';
import { isRetried, retryWait, signatureOf, type WebhookDelivery, type WebhookTarget } from '../domain/webhook.ts';
import { ImportError } from '../errors.ts';
import { type AttemptEnd, claimDeliveries, recordAttempt, releaseDelivery } from '../store/webhook-deliveries.ts';
import { openWebhook } from '../store/webhooks.ts';
import type { HttpClient } from '../util/http-client.ts';
import { type Seal, SealBroken } from '../util/seal.ts';
import type { Clock } from './end-sync-run.ts';

/** How long a receiver may take to answer, in milliseconds. */
const ANSWER_MS = 10_000;

/** Sent at once; of each account so many, so that slow receivers of one do not hold up those of another for long. */
const AT_ONCE = 32;
const PER_ACCOUNT = 4;

/** Seconds after which whoever took a delivery is thought dead: several times as long as an attempt can take. */
const LEASE_SECONDS = 60;

export interface DeliveryDeps {
  readonly db: Database;
  readonly http: Pick<HttpClient, 'post'>;
  readonly seal: Seal;
  readonly clock: Clock;
  /** Told of each attempt that was recorded. */
  readonly onAttempt: (result: 'delivered' | 'retry' | 'failed') => void;
}

/**
 * Sends the deliveries whose time has come, one attempt each; any number of workers may do so at once. What `signal`
 * interrupts is given back. Each is sent at least once: a worker that dies after sending leaves it to be sent again.
 */
export async function deliverDue(deps: DeliveryDeps, signal: AbortSignal): Promise<number> {
  const { db, clock } = deps;
  const limits = { most: AT_ONCE, perAccount: PER_ACCOUNT, lease: LEASE_SECONDS };
  const due = await claimDeliveries(db, clock.now(), limits);
  await Promise.all(
    due.map(async (delivery) => {
      const end = await attempt(deps, delivery, signal);
      if (end === null) return releaseDelivery(db, delivery.id, clock.now());
      await recordAttempt(db, delivery.id, end, clock.now());
      deps.onAttempt(end.error === null ? 'delivered' : end.retryIn === null ? 'failed' : 'retry');
    }),
  );
  return due.length;
}

/** One attempt; null where `signal` interrupted it. */
async function attempt(deps: DeliveryDeps, delivery: WebhookDelivery, signal: AbortSignal): Promise<AttemptEnd | null> {
  const failed = (error: string, responseCode: number | null = null, mayRetry = true): AttemptEnd => ({
    responseCode,
    error,
    retryIn: mayRetry ? retryWait(delivery.attempts, deps.clock.random()) : null,
  });
  const late = AbortSignal.timeout(ANSWER_MS);
  try {
    const target = await openWebhook(deps.db, deps.seal, delivery.webhookId);
    if (target === null) return failed('The webhook was removed.', null, false);
    const status = await send(deps, delivery, target, AbortSignal.any([signal, late]));
    if (status >= 200 && status < 300) return { responseCode: status, error: null, retryIn: null };
    return failed(`The receiver answered with ${status}.`, status, isRetried(status));
  } catch (error) {
    if (signal.aborted) return null;
    if (late.aborted) return failed(`The receiver did not answer within ${ANSWER_MS / 1000} seconds.`);
    if (error instanceof ImportError) return failed(error.message);
    if (error instanceof SealBroken) return failed('It was sealed with another LANDFALL_SECRET.', null, false);
    throw error;
  }
}

async function send(
  { http, clock }: DeliveryDeps,
  { id, event, body }: WebhookDelivery,
  { url, secret }: WebhookTarget,
  signal: AbortSignal,
): Promise<number> {
  const timestamp = String(Math.floor(clock.now().getTime() / 1000));
  const response = await http.post(new URL(url), {
    body,
    headers: {
      'content-type': 'application/json',
      'x-landfall-event': event,
      'x-landfall-delivery': id,
      'x-landfall-timestamp': timestamp,
      'x-landfall-signature': signatureOf(secret, timestamp, body),
    },
    followsRedirects: false,
    signal,
  });
  response.discard();
  return response.status;
}
