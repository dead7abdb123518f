import { catalogue } from '../errors.ts';
import { type Html, html, page, withCode } from './html.ts';

/** A JSON schema, as far as the page reads it. */
export interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** One route as the page shows it; made from the route's own declaration. */
export interface Operation {
  readonly method: string;
  readonly url: string;
  readonly summary: string;
  readonly description: string;
  readonly tag: string;
  readonly curl: readonly string[];
  readonly parameters: Readonly<Record<string, SchemaNode>>;
  readonly responses: Readonly<Record<string, SchemaNode>>;
}

function typeName(node: SchemaNode): string {
  if (node.const !== undefined) return `"${String(node.const)}"`;
  if (node.enum) return node.enum.map((value) => `"${String(value)}"`).join(', ');
  if (node.anyOf) return node.anyOf.map(typeName).join(' or ');
  if (node.type === 'array') return `list of ${typeName(node.items ?? {})}`;
  return node.format ?? node.type ?? 'any';
}

const rows = (nodes: Readonly<Record<string, SchemaNode>>, prefix = ''): readonly Html[] =>
  Object.entries(nodes).flatMap(([name, node]) => {
    const inner = [node, ...(node.anyOf ?? [])].find(({ properties }) => properties)?.properties ?? {};
    const fallback = node.default === undefined ? '' : ` Default: ${String(node.default)}.`;
    const row = html`<tr><td><code>${prefix}${name}</code></td><td>${typeName(node)}</td>
<td>${withCode(`${node.description ?? ''}${fallback}`)}</td></tr>`;
    return [row, ...rows(inner, `${prefix}${name}.`)];
  });

const table = (head: string, body: readonly Html[]): Html | string =>
  body.length === 0
    ? ''
    : html`<table><thead><tr><th>${head}</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${body}</tbody></table>`;

const anchor = ({ method, url }: Operation): string => `${method}-${url}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');

const section = (operation: Operation): Html => html`
<h3 id="${anchor(operation)}"><span class="method">${operation.method}</span> <code>${operation.url}</code></h3>
<p><strong>${operation.summary}.</strong> ${withCode(operation.description)}</p>
<pre><code>${operation.curl.join('\n')}</code></pre>
${table('Parameter', rows(operation.parameters))}
${Object.entries(operation.responses).map(([status, node]) =>
  node.properties
    ? table(`Field of ${status}`, rows(node.properties))
    : html`<p>Answer ${status}: ${node.description ?? typeName(node)}</p>`,
)}`;

/** The page `/docs`: every route with its curl line, every parameter and field, every error. */
export function docsPage(operations: readonly Operation[]): string {
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  return page(
    'Landfall: the API',
    html`<h1>The API</h1>
<p>Everything here follows CARTO's classic Import API; clients written for it work unchanged. In the lines to copy,
<code>$URL</code> is this server and <code>$KEY</code> is the key of your account. The same as data:
<a href="/openapi.json">/openapi.json</a>.</p>
<p>Every address under <code>/api/</code> also exists as <code>/user/NAME/api/…</code> and <code>/u/NAME/api/…</code>, with and
without a slash at the end, and with <code>.json</code>. A request without a valid key gets 401 with an empty body.</p>
<ul>${operations.map((operation) => html`<li><a href="#${anchor(operation)}">${operation.method} ${operation.url}</a> ${operation.summary}</li>`)}
<li><a href="#errors">Errors</a></li></ul>
${tags.map((tag) => html`<h2>${tag}</h2>${operations.filter((one) => one.tag === tag).map(section)}`)}
<h2 id="errors">Errors</h2>
<p>A failed import carries <code>error_code</code> and <code>get_error_text</code>, whose <code>what_about</code> says
what exactly was found where.</p>
<table><thead><tr><th>Code</th><th>Title</th><th>What happened, and what to do</th></tr></thead><tbody>
${Object.values(catalogue).map(({ code, title, text }) => html`<tr><td>${code}</td><td>${title}</td><td>${text}</td></tr>`)}
</tbody></table>`,
  );
}
