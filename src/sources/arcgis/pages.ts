import { bestFormat } from './best-format.ts';
import type { Answer, ArcgisClient, Query } from './client.ts';
import type { LayerInfo } from './metadata.ts';
import { keyOf, type Page, type Row, toPage } from './page.ts';
import { readPbfAnswer } from './pbf-answer.ts';
import { Refused } from './refused.ts';

/** Asks a layer for rows, ids and counts. Throws what `ArcgisClient.ask` throws. */
export interface LayerQueries {
  rows(selector: Query): Promise<Page>;
  /** How many rows there are; null where the server cannot count. */
  count(): Promise<number | null>;
  /** Ids in the order of the server, and what is told with them; null where the server gives none. */
  ids(where: string): Promise<Ids | null>;
  /** Smallest and largest id; null where the server cannot tell. */
  idBounds(): Promise<readonly [number, number] | null>;
}

export interface Ids {
  readonly ids: readonly number[];
  readonly exceeded: boolean;
  readonly field: string | null;
}

export const everything = '1=1';

const isObject = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Builds the queries of a layer. */
export function createLayerQueries(client: ArcgisClient, layer: LayerInfo, withAttachments: boolean): LayerQueries {
  const url = new URL(layer.url);
  url.pathname += '/query';
  const isExact = layer.fields.some(({ type }) => type === 'BigInteger');
  const shape: Query = {
    outFields: '*',
    returnGeometry: String(layer.hasGeometry),
    ...(layer.hasGeometry ? { outSR: '4326', returnZ: 'true', returnM: 'true', returnTrueCurves: 'false' } : {}),
    returnExceededLimitFeatures: 'true',
  };
  let { idField } = layer;
  const isPbfOffered = layer.formats.includes('pbf');
  const asked = bestFormat(
    layer,
    async (selector) => toPage(await client.ask(url, { ...selector, ...shape, f: 'json' }, { isExact }), idField),
    isPbfOffered
      ? async (selector, tries) => {
          const how = { isExact, read: readPbfAnswer, ...(tries === undefined ? {} : { tries }) };
          return toPage(await client.ask(url, { ...selector, ...shape, f: 'pbf' }, how), idField);
        }
      : null,
  );

  /** What a server does not do is no failure where there is another way. */
  async function attempt(query: Query): Promise<Answer | null> {
    try {
      return await client.ask(url, query);
    } catch (error) {
      if (error instanceof Refused && !isMisconfigured(error)) return null;
      throw error;
    }
  }

  return {
    async rows(selector) {
      const page = await asked(selector);
      return withAttachments ? { ...page, rows: await withAddresses(client, layer.url, page.rows) } : page;
    },
    async count() {
      const answer = await attempt({ where: everything, returnCountOnly: 'true', f: 'json' });
      const count = Number(answer?.count ?? Number.NaN);
      return Number.isSafeInteger(count) && count >= 0 ? count : null;
    },
    async ids(where) {
      const answer = await attempt({ where, returnIdsOnly: 'true', f: 'json' });
      if (answer === null) return null;
      const field = typeof answer.objectIdFieldName === 'string' ? answer.objectIdFieldName : null;
      if (field !== null && field !== '') idField ??= field;
      if (!Array.isArray(answer.objectIds)) return null;
      const ids = answer.objectIds.map(Number);
      if (!ids.every(Number.isSafeInteger)) return null;
      return { ids, exceeded: answer.exceededTransferLimit === true, field };
    },
    async idBounds() {
      if (idField === null) return null;
      const wanted = ['min', 'max'].map((statisticType) => ({
        statisticType,
        onStatisticField: idField,
        outStatisticFieldName: `${statisticType}_id`,
      }));
      const answer = await attempt({ where: everything, outStatistics: JSON.stringify(wanted), f: 'json' });
      const [first] = Array.isArray(answer?.features) ? answer.features : [];
      const attributes = isObject(first) && isObject(first.attributes) ? first.attributes : {};
      const bounds = ['min_id', 'max_id'].map((name) => Number(attributes[keyOf(attributes, name)] ?? Number.NaN));
      const [least, most] = bounds;
      if (least === undefined || most === undefined || !bounds.every(Number.isSafeInteger)) return null;
      return [least, most];
    },
  };
}

/** Rows with the addresses of their attachments (ArcGIS REST API, "Query Attachments"). */
async function withAddresses(client: ArcgisClient, layer: URL, rows: readonly Row[]): Promise<readonly Row[]> {
  const ids = rows.flatMap(({ id }) => (id === null ? [] : [id]));
  if (ids.length === 0) return rows;
  const url = new URL(layer);
  url.pathname += '/queryAttachments';
  const { attachmentGroups } = await client.ask(url, { objectIds: ids.join(','), f: 'json' });
  const shown = new URL(layer);
  shown.username = '';
  shown.password = '';
  const addresses = new Map<number, readonly string[]>();
  for (const group of Array.isArray(attachmentGroups) ? attachmentGroups.filter(isObject) : []) {
    const parent = Number(group.parentObjectId);
    const infos: readonly unknown[] = Array.isArray(group.attachmentInfos) ? group.attachmentInfos : [];
    const found = infos
      .filter(isObject)
      .map(({ id }) => Number(id))
      .filter(Number.isSafeInteger);
    if (found.length > 0)
      addresses.set(
        parent,
        found.map((id) => `${shown.href}/${parent}/attachments/${id}`),
      );
  }
  return rows.map((row) => {
    const attachments = row.id === null ? undefined : addresses.get(row.id);
    return attachments === undefined ? row : { ...row, attachments };
  });
}

/** A server without the capability to query says so in these words, with 400 (wire contract 9.2). */
export const isMisconfigured = (error: Refused): boolean =>
  error.code === 400 && /operation is not supported/i.test(error.message);
