import { type Static, Type } from 'typebox';

/** The shapes of datasets on the wire (wire contract 1.13). */

const text = (description: string) => Type.String({ description });
const whole = (description: string) => Type.Integer({ description });
const moment = (description: string) => Type.String({ format: 'date-time', description });
const id = Type.String({ format: 'uuid' });
const flag = (description: string) => Type.Boolean({ description });
const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const words = (description: string) => Type.Array(Type.String(), { description });
const object = (description: string) => Type.Unsafe<unknown>({ type: 'object', description });

const Permission = Type.Object(
  {
    id,
    owner: Type.Object({ id, username: Type.String() }),
    entity: Type.Object({ id, type: Type.String() }),
    acl: Type.Array(Type.Unknown()),
    created_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
  },
  { description: 'Whose it is. Sharing with single accounts does not exist: `acl` is empty.' },
);

const privacy = text('`PUBLIC`, `LINK` or `PRIVATE`.');

/** The table inside a dataset. */
const TableSummary = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'The table: `table_id` of imports.' }),
    name: text('Its name in SQL.'),
    privacy,
    updated_at: moment('When it was last written or changed.'),
    row_count: whole('Rows when it was last published.'),
    size: whole('Bytes, with its indexes.'),
    geometry_types: words('As PostGIS names them, such as `ST_Point`, by the first thousand rows.'),
    permission: Permission,
  },
  { description: 'The table behind it; of a map an object without fields.' },
);

/** A dataset: a table as a visualization of its own; maps have the same fields. */
export const VisualizationView = Type.Object({
  id: Type.String({ format: 'uuid', description: 'The dataset; not the id of its table.' }),
  name: text('The name of the table.'),
  display_name: text('Another name to show.'),
  title: orNull(Type.String(), 'The same, where one was given.'),
  map_id: Type.String({ format: 'uuid', description: 'The same as `id`.' }),
  active_layer_id: orNull(id, 'Always null.'),
  type: text('`table`; of a map `derived`; `remote` in lists of the data library.'),
  tags: words('In the order in which they were given.'),
  description: text('Empty where there is none.'),
  privacy,
  created_at: moment('When the table was made.'),
  updated_at: moment('When it was last written or changed.'),
  locked: flag('A mark of the owner; it forbids nothing.'),
  source: text('Where the data is from.'),
  license: text('Empty where there is none.'),
  attributions: text('Whom maps have to name.'),
  kind: text('`geom`, or `raster`.'),
  external_source: orNull(
    object('Of a table of the data library.'),
    '`size`, `row_count` and `geometry_types` of a table of the data library; null for others.',
  ),
  url: text('Its page in the web app.'),
  version: whole('Always 3.'),
  related_tables: Type.Array(Type.Unknown(), {
    description: 'The tables of a map; of a dataset empty: the table is `table`.',
  }),
  synchronization: orNull(object('Its synchronization.'), 'As `GET /api/v1/synchronizations/{id}` shows it.'),
  liked: flag('Always false.'),
  permission: Permission,
  stats: object('Always empty.'),
  auth_tokens: words(
    'With `LINK`, the token that opens the table to others: as `token=` in the query. Another one each time.',
  ),
  table: TableSummary,
});
export type VisualizationView = Static<typeof VisualizationView>;

/** A map among datasets: it has no table of its own. */
export type DerivedView = Omit<VisualizationView, 'table'> & { readonly table: Readonly<Record<string, never>> };

/** Answer of `GET /api/v1/viz`. */
export const VisualizationList = Type.Object({
  visualizations: Type.Array(VisualizationView, { description: 'One page.' }),
  total_entries: whole('How many there are on all pages.'),
  total_user_entries: whole('The same.'),
  total_likes: whole('Always 0.'),
  total_shared: whole('Always 0.'),
});
export type VisualizationList = Omit<Static<typeof VisualizationList>, 'visualizations'> & {
  readonly visualizations: readonly (VisualizationView | DerivedView)[];
};

