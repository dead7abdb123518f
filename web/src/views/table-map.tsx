import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type DatasetDetails, findTiles } from '../api/datasets.ts';
import type { MapOfTable } from '../map/table-map.ts';
import { conditions, type Filter } from '../sql.ts';
import { texts } from '../texts.ts';

/** The table on a map. The map library is loaded when the first map is shown. */
export function TableMap({
  table,
  filters,
}: {
  readonly table: DatasetDetails;
  readonly filters: readonly Filter[];
}): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const map = useRef<MapOfTable | null>(null);
  const note = useSignal<string>(texts.loading);
  const problem = useSignal<string | null>(null);

  useEffect(() => {
    const gone = new AbortController();
    const element = place.current;
    if (element === null) return;
    const tiles = findTiles(table.name);
    // Told of below: until the library is there, nobody else waits for it.
    tiles.catch(() => undefined);
    import('../map/table-map.ts')
      .then(({ showTable }) =>
        showTable(element, table, {
          tiles,
          signal: gone.signal,
          filters,
          onNote: (text) => {
            note.value = text;
          },
          onProblem: (text) => {
            problem.value = text;
          },
        }),
      )
      .then((shown) => {
        map.current = shown;
      })
      .catch((error: unknown) => {
        if (!gone.signal.aborted) problem.value = texts.map.failed(error instanceof Error ? error.message : '');
      });
    return () => {
      gone.abort();
      map.current?.remove();
      map.current = null;
    };
  }, [table.name]);

  // The first filters go with the map itself.
  useEffect(() => map.current?.setFilters(filters), [conditions(filters)]);

  return (
    <section class="map-part" aria-label={texts.map.title}>
      <div ref={place} class="map" />
      <p class="hint" role="status">
        {problem.value ?? note.value}
      </p>
    </section>
  );
}
