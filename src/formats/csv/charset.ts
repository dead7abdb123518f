import { isAscii } from 'node:buffer';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { encodingOfLabel } from '../text-encoding/decoder.ts';
import { detectEncoding, detectOfBytes, encodingOfMark } from '../text-encoding/detect.ts';
import { Evidence } from '../text-encoding/evidence.ts';
import { forEachPiece, piecesBehindHead } from './file-pieces.ts';

/** How the characters of a file are encoded, and how that is known. */
export interface Charset {
  readonly encoding: string;
  /** Length of the byte order mark. */
  readonly markBytes: number;
  /** Whether bytes that are no characters are replaced. Not so, a file taken for UTF-8 is looked at again. */
  readonly isFinal: boolean;
  readonly by: 'request' | 'file name' | 'mark' | 'content';
  /** What else it might have been, best first. */
  readonly others: readonly string[];
}

/** Text beyond ASCII that the detector is given. */
const evidenceBytes = 8 << 10;

/** The encoding that a file's name says it is in (wire contract 5.2): `…_encoding_XXX_encoding_….csv`. */
const ofName = (name: string): string | null => {
  const label = /_encoding_([\w.:-]+?)_encoding_/i.exec(name)?.[1];
  return label === undefined ? null : encodingOfLabel(label);
};

/**
 * The charset of a file: as the request says, else its name, else by its mark, else by its text: the head and places
 * spread over the rest. Throws badEncoding for a label that means nothing.
 */
export function charsetOf(
  file: LocalFile,
  head: Buffer,
  asked: string | null,
  piecesBehind: (file: LocalFile) => readonly Buffer[] = piecesBehindHead,
): Charset {
  const named = asked === null ? ofName(file.name) : encodingOfLabel(asked);
  if (asked !== null && named === null) {
    throw new ImportError('badEncoding', {
      detail: `The encoding "${asked}" is not known.`,
      hint: 'Name it as browsers do: utf-8, windows-1252, shift_jis.',
    });
  }
  if (named !== null)
    return {
      ...marked(named, head),
      isFinal: named !== 'utf-8',
      by: asked === null ? 'file name' : 'request',
      others: [],
    };
  const evidence = new Evidence(evidenceBytes);
  const pieces = piecesBehind(file);
  if (!isAscii(head)) evidence.add(head, pieces.length === 0 && head.length === file.sizeBytes);
  for (const piece of pieces) if (!isAscii(piece)) evidence.add(piece, false);
  const { encoding, markBytes, others } = detectEncoding(head, evidence);
  const isFinal = encoding !== 'utf-8' || evidence.utf8.invalid > 0;
  return { encoding, markBytes, isFinal, by: markBytes > 0 ? 'mark' : 'content', others };
}

/**
 * What `charsetOf` finds, where the head alone says it; null where other places of the file have a say. A head in UTF-8
 * does: what is read as that is seen to be that, or misread.
 */
export function charsetOfHead(file: LocalFile, head: Buffer, asked: string | null): Charset | null {
  const charset = charsetOf(file, head, asked, () => []);
  return charset.by !== 'content' || (charset.encoding === 'utf-8' && !charset.isFinal) ? charset : null;
}

/** A mark of the same encoding is none of the text; one of UTF-16 says which byte order is meant. */
function marked(encoding: string, head: Buffer): Pick<Charset, 'encoding' | 'markBytes'> {
  const mark = encodingOfMark(head);
  if (mark === null) return { encoding, markBytes: 0 };
  const isSame = mark.encoding === encoding || mark.encoding.slice(0, 6) === encoding.slice(0, 6);
  return isSame && encoding.startsWith('utf') ? mark : { encoding, markBytes: 0 };
}

/** The charset of a file that turned out not to be UTF-8 throughout: all of it is evidence, unless UTF-8 was named. */
export function charsetOfAll(file: LocalFile, before: Charset): Charset {
  if (before.by !== 'content') return { ...before, isFinal: true };
  const evidence = new Evidence(evidenceBytes);
  forEachPiece(file, (piece, isLast) => {
    if (!isAscii(piece)) evidence.add(piece, isLast);
  });
  return { ...detectOfBytes(evidence), markBytes: 0, isFinal: true, by: 'content' };
}
