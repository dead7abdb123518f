import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from './address.ts';

test('an account is addressed by prefix, else by host, else by nobody', () => {
  const cases: readonly (readonly [url: string, host: string | undefined, path: string, account: string | null])[] = [
    ['/api/v1/imports', 'ann.example.org', '/api/v1/imports', 'ann'],
    ['/api/v1/imports', 'ANN.Example.org:8080', '/api/v1/imports', 'ann'],
    ['/api/v1/imports', 'example.org', '/api/v1/imports', null],
    ['/api/v1/imports', 'ann.example.org.evil.net', '/api/v1/imports', null],
    ['/api/v1/imports', undefined, '/api/v1/imports', null],
    ['/user/bob/api/v1/imports?a=/u/x/', 'ann.example.org', '/api/v1/imports?a=/u/x/', 'bob'],
    ['/u/b%C3%B3b/api/v1/imports/', 'org.example.org', '/api/v1/imports', 'bób'],
    ['/user/%zz/api/v1/imports', undefined, '/api/v1/imports', '%zz'],
    ['/user/bob', undefined, '/', 'bob'],
  ];
  for (const [url, host, path, account] of cases) {
    assert.deepEqual(parseAddress(url, host, 'example.org'), { url: path, account }, `${host ?? ''} ${url}`);
  }
});

test('slashes at the end and .json under /api/ change nothing', () => {
  for (const url of ['/api/v1/imports/', '/api/v1/imports///', '/api/v1/imports.json', '/api/v1/imports.json/']) {
    assert.equal(parseAddress(url, undefined, null).url, '/api/v1/imports', url);
  }
  assert.equal(parseAddress('/api/v1/imports/?q=a.json', undefined, null).url, '/api/v1/imports?q=a.json');
  assert.equal(parseAddress('/openapi.json', undefined, null).url, '/openapi.json');
  assert.equal(parseAddress('/', undefined, null).url, '/');
});
