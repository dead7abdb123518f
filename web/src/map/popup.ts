import { type MapGeoJSONFeature, type Map as MapView, Popup } from 'maplibre-gl';
import { type DatasetDetails, query } from '../api/datasets.ts';
import { ApiError } from '../api/session.ts';
import { type Column, rowQuery } from '../sql.ts';
import { clickable, type Source } from './layers.ts';

/** Columns that are the feature itself. */
const unshown: ReadonlySet<string> = new Set(['the_geom', 'the_geom_webmercator']);

/** A click on a feature shows its row, and one on points that stand for many goes nearer. */
export function addPopups(
  map: MapView,
  table: DatasetDetails,
  source: Source,
  onProblem: (text: string) => void,
): void {
  const columns: readonly Column[] = table.columns.filter(({ name }) => !unshown.has(name));
  const layers = [...clickable(source)];
  for (const layer of layers) {
    map.on('mouseenter', layer, () => {
      map.getCanvas().style.cursor = 'pointer';
    });
    map.on('mouseleave', layer, () => {
      map.getCanvas().style.cursor = '';
    });
  }
  map.on('click', (event) => {
    const [feature] = map.queryRenderedFeatures(event.point, { layers });
    if (feature === undefined) return;
    if (Number(feature.properties.point_count ?? 1) > 1) {
      map.easeTo({ center: event.lngLat, zoom: map.getZoom() + 2 });
      return;
    }
    query<Record<string, string | null>>(rowQuery(table.name, columns, idOf(feature))).then(
      ([row]) => {
        const content = row === undefined ? null : rowList(columns, row);
        if (content === null) return;
        new Popup({ maxWidth: '22rem' }).setLngLat(event.lngLat).setDOMContent(content).addTo(map);
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        onProblem(error.message);
      },
    );
  });
}

const idOf = ({ id, properties }: MapGeoJSONFeature): string => String(id ?? properties.cartodb_id);

/** Every name and value is text to the page, never markup. */
function rowList(columns: readonly Column[], row: Readonly<Record<string, string | null>>): HTMLElement {
  const list = document.createElement('dl');
  list.className = 'row-values';
  for (const [at, { name }] of columns.entries()) {
    const pair = document.createElement('div');
    const term = document.createElement('dt');
    const value = document.createElement('dd');
    term.textContent = name;
    value.textContent = row[`c${at}`] ?? 'null';
    pair.append(term, value);
    list.append(pair);
  }
  return list;
}
