import type { Format } from '../format.ts';
import { isPlainText, spreadsheetContainer } from '../sheet/container.ts';

/** Workbooks that are read whole: XLS of every age, XLSB, and the XML spreadsheets of Excel 2003. */
export const workbook: Format = {
  id: 'workbook',
  title: 'Excel workbook (XLS, XLSB)',
  extensions: ['.xls', '.xlt', '.xlsb'],
  mediaTypes: ['application/vnd.ms-excel', 'application/vnd.ms-excel.sheet.binary.macroenabled.12'],
  matches: (head) => {
    const container = spreadsheetContainer(head);
    return container === 'ole' || container === 'xlsb';
  },
  refuses: isPlainText,
  open: async (file) => (await import('./open-workbook.ts')).openWorkbook(file),
};
