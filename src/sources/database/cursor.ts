/** Rows since the last run: a column whose values rise says which they are. */
import type { ConnectorRequest } from '../../domain/connector.ts';
import { ImportError } from '../../errors.ts';
import type { Newest } from './session.ts';

/** Most characters of a value that is remembered. */
const MAX_VALUE = 200;

/** What numbers, dates, times and names of versions are written with: nothing that could end a literal. */
const plain = /^[0-9A-Za-z:.,+\- _]*$/;
const number = /^-?\d+(\.\d+)?$/;

/** The request without the rows before `value`, of the column that `newest` is about. */
export function since(request: ConnectorRequest, { column, isNumber }: Newest, value: string): ConnectorRequest {
  const condition = `${column} >= ${isNumber && number.test(value) ? value : `'${value}'`}`;
  return { ...request, where: request.where === null ? condition : `(\n${request.where}\n) and ${condition}` };
}

/** The greatest value of the column, as it may be remembered. Throws connectorFailed where its values are no such. */
export function rememberable(column: string, value: string | null): string | null {
  if (value === null || (plain.test(value) && value.length <= MAX_VALUE)) return value;
  throw new ImportError('connectorFailed', {
    detail: `The column "${column.slice(0, 100)}" cannot be the cursor: its greatest value is "${value.slice(0, 100)}".`,
    hint: 'Take a column of numbers, dates or times that only rises, or leave cursor out.',
  });
}
