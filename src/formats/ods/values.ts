const stamp = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?)?$/;
const period = /^(-?)PT(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,12})?)S)?$/;

/** A date, or a date with a time rounded to the millisecond, as ISO text with a space between; others as they are. */
export function dateText(value: string): string {
  const [, date, time, fraction] = stamp.exec(value) ?? [];
  if (date === undefined) return value;
  if (time === undefined) return date;
  if (fraction === undefined) return `${date} ${time}`;
  const instant = Date.parse(`${date}T${time}Z`) + Math.round(Number(`0.${fraction}`) * 1000);
  if (Number.isNaN(instant)) return value;
  return new Date(instant)
    .toISOString()
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, '');
}

/** A period such as `PT12H30M00S` as `HH:MM:SS`, rounded to the millisecond; others as they are. */
export function timeText(value: string): string {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = period.exec(value) ?? [];
  if (sign === undefined) return value;
  const ms = Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000);
  const whole = Math.floor(ms / 1000);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return `${sign}${clock}${ms % 1000 === 0 ? '' : `.${String(ms % 1000).padStart(3, '0')}`}`;
}
