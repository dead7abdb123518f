import type { ColumnType } from '../domain/schema.ts';
import { foundForm, NumberForm } from './forms.ts';
import { isRegionalNumber, plainNumber } from './regional-number.ts';

/** Words that PostgreSQL takes for booleans, and digits. */
const trueWords = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const falseWords = new Set(['false', 'f', 'no', 'n', 'off', '0']);

const number = /^([+-]?)0*(\d+)?(?:\.(\d*))?([eE][+-]?\d{1,4})?$/;

/**
 * A value in the words of the type that the request asks for, from what a person would take for it: blanks around it,
 * plus signs, leading zeros, `yes`, upper case. `decimal` is the column's decimal sign, null where it is not known.
 * null: it is no such value. Dates are read elsewhere.
 */
export function askedWords(text: string, type: ColumnType, decimal: '.' | ',' | null): string | null {
  const value = text.trim();
  switch (type) {
    case 'boolean': {
      const word = value.toLowerCase();
      if (trueWords.has(word)) return 'true';
      return falseWords.has(word) ? 'false' : null;
    }
    case 'bigint':
      return wholeOf(numberWords(value, decimal));
    case 'numeric':
    case 'double precision':
      return numberWords(value, decimal);
    case 'uuid': {
      const digits = value
        .toLowerCase()
        .replace(/^\{(.*)\}$/, '$1')
        .replaceAll('-', '');
      if (!/^[0-9a-f]{32}$/.test(digits)) return null;
      return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    }
    case 'jsonb':
      return isJson(value) ? value : null;
    case 'text':
      return text;
    default:
      return null;
  }
}

/** A number as programs write it: without a plus, leading zeros or groups. */
function numberWords(value: string, decimal: '.' | ',' | null): string | null {
  const unsigned = value.startsWith('+') ? value.slice(1) : value;
  const bytes = Buffer.from(unsigned);
  const found = number.exec(value);
  // Where nothing says otherwise, the point of 1.234 is a decimal point, as where types are guessed.
  const isPlain = found !== null && decimal === null;
  if (!isPlain && isRegionalNumber(bytes, 0, bytes.length)) return regionalWords(bytes, decimal);
  // With a decimal comma a point groups digits or means nothing.
  if (found === null || (decimal === ',' && value.includes('.'))) return null;
  const [, sign, whole, fraction = '', exponent = ''] = found;
  if (whole === undefined && fraction === '' && !/0/.test(value)) return null;
  return `${sign === '-' ? '-' : ''}${whole ?? '0'}${fraction === '' ? '' : `.${fraction}`}${exponent}`;
}

function regionalWords(bytes: Buffer, decimal: '.' | ',' | null): string | null {
  const isNotPoint = ((foundForm[0] ?? 0) & NumberForm.notPoint) !== 0;
  const isNotComma = ((foundForm[0] ?? 0) & NumberForm.notComma) !== 0;
  const own = isNotPoint ? ',' : isNotComma ? '.' : null;
  const sign = decimal ?? own;
  if (sign === null || (sign === '.' ? isNotPoint : isNotComma)) return null;
  const target = Buffer.alloc(bytes.length);
  return target.toString('latin1', 0, plainNumber(bytes, 0, bytes.length, sign, target));
}

/** A number without a fraction other than zeros, as a whole one; an exponent is worked out. */
function wholeOf(words: string | null): string | null {
  const found = words === null ? null : /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(words);
  if (found === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = found;
  const shift = Number(exponent);
  const all = whole + fraction;
  const point = whole.length + shift;
  // Beyond 19 digits there is no bigint.
  if (point < 0 || point > 40) return /^0*$/.test(all) ? '0' : null;
  if (!/^0*$/.test(all.slice(point))) return null;
  const digits =
    all
      .slice(0, point)
      .padEnd(point, '0')
      .replace(/^0+(?=\d)/, '') || '0';
  return digits === '0' ? '0' : sign + digits;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
