import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { ApiError } from '../api/session.ts';
import { type ArcgisLayer, listArcgisLayers } from '../api/sources.ts';
import { countText } from '../format.ts';
import { Checklist } from '../parts/checklist.tsx';
import { Problem } from '../parts/notice.tsx';
import { texts } from '../texts.ts';
import { TakeChosen } from './take-chosen.tsx';

const hintOf = ({ geometry_type: type, count }: ArcgisLayer): string =>
  [
    type === null ? texts.arcgis.table : (texts.arcgis.geometries[type] ?? type),
    ...(count === null ? [] : [texts.rows(count)]),
  ].join(' · ');

/** Layers and tables of an ArcGIS server, to be ticked. */
export function ImportArcgis(): JSX.Element {
  const layers = useSignal<readonly ArcgisLayer[] | null>(null);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const token = useSignal('');
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);

  async function look(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    isBusy.value = true;
    problem.value = null;
    layers.value = null;
    try {
      token.value = String(form.get('token')).trim();
      layers.value = await listArcgisLayers(String(form.get('url')).trim(), token.value);
      const [only] = layers.value;
      chosen.value = new Set(layers.value.length === 1 && only !== undefined ? [only.url] : []);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
    } finally {
      isBusy.value = false;
    }
  }

  const taken = (layers.value ?? []).filter(({ url }) => chosen.value.has(url));
  return (
    <section class="card stack source" aria-busy={isBusy.value}>
      <form class="fields" onSubmit={(event) => void look(event)}>
        <label class="whole">
          {texts.arcgis.url}
          <input name="url" type="url" required placeholder="https://…/rest/services/…/FeatureServer" />
        </label>
        <label>
          {texts.arcgis.token}
          <input name="token" type="password" autocomplete="off" />
        </label>
        <button type="submit" class="main" disabled={isBusy.value}>
          {isBusy.value ? texts.import.looking : texts.arcgis.look}
        </button>
      </form>
      <p class="hint">{texts.arcgis.hint}</p>
      {problem.value === null ? null : <Problem text={problem.value} />}
      {layers.value === null ? null : (
        <>
          <Checklist
            label={texts.arcgis.found(countText(layers.value.length))}
            choices={layers.value.map((layer) => ({ id: layer.url, label: layer.name, hint: hintOf(layer) }))}
            chosen={chosen}
          />
          <TakeChosen
            taken={taken.map(({ name, url }) => ({
              name,
              wish: {
                service_name: 'arcgis',
                service_item_id: url,
                ...(token.value === '' ? {} : { token: token.value }),
              },
            }))}
            onTaken={() => {
              chosen.value = new Set();
            }}
          />
        </>
      )}
    </section>
  );
}
