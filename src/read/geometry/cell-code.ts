import { createRequire } from 'node:module';
import ngeohash from 'ngeohash';
import { plusCodeCentre } from './plus-code.ts';
import type { LonLat } from './utm.ts';

const require = createRequire(import.meta.url);

/** Grids that name a cell of the world by a short text. */
export type CellCode = 'geohash' | 'h3' | 'plus_code';

/** The centre of the cell that a code names, or null where it is no code of that grid. */
export function centreOf(code: CellCode, text: string): LonLat | null {
  switch (code) {
    case 'geohash':
      return geohashCentre(text.trim().toLowerCase());
    case 'h3':
      return h3Centre(text.trim());
    case 'plus_code':
      return plusCodeCentre(text.trim());
  }
}

function geohashCentre(text: string): LonLat | null {
  if (!/^[0-9b-hjkmnp-z]{1,22}$/.test(text)) return null;
  const { latitude, longitude } = ngeohash.decode(text);
  return { longitude, latitude };
}

let h3: typeof import('h3-js') | null = null;

/** As hexadecimal digits, or as the decimal number of 64 bits that databases have for it. */
function h3Centre(text: string): LonLat | null {
  // Loaded when it is asked for: every reader would start later for a grid that few use.
  h3 ??= require('h3-js') as typeof import('h3-js');
  const cell = /^\d{17,19}$/.test(text) ? BigInt(text).toString(16) : text.toLowerCase();
  if (!/^[0-9a-f]{15,16}$/.test(cell) || !h3.isValidCell(cell)) return null;
  const [latitude, longitude] = h3.cellToLatLng(cell);
  return { longitude, latitude };
}
