import { mostLimit, usualLimit } from '../features/feature-query.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import { geojson, json } from './ogc-links.ts';

const text = (name: string, description: string) => ({
  name,
  in: 'query',
  description,
  required: false,
  schema: { type: 'string' },
  style: 'form',
  explode: false,
});

const answer = (description: string, type: string) => ({
  200: { description, content: { [type]: { schema: { type: 'object' } } } },
  400: { description: 'A parameter is not understood.' },
  404: { description: 'There is no such thing.' },
});

const operation = (summary: string, id: string, type: string, parameters: readonly object[] = []) => ({
  get: { summary, operationId: id, parameters, responses: answer(summary, type) },
});

const itemParameters = [
  {
    name: 'limit',
    in: 'query',
    description: 'Features of a page.',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: mostLimit, default: usualLimit },
    style: 'form',
    explode: false,
  },
  {
    name: 'offset',
    in: 'query',
    description: 'Features before the page.',
    required: false,
    schema: { type: 'integer', minimum: 0, default: 0 },
    style: 'form',
    explode: false,
  },
  {
    name: 'bbox',
    in: 'query',
    description: 'Only features that intersect this box.',
    required: false,
    schema: {
      type: 'array',
      oneOf: [
        { minItems: 4, maxItems: 4 },
        { minItems: 6, maxItems: 6 },
      ],
      items: { type: 'number' },
    },
    style: 'form',
    explode: false,
  },
  text('bbox-crs', 'The system of the box.'),
  text('datetime', 'Only features of this instant or interval.'),
  text('filter', 'A condition in CQL2-text.'),
  text('filter-lang', 'cql2-text.'),
  text('filter-crs', 'The system of geometries in the filter.'),
  text('crs', 'The system of the answer.'),
];

/** The OpenAPI 3.0 document of the features of an account. */
export function featuresApi(address: string, account: string, tables: readonly ReadableTable[]): object {
  const collection = (table: ReadableTable) => {
    const path = `/collections/${encodeURIComponent(table.name)}`;
    return {
      [path]: operation('Describe the collection', `describe-${table.name}`, json),
      [`${path}/queryables`]: operation(
        'Properties to filter by',
        `queryables-${table.name}`,
        'application/schema+json',
      ),
      [`${path}/items`]: operation('Features', `features-${table.name}`, geojson, itemParameters),
      [`${path}/items/{featureId}`]: operation('One feature', `feature-${table.name}`, geojson, [
        { name: 'featureId', in: 'path', required: true, description: 'Its cartodb_id.', schema: { type: 'string' } },
        text('crs', 'The system of the answer.'),
      ]),
    };
  };
  return {
    openapi: '3.0.3',
    info: {
      title: `Tables of ${account}`,
      version: '1.0.0',
      description: 'OGC API – Features over the tables of an account.',
    },
    servers: [{ url: address }],
    paths: {
      '/': operation('Where everything is', 'landing', json),
      '/conformance': operation('What is conformed to', 'conformance', json),
      '/collections': operation('The tables', 'collections', json),
      ...Object.assign({}, ...tables.map(collection)),
    },
  };
}
