import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImportError } from '../../errors.ts';
import { GdalFailure } from './gdal.ts';
import { translateGdal } from './translate.ts';

test('where GDAL was compiled is not told', () => {
  const line =
    'ERROR 1: /home/a/gdal-3.8.4/frmts/mbtiles/mbtilesdataset.cpp: 1284: Multiplication overflow : 16 * 9 * 9';
  const error = translateGdal(new GdalFailure([line]), 'map.mbtiles', 'MBTiles');
  assert.ok(error instanceof ImportError);
  assert.equal(error.message, 'map.mbtiles could not be read as MBTiles: Multiplication overflow : 16 * 9 * 9.');
});

test('a compression that GDAL was built without is named, with what to do', () => {
  const failure = new GdalFailure(['ERROR 1: /input-1/data.tif: Cannot open TIFF file due to missing codec JPEG.']);
  const error = translateGdal(failure, 'photo.tif', 'GeoTIFF');
  assert.ok(error instanceof ImportError);
  assert.deepEqual(
    [error.code, error.message],
    [1002, 'photo.tif is compressed with JPEG, which cannot be read here.'],
  );
  assert.match(error.hint ?? '', /COMPRESS=DEFLATE/);
});
