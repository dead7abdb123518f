import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { LocalFile } from '../../domain/layer.ts';

/** Bytes at the beginning of a file from which encoding, dialect and header are told. */
export const HEAD_BYTES = 1 << 20;

/** Places in the file, besides its head, that are looked at, and bytes of each. */
const WINDOWS = 16;
const WINDOW_BYTES = 1 << 16;

/** Longest line that is kept whole when a file is looked at piece by piece. */
const PIECE_BYTES = 1 << 20;

/** Reads up to `length` bytes of a file from `position`. */
export function readBytes(path: string, position: number, length: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
  } finally {
    closeSync(fd);
  }
}

/** Pieces of the file behind its head, evenly spread, each beginning at a multiple of four bytes (UTF-32). */
export function windows(file: LocalFile): readonly Buffer[] {
  const size = fileBytes(file.path);
  const step = Math.floor((size - HEAD_BYTES) / WINDOWS / 4) * 4;
  if (step < WINDOW_BYTES) return [];
  return Array.from({ length: WINDOWS }, (_, i) => readBytes(file.path, HEAD_BYTES + step * i, WINDOW_BYTES));
}

/** What is looked at behind the head for its encoding: windows, or all of it where it is not longer than they are. */
export function piecesBehindHead(file: LocalFile): readonly Buffer[] {
  const rest = fileBytes(file.path) - HEAD_BYTES;
  return rest > 0 && rest <= WINDOWS * WINDOW_BYTES ? [readBytes(file.path, HEAD_BYTES, rest)] : windows(file);
}

function fileBytes(path: string): number {
  const fd = openSync(path, 'r');
  try {
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

/** Gives all of a file, in pieces that end with a line where lines are not too long. The memory is used again. */
export function forEachPiece(file: LocalFile, use: (piece: Buffer, isLast: boolean) => void): void {
  const fd = openSync(file.path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(PIECE_BYTES * 2);
    let length = 0;
    let position = 0;
    for (;;) {
      const count = readSync(fd, buffer, length, PIECE_BYTES, position);
      position += count;
      length += count;
      if (count === 0) {
        use(buffer.subarray(0, length), true);
        return;
      }
      const lineEnd = buffer.lastIndexOf(10, length - 1) + 1;
      const end = lineEnd > 0 ? lineEnd : length > PIECE_BYTES ? length : 0;
      use(buffer.subarray(0, end), false);
      buffer.copyWithin(0, end, length);
      length -= end;
    }
  } finally {
    closeSync(fd);
  }
}

/** What stands between the first and the last line end of a piece: whole lines. */
export function wholeLines(piece: Buffer): Buffer {
  const lineEnd = piece.includes(10) ? 10 : 13;
  return piece.subarray(piece.indexOf(lineEnd) + 1, piece.lastIndexOf(lineEnd) + 1);
}
