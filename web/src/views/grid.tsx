import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type DatasetDetails, query } from '../api/datasets.ts';
import { countText } from '../format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { Scroller } from '../parts/scroller.tsx';
import {
  type Column,
  type Cursor,
  countQuery,
  type Filter,
  isSortable,
  kindOf,
  type Order,
  pageQuery,
  rowQuery,
} from '../sql.ts';
import { texts } from '../texts.ts';
import { Filters } from './filters.tsx';

/** Rows of a page. */
const PAGE_ROWS = 100;

type Row = Readonly<Record<string, string | null>>;

/** Columns that tell the reader nothing: the twin of the geometry, and a geometry that no row has. */
function isShown({ name }: Column, table: DatasetDetails): boolean {
  if (name === 'the_geom') return table.geometry_type !== null;
  return name !== 'the_geom_webmercator' && name !== 'the_raster_webmercator';
}

/** A table of so many rows is counted when its page is drawn: until then the database has the map to see to. */
const MANY_ROWS = 100_000;
const PATIENCE_MS = 1_500;

/** The rows of a table: paged, put in order and filtered by the database. */
export function Grid({
  table,
  filters,
}: {
  readonly table: DatasetDetails;
  readonly filters: Signal<readonly Filter[]>;
}): JSX.Element {
  const columns: readonly Column[] = table.columns.filter((column) => isShown(column, table));
  const order = useSignal<Order | null>(null);
  /** Where the pages so far began, the one that is shown last. */
  const cursors = useSignal<readonly (Cursor | null)[]>([null]);
  const opened = useSignal<string | null>(null);
  const after = cursors.value.at(-1) ?? null;
  const options = { filters: filters.value, order: order.value, after, most: PAGE_ROWS };
  const page = useLoaded(
    (signal) => query<Row>(pageQuery(table.name, columns, options), signal),
    [table.name, order.value, filters.value, after],
  );
  const count = useLoaded(
    async (signal) => {
      if (filters.value.length === 0 && table.rows >= MANY_ROWS) await new Promise((go) => setTimeout(go, PATIENCE_MS));
      return query<{ count: number }>(countQuery(table.name, filters.value), signal);
    },
    [table.name, filters.value],
  );
  const rows = page.value.value ?? [];
  const last = rows.at(-1);
  const first = (cursors.value.length - 1) * PAGE_ROWS + 1;
  const total = count.value.value?.[0]?.count;

  function sortBy(column: string): void {
    const is = order.value?.column === column;
    order.value = is && order.value?.isDescending ? null : { column, isDescending: is };
    cursors.value = [null];
  }
  function filterBy(changed: readonly Filter[]): void {
    filters.value = changed;
    cursors.value = [null];
  }

  return (
    <section class="grid-part" aria-label={texts.dataset.data}>
      <Filters columns={columns} filters={filters.value} onChange={filterBy} />
      {page.value.problem === null ? null : <Problem text={page.value.problem} />}
      <Scroller class="grid" label={texts.grid.rows} isBusy={page.value.isBusy}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.name} column={column} order={order.value} onSort={sortBy} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                {columns.map((column, at) => (
                  <Cell key={column.name} column={column} value={row[`c${at}`] ?? null} row={row} opened={opened} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      <div class="pager">
        <button
          type="button"
          disabled={cursors.value.length === 1}
          onClick={() => {
            cursors.value = cursors.value.slice(0, -1);
          }}
        >
          {texts.grid.previous}
        </button>
        <p class="hint" aria-live="polite">
          {rows.length === 0
            ? page.value.isBusy
              ? texts.loading
              : texts.grid.none
            : texts.grid.range(countText(first), countText(first + rows.length - 1), total)}
        </p>
        <button
          type="button"
          disabled={rows.length < PAGE_ROWS || last === undefined}
          onClick={() => {
            cursors.value = [...cursors.value, { value: last?.k ?? null, id: last?.id ?? '0' }];
          }}
        >
          {texts.grid.next}
        </button>
      </div>
      {opened.value === null ? null : <RowDialog table={table} columns={columns} id={opened} />}
    </section>
  );
}

function Heading({
  column,
  order,
  onSort,
}: {
  readonly column: Column;
  readonly order: Order | null;
  readonly onSort: (column: string) => void;
}): JSX.Element {
  const sorted = order?.column !== column.name ? undefined : order.isDescending ? 'descending' : 'ascending';
  return (
    <th scope="col" aria-sort={sorted} class={kindOf(column.type) === 'number' ? 'number' : ''}>
      {isSortable(column) ? (
        <button type="button" class="plain" onClick={() => onSort(column.name)}>
          {column.name}
          <span aria-hidden="true">{sorted === 'descending' ? ' ↓' : sorted === 'ascending' ? ' ↑' : ''}</span>
        </button>
      ) : (
        column.name
      )}
    </th>
  );
}

function Cell({
  column,
  value,
  row,
  opened,
}: {
  readonly column: Column;
  readonly value: string | null;
  readonly row: Row;
  readonly opened: Signal<string | null>;
}): JSX.Element {
  if (column.name === 'cartodb_id') {
    return (
      <td class="number">
        <button
          type="button"
          class="plain row-link"
          aria-label={texts.grid.open(row.id ?? '')}
          onClick={() => {
            opened.value = row.id ?? null;
          }}
        >
          {value}
        </button>
      </td>
    );
  }
  const kind = kindOf(column.type);
  return (
    <td class={kind === 'number' ? 'number' : kind === 'geometry' ? 'shape' : ''}>
      {value === null ? <span class="null">null</span> : value}
    </td>
  );
}

/** A row by itself, with its long values in full. */
function RowDialog({
  table,
  columns,
  id,
}: {
  readonly table: DatasetDetails;
  readonly columns: readonly Column[];
  readonly id: Signal<string | null>;
}): JSX.Element {
  const loaded = useLoaded(() => query<Row>(rowQuery(table.name, columns, id.value ?? '0')), [id.value]);
  return (
    <Dialog
      title={texts.grid.row(id.value ?? '')}
      onClose={() => {
        id.value = null;
      }}
    >
      <Shown loaded={loaded.value}>
        {([row]) => (
          <dl class="row-values">
            {columns.map(({ name }, at) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{row?.[`c${at}`] ?? <span class="null">null</span>}</dd>
              </div>
            ))}
          </dl>
        )}
      </Shown>
    </Dialog>
  );
}
