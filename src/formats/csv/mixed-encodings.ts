import type { CellRecord } from '../../domain/layer.ts';
import { decodeAll } from '../text-encoding/decoder.ts';
import type { Charset } from './charset.ts';

const bytesFrom = (first: number, last: number): Uint8Array =>
  Uint8Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** The UTF-8 characters U+00C0 to U+017F, letters of European languages, begin with one of these bytes. */
const LEADS = bytesFrom(0xc3, 0xc5);
/** They end with one of these. */
const CONTINUATIONS = bytesFrom(0x80, 0xbf);

/**
 * Tells whether a row holds what letters of UTF-8 look like in the encoding that the text was found to be in: rows of
 * another origin, whose values are not what was meant. null: it cannot be told in this encoding. In encodings of Latin
 * script, Ã, Ä or Å before a sign is no word; those of other scripts have words in these places.
 */
export function mixedCheck({ encoding, by }: Charset): ((record: CellRecord) => boolean) | null {
  const leads = decodeAll(LEADS, encoding);
  if (by !== 'content' || leads[1] !== 'Ä') return null;
  const pattern = new RegExp(`[${leads}][${decodeAll(CONTINUATIONS, encoding).replaceAll('\ufffd', '')}]`);
  return ({ bytes, starts, ends, count }) =>
    count > 0 && pattern.test(bytes.toString('utf8', starts[0] ?? 0, ends[count - 1] ?? 0));
}
