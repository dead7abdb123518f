import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { made, rar4, rar5, sevenZip, type TarFile, tar, type ZipFile, zip } from '../../test/support/archives.ts';
import { ImportError } from '../errors.ts';
import { unpack } from './unpack.ts';

const megabyte = 1024 ** 2;

interface Unpacked {
  /** `path: content` of every member; of one that failed the number of its error. */
  readonly members: readonly string[] | null;
  /** Names of the files that were made. */
  readonly made: readonly string[];
}

/** Unpacks an archive in a folder of its own, and checks that nothing but `x1`, `x2`, … was made there. */
async function unpacked(name: string, bytes: Buffer, maxBytes = 100 * megabyte): Promise<Unpacked> {
  const root = mkdtempSync(join(tmpdir(), 'landfall-unpack-'));
  try {
    const path = join(root, 'input');
    writeFileSync(path, bytes);
    const folder = mkdtempSync(join(root, 'job-'));
    const file = { path, name, sizeBytes: bytes.length, mediaType: null };
    const isData = (head: Buffer): boolean => head.includes('workbook');
    try {
      const members = await unpack(file, { folder, maxBytes, isData, takesLate: () => false });
      const shown = members?.map((member) =>
        member.file instanceof ImportError
          ? `${member.path}: ${member.file.code}`
          : `${member.path}: ${readFileSync(member.file.path)}`,
      );
      return { members: shown ?? null, made: readdirSync(folder).toSorted() };
    } finally {
      assert.deepEqual(
        readdirSync(folder).filter((made) => !/^x\d+$/.test(made)),
        [],
      );
      assert.equal(readdirSync(root).length, 2, 'nothing was made outside the folder');
    }
  } finally {
    rmSync(root, { recursive: true });
  }
}

const contents = async (name: string, bytes: Buffer): Promise<readonly string[] | null> =>
  (await unpacked(name, bytes)).members;

const code =
  (...codes: readonly number[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof ImportError, String(error));
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
    assert.ok(error.message.length > 20 && error.hint !== undefined);
    return true;
  };

const csv = 'a\n1\n';
const twoFiles = [
  { name: 'a.csv', content: 'id\n1\n' },
  { name: 'd/b.csv', content: csv },
];
const twoShown = ['a.csv: id\n1\n', 'd/b.csv: a\n1\n'];

suite('every packing gives its files back', () => {
  const cases: readonly (readonly [string, Buffer, readonly string[]])[] = [
    ['a.zip', zip(twoFiles), twoShown],
    ['stored.zip', zip(twoFiles.map((file) => ({ ...file, isStored: true }))), twoShown],
    ['zip64.zip', zip(twoFiles, { zip64: true }), twoShown],
    ['a.tar', tar(twoFiles), twoShown],
    ['a.tar.gz', gzipSync(tar(twoFiles)), twoShown],
    ['a.tgz', gzipSync(tar(twoFiles)), twoShown],
    ['a.tar.zst', zstdCompressSync(tar(twoFiles)), twoShown],
    ['a.csv.gz', gzipSync(csv), ['a.csv: a\n1\n']],
    ['a.csv.zst', zstdCompressSync(csv), ['a.csv: a\n1\n']],
    ['a.csv.xz', made.xz, ['a.csv: a\n1\n']],
    ['a.csv.bz2', made.bzip2, ['a.csv: a\n1\n']],
    ['two streams.csv.bz2', Buffer.concat([made.bzip2, made.bzip2]), ['two streams.csv: a\n1\na\n1\n']],
    ['a.7z', made.sevenZip, ['d/b.csv: x\n1\n2\n', 'a.csv: id,name\n1,один\n']],
    ['four.rar', rar4(twoFiles), twoShown],
    ['five.rar', rar5(twoFiles), twoShown],
    ['data', zip(twoFiles), twoShown],
    ['a.zip in a.zip', zip([{ name: 'x/a.zip', content: zip(twoFiles) }]), twoShown.map((line) => `x/a.zip/${line}`)],
    ['tgz in zip', zip([{ name: 'a.tgz', content: gzipSync(tar(twoFiles)) }]), twoShown],
    ['gz in tar', tar([{ name: 'd/a.csv.gz', content: gzipSync(csv) }]), ['d/a.csv: a\n1\n']],
    ['empty.zip', zip([]), []],
    ['folders.zip', zip([{ name: 'd/' }, { name: 'd/a.csv', content: csv }]), ['d/a.csv: a\n1\n']],
    ['windows.zip', zip([{ name: 'd\\a.csv', content: csv }]), ['d/a.csv: a\n1\n']],
    ['dots.tar', tar([{ name: './a.csv', content: csv }]), ['a.csv: a\n1\n']],
  ];
  for (const [name, bytes, expected] of cases) {
    test(name, async () => assert.deepEqual((await contents(name, bytes))?.toSorted(), expected.toSorted()));
  }
});

