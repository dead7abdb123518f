// hot path: measured by npm run bench

/** Radius of the sphere of EPSG:3857, in metres (WGS 84's semi-major axis). */
export const EARTH_RADIUS = 6378137;

const METRES_PER_DEGREE = (EARTH_RADIUS * Math.PI) / 180;
const RADIANS_PER_DEGREE = Math.PI / 180;

/** Latitudes of the table: every 32nd of a degree, exact in binary. */
const STEPS_PER_DEGREE = 32;
/** Beyond it the series of a row would need more terms; `exactNorthing` is used there. */
const TABLE_LATITUDE = 80;
/** Coefficients of a row: the northing of its latitude and five terms of the series around it. */
const TERMS = 6;

function exactNorthing(latitude: number): number {
  return EARTH_RADIUS * Math.asinh(Math.tan(latitude * RADIANS_PER_DEGREE));
}

/** Taylor's series of the northing around a latitude of the table, in metres and degrees, into its row. */
function fillRow(table: Float64Array, row: number): void {
  const latitude = row / STEPS_PER_DEGREE - TABLE_LATITUDE;
  const tan = Math.tan(latitude * RADIANS_PER_DEGREE);
  const sec = Math.hypot(1, tan);
  const square = tan * tan;
  const derivatives = [
    sec,
    sec * tan,
    sec * (1 + 2 * square),
    sec * tan * (5 + 6 * square),
    sec * (5 + square * (28 + 24 * square)),
  ];
  table[row * TERMS] = exactNorthing(latitude);
  let scale = EARTH_RADIUS;
  derivatives.forEach((derivative, index) => {
    scale *= RADIANS_PER_DEGREE / (index + 1);
    table[row * TERMS + index + 1] = scale * derivative;
  });
}

/**
 * Spherical mercator both ways, on doubles that lie in a buffer. The forward direction adds, to the northing of the
 * nearest of 5121 latitudes, five terms of the series around it: within 1e-15 of tan and log, which take five times as
 * long. Neighbours share a row; a row is made when a vertex first needs it.
 */
export class Mercator {
  readonly #series = new Float64Array((2 * TABLE_LATITUDE * STEPS_PER_DEGREE + 1) * TERMS);

  /** Replaces `count` vertices of degrees, `stride` bytes apart from `at`, by metres. NaN stays NaN. */
  forward(view: DataView, at: number, count: number, stride: number): void {
    const series = this.#series;
    let held = -1;
    let center = 0;
    let [c0, c1, c2, c3, c4, c5] = [0, 0, 0, 0, 0, 0];
    for (let vertex = 0, o = at; vertex < count; vertex++, o += stride) {
      view.setFloat64(o, view.getFloat64(o, true) * METRES_PER_DEGREE, true);
      const latitude = view.getFloat64(o + 8, true);
      if (!(latitude > -TABLE_LATITUDE && latitude < TABLE_LATITUDE)) {
        view.setFloat64(o + 8, exactNorthing(latitude), true);
        continue;
      }
      const row = ((latitude + TABLE_LATITUDE) * STEPS_PER_DEGREE + 0.5) | 0;
      if (row !== held) {
        held = row;
        center = row / STEPS_PER_DEGREE - TABLE_LATITUDE;
        const i = row * TERMS;
        // The series of no latitude rises by 0.
        if (series[i + 1] === 0) fillRow(series, row);
        c0 = series[i]!;
        c1 = series[i + 1]!;
        c2 = series[i + 2]!;
        c3 = series[i + 3]!;
        c4 = series[i + 4]!;
        c5 = series[i + 5]!;
      }
      const d = latitude - center;
      view.setFloat64(o + 8, c0 + d * (c1 + d * (c2 + d * (c3 + d * (c4 + d * c5)))), true);
    }
  }

  /** Replaces `count` vertices of metres by degrees. */
  inverse(view: DataView, at: number, count: number, stride: number): void {
    for (let vertex = 0, o = at; vertex < count; vertex++, o += stride) {
      view.setFloat64(o, view.getFloat64(o, true) / METRES_PER_DEGREE, true);
      const northing = view.getFloat64(o + 8, true);
      view.setFloat64(o + 8, Math.atan(Math.sinh(northing / EARTH_RADIUS)) / RADIANS_PER_DEGREE, true);
    }
  }
}
