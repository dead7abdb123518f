import type { Format } from '../format.ts';

/**
 * GeoJSON (RFC 7946): a FeatureCollection, a Feature, a geometry, any of them one a line (NDJSON, RFC 8142), or an
 * array of them; also an array of plain objects, which become rows without geometry. Properties of all features become
 * columns. A feature's `id` is the column `id`, or `feature_id` where the properties have an `id`. Other members of
 * features and collections (`bbox`, foreign members) are not kept. A file that ends inside an object is refused
 * whatever it holds before; one of several objects that ends between two is whole.
 */
export const geojson = {
  id: 'geojson',
  title: 'GeoJSON',
  extensions: ['.geojson', '.json', '.geojsonl', '.geojsons', '.ndjson', '.jsonl'],
  mediaTypes: [
    'application/geo+json',
    'application/vnd.geo+json',
    'application/json',
    'application/geo+json-seq',
    'application/x-ndjson',
  ],
  matches: (head) =>
    /^(\xef\xbb\xbf)?[\s\x1e]*(\{\s*("|\}|$)|\[\s*(\{|\]|$))/.test(
      Buffer.from(head.subarray(0, 1024)).toString('latin1'),
    ),
  open: async (file, options, { folder }) => {
    const [{ openGeoJson }, { utf8File }] = await Promise.all([
      import('./layer.ts'),
      import('../text-encoding/utf8-file.ts'),
    ]);
    return [openGeoJson(utf8File(file, options.encoding, folder), options)];
  },
} as const satisfies Format;
