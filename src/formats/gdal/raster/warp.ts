import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { maxZoom, pixelSizeAt, worldEdge, zoomFor } from '../../../domain/raster.ts';
import { ImportError } from '../../../errors.ts';
import type { Dataset, Gdal } from '../gdal.ts';
import type { RasterInfo } from '../info.ts';

/** Most bytes of a raster on the grid of web maps, on the disk of the reader while it is cut into tiles. */
const MAX_BYTES = 2 ** 31 - 1;

/** Most bands: PostGIS holds more, no map or query does anything with them. */
const MAX_BANDS = 256;

/** Bytes of a pixel of the types that are taken. */
const typeBytes: Readonly<Record<string, number>> = {
  Byte: 1,
  Int16: 2,
  UInt16: 2,
  Int32: 4,
  UInt32: 4,
  Float32: 4,
  Float64: 8,
};

/** A raster on the grid of a zoom level, as a file of bare pixels: row by row, the bands of a row one after another. */
export interface Warped {
  readonly path: string;
  readonly zoom: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** As GDAL calls it; the same for all bands. */
  readonly type: string;
  /** Bands of the file. */
  readonly bands: number;
  /** Whether a last band was added that is 0 where there is nothing. */
  readonly hasMask: boolean;
}

/** What is to be warped. */
export interface Source {
  readonly gdal: Gdal;
  readonly dataset: Dataset;
  readonly info: RasterInfo;
  /** What the user calls the file. */
  readonly name: string;
  /** The system of the coordinates, in words of GDAL, where the file does not say it or is not to be believed. */
  readonly system: string | null;
  /** The folder that GDAL knows as `/scratch`. */
  readonly scratch: string;
}

let warped = 0;

/**
 * Warps a raster to EPSG:3857, to the grid of the zoom level that is as fine or the next finer one. The nearest pixel is
 * taken: no value is computed. Throws GdalFailure, fileTooBig (6666), unsupportedFormat (1002).
 */
export function warpToGrid(source: Source): Warped {
  const { gdal, dataset, info, name, scratch } = source;
  const type = pixelTypeOf(info, name);
  const hasMask = needsMask(info);
  const common = [
    '-overwrite',
    ...(source.system === null ? [] : ['-s_srs', source.system]),
    ...(hasMask ? ['-dstalpha'] : []),
  ];
  const target = `${++warped}`;
  const foreseen = foresee(source, common, 'EPSG:3857', target);
  const pixelSize = isGlobal(foreseen)
    ? Math.min(metresOf(info), finest(foresee(source, common, 'EPSG:4326', target)) * (worldEdge / 180))
    : finest(foreseen);
  const { zoom, left, top, width, height } = onGrid(foreseen, pixelSize, name);
  const bands = info.bands.length + (hasMask ? 1 : 0);
  const bytes = width * height * bands * (typeBytes[type] ?? 8);
  if (bytes > MAX_BYTES) {
    throw new ImportError('fileTooBig', {
      detail:
        `${name} would be ${width} x ${height} pixels with ${bands} bands on the grid of web maps at zoom level ${zoom}, ` +
        `${Math.ceil(bytes / 2 ** 20)} MB; one raster may have ${Math.floor(MAX_BYTES / 2 ** 20)} MB.`,
      hint: 'Cut it into several files, or save it with fewer bands or larger pixels (gdalwarp -tr).',
    });
  }
  const size = pixelSizeAt(zoom);
  const west = left * size - worldEdge;
  const north = worldEdge - top * size;
  gdal.warp(dataset, `/scratch/${target}.bil`, [
    ...common,
    ...['-t_srs', 'EPSG:3857', '-of', 'ENVI', '-co', 'INTERLEAVE=BIL', '-ot', type],
    ...['-te', String(west), String(north - height * size), String(west + width * size), String(north)],
    ...['-ts', String(width), String(height), '-r', 'near', '-wm', '64'],
  ]);
  return { path: join(scratch, `${target}.bil`), zoom, left, top, width, height, type, bands, hasMask };
}

/** The size and place that GDAL itself would choose: it keeps the pixels of the middle about as fine as they are. */
function foresee(
  { gdal, dataset, scratch }: Source,
  common: readonly string[],
  system: string,
  target: string,
): RasterInfo {
  const file = `${target}-${system.replace(':', '')}.vrt`;
  try {
    return gdal.warp(dataset, `/scratch/${file}`, [...common, '-t_srs', system, '-of', 'VRT']);
  } finally {
    rmSync(join(scratch, file), { force: true });
  }
}

