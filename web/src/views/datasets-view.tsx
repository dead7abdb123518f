import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { listDatasets } from '../api/datasets.ts';
import { agoText, bytesText, countText } from '../format.ts';
import { useLoaded } from '../parts/load.ts';
import { Shown } from '../parts/notice.tsx';
import { Scroller } from '../parts/scroller.tsx';
import { texts } from '../texts.ts';

/** All tables of the account. */
export function DatasetsView(): JSX.Element {
  const loaded = useLoaded(listDatasets, []);
  const wanted = useSignal('');
  return (
    <>
      <h1>{texts.nav.datasets}</h1>
      <Shown loaded={loaded.value}>
        {(all) => {
          if (all.length === 0) {
            return (
              <p class="empty">
                {texts.datasets.none} <a href="/">{texts.datasets.goImport}</a>
              </p>
            );
          }
          const shown = all.filter(({ name }) => name.toLowerCase().includes(wanted.value.toLowerCase()));
          const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
          return (
            <>
              <div class="toolbar">
                <input
                  type="search"
                  placeholder={texts.datasets.search}
                  aria-label={texts.datasets.search}
                  value={wanted.value}
                  onInput={({ currentTarget }) => {
                    wanted.value = currentTarget.value;
                  }}
                />
                <p class="hint">{texts.datasets.usage(all.length, bytesText(bytes))}</p>
              </div>
              <Scroller label={texts.nav.datasets}>
                <table class="list">
                  <thead>
                    <tr>
                      <th scope="col">{texts.datasets.name}</th>
                      <th scope="col" class="number">
                        {texts.datasets.rows}
                      </th>
                      <th scope="col" class="number">
                        {texts.datasets.size}
                      </th>
                      <th scope="col">{texts.datasets.privacy}</th>
                      <th scope="col">{texts.datasets.changed}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((one) => (
                      <tr key={one.id}>
                        <th scope="row">
                          <a href={`/app/datasets/${encodeURIComponent(one.name)}`}>{one.name}</a>
                          {one.synchronization_id === null ? null : <span class="tag">{texts.datasets.synced}</span>}
                          {one.is_raster ? <span class="tag">{texts.datasets.raster}</span> : null}
                        </th>
                        <td class="number">{countText(one.rows)}</td>
                        <td class="number">{bytesText(one.bytes)}</td>
                        <td>{texts.privacy[one.privacy]}</td>
                        <td class="when">{agoText(one.updated_at)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroller>
            </>
          );
        }}
      </Shown>
    </>
  );
}
