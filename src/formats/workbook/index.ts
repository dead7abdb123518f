import type { Format } from '../format.ts';
import { spreadsheetContainer } from '../sheet/container.ts';

/** Workbooks that are read whole: XLS of every age, XLSB, OpenDocument, and the XML spreadsheets of Excel 2003. */
export const workbook: Format = {
  id: 'workbook',
  title: 'Excel workbook (XLS, XLSB), OpenDocument spreadsheet',
  extensions: ['.xls', '.xlt', '.xlsb', '.ods', '.ots'],
  mediaTypes: [
    'application/vnd.ms-excel',
    'application/vnd.ms-excel.sheet.binary.macroenabled.12',
    'application/vnd.oasis.opendocument.spreadsheet',
    'application/vnd.oasis.opendocument.spreadsheet-template',
  ],
  matches: (head) => {
    const container = spreadsheetContainer(head);
    return container !== null && container !== 'xlsx';
  },
  refuses: isPlainText,
  open: async (file) => (await import('./open-workbook.ts')).openWorkbook(file),
};

/** Text that is no markup. */
function isPlainText(head: Uint8Array): boolean {
  return !head.includes(0) && !/^(\xef\xbb\xbf)?\s*</.test(Buffer.from(head.subarray(0, 1024)).toString('latin1'));
}
