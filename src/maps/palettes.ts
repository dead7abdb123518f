/** Colours of maps, told apart by people of every kind of sight. */

/** Ramps from low to high, as anchors between which colours are mixed (matplotlib's, and single hues of ColorBrewer). */
const ramps: Readonly<Record<string, readonly string[]>> = {
  viridis: ['#440154', '#414487', '#2a788e', '#22a884', '#7ad151', '#fde725'],
  cividis: ['#00224e', '#35456c', '#666970', '#948e77', '#c8b866', '#fee838'],
  magma: ['#000004', '#3b0f70', '#8c2981', '#de4968', '#fe9f6d', '#fcfdbf'],
  blues: ['#deebf7', '#9ecae1', '#4292c6', '#2171b5', '#08306b'],
  oranges: ['#feedde', '#fdbe85', '#fd8d3c', '#d94701', '#7f2704'],
  teals: ['#d1eeea', '#85c4c9', '#4f90a6', '#3b738f', '#2a5674'],
  purples: ['#efedf5', '#bcbddc', '#807dba', '#6a51a3', '#3f007d'],
  diverging: ['#2166ac', '#92c5de', '#f7f7f7', '#f4a582', '#b2182b'],
};

/** Colours without an order: Paul Tol's "muted", and Okabe and Ito's, both made for colour-blind readers. */
const sets: Readonly<Record<string, readonly string[]>> = {
  safe: ['#332288', '#88ccee', '#44aa99', '#117733', '#999933', '#ddcc77', '#cc6677', '#882255', '#aa4499', '#661100'],
  bold: ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7', '#56b4e9', '#f0e442', '#000000'],
};

/** Names of palettes for classes, and for categories; the first of each is the usual one. */
export const rampNames = Object.keys(ramps);
export const setNames = Object.keys(sets);

/** The colour of whatever has no class. */
export const OTHERS = '#9aa0a6';

/** The colour of the layer at a place of its map: each another one. */
export function layerColour(position: number): string {
  const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#882255', '#117733'];
  return colours[position % colours.length] ?? OTHERS;
}

const channels = (colour: string): readonly number[] =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

const mix = (one: string, other: string, share: number): string => {
  const to = channels(other);
  const mixed = channels(one).map((channel, at) => Math.round(channel + ((to[at] ?? 0) - channel) * share));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
};

/** So many colours of a ramp, from its one end to the other. An unknown name is the usual ramp. */
export function rampColours(name: string, count: number): readonly string[] {
  const anchors = ramps[name] ?? ramps.viridis ?? [];
  return Array.from({ length: count }, (_, index) => {
    const at = count === 1 ? (anchors.length - 1) / 2 : (index / (count - 1)) * (anchors.length - 1);
    const below = Math.min(Math.floor(at), anchors.length - 2);
    return mix(anchors[below] ?? OTHERS, anchors[below + 1] ?? OTHERS, at - below);
  });
}

/** So many colours of a set, anew from its first where it has fewer. An unknown name is the usual set. */
export function setColours(name: string, count: number): readonly string[] {
  const colours = sets[name] ?? sets.safe ?? [];
  return Array.from({ length: count }, (_, index) => colours[index % colours.length] ?? OTHERS);
}
