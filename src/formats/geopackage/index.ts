import type { Format } from '../format.ts';

const SQLITE_MAGIC = 'SQLite format 3\0';
/** Where the header of an SQLite file has its application id: `GPKG`, or `GP10` and `GP11` before version 1.2. */
const APPLICATION_ID_AT = 68;

/**
 * OGC GeoPackage: every table of features and of attributes is a layer; empty ones are left out unless all are. Types
 * are those that the file declares; a column with a value of another type is inferred. The primary key `fid`, which
 * writers number themselves, becomes `cartodb_id`; a key of any other name is a column. Views, tiles and tables that
 * are not in `gpkg_contents` are not read, nor is a write-ahead log beside the file.
 */
export const geopackage = {
  id: 'geopackage',
  title: 'GeoPackage',
  extensions: ['.gpkg'],
  mediaTypes: ['application/geopackage+sqlite3', 'application/x-gpkg'],
  matches: (head) => {
    const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
    return (
      text.toString('latin1', 0, SQLITE_MAGIC.length) === SQLITE_MAGIC &&
      (/^GP(KG|\d\d)$/.test(text.toString('latin1', APPLICATION_ID_AT, APPLICATION_ID_AT + 4)) ||
        text.includes('gpkg_contents'))
    );
  },
  open: async (file) => (await import('./open.ts')).openGeoPackage(file),
} as const satisfies Format;
