/** Values of loose parameters: texts of a form and values of JSON alike. */
import { type Parameters, textOf } from './parameters.ts';
import { badImport, type WireError } from './wire-error.ts';

/** Characters of a value that an answer repeats. */
const SHOWN = 100;

/** 400 that names the value and what is allowed instead. */
export const unknownValue = (name: string, given: string, allowed: string): WireError =>
  badImport(`Unknown value '${given.slice(0, SHOWN).toWellFormed()}' for '${name}'. It takes ${allowed}`);

const yes = new Set(['true', 't', '1', 'yes', 'y', 'on']);
const no = new Set(['false', 'f', '0', 'no', 'n', 'off']);

/**
 * A truth value, more lenient than the original, where only `true` and `false` count (wire contract, appendix A): 1,
 * yes, on, TRUE and their opposites do too. Anything else is the default, as there.
 */
export function toBoolean<Fallback>(value: unknown, fallback: Fallback): boolean | Fallback {
  const text = String(value).trim().toLowerCase();
  if (yes.has(text)) return true;
  return no.has(text) ? false : fallback;
}

/** One of some words, in any case; null where nothing is said. Throws 400 for any other. */
export function toWord<Word extends string>(
  parameters: Parameters,
  name: string,
  allowed: readonly Word[],
): Word | null {
  const given = textOf(parameters, name);
  if (given === null) return null;
  const word = allowed.find((one) => one === given.trim().toLowerCase());
  if (word === undefined) throw unknownValue(name, given, allowed.join(', '));
  return word;
}

/** The value of JSON text; the text itself is refused with 400 where it is none. */
export function parseJsonText(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message.slice(0, 2 * SHOWN) : '';
    throw badImport(`${name} is not valid JSON: ${found.toWellFormed()}`);
  }
}

/** A text that PostgreSQL can hold; 400 where it is none or has a NUL. */
export function storableText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw badImport(`${name} must be text`);
  if (value.includes('\0')) throw badImport(`${name} must not contain a NUL character`);
  return value.toWellFormed();
}

/**
 * A list of texts: a list of JSON, as it stands; or words between commas, trimmed, the empty ones left out. null where
 * nothing is said.
 */
export function toList(parameters: Parameters, name: string): readonly string[] | null {
  const given = parameters.get(name);
  const value = typeof given === 'string' && given.trimStart().startsWith('[') ? parseJsonText(name, given) : given;
  if (Array.isArray(value)) {
    if (!value.every((one) => typeof one === 'string')) throw badImport(`${name} must be a list of texts`);
    return value.map((one) => storableText(name, one));
  }
  const words = textOf(parameters, name)?.split(',') ?? null;
  return words?.map((word) => word.trim()).filter((word) => word !== '') ?? null;
}
