import type { Random } from './random.ts';

/** What damaged files have in place of lengths and counts. */
const numbers = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** What damaged text has in place of numbers and between words. */
const words = [
  '-1',
  '999999999',
  '2147483648',
  '9223372036854775808',
  '1e999',
  '-0',
  'NaN',
  '9'.repeat(500),
  '',
  '<',
  '>',
  '</',
  '<![CDATA[',
  '<!--',
  '&#0;',
  '&#x10ffff;',
  '{',
  '[',
  ']',
  '}',
  '"',
  ',',
  '\\',
  '\\u0000',
  'null',
  '\0',
  '\r',
  '\ufeff',
  '[['.repeat(200),
  '<a>'.repeat(300),
];

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const joined = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);

/** Where to break: headers and ends matter most. */
function place(bytes: Buffer, random: Random): number {
  const kind = random.below(4);
  if (kind === 0) return random.below(Math.min(bytes.length, 512));
  return kind === 1 ? Math.max(0, bytes.length - 1 - random.below(512)) : random.below(bytes.length);
}

const mutations: readonly Mutation[] = [
  function flipBits(bytes, random) {
    for (let n = 1 + random.below(8); n > 0; n--) {
      const at = place(bytes, random);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
    return bytes;
  },
  function replaceBytes(bytes, random) {
    for (let n = 1 + random.below(4); n > 0; n--) bytes[place(bytes, random)] = random.below(256);
    return bytes;
  },
  function cutOff(bytes, random) {
    return bytes.subarray(0, place(bytes, random));
  },
  function setNumber(bytes, random) {
    const width = random.pick([1, 2, 4, 8]);
    const at = Math.min(place(bytes, random), bytes.length - width);
    if (at < 0) return bytes;
    const value = random.pick([...numbers, bytes.length, bytes.length * 2, at]);
    const field = Buffer.alloc(8, value > 0x7fffffff && random.below(2) === 0 ? 0xff : 0);
    field.writeUInt32LE(value >>> 0, 0);
    const part = field.subarray(0, width);
    (random.below(3) === 0 ? part.reverse() : part).copy(bytes, at);
    return bytes;
  },
  function swapChunks(bytes, random) {
    const length = 1 + random.below(Math.max(1, Math.min(64, bytes.length >> 2)));
    const a = random.below(bytes.length - length);
    const b = random.below(bytes.length - length);
    const kept = Buffer.from(bytes.subarray(a, a + length));
    bytes.copyWithin(a, b, b + length);
    kept.copy(bytes, b);
    return bytes;
  },
  function removeChunk(bytes, random) {
    const at = place(bytes, random);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(64)));
  },
  function repeatChunk(bytes, random) {
    const at = place(bytes, random);
    const chunk = bytes.subarray(at, at + 1 + random.below(64));
    const times = random.pick([1, 2, 20, 500]);
    return joined(bytes.subarray(0, at), ...Array.from({ length: times }, () => chunk), bytes.subarray(at));
  },
  function splice(bytes, random, other) {
    return joined(bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random)));
  },
  function insertWord(bytes, random) {
    const at = place(bytes, random);
    return joined(bytes.subarray(0, at), Buffer.from(random.pick(words)), bytes.subarray(at + random.below(3)));
  },
  function replaceDigits(bytes, random) {
    const text = bytes.toString('latin1');
    const found = [...text.matchAll(/\d+(?:\.\d+)?/g)];
    if (found.length === 0) return bytes;
    const digits = random.pick(found);
    const after = digits.index + digits[0].length;
    return Buffer.from(text.slice(0, digits.index) + random.pick(words) + text.slice(after), 'latin1');
  },
];

/** Damages a copy of a file in one to three ways; `other` is a valid file of the same format to splice with. */
export function mutate(bytes: Buffer, other: Buffer, random: Random): Buffer {
  let damaged = Buffer.from(bytes);
  for (let n = 1 + random.below(3); n > 0 && damaged.length > 1; n--) {
    damaged = Buffer.from(random.pick(mutations)(damaged, random, other));
  }
  return damaged;
}
