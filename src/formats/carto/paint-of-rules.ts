import { MOST_STOPS, type PaintedGeometry, type PaintWish } from '../../domain/map.ts';
import type { Condition, Rule } from './style-sheet.ts';

/** Where CartoCSS says what of a paint. */
const properties = {
  point: { fill: 'marker-fill', opacity: ['marker-fill-opacity', 'marker-opacity'], width: 'marker-line-width' },
  line: { fill: 'line-color', opacity: ['line-opacity'], width: 'line-width' },
  polygon: { fill: 'polygon-fill', opacity: ['polygon-opacity'], width: 'line-width' },
} as const;

/** How CartoCSS names a kind of geometry in a condition. */
const geometryWords: Readonly<Record<string, PaintedGeometry>> = {
  '1': 'point',
  point: 'point',
  '2': 'line',
  linestring: 'line',
  '3': 'polygon',
  polygon: 'polygon',
};

const named: Readonly<Record<string, string>> = {
  white: '#ffffff',
  black: '#000000',
  red: '#ff0000',
  green: '#008000',
  blue: '#0000ff',
  yellow: '#ffff00',
  orange: '#ffa500',
  purple: '#800080',
  gray: '#808080',
  grey: '#808080',
};

/** `#rrggbb` of a colour as it is written there; undefined where it is none that stands alone. */
function colourOf(text: string | undefined): string | undefined {
  const word = text?.toLowerCase() ?? '';
  if (/^#[0-9a-f]{6}$/.test(word)) return word;
  if (/^#[0-9a-f]{3}$/.test(word)) return `#${[...word.slice(1)].map((digit) => digit + digit).join('')}`;
  const [, ...channels] = /^rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,[^)]*)?\)$/.exec(word) ?? [];
  if (channels.length === 3) {
    return `#${channels.map((channel) => Math.min(Number(channel), 255).toString(16).padStart(2, '0')).join('')}`;
  }
  return Object.hasOwn(named, word) ? named[word] : undefined;
}

function numberOf(text: string | undefined, least: number, most: number): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? undefined : Math.min(Math.max(value, least), most);
}

const isGeometry = ({ column }: Condition): boolean => /^mapnik(?:::|-)geometry[_-]type$/.test(column);

/** The rules about a geometry, without the conditions that say so. */
const rulesFor = (rules: readonly Rule[], geometry: PaintedGeometry): readonly Rule[] =>
  rules
    .filter(
      ({ conditions, isAttachment }) =>
        !isAttachment &&
        conditions.filter(isGeometry).every(({ value }) => geometryWords[String(value).toLowerCase()] === geometry),
    )
    // A condition about the zoom level is about what is near, and the rest about all.
    .map((rule) => ({ ...rule, conditions: rule.conditions.filter((one) => !isGeometry(one)) }))
    .filter(({ conditions }) => conditions.every(({ column }) => column !== 'zoom'));

/**
 * What rules of CartoCSS say of a geometry: one colour, categories (`=`), classes (`<=`) or sizes (`<=` with
 * `marker-width`). null where they say something that paints cannot, such as a `ramp()` over the data.
 */
export function paintOfRules(all: readonly Rule[], geometry: PaintedGeometry): PaintWish | null {
  const rules = rulesFor(all, geometry);
  const names = properties[geometry];
  const plain = new Map(
    rules.filter(({ conditions }) => conditions.length === 0).flatMap((rule) => [...rule.properties]),
  );
  const fill = plain.get(names.fill);
  const color = colourOf(fill);
  if (fill !== undefined && color === undefined) return null;
  const opacity = numberOf(
    names.opacity.map((name) => plain.get(name)).find((text) => text !== undefined),
    0,
    1,
  );
  const width = numberOf(plain.get(names.width), 0, 20);
  const size = numberOf(plain.get('marker-width'), 1, 120);
  if (geometry === 'point' && plain.has('marker-width') && size === undefined) return null;
  const base: PaintWish = {
    ...(color === undefined ? {} : { color }),
    ...(opacity === undefined ? {} : { opacity }),
    ...(width === undefined ? {} : { width }),
    ...(size === undefined || geometry !== 'point' ? {} : { radius: size / 2 }),
  };
  const conditional = rules.filter(
    ({ conditions, properties: said }) =>
      conditions.length > 0 && (said.has(names.fill) || (geometry === 'point' && said.has('marker-width'))),
  );
  if (conditional.length === 0) return Object.keys(base).length === 0 ? null : { kind: 'simple', ...base };
  return byColumn(conditional, base, geometry);
}

function byColumn(rules: readonly Rule[], base: PaintWish, geometry: PaintedGeometry): PaintWish | null {
  const { fill } = properties[geometry];
  const found = rules.map(({ conditions, properties: said }) => ({
    conditions,
    color: colourOf(said.get(fill)),
    size: numberOf(said.get('marker-width'), 1, 120),
  }));
  const [first] = found;
  const [condition] = first?.conditions ?? [];
  if (condition === undefined || found.length > MOST_STOPS) return null;
  const { column, operator } = condition;
  const isAlike = found.every(
    ({ conditions: [one, ...others] }) => others.length === 0 && one?.column === column && one.operator === operator,
  );
  if (!isAlike) return null;
  const limitOf = ({ conditions: [one] }: (typeof found)[number]): string | number => one?.value ?? '';
  if (operator === '=') {
    const stops = found.flatMap((one) => (one.color === undefined ? [] : [{ value: limitOf(one), color: one.color }]));
    return stops.length < found.length ? null : { ...base, kind: 'categories', column, stops };
  }
  if (operator !== '<=' && operator !== '<') return null;
  const rising = found.toSorted((one, other) => Number(limitOf(one)) - Number(limitOf(other)));
  const ends = rising.map((one) => Number(limitOf(one)));
  if (ends.some((end, at) => Number.isNaN(end) || end === ends[at - 1])) return null;
  const colours = rising.map(({ color }) => color).filter((one) => one !== undefined);
  if (colours.length === rising.length) {
    // Where the lowest class begins is not written; it matters to the legend alone.
    const [lowest = 0] = ends;
    const starts = [lowest > 0 ? 0 : lowest - 1, ...ends.slice(0, -1)];
    const stops = ends.map((to, at) => ({ from: starts[at] ?? 0, to, color: colours[at] ?? '' }));
    return { ...base, kind: 'quantiles', column, stops };
  }
  const sizes = rising.map(({ size }) => size).filter((one) => one !== undefined);
  if (sizes.length < rising.length || colours.length > 0) return null;
  return {
    ...base,
    kind: 'bubbles',
    column,
    stops: ends.map((value, at) => ({ value, radius: (sizes[at] ?? 2) / 2 })),
  };
}
