import type { JSX } from 'preact';
import type { ColumnEvidence } from '../api/imports.ts';
import { countText } from '../format.ts';
import { Scroller } from '../parts/scroller.tsx';
import { texts } from '../texts.ts';

/** Why each column has its type, in the words of the reader that decided. */
export function EvidenceTable({ columns }: { readonly columns: readonly ColumnEvidence[] }): JSX.Element {
  return (
    <Scroller label={texts.origin.evidence}>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{texts.evidence.column}</th>
            <th scope="col">{texts.evidence.type}</th>
            <th scope="col">{texts.evidence.why}</th>
            <th scope="col" class="number">
              {texts.evidence.empty}
            </th>
            <th scope="col" class="number">
              {texts.evidence.different}
            </th>
            <th scope="col">{texts.evidence.range}</th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <tr key={column.name}>
              <th scope="row">
                {column.name}
                {column.source === column.name || column.source === '' ? null : (
                  <span class="hint"> {texts.columns.from(column.source)}</span>
                )}
              </th>
              <td>
                <code>{column.type}</code>
              </td>
              <td class="why">
                <Why column={column} />
              </td>
              <td class="number">{countText(column.nulls)}</td>
              <td class="number">{countText(column.distinct)}</td>
              <td class="range">{rangeText(column)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

/** Characters that are shown of each end of a range. */
const END = 32;

const shortened = (text: string): string => (text.length > END ? `${text.slice(0, END)}…` : text);

/** The smallest and the largest value of a column. */
export const rangeText = ({ min, max }: ColumnEvidence): string =>
  min === null ? '' : `${shortened(min)} – ${shortened(max ?? '')}`;

/** The reason for a type, and the value that stood against a narrower one. */
export function Why({ column }: { readonly column: ColumnEvidence }): JSX.Element {
  const { counter_example: counter } = column;
  return (
    <>
      {column.reason}
      {counter === null ? null : (
        <span class="hint">
          {' '}
          {texts.evidence.counter(counter.row, counter.prevented)} <code>{counter.value}</code>
        </span>
      )}
    </>
  );
}
