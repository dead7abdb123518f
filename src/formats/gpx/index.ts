import { xmlRoot } from '../../util/xml-head.ts';
import type { Format } from '../format.ts';

/**
 * GPX 1.0 and 1.1: the layers waypoints, routes, tracks, route_points and track_points, those that hold anything, with
 * columns as GDAL names them; `ele` is also the Z of points. Elements of extensions (heart rate, temperature) are
 * columns of their own name. The description of the file itself (`metadata`) is not kept.
 */
export const gpx = {
  id: 'gpx',
  title: 'GPX',
  extensions: ['.gpx'],
  mediaTypes: ['application/gpx+xml'],
  matches: (head) => xmlRoot(head) === 'gpx',
  open: async (file, options, context) => (await import('./layers.ts')).openGpx(file, options, context),
} as const satisfies Format;