/** Parameters of `GET /api/v1/viz`. */
export const VisualizationQueryShape = Type.Object({
  type: Type.Optional(
    text(
      '`table`: the datasets, `derived`: the maps, `remote` alone: the tables of the data library. Other types have no entries here.',
    ),
  ),
  types: Type.Optional(text('Several of them, separated by commas; without both, all.')),
  page: Type.Optional(Type.Integer({ default: 1 })),
  per_page: Type.Optional(Type.Integer({ default: 20, description: 'At most 500.' })),
  order: Type.Optional(
    text(
      '`updated_at` (the default), `created_at`, `name`, `size`, `row_count`, `estimated_row_count`, `privacy` or `synchronizations`.',
    ),
  ),
  order_direction: Type.Optional(text('`asc` or `desc`; without it names ascend and all else descends.')),
  q: Type.Optional(text('Only those with this text in name, description or tags.')),
  privacy: Type.Optional(text('Only those with this privacy.')),
  tags: Type.Optional(text('Only those with one of these tags, separated by commas.')),
});

/** Parameters of `PUT /api/v1/viz/:id`. */
export const VisualizationChanges = Type.Object({
  name: Type.Optional(text('A new name; made one that a table can have.')),
  privacy: Type.Optional(text('`public`, `link` or `private`, in any case. It holds at once.')),
  display_name: Type.Optional(text('Another name to show.')),
  description: Type.Optional(Type.String()),
  tags: Type.Optional(words('All of them.')),
  license: Type.Optional(Type.String()),
  source: Type.Optional(text('Where the data is from.')),
  attributions: Type.Optional(text('Whom maps have to name.')),
  locked: Type.Optional(Type.Boolean()),
});

/** Answer of `GET /api/v1/tables/:id`. */
export const TableView = Type.Object({
  id: Type.String({ format: 'uuid', description: 'The table.' }),
  name: text('Its name in SQL.'),
  privacy,
  schema: Type.Array(Type.Array(Type.String()), {
    description: 'Columns as pairs of name and type: `number`, `string`, `date`, `boolean`, `geometry`, …',
  }),
  updated_at: moment('When it was last written or changed.'),
  rows_counted: whole('Rows when it was last published.'),
  row_count: whole('The same.'),
  table_size: whole('Bytes, with its indexes.'),
  size: whole('The same.'),
  map_id: Type.String({ format: 'uuid', description: 'The same as the id of its dataset.' }),
  description: text('Empty where there is none.'),
  geometry_types: words('As PostGIS names them, such as `ST_Point`, by the first thousand rows.'),
  permission: Permission,
  table_visualization: Type.Unsafe<VisualizationView>({
    type: 'object',
    description: 'Its dataset, as `GET /api/v1/viz/{id}` shows it.',
  }),
  dependent_visualizations: Type.Array(Type.Unknown(), { description: 'Always empty.' }),
  non_dependent_visualizations: Type.Array(Type.Unknown(), { description: 'Always empty.' }),
  synchronization: orNull(object('Its synchronization.'), 'As `GET /api/v1/synchronizations/{id}` shows it.'),
});
export type TableView = Static<typeof TableView>;

/** Parameters of `POST /api/v1/tables`. */
export const NewTable = Type.Object({
  name: Type.Optional(text('Its name; numbered where it is taken. Without it `untitled_table`.')),
  description: Type.Optional(Type.String()),
  tags: Type.Optional(words('All of them.')),
});

/** Answer of `GET /api/v1/tables/:id/records`. */
export const TableRecords = Type.Object({
  id: Type.String({ format: 'uuid', description: 'The table.' }),
  name: text('Its name in SQL.'),
  total_rows: whole('Rows when it was last published.'),
  columns: Type.Array(Type.Array(Type.String()), { description: 'Pairs of name and type.' }),
  rows: Type.Array(Type.Unknown(), { description: 'One page of rows as objects; geometries as GeoJSON.' }),
});

/** Parameters of `GET /api/v1/tables/:id/records`. */
export const RecordsQuery = Type.Object({
  page: Type.Optional(Type.Integer({ default: 0, description: 'The first is 0.' })),
  rows_per_page: Type.Optional(Type.Integer({ default: 40, description: 'At most 5000.' })),
  order_by: Type.Optional(text('A column; without it `cartodb_id`.')),
  mode: Type.Optional(text('`asc` (the default) or `desc`.')),
});

/** The body of a 400 or 409 of these routes. */
export const DatasetErrors = Type.Object({ errors: words('The sentence to show.') });
