import { type Angle, Axis, parseAngle } from './parse-angle.ts';

/** Two coordinates of one text. One object is used for all. */
export interface Place {
  /** The two numbers as they stand; NaN where the text is no pair. */
  first: number;
  second: number;
  /** Whether the text itself says which is which: `latlon`, `lonlat`, or neither. */
  order: '' | 'latlon' | 'lonlat';
  /** Like `Angle.digits`, of the less exact one. */
  digits: number;
}

/** An address with its coordinates behind it; longer texts are read at their end. */
const MAX_CHARACTERS = 300;

const number = String.raw`([+-]?\d{1,3}(?:\.\d+)?)`;
const labelledLatitude = new RegExp(String.raw`\b(?:lat|latitude)["'\\]*\s*[:=]\s*["'\\]*${number}(?![\d.])`, 'i');
const labelledLongitude = new RegExp(
  String.raw`\b(?:lon|lng|long|longitude)["'\\]*\s*[:=]\s*["'\\]*${number}(?![\d.])`,
  'i',
);
const lettersBehind = /^([^NSEW]*[NSEW])[\s,;/|]*([^NSEW]*[NSEW])$/i;
const lettersBefore = /^([NSEW][^NSEW]*?)[\s,;/|]*([NSEW][^NSEW]*)$/i;

const one: Angle = { value: 0, axis: 0, digits: 0 };
const other: Angle = { value: 0, axis: 0, digits: 0 };

/**
 * Reads both coordinates of a point: `41.4, 2.17`, `(41.4, 2.17)` also behind an address, `[2.17, 41.4]`,
 * `{"lat":41.4,"lon":2.17}`, `41°24'12"N 2°10'26"E`, `41,4; 2,17`.
 */
export function parsePlace(text: string, found: Place): void {
  found.first = found.second = Number.NaN;
  found.order = '';
  found.digits = 0;
  const latitude = labelledLatitude.exec(text)?.[1];
  const longitude = labelledLongitude.exec(text)?.[1];
  if (latitude !== undefined && longitude !== undefined) {
    found.first = Number(latitude);
    found.second = Number(longitude);
    found.order = 'latlon';
    found.digits = 9;
    return;
  }
  const inner = withinBrackets(text.slice(-MAX_CHARACTERS).trim());
  const halves = halve(inner);
  if (halves === null) return;
  parseAngle(halves[0], one);
  parseAngle(halves[1], other);
  if (Number.isNaN(one.value) || Number.isNaN(other.value)) return;
  // Both a latitude, or both a longitude.
  if (one.axis === other.axis && one.axis !== Axis.unknown) return;
  found.first = one.value;
  found.second = other.value;
  found.digits = Math.min(one.digits, other.digits);
  if (one.axis === Axis.latitude || other.axis === Axis.longitude) found.order = 'latlon';
  if (one.axis === Axis.longitude || other.axis === Axis.latitude) found.order = 'lonlat';
}

/** What stands in the last brackets of a text that ends with them, else the text. */
function withinBrackets(text: string): string {
  if (!/[)\]]$/.test(text)) return text;
  const start = Math.max(text.lastIndexOf('('), text.lastIndexOf('['));
  return start < 0 ? text : text.slice(start + 1, -1).trim();
}

function halve(text: string): readonly [string, string] | null {
  const letters = lettersBehind.exec(text) ?? lettersBefore.exec(text);
  if (letters !== null) return [letters[1] ?? '', letters[2] ?? ''];
  const two = (parts: readonly string[]): readonly [string, string] | null =>
    parts.length === 2 ? [parts[0] ?? '', parts[1] ?? ''] : null;
  if (/[;|/\t]/.test(text)) return two(text.split(/[;|/\t]/));
  const commas = text.split(',');
  if (commas.length === 2) return commas.every((part) => part.trim() !== '') ? two(commas) : null;
  // Decimal commas on both sides.
  if (commas.length === 4) return [commas.slice(0, 2).join(), commas.slice(2).join()];
  return two(text.split(/\s+/));
}
