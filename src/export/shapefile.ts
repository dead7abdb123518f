import { type ZipEntry, zipOf } from '../util/zip-of.ts';
import { chunkedBytes } from './chunked.ts';
import { DBF_END, type DbfField, dbfFields, dbfHeader, dbfRecord } from './dbf.ts';
import { fileFormat } from './file-format.ts';
import type { ReferenceSystem, Row } from './format.ts';
import { systemOf } from './reference-system.ts';
import { type Box, extendBox, newBox, type Shape } from './shape.ts';
import {
  nullRecord,
  RECORD_HEAD_BYTES,
  recordHead,
  SHP_HEADER_BYTES,
  ShpType,
  shpHeader,
  shpRecord,
  shpType,
} from './shp.ts';
import type { Spool } from './spool.ts';
import { xmlText } from './value-text.ts';

const GEOGRAPHIC =
  'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]';

/** The systems of the web as ArcGIS spells them; others are as the database has them. */
const projections: Readonly<Record<number, string>> = {
  4326: GEOGRAPHIC,
  3857: `PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",${GEOGRAPHIC},PROJECTION["Mercator_Auxiliary_Sphere"],PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",0.0],PARAMETER["Standard_Parallel_1",0.0],PARAMETER["Auxiliary_Sphere_Type",0.0],UNIT["Meter",1.0]]`,
};

const groupNames: Readonly<Record<number, string>> = {
  [ShpType.point]: 'points',
  [ShpType.line]: 'lines',
  [ShpType.polygon]: 'polygons',
  [ShpType.multiPoint]: 'multipoints',
};

/** Rows of one type of geometry: a shapefile of their own. */
interface Group {
  readonly type: number;
  readonly box: Box;
  /** Bytes of the content of each record. */
  readonly lengths: number[];
}

const typeOf = (shape: Shape | null, first: Group): number => (shape === null ? first.type : shpType(shape));

/** The rows of a group; those without a geometry are in the first. */
async function* rowsOf(spool: Spool, group: Group, groups: readonly Group[]): AsyncGenerator<Row> {
  const [first = group] = groups;
  for await (const row of spool.rows()) {
    if (groups.length === 1 || typeOf(spool.shapeOf(row), first) === group.type) yield row;
  }
}

const recordOf = (shape: Shape | null): Buffer => (shape === null ? nullRecord : shpRecord(shape));

async function measure(spool: Spool, kinds: ReadonlySet<number>): Promise<readonly Group[]> {
  const types = [...kinds].map((kind) => shpType({ type: kind % 10, hasZ: kind % 20 >= 10, hasM: kind >= 20 }));
  const groups = [...new Set(types.length === 0 ? [ShpType.none] : types)].map(
    (type): Group => ({ type, box: newBox(), lengths: [] }),
  );
  const [first] = groups;
  if (first === undefined) return [];
  for await (const row of spool.rows()) {
    const shape = spool.shapeOf(row);
    const type = typeOf(shape, first);
    const group = groups.find((one) => one.type === type) ?? first;
    group.lengths.push(recordOf(shape).length);
    if (shape !== null) extendBox(group.box, shape);
  }
  return groups;
}

async function* shpBytes({ type, box, lengths }: Group, shapes: AsyncIterable<Shape | null>) {
  const bytes = lengths.reduce((sum, length) => sum + RECORD_HEAD_BYTES + length, SHP_HEADER_BYTES);
  yield shpHeader(type, bytes, box);
  let number = 0;
  for await (const shape of shapes) {
    const record = recordOf(shape);
    yield Buffer.concat([recordHead(++number, record.length), record]);
  }
}

function* shxBytes({ type, box, lengths }: Group): Generator<Uint8Array> {
  yield shpHeader(type, SHP_HEADER_BYTES + RECORD_HEAD_BYTES * lengths.length, box);
  let at = SHP_HEADER_BYTES;
  for (const length of lengths) {
    yield recordHead(at / 2, length);
    at += RECORD_HEAD_BYTES + length;
  }
}

async function* dbfBytes(header: Uint8Array, fields: readonly DbfField[], rows: AsyncIterable<Row>) {
  yield header;
  for await (const row of rows) yield dbfRecord(fields, row);
  yield DBF_END;
}

/** Which field is which column, in the words of ArcGIS's metadata, which belongs to a shapefile. */
function metadata(name: string, fields: readonly DbfField[]): string {
  const xml = (text: string): string => xmlText(text, () => '_');
  const attributes = fields.map(
    ({ name: short, column }) =>
      `<attr><attrlabl Sync="TRUE">${short}</attrlabl><attalias Sync="TRUE">${xml(column)}</attalias></attr>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<metadata xml:lang="en"><eainfo><detailed Name="${xml(name)}">${attributes.join('')}</detailed></eainfo></metadata>\n`;
}

/** A table has a column at least: an empty one, where the result has none. */
const numberField: DbfField = { name: 'FID', column: 'FID', type: 'N', width: 10, decimals: 0, cell: () => null };

interface Table {
  readonly name: string;
  readonly fields: readonly DbfField[];
  readonly records: number;
  readonly rows: () => AsyncIterable<Row>;
}

/** The table and what tells of its encoding and names. `main` is the ending of the file that they belong to. */
function tableEntries({ name, fields, records, rows }: Table, main: 'shp' | 'dbf'): readonly ZipEntry[] {
  const header = dbfHeader(fields, records, new Date());
  return [
    { name: `${name}.dbf`, content: chunkedBytes(dbfBytes(header, fields, rows())) },
    { name: `${name}.cpg`, content: ['UTF-8'] },
    { name: `${name}.${main}.xml`, content: [metadata(name, fields)] },
  ];
}

async function* shapesOf(spool: Spool, rows: AsyncIterable<Row>): AsyncGenerator<Shape | null> {
  for await (const row of rows) yield spool.shapeOf(row);
}

function shapefileEntries(
  spool: Spool,
  name: string,
  fields: readonly DbfField[],
  groups: readonly Group[],
  system: ReferenceSystem | null,
): readonly ZipEntry[] {
  return groups.flatMap((group) => {
    const rows = (): AsyncGenerator<Row> => rowsOf(spool, group, groups);
    const extra = group.type >= 20 ? '_m' : group.type >= 10 ? '_z' : '';
    const own = groups.length === 1 ? name : `${name}_${groupNames[group.type % 10]}${extra}`;
    return [
      { name: `${own}.shp`, content: chunkedBytes(shpBytes(group, shapesOf(spool, rows()))) },
      { name: `${own}.shx`, content: chunkedBytes(shxBytes(group)) },
      ...tableEntries({ name: own, fields, records: group.lengths.length, rows }, 'shp'),
      ...(system === null ? [] : [{ name: `${own}.prj`, content: [projections[system.srid] ?? system.wkt] }]),
    ];
  });
}

/** Zipped shapefiles, one for each type of geometry; a result without a geometry is a dBASE table alone. */
export const shapefile = fileFormat({
  mediaType: 'application/zip; charset=utf-8',
  extension: 'zip',
  async *write(spool, context) {
    const system = await systemOf(spool.geometry, context);
    const found = dbfFields(spool.columns);
    const fields = found.length === 0 ? [numberField] : found;
    const { name } = context;
    const entries =
      spool.geometry === null
        ? tableEntries({ name, fields, records: spool.rowCount, rows: () => spool.rows() }, 'dbf')
        : shapefileEntries(spool, name, fields, await measure(spool, spool.geometry.kinds), system);
    yield* zipOf(entries);
  },
});
