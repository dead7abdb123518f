import { type CellRecord, GeometryKind, type Layer } from '../../domain/layer.ts';

/** ISO well-known binary: types of XYZ are these above those of XY. */
const Z_OFFSET = 1000;

/** Bytes of a vertex of XYZ, and where its Z is. */
const VERTEX_BYTES = 24;
const Z_AT = 16;

/** Thrown out of a read that has seen enough. */
class Found extends Error {}

/** Whether any vertex of a layer of XYZ has another height than 0. Reads up to the first that has. */
export async function hasHeights(layer: Layer): Promise<boolean> {
  try {
    await layer.read((record) => {
      if (record.geometryKind === GeometryKind.wkb && isRaised(record)) throw new Found();
    });
    return false;
  } catch (error) {
    if (error instanceof Found) return true;
    throw error;
  }
}

function isRaised({ bytes, geometryStart }: CellRecord): boolean {
  let at = geometryStart;
  const count = (): number => {
    at += 4;
    return bytes.readUInt32LE(at - 4);
  };
  const vertices = (n: number): boolean => {
    const end = at + n * VERTEX_BYTES;
    for (; at < end; at += VERTEX_BYTES) if (bytes.readDoubleLE(at + Z_AT) !== 0) return true;
    return false;
  };
  const some = (n: number, one: () => boolean): boolean => {
    for (let i = 0; i < n; i++) if (one()) return true;
    return false;
  };
  const geometry = (): boolean => {
    at++;
    switch (count() - Z_OFFSET) {
      case 1:
        return vertices(1);
      case 2:
        return vertices(count());
      case 3:
      case 17:
        return some(count(), () => vertices(count()));
      default:
        return some(count(), geometry);
    }
  };
  return geometry();
}
