import type { ColumnReport } from '../domain/report.ts';
import type { ColumnType } from '../domain/schema.ts';
import type { ColumnPlan } from './column-plan.ts';
import type { FirstValue } from './observations.ts';
import { type Rules, resolveColumn } from './resolve.ts';
import type { ColumnReading, Doubt } from './resolve-regional.ts';

/** All that is known of a column after its last value. */
export interface Evidence {
  readonly mask: number;
  readonly forms: number;
  /** What a sample showed before; later values of a column that is proved to be text are not looked at. */
  readonly sampleMask: number;
  readonly sampleForms: number;
  readonly declared: ColumnType | null;
  readonly firsts: readonly FirstValue[];
  readonly plan: ColumnPlan | null;
  readonly rules: Rules;
  /** Cells that are not NULL. */
  readonly values: number;
}

const reasons: Readonly<Record<ColumnType, string>> = {
  boolean: 'All values are true or false, in one spelling.',
  bigint: 'All values are whole numbers within 64 bits.',
  numeric: 'All values are numbers; some have more digits than double precision keeps.',
  'double precision': 'All values are numbers of at most 15 significant digits.',
  date: 'All values are dates.',
  timestamp: 'All values are dates or times of a day, without a zone.',
  timestamptz: 'All values are times of a day, with a zone.',
  time: 'All values are times of day.',
  uuid: 'All values are UUIDs as PostgreSQL writes them.',
  jsonb: 'All values are JSON.',
  bytea: 'All values are bytes.',
  text: 'No narrower type prints every value as it is written.',
};

const orderNames = { dmy: 'day, month, year', mdy: 'month, day, year', ymd: 'year, month, day' } as const;
const doubts: Readonly<Record<Doubt, string>> = {
  order: 'The values are dates that can be read in two orders; date_order decides.',
  century: 'The values are dates whose years have two digits; date_order or a date_format makes them dates.',
  decimal: 'The values are numbers whose comma or point can be either sign; decimal decides.',
};

/** A sentence: why a column has its type. */
export function reasonFor(type: ColumnType, { plan, declared, rules, values }: Evidence): string {
  if (plan?.isAsked === true) return 'The request asks for this type.';
  if (values === 0 && declared === null) return 'There is no value.';
  if (declared === type) return 'The source declares this type, and all values fit it.';
  if (!rules.typeGuessing && declared === null && type === 'text') return 'Types are not guessed.';
  if (plan !== null && plan.doubt !== null) return doubts[plan.doubt];
  const reading = plan?.reading ?? null;
  const reason = reading === null ? reasons[type] : `${reasons[type]} ${readingWords(reading, type)}`;
  return declared === null ? reason : `The source declares ${declared}, which not all values fit. ${reason}`;
}

function readingWords(reading: ColumnReading, type: ColumnType): string {
  if (reading.kind === 'time')
    return type === 'time' ? 'They say AM or PM.' : `They are read as ${orderNames[reading.order]}.`;
  return reading.decimal === ','
    ? 'They are read with a decimal comma; points and blanks group digits.'
    : 'They are read with a decimal point; commas and blanks group digits.';
}

/** The first value without which the column would have a narrower type than `type`; null where there is none. */
export function counterExample(type: ColumnType, evidence: Evidence): ColumnReport['counterExample'] {
  const { plan, declared, firsts, rules } = evidence;
  if (plan?.isAsked === true || plan?.doubt != null || declared === type || !rules.typeGuessing) return null;
  const mask = evidence.mask | evidence.sampleMask;
  const forms = evidence.forms | evidence.sampleForms;
  for (const first of firsts) {
    const found = resolveColumn(mask & ~first.kinds, forms & ~first.forms, rules);
    if (found.type === type || found.type === 'text') continue;
    return { row: first.row, value: first.value, prevented: found.type };
  }
  return withoutOthers(type, evidence);
}

/** Where no single value is to blame: the first that made more of the column than its first kind alone would be. */
function withoutOthers(type: ColumnType, { firsts, rules }: Evidence): ColumnReport['counterExample'] {
  let mask = 0;
  let forms = 0;
  let before: ColumnType | null = null;
  for (const first of firsts) {
    mask |= first.kinds;
    forms |= first.forms;
    const { type: now } = resolveColumn(mask, forms, rules);
    if (before !== null && before !== 'text' && before !== now && now === type) {
      return { row: first.row, value: first.value, prevented: before };
    }
    before = now;
  }
  return null;
}
