import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import iconv from 'iconv-lite';
import { defaultReading } from '../../domain/reading.ts';
import { openCsv } from './csv-layer.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-mixed-'));
after(() => rmSync(folder, { recursive: true }));

async function told(parts: readonly (readonly [text: string, encoding: string])[], wish = {}): Promise<unknown> {
  const path = join(folder, 'a.csv');
  const bytes = Buffer.concat(parts.map(([text, encoding]) => iconv.encode(text, encoding)));
  writeFileSync(path, bytes);
  const file = { path, name: 'a.csv', sizeBytes: bytes.length, mediaType: null };
  const [layer] = openCsv(file, { ...defaultReading, ...wish });
  await layer?.read(() => undefined);
  return layer?.warnings?.().mixed_encodings;
}

const old = ['2;Orléans\n3;Nîmes\n4;Béziers\n5;Mâcon\n', 'windows-1252'] as const;

test('rows in UTF-8 within a text of another encoding are told', async () => {
  assert.deepEqual(await told([['id;ville\n1;Besançon\n', 'utf-8'], old]), {
    count: 1,
    first: [{ row: 1, line: 2, value: '1;BesanÃ§on' }],
  });
  assert.deepEqual(
    await told([
      ['id;miasto\n2;Łódź\n3;Gdańsk\n4;Kraków\n5;Zażółć\n', 'windows-1250'],
      ['6;Bąk\n', 'utf-8'],
    ]),
    {
      count: 1,
      first: [{ row: 5, line: 6, value: '6;BÄ…k' }],
    },
  );
});

test('texts of one encoding are not, nor those whose encoding is named, nor those of other scripts', async () => {
  const names = ['id;ville\n', 'windows-1252'] as const;
  assert.equal(await told([names, ['1;ÄRGER, «ÉTÉ» – SKÅNE São Ärzte\n', 'windows-1252'], old]), undefined);
  assert.equal(await told([['id;ville\n1;Besançon\n', 'utf-8'], old], { encoding: 'windows-1252' }), undefined);
  assert.equal(await told([['id;имя\n1;Ещё «Дёма» Гість\n2;Москва и область\n', 'windows-1251']]), undefined);
  assert.equal(await told([['id;ville\n1;Besançon\n', 'utf-8']]), undefined);
});
