import type { Write } from './scratch-files.ts';

/** One thing in an archive, while the archive is read. */
export interface ArchiveEntry {
  /** As the archive has it, decoded, unchecked. */
  readonly name: string;
  /** `other`: links, devices and whatever else is no file. */
  readonly kind: 'file' | 'folder' | 'other';
  /** Bytes that it should have, where it may be copied while others are; absent: one entry after another. */
  readonly sizeBytes?: number;
  /** Hands over the content, counted against the budget; once, before the next entry is asked for. Throws ImportError. */
  copyTo(write: Write): Promise<void>;
}
