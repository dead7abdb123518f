import { UnsuitableResultError } from '../sql/unsuitable-result.ts';
import { chunkedText } from './chunked.ts';
import { type ColumnProfile, DOUBLE_DIGITS } from './column-profile.ts';
import { fileFormat } from './file-format.ts';
import { requireWgs84 } from './reference-system.ts';
import { isEmpty, ordinates, type Shape, ShapeType } from './shape.ts';
import type { Spool } from './spool.ts';
import { valueText, xmlText } from './value-text.ts';

/** Columns of text that a placemark has a place of its own for. */
const OWN = ['name', 'description'] as const;

/** Type of a SimpleField (KML 2.2, 9.4). */
function fieldType({ type, isShort, wholeDigits, significantDigits, hasNonFinite }: ColumnProfile): string {
  switch (type) {
    case 'integer':
      if (isShort) return 'int';
      return wholeDigits <= DOUBLE_DIGITS ? 'double' : 'string';
    case 'decimal':
      return significantDigits <= DOUBLE_DIGITS ? 'double' : 'string';
    case 'double':
      return hasNonFinite ? 'string' : 'double';
    case 'boolean':
      return 'bool';
    default:
      return 'string';
  }
}

/** `1` and `0`, since GDAL takes `true` for 0. */
const dataText = (text: string, column: ColumnProfile): string =>
  column.type === 'boolean' ? (text === 't' ? '1' : '0') : valueText(text, column);

const xml = (text: string): string => xmlText(text, () => '_');

function coordinates(list: Float64Array, shape: Shape): string {
  const stride = ordinates(shape);
  let text = '';
  for (let i = 0; i < list.length; i += stride) {
    text += `${i === 0 ? '' : ' '}${list[i]},${list[i + 1]}${shape.hasZ ? `,${list[i + 2]}` : ''}`;
  }
  return `<coordinates>${text}</coordinates>`;
}

/** The element of a geometry; `''` of an empty one. M has no place. */
function geometry(shape: Shape): string {
  if (isEmpty(shape)) return '';
  const [first = new Float64Array()] = shape.lists;
  switch (shape.type) {
    case ShapeType.point:
      return `<Point>${coordinates(first, shape)}</Point>`;
    case ShapeType.line:
      return `<LineString>${coordinates(first, shape)}</LineString>`;
    case ShapeType.polygon: {
      const rings = shape.lists.map((ring, index) => {
        const boundary = index === 0 ? 'outerBoundaryIs' : 'innerBoundaryIs';
        return `<${boundary}><LinearRing>${coordinates(ring, shape)}</LinearRing></${boundary}>`;
      });
      return `<Polygon>${rings.join('')}</Polygon>`;
    }
    default:
      return `<MultiGeometry>${shape.members.map(geometry).join('')}</MultiGeometry>`;
  }
}

function refuseControls(columns: readonly ColumnProfile[]): void {
  const [found] = columns.filter(({ hasControls }) => hasControls);
  if (found === undefined) return;
  throw new UnsuitableResultError(
    `the column "${found.name}" has control characters, which KML cannot hold: leave it out with skipfields=${found.name}, or take the format gpkg`,
  );
}

async function* placemarks(name: string, spool: Spool): AsyncGenerator<string> {
  const own = OWN.flatMap(
    (element) => spool.columns.find((column) => column.name === element && column.type === 'text') ?? [],
  );
  const others = spool.columns.filter((column) => !own.includes(column));
  const fields = others.map((column) => `<SimpleField name="${xml(column.name)}" type="${fieldType(column)}"/>`);
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n`;
  yield `<Schema name="${xml(name)}" id="columns">${fields.join('')}</Schema>\n`;
  for await (const row of spool.rows()) {
    const elements = own.map(({ index, name: element }) => {
      const text = row[index] ?? null;
      return text === null ? '' : `<${element}>${xml(text)}</${element}>`;
    });
    const data = others.map((column) => {
      const text = row[column.index] ?? null;
      return text === null ? '' : `<SimpleData name="${xml(column.name)}">${xml(dataText(text, column))}</SimpleData>`;
    });
    const shape = spool.shapeOf(row);
    yield `<Placemark>${elements.join('')}<ExtendedData><SchemaData schemaUrl="#columns">${data.join('')}</SchemaData></ExtendedData>${shape === null ? '' : geometry(shape)}</Placemark>\n`;
  }
  yield '</Document></kml>\n';
}

/** KML 2.2: `name` and `description` of a placemark, the other columns as typed data of a Schema. */
export const kml = fileFormat({
  mediaType: 'application/kml; charset=utf-8',
  extension: 'kml',
  async *write(spool, context) {
    requireWgs84(spool.geometry, 'kml');
    refuseControls(spool.columns);
    yield* chunkedText(placemarks(context.name, spool));
  },
});
