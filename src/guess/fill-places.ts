import type { Queryable } from '../db/database.ts';
import { identifier, type Sql, sql } from '../db/sql.ts';
import { mercatorOf } from '../load/reproject.ts';
import { stagingSchema } from '../load/staging.ts';
import type { FindPlace, Found, Shape } from './lookup.ts';

/** Columns of the table that say where a row is. */
export interface ClueColumns {
  readonly value: string;
  readonly country: string | null;
  readonly region: string | null;
}

/** How well it went, in rows and in different values. */
export interface Filled {
  /** Rows that name something. */
  readonly rows: number;
  /** Those of them that have a place now. */
  readonly matched: number;
  readonly match_rate: number;
  /** Values that name several places, of which the usual or the greatest was taken. */
  readonly ambiguous: { readonly count: number; readonly first: readonly string[] };
  /** Values of which nothing is known. */
  readonly unmatched: { readonly count: number; readonly first: readonly string[] };
}

/** Different values that are looked up at a time. */
const PAGE = 5_000;
/** Values that are told. */
const FIRST = 20;

interface Key {
  readonly id: number;
  readonly value: string;
  readonly country: string | null;
  readonly region: string | null;
}

/**
 * Gives the rows of a staging table the places that they name. Each different value is looked up once; two tables beside
 * the staging table hold what was found, and are gone afterwards.
 */
export async function fillPlaces(db: Queryable, table: string, columns: ClueColumns, find: FindPlace): Promise<Filled> {
  const keys = identifier(stagingSchema, `${table}_v`);
  const places = identifier(stagingSchema, `${table}_w`);
  const drop = async (): Promise<void> => void (await db.query(sql`drop table if exists ${keys}, ${places}`));
  const staging = identifier(stagingSchema, table);
  const text = (column: string | null): Sql => (column === null ? sql`''` : sql`coalesce(${identifier(column)}, '')`);
  await drop();
  try {
    await db.query(sql`create unlogged table ${keys} as
      select row_number() over ()::int as id, value, country, region, rows, null::text as place
      from (select ${identifier(columns.value)} as value, ${text(columns.country)} as country,
          ${text(columns.region)} as region, count(*)::float8 as rows
        from ${staging} where btrim(${identifier(columns.value)}) <> '' group by 1, 2, 3) different`);
    await db.query(sql`create unlogged table ${places} (id text primary key, the_geom geometry(Geometry, 4326),
      the_geom_webmercator geometry(Geometry, 3857))`);
    const told = await lookUp(db, keys, places, find);
    await db.query(sql`update ${places} set the_geom_webmercator = ${mercatorOf(sql`the_geom`, sql`the_geom`)}`);
    // Some outlines touch themselves. Both geometries are repaired where they are: one from the other lost Antarctica.
    for (const column of [sql`the_geom`, sql`the_geom_webmercator`]) {
      await db.query(sql`update ${places} set ${column} = st_multi(st_collectionextract(st_makevalid(${column}), 3))
        where st_dimension(${column}) = 2 and not st_isvalid(${column})`);
    }
    await db.query(sql`update ${staging} s set the_geom = p.the_geom, the_geom_webmercator = p.the_geom_webmercator
      from ${keys} k join ${places} p on p.id = k.place
      where s.${identifier(columns.value)} = k.value and ${textOf(columns.country)} = k.country
        and ${textOf(columns.region)} = k.region`);
    const [sums] = await db.query<{ rows: number | null; matched: number | null }>(sql`
      select sum(rows) as rows, sum(rows) filter (where place is not null) as matched from ${keys}`);
    const { rows, matched } = { rows: Number(sums?.rows ?? 0), matched: Number(sums?.matched ?? 0) };
    return { rows, matched, match_rate: rows === 0 ? 0 : Math.round((matched / rows) * 10_000) / 10_000, ...told };
  } finally {
    await drop();
  }
}

const textOf = (column: string | null): Sql => (column === null ? sql`''` : sql`coalesce(s.${identifier(column)}, '')`);

async function lookUp(
  db: Queryable,
  keys: Sql,
  places: Sql,
  find: FindPlace,
): Promise<Pick<Filled, 'ambiguous' | 'unmatched'>> {
  const ambiguous = { count: 0, first: [] as string[] };
  const unmatched = { count: 0, first: [] as string[] };
  const tell = (list: typeof ambiguous, value: string): void => {
    if (list.count++ < FIRST) list.first.push(value.slice(0, 200));
  };
  const written = new Set<string>();
  for (let last = 0; ; ) {
    const page = await db.query<Key>(sql`
      select id, value, country, region from ${keys} where id > ${last} order by id limit ${PAGE}`);
    if (page.length === 0) return { ambiguous, unmatched };
    last = page.at(-1)?.id ?? last;
    const found: { readonly key: number; readonly place: Found }[] = [];
    for (const { id, value, country, region } of page) {
      const place = find({ value, country, region });
      if (place === null) tell(unmatched, value);
      else found.push({ key: id, place });
      if (place !== null && place.others > 0) tell(ambiguous, value);
    }
    await write(
      db,
      places,
      found.map(({ place }) => place).filter(({ id }) => !written.has(id) && written.add(id)),
    );
    await db.query(sql`update ${keys} k set place = f.place
      from unnest(${found.map(({ key }) => key)}::int[], ${found.map(({ place }) => place.id)}::text[]) f (id, place)
      where f.id = k.id`);
  }
}

async function write(db: Queryable, places: Sql, found: readonly Found[]): Promise<void> {
  if (found.length === 0) return;
  const isInside = found.map(({ shape }) => shape.kind === 'inside');
  await db.query(sql`insert into ${places} (id, the_geom)
    select id, case when is_inside then st_pointonsurface(shape) else shape end
    from (select id, is_inside, st_geomfromtext(wkt, 4326) as shape
      from unnest(${found.map(({ id }) => id)}::text[], ${isInside}::boolean[], ${found.map(({ shape }) => toWkt(shape))}::text[])
        f (id, is_inside, wkt)) shapes`);
}

function toWkt(shape: Shape): string {
  if (shape.kind === 'point') return `POINT(${shape.longitude} ${shape.latitude})`;
  const rings = (polygon: readonly (readonly (readonly number[])[])[]): string =>
    polygon.map((ring) => `(${ring.map(([x, y]) => `${x} ${y}`).join(',')})`).join(',');
  return `MULTIPOLYGON(${shape.area.coordinates.map((polygon) => `(${rings(polygon)})`).join(',')})`;
}
