import type { LocalFile } from '../domain/layer.ts';
import type { Budget } from './budget.ts';
import type { Write } from './scratch-files.ts';

/** One thing in an archive, while the archive is read. */
export interface ArchiveEntry {
  /** As the archive has it, decoded, unchecked. */
  readonly name: string;
  /** `other`: links, devices and whatever else is no file. */
  readonly kind: 'file' | 'folder' | 'other';
  /** Hands over the content, counted against the budget; once, before the next entry is asked for. Throws ImportError. */
  copyTo(write: Write): Promise<void>;
}

/**
 * Walks through an archive, in its own order. Throws ImportError. Entries that are not copied cost nothing, or are
 * counted all the same where they have to be unpacked to get behind them.
 */
export type WalkArchive = (archive: LocalFile, budget: Budget) => AsyncIterable<ArchiveEntry>;
