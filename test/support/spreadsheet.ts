import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import type { Layer } from '../../src/domain/layer.ts';
import { defaultReading } from '../../src/domain/reading.ts';
import { openFile } from '../../src/formats/open-file.ts';
import type { LayerResult } from '../../src/read/reader-session.ts';
import { readToEnd } from './read-csv.ts';

/** An entry of a zip file that a test writes. */
export interface ZipEntry {
  readonly name: string;
  readonly content: string | Buffer;
  /** What the directory says the entry unpacks to, where it lies. */
  readonly claimedBytes?: number;
  readonly isEncrypted?: boolean;
  /** Written as it is, not packed. */
  readonly isStored?: boolean;
}

/** Writes a zip file. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claimedBytes, isEncrypted, isStored = false } of entries) {
    const bytes = Buffer.from(content);
    const packed = isStored ? bytes : deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(isEncrypted === true ? 1 : 0, 2);
    fields.writeUInt16LE(isStored ? 0 : 8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claimedBytes ?? bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const body = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, place, Buffer.from(name)]));
    bodies.push(body);
    offset += body.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

/** What a workbook of a test is made of; XML as it stands. */
export interface XlsxParts {
  /** Sheets by name: the inside of `sheetData`, or a whole document where it begins with `<?xml`. */
  readonly sheets: Readonly<Record<string, string>>;
  /** The `si` elements of the shared strings. */
  readonly strings?: string;
  /** Number formats by code, one style each, from style 1; style 0 is General. */
  readonly formats?: readonly string[];
  readonly is1904?: boolean;
  /** States of the sheets by name. */
  readonly states?: Readonly<Record<string, string>>;
}

const relationships = (targets: readonly (readonly [type: string, target: string])[]): string =>
  `<Relationships>${targets.map(([type, target], i) => `<Relationship Id="r${i}" Type="http://x/${type}" Target="${target}"/>`).join('')}</Relationships>`;

/** The entries of an XLSX file. */
export function xlsxEntries(parts: XlsxParts): readonly ZipEntry[] {
  const sheets = Object.entries(parts.sheets);
  const formats = parts.formats ?? [];
  return [
    { name: '[Content_Types].xml', content: '<Types/>' },
    { name: '_rels/.rels', content: relationships([['officeDocument', 'xl/workbook.xml']]) },
    {
      name: 'xl/workbook.xml',
      content: `<workbook xmlns:r="r"><workbookPr date1904="${parts.is1904 === true ? 1 : 0}"/><sheets>${sheets
        .map(
          ([name], i) =>
            `<sheet name="${name}" sheetId="${i}" state="${parts.states?.[name] ?? 'visible'}" r:id="r${i}"/>`,
        )
        .join('')}</sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: relationships([
        ...sheets.map((_, i) => ['worksheet', `worksheets/sheet${i}.xml`] as const),
        ['styles', 'styles.xml'],
        ['sharedStrings', '/xl/sharedStrings.xml'],
      ]),
    },
    {
      name: 'xl/styles.xml',
      content: `<styleSheet><numFmts>${formats
        .map((code, i) => `<numFmt numFmtId="${200 + i}" formatCode="${code.replaceAll('"', '&quot;')}"/>`)
        .join('')}</numFmts><cellXfs><xf numFmtId="0"/>${formats
        .map((_, i) => `<xf numFmtId="${200 + i}"/>`)
        .join('')}</cellXfs></styleSheet>`,
    },
    { name: 'xl/sharedStrings.xml', content: `<sst>${parts.strings ?? ''}</sst>` },
    ...sheets.map(([, data], i) => ({
      name: `xl/worksheets/sheet${i}.xml`,
      content: data.startsWith('<?xml') ? data : `<worksheet><sheetData>${data}</sheetData></worksheet>`,
    })),
  ];
}

/** Cells of text in one row, without references. */
export const textRow = (...texts: readonly string[]): string =>
  `<row>${texts.map((text) => (text === '' ? '<c/>' : `<c t="inlineStr"><is><t>${text}</t></is></c>`)).join('')}</row>`;

/** Writes a file, opens it as what it is, and gives its layers to `use`. */
export async function withFile<T>(
  name: string,
  content: string | Buffer,
  use: (layers: readonly Layer[]) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-sheet-'));
  try {
    const path = join(folder, 'body');
    writeFileSync(path, content);
    const options = { ...defaultReading, maxRows: 1e7 };
    const file = { path, name, sizeBytes: content.length, mediaType: null, companions: new Map() };
    return await use(await openFile(file, options, { folder }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A table as a test compares it. */
export interface ReadTable {
  readonly name: string;
  readonly types: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly warnings: LayerResult['warnings'];
}

/** Every table of a file, read through the whole reader. */
export const tablesOf = (name: string, content: string | Buffer): Promise<readonly ReadTable[]> =>
  withFile(name, content, async (layers) => {
    const tables: ReadTable[] = [];
    for (const layer of layers) {
      const { types, decoded, warnings } = await readToEnd(layer);
      tables.push({ name: layer.name, types, rows: decoded.map(({ values }) => values), warnings });
    }
    return tables;
  });
