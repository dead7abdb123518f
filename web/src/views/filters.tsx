import type { JSX } from 'preact';
import { Field } from '../parts/field.tsx';
import { type Column, type Filter, isSortable, kindOf, type Operator } from '../sql.ts';
import { texts } from '../texts.ts';

const ofText: readonly Operator[] = ['contains', 'is', 'is not', 'is empty', 'is not empty'];
const ofOrder: readonly Operator[] = ['is', 'is not', 'above', 'below', 'is empty', 'is not empty'];

const operatorsOf = (column: Column | undefined): readonly Operator[] =>
  column !== undefined && ['number', 'time'].includes(kindOf(column.type)) ? ofOrder : ofText;

const needsValue = ({ operator }: Filter): boolean => operator !== 'is empty' && operator !== 'is not empty';

/** Conditions that rows must meet, all of them. */
export function Filters({
  columns,
  filters,
  onChange,
}: {
  readonly columns: readonly Column[];
  readonly filters: readonly Filter[];
  readonly onChange: (filters: readonly Filter[]) => void;
}): JSX.Element {
  const usable = columns.filter(isSortable);
  const replace = (at: number, changed: Filter): void => onChange(filters.with(at, changed));
  const columnOf = (name: string): Column | undefined => usable.find((column) => column.name === name);

  function add(): void {
    const column = usable.find(({ name }) => name !== 'cartodb_id') ?? usable[0];
    if (column === undefined) return;
    onChange([...filters, { column: column.name, operator: operatorsOf(column)[0] ?? 'is', value: '' }]);
  }

  return (
    <div class="filters">
      {filters.map((filter, at) => (
        <fieldset key={at}>
          <legend class="unseen">{texts.grid.filter}</legend>
          <select
            aria-label={texts.grid.filterColumn}
            value={filter.column}
            onChange={({ currentTarget: { value: column } }) => {
              const operators = operatorsOf(columnOf(column));
              const operator = operators.includes(filter.operator) ? filter.operator : (operators[0] ?? 'is');
              replace(at, { ...filter, column, operator });
            }}
          >
            {usable.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <select
            aria-label={texts.grid.filterOperator}
            value={filter.operator}
            onChange={({ currentTarget }) => {
              const operator = operatorsOf(columnOf(filter.column)).find((one) => one === currentTarget.value);
              if (operator !== undefined) replace(at, { ...filter, operator });
            }}
          >
            {operatorsOf(columnOf(filter.column)).map((operator) => (
              <option key={operator} value={operator}>
                {texts.grid.operators[operator]}
              </option>
            ))}
          </select>
          {needsValue(filter) ? (
            <Field
              label={texts.grid.filterValue}
              value={filter.value}
              onCommit={(value) => replace(at, { ...filter, value })}
            />
          ) : null}
          <button
            type="button"
            class="plain"
            aria-label={texts.grid.removeFilter}
            onClick={() => onChange(filters.toSpliced(at, 1))}
          >
            ×
          </button>
        </fieldset>
      ))}
      <button type="button" class="small" onClick={add}>
        {texts.grid.addFilter}
      </button>
    </div>
  );
}
