import { type Static, Type } from 'typebox';

/** The shapes of maps on the wire. */

const text = (description: string) => Type.String({ description });
const number = (description: string) => Type.Number({ description });
const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const StopShape = Type.Object({
  value: Type.Optional(Type.Unsafe<string | number | boolean>({ description: 'Of categories and bubbles.' })),
  from: Type.Optional(number('Of classes: the least value.')),
  to: Type.Optional(number('Of classes: where the next one begins; the last one has its end too.')),
  color: Type.Optional(text('`#rrggbb`.')),
  radius: Type.Optional(number('Of bubbles, in pixels.')),
});

/** How a layer is drawn. */
export const PaintView = Type.Object({
  kind: text('`simple`, `categories`, `quantiles`, `equal`, `jenks`, `bubbles` or `raster`.'),
  color: text('`#rrggbb`; of rows without a stop.'),
  opacity: number('0 to 1.'),
  width: number('Of lines and outlines, in pixels: 0 to 20.'),
  radius: number('Of points, in pixels: 0.5 to 60.'),
  column: orNull(Type.String(), 'What it is painted by; null with `simple` and `raster`.'),
  classes: orNull(Type.Integer(), 'How many were asked for, 2 to 12; fewer stops where values repeat.'),
  palette: orNull(Type.String(), 'Where the colours of the stops are from.'),
  stops: Type.Array(StopShape, { description: 'At most 50. Sent as null: computed of the rows.' }),
});
export type PaintView = Static<typeof PaintView>;

const popup = orNull(
  Type.Object({ columns: orNull(Type.Array(Type.String()), 'At most 50; null: no popup.') }),
  'What a click on a feature shows.',
);

/** A layer of a map. */
export const LayerView = Type.Object({
  id: text('Of the map; stays as long as the layer does.'),
  table: text('The table.'),
  title: text('What legends call it.'),
  visible: Type.Boolean({ description: 'Whether it is drawn.' }),
  geometry: orNull(Type.String(), '`point`, `line`, `polygon`, `mixed` or `raster`; null: nothing is located.'),
  shown_to: text('How far its table is open. Others see the layer where that is as far as the map is.'),
  paint: PaintView,
  popup: Type.Object({ columns: orNull(Type.Array(Type.String()), 'null: no popup.') }),
  filter: Type.Null({ description: 'Always null.' }),
});

const position = (description: string) => Type.Array(Type.Number(), { description });

/** A map. */
export const MapView = Type.Object({
  id: Type.String({ format: 'uuid', description: 'The map.' }),
  name: text('Its title.'),
  description: text('Empty where there is none.'),
  privacy: text('`private`, `link` or `public`.'),
  layers: Type.Array(LayerView, { description: 'The first lies lowest. Others see those that they may.' }),
  bounds: orNull(position('West, south, east, north.'), 'As set, else where the layers are; null: nowhere.'),
  center: orNull(position('Longitude, latitude.'), 'Where the map begins, where that was set.'),
  zoom: orNull(Type.Number(), 'The level at which it begins, where that was set.'),
  legend: Type.Boolean({ description: 'Whether its page has a legend.' }),
  created_at: Type.String({ format: 'date-time', description: 'When it was made.' }),
  updated_at: Type.String({ format: 'date-time', description: 'When it was last changed.' }),
  url: text('Its page.'),
  style_url: text('Its style.'),
  preview_url: text('Its picture; another address when the picture may be another.'),
  auth_token: Type.Optional(
    text(
      'For the owner alone: opens the map as `token=` while it is `link`. Another one after each change of privacy.',
    ),
  ),
});
export type MapView = Static<typeof MapView>;

/** Answer of `GET /api/v1/maps`. */
export const MapList = Type.Object({
  maps: Type.Array(MapView, { description: 'One page.' }),
  total: Type.Integer({ description: 'How many there are on all pages.' }),
});
export type MapList = Static<typeof MapList>;

