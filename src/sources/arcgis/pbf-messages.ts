import { PbfReader } from 'pbf';

/** Bytes that are no answer of Esri's FeatureCollection.proto, or one of a kind that is not read here. */
export class PbfUnread extends Error {
  override readonly name = 'PbfUnread';
}

/** How many bytes of a message stand behind its length (Protocol Buffers, "Message structure"). */
const DELIMITED = 2;

/** Takes one field; a value that it leaves is passed over. */
type TakeField = (field: number, pbf: PbfReader, end: number) => void;

/** Reads all fields of a message. The library believes every length; here each has to lie within its message. */
export function readMessage(pbf: PbfReader, end: number, take: TakeField): void {
  for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) take(field, pbf, end);
  if (pbf.pos !== end) throw new PbfUnread('a value reaches beyond its message');
}

/** Reads a message from its first byte on. Throws `PbfUnread`, and errors of the library. */
export const readWhole = (bytes: Uint8Array, take: TakeField): void => {
  const pbf = new PbfReader(bytes);
  readMessage(pbf, bytes.length, take);
};

/** Where the value under way ends. */
export function endOfValue(pbf: PbfReader, end: number): number {
  if (pbf.type !== DELIMITED) throw new PbfUnread('a value is of another kind');
  const length = pbf.readVarint();
  if (length > end - pbf.pos) throw new PbfUnread('a value reaches beyond its message');
  return pbf.pos + length;
}

/** Reads the message that is the value under way. */
export const readInner = (pbf: PbfReader, end: number, take: TakeField): void =>
  readMessage(pbf, endOfValue(pbf, end), take);

/** Text that is the value under way. */
export function readText(pbf: PbfReader, end: number): string {
  const start = pbf.pos;
  endOfValue(pbf, end);
  pbf.pos = start;
  return pbf.readString();
}

/** Appends numbers that stand together, or one that stands alone. */
export function readNumbers(pbf: PbfReader, end: number, into: number[], next: (pbf: PbfReader) => number): void {
  const last = pbf.type === DELIMITED ? endOfValue(pbf, end) : pbf.pos + 1;
  while (pbf.pos < last) into.push(next(pbf));
}

/** A whole number that a number of JavaScript holds, as one; any other as text. */
export function readInteger(pbf: PbfReader, isSigned: boolean): number | string {
  const start = pbf.pos;
  const number = pbf.readVarint(isSigned);
  if (Number.isSafeInteger(number)) return number;
  let value = 0n;
  for (let at = start; at < pbf.pos; at++) value |= BigInt((pbf.buf[at] ?? 0) & 0x7f) << BigInt(7 * (at - start));
  return String(isSigned ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value));
}

/** A number written zigzag; one that needs more than 53 bits is not read. */
export function readZigzag(pbf: PbfReader): number {
  const number = pbf.readVarint();
  if (number > Number.MAX_SAFE_INTEGER) throw new PbfUnread('a number of more than 53 bits');
  return number % 2 === 1 ? (number + 1) / -2 : number / 2;
}

/** The same of an attribute, as text where it needs more bits. */
export function readZigzagInteger(pbf: PbfReader): number | string {
  const value = readInteger(pbf, false);
  if (typeof value === 'number') return value % 2 === 1 ? (value + 1) / -2 : value / 2;
  const wide = BigInt(value);
  return String((wide >> 1n) ^ -(wide & 1n));
}
