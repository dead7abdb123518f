import { withoutValues } from './columns.ts';
import type { Field, LayerInfo } from './metadata.ts';
import { keyOf, type Page, type Row } from './page.ts';

/** How far coordinates may be from those that JSON has, in their own unit: a tenth of a millimetre on the ground. */
const TOLERANCE = 1e-9;

/** Whether both pages have the same rows in the same order, with the same values, and places within 1e-9 of each other. */
export function isSamePage(json: Page, pbf: Page, { fields }: LayerInfo): boolean {
  const compared = fields.filter(({ type }) => !withoutValues.has(type));
  return (
    json.rows.length === pbf.rows.length &&
    json.crs?.srid === pbf.crs?.srid &&
    json.hasZ === pbf.hasZ &&
    json.hasM === pbf.hasM &&
    json.rows.every((row, at) => {
      const other = pbf.rows[at];
      return other !== undefined && isSameRow(row, other, compared);
    })
  );
}

function isSameRow(json: Row, pbf: Row, fields: readonly Field[]): boolean {
  return (
    json.id === pbf.id &&
    fields.every(({ name, type }) => isSameValue(fieldOf(json, name), fieldOf(pbf, name), type)) &&
    isSameGeometry(json.geometry, pbf.geometry)
  );
}

const fieldOf = ({ attributes }: Row, field: string): unknown => attributes[keyOf(attributes, field)] ?? null;

function isSameValue(json: unknown, pbf: unknown, type: string): boolean {
  if (json === null || pbf === null) return json === pbf;
  if (type === 'Single') return Math.fround(Number(json)) === Math.fround(Number(pbf));
  // Older servers print fifteen digits of a number that has seventeen: the binary one is what they have.
  if (type === 'Double') return Number(json) === Number(pbf) || Number(json) === Number(Number(pbf).toPrecision(15));
  return String(json) === String(pbf);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const members = ['x', 'y', 'z', 'm', 'points', 'paths', 'rings'] as const;

function isSameGeometry(json: unknown, pbf: unknown): boolean {
  const [one, other] = [json, pbf].map((geometry) => (isObject(geometry) && !isEmpty(geometry) ? geometry : null));
  if (!isObject(one) || !isObject(other)) return one === other;
  return members.every((member) => isNear(one[member], other[member]));
}

/** Points without a place and lists without parts, as which servers write that there is no geometry. */
const isEmpty = (geometry: Readonly<Record<string, unknown>>): boolean =>
  'x' in geometry
    ? typeof geometry.x !== 'number'
    : [geometry.points, geometry.paths, geometry.rings].every((list) => !Array.isArray(list) || list.length === 0);

function isNear(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') return Math.abs(one - other) <= TOLERANCE;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((member, at) => isNear(member, other[at]));
  }
  return one === other;
}
