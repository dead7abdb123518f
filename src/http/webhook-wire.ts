import { type Static, Type } from 'typebox';
import { webhookEvents } from '../domain/webhook.ts';
import { moment } from './sync-wire.ts';

/** The shapes of webhooks. None of them is in the original API. */

const id = Type.String({ format: 'uuid' });
const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const events = (description: string) =>
  Type.Array(Type.Unsafe<(typeof webhookEvents)[number]>({ type: 'string', enum: [...webhookEvents] }), {
    description,
  });

const settings = {
  events: Type.Optional(
    events(
      'What is told; all unless said. `recovered`: the first success after a failure; `drift`: the columns of the source have changed.',
    ),
  ),
  synchronization_id: Type.Optional(
    orNull(id, 'The synchronization whose runs are told; null or nothing: all of the account.'),
  ),
  secret: Type.Optional(
    Type.String({ description: 'Key of the signatures, 16 to 200 characters. Without it one is made.' }),
  ),
  active: Type.Optional(Type.Boolean({ default: true, description: 'false: nothing new is told.' })),
};

/** Parameters of `POST /api/v1/webhooks`. */
export const NewWebhook = Type.Object({
  url: Type.String({ description: 'Where it is sent, http or https.' }),
  ...settings,
});

/** Parameters of `PATCH /api/v1/webhooks/:id`. */
export const WebhookChanges = Type.Object({
  url: Type.Optional(Type.String({ description: 'Where it is sent, http or https.' })),
  ...settings,
});

const fields = {
  id: Type.String({ format: 'uuid', description: 'The webhook.' }),
  url: Type.String({ description: 'Where it is sent, without user and password.' }),
  events: events('What is told.'),
  synchronization_id: orNull(id, 'null: all synchronizations of the account.'),
  active: Type.Boolean({ description: 'Whether anything is told.' }),
  created_at: moment('When it was made.'),
  updated_at: moment('When it was changed last.'),
};

/** A webhook. */
export const WebhookView = Type.Object(fields);
export type WebhookView = Static<typeof WebhookView>;

/** Answer of `POST /api/v1/webhooks`. */
export const WebhookMade = Type.Object({
  ...fields,
  secret: Type.String({ description: 'Key of the signatures, shown this once.' }),
});

/** Answer of `GET /api/v1/webhooks`. */
export const WebhookList = Type.Object({
  webhooks: Type.Array(WebhookView, { description: 'All of the account, oldest first.' }),
  total_entries: Type.Integer({ description: 'How many there are.' }),
});

/** A delivery. */
const DeliveryView = Type.Object({
  id: Type.String({
    format: 'uuid',
    description: 'The delivery: `delivery_id` of the body, the same in each attempt.',
  }),
  event: Type.String({ description: 'What happened, or `test`.' }),
  status: Type.Unsafe<'pending' | 'delivered' | 'failed'>({
    type: 'string',
    enum: ['pending', 'delivered', 'failed'],
    description: '`pending`: it waits for its first or next attempt.',
  }),
  attempts: Type.Integer({ description: 'How often it was tried.' }),
  response_code: orNull(Type.Integer(), 'Of the last attempt; null where none was answered.'),
  error: orNull(Type.String(), 'Why the last attempt came to nothing.'),
  created_at: moment('When it happened.'),
  next_attempt_at: orNull(moment('When it is tried next.'), 'null where it is not tried again.'),
  ended_at: orNull(moment('When it was delivered or given up.'), 'null while it is pending.'),
  body: Type.String({ description: 'What is sent, byte for byte.' }),
});
export type DeliveryView = Static<typeof DeliveryView>;

/** Answer of `GET /api/v1/webhooks/:id/deliveries`. */
export const DeliveryList = Type.Object({
  deliveries: Type.Array(DeliveryView, { description: 'Newest first.' }),
  total_entries: Type.Integer({ description: 'How many are remembered, on all pages.' }),
});

/** Parameters of `GET /api/v1/webhooks/:id/deliveries`. */
export const DeliveryPage = Type.Object({
  page: Type.Optional(Type.Integer({ default: 1, description: 'From 1.' })),
  per_page: Type.Optional(Type.Integer({ default: 20, description: 'At most 100.' })),
});

/** Answer of `POST /api/v1/webhooks/:id/test`. */
export const TestSent = Type.Object({ delivery_id: Type.String({ format: 'uuid', description: 'The delivery.' }) });

/** The body of a 400 of these routes. */
export const WebhookErrors = Type.Object({
  errors: Type.Array(Type.String(), { description: 'The sentences to show.' }),
});
