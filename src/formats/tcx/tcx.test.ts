import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openWith, type Row, rowsOf } from '../../../test/support/layer-values.ts';
import { tcx } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-tcx-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'run.tcx');

/** The rows of every layer by its name; cells that are NULL are left out. */
async function tables(content: string): Promise<Readonly<Record<string, readonly Row[]>>> {
  writeFileSync(
    path,
    `<?xml version="1.0"?><TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">${content}</TrainingCenterDatabase>`,
  );
  const all: Record<string, readonly Row[]> = {};
  for (const layer of await openWith(tcx, path)) {
    all[layer.name] = (await rowsOf(layer)).map(({ cells, geometry }) => ({
      cells: Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== null)),
      geometry,
    }));
  }
  return all;
}

const position = (x: number, y: number): string =>
  `<Position><LatitudeDegrees>${y}</LatitudeDegrees><LongitudeDegrees>${x}</LongitudeDegrees></Position>`;
const trackpoint = (time: string, content: string): string =>
  `<Trackpoint><Time>2020-01-01T${time}Z</Time>${content}</Trackpoint>`;

test('an activity gives a track, its laps and its points with what the sensors said', async () => {
  const all = await tables(
    '<Activities><Activity Sport="Running"><Id>A1</Id><Lap StartTime="2020-01-01T10:00:00Z"><TotalTimeSeconds>60.5</TotalTimeSeconds>' +
      '<DistanceMeters>100</DistanceMeters><Calories>9</Calories><AverageHeartRateBpm><Value>150</Value></AverageHeartRateBpm><Intensity>Active</Intensity><Track>' +
      trackpoint(
        '10:00:00',
        `${position(1, 2)}<AltitudeMeters>5</AltitudeMeters><HeartRateBpm><Value>120</Value></HeartRateBpm><Cadence>80</Cadence><Extensions><n:TPX xmlns:n="n"><n:Speed>2.5</n:Speed><n:Watts>200</n:Watts></n:TPX></Extensions>`,
      ) +
      trackpoint('10:00:30', '<DistanceMeters>50</DistanceMeters>') +
      trackpoint('10:01:00', position(3, 4)) +
      '</Track></Lap><Creator><Name>watch</Name></Creator></Activity></Activities><Author><Name>no</Name></Author>',
  );
  const geometry = {
    type: 1005,
    content: [
      {
        type: 1002,
        content: [
          [1, 2, 5],
          [3, 4, 0],
        ],
      },
    ],
  };
  const of = { track_fid: '0', lap: '0' };
  assert.deepEqual(all, {
    run_tracks: [{ cells: { sport: 'Running', id: 'A1' }, geometry }],
    run_laps: [
      {
        cells: {
          ...of,
          start_time: '2020-01-01T10:00:00Z',
          total_time: '60.5',
          distance: '100',
          calories: '9',
          average_heart_rate: '150',
          intensity: 'Active',
        },
        geometry,
      },
    ],
    run_track_points: [
      {
        cells: {
          ...of,
          time: '2020-01-01T10:00:00Z',
          altitude: '5',
          heart_rate: '120',
          cadence: '80',
          speed: '2.5',
          watts: '200',
        },
        geometry: { type: 1001, content: [1, 2, 5] },
      },
      { cells: { ...of, time: '2020-01-01T10:00:30Z', distance: '50' }, geometry: null },
      { cells: { ...of, time: '2020-01-01T10:01:00Z' }, geometry: { type: 1, content: [3, 4] } },
    ],
  });
});

test('a course gives a track, and its course points', async () => {
  const all = await tables(
    `<Courses><Course><Name>c</Name><Lap><TotalTimeSeconds>1</TotalTimeSeconds><BeginPosition><LatitudeDegrees>9</LatitudeDegrees></BeginPosition></Lap><Track>${trackpoint('10:00:00', position(1, 2))}${trackpoint('10:00:01', position(3, 4))}</Track>` +
      `<CoursePoint><Name>turn</Name><Time>2020-01-01T10:00:00Z</Time>${position(1, 2)}<PointType>Left</PointType></CoursePoint></Course></Courses>`,
  );
  assert.deepEqual(all.run_tracks, [
    {
      cells: { name: 'c' },
      geometry: {
        type: 5,
        content: [
          {
            type: 2,
            content: [
              [1, 2],
              [3, 4],
            ],
          },
        ],
      },
    },
  ]);
  assert.deepEqual(all.run_course_points, [
    {
      cells: { track_fid: '0', name: 'turn', time: '2020-01-01T10:00:00Z', point_type: 'Left' },
      geometry: { type: 1, content: [1, 2] },
    },
  ]);
  assert.deepEqual(all.run_laps?.[0]?.cells, { track_fid: '0', lap: '0', total_time: '1' });
});

test('a file without activities and courses ends with 1005', async () => {
  await assert.rejects(tables('<Workouts><Workout><Name>w</Name></Workout></Workouts>'), { kind: 'emptyFile' });
});
