import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { listDatasets } from '../api/datasets.ts';
import type { MapLayer } from '../api/maps.ts';
import { moved } from '../map-paint.ts';
import { useLoaded } from '../parts/load.ts';
import { Shown } from '../parts/notice.tsx';
import { texts } from '../texts.ts';
import { MapLayerForm } from './map-layer-form.tsx';
import type { Edited } from './map-view.tsx';
import { MOST_LAYERS } from './maps-view.tsx';

/** The layers of a map: which there are, in what order, and how each is drawn. */
export function MapLayers({ map: { layers }, save }: Edited): JSX.Element {
  const opened = useSignal<string | null>(layers.length === 1 ? (layers[0]?.id ?? null) : null);
  const change = (id: string, how: (layer: MapLayer) => MapLayer): void =>
    save((map) => ({ layers: map.layers.map((layer) => (layer.id === id ? how(layer) : layer)) }));
  const move = (id: string, by: 1 | -1): void =>
    save((map) => ({
      layers: moved(
        map.layers,
        map.layers.findIndex((layer) => layer.id === id),
        by,
      ),
    }));
  return (
    <>
      {layers.length === 0 ? <p class="empty">{texts.maps.noLayers}</p> : null}
      <ol class="layers">
        {/* The uppermost layer first, as it lies on the map. */}
        {layers.toReversed().map((layer) => {
          const at = layers.indexOf(layer);
          const isOpen = opened.value === layer.id;
          return (
            <li key={layer.id} class="card">
              <div class="layer-head">
                <input
                  type="checkbox"
                  aria-label={texts.maps.visible(layer.title)}
                  checked={layer.visible}
                  onChange={({ currentTarget: { checked } }) =>
                    change(layer.id, (one) => ({ ...one, visible: checked }))
                  }
                />
                <button
                  type="button"
                  class="plain link"
                  aria-expanded={isOpen}
                  onClick={() => {
                    opened.value = isOpen ? null : layer.id;
                  }}
                >
                  {layer.title}
                </button>
                <span class="moves">
                  <button
                    type="button"
                    class="plain"
                    aria-label={texts.maps.up(layer.title)}
                    disabled={at === layers.length - 1}
                    onClick={() => move(layer.id, 1)}
                  >
                    ↑
                  </button>
                  <button
                    type="button"
                    class="plain"
                    aria-label={texts.maps.down(layer.title)}
                    disabled={at === 0}
                    onClick={() => move(layer.id, -1)}
                  >
                    ↓
                  </button>
                  <button
                    type="button"
                    class="plain"
                    aria-label={texts.maps.removeLayer(layer.title)}
                    onClick={() => save((map) => ({ layers: map.layers.filter(({ id }) => id !== layer.id) }))}
                  >
                    ×
                  </button>
                </span>
              </div>
              {layer.geometry === null ? <p class="problem">{texts.maps.nothingLocated}</p> : null}
              {isOpen ? <MapLayerForm layer={layer} onChange={(how) => change(layer.id, how)} /> : null}
            </li>
          );
        })}
      </ol>
      {layers.length < MOST_LAYERS ? (
        <AddLayer onAdd={(table) => save((map) => ({ layers: [...map.layers, { table }] }))} />
      ) : (
        <p class="hint">{texts.maps.full(MOST_LAYERS)}</p>
      )}
    </>
  );
}

function AddLayer({ onAdd }: { readonly onAdd: (table: string) => void }): JSX.Element {
  const loaded = useLoaded(listDatasets, []);
  return (
    <Shown loaded={loaded.value}>
      {(tables) => (
        <select
          aria-label={texts.maps.add}
          value=""
          onChange={({ currentTarget }) => {
            if (currentTarget.value !== '') onAdd(currentTarget.value);
            currentTarget.value = '';
          }}
        >
          <option value="">{texts.maps.add}</option>
          {tables.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </Shown>
  );
}
