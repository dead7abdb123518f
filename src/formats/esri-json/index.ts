import type { Format } from '../format.ts';

/**
 * The JSON of ArcGIS servers (`f=json`): an object with `features` of `attributes` and `geometry`. Fields give the names
 * and types of the columns; dates are instants. Curves are refused feature by feature. Domains are not looked up: their
 * codes are the values.
 */
export const esriJson = {
  id: 'esri-json',
  title: 'Esri JSON',
  extensions: ['.esrijson'],
  mediaTypes: [],
  matches: (head) => {
    const text = Buffer.from(head.subarray(0, 1 << 16)).toString('latin1');
    if (!/^(\xef\xbb\xbf)?\s*\{/.test(text) || /"type"\s*:\s*"(?:Feature|FeatureCollection|Topology)"/.test(text)) {
      return false;
    }
    return /"geometryType"\s*:\s*"esriGeometry|"type"\s*:\s*"esriFieldType|"features"\s*:\s*\[\s*\{\s*("attributes"|"geometry"\s*:\s*\{[^{}]*\}\s*,\s*"attributes")\s*:/.test(
      text,
    );
  },
  open: async (file, options) => [(await import('./layer.ts')).openEsriJson(file, options)],
} as const satisfies Format;
