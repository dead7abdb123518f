import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { AnalyzedLayer, ColumnWish } from '../api/analyses.ts';
import type { ColumnEvidence } from '../api/imports.ts';
import { countText, geometryText } from '../format.ts';
import { Field } from '../parts/field.tsx';
import { Scroller } from '../parts/scroller.tsx';
import { columnTypes } from '../recipe.ts';
import { texts } from '../texts.ts';
import { rangeText, Why } from './evidence.tsx';
import { Warnings } from './import-card.tsx';
import { SampleMap } from './sample-map.tsx';

type OnWish = (source: string, change: Omit<ColumnWish, 'name'>) => void;

/** A layer as an import would find it, with its columns to change. */
export function ReviewLayer({
  layer,
  isOne,
  isLeft,
  onLeave,
  wishOf,
  onWish,
}: {
  readonly layer: AnalyzedLayer;
  /** Whether it is the only one: then there is nothing to choose. */
  readonly isOne: boolean;
  readonly isLeft: boolean;
  readonly onLeave: (isLeft: boolean) => void;
  readonly wishOf: (source: string) => ColumnWish | undefined;
  readonly onWish: OnWish;
}): JSX.Element {
  const { geometry, rejects } = layer;
  // The same list until the layer is another: the map is drawn anew with each.
  const shapes = useMemo(() => shapesOf(layer), [layer]);
  const facts = [
    layer.format,
    texts.rows(layer.rows),
    ...(layer.encoding === null ? [] : [layer.encoding]),
    ...(geometry === null
      ? [texts.dataset.noGeometry]
      : [geometryText(geometry.type ?? 'GEOMETRY'), `EPSG:${layer.srid}`, texts.review.located(geometry.count)]),
    ...(geometry === null || geometry.columns.length === 0 ? [] : [texts.review.from(geometry.columns.join(', '))]),
  ];
  return (
    <section class={`card layer ${isLeft ? 'left' : ''}`}>
      <div class="card-head">
        {isOne ? null : (
          <input
            type="checkbox"
            aria-label={texts.review.take(layer.name)}
            checked={!isLeft}
            onChange={({ currentTarget }) => onLeave(!currentTarget.checked)}
          />
        )}
        <h2 class="name">{layer.name}</h2>
      </div>
      <p class="hint">{facts.join(' · ')}</p>
      <Warnings warnings={layer.warnings} />
      {rejects.total_entries === 0 ? null : <p class="problem">{texts.review.rejects(rejects.total_entries)}</p>}
      <Columns columns={layer.columns} wishOf={wishOf} onWish={onWish} />
      <h3>{texts.review.sample}</h3>
      <div class={shapes.length === 0 ? '' : 'beside'}>
        <Sample layer={layer} />
        {shapes.length === 0 || isLeft ? null : <SampleMap shapes={shapes} />}
      </div>
    </section>
  );
}

function Columns({
  columns,
  wishOf,
  onWish,
}: {
  readonly columns: readonly ColumnEvidence[];
  readonly wishOf: (source: string) => ColumnWish | undefined;
  readonly onWish: OnWish;
}): JSX.Element {
  return (
    <Scroller label={texts.columns.title}>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{texts.review.name}</th>
            <th scope="col">{texts.evidence.type}</th>
            <th scope="col">{texts.evidence.why}</th>
            <th scope="col" class="number">
              {texts.evidence.empty}
            </th>
            <th scope="col">{texts.evidence.range}</th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => {
            const source = column.source === '' ? column.name : column.source;
            const types = [...new Set([column.type, ...columnTypes])];
            return (
              <tr key={source}>
                <td>
                  <Field
                    label={texts.review.rename(source)}
                    value={wishOf(source)?.rename ?? column.name}
                    onCommit={(name) => onWish(source, { rename: name.trim() })}
                  />
                </td>
                <td>
                  <select
                    aria-label={texts.review.typeOf(source)}
                    value={column.type}
                    onChange={({ currentTarget }) => onWish(source, { type: currentTarget.value })}
                  >
                    {types.map((type) => (
                      <option key={type}>{type}</option>
                    ))}
                  </select>
                </td>
                <td class="why">
                  <Why column={column} />
                </td>
                <td class="number">{countText(column.nulls)}</td>
                <td class="range">{rangeText(column)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroller>
  );
}

/** The geometries of a sample, which are in longitudes and latitudes. */
const shapesOf = ({ sample }: AnalyzedLayer): readonly GeoJSON.Geometry[] =>
  sample.flatMap(({ the_geom: shape }) => (shape === null || shape === undefined ? [] : [shape]));

const shapeText = (shape: GeoJSON.Geometry): string =>
  shape.type === 'Point' ? shape.coordinates.slice(0, 2).join(', ') : shape.type;

/** Characters of a sample's cell. */
const SHOWN = 80;

function shownValue(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function Sample({ layer }: { readonly layer: AnalyzedLayer }): JSX.Element {
  // The database keeps the keys of a row in an order of its own.
  const names = [...(layer.geometry === null ? [] : ['the_geom']), ...layer.columns.map(({ name }) => name)];
  return (
    <Scroller class="grid short" label={texts.review.sample}>
      <table>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {layer.sample.map((row, at) => (
            <tr key={at}>
              {names.map((name) => (
                <td key={name} class={typeof row[name] === 'number' ? 'number' : ''}>
                  {row[name] == null ? (
                    <span class="null">null</span>
                  ) : name === 'the_geom' && row.the_geom ? (
                    shapeText(row.the_geom)
                  ) : (
                    shownValue(row[name])
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
