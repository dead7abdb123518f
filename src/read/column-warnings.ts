import type { Warnings } from '../domain/import.ts';
import { TimeForm } from '../infer/forms.ts';
import type { Plan } from '../infer/infer-schema.ts';
import { ordersOf } from '../infer/resolve-regional.ts';
import { regionalKinds } from '../infer/value-kinds.ts';
import type { Survey } from './survey.ts';

interface Doubtful {
  readonly column: string;
  /** The readings between which the values do not decide. */
  readonly readings: readonly string[];
  readonly value: string;
}

/** What is told of columns that stay text because their values can be read in two ways, and of names not taken as asked. */
export function columnWarnings({ schema, columns, positions }: Plan, survey: Survey): Warnings {
  const dates: Doubtful[] = [];
  const numbers: Doubtful[] = [];
  const renamed: { readonly asked: string; readonly name: string }[] = [];
  columns.forEach(({ doubt }, i) => {
    const position = positions[i] ?? 0;
    const name = schema.columns[i]?.name ?? '';
    const asked = survey.wishes()[position]?.rename;
    if (asked !== undefined && asked !== name) renamed.push({ asked, name });
    if (doubt === null) return;
    const forms = survey.observations.forms[position] ?? 0;
    const firsts = survey.observations.firsts(position);
    const value = firsts.find(({ kinds }) => (kinds & regionalKinds) !== 0)?.value ?? firsts[0]?.value ?? '';
    if (doubt === 'decimal') numbers.push({ column: name, readings: ['decimal comma', 'decimal point'], value });
    else dates.push({ column: name, readings: dateReadings(forms), value });
  });
  return {
    ...(dates.length === 0 ? {} : { ambiguous_dates: dates }),
    ...(numbers.length === 0 ? {} : { ambiguous_numbers: numbers }),
    ...(renamed.length === 0 ? {} : { renamed_columns: renamed }),
  };
}

const orderNames = { dmy: 'day, month, year', mdy: 'month, day, year', ymd: 'year, month, day' } as const;

function dateReadings(forms: number): readonly string[] {
  const orders = ordersOf(forms).map((order) => orderNames[order]);
  if ((forms & TimeForm.shortYear) === 0) return orders;
  return orders.flatMap((order) => [`${order} of the 1900s`, `${order} of the 2000s`]);
}
