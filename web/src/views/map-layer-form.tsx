import type { JSX } from 'preact';
import { findDataset } from '../api/datasets.ts';
import type { MapLayer } from '../api/maps.ts';
import {
  columnsFor,
  FEWEST_CLASSES,
  isClassed,
  kindsFor,
  MOST_CLASSES,
  type Paint,
  ramps,
  sets,
  withKind,
  withStopColour,
} from '../map-paint.ts';
import { Field, useDraft } from '../parts/field.tsx';
import { useLoaded } from '../parts/load.ts';
import { Shown } from '../parts/notice.tsx';
import type { Column } from '../sql.ts';
import { texts } from '../texts.ts';

interface Props {
  readonly layer: MapLayer;
  /** Told what becomes of the layer as it is then. */
  readonly onChange: (how: (layer: MapLayer) => MapLayer) => void;
}

/** How one layer is called, drawn and told of. */
export function MapLayerForm({ layer, onChange }: Props): JSX.Element {
  const loaded = useLoaded(() => findDataset(layer.table), [layer.table]);
  return (
    <div class="layer-form">
      <div>
        <span class="label">{texts.maps.titleOf}</span>
        <Field
          label={texts.maps.titleOf}
          value={layer.title}
          onCommit={(title) => onChange((one) => ({ ...one, title: title.trim() === '' ? one.table : title }))}
        />
      </div>
      <Shown loaded={loaded.value}>
        {({ columns }) => (
          <>
            <PaintFields layer={layer} onChange={onChange} columns={columns} />
            {layer.geometry === 'raster' ? null : <Popup layer={layer} onChange={onChange} columns={columns} />}
          </>
        )}
      </Shown>
      <p class="hint">
        <a href={`/app/datasets/${encodeURIComponent(layer.table)}`}>{layer.table}</a>
      </p>
    </div>
  );
}

interface WithColumns extends Props {
  readonly columns: readonly Column[];
}

function PaintFields({ layer, onChange, columns }: WithColumns): JSX.Element {
  const { paint, geometry } = layer;
  const count = useDraft(String(paint.classes ?? ''));
  const repaint = (how: (paint: Paint) => Paint): void => onChange((one) => ({ ...one, paint: how(one.paint) }));
  const set = (changed: Partial<Paint>): void => repaint((before) => ({ ...before, ...changed }));
  const kinds = kindsFor(layer, columns);
  const palettes = paint.kind === 'categories' ? sets : isClassed(paint.kind) ? ramps : [];
  return (
    <>
      {kinds.length === 1 ? null : (
        <label>
          {texts.maps.drawn}
          <select
            value={paint.kind}
            onChange={({ currentTarget }) => {
              const kind = kinds.find((one) => one === currentTarget.value);
              if (kind !== undefined) repaint((before) => withKind(before, kind, columns));
            }}
          >
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {texts.maps.kinds[kind]}
              </option>
            ))}
          </select>
        </label>
      )}
      {paint.column === null ? null : (
        <label>
          {texts.maps.by}
          <select
            value={paint.column}
            onChange={({ currentTarget }) => set({ column: currentTarget.value, stops: null })}
          >
            {columnsFor(paint.kind, columns).map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      {isClassed(paint.kind) ? (
        <label>
          {texts.maps.classes}
          <input
            type="number"
            min={FEWEST_CLASSES}
            max={MOST_CLASSES}
            value={count.value}
            onInput={({ currentTarget }) => {
              count.value = currentTarget.value;
            }}
            onChange={() => {
              const classes = Number(count.value);
              if (classes >= FEWEST_CLASSES && classes <= MOST_CLASSES) set({ classes, stops: null });
              else count.value = String(paint.classes ?? '');
            }}
          />
        </label>
      ) : null}
      {palettes.length === 0 ? null : (
        <label>
          {texts.maps.palette}
          <select
            value={paint.palette ?? ''}
            onChange={({ currentTarget }) => set({ palette: currentTarget.value, stops: null })}
          >
            {palettes.map((name) => (
              <option key={name} value={name}>
                {texts.maps.palettes[name]}
              </option>
            ))}
          </select>
        </label>
      )}
      {paint.kind === 'raster' ? null : (
        <Colour
          label={paint.kind === 'simple' || paint.kind === 'bubbles' ? texts.maps.colour : texts.maps.otherColour}
          value={paint.color}
          onChange={(color) => set({ color })}
        />
      )}
      <Slider
        label={texts.maps.opacity}
        value={paint.opacity}
        least={0}
        most={1}
        step={0.05}
        onChange={(opacity) => set({ opacity })}
      />
      {paint.kind === 'raster' ? null : (
        <Slider
          label={geometry === 'line' ? texts.maps.width : texts.maps.outline}
          value={paint.width}
          least={0}
          most={10}
          step={0.5}
          onChange={(width) => set({ width })}
        />
      )}
      {geometry === 'point' && paint.kind !== 'bubbles' ? (
        <Slider
          label={texts.maps.radius}
          value={paint.radius}
          least={1}
          most={30}
          step={0.5}
          onChange={(radius) => set({ radius })}
        />
      ) : null}
      <StopColours paint={paint} onChange={(at, color) => repaint((before) => withStopColour(before, at, color))} />
    </>
  );
}

/** The colours of classes and categories, each to be changed by itself. */
function StopColours({
  paint,
  onChange,
}: {
  readonly paint: Paint;
  readonly onChange: (at: number, color: string) => void;
}): JSX.Element | null {
  const stops = (paint.stops ?? []).filter(({ color }) => color !== undefined);
  if (stops.length === 0) return null;
  return (
    <fieldset class="stops">
      <legend>{texts.maps.colours}</legend>
      {stops.map(({ value, from, to, color }, at) => (
        <Colour
          key={at}
          label={value === undefined ? texts.maps.range(from ?? 0, to ?? 0) : String(value)}
          value={color ?? ''}
          onChange={(changed) => onChange(at, changed)}
        />
      ))}
    </fieldset>
  );
}

function Colour({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}): JSX.Element {
  return (
    <label class="colour">
      <input type="color" value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)} />
      <span>{label}</span>
    </label>
  );
}

function Slider({
  label,
  value,
  least,
  most,
  step,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}): JSX.Element {
  return (
    <label>
      {label}
      <input
        type="range"
        min={least}
        max={most}
        step={step}
        value={String(value)}
        onChange={({ currentTarget }) => onChange(Number(currentTarget.value))}
      />
    </label>
  );
}

/** Columns that a popup may have. */
const MOST_POPUP = 50;

function Popup({ layer, onChange, columns }: WithColumns): JSX.Element {
  const shown = layer.popup.columns ?? [];
  const offered = columns.filter(({ name }) => !name.startsWith('the_geom')).slice(0, MOST_POPUP);
  return (
    <fieldset class="popup-columns">
      <legend>{texts.maps.popup}</legend>
      {offered.map(({ name }) => (
        <label key={name} class="check">
          <input
            type="checkbox"
            checked={shown.includes(name)}
            onChange={({ currentTarget }) => {
              const chosen = offered
                .map((one) => one.name)
                .filter((one) => (one === name ? currentTarget.checked : shown.includes(one)));
              onChange((one) => ({ ...one, popup: { columns: chosen.length === 0 ? null : chosen } }));
            }}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
