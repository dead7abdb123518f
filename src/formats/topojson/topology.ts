import { crsObjectSrid } from '../../domain/crs.ts';
import { ImportError } from '../../errors.ts';
import { JsonWalker } from '../json/json-walker.ts';
import { Arcs, type Transform } from './arcs.ts';

/** Names that are collected; far more than the layers that one import may have. */
const MAX_OBJECTS = 1000;

/** What all layers of a file share. */
export interface Topology {
  readonly objects: readonly string[];
  readonly arcs: Arcs;
  readonly transform: Transform | null;
  /** null where nothing is said and the coordinates are no degrees, as of topologies that were projected for a screen. */
  readonly srid: number | null;
}

const hint = 'Check the file with a program that reads TopoJSON, or export it again.';

/** Reads a file through, keeps its arcs and the names of its objects. Throws badGeoJson, badEncoding, fileTooBig. */
export function readTopology(path: string, name: string, chunkBytes?: number): Topology {
  using walker = new JsonWalker(path, name, chunkBytes);
  const objects: string[] = [];
  const arcs = new Arcs(name);
  let transform: Transform | null = null;
  let srid: number | null = null;
  if (!walker.enterObject()) walker.refuse('found no object', 'TopoJSON begins with {.');
  while (walker.nextKey()) {
    switch (walker.key) {
      case 'arcs':
        readArcs(walker, arcs);
        break;
      case 'transform':
        transform = readTransform(walker);
        break;
      case 'crs':
        srid = readCrs(walker.text(), name);
        break;
      case 'objects':
        readNames(walker, name, objects);
        break;
      default:
        walker.skip();
    }
  }
  walker.finish();
  if (objects.length === 0) {
    throw new ImportError('emptyFile', { detail: `${name} is a topology without objects.`, hint });
  }
  if (transform !== null) arcs.decode(transform);
  return { objects, arcs, transform, srid: srid ?? (arcs.isDegrees ? 4326 : null) };
}

function readCrs(json: string, file: string): number | null {
  const srid = crsObjectSrid(json);
  if (srid >= 0) return srid === 0 ? null : srid;
  throw new ImportError('unknownSrid', {
    detail: `${file}: the crs ${json.slice(0, 120)} is not known.`,
    hint: 'Use a named crs such as urn:ogc:def:crs:EPSG::25830, or remove it and write longitude and latitude.',
  });
}

function readArcs(walker: JsonWalker, arcs: Arcs): void {
  if (!walker.enterArray()) walker.refuse('found `arcs` that are no array', hint);
  for (let index = 0; walker.nextElement(); index++) {
    walker.scanner.place = `arc ${index}`;
    if (!arcs.add(JSON.parse(walker.text()))) walker.refuse('found an arc that is no list of positions', hint);
  }
  walker.scanner.place = '';
}

function readNames(walker: JsonWalker, name: string, objects: string[]): void {
  if (!walker.enterObject()) walker.refuse('found `objects` that are no object', hint);
  while (walker.nextKey()) {
    if (objects.length === MAX_OBJECTS) {
      throw new ImportError('tooManyLayers', {
        detail: `${name} has more than ${MAX_OBJECTS} objects.`,
        hint: 'Split the topology into several files.',
      });
    }
    objects.push(walker.key);
    walker.skip();
  }
}

function isPair(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === 'number');
}

function readTransform(walker: JsonWalker): Transform | null {
  const value: unknown = JSON.parse(walker.text());
  if (value === null) return null;
  if (typeof value === 'object' && 'scale' in value && 'translate' in value) {
    const { scale, translate } = value;
    if (isPair(scale) && isPair(translate)) return { scale, translate };
  }
  return walker.refuse('found a `transform` without the pairs `scale` and `translate`', hint);
}
