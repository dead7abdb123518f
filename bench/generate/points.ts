import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

const words =
  'Noise,Heat,Water,Street,Blocked,Driveway,Illegal,Parking,Plumbing,Paint,Rodent,Damaged,Tree,Graffiti,Vendor'.split(
    ',',
  );

/** A linear congruential generator (Numerical Recipes' constants), so that the file is the same on every machine. */
function seeded(): () => number {
  let seed = 42;
  return () => {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

/** Writes a CSV of `count` rows and ten columns shaped like a city's service requests; 2,000,000 rows are 260 MB. */
export async function generatePoints(path: string, count: number): Promise<void> {
  const random = seeded();
  const word = (): string => words[(random() * words.length) | 0] ?? '';
  const file = createWriteStream(path, { highWaterMark: 1 << 20 });
  file.write('unique_key,created_date,agency,complaint_type,descriptor,zip,longitude,latitude,score,resolved\n');
  let pending = '';
  for (let row = 0; row < count; row++) {
    const when = new Date(1.4e12 + random() * 2e11).toISOString().slice(0, 19).replace('T', ' ');
    const a = word();
    const b = word();
    const zip = String((random() * 99999) | 0).padStart(5, '0');
    const longitude = (-74.3 + random() * 0.6).toFixed(6);
    const latitude = (40.5 + random() * 0.4).toFixed(6);
    pending += `${row + 10000000},${when},NY${a.slice(0, 2).toUpperCase()},${a} ${b},"${b}, ${a} reported at ""site"" ${row % 977}",${zip},${longitude},${latitude},${(random() * 100).toFixed(3)},${random() > 0.5}\n`;
    if (pending.length > 1 << 20) {
      if (!file.write(pending)) await once(file, 'drain');
      pending = '';
    }
  }
  file.end(pending);
  await finished(file);
}
