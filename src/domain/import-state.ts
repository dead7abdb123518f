/** States of an import, as the wire names them (wire contract 2.1). */
export const transitions = {
  enqueued: ['pending', 'uploading', 'failure'],
  pending: ['uploading', 'failure'],
  uploading: ['unpacking', 'importing', 'complete', 'failure'],
  unpacking: ['importing', 'complete', 'failure'],
  importing: ['guessing', 'geocoding', 'complete', 'failure'],
  guessing: ['importing', 'geocoding', 'complete', 'failure'],
  geocoding: ['importing', 'complete', 'failure'],
  complete: [],
  failure: [],
} as const;

export type ImportState = keyof typeof transitions;

export const importStates = Object.keys(transitions) as readonly ImportState[];

export const isFinal = (state: ImportState): boolean => transitions[state].length === 0;
