import type { LonLat } from './utm.ts';

/** Digits of Open Location Codes (specification of 2019), in the order of their values. */
const digits = '23456789CFGHJMPQRVWX';
/** A full code: eight digits, of which zeros fill up a short one, and after the plus none or two to seven. */
const full = /^(?=.{8}\+)(?:[2-9CFGHJMPQRVWX]{2})+0*\+(?:[2-9CFGHJMPQRVWX]{2,7})?$/i;

/** The middle of the area that a full plus code names, or null where the text is none. */
export function plusCodeCentre(text: string): LonLat | null {
  if (!full.test(text) || (text.includes('0') && !text.endsWith('+'))) return null;
  const values = [...text.toUpperCase().replace(/[0+]/g, '')].map((digit) => digits.indexOf(digit));
  let latitude = -90;
  let longitude = -180;
  let height = 400;
  let width = 400;
  values.forEach((value, i) => {
    if (i >= 10) {
      // Beyond ten digits each names one of four columns and five rows.
      height /= 5;
      width /= 4;
      latitude += Math.floor(value / 4) * height;
      longitude += (value % 4) * width;
    } else if (i % 2 === 0) {
      height /= 20;
      latitude += value * height;
    } else {
      width /= 20;
      longitude += value * width;
    }
  });
  if (latitude >= 90 || longitude >= 180) return null;
  return { longitude: longitude + width / 2, latitude: latitude + height / 2 };
}
