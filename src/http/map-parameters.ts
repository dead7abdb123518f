/** What requests want of maps. Everything here throws a WireError 400. */

import type { Privacy } from '../domain/import.ts';
import {
  type Bounds,
  CLASSES,
  MOST_DESCRIPTION,
  MOST_LAYERS,
  MOST_NAME,
  MOST_POPUP_COLUMNS,
  MOST_STOPS,
  type PaintWish,
  paintKinds,
} from '../domain/map.ts';
import type { LayerWish, MapWish } from '../maps/map-desk.ts';
import type { Parameters } from './parameters.ts';
import { badDataset } from './viz-parameters.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Something that a request holds, with the words by which errors name it. */
interface Given {
  readonly value: unknown;
  readonly name: string;
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 60);
const wrong = ({ value, name }: Given, wanted: string) => badDataset(`${name} must be ${wanted}, not ${shown(value)}`);

function textIn(given: Given, most: number): string {
  const { value, name } = given;
  if (typeof value !== 'string') throw wrong(given, 'a text');
  if (value.includes('\0')) throw badDataset(`${name} must not contain a NUL character`);
  if (value.length > most) throw badDataset(`${name} has ${value.length} characters; ${most} are the most`);
  return value.toWellFormed();
}

function numberIn(given: Given, least: number, most: number): number {
  const { value } = given;
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof found !== 'number' || !(found >= least && found <= most)) {
    throw wrong(given, least === -Number.MAX_VALUE ? 'a number' : `a number from ${least} to ${most}`);
  }
  return found;
}

function flagIn(given: Given): boolean {
  if (given.value === true || given.value === 'true') return true;
  if (given.value === false || given.value === 'false') return false;
  throw wrong(given, 'true or false');
}

function fieldsIn(given: Given): Fields {
  const { value } = given;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(given, 'an object');
  return value as Fields;
}

function listIn(given: Given, most: number): readonly unknown[] {
  const { value, name } = given;
  if (!Array.isArray(value)) throw wrong(given, 'a list');
  if (value.length > most) throw badDataset(`${name} has ${value.length} entries; ${most} are the most`);
  return value;
}

