import type { Format } from '../format.ts';

/** Delimited text: comma, semicolon, tab, bar or space; any line ends; UTF-8, UTF-16 or Windows-1252. */
export const csv: Format = {
  id: 'csv',
  title: 'Delimited text',
  extensions: ['.csv', '.tsv', '.tab', '.txt'],
  mediaTypes: ['text/csv', 'text/tab-separated-values', 'text/plain'],
  open: async (file) => [(await import('./csv-layer.ts')).openCsv(file)],
};
