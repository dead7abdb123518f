import { xmlRoot } from '../../util/xml-head.ts';

/** A format that GDAL reads: its driver, and how a file of it is told. */
export interface GdalKind {
  /** GDAL's name of the driver; no other looks at the file. */
  readonly driver: string;
  /** What people call it. */
  readonly title: string;
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  readonly mediaTypes: readonly string[];
  /** Looks at the first bytes, also as Latin-1 text. Absent where only the extension tells. */
  readonly matches?: (head: Head) => boolean;
  /** How GDAL's driver is to open it, where its own way will not do. */
  readonly openOptions?: readonly string[];
  /** Whether a layer can only be read from a source that was just opened. */
  readonly readsOnce?: true;
  /** Layers that are taken where not all are. */
  readonly layers?: readonly string[];
  /** Whether nothing in it has a height. */
  readonly isFlat?: true;
  /** Whether the driver learns from the file's name where it lies. */
  readonly isPlacedByName?: true;
  /** Whether only a file beside it can say where it lies. */
  readonly isPicture?: true;
  /** Whether it is XML, where entities are refused. */
  readonly isXml?: true;
  /** Whether it is text, of which the driver would read a NUL character for ever. */
  readonly isText?: true;
  /** Extension of the file that declares the types: without it text may be anything. */
  readonly schema?: string;
}

/** The first bytes of a file in the ways in which they are looked at. */
export interface Head {
  readonly text: string;
  /** Local name of the first element; null for what is no XML. */
  readonly root: string | null;
  /** Whether the text begins with a `<`. */
  readonly isMarkup: boolean;
}

/** Reads the signs of a file's first bytes. */
export function headOf(bytes: Uint8Array): Head {
  const text = Buffer.from(bytes).toString('latin1');
  return { text, root: xmlRoot(bytes), isMarkup: /^(?:\xef\xbb\xbf)?\s*</.test(text) };
}

const GML_NAMESPACE = 'http://www.opengis.net/gml';
const NO_GML = ['rss', 'feed', 'RDF', 'kml', 'gpx', 'html', 'schema', 'osm'];

/** OSM PBF: length of the first block's header, then that header, which names its kind (fileformat.proto). */
const OSM_PBF = /^\0\0\0[\x0b-\xff]\n\tOSMHeader/;

/** SQLite, but no GeoPackage (application_id at byte 68, or the table that every one has). */
export const isOtherSqlite = ({ text }: Head): boolean =>
  text.startsWith('SQLite format 3\0') && !/^GP(?:KG|1\d)$/.test(text.slice(68, 72)) && !text.includes('gpkg_contents');

