import type { FileMetaData } from 'hyparquet';
import { canonicalSrid, sridOfCrsName } from '../../domain/crs.ts';
import type { ParquetColumn } from './schema.ts';

/** Where a file has its geometry and what of. */
export interface Geometry {
  readonly column: string;
  /** `WKB`, or a native encoding: `point`, `linestring`, … `multipolygon`. */
  readonly encoding: string;
  readonly srid: number | null;
  readonly crsWkt?: string;
  /** Name of a reference system without a code that is known. */
  readonly unknownCrs?: string;
  /** Further columns that hold WKB. */
  readonly others: readonly string[];
  /** Columns that only say in which box the geometry of the row is. */
  readonly covers: readonly string[];
}

const SRID_OF_CRS84 = 4326;

type Members = ReadonlyMap<string, unknown>;
const members = (value: unknown): Members =>
  new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? null : JSON.parse(json);
  } catch {
    return null;
  }
}

/** The geometry by the key `geo` (GeoParquet), else by a column of the type GEOMETRY; null where there is none. */
export function findGeometry(metadata: FileMetaData, columns: readonly ParquetColumn[]): Geometry | null {
  const geo = members(parsed(metadata.key_value_metadata?.find(({ key }) => key === 'geo')?.value));
  const described = [...members(geo.get('columns'))].filter(([name]) => columns.some((column) => column.name === name));
  const primary = described.find(([name]) => name === geo.get('primary_column')) ?? described[0];
  if (primary === undefined) return ownGeometry(columns);
  const about = members(primary[1]);
  const encoding = String(about.get('encoding') ?? 'WKB');
  return {
    column: primary[0],
    encoding: /^(iso)?wkb$/i.test(encoding) ? 'WKB' : encoding.toLowerCase().replace(/^geoarrow\./, ''),
    ...referenceSystem(about.has('crs') ? about.get('crs') : undefined),
    others: described.map(([name]) => name).filter((name) => name !== primary[0]),
    covers: described.flatMap(([, value]) => coveringColumns(members(value).get('covering'))),
  };
}

function ownGeometry(columns: readonly ParquetColumn[]): Geometry | null {
  const own = columns.filter(({ node }) => /^GEO(METRY|GRAPHY)$/.test(node.element.logical_type?.type ?? ''));
  const [first, ...others] = own;
  if (first === undefined) return null;
  const crs = members(first.node.element.logical_type).get('crs');
  return {
    column: first.name,
    encoding: 'WKB',
    ...referenceSystem(typeof crs === 'string' ? (parsed(crs) ?? crs) : undefined),
    others: others.map(({ name }) => name),
    covers: [],
  };
}

/** `{bbox: {xmin: ['bbox', 'xmin'], …}}`. */
function coveringColumns(covering: unknown): readonly string[] {
  const [path] = [...members(members(covering).get('bbox')).values()];
  return Array.isArray(path) && path.length > 1 && typeof path[0] === 'string' ? [path[0]] : [];
}

/** A system as PROJJSON, or (before GeoParquet 1.0) as text: absent it is OGC:CRS84, null it is not known. */
function referenceSystem(crs: unknown): Pick<Geometry, 'srid' | 'crsWkt' | 'unknownCrs'> {
  if (crs === undefined) return { srid: SRID_OF_CRS84 };
  if (crs === null) return { srid: null };
  if (typeof crs === 'string') {
    const srid = sridOfCrsName(crs.replace(/^srid:/i, 'EPSG:'));
    return srid === null && crs.includes('[') ? { srid, crsWkt: crs } : { srid };
  }
  const system = members(crs);
  const ids = system.get('ids');
  const id = members(
    system.get('id') ?? (Array.isArray(ids) ? ids[0] : undefined) ?? members(system.get('source_crs')).get('id'),
  );
  const code = id.get('code');
  const srid = /^epsg$/i.test(String(id.get('authority')))
    ? canonicalSrid(Number(code))
    : sridOfCrsName(`${String(id.get('authority'))}:${String(code)}`);
  if (srid !== null && Number.isSafeInteger(srid) && srid > 0) return { srid };
  return { srid: null, unknownCrs: String(system.get('name') ?? 'without a name') };
}
