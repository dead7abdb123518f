import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { readCsv } from '../support/read-csv.ts';
import { tablesOf } from '../support/spreadsheet.ts';

/** Why the suite cannot run here; false where it can. */
function missing(): string | false {
  try {
    execFileSync('ogr2ogr', ['--version']);
    return false;
  } catch {
    return 'ogr2ogr is not here: apt-get install gdal-bin';
  }
}

const folder = mkdtempSync(join(tmpdir(), 'landfall-ogr-'));
after(() => rmSync(folder, { recursive: true }));

const csv = `id,name,ratio,day,stamp,code
1,"Ål, ""quoted""",0.5,2024-01-02,2024-01-02 03:04:05,007
2,Ελλάδα & <co>,-12.25,1999-12-31,1999-12-31 23:59:59,0501
3,"two
lines",1000000,1900-03-01,2024-02-29 12:00:00,10115
`;

suite('spreadsheets that GDAL wrote', { skip: missing() }, () => {
  const source = join(folder, 'towns.csv');
  writeFileSync(source, csv);
  for (const driver of ['XLSX', 'ODS']) {
    test(`as ${driver} give the rows of the file that they were made from`, async () => {
      const target = join(folder, `towns.${driver.toLowerCase()}`);
      execFileSync('ogr2ogr', [
        '-f',
        driver,
        target,
        source,
        '-oo',
        'AUTODETECT_TYPE=YES',
        '-oo',
        'QUOTED_FIELDS_AS_STRING=YES',
      ]);
      const [table] = await tablesOf(`towns.${driver.toLowerCase()}`, readFileSync(target));
      const expected = await readCsv(csv);
      assert.deepEqual(
        table?.rows.map((row) => row.slice(0, 5)),
        expected.decoded.map(({ values }) => values.slice(0, 5)),
      );
      assert.deepEqual(table?.types.slice(0, 5), expected.types.slice(0, 5));
    });
  }
});
