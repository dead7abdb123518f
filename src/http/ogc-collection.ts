import { propertiesOf, schemaOf } from '../features/columns.ts';
import { crs84, featureSystems } from '../features/reference-systems.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import type { TileFacts } from '../tiles/tile-facts.ts';
import { type Addresses, geojson, htmlType, type Link } from './ogc-links.ts';

/** What `conformance` declares. */
export const conformance: readonly string[] = [
  'ogcapi-common-1/1.0/conf/core',
  'ogcapi-features-1/1.0/conf/core',
  'ogcapi-features-1/1.0/conf/oas30',
  'ogcapi-features-1/1.0/conf/geojson',
  'ogcapi-features-1/1.0/conf/html',
  'ogcapi-features-2/1.0/conf/crs',
  'ogcapi-features-3/1.0/conf/queryables',
  'ogcapi-features-3/1.0/conf/queryables-query-parameters',
  'ogcapi-features-3/1.0/conf/filter',
  'ogcapi-features-3/1.0/conf/features-filter',
  'cql2/1.0/conf/cql2-text',
  'cql2/1.0/conf/basic-cql2',
  'cql2/1.0/conf/advanced-comparison-operators',
  'cql2/1.0/conf/case-insensitive-comparison',
  'cql2/1.0/conf/basic-spatial-functions',
  'cql2/1.0/conf/basic-spatial-functions-plus',
  'cql2/1.0/conf/spatial-functions',
  'cql2/1.0/conf/temporal-functions',
  'cql2/1.0/conf/property-property',
  'cql2/1.0/conf/arithmetic',
].map((name) => `http://www.opengis.net/spec/${name}`);

/** A table as a collection of features. */
export interface Collection {
  readonly id: string;
  readonly title: string;
  readonly itemType: 'feature';
  readonly extent?: object;
  readonly crs: readonly string[];
  readonly storageCrs: string;
  readonly links: readonly Link[];
}

/** Describes a table; the extent is left out where it is not known. */
export function collectionOf(
  table: ReadableTable,
  facts: TileFacts | null,
  interval: readonly [string, string] | null,
  addresses: Addresses,
): Collection {
  const path = `/collections/${encodeURIComponent(table.name)}`;
  const extent = {
    ...(facts?.bounds == null ? {} : { spatial: { bbox: [facts.bounds], crs: crs84.uri } }),
    ...(interval === null
      ? {}
      : { temporal: { interval: [interval], trs: 'http://www.opengis.net/def/uom/ISO-8601/0/Gregorian' } }),
  };
  return {
    id: table.name,
    title: table.name,
    itemType: 'feature',
    ...(Object.keys(extent).length === 0 ? {} : { extent }),
    crs: featureSystems.map(({ uri }) => uri),
    storageCrs: crs84.uri,
    links: [
      { href: addresses.to(path), rel: 'self', type: 'application/json', title: 'This collection' },
      { href: addresses.to(path, { f: 'html' }), rel: 'alternate', type: htmlType, title: 'This collection as a page' },
      { href: addresses.to(`${path}/items`), rel: 'items', type: geojson, title: 'Features' },
      { href: addresses.to(`${path}/items`, { f: 'html' }), rel: 'items', type: htmlType, title: 'Features as a page' },
      {
        href: addresses.to(`${path}/queryables`),
        rel: 'http://www.opengis.net/def/rel/ogc/1.0/queryables',
        type: 'application/schema+json',
        title: 'Properties to filter by',
      },
    ],
  };
}

/** The properties that filters may name, as a JSON schema. */
export function queryablesOf(table: ReadableTable, addresses: Addresses): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: addresses.to(`/collections/${encodeURIComponent(table.name)}/queryables`),
    type: 'object',
    title: table.name,
    properties: {
      ...(table.hasGeometry
        ? { the_geom: { title: 'the_geom', format: 'geometry-any', 'x-ogc-role': 'primary-geometry' } }
        : {}),
      ...Object.fromEntries(
        propertiesOf(table).map((column) => [column.name, { title: column.name, ...schemaOf(column) }]),
      ),
    },
    additionalProperties: false,
  };
}
