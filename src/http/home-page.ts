import { html, page } from './html.ts';

/** The page `/`: what this is and the first lines to copy, for a server at this address. */
export const homePage = (baseUrl: string): string =>
  page(
    'Landfall',
    html`<h1>Landfall</h1>
<p>Landfall turns a file or a URL into a typed, indexed PostGIS table over HTTP. It speaks CARTO's classic Import API,
so clients written for that work unchanged.</p>
<p>The web app was not built in this installation: <code>npm ci && npm run build</code> builds it. The API is complete
without it.</p>
<h2>A first import</h2>
<p>The key was printed at the first start, and is in the file <code>api-key</code> of the data folder.</p>
<pre><code>URL=${baseUrl}
KEY=your-key
curl -F file=@cities.csv "$URL/api/v1/imports?api_key=$KEY"
curl "$URL/api/v1/imports/ITEM_QUEUE_ID?api_key=$KEY"</code></pre>
<p>The first answer names the import (<code>item_queue_id</code>). Ask for its state until it is <code>complete</code>;
<code>table_name</code> then is the table.</p>
<p><a href="/docs">All of the API, with a line to copy for each part</a></p>`,
  );