/** Every driver of GDAL that files are shown to. They read plain data and open nothing that a file names. */
export const gdalKinds: readonly GdalKind[] = [
  {
    driver: 'OpenFileGDB',
    title: 'Esri file geodatabase',
    extensions: ['.gdb', '.gdbtable'],
    mediaTypes: [],
  },
  {
    driver: 'MapInfo File',
    title: 'MapInfo TAB',
    extensions: ['.tab'],
    mediaTypes: [],
    isFlat: true,
    matches: ({ text }) => /^\s*!table\s*\r?\n\s*!version/i.test(text),
  },
  {
    driver: 'MapInfo File',
    title: 'MapInfo MIF',
    extensions: ['.mif'],
    mediaTypes: [],
    isFlat: true,
    matches: ({ text }) => /^\s*version\s+\d+\s/i.test(text) && /^\s*columns\s+\d+/im.test(text),
  },
  {
    driver: 'DXF',
    title: 'AutoCAD DXF',
    extensions: ['.dxf'],
    mediaTypes: ['image/vnd.dxf', 'application/dxf'],
    isText: true,
    matches: ({ text }) => /^(?:\s*999\r?\n[^\n]*\n)*\s*0\s*\r?\n\s*SECTION\s*\r?\n/.test(text),
  },
  {
    driver: 'S57',
    title: 'IHO S-57 chart',
    extensions: ['.000'],
    mediaTypes: [],
    matches: ({ text }) => /^\d{5}3LE1/.test(text) && text.includes('DSID'),
  },
  {
    driver: 'OSM',
    title: 'OpenStreetMap',
    extensions: ['.osm', '.pbf'],
    mediaTypes: ['application/vnd.openstreetmap.data+xml'],
    matches: ({ text, root }) => root === 'osm' || OSM_PBF.test(text),
    layers: ['points', 'lines', 'multilinestrings', 'multipolygons'],
    readsOnce: true,
    isXml: true,
  },
  {
    driver: 'GeoRSS',
    title: 'GeoRSS',
    extensions: ['.georss', '.rss', '.atom'],
    mediaTypes: ['application/rss+xml', 'application/atom+xml'],
    matches: ({ text, root }) =>
      root === 'rss' || (root === 'feed' && text.includes('2005/Atom')) || (root === 'RDF' && text.includes('rss/1.0')),
    isXml: true,
  },
  {
    driver: 'JML',
    title: 'OpenJUMP JML',
    extensions: ['.jml'],
    mediaTypes: [],
    matches: ({ root }) => root === 'JCSDataFile',
    isXml: true,
  },
  {
    driver: 'GML',
    title: 'GML',
    extensions: ['.gml'],
    mediaTypes: ['application/gml+xml'],
    matches: ({ text, root }) => root !== null && !NO_GML.includes(root) && text.includes(GML_NAMESPACE),
    isXml: true,
    schema: '.xsd',
  },
  {
    driver: 'SQLite',
    title: 'SQLite, SpatiaLite',
    extensions: ['.sqlite', '.sqlite3', '.db'],
    mediaTypes: ['application/vnd.sqlite3', 'application/x-sqlite3'],
    matches: isOtherSqlite,
    openOptions: ['LIST_ALL_TABLES=YES'],
  },
  {
    driver: 'OGR_GMT',
    title: 'GMT vectors',
    extensions: ['.gmt'],
    mediaTypes: [],
    matches: ({ text }) => text.startsWith('# @VGMT'),
  },
  { driver: 'DGN', title: 'MicroStation DGN 7', extensions: ['.dgn'], mediaTypes: [] },
];

/**
 * Files that hold no data but say where GDAL is to fetch it: first elements of virtual formats and service
 * descriptions.
 */
const POINTING_ROOTS =
  /^(?:OGRVRTDataSource|VRTDataset|VRTTransformer|GDAL_WMS|GDAL_WMTS|OGRWFSDataSource|OGRGMLASDataSource|WCS_GDAL|OGR_GMLAS|GMLASConfiguration|OGRCSWDataSource|TMS)$/i;

/** Whether a file only points to other sources, which none is followed. */
export const pointsElsewhere = ({ root }: Head): boolean => root !== null && POINTING_ROOTS.test(root);

/** Whether a file is a PMTiles archive: its first seven bytes (specification 3, and 2 without a seventh). */
export const isPmtiles = ({ text }: Head): boolean => /^(?:PMTiles|PM[\x01\x02]\0)/.test(text);

/** TIFF, BigTIFF, PNG, JPEG, GIF, JPEG 2000, Erdas Imagine, NITF. */
const RASTER =
  /^(?:II[*+]\0|MM\0[*+]|\x89PNG\r\n|\xff\xd8\xff|GIF8|\0\0\0\x0cjP |\xff\x4f\xff\x51|EHFA_HEADER_TAG|NITF0)/;

/** Whether a file is an image or a raster, told by its first bytes. */
export const isRaster = ({ text }: Head): boolean => RASTER.test(text);

/** The kind of a file by its bytes, then by its extension (lower case, with the dot); null where none fits. */
export const kindOf = (head: Head, extension: string): GdalKind | null =>
  gdalKinds.find((kind) => kind.matches?.(head)) ??
  gdalKinds.find(({ extensions }) => extensions.includes(extension)) ??
  null;
