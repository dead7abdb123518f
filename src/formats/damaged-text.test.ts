import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { openWith, rowsOf } from '../../test/support/layer-values.ts';
import { ImportError } from '../errors.ts';
import { esriJson } from './esri-json/index.ts';
import type { Format } from './format.ts';
import { gpx } from './gpx/index.ts';
import { kml } from './kml/index.ts';
import { tcx } from './tcx/index.ts';
import { topojson } from './topojson/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-damaged-'));
after(() => rmSync(folder, { recursive: true }));

const sources: readonly (readonly [Format, string])[] = [
  [
    kml,
    '<kml><Document><Schema id="s"><SimpleField name="n" type="int"/></Schema><Folder><name>é</name><Placemark id="a"><name>x</name><ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="n">1</SimpleData></SchemaData></ExtendedData><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0,1 1,0 1,1 0,0</coordinates></LinearRing></outerBoundaryIs></Polygon><gx:Track><when>2020</when><gx:coord>1 2 3</gx:coord></gx:Track></MultiGeometry></Placemark></Folder></Document></kml>',
  ],
  [
    gpx,
    '<gpx><wpt lat="1" lon="2"><ele>3</ele><link href="h"><text>t</text></link></wpt><rte><rtept lat="1" lon="2"/></rte><trk><name>n</name><trkseg><trkpt lat="1" lon="2"><time>2020-01-01T00:00:00Z</time><extensions><a:hr>1</a:hr></extensions></trkpt><trkpt lat="3" lon="4"/></trkseg></trk></gpx>',
  ],
  [
    tcx,
    '<TrainingCenterDatabase><Activity Sport="x"><Lap StartTime="t"><Track><Trackpoint><Position><LatitudeDegrees>1</LatitudeDegrees><LongitudeDegrees>2</LongitudeDegrees></Position><HeartRateBpm><Value>3</Value></HeartRateBpm></Trackpoint></Track></Lap></Activity></TrainingCenterDatabase>',
  ],
  [
    topojson,
    '{"type":"Topology","transform":{"scale":[1,1],"translate":[0,0]},"objects":{"a":{"type":"GeometryCollection","geometries":[{"type":"Polygon","arcs":[[0,-2]],"id":1,"properties":{"é":"x"}},{"type":"Point","coordinates":[1,2]}]}},"arcs":[[[0,0],[1,0]],[[0,0],[1,1]]]}',
  ],
  [
    esriJson,
    '{"geometryType":"esriGeometryPolygon","fields":[{"name":"a","type":"esriFieldTypeDate"}],"spatialReference":{"wkid":4326},"features":[{"attributes":{"a":12,"b":"é"},"geometry":{"rings":[[[0,0],[0,1],[1,1],[0,0]],[[5,5],[5,6],[6,6],[5,5]]]}}]}',
  ],
];

/** Edits of a file: some of its bytes replaced, a piece repeated, or a piece taken out. */
const edits = fc.array(
  fc.record({
    kind: fc.constantFrom('replace', 'repeat', 'remove'),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    length: fc.integer({ min: 1, max: 40 }),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      fc
        .constantFrom(
          '<',
          '>',
          '&',
          '"',
          '{',
          '[',
          ']',
          '}',
          ',',
          '-',
          '9e999',
          'null',
          '<![CDATA[',
          '<!--',
          '</',
          '\\u0000',
          '&#0;',
        )
        .map((text) => Buffer.from(text)),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

for (const [format, source] of sources) {
  test(`damaged ${format.title} is read or ends with a code, soon`, async () => {
    const path = join(folder, `${format.id}.x`);
    await fc.assert(
      fc.asyncProperty(edits, async (all) => {
        let bytes = Buffer.from(source);
        for (const { kind, at, length, bytes: inserted } of all) {
          const start = Math.floor(at * bytes.length);
          const piece = kind === 'replace' ? inserted : kind === 'repeat' ? bytes.subarray(start - length, start) : [];
          const rest = kind === 'repeat' ? start : start + (kind === 'replace' ? inserted.length : length);
          bytes = Buffer.concat([bytes.subarray(0, start), Buffer.from(piece), bytes.subarray(rest)]);
        }
        writeFileSync(path, bytes);
        const started = performance.now();
        try {
          for (const layer of await openWith(format, path)) {
            await layer.sample(() => {});
            const rows = await rowsOf(layer);
            assert.ok(
              rows.every(({ geometry }) => geometry !== 'invalid'),
              'well-known binary is whole',
            );
          }
        } catch (error) {
          if (!(error instanceof ImportError)) throw error;
        }
        assert.ok(performance.now() - started < 2000);
      }),
      { numRuns: 400, seed: 7 },
    );
  });
}
