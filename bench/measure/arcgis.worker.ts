/** The look-alike ArcGIS server of the tests in a thread of its own, so that its work is not counted as ours. */
import { parentPort, workerData } from 'node:worker_threads';
import { points, startArcgis } from '../../test/support/arcgis-server.ts';
import type { ServedLayer } from './arcgis-layer.ts';

const { rows, most, format, delayMs }: ServedLayer = workerData;
const layer = { features: points(rows), maxRecordCount: most, ...(format === 'pbf' ? { pbf: {} } : {}) };
const { url } = await startArcgis([layer], { delayMs });
parentPort?.postMessage(`${url}/0`);
