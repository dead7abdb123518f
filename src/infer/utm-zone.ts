/** A zone as a cell names it. */
export interface UtmZone {
  /** 1 to 60. */
  readonly zone: number;
  /** Upper case, `''` where there is none: a band of latitude (C to X without I and O), or N and S for hemispheres. */
  readonly letter: string;
}

const shape = /^\s*(?:UTM\s*)?(?:zone\s*)?0?(\d{1,2})\s*([A-Z]|north|south)?\s*$/i;

/** Reads `30`, `30N`, `30 T`, `UTM 30N`; null where the text names no zone. */
export function parseUtmZone(text: string): UtmZone | null {
  const parts = shape.exec(text);
  if (parts === null) return null;
  const zone = Number(parts[1]);
  const letter = (parts[2] ?? '').slice(0, 1).toUpperCase();
  if (zone < 1 || zone > 60 || /[ABIOYZ]/.test(letter)) return null;
  return { zone, letter };
}

/** `N` or `S` for a cell that names a hemisphere in a word or letter, `''` otherwise. */
export const parseHemisphere = (text: string): string =>
  /^\s*([NS])(?:orth|outh|orte|ur|ord|ud)?\s*$/i.exec(text)?.[1]?.toUpperCase() ?? '';
