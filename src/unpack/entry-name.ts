/** Names of files in archives. They are data: no file is ever made under one. */
import { refused } from './budget.ts';

/**
 * A name with `/` between folders and without empty or `.` parts; '' for the archive's own folder. Throws 1003 for a
 * name that leads out of the archive: only an attack has one, so the whole archive is refused.
 */
export function cleanEntryName(name: string): string {
  const path = name.replaceAll('\\', '/');
  const shown = JSON.stringify(name.slice(0, 200));
  if (path.includes('\0')) throw refused(`the name ${shown} has a NUL character`);
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) throw refused(`the name ${shown} is absolute`);
  const parts = path.split('/');
  if (parts.includes('..')) throw refused(`the name ${shown} leads out of the archive`);
  return parts.filter((part) => part !== '' && part !== '.').join('/');
}

const litter = [/^\./, /^__/, /readme.*\.txt$/i, /\.version\.txt$/i, /^thumbs\.db$/i, /^desktop\.ini$/i];

/** Whether a file is what systems and packers leave in archives (wire contract 4.3): it, or a folder above it. */
export const isLitter = (path: string): boolean =>
  path.split('/').some((part) => litter.some((pattern) => pattern.test(part)));
