import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gdalKinds, headOf, isRaster, kindOf, pointsElsewhere } from './kinds.ts';

const told = (text: string, extension = ''): string | undefined =>
  kindOf(headOf(Buffer.from(text, 'latin1')), extension)?.title;

test('a format is told by its first bytes, whatever the file is called', () => {
  const gml = 'xmlns:gml="http://www.opengis.net/gml/3.2"';
  const cases: readonly (readonly [text: string, title: string])[] = [
    ['!table\n!version 300\n', 'MapInfo TAB'],
    ['Version   300\nCharset "Neutral"\nColumns 1\n  n Integer\nData\n', 'MapInfo MIF'],
    ['  0\r\nSECTION\r\n  2\r\nHEADER\r\n', 'AutoCAD DXF'],
    ['999\nmade by hand\n0\nSECTION\n', 'AutoCAD DXF'],
    ['019153LE1 0900073   6604DSID', 'IHO S-57 chart'],
    ['<?xml version="1.0"?><osm version="0.6">', 'OpenStreetMap'],
    ['\0\0\0\x0d\n\tOSMHeader', 'OpenStreetMap'],
    ['<rss version="2.0"><channel>', 'GeoRSS'],
    ['<feed xmlns="http://www.w3.org/2005/Atom">', 'GeoRSS'],
    ['<JCSDataFile xmlns:gml="http://www.opengis.net/gml">', 'OpenJUMP JML'],
    [`<wfs:FeatureCollection ${gml}>`, 'GML'],
    [`<!-- a --><core:CityModel ${gml}>`, 'GML'],
    ['SQLite format 3\0', 'SQLite, SpatiaLite'],
    ['# @VGMT1.0 @GPOINT\n', 'GMT vectors'],
  ];
  for (const [text, title] of cases) assert.equal(told(text, '.csv'), title, text);
});

test('what belongs to other formats is left to them', () => {
  const geopackage = Buffer.alloc(100);
  geopackage.write('SQLite format 3\0');
  geopackage.write('GPKG', 68);
  for (const text of [
    geopackage.toString('latin1'),
    'SQLite format 3\0 create table gpkg_contents',
    '<kml xmlns:gml="http://www.opengis.net/gml">',
    '<html><!-- http://www.opengis.net/gml -->',
    'version,columns 2\n1,2\n',
    'a\tb\n1\t2\n',
  ]) {
    assert.equal(told(text, '.csv'), undefined, text);
  }
});

test('what has no sign of its own is told by the extension', () => {
  assert.equal(told('anything', '.gdb'), 'Esri file geodatabase');
  assert.equal(told('anything', '.dgn'), 'MicroStation DGN 7');
});

test('virtual formats and service descriptions are told from data', () => {
  for (const root of ['OGRVRTDataSource', 'VRTDataset', 'GDAL_WMS', 'OGRWFSDataSource']) {
    assert.ok(
      pointsElsewhere(headOf(Buffer.from(`\ufeff<?xml version="1.0"?>\n<!-- a > b -->\n<${root} a="1">`))),
      root,
    );
  }
  assert.ok(!pointsElsewhere(headOf(Buffer.from('"<VRTDataset>",1\n'))));
});

test('rasters and images are told by their first bytes', () => {
  assert.ok(isRaster(headOf(Buffer.from('MM\0*\0\0\0\x08'))));
  assert.ok(!isRaster(headOf(Buffer.from('II,MM\n1,2\n'))));
});

test('no driver that opens other sources is on the list', () => {
  const drivers = new Set(gdalKinds.map(({ driver }) => driver));
  for (const name of ['OGR_VRT', 'VRT', 'WFS', 'GMLAS', 'CSW', 'OAPIF', 'PostgreSQL', 'HTTP', 'PDF', 'GTFS']) {
    assert.ok(!drivers.has(name), name);
  }
});
