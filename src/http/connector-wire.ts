import { Type } from 'typebox';
import { ApiKey } from './wire.ts';

/** Key and parameters of a connection, in the query. */
export const ConnectionQuery = Type.Object({
  ...ApiKey.properties,
  connection_id: Type.Optional(
    Type.String({ format: 'uuid', description: 'A stored connection, in place of the parameters of one.' }),
  ),
});

export const ProviderPath = Type.Object({
  provider: Type.String({ description: '`mysql`, `postgres`, `sqlserver`, `bigquery`, `snowflake` or `redshift`.' }),
});

export const ConnectionPath = Type.Object({
  id: Type.String({ format: 'uuid', description: 'The stored connection.' }),
});

/** Errors of connectors: one sentence. */
export const ConnectorErrors = Type.Object({ errors: Type.String({ description: 'The sentence to show.' }) });

export const Providers = Type.Object({}, { description: 'By provider: `name`, `description` (null) and `enabled`.' });

export const ProviderDetails = Type.Object({
  features: Type.Object({}, { description: 'What can be done: names of features and true or false.' }),
  parameters: Type.Object({}, { description: 'By name, `required`; those of the connection under `connection`.' }),
});

export const ConnectAnswer = Type.Object({
  connected: Type.Boolean({ description: 'Whether the database answered.' }),
  errors: Type.Optional(Type.String({ description: 'Why it did not.' })),
});

export const TableList = Type.Array(
  Type.Object({
    schema: Type.String({ description: 'Schema, or database of MySQL, or dataset of BigQuery.' }),
    name: Type.String({ description: 'Table or view.' }),
  }),
);

export const DatabaseList = Type.Array(Type.Object({ name: Type.String({ description: 'Database.' }) }));

export const DryRun = Type.Object({
  total_bytes_processed: Type.Integer({ description: 'Bytes that the query would read.' }),
});

/** What is sent to store a connection. */
export const ConnectionBody = Type.Object({
  name: Type.String({ description: 'Unique in the account.' }),
  connector: Type.String({
    description: 'The provider, or the object store: `s3`, `gs` or `az`. `provider` is taken too.',
  }),
  parameters: Type.Object(
    {},
    {
      description:
        'Parameters of the connection, as in `connector.connection`; of `s3` and `gs` `access_key_id` and `secret_access_key`, of `az` `account_key`, of all `endpoint`, of `s3` `region`.',
    },
  ),
});

export const ConnectionView = Type.Object({
  id: Type.String({ format: 'uuid', description: 'What imports give as `connection_id`.' }),
  name: Type.String({ description: 'As it was given.' }),
  connector: Type.String({ description: 'The provider.' }),
  type: Type.Unsafe<'db-connector' | 'object-store'>({
    type: 'string',
    enum: ['db-connector', 'object-store'],
    description: 'The kind of connection.',
  }),
  parameters: Type.Object(
    {},
    { description: 'The parameters without passwords and tokens, which are never answered.' },
  ),
  created_at: Type.String({ format: 'date-time', description: 'When it was stored.' }),
  updated_at: Type.String({ format: 'date-time', description: 'When it was changed last.' }),
});

export const ConnectionList = Type.Array(ConnectionView);

export const ConnectionMade = Type.Object({
  id: Type.String({ format: 'uuid', description: 'What imports give as `connection_id`.' }),
});

/** Answer of `arcgis/layers`. */
export const ArcgisLayers = Type.Object({
  layers: Type.Array(
    Type.Object({
      id: Type.Integer(),
      name: Type.String(),
      url: Type.String(),
      geometry_type: Type.Union([Type.String(), Type.Null()]),
      count: Type.Union([Type.Integer(), Type.Null()]),
    }),
    {
      description:
        'By `id`, `name`, `url` (what an import of this layer is given), `geometry_type` (`point`, `multipoint`, `polyline`, `polygon`; null: a table) and `count` of rows (null where the server does not tell).',
    },
  ),
});
