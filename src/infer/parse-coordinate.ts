// hot path: measured by npm run bench
import { type Angle, Axis, parseAngle } from './parse-angle.ts';
import { decimal, parseDecimal } from './parse-decimal.ts';

/** What a person takes for a number: also with blanks around it, a plus sign, leading zeros, or a bare point. */
const lenient = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\s*$/;

/** A projected coordinate with a decimal comma: too large for degrees, so that it is no thousands separator. */
const projected = /^\s*[+-]?\d{4,},\d+\s*$/;

/** A coordinate, and how its cell says it. One object is reused for all records. */
export interface Coordinate {
  /** NaN where there is no number. */
  value: number;
  /**
   * Digits behind the point of a plain decimal other than zero, which a double precision column holds as it stands;
   * -1 for all else.
   */
  scale: number;
  /** Of `Axis`: which coordinate the cell says that it is. */
  axis: number;
}

const angle: Angle = { value: 0, axis: 0, digits: 0 };

/**
 * Reads the number or the angle that `bytes[start, end)` says. More lenient than the types of columns, since the text
 * itself stays in its column.
 */
export function parseCoordinate(bytes: Buffer, start: number, end: number, found: Coordinate): void {
  const scale = parseDecimal(bytes, start, end);
  found.axis = Axis.unknown;
  if (scale >= 0) {
    const value = decimal[0]!;
    found.value = bytes[start] === 45 ? -value : value;
    // A zero may have a sign.
    found.scale = value > 0 ? scale : -1;
    return;
  }
  found.scale = -1;
  const text = bytes.toString('utf8', start, end);
  if (lenient.test(text)) {
    found.value = Number(text);
  } else if (projected.test(text)) {
    found.value = Number(text.replace(',', '.'));
  } else {
    parseAngle(text, angle);
    found.value = angle.value;
    found.axis = angle.axis;
  }
}
