import type { Format } from '../format.ts';

/** Delimited text: any delimiter, quote and encoding, told from the text. */
export const csv: Format = {
  id: 'csv',
  title: 'Delimited text',
  extensions: ['.csv', '.tsv', '.tab', '.txt'],
  mediaTypes: ['text/csv', 'text/tab-separated-values', 'text/plain'],
  open: async (file, options) => (await import('./csv-layer.ts')).openCsv(file, options),
};
