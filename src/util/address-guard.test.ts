import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAddressGuard } from './address-guard.ts';

const guard = createAddressGuard([]);

test('addresses of the public internet are public', () => {
  for (const address of ['1.1.1.1', '8.8.8.8', '93.184.216.34', '223.255.255.254', '2606:4700::1111', '2a00:1450::1']) {
    assert.equal(guard.classify(address), 'public', address);
  }
});

test('special addresses are refused, also those that carry an IPv4 address', () => {
  const special =
    '0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 ' +
    '192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 ' +
    ':: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::8.8.8.8 ' +
    '64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 5f00::1 4000::1 fc00::1 fd00::1 fe80::1 fe80::1%eth0 ' +
    'fec0::1 ff02::1';
  for (const address of special.split(' ')) assert.equal(guard.classify(address), 'refused', address);
});

test('text that is no canonical address is refused', () => {
  for (const text of [
    '',
    'example.org',
    '127.1',
    '0x8.8.8.8',
    '010.8.8.8',
    '134744072',
    '8.8.8.8 ',
    '[2606:4700::1]',
  ]) {
    assert.equal(guard.classify(text), 'refused', text);
  }
});

test('a listed network is admitted on any port, the internet on HTTP ports only', () => {
  const listing = createAddressGuard(['127.0.0.0/8', 'fd00:1::/32', '8.8.8.0/24']);
  assert.equal(listing.classify('127.9.9.9'), 'listed');
  assert.equal(listing.classify('::ffff:127.0.0.1'), 'listed', 'a mapped address is the address in it');
  assert.equal(listing.classify('fd00:1::5'), 'listed');
  assert.equal(listing.classify('fd00:2::5'), 'refused');
  assert.equal(listing.classify('128.0.0.1'), 'public');
  assert.equal(listing.classify('64:ff9b::7f00:1'), 'refused');
  for (const port of [22, 5432, 54321]) {
    assert.equal(listing.admits('127.0.0.1', port), true);
    assert.equal(listing.admits('8.8.8.8', port), true);
    assert.equal(listing.admits('1.1.1.1', port), false);
  }
  for (const port of [80, 443, 591, 8008, 8080, 8443]) {
    assert.equal(listing.admits('1.1.1.1', port), true);
    assert.equal(listing.admits('10.0.0.1', port), false);
  }
});

test('a setting that is no network is named', () => {
  for (const text of ['127.0.0.1', 'localhost', '10.0.0.0/33', '10.0.0/8/8']) {
    assert.throws(() => createAddressGuard(['10.0.0.0/8', text]), {
      message: new RegExp(`"${text}" is not a network`),
    });
  }
});

/** Special blocks as reliability and RFC 6890 name them, written down apart from the library that the guard uses. */
const special = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  special.ipv4.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  special.ipv6.addSubnet(network, bits, 'ipv6');
}

test('nothing of a special block is ever public', () => {
  const anyV4 = fc.ipV4();
  const nearV4 = fc
    .tuple(
      fc.constantFrom('10', '100.64', '127', '169.254', '172.16', '192.168', '198.18', '0'),
      fc.nat(255),
      fc.nat(255),
      fc.nat(255),
    )
    .map(([prefix, ...rest]) => [...prefix.split('.'), ...rest].slice(0, 4).join('.'));
  fc.assert(
    fc.property(fc.oneof(anyV4, nearV4, fc.ipV6()), (address) => {
      const family = address.includes(':') ? 'ipv6' : 'ipv4';
      const isSpecial = special[family].check(address, family);
      if (isSpecial) assert.equal(guard.classify(address), 'refused');
    }),
    { numRuns: 5000, seed: 20 },
  );
});
