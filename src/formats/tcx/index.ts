import { xmlRoot } from '../../util/xml-head.ts';
import type { Format } from '../format.ts';

/**
 * Garmin Training Center XML 1 and 2: the layers tracks (one row an activity or course), laps, track_points and
 * course_points, those that hold anything. Workouts, which have no places, are not kept.
 */
export const tcx = {
  id: 'tcx',
  title: 'TCX',
  extensions: ['.tcx'],
  mediaTypes: ['application/vnd.garmin.tcx+xml'],
  matches: (head) => xmlRoot(head) === 'TrainingCenterDatabase',
  open: async (file, options, context) => (await import('./layers.ts')).openTcx(file, options, context),
} as const satisfies Format;
