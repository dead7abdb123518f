/** Which coordinate the letter beside an angle names. */
export const Axis = { unknown: 0, latitude: 1, longitude: 2 } as const;

/** What a text says about an angle. One object is used for all. */
export interface Angle {
  /** Degrees; NaN where the text is no angle. */
  value: number;
  /** Of `Axis`. */
  axis: number;
  /** How exactly the text says it: digits behind the point of the degrees; 9 with minutes or a letter. */
  digits: number;
}

/** The longest angle: three numbers, their signs, and blanks. */
const MAX_CHARACTERS = 60;

const byLetters = /(\d)\s*d(?:eg)?\.?\s*(\d[^dm]*?)\s*m(?:in)?\.?\s*(?:(\d[\d.,]*)\s*s(?:ec)?\.?)?/i;
const marks = /[°º˚∘'’′‘´`"″”“:\\]+/g;
const betweenDigits = /(\d)-(?=\d)/g;
const shape =
  /^([NSEW])?\s*([+-])?\s*(\d{1,3}(?:[.,]\d+)?)(?:\s+(\d{1,2}(?:[.,]\d+)?)(?:\s+(\d{1,2}(?:[.,]\d+)?))?)?\s*([NSEW])?$/i;

const isWhole = (text: string): boolean => !/[.,]/.test(text);
const toNumber = (text: string): number => Number(text.replace(',', '.'));

/**
 * Reads an angle in degrees, or in degrees and minutes, or with seconds, in the usual signs: `41°24'12.2"N`,
 * `N 41 24 12`, `41:24.5`, `41d24m12s`, `2,17`. A comma is the decimal sign, since thousands of degrees are none.
 */
export function parseAngle(text: string, found: Angle): void {
  found.value = Number.NaN;
  found.axis = Axis.unknown;
  found.digits = 0;
  if (text.length > MAX_CHARACTERS) return;
  const spaced = text
    .replaceAll('\u2212', '-')
    .replace(
      byLetters,
      (_, degrees: string, minutes: string, seconds: string | undefined) => `${degrees} ${minutes} ${seconds ?? ''}`,
    )
    .replace(marks, ' ')
    .trim();
  const dashed = spaced.replace(betweenDigits, '$1 ');
  const parts = shape.exec(dashed);
  if (parts === null) return;
  const [, before, sign, degrees = '', minutes, seconds, after] = parts;
  const letter = (before ?? after)?.toUpperCase();
  if (before !== undefined && after !== undefined) return;
  // 10-11-12 may be a date.
  if (dashed !== spaced && letter === undefined) return;
  if (minutes !== undefined && !isWhole(degrees)) return;
  if (seconds !== undefined && !isWhole(minutes ?? '')) return;
  const m = toNumber(minutes ?? '0');
  const s = toNumber(seconds ?? '0');
  if (m >= 60 || s >= 60) return;
  const isNegative = letter === 'S' || letter === 'W';
  if (sign === '-' && letter !== undefined) return;
  const value = toNumber(degrees) + m / 60 + s / 3600;
  found.axis = letter === undefined ? Axis.unknown : letter === 'N' || letter === 'S' ? Axis.latitude : Axis.longitude;
  if (value > (found.axis === Axis.latitude ? 90 : 180)) return;
  found.value = isNegative || sign === '-' ? -value : value;
  const isPrecise = minutes !== undefined || letter !== undefined;
  found.digits = isPrecise ? 9 : (degrees.split(/[.,]/)[1]?.length ?? 0);
}
