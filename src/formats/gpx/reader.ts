import type { ColumnType } from '../../domain/schema.ts';
import type { XmlHandler } from '../../util/xml.ts';
import { type RecordSpool, SpoolColumns, type SpoolLayer } from '../record-spool.ts';
import { type Coordinates, checkVertices, gather, type Shape } from '../shape.ts';

/** Types of the elements that GPX defines; those of extensions are inferred. */
const declaredTypes: Readonly<Record<string, ColumnType>> = {
  ele: 'double precision',
  time: 'timestamptz',
  magvar: 'double precision',
  geoidheight: 'double precision',
  hdop: 'double precision',
  vdop: 'double precision',
  pdop: 'double precision',
  ageofdgpsdata: 'double precision',
  course: 'double precision',
  speed: 'double precision',
  sat: 'bigint',
  dgpsid: 'bigint',
  number: 'bigint',
  name: 'text',
  cmt: 'text',
  desc: 'text',
  src: 'text',
  sym: 'text',
  type: 'text',
  fix: 'text',
  url: 'text',
  urlname: 'text',
};

type PointLayer = 'waypoints' | 'route_points' | 'track_points';
const pointLayers: Readonly<Record<string, PointLayer>> = {
  wpt: 'waypoints',
  rtept: 'route_points',
  trkpt: 'track_points',
};

/** What a waypoint, route, track or one of their points says of itself, until it ends. */
class Item {
  readonly values = new Map<string, string>();
  readonly line: number;
  readonly place: Coordinates;
  links = 0;

  constructor(line: number, place: Coordinates) {
    this.line = line;
    this.place = place;
  }
}

const toNumber = (text: string | undefined): number => (text?.trim() ? Number(text) : Number.NaN);

/** GPX times are UTC, also where the writer has left out the Z. */
const toTime = (text: string): string => (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/.test(text) ? `${text}Z` : text);

/** Takes a GPX file in and writes the rows of its five layers. */
export class GpxReader implements XmlHandler {
  readonly #spool: RecordSpool;
  readonly #layers: ReadonlyMap<string, SpoolLayer>;
  readonly #path: string[] = [];
  /** The route or track that is open, and the point that is. */
  #line: Item | null = null;
  #point: Item | null = null;
  #segments: Coordinates[] = [];
  /** Points of the last segment so far, those without a place included. */
  #points = 0;
  #text = '';
  /** Whether the element that is open has had no element inside: only those have a value. */
  #isLeaf = false;

  constructor(spool: RecordSpool) {
    this.#spool = spool;
    this.#layers = new Map(
      ['waypoints', 'routes', 'tracks', 'route_points', 'track_points'].map((name) => [
        name,
        spool.add(name, new SpoolColumns()),
      ]),
    );
  }

  open(name: string, attributes: Readonly<Record<string, string>>, line: number): void {
    this.#path.push(name);
    this.#text = '';
    this.#isLeaf = true;
    if (name === 'rte' || name === 'trk') {
      this.#line = new Item(line, []);
      this.#segments = name === 'rte' ? [[]] : [];
      this.#points = 0;
    } else if (name === 'trkseg') {
      this.#segments.push([]);
      this.#points = 0;
    } else if (name in pointLayers && this.#point === null) {
      this.#point = new Item(line, [toNumber(attributes.lon), toNumber(attributes.lat), Number.NaN]);
    } else if (name === 'link') {
      const item = this.#point ?? this.#line;
      if (item !== null) {
        item.links++;
        if (attributes.href !== undefined) item.values.set(`link${item.links}_href`, attributes.href);
      }
    }
  }

  text(piece: string): void {
    this.#text += piece;
  }

  close(name: string): void {
    this.#path.pop();
    const layer = pointLayers[name];
    if (this.#point !== null && layer !== undefined) this.#endPoint(this.#point, layer);
    else if (this.#line !== null && (name === 'rte' || name === 'trk')) this.#endLine(this.#line, name);
    else if (this.#isLeaf && name !== 'trkseg') this.#value(name);
    this.#isLeaf = false;
    this.#text = '';
  }

  #value(name: string): void {
    const item = this.#point ?? this.#line;
    const text = this.#text.trim();
    if (item === null || text === '') return;
    const parent = this.#path.at(-1);
    const key = parent === 'link' ? `link${item.links}_${name}` : name;
    // Extensions may hold a `time` or a `speed` of their own, which stands behind the point's.
    if (this.#path.includes('extensions') && item.values.has(key)) {
      if (parent !== undefined) item.values.set(`${parent}_${key}`, text);
      return;
    }
    item.values.set(key, text);
  }

  #endPoint(point: Item, name: PointLayer): void {
    this.#point = null;
    point.place[2] = toNumber(point.values.get('ele'));
    const ids: (readonly [string, number])[] = [];
    const [layer, lines] = [this.#layer(name), this.#line === null ? 0 : this.#lineLayer(name).rows];
    if (name !== 'waypoints') {
      if (this.#segments.length === 0) this.#segments.push([]);
      const segment = this.#segments.at(-1) ?? [];
      const id = this.#points++;
      if (Number.isFinite(point.place[0]) && Number.isFinite(point.place[1])) segment.push(...point.place);
      checkVertices(segment, this.#spool.file, `line ${point.line}`);
      if (name === 'route_points') ids.push(['route_fid', lines], ['route_point_id', id]);
      else ids.push(['track_fid', lines], ['track_seg_id', this.#segments.length - 1], ['track_seg_point_id', id]);
    }
    this.#write(layer, point, ids, { type: 'point', coordinates: point.place });
  }

  #lineLayer(points: PointLayer): SpoolLayer {
    return this.#layer(points === 'route_points' ? 'routes' : 'tracks');
  }

  #endLine(line: Item, name: 'rte' | 'trk'): void {
    this.#line = null;
    // One point makes no line; it has its row among the points.
    const parts = this.#segments
      .filter((segment) => segment.length > 3)
      .map((coordinates): Shape => ({ type: 'line', coordinates }));
    const shape = name === 'rte' ? (parts[0] ?? null) : gather(parts);
    this.#write(this.#layer(name === 'rte' ? 'routes' : 'tracks'), line, [], shape);
    this.#segments = [];
  }

  #layer(name: string): SpoolLayer {
    const layer = this.#layers.get(name);
    if (layer === undefined) throw new Error(`no layer ${name}`);
    return layer;
  }

  #write(layer: SpoolLayer, item: Item, ids: readonly (readonly [string, number])[], shape: Shape | null): void {
    const { columns } = layer;
    layer.begin(item.line);
    for (const [name, value] of ids) layer.cell(columns.find(name, 'bigint'), String(value));
    for (const [name, value] of item.values) {
      const type = name.startsWith('link') ? 'text' : (declaredTypes[name] ?? null);
      layer.cell(columns.find(name, type), type === 'timestamptz' ? toTime(value) : value);
    }
    if (shape !== null) layer.geometry(shape);
    layer.end();
  }
}
