import { ImportError } from '../../errors.ts';
import { readPart } from '../sheet/read-part.ts';
import type { XmlScanner } from '../sheet/xml-scanner.ts';
import type { ZipParts } from '../sheet/zip-parts.ts';

/** Cells with a value, repeated ones counted as often as they are repeated; each takes about a hundred bytes. */
const MAX_CELLS = 5_000_000;

/**
 * An OpenDocument file writes a cell, or a row, once and says how often it is repeated. Counts what the sheets come to.
 * Throws fileTooBig, and badSpreadsheet where the content is damaged.
 */
export async function checkRepeats(parts: ZipParts, fileName: string): Promise<void> {
  let rowRepeats = 1;
  let cells = 0;
  await readPart(parts, 'content.xml', fileName, {
    open: (scanner) => {
      if (scanner.isNamed('table-row')) rowRepeats = attributesOf(scanner).repeats;
      else if (scanner.isNamed('table-cell')) {
        const { repeats, hasValue } = attributesOf(scanner);
        if (hasValue) cells += repeats * rowRepeats;
      }
    },
    close: () => undefined,
    text: () => undefined,
  });
  if (cells <= MAX_CELLS) return;
  throw new ImportError('fileTooBig', {
    detail: `${fileName} has ${cells} cells with values; an OpenDocument file may have ${MAX_CELLS}.`,
    hint: 'Save it as XLSX or CSV, which are read in pieces, and import that.',
  });
}

function attributesOf(scanner: XmlScanner): { readonly repeats: number; readonly hasValue: boolean } {
  let repeats = 1;
  let hasValue = false;
  while (scanner.nextAttribute()) {
    const name = scanner.bytes.toString('latin1', scanner.attributeStart, scanner.attributeEnd);
    if (name === 'value-type') hasValue = true;
    if (name !== 'number-columns-repeated' && name !== 'number-rows-repeated') continue;
    repeats = Number(scanner.bytes.toString('latin1', scanner.valueStart, scanner.valueEnd));
  }
  return { repeats: Number.isSafeInteger(repeats) && repeats > 0 ? repeats : 1, hasValue };
}
