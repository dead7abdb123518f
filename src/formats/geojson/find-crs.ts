import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crsObjectName, sridOfCrsName } from '../../domain/crs.ts';
import { ImportError } from '../../errors.ts';

/** How much of the end of a file is searched for a `crs` behind the features. */
const TAIL_BYTES = 1 << 16;

/** SRID of a `crs` member, null where it is null. Throws unknownSrid with the name for one that is not known. */
export function sridOfCrs(json: string, file: string): number | null {
  const name = crsObjectName(json);
  if (name === null) return null;
  const srid = name === undefined ? null : sridOfCrsName(name);
  if (srid !== null) return srid;
  throw new ImportError('unknownSrid', {
    detail: `${file}: the crs ${name === undefined ? json.slice(0, 120) : JSON.stringify(name)} is not known.`,
    hint: 'Use a named crs such as urn:ogc:def:crs:EPSG::25830, or remove it and write longitude and latitude.',
  });
}

/**
 * Text of the `crs` that stands among the members behind the `features` of the one collection in a file, or null. A
 * place in the tail is that member only if everything from there to the end of the file, behind one `{`, is an object:
 * a `crs` among properties or in a string would leave brackets over.
 */
export function crsBehindFeatures(path: string): string | null {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, tail, 0, tail.length, size - tail.length);
    const text = tail.toString('utf8');
    for (let at = text.lastIndexOf('"crs"'); at >= 0; at = at === 0 ? -1 : text.lastIndexOf('"crs"', at - 1)) {
      const crs = memberOfObject(`{${text.slice(at)}`);
      if (crs !== undefined) return crs;
    }
    return null;
  } finally {
    closeSync(file);
  }
}

function memberOfObject(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && 'crs' in value ? JSON.stringify(value.crs) : undefined;
  } catch {
    return undefined;
  }
}

/** Text of the `crs` inside a geometry, as PostGIS writes one for other systems than 4326, or null. */
export function crsInGeometry(bytes: Buffer, start: number, end: number): string | null {
  const head = bytes.toString('utf8', start, Math.min(end, start + 1024));
  return /"crs"\s*:\s*(\{[^{}]*\{[^{}]*\}[^{}]*\})/.exec(head)?.[1] ?? null;
}
