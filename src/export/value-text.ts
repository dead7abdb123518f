import { isoTime, jsonValue } from '../sql/json-value.ts';
import type { ColumnProfile } from './column-profile.ts';

/** A value as text for people and programs: times in ISO 8601, JSON for arrays, `true` and `false`. */
export function valueText(text: string, { type, typeName }: Pick<ColumnProfile, 'type' | 'typeName'>): string {
  switch (type) {
    case 'boolean':
      return text === 't' ? 'true' : 'false';
    case 'timestamp':
    case 'timestamptz':
      return isoTime(text);
    case 'json':
      return jsonValue(text, typeName);
    default:
      return text;
  }
}

/** Microseconds since 1970 of a timestamp, or since midnight of a time, as the engine prints them. */
export function microseconds(text: string): bigint {
  const [, date, time = '00:00:00', fraction = ''] =
    /^(?:(\d{4}-\d\d-\d\d)[ T]?)?(?:(\d\d:\d\d:\d\d)(?:\.(\d+))?)?/.exec(text) ?? [];
  return BigInt(Date.parse(`${date ?? '1970-01-01'}T${time}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/** Text as XML 1.0 has it; characters that it cannot have at all are written as `replace` gives them. */
export const xmlText = (text: string, replace: (character: string) => string): string =>
  text.replaceAll(/[&<>"\r]/g, (character) => escapes[character] ?? '').replaceAll(FORBIDDEN, replace);