test('what is no archive, or data that looks like one, is left as it is', async () => {
  assert.equal(await contents('a.csv', Buffer.from(csv)), null);
  assert.equal(await contents('empty', Buffer.alloc(0)), null);
  assert.equal(await contents('book.zip', zip([{ name: 'xl/workbook.xml', content: '<workbook/>' }])), null);
  assert.equal(await contents('text.docx', zip([{ name: '[Content_Types].xml', content: 'x' }])), null);
});

test('archives that were on the way do not stay on the disk', async () => {
  const { made } = await unpacked('a.zip', zip([{ name: 'b.tgz', content: gzipSync(tar(twoFiles)) }]));
  assert.equal(made.length, 2);
});

test('what systems leave in archives is left out without a word', async () => {
  const litter = [
    '__MACOSX/._a.csv',
    '.DS_Store',
    'd/.hidden/a.csv',
    'README.txt',
    'd/read Readme-en.TXT',
    'x.VERSION.txt',
  ];
  const files = [...litter, 'Thumbs.db', 'a.csv'].map((name) => ({ name, content: csv }));
  assert.deepEqual(await contents('a.zip', zip(files)), ['a.csv: a\n1\n']);
});

test('a zip file whose names say nothing about their encoding is read in the code page that makes words of them', async () => {
  const legacy = async (...bytes: readonly number[]) =>
    (
      await contents('a.zip', zip([{ name: Buffer.concat([Buffer.from(bytes), Buffer.from('.csv')]), content: csv }]))
    )?.[0]?.split('.')[0];
  assert.equal(await legacy(...Buffer.from('größe')), 'größe');
  assert.equal(await legacy(0x63, 0x61, 0x66, 0x82), 'café');
  assert.equal(await legacy(0x83, 0xae, 0xe0, 0xae, 0xa4), 'Город');
  assert.equal(await legacy(0x45, 0x73, 0x70, 0x61, 0xa4, 0x61), 'España');
  assert.equal(await legacy(0x84, 0xa0, 0xe2, 0xa0), 'Дата');
  assert.equal(await legacy(0xca, 0xfd, 0xbe, 0xdd), '数据');
  assert.equal(await legacy(0x83, 0x66, 0x81, 0x5b, 0x83, 0x5e), 'データ');
});

test('names of 7z and RAR archives keep their letters beyond ASCII', async () => {
  assert.deepEqual(await contents('a.7z', made.sevenZipNames), ['ñandú.csv: a\n1\n', 'ż/日本.csv: a\n2\n']);
  assert.deepEqual(await contents('a.7z', sevenZip('größe*.csv', csv)), ['größe*.csv: a\n1\n']);
  // RAR 4 writes a name twice: bytes, then letters of 8 bits (00), of the page 0x04 (01), of 16 bits (10), or copies (11).
  const twice = (plain: string, ...packed: number[]): Buffer =>
    Buffer.concat([Buffer.from(`${plain}\0`, 'latin1'), Buffer.from(packed)]);
  const names = [
    { name: twice('???.csv', 0, 0b10_00_01_11, 0xe5, 0x65, 0xf1, 0x31, 2), flags: 0x200 },
    { name: twice('a?.csv', 4, 0b00_01_11_00, 0x61, 0x34, 2), flags: 0x200 },
    { name: Buffer.from([0x63, 0x61, 0x66, 0x82, 0x2e, 0x63, 0x73, 0x76]) },
    { name: 'plain.csv' },
  ].map((file) => ({ ...file, content: csv }));
  assert.deepEqual(await contents('a.rar', rar4(names)), [
    '日ñ1.csv: a\n1\n',
    'aд.csv: a\n1\n',
    'café.csv: a\n1\n',
    'plain.csv: a\n1\n',
  ]);
  assert.deepEqual(await contents('a.rar', rar5([{ name: '日本.csv', content: csv }])), ['日本.csv: a\n1\n']);
});