function colourIn(given: Given): string {
  const { value } = given;
  if (typeof value !== 'string' || !/^#[0-9a-f]{6}$/i.test(value)) throw wrong(given, 'a colour as #rrggbb');
  return value.toLowerCase();
}

const privacies: readonly Privacy[] = ['private', 'link', 'public'];

function privacyIn(given: Given): Privacy {
  const found = privacies.find((one) => one === String(given.value).toLowerCase());
  if (found === undefined) throw wrong(given, `one of ${privacies.join(', ')}`);
  return found;
}

/** Those fields of an object that are there, each read by its reader; null counts as absent unless the reader takes it. */
function read<T extends object>(
  fields: Fields,
  prefix: string,
  readers: { readonly [K in keyof T]-?: readonly [name: string, read: (given: Given) => T[K]] },
  nullable: readonly string[] = [],
): Partial<T> {
  const found: Partial<T> = {};
  for (const key in readers) {
    const [name, reader] = readers[key];
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (value === undefined || (value === null && !nullable.includes(name))) continue;
    found[key] = reader({ value, name: `${prefix}${name}` });
  }
  return found;
}

const MOST = Number.MAX_VALUE;

type StopWish = NonNullable<PaintWish['stops']>[number];

const stopIn = (given: Given): StopWish =>
  read<Required<StopWish>>(fieldsIn(given), `${given.name}.`, {
    value: [
      'value',
      (one) => {
        if (typeof one.value === 'number' || typeof one.value === 'boolean') return one.value;
        return textIn(one, MOST_NAME);
      },
    ],
    from: ['from', (one) => numberIn(one, -MOST, MOST)],
    to: ['to', (one) => numberIn(one, -MOST, MOST)],
    color: ['color', colourIn],
    radius: ['radius', (one) => numberIn(one, 0, 100)],
  });

const items = <T>(given: Given, most: number, item: (one: Given) => T): readonly T[] =>
  listIn(given, most).map((value, at) => item({ value, name: `${given.name}[${at}]` }));

const paintIn = (given: Given): PaintWish =>
  read<Required<PaintWish>>(fieldsIn(given), `${given.name}.`, {
    kind: [
      'kind',
      (one) => {
        const kind = paintKinds.find((word) => word === one.value);
        if (kind === undefined) throw wrong(one, `one of ${paintKinds.join(', ')}`);
        return kind;
      },
    ],
    color: ['color', colourIn],
    opacity: ['opacity', (one) => numberIn(one, 0, 1)],
    width: ['width', (one) => numberIn(one, 0, 20)],
    radius: ['radius', (one) => numberIn(one, 0.5, 60)],
    column: ['column', (one) => textIn(one, MOST_NAME)],
    classes: [
      'classes',
      (one) => {
        const classes = numberIn(one, CLASSES.least, CLASSES.most);
        if (!Number.isInteger(classes)) throw wrong(one, 'a whole number');
        return classes;
      },
    ],
    palette: ['palette', (one) => textIn(one, MOST_NAME)],
    stops: ['stops', (one) => items(one, MOST_STOPS, stopIn)],
  });

function popupIn(given: Given): readonly string[] | null {
  if (given.value === null) return null;
  const { columns } = fieldsIn(given);
  if (columns === null || columns === undefined) return null;
  const name = `${given.name}.columns`;
  return items({ value: columns, name }, MOST_POPUP_COLUMNS, (one) => textIn(one, MOST_NAME));
}

function layerIn(given: Given): LayerWish {
  const fields = fieldsIn(given);
  const wish = read<Required<LayerWish>>(
    fields,
    `${given.name}.`,
    {
      id: [
        'id',
        (one) => {
          if (typeof one.value !== 'string' || !/^[\w-]{1,40}$/.test(one.value)) {
            throw wrong(one, 'up to 40 letters, digits, hyphens and underscores');
          }
          return one.value;
        },
      ],
      table: ['table', (one) => textIn(one, MOST_NAME)],
      title: ['title', (one) => textIn(one, MOST_NAME)],
      isVisible: ['visible', flagIn],
      paint: ['paint', paintIn],
      popup: ['popup', popupIn],
    },
    ['popup'],
  );
  const { table } = wish;
  if (table === undefined) throw badDataset(`${given.name}.table must name a table`);
  // Rows are chosen by the query of a table of their own; a filter that is not applied would show what it hides.
  if (fields.filter !== undefined && fields.filter !== null)
    throw wrong({ value: fields.filter, name: `${given.name}.filter` }, 'null');
  return { ...wish, table };
}

function boundsIn(given: Given): Bounds | null {
  if (given.value === null) return null;
  const [west = 0, south = 0, east = 0, north = 0, ...others] = items(given, 4, (one) => numberIn(one, -180, 180));
  const isBox = listIn(given, 4).length === 4 && others.length === 0 && west <= east && south <= north;
  if (!isBox || south < -90 || north > 90) throw wrong(given, 'west, south, east and north in degrees');
  return [west, south, east, north];
}

function centreIn(given: Given): readonly [number, number] | null {
  if (given.value === null) return null;
  const [longitude, latitude] = items(given, 2, (one) => numberIn(one, -180, 180));
  if (longitude === undefined || latitude === undefined || Math.abs(latitude) > 90) {
    throw wrong(given, 'a longitude and a latitude in degrees');
  }
  return [longitude, latitude];
}

/** What a request wants of a map. */
export const toMapWish = (parameters: Parameters): MapWish =>
  read<Required<MapWish>>(
    Object.fromEntries(parameters),
    '',
    {
      name: [
        'name',
        (one) => {
          const name = textIn(one, MOST_NAME).trim();
          if (name === '') throw wrong(one, 'a text of at least one character');
          return name;
        },
      ],
      description: ['description', (one) => textIn(one, MOST_DESCRIPTION)],
      tags: ['tags', (one) => items(one, MOST_STOPS, (tag) => textIn(tag, MOST_NAME))],
      privacy: ['privacy', privacyIn],
      hasLegend: ['legend', flagIn],
      center: ['center', centreIn],
      zoom: ['zoom', (one) => (one.value === null ? null : numberIn(one, 0, 22))],
      bounds: ['bounds', boundsIn],
      layers: ['layers', (one) => items(one, MOST_LAYERS, layerIn)],
    },
    ['center', 'zoom', 'bounds'],
  );
