import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImportError } from '../../errors.ts';
import { GdalFailure } from './gdal.ts';
import { translateGdal } from './translate.ts';

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
