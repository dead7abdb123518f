import { isAscii, isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { rankEncodings } from '../text-encoding/detect.ts';
import { codePageOfDriver, codePageOfLabel } from './code-pages.ts';
import type { DbfTable } from './dbf-table.ts';
import { FileWindow } from './file-window.ts';
import { cutCharacterBytes } from './text.ts';

/** How the text of a table is encoded, and how that is known. */
export interface TextEncoding {
  readonly codePage: string;
  /** null: nothing had to be guessed or overruled. */
  readonly warning: Readonly<Record<string, unknown>> | null;
}

/** Bytes of cells with letters beyond ASCII that the detector is given. */
const EVIDENCE_BYTES = 1 << 16;

/** Records that are passed over at once where they hold nothing beyond ASCII. */
const STRETCH_RECORDS = 64;

/** .cpg files are one word. */
const LABEL_BYTES = 256;

/**
 * The encoding of a table's text: what the request says, else .cpg or .cst, else UTF-8 where all text beyond ASCII is
 * valid UTF-8, else the language driver in the header, else what the letters look like. Reads the whole table once
 * where it has to look. Throws badEncoding for a label in the request that means nothing.
 */
export function tableEncoding(
  path: string,
  table: DbfTable,
  asked: string | null,
  companions: ReadonlyMap<string, LocalFile>,
): TextEncoding {
  if (asked !== null) {
    const codePage = codePageOfLabel(asked);
    if (codePage !== null) return { codePage, warning: null };
    throw new ImportError('badEncoding', {
      detail: `The encoding "${asked}" is not known.`,
      hint: 'Name it as browsers do: utf-8, windows-1252, shift_jis.',
    });
  }
  const label = labelOf(companions);
  const labelled = label === null ? null : codePageOfLabel(label);
  if (labelled !== null && labelled !== 'utf-8') return { codePage: labelled, warning: null };
  const seen = lookAtText(path, table);
  if (seen.evidence.length === 0) return { codePage: labelled ?? 'utf-8', warning: null };
  const told = { ...(label === null ? {} : { label }), language_driver: table.languageDriver };
  if (seen.isUtf8) {
    return {
      codePage: 'utf-8',
      warning: labelled === null ? { encoding: { used: 'utf-8', by: 'content', ...told } } : null,
    };
  }
  const driver = codePageOfDriver(table.languageDriver);
  if (driver !== null)
    return {
      codePage: driver,
      warning: label === null ? null : { encoding: { used: driver, by: 'language driver', ...told } },
    };
  const ranked = rankEncodings(seen.evidence).map(codePageOfLabel);
  const [codePage = 'windows-1252', ...others] = ranked.filter((name) => name !== null);
  return { codePage, warning: { encoding: { used: codePage, by: 'detection', others: others.slice(0, 3), ...told } } };
}

function labelOf(companions: ReadonlyMap<string, LocalFile>): string | null {
  const file = companions.get('.cpg') ?? companions.get('.cst');
  if (file === undefined) return null;
  const bytes = Buffer.alloc(LABEL_BYTES);
  const fd = openSync(file.path, 'r');
  try {
    const text = bytes.toString('latin1', 0, readSync(fd, bytes, 0, LABEL_BYTES, 0));
    return (
      text
        .replace(/^\xef\xbb\xbf/, '')
        .trim()
        .split(/[\r\n]/)[0] ?? ''
    );
  } finally {
    closeSync(fd);
  }
}

/** Cells that hold bytes beyond ASCII, a space behind each, and whether all of them are UTF-8. */
function lookAtText(path: string, table: DbfTable): { readonly isUtf8: boolean; readonly evidence: Buffer } {
  using file = new FileWindow(path);
  const texts = table.fields.filter(({ type }) => type === 'C');
  const evidence = Buffer.alloc(EVIDENCE_BYTES, ' ');
  let length = 0;
  let isAllUtf8 = true;
  const note = (bytes: Buffer, start: number, end: number): void => {
    const cut = cutCharacterBytes(bytes, start, end);
    if (isAllUtf8 && !isUtf8(bytes.subarray(start, end - cut))) isAllUtf8 = false;
    if (length + end - start >= EVIDENCE_BYTES) return;
    bytes.copy(evidence, length, start, end);
    length += end - start + 1;
  };
  for (const { name } of table.fields) if (name.some((byte) => byte >= 0x80)) note(name, 0, name.length);
  for (let record = 0; record < table.records && (isAllUtf8 || length < EVIDENCE_BYTES / 2); record++) {
    const at = table.headerBytes + record * table.recordBytes;
    const stretch = STRETCH_RECORDS * table.recordBytes;
    if (record % STRETCH_RECORDS === 0 && file.fill(at, stretch)) {
      if (isAscii(file.bytes.subarray(file.start, file.start + stretch))) {
        record += STRETCH_RECORDS - 1;
        continue;
      }
    }
    if (!file.fill(at, table.recordBytes)) break;
    for (const { offset, width } of texts) {
      const start = file.start + offset;
      const end = start + width;
      for (let i = start; i < end; i++) {
        if (file.bytes[i]! < 0x80) continue;
        note(file.bytes, start, trimmed(file.bytes, start, end));
        break;
      }
    }
  }
  return { isUtf8: isAllUtf8, evidence: evidence.subarray(0, length) };
}

function trimmed(bytes: Buffer, start: number, end: number): number {
  let last = end;
  while (last > start && (bytes[last - 1] === 32 || bytes[last - 1] === 0)) last--;
  return last;
}
