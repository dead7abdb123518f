import type { Layer } from '../../../domain/layer.ts';
import { layerName } from '../../../domain/naming.ts';
import { factorColumn, overviewFactors, type RasterFacts, rasterColumn } from '../../../domain/raster.ts';
import { ImportError } from '../../../errors.ts';
import type { ReadOptions, SourceFile } from '../../format.ts';
import type { Gdal } from '../gdal.ts';
import type { RasterInfo } from '../info.ts';
import type { GdalKind } from '../kinds.ts';
import { MountedFiles } from '../mounted-files.ts';
import { readableTiff } from '../tiff/unpack-tiff.ts';
import { translateGdal } from '../translate.ts';
import { scan } from './scan.ts';
import { readTiles } from './tiles.ts';
import { warpToGrid } from './warp.ts';

/**
 * Opens a raster by GDAL: it is warped to the grid of web maps in a file of the job's folder, and read from there tile by
 * tile. Throws unsupportedFormat (1002), loadFailed (2001), badGeometries (2014), unknownSrid (3008), fileTooBig (6666).
 */
export async function openRaster(
  file: SourceFile,
  kind: GdalKind,
  options: ReadOptions,
  { gdal, scratch }: { readonly gdal: Gdal; readonly scratch: string },
): Promise<readonly Layer[]> {
  try {
    using readable = kind.driver === 'GTiff' ? await readableTiff(file, gdal, scratch) : null;
    using mounted = new MountedFiles(readable?.file ?? file, kind);
    const path = gdal.mount(mounted.files, mounted.suffix) + mounted.main;
    const dataset = gdal.open(kind.driver, path, kind.openOptions, 'raster');
    const info = gdal.describeRaster(dataset);
    const system = systemOf(info, file, options.sourceSrid);
    const warped = warpToGrid({ gdal, dataset, info, name: file.name, system: system.definition, scratch });
    gdal.close(dataset);
    const { zoom, left, top, width, height } = warped;
    const { bands, fills } = scan(warped, info);
    const factors = overviewFactors(width, height, zoom);
    const facts: RasterFacts = { zoom, left, top, width, height, bands, factors };
    return [
      {
        name: layerName(file.name),
        srid: null,
        columns: [rasterColumn, factorColumn],
        types: ['bytea', 'bigint'],
        hasGeometry: false,
        raster: facts,
        // Everything is known already.
        sample: async () => undefined,
        read: async (onRecord) => readTiles(warped, facts, fills, onRecord),
        warnings: () => (system.isAssumed ? { assumed_srid: 4326 } : {}),
      },
    ];
  } catch (error) {
    throw translateGdal(error, file.name, kind.title, 'GeoTIFF');
  }
}

interface System {
  /** For GDAL; null: the file's own. */
  readonly definition: string | null;
  readonly isAssumed: boolean;
}

/** The system of a raster's coordinates: the one asked for, its own, or degrees where its place can be nothing else. */
function systemOf(info: RasterInfo, file: SourceFile, asked: number | null): System {
  const isPlaced = info.geoTransform !== undefined || info.gcps !== undefined || info.metadata?.RPC !== undefined;
  if (!isPlaced) throw notPlaced(file);
  if (asked !== null) return { definition: `EPSG:${asked}`, isAssumed: false };
  const own = info.coordinateSystem?.wkt ?? info.gcps?.coordinateSystem?.wkt ?? '';
  if (own !== '' && !/^(?:LOCAL_CS|ENGCRS|ENGINEERINGCRS)\[/i.test(own)) return { definition: null, isAssumed: false };
  if (liesInDegrees(info)) return { definition: 'EPSG:4326', isAssumed: true };
  throw new ImportError('unknownSrid', {
    detail: `${file.name} does not name the coordinate system of its pixels, and their places are no degrees.`,
    hint: 'Name the EPSG code with source_srid, add the .prj file, or save it as GeoTIFF with its system (gdal_translate -a_srs).',
  });
}

const notPlaced = ({ name }: SourceFile): ImportError =>
  new ImportError('unsupportedFormat', {
    detail: `${name} is a picture that does not say where on earth it lies.`,
    hint: 'Georeference it and save it as GeoTIFF, or pack it with its world file (.tfw, .pgw, .jgw) into a zip file.',
  });

/** Files beside a picture that place it: world files and GDAL's own. */
const PLACING = /^\.(?:[a-z]+w|wld|(?:[a-z]+\.)?aux\.xml)$/;

/** Throws unsupportedFormat for a picture without a file that could say where it lies. */
export function checkPlaced(file: SourceFile, kind: GdalKind): void {
  if (kind.isPicture && ![...file.companions.keys()].some((end) => PLACING.test(end))) throw notPlaced(file);
}

function liesInDegrees({ size: [columns, rows], geoTransform }: RasterInfo): boolean {
  if (geoTransform === undefined) return false;
  const [west, across, aslant, north, askew, down] = geoTransform;
  const corners = [0, columns].flatMap((x) => [0, rows].map((y) => [x, y] as const));
  return corners.every(
    ([x, y]) => Math.abs(west + x * across + y * aslant) <= 180.5 && Math.abs(north + x * askew + y * down) <= 90.5,
  );
}
