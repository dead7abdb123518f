import type { RasterBand } from '../domain/raster.ts';
import { pixelTypes, type ReadTile, readPixel } from '../domain/raster-wkb.ts';

/** Writes the colour of a tile's pixel as red, green, blue and alpha; false, and nothing is written, where it has none. */
export type Colouring = (tile: ReadTile, pixel: number, out: Buffer, at: number) => boolean;

/** A band with the numbers that its values are stretched by. */
interface Channel {
  readonly band: number;
  readonly low: number;
  readonly scale: number;
}

/** Colours of a raster: those of its palette, its red, green and blue bands, or grey of its first. */
export function colouringOf(bands: readonly RasterBand[]): Colouring {
  const palette = bands[0]?.palette;
  if (palette !== undefined) return paletted(palette);
  const alpha = bands.findIndex(({ colour }) => colour === 'alpha');
  const colours = bands.flatMap(({ colour }, index) => (colour === 'alpha' ? [] : [index]));
  const named = (['red', 'green', 'blue'] as const).map((name) => bands.findIndex(({ colour }) => colour === name));
  const first = colours[0] ?? 0;
  const chosen = named.every((band) => band >= 0) ? named : colours.length === 3 ? colours : [first, first, first];
  return mixed(
    chosen.map((band) => channelOf(bands[band], band, new Set(chosen).size > 1)),
    alpha < 0 ? null : channelOf(bands[alpha], alpha, true),
  );
}

/** Bytes of colours are what they are; other values are stretched from the smallest to the largest. */
function channelOf(facts: RasterBand | undefined, band: number, isColour: boolean): Channel {
  if (isColour && facts?.type === '8BUI') return { band, low: 0, scale: 1 };
  const [least, most] = facts?.range ?? [0, 0];
  return { band, low: least, scale: most > least ? 255 / (most - least) : 0 };
}

/** Value of a band at a pixel; null where it is none. */
function valueAt(tile: ReadTile, band: number, pixel: number): number | null {
  const found = tile.bands[band];
  if (found === undefined) return null;
  const value = readPixel(tile.bytes, found.at + pixel * pixelTypes[found.type].bytes, found.type);
  return Number.isNaN(value) || value === found.noData ? null : value;
}

const paletted =
  (palette: readonly (readonly number[])[]): Colouring =>
  (tile, pixel, out, at) => {
    const value = valueAt(tile, 0, pixel);
    const colour = value === null ? undefined : palette[value];
    if (colour === undefined) return false;
    const [red = 0, green = 0, blue = 0, alpha = 255] = colour;
    out.set([red, green, blue, alpha], at);
    return alpha > 0;
  };

const mixed =
  (channels: readonly Channel[], alpha: Channel | null): Colouring =>
  (tile, pixel, out, at) => {
    const opacity = alpha === null ? 255 : valueAt(tile, alpha.band, pixel);
    if (opacity === null || opacity === 0) return false;
    for (const [index, { band, low, scale }] of channels.entries()) {
      const value = valueAt(tile, band, pixel);
      if (value === null) return false;
      out[at + index] = Math.min(Math.max(Math.round((value - low) * scale), 0), 255);
    }
    out[at + 3] = alpha === null ? 255 : Math.min(Math.max(Math.round((opacity - alpha.low) * alpha.scale), 0), 255);
    return true;
  };
