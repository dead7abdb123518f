import { DatabaseError, type Queryable } from './database.ts';
import { sql } from './sql.ts';

/** The oldest server and PostGIS that every statement of ours was written for. */
const MIN_SERVER = 140_000;
const MIN_POSTGIS = 3;

const findPostgis = async (db: Queryable): Promise<string | undefined> => {
  const rows = await db.query<{ version: string }>(
    sql`select extversion as version from pg_extension where extname = 'postgis'`,
  );
  return rows[0]?.version;
};

/** Refuses a server that is too old or has no PostGIS; makes the extension where that is allowed. Returns `server_version_num`. */
export async function checkServer(db: Queryable): Promise<number> {
  const [server] = await db.query<{ number: number; name: string; database: string; role: string }>(sql`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as name,
      current_database() as database, current_user as role`);
  if (!server) throw new DatabaseError('the server gave no version', { code: 'XX000' });
  if (server.number < MIN_SERVER) {
    throw new DatabaseError(`PostgreSQL ${server.name} is too old: Landfall needs 14 or later`, { code: '0A000' });
  }
  let version = await findPostgis(db);
  if (version === undefined) {
    try {
      await db.query(sql`create extension if not exists postgis schema public`);
    } catch (cause) {
      // Another process may have made it in the same moment.
      version = await findPostgis(db);
      if (version === undefined) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new DatabaseError(
          `database "${server.database}" has no PostGIS and role "${server.role}" could not create it (${reason}). ` +
            'Install PostGIS 3 on the server and run "create extension postgis schema public" there as a superuser.',
          { code: '0A000', cause },
        );
      }
    }
    version ??= await findPostgis(db);
  }
  if (Number.parseInt(version ?? '0', 10) < MIN_POSTGIS) {
    throw new DatabaseError(`PostGIS ${version} is too old: Landfall needs 3 or later`, { code: '0A000' });
  }
  await makeRaster(db);
  return server.number;
}

/** Makes the extension for rasters where that is allowed; without it everything but rasters works. */
async function makeRaster(db: Queryable): Promise<void> {
  const made = await db.query(sql`select 1 from pg_extension where extname = 'postgis_raster'`);
  if (made.length > 0) return;
  try {
    await db.query(sql`create extension if not exists postgis_raster schema public`);
  } catch (error) {
    // Not installed, or not allowed: an import of a raster says so. Or another process has made it in this moment.
    if (!(error instanceof DatabaseError)) throw error;
  }
}
