import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sridOfCrsName } from './crs.ts';

const names: readonly (readonly [string, number | null])[] = [
  ['urn:ogc:def:crs:OGC:1.3:CRS84', 4326],
  ['urn:ogc:def:crs:OGC::CRS84', 4326],
  ['CRS84', 4326],
  ['OGC:CRS84', 4326],
  ['http://www.opengis.net/def/crs/OGC/1.3/CRS84', 4326],
  ['urn:ogc:def:crs:EPSG::3857', 3857],
  ['urn:ogc:def:crs:EPSG:6.18.3:3857', 3857],
  ['urn:x-ogc:def:crs:EPSG:25830', 25830],
  ['EPSG:4326', 4326],
  ['epsg:900913', 3857],
  ['EPSG:102100', 3857],
  ['http://www.opengis.net/def/crs/EPSG/0/2154', 2154],
  ['http://www.opengis.net/gml/srs/epsg.xml#2154', 2154],
  ['EPSG:banana', null],
  ['EPSG:', null],
  ['ESRI:54009', null],
  ['', null],
];

for (const [name, srid] of names) {
  test(`${JSON.stringify(name)} is ${srid}`, () => assert.equal(sridOfCrsName(name), srid));
}
