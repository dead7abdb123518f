import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { countText } from '../format.ts';
import { texts } from '../texts.ts';

/** The places of a sample on a map, before anything is loaded. */
export function SampleMap({ shapes }: { readonly shapes: readonly GeoJSON.Geometry[] }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    const gone = new AbortController();
    const element = place.current;
    if (element === null) return;
    delete element.dataset.state;
    const shown = import('../map/sample-map.ts').then(({ showShapes }) => showShapes(element, shapes, gone.signal));
    shown.catch((error: unknown) => {
      if (!gone.signal.aborted) problem.value = texts.map.failed(error instanceof Error ? error.message : '');
    });
    return () => {
      gone.abort();
      shown.then(
        (map) => map.remove(),
        () => undefined,
      );
    };
  }, [shapes, problem]);
  return (
    <section class="map-part" aria-label={texts.map.title}>
      <div ref={place} class="map" />
      <p class="hint" role="status">
        {problem.value ?? texts.review.places(countText(shapes.length))}
      </p>
    </section>
  );
}
