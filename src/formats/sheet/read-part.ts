import { ImportError } from '../../errors.ts';
import { BadXml } from './bad-xml.ts';
import { type XmlHandler, XmlScanner } from './xml-scanner.ts';
import type { ZipParts } from './zip-parts.ts';

/**
 * Reads a part of a package as XML until it ends or `isDone` says that nothing more is wanted. Throws badSpreadsheet
 * with the name of the part.
 */
export async function readPart(
  parts: ZipParts,
  part: string,
  fileName: string,
  handler: XmlHandler,
  isDone: () => boolean = () => false,
): Promise<void> {
  const scanner = new XmlScanner(handler);
  try {
    for await (const chunk of parts.chunks(part)) {
      scanner.feed(chunk);
      if (isDone()) return;
    }
    scanner.end();
  } catch (error) {
    if (!(error instanceof BadXml)) throw error;
    throw new ImportError('badSpreadsheet', {
      detail: `${fileName}: ${part} ${error.message}.`,
      hint: 'Open the workbook in a spreadsheet program, save it again and import that.',
      cause: error,
    });
  }
}

/** Calls `onElement` with the name and the attributes of each element, in order; for small parts. */
export async function readElements(
  parts: ZipParts,
  part: string,
  fileName: string,
  onElement: (name: string, attributes: ReadonlyMap<string, string>) => void,
): Promise<void> {
  await readPart(parts, part, fileName, {
    open: (scanner) => {
      const name = scanner.bytes.toString('latin1', scanner.nameStart, scanner.nameEnd);
      onElement(name, scanner.attributes());
    },
    close: () => undefined,
    text: () => undefined,
  });
}
