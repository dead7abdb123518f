import { useSignal } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { MapStyle } from '../api/maps.ts';
import type { LegendEntry } from '../embed/shown-map.ts';
import type { StyledMap } from '../map/style-map.ts';
import { texts } from '../texts.ts';

/** The map as it is drawn, with its legend. The map library is loaded when the first map is shown. */
export function MapPicture({
  style,
  drawn,
  hasLegend,
}: {
  readonly style: MapStyle;
  /** Given the map when it is there. */
  readonly drawn: RefObject<StyledMap | null>;
  readonly hasLegend: boolean;
}): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(style);
  const problem = useSignal<string | null>(null);
  latest.current = style;

  useEffect(() => {
    const gone = new AbortController();
    import('../map/style-map.ts').then(
      ({ showStyle }) => {
        if (gone.signal.aborted || place.current === null) return;
        try {
          drawn.current = showStyle(place.current, latest.current);
        } catch (error) {
          problem.value = texts.map.failed(error instanceof Error ? error.message : '');
        }
      },
      (error: unknown) => {
        problem.value = texts.map.failed(error instanceof Error ? error.message : '');
      },
    );
    return () => {
      gone.abort();
      drawn.current?.remove();
      drawn.current = null;
    };
  }, []);
  useEffect(() => drawn.current?.setStyle(style), [style]);

  return (
    <section class="map-part" aria-label={texts.map.title}>
      <div ref={place} class="map" />
      {problem.value === null ? null : <p class="hint">{problem.value}</p>}
      {hasLegend ? <Legend style={style} /> : null}
    </section>
  );
}

function Legend({ style }: { readonly style: MapStyle }): JSX.Element {
  const { layers } = style.metadata['landfall:map'];
  return (
    <section class="legend" aria-label={texts.maps.legend}>
      {/* The uppermost layer first, as it lies on the map. */}
      {layers
        .filter(({ visible }) => visible)
        .toReversed()
        .map(({ id, title, legend }) => (
          <div key={id}>
            <strong>
              {legend.length === 1 && legend[0] !== undefined ? <Swatch entry={legend[0]} /> : null}
              {title}
            </strong>
            {legend.length < 2 ? null : (
              <ul>
                {legend.map((entry, at) => (
                  <li key={at}>
                    <Swatch entry={entry} />
                    {entry.text}
                  </li>
                ))}
              </ul>
            )}
          </div>
        ))}
    </section>
  );
}

/** Sizes of swatches in pixels; bubbles are as large as they are on the map. */
const SWATCH = 14;

function Swatch({ entry: { color, radius } }: { readonly entry: LegendEntry }): JSX.Element {
  const side = radius === null ? SWATCH : radius * 2;
  return (
    <svg width={side} height={side} viewBox={`0 0 ${side} ${side}`} aria-hidden="true">
      {radius === null ? (
        <rect width={side} height={side} rx="3" fill={color} />
      ) : (
        <circle cx={radius} cy={radius} r={radius} fill={color} />
      )}
    </svg>
  );
}
