/** Every text of the page of a map. */
export const texts = {
  gone: 'There is no such map, or it is not shared with you.',
  failed: 'The map could not be loaded. Please try again.',
  noMap: 'The map cannot be drawn here: this browser has no WebGL.',
  legend: 'Legend',
  layers: 'Layers of the map',
  many: (count: number): string => `${count.toLocaleString('en')} points; zoom in to tell them apart.`,
  nothing: '—',
} as const;
