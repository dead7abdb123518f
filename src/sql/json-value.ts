import { columnKind } from './column-kind.ts';
import { parseArray } from './parse-array.ts';

/** A number as JSON has it; `NaN`, `Infinity` and their like are not. */
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

const INSTANT = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?)?$/;

/**
 * A date or a time in ISO 8601: `2026-02-01T12:45:07Z` with a zone, without `Z` where the column has none. What ISO
 * cannot say (`infinity`, years BC) stays as the engine wrote it.
 */
export function isoTime(text: string): string {
  const [, date, time, zone] = INSTANT.exec(text) ?? [];
  if (date === undefined) return text;
  return time === undefined ? date : `${date}T${time}${zone === undefined ? '' : 'Z'}`;
}

/**
 * A value in the engine's text, as JSON text. Digits stay the digits that they were: no number passes through a
 * double. `NaN` and `Infinity`, which JSON has no numbers for, become strings.
 */
export function jsonValue(text: string | null, typeName: string): string {
  if (text === null) return 'null';
  switch (columnKind(typeName)) {
    case 'number':
      return NUMBER.test(text) ? text : JSON.stringify(text);
    case 'boolean':
      return text === 't' ? 'true' : 'false';
    case 'json':
      return text;
    case 'date':
      return JSON.stringify(isoTime(text));
    case 'array':
      return jsonArray(parseArray(text, delimiterOf(typeName)), typeName.slice(1));
    case 'geometry':
    case 'string':
      return JSON.stringify(text);
  }
}

/** PostGIS separates the geometries of an array with a colon. */
const delimiterOf = (typeName: string): string => (columnKind(typeName.slice(1)) === 'geometry' ? ':' : ',');

type Nested = ReturnType<typeof parseArray>;

const jsonArray = (elements: Nested, typeName: string): string =>
  `[${elements
    .map((element) => (Array.isArray(element) ? jsonArray(element, typeName) : jsonElement(element, typeName)))
    .join(',')}]`;

const jsonElement = (element: Nested[number], typeName: string): string =>
  typeof element === 'string' || element === null ? jsonValue(element, typeName) : jsonArray(element, typeName);
