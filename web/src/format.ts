const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** A number of bytes for the eye: `1.2 MB`. */
export function bytesText(bytes: number): string {
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
