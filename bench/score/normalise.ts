/**
 * Cells as Pollock compares them: numbers, truth values, dates, times and amounts by what they say, texts without
 * regard to capitals. Written from the benchmark's description; where a day could be a month it is the month, as there.
 */
export function normalise(cell: string): string {
  const text = cell.trim();
  if (text === '') return '';
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true' ? '1' : '0';
  if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace('+', '')).toString();
  if (/^[+-]?(\d+\.\d*|\.\d+|\d+(\.\d*)?e[+-]?\d+)$/i.test(text)) return decimal(Number(text));
  return timeOf(text) ?? dateOf(text) ?? amountOf(text) ?? cell.toLowerCase();
}

const decimal = (value: number): string => (Number.isInteger(value) ? `${value}.0` : `${value}`);
const two = (part: string | undefined): string => (part ?? '0').padStart(2, '0');

function timeOf(text: string): string | undefined {
  const [, hours, minutes, seconds] = /^(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?$/.exec(text) ?? [];
  return hours === undefined
    ? undefined
    : `${two(hours)}:${two(minutes)}:${two(seconds?.replace(/\.?0+$/, '') || '00')}`;
}

function dateOf(text: string): string | undefined {
  const [, date = '', time] = /^([\d/.-]+)(?:[ T](\d{1,2}:\d\d(?::\d\d)?)(?:\.0+)?(?:Z|\+00)?)?$/.exec(text) ?? [];
  const [, a, b, c] = /^(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})$/.exec(date) ?? [];
  if (a === undefined || b === undefined || c === undefined) return undefined;
  const isYearFirst = a.length === 4;
  if (!isYearFirst && c.length !== 4) return undefined;
  const [year, month, day] = isYearFirst ? [a, b, c] : Number(a) > 12 ? [c, b, a] : [c, a, b];
  return `${year}-${two(month)}-${two(day)} ${(time === undefined ? undefined : timeOf(time)) ?? '00:00:00'}`;
}

function amountOf(text: string): string | undefined {
  const [, currency, amount] = /^([$€£¥])\s?(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  return currency === undefined ? undefined : `${currency}${decimal(Number(amount))}`;
}
