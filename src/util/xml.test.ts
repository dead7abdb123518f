import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ImportError } from '../errors.ts';
import { readXml } from './xml.ts';
import { xmlRoot } from './xml-head.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-xml-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'a.xml');

/** What a file is told as: `<name key=value>`, text, `</name>`. */
async function told(content: string | Uint8Array, encoding: string | null = null): Promise<string> {
  writeFileSync(path, content);
  let all = '';
  await readXml(
    { path, name: 'a.xml', encoding, roots: ['a'], kind: 'an A file' },
    {
      open: (name, attributes) => {
        all += `<${name}${Object.entries(attributes).map(([key, value]) => ` ${key}=${value}`)}>`;
      },
      close: (name) => {
        all += `</${name}>`;
      },
      text: (piece) => {
        all += piece;
      },
    },
  );
  return all;
}

/** Code and text of the error that a file ends with. */
async function refused(content: string | Uint8Array, encoding: string | null = null): Promise<string> {
  const error = await told(content, encoding).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof ImportError, String(error));
  return `${error.code} ${error.message}`;
}

const utf16 = (text: string, isBig: boolean): Buffer => {
  const bytes = Buffer.from(text, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
};

test('elements are told without their prefix, entities and CDATA as the text that they stand for', async () => {
  assert.equal(
    await told('<?xml version="1.0"?>\n<x:a k="1&amp;2">&lt;&#65;&#x42;<![CDATA[<b>]]><!-- c --><c/></x:a>\n'),
    '<a k=1&2><AB<b><c></c></a>',
  );
});

test('blank lines before the declaration are no mistake', async () => {
  assert.equal(await told('\n \n<?xml version="1.0" encoding="utf-8"?><a/>'), '<a></a>');
});

test('the encoding is that of the byte order mark, else what was asked for, else the declared one, else UTF-8', async () => {
  const declared = (label: string, text = 'é'): string => `<?xml version="1.0" encoding="${label}"?><a>${text}</a>`;
  for (const [content, encoding] of [
    ['<a>é</a>', null],
    ['\ufeff<a>é</a>', 'windows-1251'],
    [declared('UTF-16'), null],
    [Buffer.from(declared('ISO-8859-1'), 'latin1'), null],
    [Buffer.from(declared('utf-8'), 'latin1'), 'windows-1252'],
    [Buffer.from(declared('windows-1250'), 'latin1'), null],
    [utf16(`\ufeff${declared('UTF-16')}`, false), null],
    [utf16(`\ufeff${declared('UTF-16')}`, true), null],
    [utf16(declared('UTF-16'), false), null],
    [utf16(declared('UTF-16'), true), null],
  ] as const) {
    assert.equal(await told(content, encoding), '<a>é</a>');
  }
  assert.equal(await told(Buffer.from(declared('windows-1251', '\xcc'), 'latin1')), '<a>М</a>');
});

test('a character that two reads share is whole', async () => {
  for (let shift = 0; shift < 4; shift++) {
    const text = 'x'.repeat(65530 + shift) + '😀é'.repeat(9);
    assert.equal(await told(`<a>${text}</a>`), `<a>${text}</a>`);
  }
});

test('bytes that are not of the encoding end with 2006, an unknown encoding with 2002', async () => {
  assert.equal(
    await refused(Buffer.from('<a>\xe9</a>', 'latin1')),
    '2006 a.xml: bytes between offset 0 and 8 are not valid utf-8.',
  );
  assert.equal(
    await refused('<?xml version="1.0" encoding="klingon"?><a/>'),
    '2002 a.xml: the encoding "klingon" is not known.',
  );
});

test('what is not the expected XML ends with 1002 and is named', async () => {
  assert.equal(await refused('<!DOCTYPE html><html><body/></html>'), '1002 a.xml is an HTML page, not an A file.');
  assert.equal(await refused('<HTML lang="en"><p>404'), '1002 a.xml is an HTML page, not an A file.');
  assert.equal(await refused('<b/>'), '1002 a.xml is XML whose first element is <b>, not an A file.');
  assert.equal(await refused('x,y\n1,2\n'), '1002 a.xml is no XML, not an A file.');
});

test('a document type definition is refused, and one elsewhere is never fetched', async () => {
  const laughs = [
    '<!ENTITY l0 "lol">',
    ...Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`),
  ];
  const outside = '<!ENTITY x SYSTEM "file:///etc/hostname">';
  for (const dtd of [laughs.join(''), outside, '<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;', '']) {
    assert.match(
      await refused(`<?xml version="1.0"?><!DOCTYPE a [${dtd}]><a>&l9;&x;</a>`),
      /^2001 a\.xml, line 1: the file holds a document type definition/,
    );
  }
  assert.equal(await told('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a>1</a>'), '<a>1</a>');
  assert.match(
    await refused('<!DOCTYPE a SYSTEM "a.dtd"><a>&x;</a>'),
    /^2001 a\.xml, line 1: not well-formed XML: undefined entity/,
  );
});

test('more depth, attributes or text than the limits end with 2001', async () => {
  const levels = (count: number): string => '<a>'.repeat(count) + '</a>'.repeat(count);
  const attributes = (count: number): string => `<a ${Array.from({ length: count }, (_, i) => `a${i}=""`).join(' ')}/>`;
  assert.equal((await told(levels(128))).length, levels(128).length);
  assert.match(await refused(levels(129)), /^2001 .* nested more than 128 deep/);
  const started = performance.now();
  assert.match(await refused('<a>'.repeat(1e6)), /^2001 .* nested more than 128 deep/);
  assert.ok(await told(attributes(1000)));
  assert.match(await refused(attributes(1e6)), /^2001 .* more than 1000 attributes/);
  assert.ok(performance.now() - started < 2000, 'long before the end of the file');
  assert.match(await refused(`<a b="${'x'.repeat((1 << 20) + 1)}"/>`), /^2001 .* attribute is longer/);
  assert.match(await refused(`<a>${'x'.repeat((16 << 20) + 1)}</a>`), /^2001 .* text is longer/);
  assert.match(await refused(`<a>${`<![CDATA[${'x'.repeat(1 << 20)}]]>`.repeat(17)}</a>`), /^2001 .* text is longer/);
  assert.match(await refused(`<a><!--${'x'.repeat(18 << 20)}`), /^2001 .* does not end/);
});

test('a file that is cut off anywhere ends with an error that says so', async () => {
  const whole = '<?xml version="1.0"?><a b="c"><d>é&amp;</d><![CDATA[x]]><!-- y --></a>';
  const bytes = Buffer.from(whole);
  for (let length = 1; length < bytes.length; length++) {
    assert.match(await refused(bytes.subarray(0, length)), /^(2001|1002|2006) /, `${length} bytes`);
  }
  assert.equal(await refused('<a><b>'), '2001 a.xml, line 1: the file ends too early (unclosed tag: b).');
});

test('the first element is found behind declarations, comments and white space, in any encoding', () => {
  const root = (text: string | Uint8Array): string | null => xmlRoot(Buffer.from(text));
  assert.equal(root('<?xml version="1.0"?>\n<!-- <b> > -->\n<n:kml xmlns:n="x">'), 'kml');
  assert.equal(root('\ufeff<gpx/>'), 'gpx');
  assert.equal(root('<!DOCTYPE n:kml [<!ENTITY a "<b>">]><kml/>'), 'kml');
  assert.equal(root(utf16('\ufeff<gpx >', true)), 'gpx');
  assert.equal(root('{"a":1}'), null);
  assert.equal(root(''), null);
  assert.equal(root('<!-- <kml>'), null);
  assert.equal(root('<!'.repeat(30_000)), null);
});
