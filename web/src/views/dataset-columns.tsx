import type { JSX } from 'preact';
import { type DatasetDetails, query } from '../api/datasets.ts';
import { countText } from '../format.ts';
import { Bars, Tops } from '../parts/bars.tsx';
import { useLoaded } from '../parts/load.ts';
import { Shown } from '../parts/notice.tsx';
import { BARS, type Column, FACT_ROWS, factsQuery, histogramQuery, kindOf, topQuery } from '../sql.ts';
import { texts } from '../texts.ts';

/** Every column with what its values are like. */
export function ColumnsTab({ table }: { readonly table: DatasetDetails }): JSX.Element {
  const shown = table.columns.filter(({ name, type }) => name !== 'the_geom_webmercator' && type !== 'raster');
  return (
    <>
      {table.rows > FACT_ROWS ? <p class="hint">{texts.columns.sampled(countText(FACT_ROWS))}</p> : null}
      <ul class="columns">
        {shown.map((column) => (
          <li key={column.name} class="card">
            <h2>{column.name}</h2>
            <p class="hint">
              <code>{column.type}</code>
              {column.source === null || column.source === column.name ? '' : ` · ${texts.columns.from(column.source)}`}
            </p>
            <Facts table={table.name} column={column} />
          </li>
        ))}
      </ul>
    </>
  );
}

interface FactRow {
  readonly rows: number;
  readonly present: number;
  readonly different: number | null;
  readonly low: string | null;
  readonly high: string | null;
}

/** Questions wait for each other, so that a wide table does not take every connection that the account has. */
let queue: Promise<unknown> = Promise.resolve();
function inTurn<T>(ask: () => Promise<T>): Promise<T> {
  const asked = queue.then(ask, ask);
  queue = asked.catch(() => undefined);
  return asked;
}

interface Found {
  readonly facts: FactRow | undefined;
  readonly bars: readonly number[];
  readonly tops: readonly { readonly value: string; readonly count: number }[];
}

async function find(table: string, column: Column, signal: AbortSignal): Promise<Found> {
  const kind = kindOf(column.type);
  const [facts] = await query<FactRow>(factsQuery(table, column), signal);
  if (kind === 'number' || kind === 'time') {
    const counted = await query<{ bar: number; count: number }>(histogramQuery(table, column), signal);
    const bars = Array.from({ length: BARS }, (_, at) => counted.find(({ bar }) => bar === at)?.count ?? 0);
    return { facts, bars, tops: [] };
  }
  if (kind !== 'text' && kind !== 'boolean') return { facts, bars: [], tops: [] };
  return { facts, bars: [], tops: await query(topQuery(table, column), signal) };
}

function Facts({ table, column }: { readonly table: string; readonly column: Column }): JSX.Element {
  const loaded = useLoaded((signal) => inTurn(() => find(table, column, signal)), [table, column.name]);
  return (
    <Shown loaded={loaded.value}>
      {({ facts, bars, tops }) => (
        <>
          {bars.length === 0 ? null : (
            <>
              <Bars counts={bars} label={texts.columns.histogram(column.name, facts?.low ?? '', facts?.high ?? '')} />
              <p class="ends">
                <span>{facts?.low}</span>
                <span>{facts?.high}</span>
              </p>
            </>
          )}
          {tops.length === 0 ? null : <Tops tops={tops} />}
          {facts === undefined ? null : (
            <p class="hint">
              {texts.columns.empty(facts.rows - facts.present, facts.rows)}
              {facts.different === null ? '' : ` · ${texts.columns.different(countText(facts.different))}`}
            </p>
          )}
        </>
      )}
    </Shown>
  );
}
