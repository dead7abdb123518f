/** What hangs on a table and has to be put aside while the type of one of its columns changes. */
import type { Queryable } from '../db/database.ts';
import { identifier, sql, trusted } from '../db/sql.ts';

/** A view that reads the table, directly or through other views. */
export interface DependentView {
  readonly schema: string;
  readonly name: string;
  readonly isMaterialized: boolean;
  readonly isPopulated: boolean;
  /** It can be refreshed while others read it. */
  readonly hasUniqueIndex: boolean;
  /** What makes it again, as the server itself writes it: definition, owner, indexes, grants, comments, triggers, rules. */
  readonly definition: readonly string[];
}

/** Views on a table, those first that others are built on. */
export async function viewsOn(tx: Queryable, schema: string, table: string): Promise<readonly DependentView[]> {
  return tx.query<DependentView>(sql`
    with recursive reading as (
      select ${sql`${`"${schema.replaceAll('"', '""')}"."${table.replaceAll('"', '""')}"`}`}::regclass::oid as oid, 0 as depth
      union
      select r.ev_class, reading.depth + 1
      from reading
      join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = reading.oid
        and d.classid = 'pg_rewrite'::regclass
      join pg_rewrite r on r.oid = d.objid and r.ev_class <> reading.oid
    )
    select n.nspname as schema, c.relname as name, c.relkind = 'm' as "isMaterialized",
      c.relispopulated as "isPopulated",
      exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid
        and i.indpred is null and i.indexprs is null) as "hasUniqueIndex",
      to_json(array(
        select statement from (
          select 1 as step, 0 as place, format('create %s %I.%I %s as %s %s',
            case c.relkind when 'm' then 'materialized view' else 'view' end, n.nspname, c.relname,
            'with (' || array_to_string(c.reloptions, ', ') || ')', rtrim(pg_get_viewdef(c.oid), ' ;'),
            case c.relkind when 'm' then 'with no data' end) as statement
          union all
          select 2, 0, format('alter table %I.%I owner to %I', n.nspname, c.relname, pg_get_userbyid(c.relowner))
          union all
          select 2, at.attnum, format('alter view %I.%I alter %I set default %s', n.nspname, c.relname, at.attname,
            pg_get_expr(ad.adbin, ad.adrelid))
          from pg_attribute at join pg_attrdef ad on ad.adrelid = at.attrelid and ad.adnum = at.attnum
          where at.attrelid = c.oid
          union all
          select 2, at.attnum, format('alter materialized view %I.%I alter %I set statistics %s', n.nspname, c.relname,
            at.attname, at.attstattarget)
          from pg_attribute at where at.attrelid = c.oid and at.attnum > 0 and at.attstattarget >= 0 and c.relkind = 'm'
          union all
          select 3, row_number() over (order by i.indexrelid)::int, pg_get_indexdef(i.indexrelid)
          from pg_index i where i.indrelid = c.oid
          union all
          select 3, 1000000, format('alter materialized view %I.%I cluster on %I', n.nspname, c.relname, ci.relname)
          from pg_index i join pg_class ci on ci.oid = i.indexrelid where i.indrelid = c.oid and i.indisclustered
          union all
          select 3, 1000001, format('comment on index %I.%I is %L', n.nspname, ci.relname, obj_description(ci.oid, 'pg_class'))
          from pg_index i join pg_class ci on ci.oid = i.indexrelid
          where i.indrelid = c.oid and obj_description(ci.oid, 'pg_class') is not null
          union all
          -- What the defaults of the server's owner would open was not open before, or is granted again below.
          select distinct 4, -1, format('revoke all on %I.%I from %s', n.nspname, c.relname,
            case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end)
          from pg_default_acl da, aclexplode(da.defaclacl) a
          where da.defaclobjtype = 'r' and da.defaclnamespace in (0, c.relnamespace) and a.grantee <> c.relowner
          union all
          select 4, 0, format('grant %s on %I.%I to %s%s', a.privilege_type, n.nspname, c.relname,
            case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
            case when a.is_grantable then ' with grant option' end)
          from aclexplode(c.relacl) a
          union all
          select 4, 0, format('grant %s (%I) on %I.%I to %s%s', a.privilege_type, at.attname, n.nspname, c.relname,
            case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
            case when a.is_grantable then ' with grant option' end)
          from pg_attribute at, aclexplode(at.attacl) a where at.attrelid = c.oid
          union all
          select 5, 0, format('comment on %s %I.%I is %L',
            case c.relkind when 'm' then 'materialized view' else 'view' end, n.nspname, c.relname, d.description)
          from pg_description d
          where d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = 0
          union all
          select 5, at.attnum, format('comment on column %I.%I.%I is %L', n.nspname, c.relname, at.attname,
            col_description(c.oid, at.attnum))
          from pg_attribute at
          where at.attrelid = c.oid and at.attnum > 0 and col_description(c.oid, at.attnum) is not null
          union all
          select 6, 0, pg_get_triggerdef(t.oid) from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal
          union all
          select 6, 1, format('comment on trigger %I on %I.%I is %L', t.tgname, n.nspname, c.relname,
            obj_description(t.oid, 'pg_trigger'))
          from pg_trigger t where t.tgrelid = c.oid and obj_description(t.oid, 'pg_trigger') is not null
          union all
          select 7, 0, pg_get_ruledef(r.oid) from pg_rewrite r where r.ev_class = c.oid and r.rulename <> '_RETURN'
          union all
          select 7, 1, format('comment on rule %I on %I.%I is %L', r.rulename, n.nspname, c.relname,
            obj_description(r.oid, 'pg_rewrite'))
          from pg_rewrite r where r.ev_class = c.oid and obj_description(r.oid, 'pg_rewrite') is not null
        ) parts order by step, place
      )) as definition
    from (select oid, max(depth) as depth from reading where depth > 0 group by oid) views
    join pg_class c on c.oid = views.oid and c.relkind in ('v', 'm')
    join pg_namespace n on n.oid = c.relnamespace
    order by views.depth, c.oid`);
}

