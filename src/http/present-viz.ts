import type { Account } from '../domain/import.ts';
import type { Synchronization } from '../domain/sync.ts';
import type { Visualization } from '../store/visualizations.ts';
import { presentTime } from './present.ts';
import { presentSync } from './present-sync.ts';
import type { TableView, VisualizationView } from './viz-wire.ts';

/** Version of the documents, as the last builder of CARTO's classic platform wrote it. */
const BUILDER_VERSION = 3;

const permissionOf = (account: Account, one: Visualization): VisualizationView['permission'] => ({
  id: one.id,
  owner: { id: account.id, username: account.name },
  entity: { id: one.id, type: 'vis' },
  acl: [],
  created_at: presentTime(one.createdAt),
  updated_at: presentTime(one.updatedAt),
});

/** A dataset as the wire has it, keys in the contract's order (1.13). */
export function presentVisualization(
  account: Account,
  one: Visualization,
  sync: Synchronization | null,
  options: { readonly baseUrl: string; readonly isOwner: boolean },
): VisualizationView {
  const privacy = one.privacy.toUpperCase();
  const permission = permissionOf(account, one);
  return {
    id: one.id,
    name: one.name,
    display_name: one.displayName ?? one.name,
    title: one.displayName,
    map_id: one.id,
    active_layer_id: null,
    type: 'table',
    tags: [...one.tags],
    description: one.description,
    privacy,
    created_at: presentTime(one.createdAt),
    updated_at: presentTime(one.updatedAt),
    locked: one.isLocked,
    source: one.source,
    license: one.license,
    attributions: one.attributions,
    kind: one.isRaster ? 'raster' : 'geom',
    external_source: null,
    url: `${options.baseUrl}/app/datasets/${encodeURIComponent(one.name)}`,
    version: BUILDER_VERSION,
    related_tables: [],
    synchronization: sync === null ? null : presentSync(sync),
    liked: false,
    permission,
    stats: {},
    auth_tokens: one.privacy === 'link' && options.isOwner ? [one.linkToken] : [],
    table: {
      id: one.tableId,
      name: one.name,
      privacy,
      updated_at: presentTime(one.updatedAt),
      row_count: one.rows,
      size: one.bytes,
      geometry_types: [...one.geometryTypes],
      permission,
    },
  };
}

/** A dataset as the list of the data library has it. */
export const asRemote = (view: VisualizationView): VisualizationView => ({
  ...view,
  type: 'remote',
  external_source: {
    size: view.table.size,
    row_count: view.table.row_count,
    geometry_types: view.table.geometry_types,
  },
});

/** A table as the wire has it, around its dataset. */
export function presentTable(
  one: Visualization,
  view: VisualizationView,
  schema: readonly (readonly [string, string])[],
): TableView {
  const { table } = view;
  return {
    id: table.id,
    name: table.name,
    privacy: table.privacy,
    schema: schema.map((column) => [...column]),
    updated_at: table.updated_at,
    rows_counted: one.rows,
    row_count: one.rows,
    table_size: one.bytes,
    size: one.bytes,
    map_id: view.map_id,
    description: view.description,
    geometry_types: table.geometry_types,
    permission: table.permission,
    table_visualization: view,
    dependent_visualizations: [],
    non_dependent_visualizations: [],
    synchronization: view.synchronization,
  };
}
