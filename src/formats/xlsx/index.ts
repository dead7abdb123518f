import type { Format } from '../format.ts';
import { isPlainText, spreadsheetContainer } from '../sheet/container.ts';

/** Workbooks in Office Open XML, transitional or strict. */
export const xlsx: Format = {
  id: 'xlsx',
  title: 'Excel workbook (XLSX)',
  extensions: ['.xlsx', '.xlsm', '.xltx', '.xltm'],
  mediaTypes: [
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.template',
    'application/vnd.ms-excel.sheet.macroenabled.12',
    'application/vnd.ms-excel.template.macroenabled.12',
  ],
  matches: (head) => spreadsheetContainer(head) === 'xlsx',
  refuses: isPlainText,
  open: async (file) => (await import('./open-xlsx.ts')).openXlsx(file),
};
