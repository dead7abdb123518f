import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type DatasetDetails, findDataset } from '../api/datasets.ts';
import { createMap } from '../api/maps.ts';
import { agoText, bytesText, geometryText } from '../format.ts';
import { attempt } from '../parts/attempt.ts';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { type Tab, Tabs } from '../parts/tabs.tsx';
import { go } from '../router.ts';
import type { Filter } from '../sql.ts';
import { texts } from '../texts.ts';
import { ColumnsTab } from './dataset-columns.tsx';
import { OriginTab } from './dataset-origin.tsx';
import { SettingsTab } from './dataset-settings.tsx';
import { UseTab } from './dataset-use.tsx';
import { Grid } from './grid.tsx';
import { RunsOf } from './sync-runs.tsx';
import { TableMap } from './table-map.tsx';

/** One table: its rows and its map, its columns, where it came from, and how to use it elsewhere. */
export function DatasetView({ name }: { readonly name: string }): JSX.Element {
  const again = useSignal(0);
  const loaded = useLoaded(() => findDataset(name), [name, again.value]);
  const chosen = useSignal('data');
  return (
    <>
      {loaded.value.problem === null ? null : (
        <p>
          <a href="/app/datasets">{texts.nav.datasets}</a>
        </p>
      )}
      <Shown loaded={loaded.value}>
        {(table) => (
          <Dataset
            table={table}
            chosen={chosen}
            onChange={() => {
              again.value++;
            }}
          />
        )}
      </Shown>
    </>
  );
}

function Dataset({
  table,
  chosen,
  onChange,
}: {
  readonly table: DatasetDetails;
  readonly chosen: Signal<string>;
  readonly onChange: () => void;
}): JSX.Element {
  const filters = useSignal<readonly Filter[]>([]);
  const problem = useSignal<string | null>(null);
  const rejects = table.imports.reduce((sum, one) => sum + one.rejects, 0);
  const isMap = table.geometry_type !== null || table.is_raster;
  const { synchronization_id: sync } = table;
  const tabs: readonly Tab[] = [
    {
      id: 'data',
      label: texts.dataset.data,
      show: () => (
        <div class={isMap ? 'beside' : ''}>
          <Grid table={table} filters={filters} />
          {isMap ? <TableMap table={table} filters={filters.value} /> : null}
        </div>
      ),
    },
    { id: 'columns', label: texts.dataset.columns, show: () => <ColumnsTab table={table} /> },
    {
      id: 'origin',
      label: rejects === 0 ? texts.dataset.origin : texts.dataset.originWith(rejects),
      show: () => <OriginTab table={table} />,
    },
    ...(sync === null ? [] : [{ id: 'runs', label: texts.dataset.runs, show: () => <RunsOf id={sync} /> }]),
    { id: 'use', label: texts.dataset.use, show: () => <UseTab table={table} /> },
    { id: 'settings', label: texts.settings.tab, show: () => <SettingsTab table={table} onChange={onChange} /> },
  ];
  return (
    <>
      <div class="page-head with-action">
        <div>
          <h1>{table.name}</h1>
          <p class="hint">
            {texts.rows(table.rows)} · {bytesText(table.bytes)} ·{' '}
            {table.is_raster
              ? texts.datasets.raster
              : table.geometry_type === null
                ? texts.dataset.noGeometry
                : geometryText(table.geometry_type)}{' '}
            · {texts.dataset.changed(agoText(table.updated_at))}
            <span class="tag">{texts.privacy[table.privacy]}</span>
          </p>
        </div>
        {isMap ? (
          <button
            type="button"
            class="small"
            onClick={() =>
              void attempt(problem, async () => go(`/app/maps/${(await createMap(table.name, [table.name])).id}`))
            }
          >
            {texts.maps.openAs}
          </button>
        ) : null}
        {problem.value === null ? null : <Problem text={problem.value} />}
      </div>
      <Tabs tabs={tabs} label={texts.dataset.parts} chosen={chosen} />
    </>
  );
}
