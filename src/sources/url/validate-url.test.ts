import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PRIVATE_HOSTS } from '../../../test/support/canary.ts';
import { createUrlValidator, InvalidUrl } from './validate-url.ts';

const strict = createUrlValidator({ allowNetworks: [] });
const local = createUrlValidator({ allowNetworks: ['127.0.0.0/8'] });

test('http and https addresses of the internet are accepted on HTTP ports', () => {
  for (const text of [
    'http://example.org/data.csv',
    'HTTPS://user:secret@example.org/data.csv?x=1#y',
    ' https://example.org/a b/é.csv ',
    'http://1.1.1.1:8080/x',
    'http://[2606:4700::1111]:8443/x',
    'http://example.org:8008/x',
    'http://example.org:591/x',
  ]) {
    assert.equal(strict(text).href, new URL(text).href);
  }
});

test('the message is the one of the wire, with the address as it was sent', () => {
  assert.throws(() => strict('http://localhost:22/x'), {
    name: 'InvalidUrl',
    message: 'Invalid URL, cannot connect dataset: http://localhost:22/x',
  });
});

test('other schemes, and text that is no address, are refused with their own reason', () => {
  for (const [text, reason] of [
    ['ftp://example.org/INDEX.txt', /ftp is not supported/],
    ['file:///etc/passwd', /not http or https/],
    ['data:,a', /not http or https/],
    ['gopher://example.org/', /not http or https/],
    ['/etc/passwd', /not a URL/],
    ['\\\\host\\x', /not a URL/],
    ['/vsicurl/http://example.org/', /not a URL/],
    ['example.org/data.csv', /not a URL/],
    ['', /not a URL/],
    ['http://', /not a URL/],
    ['http://a b/', /not a URL/],
    ['http://example.org:99999/', /not a URL/],
    [`http://example.org/${'x'.repeat(9000)}`, /longer than 8192/],
  ] as const) {
    assert.throws(
      () => local(text),
      (error) => error instanceof InvalidUrl && reason.test(error.reason) && error.message.length < 9000,
      text,
    );
  }
});

test('ports of other services are refused outside the listed networks', () => {
  for (const port of [21, 22, 25, 3306, 5432, 6379, 9200, 54321]) {
    assert.throws(() => strict(`http://example.org:${port}/x`), InvalidUrl);
    assert.throws(() => strict(`http://1.1.1.1:${port}/x`), InvalidUrl);
    assert.equal(local(`http://127.0.0.1:${port}/x`).port, String(port));
  }
  assert.equal(local('http://localhost:54321/x').port, '54321');
});

test('a name at the port of a well-known service is refused even where its network is listed', () => {
  assert.throws(() => local('http://localhost:22/x'), InvalidUrl);
});

test(`${PRIVATE_HOSTS.length} ways to write a private address are refused`, () => {
  assert.ok(PRIVATE_HOSTS.length >= 40);
  for (const host of PRIVATE_HOSTS) {
    for (const port of [':80', ':8080', '']) {
      assert.throws(() => strict(`http://${host}${port}/`), InvalidUrl, host);
      assert.throws(() => strict(`https://${host}${port}/`), InvalidUrl, host);
    }
  }
});

test('the same ways are accepted where their network is listed', () => {
  const all = createUrlValidator({ allowNetworks: ['0.0.0.0/0', '::/0'] });
  for (const host of PRIVATE_HOSTS) assert.ok(all(`http://${host}/`), host);
});
