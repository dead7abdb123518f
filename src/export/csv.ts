import { columnKind } from '../sql/column-kind.ts';
import { isoTime } from '../sql/json-value.ts';
import { safeText } from './safe-cell.ts';
import { textFormat } from './text-format.ts';

const quoted = (text: string): string =>
  // Quotes also tell an empty text from no value.
  text === '' || /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;

const shown = (text: string, typeName: string, isSafe: boolean): string => {
  switch (columnKind(typeName)) {
    case 'boolean':
      return text === 't' ? 'true' : 'false';
    case 'date':
      return isoTime(text);
    case 'number':
      return text;
    default:
      return isSafe ? safeText(text) : text;
  }
};

/** RFC 4180; a geometry is its hexadecimal EWKB, no value is an empty field and an empty text is `""`. */
export const csv = textFormat({
  mediaType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  isScript: false,
  open: (fields, { safeCells }) => {
    const cell = (text: string | null, typeName: string): string =>
      text === null ? '' : quoted(shown(text, typeName, safeCells));
    return {
      start: `${fields.map(({ name }) => cell(name, 'text')).join(',')}\r\n`,
      separator: '',
      row: (row) => `${fields.map(({ typeName }, index) => cell(row[index] ?? null, typeName)).join(',')}\r\n`,
      end: ({ error }) => (error === null ? '' : null),
    };
  },
});
