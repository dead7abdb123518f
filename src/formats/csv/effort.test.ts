import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { describeText } from './describe-text.ts';
import { Effort } from './effort.ts';
import { HEAD_BYTES } from './file-pieces.ts';

const random = seededRandom(4);

/** As many lines as fill the head of a file. */
function head(line: (at: number) => string, names = ''): Buffer {
  const lines = [names];
  for (let length = names.length, at = 0; length < HEAD_BYTES; at++) {
    const next = `${line(at)}\n`;
    lines.push(next);
    length += next.length;
  }
  return Buffer.from(lines.join('')).subarray(0, HEAD_BYTES);
}

const punctuation = ',;\t|:^~#&!*@$% "\\\'abc12';
const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('');

const row = (columns: number, cell: (column: number) => string, delimiter = ','): string =>
  Array.from({ length: columns }, (_, column) => cell(column)).join(delimiter);
const names = (columns: number): string => `${row(columns, (column) => `col${column}`)}\n`;
const anyOf = (characters: string, length: number): string =>
  Array.from({ length }, () => characters[Math.floor(random() * characters.length)]).join('');

/** Characters that stand between the cells of some file. */
const separators = [...',;\t|:^~#&!*@¦§¬', ' ', '\x1f', '\x1e', '\x01'];

const tooWide = 'tooManyColumns';

/** What the head of a file may be made of, what comes of it (null: it does not matter), and millions that are spent at most. */
const heads: readonly (readonly [what: string, text: Buffer, found: number | typeof tooWide | null, most: number])[] = [
  ['short rows', head((at) => `${at},name ${at},${at * 1.7},2020-01-01`, 'id,name,v,d\n'), 4, 0.6],
  ['lines of 300 kB of prose', head((at) => `${at},"${'x, y; '.repeat(50_000)}",3`, 'a,b,c\n'), 3, 3.6],
  ['lines of 300 kB of JSON', head((at) => `${at},"${'{""a"": [1,2]},'.repeat(20_000)}",3`, 'a,b,c\n'), 3, 3.6],
  ['5,000 columns', head((at) => row(5000, (column) => `${(at * column) % 977}`), names(5000)), 5000, 2],
  ['5,000 columns of words', head((at) => row(5000, (column) => `w${at * column}`), names(5000)), 5000, 2],
  ['8,000 columns in quotes', head(() => row(8000, () => '"ab"'), names(8000)), 8000, 2.2],
  ['50,000 columns', head(() => row(50_000, () => '1')), tooWide, 3.8],
  ['a header of 60,000 columns', head(() => names(60_000)), tooWide, 3.6],
  ['one line', Buffer.alloc(HEAD_BYTES, 'abc def, '), tooWide, 1.3],
  ['one line without any structure', Buffer.from(anyOf(printable, HEAD_BYTES)), null, 5],
  ['nothing but line ends', Buffer.alloc(HEAD_BYTES, '\n'), null, 0.1],
  ['nothing but quotes', head(() => '"'.repeat(997)), null, 0.6],
  ['quotes that are never closed', head((at) => `${at},"a,b,c,d`), 5, 1],
  ['quotes that the next line closes', head((at) => `${at},"a\nb"c,d\ne,f"`), null, 1.2],
  ['quotes in every cell that swallow delimiters', head(() => row(40_000, (at) => `"a${at},`, ';')), tooWide, 4.8],
  ['quotes that may be repaired in each of 400 columns', head(() => row(400, () => '"a"b"c')), 400, 1.3],
  [
    'rows of quotes that hold no delimiter',
    head((at) => (at % 30 === 3 ? `"x"y,${'a"b"c,'.repeat(9000)}z` : '1,x')),
    2,
    1.3,
  ],
  [
    '400 columns, a broken quote in each row',
    head(() => row(400, (at) => (at === 3 ? '"a"b' : 'v')), names(400)),
    400,
    1.5,
  ],
  [
    'all separators in every row',
    head((at) => separators.map((one, column) => `${at + column}${one}`).join('')),
    null,
    1.4,
  ],
  ['names again and again', head(() => 'name;value;remark'), 3, 0.5],
  ['rows that begin as the names do', head((at) => `name;${at};x${at}`, 'name;value;remark\n'), 3, 0.5],
  ['punctuation', head(() => anyOf(punctuation, 60)), null, 1.5],
  ['lines of 300 kB of punctuation', head(() => anyOf(punctuation, 300_000)), null, 5],
];

for (const [what, text, found, most] of heads) {
  for (const isWhole of [false, true]) {
    test(`of a text of ${what}${isWhole ? ', which is all of the file,' : ''} no more is looked at than fits its time`, () => {
      const effort = new Effort();
      if (found === tooWide) assert.throws(() => describeText(text, isWhole, {}, effort), { kind: tooWide });
      else {
        const { tables } = describeText(text, isWhole, {}, effort);
        if (found !== null) assert.equal(tables[0]?.columns, found);
      }
      // Where all of it is there, it is also looked through for several tables and for what stands behind them.
      assert.ok(effort.spent <= (most + (isWhole ? 3.2 : 0)) * 1e6, `${effort.spent} bytes`);
    });
  }
}
