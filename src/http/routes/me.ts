import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Account } from '../../domain/import.ts';
import type { Usage } from '../../store/usage.ts';
import { findCredentials } from '../auth.ts';
import type { HttpDeps } from '../deps.ts';
import { sendJson } from '../jsonp.ts';
import { queryParameters } from '../parameters.ts';
import { presentTime } from '../present.ts';
import { viewerOf } from '../read-access.ts';
import { ApiKey, Empty } from '../wire.ts';
import { unauthorized } from '../wire-error.ts';

const count = (description: string) => Type.Integer({ description });
const orNull = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description });

const UserData = Type.Object({
  id: Type.String({ format: 'uuid' }),
  username: Type.String({ description: 'The name of the account.' }),
  email: Type.String({ description: 'Always empty: accounts have none.' }),
  name: Type.String({ description: 'The name of the account.' }),
  account_type: Type.String({ description: 'Always `FREE`.' }),
  base_url: Type.String({ description: 'Where the account is.' }),
  api_key: Type.Optional(Type.String({ description: 'The key that was sent, where it is the master key.' })),
  table_count: count('Tables.'),
  table_quota: orNull('Tables it may have; null: any number.'),
  remaining_table_quota: orNull('Tables it may still make.'),
  db_size_in_bytes: count('Bytes of its tables on disk, with indexes.'),
  db_size_in_megabytes: Type.Number({ description: 'The same in MiB.' }),
  quota_in_bytes: orNull('Bytes it may store; null: any number.'),
  remaining_byte_quota: orNull('Bytes it may still store.'),
  success_import_count: count('Imports that are complete.'),
  failed_import_count: count('Imports that failed.'),
  import_count: count('Both. Neither looks before an import nor runs of synchronizations are among them.'),
  unfinished_import_count: count('Imports that wait or run.'),
  limits: Type.Object({
    concurrent_imports: count('Unfinished imports at once.'),
    import_file_size: count('Bytes of one file.'),
    import_table_rows: count('Rows of one import.'),
  }),
  created_at: Type.String({ format: 'date-time' }),
});

const Me = Type.Object({
  user_data: UserData,
  config: Type.Object({
    user_name: Type.String(),
    base_url: Type.String(),
    sql_api_template: Type.String({ description: 'Where the SQL API is.' }),
  }),
});

const left = (quota: number | null, used: number): number | null => (quota === null ? null : Math.max(0, quota - used));

/** Who a key belongs to, and what the account may still have; as CARTO's clients read it. */
export async function meRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const present = (account: Account, usage: Usage, apiKey: string | null) => {
    const { limits } = account;
    const base = `${deps.config.LANDFALL_BASE_URL ?? ''}/user/${account.name}`;
    return {
      user_data: {
        id: account.id,
        username: account.name,
        email: '',
        name: account.name,
        account_type: 'FREE',
        base_url: base,
        ...(apiKey === null ? {} : { api_key: apiKey }),
        table_count: usage.tables,
        table_quota: limits.maxTables,
        remaining_table_quota: left(limits.maxTables, usage.tables),
        db_size_in_bytes: usage.bytes,
        db_size_in_megabytes: Math.round((usage.bytes / 1024 ** 2) * 100) / 100,
        quota_in_bytes: limits.maxStorageBytes,
        remaining_byte_quota: left(limits.maxStorageBytes, usage.bytes),
        success_import_count: usage.imports.succeeded,
        failed_import_count: usage.imports.failed,
        import_count: usage.imports.succeeded + usage.imports.failed,
        unfinished_import_count: usage.imports.running,
        limits: {
          concurrent_imports: limits.concurrentImports ?? deps.config.LANDFALL_CONCURRENT_IMPORTS,
          import_file_size: Math.min(
            deps.config.LANDFALL_MAX_FILE_BYTES,
            limits.maxFileBytes ?? Number.POSITIVE_INFINITY,
          ),
          import_table_rows: Math.min(deps.config.LANDFALL_MAX_ROWS, limits.maxRows ?? Number.POSITIVE_INFINITY),
        },
        created_at: presentTime(usage.createdAt),
      },
      config: { user_name: account.name, base_url: base, sql_api_template: base },
    };
  };

  app.route({
    method: 'GET',
    url: '/api/v3/me',
    schema: {
      summary: 'The account of a key',
      description: 'Who the key belongs to, what the account uses and what it may have. Takes restricted keys too.',
      tags: ['Keys'],
      querystring: ApiKey,
      response: { 200: Me, 401: Empty('No key, or none of this account.') },
    },
    config: { curl: ['curl "$URL/api/v3/me?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      const viewer = await viewerOf(deps, request, parameters);
      if (viewer.as !== 'reader' && !viewer.key) throw unauthorized();
      const sent = viewer.as === 'reader' ? findCredentials(request.headers.authorization, parameters) : null;
      const usage = await deps.usage(viewer.account);
      return sendJson(request, reply, 200, present(viewer.account, usage, sent?.key ?? null));
    },
  });
}