suite('a password is 1018', () => {
  test('of one file of a zip: the others are there', async () => {
    const files = [
      { name: 'a.csv', content: csv, flags: 0x801 },
      { name: 'b.csv', content: csv },
    ];
    assert.deepEqual(await contents('a.zip', zip(files)), ['a.csv: 1018', 'b.csv: a\n1\n']);
  });
  test('of a RAR file', async () => {
    assert.deepEqual(await contents('a.rar', rar4([{ name: 'a.csv', content: csv, flags: 4 }])), ['a.csv: 1018']);
  });
  test('of a 7z file', async () => {
    assert.deepEqual(await contents('a.7z', made.sevenZipLocked), ['a.csv: 1018', 'd/b.csv: 1018']);
  });
  test('of a 7z file with its names', async () => {
    await assert.rejects(contents('a.7z', made.sevenZipHidden), code(1018));
  });
});

suite('what is damaged is 1003', () => {
  const text = 'id,name\n'.repeat(2000);
  const many = [1, 2, 3].map((number) => ({ name: `${number}.csv`, content: `${number}${text}` }));
  const whole: Readonly<Record<string, Buffer>> = {
    'a.zip': zip(many),
    'a.tar': tar(many),
    'a.tar.gz': gzipSync(tar(many)),
    'a.csv.zst': zstdCompressSync(text),
    'a.csv.bz2': made.bzip2,
    'a.csv.xz': made.xz,
    'a.7z': made.sevenZip,
    'a.rar': rar5(many),
  };
  for (const [name, bytes] of Object.entries(whole)) {
    test(`${name} cut off in the middle`, async () => {
      const cut = bytes.subarray(0, Math.floor(bytes.length / 2));
      const members = await contents(name, cut).catch((error: unknown) => {
        code(1003)(error);
        return [];
      });
      assert.ok(
        (members ?? []).every(
          (member) => / 1003$/.test(member) || many.some(({ content }) => member.endsWith(content)),
        ),
      );
    });
  }
  test('a wrong checksum in a zip file is told of that file alone', async () => {
    const bytes = zip([
      { name: 'a.csv', content: 'a\n1\n', isStored: true },
      { name: 'b.csv', content: 'b\n2\n', isStored: true },
    ]);
    bytes[bytes.indexOf('a\n1\n') + 2] = 0x39;
    assert.deepEqual(await contents('a.zip', bytes), ['a.csv: 1003', 'b.csv: b\n2\n']);
  });
});

/** Fails where an archive takes longer than this to be refused. */
const PATIENCE_MS = 5000;

async function refuses(name: string, bytes: Buffer, ...codes: readonly number[]): Promise<void> {
  const began = performance.now();
  await assert.rejects(unpacked(name, bytes), code(...codes));
  assert.ok(performance.now() - began < PATIENCE_MS, 'it took too long');
}

