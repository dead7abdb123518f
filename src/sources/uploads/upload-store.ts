import { randomBytes } from 'node:crypto';

/** An upload as a store lists it. */
export interface StoredUpload {
  readonly key: string;
  /** When its bytes were last written. */
  readonly changedAt: Date;
  /** It has a description: it is kept for a day, though no import knows it. */
  readonly isDescribed: boolean;
}

/**
 * Where uploads wait for a worker: a folder, or a bucket where workers are on other machines. What is stored never
 * changes. A store that is out of reach throws ioError, with a hint.
 */
export interface UploadStore {
  /**
   * Takes over a file that lies alone in a folder of the spool; resolves with its key, 20 hexadecimal digits, when it is
   * stored for all workers. `description` is kept with it, as JSON.
   */
  put(path: string, description?: object): Promise<string>;
  /** What was kept with an upload; null where there is none, or nothing was. */
  describe(key: string): Promise<unknown>;
  /** A path of the file on this machine, in `folder` where it had to be brought; null where the store has it no more. */
  fetch(key: string, folder: string, signal: AbortSignal): Promise<string | null>;
  /** Forgets an upload; one that is not there is no error. */
  remove(key: string): Promise<void>;
  /** Everything that waits. What was begun and never ended is removed on the way, after a day. */
  list(): Promise<readonly StoredUpload[]>;
  /** Throws where uploads cannot be written. */
  check(): Promise<void>;
  /** Between two looks for uploads that nobody needs, in milliseconds. */
  readonly sweepIntervalMs: number;
}

/** A key that nobody guesses. */
export const newUploadKey = (): string => randomBytes(10).toString('hex');

/** What a key looks like. */
export const isUploadKey = (text: string): boolean => /^[0-9a-f]{20}$/.test(text);
