import { here, type MapStyle } from '../api/maps.ts';
import { addPopups } from '../embed/popup.ts';
import { openMap } from './open-map.ts';

/** A map that is drawn as the server says. */
export interface StyledMap {
  /** Draws it otherwise; what is looked at stays. */
  setStyle(style: MapStyle): void;
  /** What is looked at now. */
  view(): { readonly center: readonly [number, number]; readonly zoom: number };
  remove(): void;
}

/** Draws a map, from where it begins. */
export function showStyle(place: HTMLElement, first: MapStyle): StyledMap {
  let style = first;
  const shown = (): MapStyle['metadata']['landfall:map'] => style.metadata['landfall:map'];
  const { bounds, isViewSet } = shown();
  const map = openMap(place, {
    style,
    transformRequest: (url) => ({ url: here(url) }),
    ...(bounds === null || isViewSet ? {} : { bounds: [...bounds] }),
  });
  addPopups(map, {
    ...shown(),
    get layers() {
      return shown().layers;
    },
  });
  return {
    setStyle(changed) {
      style = changed;
      place.dataset.state = 'drawing';
      map.setStyle(changed);
    },
    view() {
      const { lng, lat } = map.getCenter();
      return { center: [lng, lat], zoom: map.getZoom() };
    },
    remove: () => map.remove(),
  };
}