suite('bombs end with 1003 or 6666', () => {
  const zeros = Buffer.alloc(60 * megabyte);
  const kilobyte = Buffer.alloc(1024);
  const bombs: readonly (readonly [string, string, () => Buffer, ...number[]])[] = [
    ['one file that is packed a thousandfold', 'a.zip', () => zip([{ name: 'a.csv', content: zeros }]), 1003],
    [
      'a file that claims to be small',
      'a.zip',
      () => zip([{ name: 'a.csv', content: zeros, claimedSize: 10, flags: 0x808 }]),
      1003,
    ],
    [
      'files that share their bytes',
      'a.zip',
      () =>
        zip([
          { name: 'a.csv', content: kilobyte },
          ...Array.from({ length: 500 }, (): ZipFile => ({ name: 'a.csv', content: kilobyte, sharesBytesOf: 0 })),
        ]),
      1003,
    ],
    [
      'more files than an archive may have',
      'a.zip',
      () => zip(Array.from({ length: 1001 }, (_, index) => ({ name: `${index}.csv`, content: 'a' }))),
      1003,
    ],
    [
      'names of more than a megabyte',
      'a.zip',
      () => zip(Array.from({ length: 40 }, (_, index) => ({ name: `${index}${'n'.repeat(30_000)}`, content: 'a' }))),
      1003,
    ],
    [
      'archives in archives in archives',
      'a.zip',
      () =>
        zip([{ name: 'b.zip', content: zip([{ name: 'c.zip', content: zip([{ name: 'a.csv', content: csv }]) }]) }]),
      1003,
    ],
    ['a compressed stream', 'a.csv.gz', () => gzipSync(zeros), 1003],
    ['a compressed stream in a compressed stream', 'a.gz.gz', () => gzipSync(gzipSync(zeros)), 1003],
    ['bzip2 at its best', 'a.csv.bz2', () => made.bzip2Bomb, 1003],
    [
      'many archives, each of which is small enough',
      'a.zip',
      () => {
        const inner = zip([{ name: 'a.csv', content: Buffer.alloc(9 * megabyte) }]);
        return zip(Array.from({ length: 20 }, (_, index) => ({ name: `${index}.zip`, content: inner })));
      },
      1003,
    ],
    [
      'more than an import may have, honestly packed',
      'a.tar.gz',
      () =>
        gzipSync(
          Buffer.from(
            Array.from({ length: (110 * megabyte) / 8 }, (_, index) => `${index % 99991}`.padStart(8)).join(''),
          ),
        ),
      6666,
    ],
  ];
  for (const [title, name, make, ...codes] of bombs) test(title, () => refuses(name, make(), ...codes));
});

suite('attacks by names and links end with 1003', () => {
  const names = [
    '../a.csv',
    'd/../../a.csv',
    '/etc/a.csv',
    '//host/share/a.csv',
    '\\\\host\\share\\a.csv',
    '..\\a.csv',
    'd\\..\\..\\a.csv',
    'C:\\a.csv',
    'c:a.csv',
    'a.csv\0.txt',
    '..',
    'd/..',
  ];
  for (const name of names) {
    test(`zip with ${JSON.stringify(name)}`, () => refuses('a.zip', zip([{ name, content: csv }]), 1003));
  }
  for (const name of ['../a.csv', '/a.csv', 'd/../../x']) {
    test(`tar with ${name}`, () => refuses('a.tar', tar([{ name, content: csv }]), 1003));
    test(`rar with ${name}`, () => refuses('a.rar', rar5([{ name, content: csv }]), 1003));
  }
  const links: readonly (readonly [string, TarFile])[] = [
    ['a symbolic link', { name: 'a.csv', type: '2', link: '/etc/passwd' }],
    ['a hard link', { name: 'a.csv', type: '1', link: '/etc/passwd' }],
    ['a device', { name: 'a.csv', type: '3' }],
    ['a pipe', { name: 'a.csv', type: '6' }],
  ];
  for (const [title, file] of links) {
    test(`tar with ${title}`, () => refuses('a.tgz', gzipSync(tar([file, { name: 'b.csv', content: csv }])), 1003));
  }
  test('zip with a symbolic link', () =>
    refuses('a.zip', zip([{ name: 'a.csv', content: '/etc/passwd', attributes: 0o120777 * 0x10000 }]), 1003));
  test('rar with a symbolic link', () =>
    refuses('a.rar', rar4([{ name: 'a.csv', content: '/etc/passwd', attributes: 0o120777 }]), 1003));
  test('the same name twice, the first a link to elsewhere', () =>
    refuses(
      'a.tar',
      tar([
        { name: 'd', type: '2', link: '/tmp' },
        { name: 'd/a.csv', content: csv },
      ]),
      1003,
    ));
  test('the same name twice', () =>
    refuses(
      'a.zip',
      zip([
        { name: 'a.csv', content: csv },
        { name: 'a.csv', content: csv },
      ]),
      1003,
    ));
  test('another name before the file than in the table of contents', () =>
    refuses('a.zip', zip([{ name: 'a.csv', localName: '../b.csv', content: csv }]), 1003));
  test('an attack in an archive in an archive', () =>
    refuses('a.zip', zip([{ name: 'b.zip', content: zip([{ name: '../a.csv', content: csv }]) }]), 1003));
});
