import type { LegendEntry, ShownLayer, ShownMap } from './shown-map.ts';
import { texts } from './texts.ts';

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  text: string | null = null,
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.className = className;
  if (text !== null) made.textContent = text;
  return made;
}

/** Sizes of swatches; larger bubbles are drawn as large as they are. */
const SWATCH = 14;

function swatch({ color, radius }: LegendEntry): HTMLElement {
  const made = element('span', 'swatch');
  const side = radius === null ? SWATCH : radius * 2;
  made.style.width = `${side}px`;
  made.style.height = `${side}px`;
  if (radius !== null) made.style.borderRadius = '50%';
  made.style.backgroundColor = color;
  return made;
}

function layerOf(layer: ShownLayer, onToggle: (id: string, isVisible: boolean) => void): HTMLElement {
  const part = element('section', 'layer');
  const label = element('label', 'layer-title');
  const box = element('input', '');
  box.type = 'checkbox';
  box.checked = layer.visible;
  box.addEventListener('change', () => onToggle(layer.id, box.checked));
  label.append(box);
  const [only] = layer.legend;
  if (layer.legend.length === 1 && only !== undefined) label.append(swatch(only));
  label.append(element('span', '', layer.title));
  part.append(label);
  if (layer.legend.length < 2) return part;
  const list = element('ul', 'entries');
  for (const entry of layer.legend) {
    const line = element('li', '');
    line.append(swatch(entry), element('span', '', entry.text));
    list.append(line);
  }
  part.append(list);
  return part;
}

/** The title and the legend of a map. Every word of it is text to the page, never markup. */
export function panelOf(map: ShownMap, onToggle: (id: string, isVisible: boolean) => void): HTMLElement {
  const panel = element('aside', 'panel');
  panel.setAttribute('aria-label', texts.legend);
  panel.append(element('h1', '', map.title));
  if (map.description !== '') panel.append(element('p', 'description', map.description));
  if (map.legend && map.layers.length > 0) {
    const legend = element('details', 'legend');
    legend.open = innerWidth > 480;
    legend.append(element('summary', '', texts.legend));
    // The uppermost layer first, as it lies on the map.
    for (const layer of map.layers.toReversed()) legend.append(layerOf(layer, onToggle));
    panel.append(legend);
  }
  return panel;
}