interface Part {
  readonly drop: string;
  readonly create: readonly string[];
}

/** Policies and triggers of the table itself, which also hold the type of a column. */
async function partsOf(tx: Queryable, schema: string, table: string): Promise<readonly Part[]> {
  return tx.query<Part>(sql`
    with target as (
      select c.oid, format('%I.%I', n.nspname, c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and c.relname = ${table}
    )
    select format('drop policy %I on %s', p.polname, target.name) as drop,
      array_to_json(array_remove(array[format('create policy %I on %s as %s for %s to %s%s%s', p.polname, target.name,
        case when p.polpermissive then 'permissive' else 'restrictive' end,
        case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
          else 'all' end,
        (select string_agg(case role when 0 then 'public' else quote_ident(pg_get_userbyid(role)) end, ', ')
          from unnest(p.polroles) role),
        ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
        ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
        format('comment on policy %I on %s is ', p.polname, target.name)
          || quote_literal(obj_description(p.oid, 'pg_policy'))], null)) as create
    from pg_policy p join target on target.oid = p.polrelid
    union all
    select format('drop trigger %I on %s', t.tgname, target.name),
      array_to_json(array_remove(array[pg_get_triggerdef(t.oid),
        case when t.tgenabled <> 'O' then format('alter table %s %s trigger %I', target.name,
          case t.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, t.tgname) end,
        format('comment on trigger %I on %s is ', t.tgname, target.name)
          || quote_literal(obj_description(t.oid, 'pg_trigger'))], null))
    from pg_trigger t join target on target.oid = t.tgrelid
    where not t.tgisinternal`);
}

/**
 * Drops the views on a table, its policies and its triggers, runs `change`, and makes all of them again.
 * Materialized views come back empty; the caller refreshes them. What cannot be dropped or made again (a function
 * on a view, a view of somebody else) throws the server's DatabaseError.
 */
export async function withoutDependents(
  tx: Queryable,
  schema: string,
  table: string,
  views: readonly DependentView[],
  change: () => Promise<void>,
): Promise<void> {
  const parts = await partsOf(tx, schema, table);
  for (const view of views.toReversed()) {
    const kind = trusted(view.isMaterialized ? 'materialized view' : 'view');
    await tx.query(sql`drop ${kind} ${identifier(view.schema, view.name)}`);
  }
  for (const part of parts) await tx.query(trusted(part.drop));
  await change();
  // The server's own text of definitions that it has parsed: safe to run, as pg_dump does.
  for (const part of parts) for (const statement of part.create) await tx.query(trusted(statement));
  for (const view of views) for (const statement of view.definition) await tx.query(trusted(statement));
}

/** Refreshes those of the views that hold rows, without keeping readers out where the server can do so. */
export async function refreshViews(
  tx: Queryable,
  views: readonly DependentView[],
  wereEmptied: boolean,
): Promise<void> {
  for (const view of views) {
    if (!view.isMaterialized || !view.isPopulated) continue;
    const how = trusted(view.hasUniqueIndex && !wereEmptied ? 'concurrently' : '');
    await tx.query(sql`refresh materialized view ${how} ${identifier(view.schema, view.name)}`);
  }
}
