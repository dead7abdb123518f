import type { Format } from '../format.ts';
import { isPlainText, spreadsheetContainer } from '../sheet/container.ts';

/** Spreadsheets in OpenDocument, as LibreOffice writes them. */
export const ods: Format = {
  id: 'ods',
  title: 'OpenDocument spreadsheet',
  extensions: ['.ods', '.ots'],
  mediaTypes: [
    'application/vnd.oasis.opendocument.spreadsheet',
    'application/vnd.oasis.opendocument.spreadsheet-template',
  ],
  matches: (head) => spreadsheetContainer(head) === 'ods',
  refuses: isPlainText,
  open: async (file) => (await import('./open-ods.ts')).openOds(file),
};
