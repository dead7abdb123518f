// hot path: bench/load.bench.ts
import { BadXml } from './bad-xml.ts';

const AMPERSAND = 38;
const named: Readonly<Record<string, number>> = { amp: 38, lt: 60, gt: 62, quot: 34, apos: 39 };

/** Longest reference that is looked for, `&#x0010FFFF;` with some room. */
const MAX_REFERENCE_BYTES = 16;

function codePoint(name: string): number {
  if (Object.hasOwn(named, name)) return named[name]!;
  const number = /^#x([0-9a-fA-F]{1,8})$/.exec(name) ?? /^#(\d{1,8})$/.exec(name);
  const code = number === null ? -1 : Number.parseInt(number[1]!, name[1] === 'x' ? 16 : 10);
  if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new BadXml(`has the reference &${name}; that XML does not know`);
  }
  return code;
}

/**
 * Writes the text at `source[start, end)` with its references resolved and its line ends made LF into `target` at `at`,
 * and returns where it ends; it is never longer than its source. `_x000D_` and the like, by which spreadsheets write
 * characters that XML cannot hold, are resolved too. NUL characters are left out.
 */
export function writeXmlText(
  source: Buffer,
  start: number,
  end: number,
  isRaw: boolean,
  target: Buffer,
  at: number,
): number {
  let to = at;
  let hasEscape = false;
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if (byte === AMPERSAND && !isRaw) {
      const semicolon = source.indexOf(59, i + 1);
      if (semicolon < 0 || semicolon >= end || semicolon - i > MAX_REFERENCE_BYTES) {
        throw new BadXml('has a & that begins no reference');
      }
      const code = codePoint(source.toString('latin1', i + 1, semicolon));
      if (code !== 0) to += target.write(String.fromCodePoint(code), to);
      i = semicolon;
    } else if (byte === 13) {
      if (source[i + 1] !== 10 || i + 1 === end) target[to++] = 10;
    } else {
      if (byte === 95 && source[i + 1] === 120) hasEscape = true;
      target[to++] = byte;
    }
  }
  return hasEscape ? resolveEscapes(target, at, to) : to;
}

function resolveEscapes(target: Buffer, start: number, end: number): number {
  const text = target
    .toString('utf8', start, end)
    .replace(/_x([0-9a-fA-F]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll('\0', '')
    .toWellFormed();
  return start + target.write(text, start);
}

/** The value of an attribute as a string. */
export function attributeText(source: Buffer, start: number, end: number): string {
  let i = start;
  while (i < end && source[i] !== AMPERSAND && source[i] !== 95) i++;
  if (i === end) return source.toString('utf8', start, end);
  const target = Buffer.allocUnsafe(end - start);
  return target.toString('utf8', 0, writeXmlText(source, start, end, false, target, 0));
}
