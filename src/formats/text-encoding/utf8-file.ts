import { closeSync, mkdtempSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { readHead } from '../../util/read-head.ts';
import { createDecode, encodingOfLabel } from './decoder.ts';
import { encodingOfMark } from './detect.ts';

const CHUNK_BYTES = 1 << 20;

/**
 * A text file as UTF-8: itself, or a copy below `folder` where a byte order mark or the request (`asked`) says that it
 * is in another encoding. Throws badEncoding for an encoding that is not known.
 */
export function utf8File(file: LocalFile, asked: string | null, folder: string): LocalFile {
  const mark = encodingOfMark(readHead(file.path));
  const label = mark?.encoding ?? asked ?? 'utf-8';
  const encoding = encodingOfLabel(label);
  if (encoding === null) {
    throw new ImportError('badEncoding', {
      detail: `${file.name}: the encoding ${JSON.stringify(label)} is not known.`,
      hint: 'Name one such as UTF-8, windows-1252 or Shift_JIS.',
    });
  }
  if (encoding === 'utf-8') return file;
  const path = join(mkdtempSync(join(folder, 'utf8-')), 'text');
  return { ...file, path, sizeBytes: copyDecoded(file.path, path, encoding, mark?.markBytes ?? 0) };
}

/** Gives the bytes of the copy. */
function copyDecoded(from: string, to: string, encoding: string, start: number): number {
  const decode = createDecode(encoding);
  const source = openSync(from, 'r');
  const target = openSync(to, 'wx');
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let written = 0;
    for (let at = start; ; ) {
      const length = readSync(source, chunk, 0, CHUNK_BYTES, at);
      at += length;
      const text = Buffer.from(decode(chunk.subarray(0, length), length === 0));
      written += text.length;
      for (let done = 0; done < text.length; ) done += writeSync(target, text, done);
      if (length === 0) return written;
    }
  } finally {
    closeSync(target);
    closeSync(source);
  }
}
