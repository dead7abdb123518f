import type { ColumnType } from '../../domain/schema.ts';
import type { XmlHandler } from '../../util/xml.ts';
import { type RecordSpool, SpoolColumns, type SpoolLayer } from '../record-spool.ts';
import { type Coordinates, checkVertices, gather, type Shape } from '../shape.ts';

/** Elements, or a parent and an element, with the column that takes their text; every other leaf is a column too. */
const columnNames: Readonly<Record<string, string>> = {
  Id: 'id',
  AltitudeMeters: 'altitude',
  DistanceMeters: 'distance',
  TotalTimeSeconds: 'total_time',
  MaximumSpeed: 'maximum_speed',
  'HeartRateBpm/Value': 'heart_rate',
  'AverageHeartRateBpm/Value': 'average_heart_rate',
  'MaximumHeartRateBpm/Value': 'maximum_heart_rate',
};

const columnTypes: Readonly<Record<string, ColumnType>> = {
  id: 'text',
  name: 'text',
  sport: 'text',
  notes: 'text',
  intensity: 'text',
  trigger_method: 'text',
  point_type: 'text',
  sensor_state: 'text',
  time: 'timestamptz',
  start_time: 'timestamptz',
  altitude: 'double precision',
  distance: 'double precision',
  total_time: 'double precision',
  maximum_speed: 'double precision',
  speed: 'double precision',
  heart_rate: 'bigint',
  average_heart_rate: 'bigint',
  maximum_heart_rate: 'bigint',
  calories: 'bigint',
  cadence: 'bigint',
  run_cadence: 'bigint',
  watts: 'bigint',
};

/** Elements that become rows, with their layer. */
const rowLayers: Readonly<Record<string, string>> = {
  Activity: 'tracks',
  Course: 'tracks',
  Lap: 'laps',
  Trackpoint: 'track_points',
  CoursePoint: 'course_points',
};

/** Elements whose inside is about the device or its plans and no data of a row. */
const ignored: ReadonlySet<string> = new Set([
  'Creator',
  'Author',
  'Training',
  'Workouts',
  'Folders',
  'BeginPosition',
  'EndPosition',
]);

/** A row until its element ends. */
interface Row {
  readonly element: string;
  readonly line: number;
  readonly values: Map<string, string>;
  /** Lines of an activity, course or lap. */
  readonly parts: Coordinates[];
}

const snakeCase = (name: string): string => name.replace(/(?<=[a-z\d])(?=[A-Z])/g, '_').toLowerCase();

const toNumber = (text: string | undefined): number => (text?.trim() ? Number(text) : Number.NaN);

/** Takes a TCX file in and writes the rows of its four layers. */
export class TcxReader implements XmlHandler {
  readonly #spool: RecordSpool;
  readonly #layers = new Map<string, SpoolLayer>();
  readonly #path: string[] = [];
  /** Rows that are open: an activity, its lap, its trackpoint. */
  readonly #rows: Row[] = [];
  #ignoredFrom = 0;
  #text = '';
  #isLeaf = false;
  #tracks = 0;
  #laps = 0;
  #place: { latitude: string | undefined; longitude: string | undefined } = {
    latitude: undefined,
    longitude: undefined,
  };

  constructor(spool: RecordSpool) {
    this.#spool = spool;
    for (const name of ['tracks', 'laps', 'track_points', 'course_points']) {
      this.#layers.set(name, spool.add(name, new SpoolColumns()));
    }
  }

  open(name: string, attributes: Readonly<Record<string, string>>, line: number): void {
    const depth = this.#path.push(name);
    this.#text = '';
    this.#isLeaf = true;
    if (this.#ignoredFrom > 0) return;
    if (ignored.has(name)) {
      this.#ignoredFrom = depth;
    } else if (name in rowLayers) {
      this.#begin(name, attributes, line);
    } else if (name === 'Track') {
      for (const row of this.#rows) row.parts.push([]);
    }
  }

  #begin(element: string, attributes: Readonly<Record<string, string>>, line: number): void {
    const values = new Map<string, string>();
    if (element === 'Activity' || element === 'Course') {
      this.#tracks++;
      this.#laps = 0;
      if (attributes.Sport !== undefined) values.set('sport', attributes.Sport);
    } else {
      values.set('track_fid', String(this.#tracks - 1));
    }
    if (element === 'Lap') {
      values.set('lap', String(this.#laps++));
      if (attributes.StartTime !== undefined) values.set('start_time', attributes.StartTime);
    } else if (element === 'Trackpoint' && this.#laps > 0) {
      values.set('lap', String(this.#laps - 1));
    }
    this.#place = { latitude: undefined, longitude: undefined };
    this.#rows.push({ element, line, values, parts: [] });
  }

  text(piece: string): void {
    if (this.#ignoredFrom === 0) this.#text += piece;
  }

  close(name: string): void {
    const depth = this.#path.length;
    this.#path.pop();
    const isLeaf = this.#isLeaf;
    this.#isLeaf = false;
    if (this.#ignoredFrom > 0) {
      if (this.#ignoredFrom === depth) this.#ignoredFrom = 0;
      return;
    }
    const row = this.#rows.at(-1);
    if (row === undefined) return;
    if (row.element === name) {
      this.#rows.pop();
      this.#end(row);
    } else if (isLeaf) {
      this.#value(row, name, this.#text.trim());
    }
    this.#text = '';
  }

  #value(row: Row, name: string, text: string): void {
    if (text === '') return;
    if (name === 'LatitudeDegrees') this.#place.latitude = text;
    else if (name === 'LongitudeDegrees') this.#place.longitude = text;
    else {
      const qualified = `${this.#path.at(-1)}/${name}`;
      const column = columnNames[qualified] ?? columnNames[name] ?? snakeCase(name);
      if (!row.values.has(column)) row.values.set(column, text);
    }
  }

  #end(row: Row): void {
    const { element, values } = row;
    let shape: Shape | null;
    if (element === 'Trackpoint' || element === 'CoursePoint') {
      const x = toNumber(this.#place.longitude);
      const y = toNumber(this.#place.latitude);
      const z = toNumber(values.get('altitude'));
      const hasPlace = this.#place.longitude !== undefined && this.#place.latitude !== undefined;
      shape = hasPlace ? { type: 'point', coordinates: [x, y, z] } : null;
      if (element === 'Trackpoint' && Number.isFinite(x) && Number.isFinite(y)) this.#extend(x, y, z);
    } else {
      // One point makes no line; it has its row among the points.
      shape = gather(
        row.parts.filter((part) => part.length > 3).map((coordinates): Shape => ({ type: 'line', coordinates })),
      );
    }
    const layer = this.#layers.get(rowLayers[element] ?? '');
    if (layer === undefined) return;
    layer.begin(row.line);
    for (const [name, value] of values) {
      const type = name === 'track_fid' || name === 'lap' ? 'bigint' : (columnTypes[name] ?? null);
      layer.cell(layer.columns.find(name, type), value);
    }
    if (shape !== null) layer.geometry(shape);
    layer.end();
  }

  #extend(x: number, y: number, z: number): void {
    for (const row of this.#rows) {
      const part = row.parts.at(-1);
      if (part === undefined) continue;
      part.push(x, y, z);
      checkVertices(part, this.#spool.file, `line ${row.line}`);
    }
  }
}
