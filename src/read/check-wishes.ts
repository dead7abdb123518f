import type { Layer } from '../domain/layer.ts';
import type { ColumnWish } from '../domain/reading.ts';
import { ImportError } from '../errors.ts';
import { datePattern } from '../infer/date-pattern.ts';
import type { Survey } from './survey.ts';

/** Columns that the text of an error names. */
const NAMED = 50;

/** Throws badColumns (2016) where the request says something about columns that the layer does not have. */
export function checkWishes(survey: Survey, layer: Layer): void {
  const missing = survey.unmatched().map(({ name }) => `"${name}"`);
  if (missing.length === 0) return;
  const { columns } = layer;
  const rest = columns.length > NAMED ? ` and ${columns.length - NAMED} more` : '';
  throw new ImportError('badColumns', {
    detail:
      `Layer "${layer.name}" has no column ${missing.slice(0, NAMED).join(', ')}. ` +
      `It has ${columns
        .slice(0, NAMED)
        .map((name) => `"${name}"`)
        .join(', ')}${rest}.`,
    hint: 'Write the names in "columns" as the file or the table has them, or leave those columns out of it.',
  });
}

/** Throws badColumns (2016) where a pattern of dates cannot be read. */
export function checkPatterns(wishes: readonly ColumnWish[]): void {
  const bad = wishes.find(({ dateFormat }) => dateFormat !== undefined && datePattern(dateFormat) === null);
  if (bad === undefined) return;
  throw new ImportError('badColumns', {
    detail: `The date_format "${bad.dateFormat}" of column "${bad.name}" is no pattern of dates or times.`,
    hint: 'Use the letters of Unicode TR 35 that docs/types.md lists, such as dd.MM.yyyy HH:mm.',
  });
}
