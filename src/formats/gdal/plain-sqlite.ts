import { constants, copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import type { SourceFile } from '../format.ts';

/** A database with nothing in it but tables. */
export interface PlainDatabase {
  readonly file: SourceFile;
  /** Names of the tables with data. */
  readonly tables: ReadonlySet<string>;
}

/** Tables that SQLite, SpatiaLite and GDAL keep for themselves. */
const OWN_TABLES =
  /^(?:sqlite_.*|idx_.*|geometry_columns.*|spatial_ref_sys.*|views_.*|virts_.*|spatialite_history|sql_statements_log|data_licenses|elementarygeometries|knn2?|spatialindex)$/i;

/**
 * A copy of a database in `folder` without its views, triggers and virtual tables: what those do when they are looked
 * at is up to whoever made the file, and GDAL looks at all of them. Throws loadFailed (2001) where it is no database.
 */
export function plainSqlite(file: SourceFile, folder: string): PlainDatabase {
  const path = join(folder, 'database.sqlite');
  copyFileSync(file.path, path, constants.COPYFILE_FICLONE);
  try {
    using database = new DatabaseSync(path, {
      allowExtension: false,
      enableForeignKeyConstraints: false,
      // Of the copy alone: its list of contents is edited.
      defensive: false,
    });
    const tables = database
      .prepare("select name from pragma_table_list where type = 'table' and schema = 'main'")
      .all()
      .map(({ name }) => String(name));
    database.exec(`
      pragma trusted_schema = off;
      pragma journal_mode = delete;
      pragma writable_schema = on;
      delete from sqlite_schema
       where type in ('view', 'trigger') or (type = 'table' and sql like 'create virtual table%');
      pragma writable_schema = reset`);
    if (tables.includes('geometry_columns')) {
      // One of a view would be a layer all the same.
      database.exec(
        "delete from geometry_columns where lower(f_table_name) not in (select lower(name) from sqlite_schema where type = 'table')",
      );
    }
    return {
      file: { ...file, ...copied(file, path), companions: new Map() },
      tables: new Set(tables.filter((name) => !OWN_TABLES.test(name))),
    };
  } catch (cause) {
    throw new ImportError('loadFailed', {
      detail: `${file.name} cannot be read as a SQLite database: ${cause instanceof Error ? cause.message : cause}.`,
      hint: 'Check that the file came over whole; run "pragma integrity_check" on the original.',
      cause,
    });
  }
}

const copied = (file: LocalFile, path: string): LocalFile => ({ ...file, path, sizeBytes: statSync(path).size });
