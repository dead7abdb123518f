import type { Format } from '../format.ts';

/**
 * TopoJSON 1: every object of `objects` a layer of its name. Arcs that several geometries share are held in memory, up
 * to eight million positions; the features themselves are read one by one.
 */
export const topojson = {
  id: 'topojson',
  title: 'TopoJSON',
  extensions: ['.topojson'],
  mediaTypes: ['application/topo+json'],
  matches: (head) => {
    const text = Buffer.from(head.subarray(0, 1 << 16)).toString('latin1');
    return (
      /^(\xef\xbb\xbf)?\s*\{/.test(text) &&
      /"type"\s*:\s*"Topology"/.test(text) &&
      !/"type"\s*:\s*"Feature(?:Collection)?"/.test(text)
    );
  },
  open: async (file, options) => (await import('./layers.ts')).openTopoJson(file, options),
} as const satisfies Format;
