import type { Format } from '../format.ts';

/** Delimited text: any delimiter, quote and encoding, told from the text. */
export const csv: Format = {
  id: 'csv',
  title: 'Delimited text',
  extensions: ['.csv', '.tsv', '.tab', '.txt'],
  mediaTypes: ['text/csv', 'text/tab-separated-values', 'text/plain'],
  readsArriving: true,
  async open(file, options) {
    const { openArriving, openCsv } = await import('./csv-layer.ts');
    const { arrival } = file;
    return arrival === undefined ? openCsv(file, options) : openArriving(file, arrival, options);
  },
};
