const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** A number of bytes for the eye: `1.2 MB`. */
export function bytesText(bytes: number): string {
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** A whole number with its groups of digits. */
export const countText = (count: number): string => Math.round(count).toLocaleString('en');

/** So many seconds for the eye: `45 s`, `3 min`, `2 h`. */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** A moment seen from now: `5 minutes ago`, `in 2 hours`. */
export function agoText(moment: string, nowMs = Date.now()): string {
  const seconds = (Date.parse(moment) - nowMs) / 1000;
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(Math.round(seconds), 'second');
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86_400), 'day');
}

/** A type of geometry as people say it: `Multipolygon`. */
export const geometryText = (type: string): string => type.charAt(0) + type.slice(1).toLowerCase();
