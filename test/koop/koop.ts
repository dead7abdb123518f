/** Layers of Koop, in the folder that KOOP names; see scripts/koop.sh. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { openRows } from '../../src/formats/rows/layer.ts';
import { createArcgisSource } from '../../src/sources/arcgis/index.ts';
import { createHttpClient } from '../../src/util/http-client.ts';
import { startFetch } from '../support/fetch-context.ts';

interface Listening {
  address(): AddressInfo;
  close(): void;
}
type Koop = new (
  options: object,
) => {
  readonly server: { listen(port: number, host: string, then: () => void): Listening };
  register(provider: object): void;
};

process.env.SUPPRESS_NO_CONFIG_WARNING = '1';
const Koop: Koop = createRequire(`${process.env.KOOP}/`)('@koopjs/koop-core');
const koop = new Koop({ logLevel: 'error' });

const place = (i: number): readonly [number, number] => [(i % 36_000) / 100 - 180, (i % 17_000) / 100 - 85];

/**
 * The layer `COUNT-MOST`: so many points, so many of them in an answer; with `-pbf` as protocol buffers too, with
 * `-unpaged` without offsets.
 */
class Model {
  async getData(request: { readonly params: { readonly id: string } }): Promise<object> {
    const { id } = request.params;
    const [count = 0, maxRecordCount = 1] = id.split('-').map(Number);
    const supportedQueryFormats = id.endsWith('-pbf') ? 'JSON,PBF' : 'JSON';
    const supportsPagination = !id.endsWith('-unpaged');
    const features = Array.from({ length: count }, (_, i) => ({
      type: 'Feature',
      properties: { OBJECTID: i + 1, name: `n${i}` },
      geometry: { type: 'Point', coordinates: place(i) },
    }));
    const told = { maxRecordCount, supportedQueryFormats, supportsPagination };
    const metadata = { name: 'points', idField: 'OBJECTID', ...told };
    return { type: 'FeatureCollection', features, metadata };
  }
}

koop.register({ name: 'points', type: 'provider', version: '1.0.0', Model });
const { promise, resolve } = Promise.withResolvers<void>();
const server = koop.server.listen(0, '127.0.0.1', resolve);
await promise;
after(() => server.close());

for (const [count, most, format] of [
  ...[0, 1, 999, 1000, 1001].flatMap((rows) => [[rows, 7, ''] as const, [rows, 1000, ''] as const]),
  [25_000, 7, ''],
  [25_000, 1000, ''],
  [1001, 100, '-pbf'],
  [25_000, 1000, '-pbf'],
  ...[0, 1, 999, 1000, 1001].flatMap((rows) => [[rows, 7, '-unpaged'] as const, [rows, 1000, '-unpaged'] as const]),
  [25_000, 1000, '-unpaged'],
] as const) {
  test(`${count} rows come whole, ${most} at a time${format}`, async () => {
    const http = createHttpClient({ allowNetworks: ['127.0.0.0/8'] });
    await using job = await startFetch();
    const url = `http://127.0.0.1:${server.address().port}/points/rest/services/${count}-${most}${format}/FeatureServer/0`;
    const request = { kind: 'arcgis', url, allowPartial: false, attachments: false, layers: null } as const;
    const formats: (string | null)[] = [];
    const watched: typeof http = {
      ...http,
      get(asked, options) {
        if (asked.searchParams.has('returnGeometry')) formats.push(asked.searchParams.get('f'));
        return http.get(asked, options);
      },
    };
    const { files } = await createArcgisSource({ http: watched, isOn: true }).fetch(request, job.context);
    await http.close();
    // One page is asked for in both formats, and all others in one.
    if (format === '-pbf') assert.equal(formats.filter((one) => one === 'json').length, 1);
    const seen = new Set<number>();
    for (const file of files) {
      const layer = openRows(file);
      const at = layer.columns.indexOf('OBJECTID');
      await layer.read(({ bytes, starts, ends, geometryStart }) => {
        const id = Number(bytes.toString('latin1', starts[at], ends[at]));
        const [x, y] = place(id - 1);
        assert.ok(Math.abs(bytes.readDoubleLE(geometryStart + 5) - x) < 1e-9);
        assert.ok(Math.abs(bytes.readDoubleLE(geometryStart + 13) - y) < 1e-9);
        assert.ok(!seen.has(id), `${id} came twice`);
        seen.add(id);
      });
    }
    assert.equal(seen.size, count);
  });
}
