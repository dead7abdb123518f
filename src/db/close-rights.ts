import type { Database, Queryable } from './database.ts';
import { DatabaseError } from './database.ts';
import { ALLOWED_RASTER, belongsTo, REFUSED_POSTGIS } from './query-functions.ts';
import { identifier, sql, trusted } from './sql.ts';

/** What could not be made as safe as it should be, in words for the operator; empty where all is well. */
export type RightsWarnings = readonly string[];

/**
 * Functions that every role may call by default and that no query of a user needs: they run SQL held in text, change
 * settings or roles, write large objects, hold locks, send notifications or sleep (reliability 3.3).
 */
const FAMILIES =
  '^(pg_(try_)?advisory|lo_|(query|table|cursor|schema|database)_to_xml|pg_(sleep|notify|export_snapshot|logical_emit_message))';
const FUNCTIONS: readonly string[] = [
  'set_config',
  'ts_stat',
  'ts_rewrite',
  'lowrite',
  'loread',
  'pg_cancel_backend',
  'pg_terminate_backend',
];

/** Whether PUBLIC holds a privilege in an access list, or in the default one where the list is null. */
const openTo = (list: string, kind: string, owner: string, privilege: string) =>
  trusted(`exists (select from aclexplode(coalesce(${list}, acldefault('${kind}', ${owner})))
    where grantee = 0 and privilege_type = '${privilege}')`);

const openFunctions = (db: Queryable) =>
  db.query<{ name: string; owner: string }>(sql`
    select oid::regprocedure::text as name, proowner::regrole::text as owner from pg_catalog.pg_proc p
    where (pronamespace = 'pg_catalog'::regnamespace and (proname ~ ${FAMILIES} or proname = any(${FUNCTIONS}))
        or pronamespace = 'public'::regnamespace and proname = any(${REFUSED_POSTGIS})
        or pronamespace = 'public'::regnamespace and proname ~ '^_?st_' and not proname = any(${ALLOWED_RASTER})
          and proname !~ '^_st_(rastertoworldcoord|worldtorastercoord)$' and ${belongsTo('postgis_raster')})
      and prokind = 'f' and ${openTo('proacl', 'f', 'proowner', 'EXECUTE')}
    order by 1`);

const openOthers = (db: Queryable) =>
  db.query<{ database: string | null; schema: boolean; language: boolean; settings: boolean }>(sql`
    select
      (select datname::text from pg_catalog.pg_database where datname = current_database()
        and (${openTo('datacl', 'd', 'datdba', 'CONNECT')} or ${openTo('datacl', 'd', 'datdba', 'TEMPORARY')})
      ) as database,
      exists (select from pg_catalog.pg_namespace where nspname = 'public'
        and ${openTo('nspacl', 'n', 'nspowner', 'CREATE')}) as schema,
      exists (select from pg_catalog.pg_language where lanname = 'plpgsql'
        and ${openTo('lanacl', 'l', 'lanowner', 'USAGE')}) as language,
      exists (select from pg_catalog.pg_class where oid = 'pg_catalog.pg_settings'::regclass
        and ${openTo('relacl', 'r', 'relowner', 'UPDATE')}) as settings`);

async function openRights(db: Queryable): Promise<readonly string[]> {
  const [others] = await openOthers(db);
  const functions = await openFunctions(db);
  return [
    ...(others?.database ? [`revoke all on database ${identifier(others.database).text} from public`] : []),
    ...(others?.schema ? ['revoke create on schema public from public'] : []),
    ...(others?.language ? ['revoke usage on language plpgsql from public'] : []),
    ...(others?.settings ? ['revoke update on pg_catalog.pg_settings from public'] : []),
    ...functions.map(({ name }) => `revoke execute on function ${name} from public`),
  ];
}

/**
 * Takes from PUBLIC, and so from the roles of the accounts, the rights that are open by default and let a query write,
 * wait or become another role. Run at every start: an update of an extension opens them again. What this login may not
 * revoke comes back as one warning with the statements for a superuser; nothing is weakened silently.
 */
export async function closeRights(db: Database): Promise<RightsWarnings> {
  const open = await openRights(db);
  if (open.length === 0) return [];
  await keepOwnRights(db, open);
  for (const statement of open) {
    try {
      await db.query(trusted(statement));
    } catch (error) {
      if (!(error instanceof DatabaseError && error.code === '42501')) throw error;
    }
  }
  const left = await openRights(db);
  if (left.length === 0) return [];
  return [
    `${left.length} rights of PUBLIC could not be revoked by this login, so queries of users could call functions ` +
      `that lock, sleep or notify. Run once as a superuser: ${left.join('; ')};`,
  ];
}

/** A login that is no superuser keeps its own connection to the database when PUBLIC loses it. */
async function keepOwnRights(db: Database, open: readonly string[]): Promise<void> {
  if (!open.some((statement) => statement.startsWith('revoke all on database'))) return;
  const [own] = await db.query<{ database: string; role: string; owns: boolean }>(sql`
    select current_database() as database, current_user as role,
      pg_catalog.pg_has_role(datdba, 'usage') as owns from pg_catalog.pg_database where datname = current_database()`);
  if (own?.owns) {
    await db.query(sql`grant connect, temporary on database ${identifier(own.database)} to ${identifier(own.role)}`);
  }
}
