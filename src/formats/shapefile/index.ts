import { extname } from 'node:path';
import type { Format } from '../format.ts';

/** First bytes of .shp and .shx: file code 9994, five unused numbers, and version 1000 behind the length. */
const isShape = (head: Uint8Array): boolean =>
  head.length >= 100 && head[0] === 0 && head[1] === 0 && head[2] === 0x27 && head[3] === 0x0a && head[28] === 0xe8;

/** ESRI's shapefile with the files beside it, and the DBF table alone. */
export const shapefile: Format = {
  id: 'shapefile',
  title: 'Shapefile, dBASE table',
  extensions: ['.shp', '.dbf', '.shx'],
  mediaTypes: ['application/vnd.shp', 'application/x-esri-shape', 'application/vnd.dbf', 'application/x-dbf'],
  matches: isShape,
  lateExtension: '.shp',
  async open(file, options) {
    const { missingPart, openShapefile } = await import('./layer.ts');
    const extension = extname(file.name).toLowerCase();
    if (extension === '.shx') throw missingPart(file.name, '.shp file');
    if (extension === '.dbf') return [openShapefile({ shape: null, table: file }, options)];
    const table = file.companions.get('.dbf');
    if (table === undefined) throw missingPart(file.name, '.dbf file');
    return [openShapefile({ shape: file, table: { ...table, companions: file.companions } }, options)];
  },
};
