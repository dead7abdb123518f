/** The parts of a shapefile of points: longitude, latitude and a name of at most 20 bytes each. */
export function pointShapefile(
  points: readonly { readonly x: number; readonly y: number; readonly name: string }[],
): Readonly<Record<'shp' | 'shx' | 'dbf' | 'prj', Buffer>> {
  const header = (bytes: number): Buffer => {
    const head = Buffer.alloc(100);
    head.writeInt32BE(9994, 0);
    head.writeInt32BE(bytes / 2, 24);
    head.writeInt32LE(1000, 28);
    head.writeInt32LE(1, 32);
    const xs = points.map(({ x }) => x);
    const ys = points.map(({ y }) => y);
    for (const [at, value] of [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)].entries()) {
      head.writeDoubleLE(value, 36 + at * 8);
    }
    return head;
  };
  const shapes = points.map(({ x, y }, at) => {
    const record = Buffer.alloc(28);
    record.writeInt32BE(at + 1, 0);
    record.writeInt32BE(10, 4);
    record.writeInt32LE(1, 8);
    record.writeDoubleLE(x, 12);
    record.writeDoubleLE(y, 20);
    return record;
  });
  const index = points.map((_, at) => {
    const entry = Buffer.alloc(8);
    entry.writeInt32BE((100 + at * 28) / 2, 0);
    entry.writeInt32BE(10, 4);
    return entry;
  });
  const head = Buffer.alloc(65);
  head.writeUInt8(3, 0);
  head.writeInt32LE(points.length, 4);
  head.writeUInt16LE(65, 8);
  head.writeUInt16LE(21, 10);
  head.write('name', 32);
  head.write('C', 43);
  head.writeUInt8(20, 48);
  head.writeUInt8(0x0d, 64);
  const rows = points.map(({ name }) =>
    Buffer.concat([Buffer.from(' '), Buffer.from(name.padEnd(20))]).subarray(0, 21),
  );
  const wgs84 =
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]';
  return {
    shp: Buffer.concat([header(100 + shapes.length * 28), ...shapes]),
    shx: Buffer.concat([header(100 + index.length * 8), ...index]),
    dbf: Buffer.concat([head, ...rows, Buffer.from([0x1a])]),
    prj: Buffer.from(wgs84),
  };
}
