import iconv from 'iconv-lite';

/** DBF language drivers (byte 29 of the header), from the lists of ESRI, dBASE and Visual FoxPro. */
const languageDrivers: ReadonlyMap<number, string> = new Map([
  [0x01, 'cp437'],
  [0x02, 'cp850'],
  [0x03, 'windows-1252'],
  [0x04, 'macintosh'],
  [0x08, 'cp865'],
  [0x09, 'cp437'],
  [0x0a, 'cp850'],
  [0x0b, 'cp437'],
  [0x0d, 'cp437'],
  [0x0e, 'cp850'],
  [0x0f, 'cp437'],
  [0x10, 'cp850'],
  [0x11, 'cp437'],
  [0x12, 'cp850'],
  [0x13, 'shift_jis'],
  [0x14, 'cp850'],
  [0x15, 'cp437'],
  [0x16, 'cp850'],
  [0x17, 'cp865'],
  [0x18, 'cp437'],
  [0x19, 'cp437'],
  [0x1a, 'cp850'],
  [0x1b, 'cp437'],
  [0x1c, 'cp863'],
  [0x1d, 'cp850'],
  [0x1f, 'cp852'],
  [0x22, 'cp852'],
  [0x23, 'cp852'],
  [0x24, 'cp860'],
  [0x25, 'cp850'],
  [0x26, 'cp866'],
  [0x37, 'cp850'],
  [0x40, 'cp852'],
  [0x4d, 'gbk'],
  [0x4e, 'cp949'],
  [0x4f, 'cp950'],
  [0x50, 'cp874'],
  // 0x57 is "the ANSI code page of the machine", which ESRI's programs write whatever the text is: no evidence.
  [0x58, 'windows-1252'],
  [0x59, 'windows-1252'],
  [0x64, 'cp852'],
  [0x65, 'cp866'],
  [0x66, 'cp865'],
  [0x67, 'cp861'],
  [0x6a, 'cp737'],
  [0x6b, 'cp857'],
  [0x6c, 'cp863'],
  [0x78, 'cp950'],
  [0x79, 'cp949'],
  [0x7a, 'gbk'],
  [0x7b, 'shift_jis'],
  [0x7c, 'cp874'],
  [0x86, 'cp737'],
  [0x87, 'cp852'],
  [0x88, 'cp857'],
  [0x96, 'maccyrillic'],
  [0x97, 'maccenteuro'],
  [0x98, 'macgreek'],
  [0xc8, 'windows-1250'],
  [0xc9, 'windows-1251'],
  [0xca, 'windows-1254'],
  [0xcb, 'windows-1253'],
  [0xcc, 'windows-1257'],
]);

/** The code page that a DBF header names; null where it names none that counts. */
export const codePageOfDriver = (driver: number): string | null => languageDrivers.get(driver) ?? null;

/**
 * The code page that a label means, in any of the spellings that .cpg files have: `UTF-8`, `UTF-8 BOM`, `1252`,
 * `ANSI 1251`, `CP-1252`, `ISO 88591`, `8859_2`, `LATIN1`, `Big5`, `OEM 437`, `LDID/87`. null: it means none.
 */
export function codePageOfLabel(label: string): string | null {
  const plain = label.replace(/\0.*$/s, '').trim().toLowerCase();
  if (plain === '' || plain.length > 40) return null;
  const driver = /^ldid\/(\d{1,3})$/.exec(plain);
  if (driver !== null) return codePageOfDriver(Number(driver[1]));
  const letters = plain.replace(/^x-/, '').replace(/[^a-z0-9]/g, '');
  if (/^(utf8(bom)?|65001|cp65001|unicode)$/.test(letters)) return 'utf-8';
  const iso = /^(?:iso)?8859(1[0-6]|[1-9])$/.exec(letters);
  if (iso !== null) return supported(`iso-8859-${iso[1]}`);
  const page = /^(?:ansi|oem|cp|windows|win|ms|ibm|x)*(\d{3,4})$/.exec(letters);
  if (page !== null) {
    const number = page[1] ?? '';
    const known: Readonly<Record<string, string>> = { 932: 'shift_jis', 936: 'gbk' };
    return supported(known[number] ?? (/^125\d$/.test(number) ? `windows-${number}` : `cp${number}`));
  }
  return supported(plain) ?? supported(letters);
}

const supported = (name: string): string | null => {
  // Node's own names for bytes are no encodings of text.
  if (/^(hex|base64|binary|internal|base64url)/.test(name)) return null;
  return iconv.encodingExists(name) ? name : null;
};
