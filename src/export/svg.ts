import { roundTo } from '../sql/ewkb-to-geojson.ts';
import { UnsuitableResultError } from '../sql/unsuitable-result.ts';
import { chunkedText } from './chunked.ts';
import { fileFormat } from './file-format.ts';
import { type Box, dimensionOf, isEmpty, ordinates, type Shape, ShapeType } from './shape.ts';
import type { Spool } from './spool.ts';

/** The picture of CARTO's SQL API: its size, the radius of points and the width of lines, in pixels. */
const WIDTH = 1024;
const HEIGHT = 768;
const RADIUS = 5;
const STROKE = 1;
const STYLE = `fill-opacity:0.5; stroke:black; stroke-width:${STROKE}; fill:none`;

/** Decimals of a pixel where none are asked for. */
const DECIMALS = 6;

/** From the result's coordinates to pixels from the upper left corner. */
type Place = (x: number, y: number) => string;

function scaleOf({ minX, minY, maxX, maxY }: Box): number {
  const [width, height] = [maxX - minX, maxY - minY];
  if (height === 0) return WIDTH / (width === 0 ? WIDTH : width);
  return width / height >= WIDTH / HEIGHT ? WIDTH / width : HEIGHT / height;
}

function path(list: Float64Array, stride: number, place: Place, isRing: boolean): string {
  let text = '';
  const end = isRing ? list.length - stride : list.length;
  for (let i = 0; i < end; i += stride) {
    text += `${i === 0 ? 'M' : i === stride ? ' L' : ''} ${place(list[i] ?? 0, list[i + 1] ?? 0)}`;
  }
  return isRing ? `${text} Z` : text;
}

/** The elements of a shape: a circle a point, a path a line or a polygon. */
function draw(shape: Shape, place: Place): string {
  if (isEmpty(shape)) return '';
  const stride = ordinates(shape);
  const [first = new Float64Array()] = shape.lists;
  switch (shape.type) {
    case ShapeType.point: {
      const [x, y] = place(first[0] ?? 0, first[1] ?? 0).split(' ');
      return `<circle r="${RADIUS}" cx="${x}" cy="${y}" />\n`;
    }
    case ShapeType.line:
      return `<path d="${path(first, stride, place, false)}" />\n`;
    case ShapeType.polygon:
      return `<path d="${shape.lists.map((ring) => path(ring, stride, place, true)).join(' ')}" />\n`;
    case ShapeType.multiLine:
      return `<path d="${shape.members.map(({ lists: [line] }) => path(line ?? first, stride, place, false)).join(' ')}" />\n`;
    case ShapeType.multiPolygon:
      return `<path d="${shape.members.flatMap(({ lists }) => lists.map((ring) => path(ring, stride, place, true))).join(' ')}" />\n`;
    default:
      return shape.members.map((member) => draw(member, place)).join('');
  }
}

async function* elements(spool: Spool, box: Box, decimals: number): AsyncGenerator<string> {
  const hasBox = Number.isFinite(box.minX);
  const scale = hasBox ? scaleOf(box) : 1;
  const round = (pixels: number): number => roundTo(pixels, decimals);
  const margin = RADIUS + STROKE;
  const size = (length: number): number => round(length * scale + 2 * margin);
  const view = hasBox
    ? `viewBox="${-margin} ${-margin} ${size(box.maxX - box.minX)} ${size(box.maxY - box.minY)}" `
    : '';
  yield '<?xml version="1.0" standalone="no"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n';
  yield `<svg ${view}style="${STYLE}" xmlns="http://www.w3.org/2000/svg" version="1.1">\n`;
  const place: Place = (x, y) => `${round((x - box.minX) * scale)} ${round((box.maxY - y) * scale)}`;
  const kinds = spool.geometry?.kinds ?? new Set();
  // Points first, surfaces last, as CARTO draws them.
  for (const dimension of kinds.size === 0 ? [] : [0, 1, 2]) {
    for await (const row of spool.rows()) {
      const shape = spool.shapeOf(row);
      if (shape !== null && dimensionOf(shape) === dimension) yield draw(shape, place);
    }
  }
  yield '</svg>\n';
}

/** A picture of the geometries without a base map, as CARTO's SQL API draws it. */
export const svg = fileFormat({
  mediaType: 'image/svg+xml; charset=utf-8',
  extension: 'svg',
  isPicture: true,
  async *write(spool, { decimals }) {
    if (spool.geometry === null) {
      throw new UnsuitableResultError('the format svg needs a geometry column called the_geom');
    }
    yield* chunkedText(elements(spool, spool.geometry.box, decimals ?? DECIMALS));
  },
});
