import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { DatasetDetails } from '../api/datasets.ts';
import { correctRejects, findRejects, findReport, type Reject } from '../api/imports.ts';
import { ApiError } from '../api/session.ts';
import { agoText, countText } from '../format.ts';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { Scroller } from '../parts/scroller.tsx';
import { texts } from '../texts.ts';
import { EvidenceTable } from './evidence.tsx';
import { Warnings } from './import-card.tsx';

/** Where the rows came from: the imports, the evidence for each type, and what could not be loaded as asked. */
export function OriginTab({ table }: { readonly table: DatasetDetails }): JSX.Element {
  const chosen = useSignal(table.imports[0]?.id ?? null);
  if (chosen.value === null) return <p class="empty">{texts.origin.none}</p>;
  return (
    <>
      <Scroller label={texts.dataset.origin}>
        <table class="list">
          <thead>
            <tr>
              <th scope="col">{texts.origin.source}</th>
              <th scope="col">{texts.origin.layer}</th>
              <th scope="col" class="number">
                {texts.datasets.rows}
              </th>
              <th scope="col" class="number">
                {texts.origin.rejects}
              </th>
              <th scope="col">{texts.origin.when}</th>
            </tr>
          </thead>
          <tbody>
            {table.imports.map((one) => (
              <tr key={one.id}>
                <th scope="row">
                  <button
                    type="button"
                    class="plain link"
                    aria-pressed={one.id === chosen.value}
                    onClick={() => {
                      chosen.value = one.id;
                    }}
                  >
                    {one.source}
                  </button>
                </th>
                <td>{one.layer}</td>
                <td class="number">{countText(one.rows)}</td>
                <td class="number">{countText(one.rejects)}</td>
                <td class="when">{agoText(one.created_at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      <ImportOf key={chosen.value} id={chosen.value} table={table.name} />
    </>
  );
}

function ImportOf({ id, table }: { readonly id: string; readonly table: string }): JSX.Element {
  const report = useLoaded(() => findReport(id), [id]);
  return (
    <>
      <Rejects id={id} />
      <Shown loaded={report.value}>
        {({ tables }) => (
          <>
            {tables
              .filter(({ name }) => name === table)
              .map((layer) => (
                <section key={layer.layer}>
                  <h2>{texts.origin.evidence}</h2>
                  <p class="hint">
                    {[layer.file ?? layer.layer, layer.encoding, `EPSG:${layer.srid}`]
                      .filter((part) => part !== null)
                      .join(' · ')}
                  </p>
                  <Warnings warnings={layer.warnings} />
                  <EvidenceTable columns={layer.columns} />
                </section>
              ))}
          </>
        )}
      </Shown>
    </>
  );
}

/** What could not be loaded as asked, each with a place for the value that shall stand there. */
function Rejects({ id }: { readonly id: string }): JSX.Element | null {
  const again = useSignal(0);
  const told = useSignal<string | null>(null);
  const problem = useSignal<string | null>(null);
  const loaded = useLoaded(() => findRejects(id), [id, again.value]);
  const page = loaded.value.value;

  async function correct(event: SubmitEvent, rejects: readonly Reject[]): Promise<void> {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    const corrections = rejects.flatMap(({ layer, row, column, raw }, at) => {
      const value = String(form.get(`r${at}`) ?? raw);
      return value === raw ? [] : [{ layer, row, column, value }];
    });
    if (corrections.length === 0) return;
    try {
      const { cells, remaining } = await correctRejects(id, corrections);
      told.value = texts.rejects.corrected(cells, remaining);
      problem.value = null;
      again.value++;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
    }
  }

  if (page === null) return null;
  if (page.total_entries === 0) return <p class="hint">{told.value ?? texts.rejects.none}</p>;
  return (
    <section>
      <h2>{texts.rejects.title(page.total_entries)}</h2>
      <p class="hint">
        {texts.rejects.explain}{' '}
        <a href={`/api/v1/imports/${id}/rejects?format=csv`} download="rejects.csv">
          {texts.rejects.download}
        </a>
      </p>
      <form onSubmit={(event) => void correct(event, page.rejects)}>
        <Scroller label={texts.rejects.explain}>
          <table class="list">
            <thead>
              <tr>
                <th scope="col" class="number">
                  {texts.rejects.row}
                </th>
                <th scope="col">{texts.rejects.column}</th>
                <th scope="col">{texts.rejects.why}</th>
                <th scope="col">{texts.rejects.value}</th>
              </tr>
            </thead>
            <tbody>
              {page.rejects.map(({ row, column, raw, rule }, at) => (
                <tr key={`${row} ${column} ${at}`}>
                  <td class="number">{countText(row)}</td>
                  <td>{column ?? texts.rejects.wholeRow}</td>
                  <td class="why">{texts.rejects.rules[rule] ?? rule.replaceAll('_', ' ')}</td>
                  <td>
                    {column === null ? (
                      <code>{raw}</code>
                    ) : (
                      <input name={`r${at}`} defaultValue={raw} aria-label={texts.rejects.correct(row, column)} />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
        {problem.value === null ? null : <Problem text={problem.value} />}
        <p class="row start">
          <button type="submit">{texts.rejects.submit}</button>
          <span role="status">{told.value}</span>
        </p>
      </form>
    </section>
  );
}
