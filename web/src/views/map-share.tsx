import type { JSX } from 'preact';
import type { Privacy } from '../api/datasets.ts';
import { here, type SavedMap } from '../api/maps.ts';
import { Snippet } from '../parts/copy.tsx';
import { texts } from '../texts.ts';
import type { Edited } from './map-view.tsx';

const levels: readonly Privacy[] = ['private', 'link', 'public'];

/** Layers that others do not see, because their tables are less open than the map. */
const hiddenOf = ({ privacy, layers }: SavedMap): readonly string[] =>
  layers.filter((layer) => levels.indexOf(layer.shown_to) < levels.indexOf(privacy)).map(({ table }) => table);

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Who may see a map, and what to send them. */
export function MapShare({ map, save }: Edited): JSX.Element {
  const url = here(map.url);
  const hidden = hiddenOf(map);
  return (
    <div class="stack">
      <label>
        {texts.maps.privacy}
        <select
          value={map.privacy}
          onChange={({ currentTarget }) => {
            const privacy = levels.find((level) => level === currentTarget.value);
            if (privacy !== undefined) save(() => ({ privacy }));
          }}
        >
          {levels.map((level) => (
            <option key={level} value={level}>
              {texts.maps.levels[level]}
            </option>
          ))}
        </select>
      </label>
      {map.privacy === 'private' ? (
        <p class="hint">{texts.maps.privateHint}</p>
      ) : (
        <>
          {hidden.length === 0 ? null : <p class="problem">{texts.maps.hidden(hidden)}</p>}
          <Snippet title={texts.maps.link} text={url} />
          <Snippet
            title={texts.maps.embed}
            text={`<iframe src="${escaped(url)}" title="${escaped(map.name)}" width="800" height="500" loading="lazy"></iframe>`}
          />
          <p>
            <a href={url} target="_blank" rel="noopener">
              {texts.maps.open}
            </a>
          </p>
        </>
      )}
    </div>
  );
}
