import type { StoredMap } from '../store/maps.ts';
import type { Visualization, VisualizationOrder } from '../store/visualizations.ts';
import { presentTime } from './present.ts';
import type { DerivedView } from './viz-wire.ts';

/** Version of the documents, as the last builder of CARTO's classic platform wrote it. */
const BUILDER_VERSION = 3;

/** A map as the wire has it among datasets: of the type `derived`, keys in the contract's order (1.13). */
export function presentMapVisualization(
  map: StoredMap,
  { baseUrl, isOwner }: { readonly baseUrl: string; readonly isOwner: boolean },
): DerivedView {
  const times = { created_at: presentTime(map.createdAt), updated_at: presentTime(map.updatedAt) };
  const related = new Map(map.layers.map(({ tableId, table, tablePrivacy }) => [tableId, { table, tablePrivacy }]));
  return {
    id: map.id,
    name: map.name,
    display_name: map.name,
    title: null,
    map_id: map.id,
    active_layer_id: null,
    type: 'derived',
    tags: [...map.tags],
    description: map.description,
    privacy: map.privacy.toUpperCase(),
    ...times,
    locked: false,
    source: '',
    license: '',
    attributions: '',
    kind: 'geom',
    external_source: null,
    url: `${baseUrl}/maps/${map.id}`,
    version: BUILDER_VERSION,
    // Others are not told the names of tables that they may not read.
    related_tables: isOwner
      ? [...related].map(([id, { table, tablePrivacy }]) => ({ id, name: table, privacy: tablePrivacy.toUpperCase() }))
      : [],
    synchronization: null,
    liked: false,
    permission: {
      id: map.id,
      owner: { id: map.accountId, username: map.account },
      entity: { id: map.id, type: 'vis' },
      acl: [],
      ...times,
    },
    stats: {},
    auth_tokens: map.privacy === 'link' && isOwner ? [map.linkToken] : [],
    table: {},
  };
}

/** One of a list of datasets and maps. */
export type Listed = { readonly dataset: Visualization } | { readonly map: StoredMap };

const keyOf = (one: Listed, order: VisualizationOrder): string | number => {
  const shown = 'dataset' in one ? one.dataset : one.map;
  switch (order) {
    case 'name':
    case 'privacy':
      return shown[order];
    case 'created_at':
      return shown.createdAt.getTime();
    case 'updated_at':
      return shown.updatedAt.getTime();
    case 'size':
      return 'dataset' in one ? one.dataset.bytes : 0;
    case 'row_count':
    case 'estimated_row_count':
      return 'dataset' in one ? one.dataset.rows : 0;
    case 'synchronizations':
      return 'dataset' in one && one.dataset.synchronizationId !== null ? 1 : 0;
  }
};

/** Both in one order, as each by itself is in it. */
export function inOrder(all: readonly Listed[], order: VisualizationOrder, isDescending: boolean): readonly Listed[] {
  const sign = isDescending ? -1 : 1;
  return all.toSorted((one, other) => {
    const [a, b] = [keyOf(one, order), keyOf(other, order)];
    return a === b ? 0 : a < b ? -sign : sign;
  });
}
