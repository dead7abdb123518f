import type { StyleSpecification } from 'maplibre-gl';

/** A line of a legend. */
export interface LegendEntry {
  readonly color: string;
  /** Of a bubble, in pixels. */
  readonly radius: number | null;
  readonly text: string;
}

/** A layer as the page shows it. */
export interface ShownLayer {
  readonly id: string;
  readonly title: string;
  readonly visible: boolean;
  /** Columns of its popup; null: none. */
  readonly popup: readonly string[] | null;
  readonly legend: readonly LegendEntry[];
}

/** What the style of a map says of it beside how it is drawn. */
export interface ShownMap {
  readonly title: string;
  readonly description: string;
  readonly legend: boolean;
  readonly bounds: readonly [number, number, number, number] | null;
  /** The style begins where its owner wants, not where its layers are. */
  readonly isViewSet: boolean;
  readonly layers: readonly ShownLayer[];
}

/** A style with what is said of its map. */
export interface LoadedMap {
  readonly style: StyleSpecification;
  readonly shown: ShownMap;
}

/** The map of the page's address; null where it is not there or not shared. */
export async function loadMap(): Promise<LoadedMap | null> {
  const id = location.pathname.split('/').at(-1) ?? '';
  const answer = await fetch(`/api/v1/maps/${id}/style.json${location.search}`);
  if (answer.status === 401 || answer.status === 404) return null;
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const style = (await answer.json()) as StyleSpecification & { metadata: { 'landfall:map': ShownMap } };
  return { style, shown: style.metadata['landfall:map'] };
}
