import { type GdalKind, type Head, isOtherSqlite } from '../kinds.ts';

/** Every driver of GDAL that rasters are shown to. They read pixels out of the file and open nothing that it names. */
export const rasterKinds: readonly GdalKind[] = [
  {
    driver: 'GTiff',
    title: 'GeoTIFF',
    extensions: ['.tif', '.tiff', '.gtiff'],
    mediaTypes: ['image/tiff', 'image/geotiff'],
    matches: ({ text }) => /^(?:II[*+]\0|MM\0[*+])/.test(text),
  },
  {
    driver: 'HFA',
    title: 'Erdas Imagine',
    extensions: ['.img'],
    mediaTypes: [],
    matches: ({ text }) => text.startsWith('EHFA_HEADER_TAG'),
  },
  {
    driver: 'AAIGrid',
    title: 'Arc/Info ASCII grid',
    extensions: ['.asc'],
    mediaTypes: [],
    matches: ({ text }) => /^\s*n(?:cols|rows)\s+\d+\s+n(?:cols|rows)\s+\d+\s+[xy]ll(?:corner|center)\s/i.test(text),
  },
  {
    driver: 'SRTMHGT',
    title: 'SRTM heights',
    extensions: ['.hgt'],
    mediaTypes: [],
    isPlacedByName: true,
  },
  {
    driver: 'DTED',
    title: 'DTED',
    extensions: ['.dt0', '.dt1', '.dt2'],
    mediaTypes: [],
    matches: ({ text }) => /^UHL1\d/.test(text),
  },
  {
    driver: 'GRIB',
    title: 'GRIB',
    extensions: ['.grb', '.grb2', '.grib', '.grib2'],
    mediaTypes: [],
    matches: ({ text }) => /^GRIB[\s\S]{3}[\x01\x02]/.test(text),
  },
  {
    driver: 'MBTiles',
    title: 'MBTiles of pictures',
    extensions: ['.mbtiles'],
    mediaTypes: [],
    // The statements that made its tables are on the first pages.
    matches: (head) => isOtherSqlite(head) && /\btile_data\b/i.test(head.text) && /\bmetadata\b/i.test(head.text),
  },
  {
    driver: 'PNG',
    isPicture: true,
    title: 'PNG with a world file',
    extensions: ['.png'],
    mediaTypes: ['image/png'],
    matches: ({ text }) => text.startsWith('\x89PNG\r\n'),
  },
  {
    driver: 'JPEG',
    isPicture: true,
    title: 'JPEG with a world file',
    extensions: ['.jpg', '.jpeg'],
    mediaTypes: ['image/jpeg'],
    matches: ({ text }) => text.startsWith('\xff\xd8\xff'),
  },
  {
    driver: 'GIF',
    isPicture: true,
    title: 'GIF with a world file',
    extensions: ['.gif'],
    mediaTypes: ['image/gif'],
    matches: ({ text }) => /^GIF8[79]a/.test(text),
  },
];

/** The kind of raster that a file is, by its bytes, then by its extension; null where it is none. */
export const rasterKindOf = (head: Head, extension: string): GdalKind | null =>
  rasterKinds.find((kind) => kind.matches?.(head)) ??
  rasterKinds.find((kind) => kind.matches === undefined && kind.extensions.includes(extension)) ??
  null;
