import type { Layer, LocalFile } from '../../domain/layer.ts';
import { readPart } from '../sheet/read-part.ts';
import type { Sheet } from '../sheet/sheet.ts';
import { sheetLayers } from '../sheet/sheet-layers.ts';
import { ZipParts } from '../sheet/zip-parts.ts';
import { SharedStrings } from './shared-strings.ts';
import { SheetReader } from './sheet-reader.ts';
import { readWorkbookParts } from './workbook-parts.ts';

/** Opens a workbook in Office Open XML; its texts are read, its sheets are streamed. Throws ImportError. */
export async function openXlsx(file: LocalFile): Promise<readonly Layer[]> {
  const parts = await ZipParts.open(file.path, file.name);
  const { sheets, is1904, sharedStrings, kinds } = await readWorkbookParts(parts, file.name);
  const strings = await SharedStrings.read(parts, sharedStrings, file.name);
  const visible = sheets
    .filter(({ isHidden }) => !isHidden)
    .map(
      ({ name, part }): Sheet => ({
        name,
        read: async (onRow, notes) => {
          const reader = new SheetReader({ strings, kinds, is1904, notes, onRow });
          await readPart(parts, part, file.name, reader, () => reader.isDone);
        },
      }),
    );
  const hidden = sheets.filter(({ isHidden }) => isHidden).map(({ name }) => name);
  return await sheetLayers(file, visible, hidden);
}
