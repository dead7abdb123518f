import { xmlRoot } from '../../util/xml-head.ts';
import type { Format } from '../format.ts';

/** Elements that a KML file may begin with; old writers leave `kml` out. */
export const kmlRoots: readonly string[] = ['kml', 'Document', 'Folder', 'Placemark'];

/**
 * KML 2.x: the placemarks and ground overlays of every Folder and Document, each container a layer of its name. Data, SimpleData and SimpleArrayData of all schemas are
 * columns. Links are never followed: NetworkLink, Icon and Model give no data, styles are not kept but for their
 * address. KMZ is an archive, which holds KML.
 */
export const kml = {
  id: 'kml',
  title: 'KML',
  extensions: ['.kml'],
  mediaTypes: ['application/vnd.google-earth.kml+xml'],
  matches: (head) => xmlRoot(head) === 'kml',
  open: async (file, options, context) => (await import('./layers.ts')).openKml(file, options, context),
} as const satisfies Format;
