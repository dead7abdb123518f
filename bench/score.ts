/** Scores of public corpora: `npm run score -- FOLDER [--no-type-guessing]`; see README.md. */
import { parseArgs } from 'node:util';
import { isCsvSpectrum, scoreCsvSpectrum } from './score/csv-spectrum.ts';
import { isExpectations, scoreExpectations } from './score/expectations.ts';
import { isPollock, scorePollock, summarisePollock } from './score/pollock.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'no-type-guessing': { type: 'boolean', default: false } },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('which folder? npm run score -- FOLDER [--no-type-guessing]');
const typeGuessing = !values['no-type-guessing'];

async function lines(path: string): Promise<readonly string[]> {
  if (isPollock(path)) return summarisePollock(await scorePollock(path, typeGuessing));
  if (isCsvSpectrum(path)) return scoreCsvSpectrum(path, typeGuessing);
  if (isExpectations(path)) return scoreExpectations(path, typeGuessing);
  throw new Error(`${path} has none of the layouts: csv/ and clean/, csvs/ and json/, files/ and expectations.json`);
}

const title = `${folder}, type guessing ${typeGuessing ? 'on' : 'off'}`;
console.log([title, ...(await lines(folder))].join('\n'));
