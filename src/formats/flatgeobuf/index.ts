import type { LocalFile } from '../../domain/layer.ts';
import type { Format, ReadOptions } from '../format.ts';

/**
 * FlatGeobuf 3: one layer under the file's name, with the types that its header declares. Times, of which the format
 * does not say whether they have a zone, are inferred from all values. The spatial index is skipped. Files whose features
 * bring columns of their own are refused.
 */
export const flatgeobuf = {
  id: 'flatgeobuf',
  title: 'FlatGeobuf',
  extensions: ['.fgb'],
  mediaTypes: ['application/flatgeobuf', 'application/x-flatgeobuf'],
  matches: (head) => /^fgb.fgb/s.test(Buffer.from(head.subarray(0, 8)).toString('latin1')),
  open: async (file: LocalFile, { encoding }: Pick<ReadOptions, 'encoding'>) => [
    (await import('./layer.ts')).openFlatGeobuf(file, encoding),
  ],
} as const satisfies Format;