/** Shorter side of a pixel, in units of its system. */
const finest = ({ geoTransform }: RasterInfo): number =>
  Math.min(Math.abs(geoTransform?.[1] ?? 0), Math.abs(geoTransform?.[5] ?? 0));

/**
 * Whether it goes around the world or far beyond the web mercator part of it, as with poles: GDAL then chooses pixels that
 * say nothing of those of the file.
 */
function isGlobal({ size: [columns, rows], geoTransform }: RasterInfo): boolean {
  const [, pixelWidth, , north, , pixelHeight] = geoTransform ?? [0, 0, 0, 0, 0, 0];
  const reach = Math.max(Math.abs(north), Math.abs(north + rows * pixelHeight));
  return columns * pixelWidth > worldEdge * 1.8 || reach > worldEdge * 1.05;
}

/** Side of the file's own pixels in metres, which web mercator only enlarges; infinite where its system has no metres. */
const metresOf = (info: RasterInfo): number =>
  /^PROJC/.test(info.coordinateSystem?.wkt ?? '') && info.geoTransform !== undefined ? finest(info) : Infinity;

/** The pixels of a zoom level whose centres lie inside. */
function onGrid(
  foreseen: RasterInfo,
  pixelSize: number,
  name: string,
): Pick<Warped, 'zoom' | 'left' | 'top' | 'width' | 'height'> {
  const [columns, rows] = foreseen.size;
  const [west, pixelWidth, , north, , pixelHeight] = foreseen.geoTransform ?? [0, 0, 0, 0, 0, 0];
  const zoom = zoomFor(pixelSize);
  const size = pixelSizeAt(zoom);
  const most = 256 * 2 ** zoom;
  const first = (metres: number): number => Math.min(Math.max(Math.round(metres / size), 0), most);
  // Around the world GDAL leaves out parts of its own pixels at the edges.
  const around = isGlobal(foreseen) ? 2 * pixelWidth : 0;
  const reach = (metres: number): number =>
    worldEdge - Math.abs(metres) < around ? Math.sign(metres) * worldEdge : metres;
  const left = first(reach(west) + worldEdge);
  const right = first(reach(west + columns * pixelWidth) + worldEdge);
  const top = first(worldEdge - north);
  const bottom = first(worldEdge - north - rows * pixelHeight);
  const isSound = [left, right, top, bottom].every(Number.isFinite) && pixelSize > 0;
  if (isSound && right > left && bottom > top) return { zoom, left, top, width: right - left, height: bottom - top };
  // Smaller than one pixel of the level.
  if (isSound && zoom === maxZoom && left < most && top < most) return { zoom, left, top, width: 1, height: 1 };
  throw new ImportError('badGeometries', {
    detail: `${name} does not lie on a web map: its pixels are outside of the world between 85.06° south and north.`,
    hint: 'Check the place and the coordinate system of the raster (gdalinfo shows them).',
  });
}

/** The type of the pixels of all bands. */
function pixelTypeOf({ bands }: RasterInfo, name: string): string {
  const types = [...new Set(bands.map(({ type }) => type))];
  const [first = ''] = types;
  if (types.length === 1 && first === 'Int8') return 'Int16';
  if (bands.length <= MAX_BANDS && types.length === 1 && typeBytes[first] !== undefined) return first;
  // Every whole number of the smaller types is one of these doubles.
  if (bands.length <= MAX_BANDS && types.length > 1 && types.every((type) => typeBytes[type] !== undefined)) {
    return 'Float64';
  }
  throw new ImportError('unsupportedFormat', {
    detail: `${name} has ${bands.length} bands of ${types.join(', ') || 'no type'}, which no raster of the database holds.`,
    hint: `Choose bands and their type (gdal_translate -b 1 -ot Float32); at most ${MAX_BANDS} bands of real numbers can be read.`,
  });
}

/** Whether the file itself cannot say where it has no pixels, so that a band is needed which does. */
const needsMask = ({ bands }: RasterInfo): boolean =>
  !bands.every(({ noDataValue }) => noDataValue !== undefined) &&
  !bands.some(({ colorInterpretation }) => colorInterpretation === 'Alpha');
