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

const row = (columns: number, cell: (column: number) => string, delimiter = ','): string =>
  Array.from({ length: columns }, (_, column) => cell(column)).join(delimiter);
const names = (columns: number): string => `${row(columns, (column) => `col${column}`)}\n`;
const anyOf = (characters: string, length: number): string =>
  Array.from({ length }, () => characters[Math.floor(random() * characters.length)]).join('');

/** What the head of a file may be made of, how many columns it then has, and bytes looked at, at most, in a MB. */
const heads: readonly (readonly [what: string, text: Buffer, columns: number | null, megabytes: number])[] = [
  ['short rows', head((at) => `${at},name ${at},${at * 1.7},2020-01-01`, 'id,name,v,d\n'), 4, 1],
  ['lines of 300 kB of prose', head((at) => `${at},"${'x, y; '.repeat(50_000)}",3`, 'a,b,c\n'), 3, 7],
  ['lines of 300 kB of JSON', head((at) => `${at},"${'{""a"": [1,2]},'.repeat(20_000)}",3`, 'a,b,c\n'), 3, 8],
  ['5,000 columns', head((at) => row(5000, (column) => `${(at * column) % 977}`), names(5000)), 5000, 2],
  ['5,000 columns of words', head((at) => row(5000, (column) => `w${at * column}`), names(5000)), 5000, 2],
  ['50,000 columns', head(() => row(50_000, () => '1')), 50_000, 6],
  ['one line', Buffer.alloc(HEAD_BYTES, 'abc def, '), null, 7],
  ['nothing but line ends', Buffer.alloc(HEAD_BYTES, '\n'), null, 0.1],
  ['nothing but quotes', head(() => '"'.repeat(997)), null, 1],
  ['quotes that are never closed', head((at) => `${at},"a,b,c,d`), 5, 2],
  ['quotes in every cell that swallow delimiters', head(() => row(40_000, (at) => `"a${at},`, ';')), null, 11],
  [
    'rows of quotes that hold no delimiter',
    head((at) => (at % 30 === 3 ? `"x"y,${'a"b"c,'.repeat(9000)}z` : '1,x')),
    2,
    2,
  ],
  [
    '400 columns, a broken quote in each row',
    head(() => row(400, (at) => (at === 3 ? '"a"b' : 'v')), names(400)),
    400,
    2,
  ],
  ['punctuation', head(() => anyOf(',;\t|:^~#&!*@$% "\\\'abc12', 60)), null, 4],
  ['lines of 300 kB of punctuation', head(() => anyOf(',;\t|:^~#&!*@$% "\\\'abc12', 300_000)), null, 14],
];

for (const [what, text, columns, megabytes] of heads) {
  for (const isWhole of [false, true]) {
    test(`of a text of ${what}${isWhole ? ', which is all of the file,' : ''} no more is looked at than fits its time`, () => {
      const effort = new Effort();
      let found: number | undefined;
      try {
        found = describeText(text, isWhole, {}, effort).tables[0]?.columns;
      } catch (error) {
        assert.match(String(error), /cells/);
      }
      if (columns !== null) assert.equal(found, columns);
      // Where all of it is there, it is also looked through for several tables and for what stands behind them.
      assert.ok(effort.spent <= (megabytes + (isWhole ? 3 : 0)) * 1e6, `${effort.spent} bytes`);
    });
  }
}
