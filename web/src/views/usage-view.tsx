import type { JSX } from 'preact';
import { type Dataset, listDatasets } from '../api/datasets.ts';
import type { ImportStatus } from '../api/imports.ts';
import { listSyncs, type Sync } from '../api/syncs.ts';
import { findUsage, type Usage } from '../api/usage.ts';
import { agoText, bytesText, countText } from '../format.ts';
import { imports } from '../imports.ts';
import { Tops } from '../parts/bars.tsx';
import { useLoaded } from '../parts/load.ts';
import { Shown } from '../parts/notice.tsx';
import { texts } from '../texts.ts';

/** Tables named by their size. */
const LARGEST = 10;

/** What the account holds, what it did lately, and what of it needs a look. */
export function UsageView(): JSX.Element {
  const loaded = useLoaded(async () => {
    const [tables, syncs, usage] = await Promise.all([listDatasets(), listSyncs(), findUsage()]);
    return { tables, syncs, usage };
  }, []);
  return (
    <>
      <h1>{texts.nav.usage}</h1>
      <Shown loaded={loaded.value}>
        {({ tables, syncs, usage }) => (
          <div class="facts-grid">
            <Place tables={tables} usage={usage} />
            <Imports totals={usage.imports} latest={imports.value} />
            <Following syncs={syncs} />
            {tables.length === 0 ? null : <Largest tables={tables} />}
          </div>
        )}
      </Shown>
    </>
  );
}

function Place({ tables, usage }: { readonly tables: readonly Dataset[]; readonly usage: Usage }): JSX.Element {
  const { usedBytes: used, allowedBytes: allowed } = usage;
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  return (
    <section class="card">
      <h2>{texts.usage.place}</h2>
      <p class="figure">{bytesText(used)}</p>
      {allowed === null ? null : (
        <>
          <meter min={0} max={allowed} value={Math.min(used, allowed)} aria-label={texts.usage.place} />
          <p class="hint">{texts.usage.left(bytesText(Math.max(0, allowed - used)), bytesText(allowed))}</p>
        </>
      )}
      <p class="hint">{texts.usage.tables(tables.length, rows)}</p>
      <a href="/app/datasets">{texts.nav.datasets}</a>
    </section>
  );
}

function Imports({
  totals: { done, failed, running },
  latest,
}: {
  readonly totals: Usage['imports'];
  readonly latest: readonly ImportStatus[];
}): JSX.Element {
  return (
    <section class="card">
      <h2>{texts.usage.imports}</h2>
      <p class="figure">{countText(done + failed + running)}</p>
      <p class="hint">{texts.usage.outcomes(done, failed, running)}</p>
      <Latest
        items={latest
          .filter(({ state }) => state === 'failure')
          .map((one) => ({
            id: one.id,
            name: one.display_name,
            what: `${one.get_error_text?.title ?? ''} · ${agoText(one.updated_at)}`,
          }))}
      />
      <a href="/">{texts.nav.import}</a>
    </section>
  );
}

function Following({ syncs }: { readonly syncs: readonly Sync[] }): JSX.Element {
  const failing = syncs.filter(({ state }) => state === 'failure');
  return (
    <section class="card">
      <h2>{texts.nav.syncs}</h2>
      <p class="figure">{countText(syncs.length)}</p>
      <p class={failing.length === 0 ? 'hint' : 'problem'}>{texts.usage.failing(failing.length)}</p>
      <Latest
        items={failing.map((one) => ({
          id: one.id,
          name: one.name ?? texts.syncs.unnamed,
          what: one.error_message ?? '',
          to: `/app/syncs/${one.id}`,
        }))}
      />
      <a href="/app/syncs">{texts.nav.syncs}</a>
    </section>
  );
}

interface Item {
  readonly id: string;
  readonly name: string;
  readonly what: string;
  readonly to?: string;
}

/** The first of a list that need a look. */
function Latest({ items }: { readonly items: readonly Item[] }): JSX.Element | null {
  if (items.length === 0) return null;
  return (
    <ul class="latest">
      {items.slice(0, 5).map(({ id, name, what, to }) => (
        <li key={id}>
          {to === undefined ? <strong>{name}</strong> : <a href={to}>{name}</a>} <span class="hint">{what}</span>
        </li>
      ))}
    </ul>
  );
}

function Largest({ tables }: { readonly tables: readonly Dataset[] }): JSX.Element {
  const largest = tables.toSorted((one, other) => other.bytes - one.bytes).slice(0, LARGEST);
  return (
    <section class="card">
      <h2>{texts.usage.largest}</h2>
      <Tops tops={largest.map(({ name, bytes }) => ({ value: name, count: bytes }))} write={bytesText} />
    </section>
  );
}
