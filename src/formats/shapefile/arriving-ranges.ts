import type { LocalFile } from '../../domain/layer.ts';
import { FileWindow } from './file-window.ts';
import { HEADER_BYTES, INDEX_ENTRY_BYTES, isIndex, RECORD_HEADER_BYTES } from './shape-file.ts';

/** Bytes of shapes that are waited for at a time: less than is unpacked at once, which goes on with each wait. */
const PIECE_BYTES = 1 << 17;

/**
 * The records of a .shp file whose end is still being unpacked, as they arrive. Its index, which is there, tells where each
 * ends; without one all is waited for. The last range comes when the whole file was found to be sound.
 */
export async function* arrivingRanges(
  shape: LocalFile,
  index: LocalFile | undefined,
): AsyncGenerator<readonly [number, number], undefined> {
  let from = 0;
  if (index !== undefined && isIndex(index)) {
    using entries = new FileWindow(index.path, 1 << 16);
    let pieceEnd = PIECE_BYTES;
    let needed = 0;
    for (let record = 0; entries.fill(HEADER_BYTES + INDEX_ENTRY_BYTES * record, INDEX_ENTRY_BYTES); record++) {
      const { view, start } = entries;
      const end = 2 * view.getUint32(start, false) + RECORD_HEADER_BYTES + 2 * view.getUint32(start + 4, false);
      if (end > pieceEnd && record > from) {
        await shape.arrival?.until(Math.min(needed, shape.sizeBytes));
        yield [from, record];
        from = record;
        pieceEnd = end + PIECE_BYTES;
        needed = 0;
      }
      needed = Math.max(needed, end);
    }
  }
  await shape.arrival?.until(shape.sizeBytes);
  yield [from, Number.POSITIVE_INFINITY];
}
