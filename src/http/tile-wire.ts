import { type Static, Type } from 'typebox';

/** Where a tile lies. */
export const TileParameters = Type.Object({
  account: Type.String({ description: 'The name of the account.' }),
  table: Type.String({ description: 'The name of the table.' }),
  z: Type.Integer({ description: 'The zoom level, 0 to 24.' }),
  x: Type.Integer({ description: 'Columns from the west.' }),
  y: Type.Integer({ description: 'Rows from the north.' }),
});

/** A table whose tiles are asked for. */
export const TableParameters = Type.Object({
  account: TileParameters.properties.account,
  table: TileParameters.properties.table,
});

/** What a query for a vector tile may say. */
export const TileQuery = Type.Object({
  api_key: Type.Optional(Type.String({ description: 'The key; public tables need none.' })),
  columns: Type.Optional(
    Type.String({
      description: 'Names of the columns that features carry, with commas between; empty: none. Without it all.',
    }),
  ),
  v: Type.Optional(
    Type.String({ description: 'The version of the table, as TileJSON links it: the tile may then be kept.' }),
  ),
});

/** Why an answer is none. */
export const TileErrors = Type.Object({
  errors: Type.Array(Type.String(), { description: 'What is wrong, and what would be right.' }),
});

/** TileJSON 3.0. */
export const TileJson = Type.Object({
  tilejson: Type.Literal('3.0.0'),
  name: Type.String({ description: 'The table.' }),
  scheme: Type.Literal('xyz'),
  tiles: Type.Array(Type.String(), { description: 'The address of tiles; it holds until the table changes.' }),
  minzoom: Type.Integer(),
  maxzoom: Type.Integer({ description: 'Deeper levels show tiles of this one.' }),
  bounds: Type.Array(Type.Number(), { description: 'West, south, east, north in degrees.' }),
  center: Type.Array(Type.Number(), { description: 'Longitude, latitude and a zoom level that shows everything.' }),
  vector_layers: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.String({ description: 'The name of the layer in the tiles: the table.' }),
        fields: Type.Record(Type.String(), Type.String(), {
          description: 'Columns, each `Number`, `Boolean` or `String`.',
        }),
        geometry_type: Type.Union([Type.String(), Type.Null()], {
          description: 'As PostGIS names it, `GEOMETRY` where rows differ, null without any.',
        }),
      }),
      { description: 'Absent where the tiles are pictures.' },
    ),
  ),
});
export type TileJson = Static<typeof TileJson>;
