import { canonicalSrid } from '../domain/crs.ts';
import { crsCandidates } from '../domain/crs-candidates.ts';
import type { Layer } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import type { Extent } from './geometry/extent.ts';

/** The reference system of a layer's coordinates, and who says so. */
export interface LayerSystem {
  readonly srid: number | null;
  readonly crsWkt: string | undefined;
  /** The request named it. */
  readonly isAsked: boolean;
  /** Nobody named it: degrees are taken for granted as long as all coordinates can be degrees. */
  readonly isAssumed: boolean;
  /** SRID for the encoder: 0 where there is only a definition. */
  readonly encodedSrid: number;
}

/** What the request says holds, else what the source says, else 4326. */
export function layerSystem(layer: Layer, asked: number | null): LayerSystem {
  if (asked !== null) {
    const srid = canonicalSrid(asked);
    return { srid, crsWkt: undefined, isAsked: true, isAssumed: false, encodedSrid: srid };
  }
  const { srid, crsWkt } = layer;
  return {
    srid: srid === null ? null : canonicalSrid(srid),
    crsWkt,
    isAsked: false,
    isAssumed: layer.hasGeometry && srid === null && crsWkt === undefined,
    encodedSrid: srid ?? (crsWkt === undefined ? 4326 : 0),
  };
}

/** The error for a layer that names no system and whose coordinates are no degrees. */
export function missingSystem(layer: string, outside: Extent): ImportError {
  const range = `x from ${shown(outside.west)} to ${shown(outside.east)}, y from ${shown(outside.south)} to ${shown(outside.north)}`;
  const candidates = crsCandidates(outside);
  const advice = isSwapped(outside)
    ? 'Latitude seems to stand before longitude: exchange the two and import again.'
    : candidates.length > 0
      ? `Add the .prj file, or name the system with source_srid. Systems with such coordinates: ${candidates.join('; ')}.`
      : 'Add the .prj file, or name the system with source_srid.';
  return new ImportError('missingProjection', {
    detail: `Layer "${layer}" does not say which reference system its coordinates are in, and they are no degrees: ${range} in ${outside.geometries} geometries.`,
    hint: `${advice} source_srid=4326 imports the layer with those geometries left out.`,
  });
}

const shown = (value: number): string => String(Number(value.toPrecision(8)));

/** Whether most geometries outside the world would be inside with x and y exchanged. */
export const isSwapped = (outside: Extent): boolean => outside.swappable * 2 > outside.geometries;
