import type { JSX } from 'preact';
import { createMap, here, listMaps, type SavedMap } from '../api/maps.ts';
import { agoText } from '../format.ts';
import { useLoaded } from '../parts/load.ts';
import { Shown } from '../parts/notice.tsx';
import { TableForm } from '../parts/table-form.tsx';
import { go } from '../router.ts';
import { texts } from '../texts.ts';

/** All maps of the account, and a form for one more. */
export function MapsView(): JSX.Element {
  const loaded = useLoaded(listMaps, []);
  return (
    <>
      <h1>{texts.nav.maps}</h1>
      <NewMap />
      <Shown loaded={loaded.value}>
        {(maps) =>
          maps.length === 0 ? (
            <p class="empty">{texts.maps.none}</p>
          ) : (
            <ul class="maps">
              {maps.map((map) => (
                <MapCard key={map.id} map={map} />
              ))}
            </ul>
          )
        }
      </Shown>
    </>
  );
}

function MapCard({ map }: { readonly map: SavedMap }): JSX.Element {
  return (
    <li class="card">
      <a href={`/app/maps/${map.id}`}>
        <img src={here(map.preview_url)} alt="" width="600" height="400" loading="lazy" />
        <strong class="name">{map.name}</strong>
      </a>
      <p class="hint">
        {texts.maps.layers(map.layers.length)} · {texts.dataset.changed(agoText(map.updated_at))}
        <span class="tag">{texts.privacy[map.privacy]}</span>
      </p>
    </li>
  );
}

/** Layers that a map may have. */
export const MOST_LAYERS = 10;

function NewMap(): JSX.Element {
  return (
    <TableForm
      words={{ ...texts.maps, tables: texts.maps.tables(MOST_LAYERS) }}
      mostName={200}
      most={MOST_LAYERS}
      hintOf={({ rows }) => texts.rows(rows)}
      onSubmit={async (name, tables) => go(`/app/maps/${(await createMap(name, tables)).id}`)}
    />
  );
}
