import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openWith, type Row, rowsOf } from '../../../test/support/layer-values.ts';
import type { Layer } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { gpx } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-gpx-'));
after(() => rmSync(folder, { recursive: true }));

const document = (content: string): string =>
  `<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><metadata><name>no</name></metadata>${content}</gpx>`;

async function open(content: string): Promise<readonly Layer[]> {
  const path = join(folder, 'tour.gpx');
  writeFileSync(path, content);
  return await openWith(gpx, path);
}

/** The rows of every layer by its name; cells that are NULL are left out. */
async function tables(content: string): Promise<Readonly<Record<string, readonly Row[]>>> {
  const all: Record<string, readonly Row[]> = {};
  for (const layer of await open(document(content))) {
    all[layer.name] = (await rowsOf(layer)).map(({ cells, geometry }) => ({
      cells: Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== null)),
      geometry,
    }));
  }
  return all;
}

const point = (name: string, x: number, y: number, content = ''): string =>
  `<${name} lon="${x}" lat="${y}">${content}</${name}>`;

test('waypoints alone are a table of the name of the file', async () => {
  const content = point(
    'wpt',
    1.5,
    2.5,
    '<ele>8.5</ele><time>2020-01-01T10:00:00</time><name>007</name><sym>Flag</sym><hdop>1</hdop>' +
      '<link href="http://a/"><text>A</text></link><link href="http://b/"/>',
  );
  assert.deepEqual(await tables(content), {
    tour: [
      {
        cells: {
          ele: '8.5',
          time: '2020-01-01T10:00:00Z',
          name: '007',
          sym: 'Flag',
          hdop: '1',
          link1_href: 'http://a/',
          link1_text: 'A',
          link2_href: 'http://b/',
        },
        geometry: { type: 1001, content: [1.5, 2.5, 8.5] },
      },
    ],
  });
  const [layer] = await open(document(content));
  assert.deepEqual(layer?.types, [
    'double precision',
    'timestamptz',
    'text',
    'text',
    'double precision',
    'text',
    'text',
    'text',
  ]);
});

test('tracks are lines of their segments, and every point is a row with its numbers', async () => {
  const all = await tables(
    `<trk><name>t</name><number>3</number><trkseg>${point('trkpt', 1, 1, '<ele>5</ele>')}${point('trkpt', 2, 2)}</trkseg>` +
      `<trkseg>${point('trkpt', 3, 3)}</trkseg><trkseg/></trk><trk><trkseg>${point('trkpt', 4, 4)}</trkseg></trk>`,
  );
  assert.deepEqual(Object.keys(all), ['tour_tracks', 'tour_track_points']);
  assert.deepEqual(all.tour_tracks, [
    {
      cells: { name: 't', number: '3' },
      geometry: {
        type: 1005,
        content: [
          {
            type: 1002,
            content: [
              [1, 1, 5],
              [2, 2, 0],
            ],
          },
        ],
      },
    },
    { cells: {}, geometry: null },
  ]);
  assert.deepEqual(
    all.tour_track_points?.map(({ cells }) => [cells.track_fid, cells.track_seg_id, cells.track_seg_point_id]),
    [
      ['0', '0', '0'],
      ['0', '0', '1'],
      ['0', '1', '0'],
      ['1', '0', '0'],
    ],
  );
});

test('routes are lines, with their points', async () => {
  const all = await tables(`<rte><name>r</name>${point('rtept', 1, 2, '<name>p</name>')}${point('rtept', 3, 4)}</rte>`);
  assert.deepEqual(all.tour_routes, [
    {
      cells: { name: 'r' },
      geometry: {
        type: 2,
        content: [
          [1, 2],
          [3, 4],
        ],
      },
    },
  ]);
  assert.deepEqual(all.tour_route_points?.[0], {
    cells: { route_fid: '0', route_point_id: '0', name: 'p' },
    geometry: { type: 1, content: [1, 2] },
  });
});

test('elements of extensions are columns of their own, beside those of the point', async () => {
  const extension =
    '<time>2020-01-01T00:00:00Z</time><extensions><g:TPX xmlns:g="g"><g:hr>120</g:hr><g:atemp>21.5</g:atemp><g:time>9</g:time></g:TPX></extensions>';
  const all = await tables(`<trk><trkseg>${point('trkpt', 1, 1, extension)}${point('trkpt', 2, 2)}</trkseg></trk>`);
  assert.deepEqual(all.tour_track_points?.[0]?.cells, {
    track_fid: '0',
    track_seg_id: '0',
    track_seg_point_id: '0',
    time: '2020-01-01T00:00:00Z',
    hr: '120',
    atemp: '21.5',
    TPX_time: '9',
  });
});

test('a point without a place is a row, and does not spoil its line', async () => {
  const all = await tables(
    `<trk><trkseg>${point('trkpt', 1, 1)}<trkpt lat="x"/>${point('trkpt', 2, 2)}</trkseg></trk>`,
  );
  assert.deepEqual(all.tour_tracks?.[0]?.geometry, {
    type: 5,
    content: [
      {
        type: 2,
        content: [
          [1, 1],
          [2, 2],
        ],
      },
    ],
  });
  assert.equal(all.tour_track_points?.length, 3);
});

test('a file without points ends with 1005', async () => {
  await assert.rejects(open(document('')), { kind: 'emptyFile' });
});

test('a GPX file that is cut off anywhere ends with a code', async () => {
  const bytes = Buffer.from(document(point('wpt', 1, 2, '<name>é</name>')));
  for (let length = 1; length < bytes.length; length++) {
    writeFileSync(join(folder, 'cut.gpx'), bytes.subarray(0, length));
    await assert.rejects(openWith(gpx, join(folder, 'cut.gpx')), ImportError, `${length} bytes`);
  }
});
