/** Bytes looked at. */
const lookedAtBytes = 1 << 14;

/** Part of the units that must be ASCII: line ends, digits and delimiters, whatever the language. */
const asciiShare = 0.03;

/** Part of the bytes that are printable in text of single bytes with some zeros, and never in UTF-16. */
const printableShare = 0.8;

/** UTF-16 or UTF-32 without a mark, by where the zeros stand; null for text of single bytes. */
export function wideEncoding(head: Buffer): string | null {
  const bytes = head.subarray(0, Math.min(head.length, lookedAtBytes) & ~3);
  if (bytes.length >= 8 && bytes.includes(0)) {
    if (isUtf32(bytes, true)) return 'utf-32le';
    if (isUtf32(bytes, false)) return 'utf-32be';
  }
  const even = head.subarray(0, Math.min(head.length, lookedAtBytes) & ~1);
  if (even.length < 4 || !even.includes(0) || isMostlyPrintable(even)) return null;
  const little = plausible(even, true);
  const big = plausible(even, false);
  if (little === big) return null;
  return little > big ? 'utf-16le' : 'utf-16be';
}

/** In UTF-16 every other byte is a zero or a number of a block of characters; text of single bytes has stray zeros. */
function isMostlyPrintable(bytes: Buffer): boolean {
  let printable = 0;
  for (const byte of bytes) if ((byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13) printable++;
  return printable > bytes.length * printableShare;
}

function isUtf32(bytes: Buffer, isLittle: boolean): boolean {
  for (let i = 0; i + 3 < bytes.length; i += 4) {
    const code = isLittle ? bytes.readUInt32LE(i) : bytes.readUInt32BE(i);
    if (code > 0x10ffff || code === 0 || (code >= 0xd800 && code <= 0xdfff)) return false;
  }
  return true;
}

/** Part of the units that are printable ASCII or line ends; 0 where too few are, or units that no text has. */
function plausible(bytes: Buffer, isLittle: boolean): number {
  let ascii = 0;
  let odd = 0;
  const units = bytes.length / 2;
  for (let i = 0; i < bytes.length; i += 2) {
    const unit = isLittle ? bytes.readUInt16LE(i) : bytes.readUInt16BE(i);
    if ((unit >= 32 && unit < 127) || unit === 9 || unit === 10 || unit === 13) ascii++;
    else if (unit < 32 || unit === 0xffff || unit === 0xfffe) odd++;
  }
  return ascii / units < asciiShare || odd * 100 > units ? 0 : ascii / units;
}
