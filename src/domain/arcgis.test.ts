import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isArcgisUrl, readArcgisAddress, splitToken } from './arcgis.ts';

const at = 'https://example.org/arcgis/rest/services';

test('addresses of layers and services are told apart, whatever stands behind them', () => {
  for (const [text, service, layer] of [
    [`${at}/Trees/FeatureServer/0`, `${at}/Trees/FeatureServer`, 0],
    [`${at}/Trees/FeatureServer/12/`, `${at}/Trees/FeatureServer`, 12],
    [`${at}/Folder/2020/MapServer/3?f=pjson#x`, `${at}/Folder/2020/MapServer`, 3],
    [`${at}/Trees/FeatureServer/0/query?where=1%3D1`, `${at}/Trees/FeatureServer`, 0],
    [`${at}/Trees/FeatureServer`, `${at}/Trees/FeatureServer`, null],
    [`${at}/Trees/MapServer/`, `${at}/Trees/MapServer`, null],
    ['http://h/a/REST/Services/x/FeatureServer/1', 'http://h/a/REST/Services/x/FeatureServer', 1],
  ] as const) {
    const found = readArcgisAddress(text);
    assert.deepEqual([found?.service.href, found?.layer], [service, layer], text);
  }
  for (const text of ['', 'no address', 'https://example.org/data.json', 'ftp://h/rest/services/x/FeatureServer/0']) {
    assert.equal(readArcgisAddress(text), null, text);
  }
});

test('a plain URL means a layer only where it is the address of one', () => {
  for (const [text, is] of [
    [`${at}/Trees/FeatureServer/0`, true],
    [`${at}/Trees/MapServer?f=json`, true],
    [`${at}/Trees/FeatureServer/0/query?where=1=1&f=geojson`, false],
    [`${at}/Trees/ImageServer`, false],
    ['https://example.org/FeatureServer/0.csv', false],
    ['nothing', false],
  ] as const) {
    assert.equal(isArcgisUrl(text), is, text);
  }
});

test('a token leaves the address, in whatever case it is written', () => {
  assert.deepEqual(splitToken(`${at}/x/FeatureServer/0?f=json&Token=a%2Bb`), {
    url: `${at}/x/FeatureServer/0?f=json`,
    token: 'a+b',
  });
  assert.deepEqual(splitToken('https://h/x?token='), { url: 'https://h/x', token: null });
  assert.deepEqual(splitToken('no address'), { url: 'no address', token: null });
});
