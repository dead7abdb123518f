import type { FeatureText } from '../features/feature-desk.ts';
import { type Html, html, page } from './html.ts';
import type { Collection } from './ogc-collection.ts';
import type { Link } from './ogc-links.ts';

/** Links as a list. */
const list = (links: readonly Link[]): Html =>
  html`<ul>${links.map(({ href, rel, type, title }) => html`<li><a href="${href}">${title ?? rel}</a> (${type})</li>`)}</ul>`;

/** The landing page. */
export const landingPage = (title: string, links: readonly Link[]): string =>
  page(title, html`<h1>${title}</h1>${list(links)}`);

/** The list of collections. */
export const collectionsPage = (collections: readonly Collection[], links: readonly Link[]): string =>
  page(
    'Collections',
    html`<h1>Collections</h1>${collections.map(
      ({ title, links: own }) => html`<h2>${title}</h2>${list(own)}`,
    )}<h2>Links</h2>${list(links)}`,
  );

/** One collection. */
export const collectionPage = ({ title, links, ...rest }: Collection): string =>
  page(title, html`<h1>${title}</h1><pre><code>${JSON.stringify(rest, null, 2)}</code></pre>${list(links)}`);

/** URIs as a list. */
export const conformancePage = (uris: readonly string[]): string =>
  page('Conformance', html`<h1>Conformance</h1><ul>${uris.map((uri) => html`<li><code>${uri}</code></li>`)}</ul>`);

const shown = (value: unknown): string =>
  value === null || typeof value !== 'object' ? String(value ?? '') : JSON.stringify(value);

/** Features as a table. */
export function featuresPage(title: string, features: readonly FeatureText[], links: readonly Link[]): string {
  const rows = features.map(({ id, geometry, properties }) => {
    const values: object = JSON.parse(properties);
    return { id, geometry, values: new Map<string, unknown>(Object.entries(values)) };
  });
  const names = [...(rows[0]?.values.keys() ?? [])];
  return page(
    title,
    html`<h1>${title}</h1>${list(links)}
<table><thead><tr><th>id</th>${names.map((name) => html`<th>${name}</th>`)}<th>geometry</th></tr></thead><tbody>
${rows.map(
  ({
    id,
    geometry,
    values,
  }) => html`<tr><td>${id}</td>${names.map((name) => html`<td>${shown(values.get(name)).slice(0, 500)}</td>`)}
<td><code>${geometry.slice(0, 100)}</code></td></tr>`,
)}</tbody></table>`,
  );
}
