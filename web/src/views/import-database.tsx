import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { ApiError } from '../api/session.ts';
import {
  type ConnectionOf,
  keepConnection,
  listConnections,
  listProviders,
  listRemoteTables,
  type RemoteTable,
} from '../api/sources.ts';
import { countText } from '../format.ts';
import { Checklist } from '../parts/checklist.tsx';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { texts } from '../texts.ts';
import { ConnectionFields } from './connection-fields.tsx';
import { TakeChosen } from './take-chosen.tsx';

interface Found {
  readonly provider: string;
  readonly of: ConnectionOf;
  readonly tables: readonly RemoteTable[];
}

const idOf = ({ schema, name }: RemoteTable): string => JSON.stringify([schema, name]);

/** Tables of another database, to be ticked. What opens it stays in this component, and goes with it. */
export function ImportDatabase(): JSX.Element {
  const again = useSignal(0);
  const known = useLoaded(
    async () => ({ providers: await listProviders(), kept: await listConnections() }),
    [again.value],
  );
  const found = useSignal<Found | null>(null);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const source = useSignal('');
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);

  async function connectionOf(form: FormData, provider: string): Promise<ConnectionOf> {
    const values = [...form].map(([name, value]) => [name, String(value)] as const);
    const isOf = ([name, value]: readonly [string, string]): boolean =>
      value !== '' && !['source', 'keep_as'].includes(name);
    const connection = Object.fromEntries(values.filter(isOf));
    const name = String(form.get('keep_as') ?? '').trim();
    if (name === '') return { connection };
    const id = await keepConnection(name, provider, connection);
    again.value++;
    source.value = `kept ${id}`;
    return { connection_id: id };
  }

  async function look(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    const [kind, id = ''] = String(form.get('source')).split(' ');
    isBusy.value = true;
    problem.value = null;
    found.value = null;
    chosen.value = new Set();
    try {
      const kept = known.value.value?.kept.find((one) => kind === 'kept' && one.id === id);
      const provider = kept?.connector ?? id;
      const of = kept === undefined ? await connectionOf(form, provider) : { connection_id: kept.id };
      found.value = { provider, of, tables: await listRemoteTables(provider, of) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
    } finally {
      isBusy.value = false;
    }
  }

  return (
    <section class="card stack source" aria-busy={isBusy.value}>
      <Shown loaded={known.value}>
        {({ providers, kept }) => {
          const current = source.value === '' ? `new ${providers[0]?.id ?? ''}` : source.value;
          const [kind, id = ''] = current.split(' ');
          return (
            <form class="fields" onSubmit={(event) => void look(event)}>
              <label class="whole">
                {texts.database.source}
                <select
                  name="source"
                  value={current}
                  onChange={({ currentTarget }) => {
                    source.value = currentTarget.value;
                    found.value = null;
                    problem.value = null;
                  }}
                >
                  {kept.length === 0 ? null : (
                    <optgroup label={texts.database.kept}>
                      {kept.map((one) => (
                        <option key={one.id} value={`kept ${one.id}`}>
                          {one.name}
                        </option>
                      ))}
                    </optgroup>
                  )}
                  <optgroup label={texts.database.another}>
                    {providers.map((one) => (
                      <option key={one.id} value={`new ${one.id}`}>
                        {one.name}
                      </option>
                    ))}
                  </optgroup>
                </select>
              </label>
              {kind === 'new' ? (
                <>
                  <ConnectionFields provider={id} />
                  <label class="whole">
                    {texts.database.keepAs}
                    <input name="keep_as" maxLength={200} autocomplete="off" aria-describedby="keep-hint" />
                  </label>
                  <p id="keep-hint" class="hint whole">
                    {texts.database.keepHint}
                  </p>
                </>
              ) : null}
              <button type="submit" class="main" disabled={isBusy.value}>
                {isBusy.value ? texts.import.looking : texts.database.look}
              </button>
            </form>
          );
        }}
      </Shown>
      {problem.value === null ? null : <Problem text={problem.value} />}
      {found.value === null ? null : <Tables found={found.value} chosen={chosen} />}
    </section>
  );
}

function Tables({
  found: { provider, of, tables },
  chosen,
}: {
  readonly found: Found;
  readonly chosen: Parameters<typeof Checklist>[0]['chosen'];
}): JSX.Element {
  const taken = tables.filter((table) => chosen.value.has(idOf(table)));
  return (
    <>
      <Checklist
        label={texts.database.found(countText(tables.length))}
        choices={tables.map((table) => ({ id: idOf(table), label: table.name, hint: table.schema }))}
        chosen={chosen}
      />
      <TakeChosen
        taken={taken.map(({ schema, name }) => ({
          name: `${schema}.${name}`,
          wish: { connector: { provider, ...of, schema, table: name } },
        }))}
        onTaken={() => {
          chosen.value = new Set();
        }}
      />
    </>
  );
}
