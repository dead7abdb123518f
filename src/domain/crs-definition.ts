import { canonicalSrid, sridOfCrsName } from './crs.ts';
import { sridOfSystemName } from './crs-names.ts';
import { parseWkt, type WktNode } from './wkt.ts';

/** What a source says of its reference system: an SRID, or the definition itself for the database to understand. */
export interface CrsDefinition {
  /** null: no EPSG code is known. */
  readonly srid: number | null;
  /** WKT, PROJJSON or a PROJ string; only where `srid` is null. */
  readonly crsWkt?: string;
}

/**
 * Reads a definition of a reference system: WKT of any version and writer, PROJJSON, a PROJ string, or a name such as
 * `EPSG:25830`. A system is taken for an EPSG code only where it says so itself, or has a well-known name together
 * with that system's unit. Blank text is no definition.
 */
export function readCrsDefinition(text: string): CrsDefinition {
  const definition = text
    .replace(/^\ufeff/, '')
    .replace(/\0.*$/s, '')
    .trim();
  if (definition === '') return { srid: null };
  const srid = sridOfDefinition(definition);
  return srid === null ? { srid, crsWkt: definition } : { srid };
}

function sridOfDefinition(definition: string): number | null {
  if (definition.startsWith('{')) return sridOfProjJson(definition);
  if (definition.startsWith('+')) return sridOfProjString(definition);
  const named = sridOfCrsName(definition);
  if (named !== null) return named;
  const root = parseWkt(definition);
  if (root === null) return sridOfArcInfo(definition);
  const system = horizontal(root);
  return ownCode(system) ?? sridOfSystemName(nameOf(system), unitOf(system), isGreenwich(system));
}

/** The system of x and y inside what adds heights, datum shifts or both. */
function horizontal(node: WktNode): WktNode {
  const inner = { COMPD_CS: 0, COMPOUNDCRS: 0, BOUNDCRS: 0, SOURCECRS: 0, FITTED_CS: -1 }[node.keyword];
  const child = inner === undefined ? undefined : node.nodes[inner];
  return child === undefined ? node : horizontal(child);
}

const nameOf = (node: WktNode): string => (typeof node.values[0] === 'string' ? node.values[0] : '');

function ownCode(node: WktNode): number | null {
  const id = node.nodes.find(({ keyword }) => keyword === 'AUTHORITY' || keyword === 'ID');
  if (id === undefined) return null;
  const [authority, code] = id.values;
  const number = Number(code);
  if (!Number.isInteger(number) || number <= 0) return null;
  if (/^EPSG$/i.test(String(authority))) return canonicalSrid(number);
  // ESRI numbers most systems as EPSG does, its own from 37001 and 53001 on, of which only mercator has another code.
  return /^ESRI$/i.test(String(authority)) && canonicalSrid(number) === 3857 ? 3857 : null;
}

/** Size of the system's unit in metres or radians; null where none is said. */
function unitOf(node: WktNode): number | null {
  const words = ['UNIT', 'LENGTHUNIT', 'ANGLEUNIT'];
  const find = (within: WktNode): WktNode | undefined =>
    within.nodes.findLast(({ keyword }) => words.includes(keyword)) ??
    within.nodes
      .filter(({ keyword }) => keyword === 'AXIS')
      .flatMap((axis) => axis.nodes.filter(({ keyword }) => words.includes(keyword)))[0];
  const size = Number(find(node)?.values[1]);
  return Number.isFinite(size) ? size : null;
}

function isGreenwich(node: WktNode): boolean {
  const meridian = node.nodes.find(({ keyword }) => keyword === 'PRIMEM' || keyword === 'PRIMEMERIDIAN');
  if (meridian !== undefined) return Number(meridian.values[1]) === 0;
  const base = node.nodes.find(
    ({ keyword }) => keyword === 'GEOGCS' || keyword === 'BASEGEOGCRS' || keyword === 'BASEGEODCRS',
  );
  return base === undefined || isGreenwich(base);
}

function sridOfProjJson(json: string): number | null {
  const id = /"id"\s*:\s*\{[^{}]*\}\s*\}\s*$/.exec(json)?.[0] ?? '';
  if (!/"authority"\s*:\s*"(EPSG|OGC)"/i.test(id)) return null;
  if (/"authority"\s*:\s*"OGC"/i.test(id)) return /"code"\s*:\s*"CRS84h?"/i.test(id) ? 4326 : null;
  const code = /"code"\s*:\s*"?(\d{1,6})/.exec(id)?.[1];
  return code === undefined ? null : canonicalSrid(Number(code));
}

function sridOfProjString(text: string): number | null {
  const code = /^\+init=epsg:(\d{1,6})\b/i.exec(text)?.[1];
  if (code !== undefined) return canonicalSrid(Number(code));
  return /^\+proj=longlat(?=.*\+datum=WGS84)(?!.*\+pm=)/.test(text) ? 4326 : null;
}

/** The .prj of Arc/Info, lines of words: only degrees are understood, the rest has too many dialects. */
function sridOfArcInfo(text: string): number | null {
  if (!/^\s*Projection\s+GEOGRAPHIC\s*$/im.test(text) || !/^\s*Units\s+(DD|DEGREES)\s*$/im.test(text)) return null;
  const datum = /^\s*Datum\s+(\S+)\s*$/im.exec(text)?.[1]?.toUpperCase();
  return datum === 'WGS84' ? 4326 : datum === 'NAD83' ? 4269 : datum === 'NAD27' ? 4267 : null;
}
