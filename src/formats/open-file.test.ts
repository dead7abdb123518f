import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultReading } from '../domain/reading.ts';
import { ImportError } from '../errors.ts';
import { openFile } from './open-file.ts';

const options = {
  ...defaultReading,
  maxRows: 10,
};

/** Opens bytes under a name; gives the names of the layers, or the code and words of the error. */
async function opened(name: string, content: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-open-'));
  try {
    const path = join(folder, 'input');
    writeFileSync(path, content, 'latin1');
    const file = { path, name, sizeBytes: content.length, mediaType: null, companions: new Map() };
    return (await openFile(file, options, { folder })).map((layer) => layer.name).join(' ');
  } catch (error) {
    assert.ok(error instanceof ImportError, String(error));
    return `${error.code}: ${error.message}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the content decides before the name', async () => {
  assert.equal(await opened('a.csv', '{"type":"Point","coordinates":[1,2]}'), 'a');
  assert.equal(await opened('a', 'id,name\n1,a\n'), 'a');
});

test('a file that cannot be imported is called what it is', async () => {
  const page = '<!DOCTYPE html>\n<html><body>404</body></html>';
  assert.equal(await opened('a.csv', page), '1002: a.csv is a web page (HTML), not a file of data.');
  assert.equal(
    await opened('a.html', `<!-- saved -->\n${page}`),
    '1002: a.html is a web page (HTML), not a file of data.',
  );
  assert.equal(await opened('a.pdf', '%PDF-1.7'), '1002: a.pdf is a PDF document.');
  assert.match(
    await opened('a.sql', '-- PostgreSQL database dump\n\nSET x = 1;'),
    /^1002: a\.sql is an SQL dump: SQL is a program/,
  );
  assert.match(await opened('a.xyz', 'what is this'), /^1002: a\.xyz is of no format that can be read/);
  assert.equal(await opened('a.csv', ''), '1005: a.csv has no bytes.');
  assert.match(await opened('a.sql', 'begin;\nselect 1;\n'), /^1002: a\.sql is an SQL dump/);
  assert.match(await opened('a.prj', 'GEOGCS["GCS_WGS_1984"]'), /^1002: a\.prj is a part of a shapefile \(\.prj\)/);
  assert.match(await opened('a.dwg', 'AC1027\0\0\0'), /^1002: a\.dwg is an AutoCAD drawing \(DWG\)/);
  assert.match(
    await opened('a.csv', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n'),
    /^1002: a\.csv is a pointer of Git LFS/,
  );
});

test('the answer of a server that refused is called one, and its words are shown', async () => {
  const denied = '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
  assert.equal(await opened('a.csv', denied), '1002: a.csv is an XML document (<Error>), which says: Access Denied.');
  const report = '<?xml version="1.0"?><ows:ExceptionReport xmlns:ows="x"><ows:Exception><ows:ExceptionText>No layer';
  assert.equal(
    await opened('a.xml', `${report}</ows:ExceptionText></ows:Exception></ows:ExceptionReport>`),
    '1002: a.xml is an XML document (<ExceptionReport>), which says: No layer.',
  );
  assert.equal(
    await opened('a.csv', '<div class="error">Access denied</div>'),
    '1002: a.csv is a web page (HTML), not a file of data.',
  );
});

test('text under the name of a workbook is read as text, a page is told as one', async () => {
  for (const name of ['a.xls', 'a.xlsx', 'a.ods']) assert.equal(await opened(name, 'a,b\n1,2\n'), 'a');
  for (const name of ['a.xls', 'a.xlsx']) assert.match(await opened(name, '<html><table></table></html>'), /^2008: /);
});
