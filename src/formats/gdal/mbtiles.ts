import { DatabaseSync } from 'node:sqlite';
import { ImportError } from '../../errors.ts';
import type { SourceFile } from '../format.ts';
import { plainSqlite } from './plain-sqlite.ts';

/** Tiles of pictures as a database in which nothing but tables is the file's. */
export interface PlainTiles {
  readonly file: SourceFile;
  /** How GDAL's driver is to read them: one zoom level, whole tiles, and how opaque each pixel is. */
  readonly openOptions: readonly string[];
}

/** What is no picture of an MBTiles file is vectors (MBTiles 1.3): first bytes of PNG, JPEG and WebP. */
const PICTURE = /^(?:\x89PNG|\xff\xd8\xff|RIFF[\s\S]{4}WEBP)/;

/** Tables of which `tiles` is often a view: every picture once, and where it stands. */
const SHARED_PICTURES = 'select zoom_level, tile_column, tile_row, tile_data from map join images using (tile_id)';

const OWN_COLUMNS =
  "select name from pragma_table_info('tiles') where name in ('zoom_level', 'tile_column', 'tile_row', 'tile_data')";

/**
 * The tiles of an MBTiles file, as a copy in `folder`; null where the database holds none. The level is the deepest that goes on
 * everywhere where the one above it has tiles. Throws unsupportedFormat (1002) for vector tiles, loadFailed (2001).
 */
export function plainTiles(file: SourceFile, folder: string): PlainTiles | null {
  const plain = plainSqlite(file, folder);
  const { tables } = plain;
  const isShared = !tables.has('tiles') && tables.has('map') && tables.has('images');
  if (!tables.has('metadata') || !(tables.has('tiles') || isShared)) return null;
  using database = new DatabaseSync(plain.file.path, { allowExtension: false });
  try {
    if (isShared) database.exec(`create view tiles as ${SHARED_PICTURES}`);
    if (database.prepare(OWN_COLUMNS).all().length < 4) return null;
    const zoom = deepestWhole(database);
    if (zoom === null) return null;
    const first = database
      .prepare('select substr(tile_data, 1, 12) as head from tiles where zoom_level = ? limit 1')
      .get(zoom)?.head;
    const head = first instanceof Uint8Array ? Buffer.from(first).toString('latin1') : '';
    if (!PICTURE.test(head)) throw vectorTiles(file, zoom);
    return { file: plain.file, openOptions: [`ZOOM_LEVEL=${zoom}`, 'USE_BOUNDS=NO', 'BAND_COUNT=4'] };
  } catch (cause) {
    if (cause instanceof ImportError) throw cause;
    throw new ImportError('loadFailed', {
      detail: `${file.name} cannot be read as MBTiles: ${cause instanceof Error ? cause.message : cause}.`,
      hint: 'Check that the file came over whole, and that its tables are those of the MBTiles specification.',
      cause,
    });
  }
}

/** The deepest zoom level of those from the first on that each have tiles below all tiles of the one before; null: none. */
function deepestWhole(database: DatabaseSync): number | null {
  const levels = database.prepare('select zoom_level as z, count(*) as tiles from tiles group by 1 order by 1').all();
  const above = database.prepare(
    'select count(*) as tiles from (select distinct tile_column / 2, tile_row / 2 from tiles where zoom_level = ?)',
  );
  let found: { readonly zoom: number; readonly tiles: number } | null = null;
  for (const { z, tiles } of levels) {
    const zoom = Number(z);
    const isNext = found !== null && zoom === found.zoom + 1;
    if (found !== null && isNext && Number(above.get(zoom)?.tiles) < found.tiles) break;
    found = { zoom, tiles: Number(tiles) };
  }
  return found?.zoom ?? null;
}

const vectorTiles = ({ name }: SourceFile, zoom: number): ImportError =>
  new ImportError('unsupportedFormat', {
    detail: `${name} holds vector tiles (down to zoom level ${zoom}): features that were cut at the edges of tiles and simplified for drawing, which are not the data any more.`,
    hint: 'Import the file that the tiles were made from. Where the pieces will do, write them to a GeoPackage first: ogr2ogr pieces.gpkg and the name of the file.',
  });
