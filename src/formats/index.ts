import { csv } from './csv/index.ts';
import type { Format } from './format.ts';
import { geojson } from './geojson/index.ts';

/** Every format, in the order in which their `matches` are asked. One line adds one. */
export const formats: readonly Format[] = [geojson, csv];
