/** What a file that begins like a workbook is stored as. */
export type Container = 'xlsx' | 'xlsb' | 'ods' | 'ole';

const OLE_MAGIC = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const ZIP_ENTRY = Buffer.from('PK\x03\x04', 'latin1');

/** The header of a zip entry: its length before the name, and where its fields stand (APPNOTE 4.3.7). */
const ENTRY_HEADER_BYTES = 30;
const FLAGS_AT = 6;
const METHOD_AT = 8;
const PACKED_BYTES_AT = 18;
const NAME_LENGTH_AT = 26;
const EXTRA_LENGTH_AT = 28;

/** The size stands behind the content, not in the header. */
const SIZE_FOLLOWS = 8;
const STORED = 0;

const odsType = 'application/vnd.oasis.opendocument.spreadsheet';

interface ZipEntryHead {
  readonly name: string;
  /** What stands behind the name: the content, where it is stored as it is. */
  readonly content: string;
}

/**
 * The zip entries that begin in the first bytes of a file, each behind the one before, so that those of an archive inside
 * the archive are not among them.
 */
function* entryHeads(head: Buffer): Generator<ZipEntryHead> {
  for (let at = 0; at >= 0 && at + ENTRY_HEADER_BYTES <= head.length; ) {
    if (!head.subarray(at, at + ZIP_ENTRY.length).equals(ZIP_ENTRY)) return;
    const nameAt = at + ENTRY_HEADER_BYTES;
    const nameEnd = nameAt + head.readUInt16LE(at + NAME_LENGTH_AT);
    const contentAt = nameEnd + head.readUInt16LE(at + EXTRA_LENGTH_AT);
    yield {
      name: head.toString('latin1', nameAt, nameEnd).replaceAll('\\', '/'),
      content: head.toString('latin1', contentAt, contentAt + odsType.length),
    };
    const packedBytes = head.readUInt32LE(at + PACKED_BYTES_AT);
    if (packedBytes > 0 || (head.readUInt16LE(at + FLAGS_AT) & SIZE_FOLLOWS) === 0) at = contentAt + packedBytes;
    else if (head.readUInt16LE(at + METHOD_AT) === STORED) return;
    else at = head.indexOf(ZIP_ENTRY, contentAt);
  }
}

/**
 * Tells a workbook by the first bytes of its file (64 KiB are plenty): OLE containers (XLS, encrypted workbooks) by
 * their magic, the zip kinds by the names of their first entries, an OpenDocument file by its `mimetype`. null for every
 * other file, other zip archives and text documents among them. An archive is never unpacked where this is not null.
 */
export function spreadsheetContainer(bytes: Uint8Array): Container | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (head.subarray(0, OLE_MAGIC.length).equals(OLE_MAGIC)) return 'ole';
  if (!head.subarray(0, ZIP_ENTRY.length).equals(ZIP_ENTRY)) return null;
  let isOffice = false;
  for (const { name, content } of entryHeads(head)) {
    if (name === 'mimetype') return content === odsType ? 'ods' : null;
    if (/^xl\/(workbook|worksheets\/[^/]+)\.bin$/i.test(name)) return 'xlsb';
    if (/^xl\/(workbook|worksheets\/[^/]+|sharedStrings)\.xml$/i.test(name)) return 'xlsx';
    if (/^(word|ppt|visio)\//i.test(name)) return null;
    if (name === '[Content_Types].xml' || /^xl\//i.test(name)) isOffice = true;
  }
  return isOffice ? 'xlsx' : null;
}

/** Whether the first bytes are text that is no markup: delimited text that somebody gave the name of a workbook. */
export const isPlainText = (head: Uint8Array): boolean =>
  !head.includes(0) && !/^(?:PK|(\xef\xbb\xbf)?\s*<)/.test(Buffer.from(head.subarray(0, 1024)).toString('latin1'));