/** Parameters of `GET /api/v1/maps`. */
export const MapQueryShape = Type.Object({
  page: Type.Optional(Type.Integer({ default: 1 })),
  per_page: Type.Optional(Type.Integer({ default: 20, description: 'At most 500.' })),
  q: Type.Optional(text('Only those with this text in name, description or tags.')),
});

/** What may be said of a map. */
export const MapChanges = Type.Object({
  name: Type.Optional(text('At most 200 characters; `Untitled Map` for a new one.')),
  description: Type.Optional(text('At most 5,000 characters.')),
  privacy: Type.Optional(text('`private` (of a new one), `link` or `public`. A map opens no table.')),
  layers: Type.Optional(
    Type.Array(
      Type.Object({
        table: text('The table.'),
        id: Type.Optional(text('Of a layer that the map has: what is not said of it stays.')),
        title: Type.Optional(text('At most 200 characters; the name of the table.')),
        visible: Type.Optional(Type.Boolean()),
        paint: Type.Optional(Type.Partial(PaintView)),
        popup: Type.Optional(popup),
      }),
      { description: 'All of them, at most 10; the first lies lowest.' },
    ),
  ),
  bounds: Type.Optional(orNull(position('West, south, east, north.'), 'null: where the layers are.')),
  center: Type.Optional(orNull(position('Longitude, latitude.'), 'null: that of the bounds.')),
  zoom: Type.Optional(orNull(Type.Number(), '0 to 22; null: that of the bounds.')),
  legend: Type.Optional(Type.Boolean({ description: 'true of a new one.' })),
});

/** How a map that is no secret may be asked for. */
export const MapAccess = Type.Object({
  api_key: Type.Optional(Type.String({ description: 'The key of the owner.' })),
  token: Type.Optional(Type.String({ description: '`auth_token` of a map whose privacy is `link`.' })),
});

/** Parameters of a picture. */
export const PictureQuery = Type.Object({
  ...MapAccess.properties,
  width: Type.Optional(Type.Integer({ default: 600, description: 'Pixels, 16 to 1200.' })),
  height: Type.Optional(Type.Integer({ default: 400, description: 'Pixels, 16 to 1200.' })),
});

const counts = orNull(Type.Array(Type.Number()), 'Ends of classes but the last; null where there are no numbers.');

/** Answer of `GET /api/v1/tables/:id/columns/:column/stats`. */
export const ColumnStatsView = Type.Object({
  type: text('`number`, `string`, `boolean` or `date`.'),
  count: Type.Integer({ description: 'Rows.' }),
  nulls: Type.Integer({ description: 'Rows without a value.' }),
  distinct: Type.Integer({ description: 'Different values among the rows that were looked at.' }),
  sampled: Type.Boolean({ description: 'Not all rows were looked at: counts are estimates.' }),
  min: Type.Unsafe<number | string | null>({ description: 'The least value; of dates a text.' }),
  max: Type.Unsafe<number | string | null>({ description: 'The largest value; of dates a text.' }),
  avg: orNull(Type.Number(), 'The mean.'),
  quantiles: counts,
  equal: counts,
  jenks: counts,
  categories: Type.Array(
    Type.Object({
      value: Type.Unsafe<string | number | boolean>({ description: 'As tiles have it.' }),
      count: Type.Integer({ description: 'Rows with it.' }),
    }),
    { description: 'The 20 most frequent values.' },
  ),
  histogram: Type.Array(
    Type.Object({
      from: number('Where the bar begins.'),
      to: number('Where it ends.'),
      count: Type.Integer({ description: 'Rows in it.' }),
    }),
    { description: '20 bars of one width; empty where there are no numbers.' },
  ),
});
export type ColumnStatsView = Static<typeof ColumnStatsView>;

/** Parameters of statistics. */
export const StatsQuery = Type.Object({
  classes: Type.Optional(Type.Integer({ default: 5, description: '2 to 12.' })),
  method: Type.Optional(text('`quantiles`, `equal` or `jenks`: that one alone.')),
});
