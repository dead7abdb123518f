import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { changeMap, findMap, findStyle, type MapChange, type MapStyle, type SavedMap } from '../api/maps.ts';
import { ApiError } from '../api/session.ts';
import type { StyledMap } from '../map/style-map.ts';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { texts } from '../texts.ts';
import { MapLayers } from './map-layers.tsx';
import { MapPicture } from './map-picture.tsx';
import { MapSettings } from './map-settings.tsx';
import { MapShare } from './map-share.tsx';

/** A change, made of the map as it is when its turn comes. */
type Change = (map: SavedMap) => MapChange;

/** What the parts of the editor work on. */
export interface Edited {
  readonly map: SavedMap;
  /** Changes the map at the server, and what is seen with it. */
  readonly save: (change: Change) => void;
}

/** One map: as it is seen, and everything that can be changed of it. */
export function MapPage({ id }: { readonly id: string }): JSX.Element {
  const loaded = useLoaded(async () => {
    const [map, style] = await Promise.all([findMap(id), findStyle(id)]);
    return { map, style };
  }, [id]);
  return <Shown loaded={loaded.value}>{({ map, style }) => <Editor first={map} firstStyle={style} />}</Shown>;
}

function Editor({ first, firstStyle }: { readonly first: SavedMap; readonly firstStyle: MapStyle }): JSX.Element {
  const map = useSignal(first);
  const style = useSignal(firstStyle);
  const problem = useSignal<string | null>(null);
  const state = useSignal<'saved' | 'saving' | null>(null);
  const chosen = useSignal('layers');
  const drawn = useRef<StyledMap | null>(null);
  /** The map as the server has it; what is seen runs ahead of it. */
  const confirmed = useRef(first);
  /** Changes go one after the other, each made of what the one before came to. */
  const queue = useRef<Promise<void>>(Promise.resolve());
  const newest = useRef(0);

  async function send(change: Change, number: number): Promise<void> {
    try {
      confirmed.current = await changeMap(first.id, change(confirmed.current));
      if (number !== newest.current) return;
      const restyled = await findStyle(first.id);
      if (number !== newest.current) return;
      map.value = confirmed.current;
      style.value = restyled;
      state.value = 'saved';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
      state.value = null;
      map.value = confirmed.current;
    }
  }

  function save(change: Change): void {
    problem.value = null;
    state.value = 'saving';
    const { layers = map.value.layers, ...words } = change(map.value);
    // A layer that the server has yet to make is seen when it has.
    map.value = { ...map.value, ...words, layers: layers.filter((layer) => 'id' in layer) };
    const number = ++newest.current;
    queue.current = queue.current.then(() => send(change, number));
  }

  const edited: Edited = { map: map.value, save };
  return (
    <>
      <div class="page-head">
        <h1>{map.value.name}</h1>
        <p class="hint">
          <a href="/app/maps">{texts.nav.maps}</a> · {texts.maps.layers(map.value.layers.length)}
          <span class="tag">{texts.privacy[map.value.privacy]}</span>{' '}
          <span role="status">{state.value === null ? null : texts.maps[state.value]}</span>
        </p>
      </div>
      {problem.value === null ? null : <Problem text={problem.value} />}
      <div class="editor">
        <div>
          <Tabs
            label={texts.maps.parts}
            chosen={chosen}
            tabs={[
              { id: 'layers', label: texts.maps.layersTab, show: () => <MapLayers {...edited} /> },
              {
                id: 'settings',
                label: texts.settings.tab,
                show: () => <MapSettings {...edited} viewOf={() => drawn.current?.view() ?? null} />,
              },
              { id: 'share', label: texts.maps.share, show: () => <MapShare {...edited} /> },
            ]}
          />
        </div>
        <MapPicture style={style.value} drawn={drawn} hasLegend={map.value.legend} />
      </div>
    </>
  );
}
