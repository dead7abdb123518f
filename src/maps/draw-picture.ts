/** A map as a picture, drawn without a browser: from the same tiles that pages show. */
import { VectorTile } from '@mapbox/vector-tile';
import { createCanvas, loadImage, type SKRSContext2D } from '@napi-rs/canvas';
import type { Position } from 'geojson';
import { PbfReader } from 'pbf';
import type { Paint } from '../domain/map.ts';
import type { TileAddress } from '../tiles/tile-frame.ts';
import type { Land } from './land.ts';
import { groundColours } from './map-style.ts';
import { type MapView, type PlacedTile, placeOf, tilesOf } from './map-view.ts';
import { colourOf, type PaintedValue, radiusOf } from './paint-value.ts';

/** A layer to draw. */
export interface PictureLayer {
  readonly paint: Paint;
  /** Name of the layer in its tiles. */
  readonly name: string;
  readonly deepestZoom: number;
  /** An uncompressed vector tile, of a raster a PNG; null where nothing lies there. */
  tile(address: TileAddress): Promise<Buffer | null>;
}

/** Draws a PNG. */
export async function drawPicture(view: MapView, land: Land, layers: readonly PictureLayer[]): Promise<Buffer> {
  const canvas = createCanvas(view.width, view.height);
  const context = canvas.getContext('2d');
  drawLand(context, view, land);
  for (const layer of layers) {
    for (const tile of tilesOf(view, layer.deepestZoom)) {
      const content = await layer.tile(tile);
      if (content === null || content.length === 0) continue;
      if (layer.paint.kind === 'raster') await drawRaster(context, tile, layer.paint, content);
      else drawVector(context, tile, layer, content);
    }
  }
  return canvas.encode('png');
}

function drawLand(context: SKRSContext2D, view: MapView, { features }: Land): void {
  context.fillStyle = groundColours.sea;
  context.fillRect(0, 0, view.width, view.height);
  context.fillStyle = groundColours.land;
  context.strokeStyle = groundColours.border;
  context.lineWidth = 0.7;
  for (const { geometry } of features) {
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    context.beginPath();
    for (const ring of polygons.flat())
      trace(
        context,
        ring.map(([x = 0, y = 0]: Position) => placeOf(view, x, y)),
      );
    context.fill('evenodd');
    context.stroke();
  }
}

type Point = readonly [number, number];

function trace(context: SKRSContext2D, points: readonly Point[]): void {
  for (const [at, [x, y]] of points.entries()) {
    if (at === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
}

async function drawRaster(context: SKRSContext2D, tile: PlacedTile, paint: Paint, content: Buffer): Promise<void> {
  context.globalAlpha = paint.opacity;
  context.imageSmoothingEnabled = false;
  context.drawImage(await loadImage(content), tile.left, tile.top, tile.side, tile.side);
  context.globalAlpha = 1;
}

function drawVector(context: SKRSContext2D, tile: PlacedTile, { paint, name }: PictureLayer, content: Buffer): void {
  const layer = new VectorTile(new PbfReader(content)).layers[name];
  if (layer === undefined) return;
  const scale = tile.side / layer.extent;
  const draw = (isWanted: (type: number) => boolean, isInside: (x: number, y: number) => boolean): void => {
    for (let index = 0; index < layer.length; index++) {
      const feature = layer.feature(index);
      if (!isWanted(feature.type)) continue;
      const value = 'column' in paint ? (feature.properties[paint.column] ?? null) : null;
      const parts = feature
        .loadGeometry()
        .map((part) =>
          part
            .filter(({ x, y }) => isInside(x, y))
            .map(({ x, y }): Point => [tile.left + x * scale, tile.top + y * scale]),
        );
      drawFeature(context, feature.type, parts, paint, value);
    }
  };
  context.save();
  // What goes beyond a tile's edge is in its neighbour too.
  context.beginPath();
  context.rect(tile.left, tile.top, tile.side, tile.side);
  context.clip();
  draw(
    (type) => type !== POINT,
    () => true,
  );
  context.restore();
  // A point is drawn whole, once: by the tile that it is in.
  draw(
    (type) => type === POINT,
    (x, y) => x >= 0 && y >= 0 && x < layer.extent && y < layer.extent,
  );
}

/** The kinds of features that vector tiles have, by their numbers. */
const POINT = 1;
const POLYGON = 3;

function drawFeature(
  context: SKRSContext2D,
  type: number,
  parts: readonly (readonly Point[])[],
  paint: Paint,
  value: PaintedValue,
): void {
  const colour = colourOf(paint, value);
  context.globalAlpha = paint.opacity;
  if (type === POINT) {
    const radius = radiusOf(paint, value);
    context.fillStyle = colour;
    context.strokeStyle = '#ffffff';
    context.lineWidth = Math.min(1, radius / 4);
    for (const [x, y] of parts.flat()) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
    return;
  }
  context.beginPath();
  for (const part of parts) trace(context, part);
  context.lineWidth = paint.width;
  if (type === POLYGON) {
    context.fillStyle = colour;
    context.fill('evenodd');
    context.strokeStyle = 'column' in paint ? '#ffffff' : paint.color;
  } else context.strokeStyle = colour;
  if (paint.width > 0) context.stroke();
}
