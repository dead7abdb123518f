import type { Database } from '../../src/db/database.ts';
import { sql } from '../../src/db/sql.ts';

/** Everything in an account's schema, as the catalogue says it, identities included; data and statistics are not. */
export async function attachments(db: Database, account: { readonly name: string }): Promise<readonly object[]> {
  return db.query(sql`
    with rel as (select c.* from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${account.name})
    select 'relation' as kind, relname::text as name, jsonb_build_array(oid::text, relkind, relacl::text,
      relowner::regrole::text, relrowsecurity, relforcerowsecurity, relpersistence, relreplident, reloptions)::text as value
      from rel
    union all select 'column', attrelid::regclass::text || '.' || attname, jsonb_build_array(attnum,
      format_type(atttypid, atttypmod), attnotnull, attacl::text, attidentity,
      pg_get_expr(d.adbin, d.adrelid))::text from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid
      and d.adnum = a.attnum where attrelid in (select oid from rel) and not attisdropped
    union all select 'view', relname::text, oid::text || pg_get_viewdef(oid) from rel where relkind in ('v', 'm')
    union all select 'index', indexrelid::regclass::text, indexrelid::oid::text || indisvalid || pg_get_indexdef(indexrelid)
      from pg_index where indrelid in (select oid from rel)
    union all select 'trigger', tgname::text, t.oid::text || pg_get_triggerdef(t.oid) || tgenabled::text from pg_trigger t
      where tgrelid in (select oid from rel) and not tgisinternal
    union all select 'policy', polname::text, p.oid::text || pg_get_expr(polqual, polrelid) || polroles::regrole[]::text
      from pg_policy p where polrelid in (select oid from rel)
    union all select 'constraint', conname::text, c.oid::text || pg_get_constraintdef(c.oid) from pg_constraint c
      where conrelid in (select oid from rel) or confrelid in (select oid from rel)
    union all select 'comment', objoid::regclass::text || objsubid, description from pg_description
      where classoid = 'pg_class'::regclass and objoid in (select oid from rel)
    order by 1, 2, 3`);
}
