/**
 * What the server and a reader process say to each other.
 *
 * Server to reader: JSON lines on standard input. Reader to server: frames on file descriptor 3, so that messages and
 * rows keep their order. A frame is one byte of kind, the payload's length, and a count of rows (0 for messages), both
 * 32-bit big-endian, then the payload.
 */
import type { FingerprintWish } from '../domain/fingerprints.ts';
import type { Warnings } from '../domain/import.ts';
import type { LocalFile } from '../domain/layer.ts';
import type { ImportedMap } from '../domain/map.ts';
import { type Reject, TooManyRejects } from '../domain/report.ts';
import type { TableSchema } from '../domain/schema.ts';
import { type ErrorKind, ImportError } from '../errors.ts';
import { releaseBuffer } from '../util/release-buffer.ts';
import type { OpenOptions } from './opened-sources.ts';
import type { AnalyzedLayer, LayerResult, SessionLayer } from './reader-session.ts';

export type Command =
  /** Answered with `ready`. */
  | { readonly type: 'greet' }
  | {
      readonly type: 'open';
      readonly files: readonly LocalFile[];
      readonly options: OpenOptions;
      /** The files are still being written: each grows to its size. Absent: they are whole. */
      readonly areArriving?: boolean;
    }
  | { readonly type: 'read'; readonly layer: number; readonly wish?: FingerprintWish }
  /** To be read to its end, with no more than `most` tuples to come out. */
  | { readonly type: 'analyze'; readonly layer: number; readonly most: number };

/** An ImportError on its way between processes. */
export interface SentError {
  readonly kind: ErrorKind;
  readonly detail: string;
  readonly hint: string | undefined;
  /** Of TooManyRejects alone. */
  readonly rejects?: readonly Reject[];
  readonly rejected?: number;
}

export type Message =
  | { readonly type: 'ready' }
  | {
      readonly type: 'layers';
      readonly layers: readonly SessionLayer[];
      /** Files that cannot be imported, while these layers can. */
      readonly failed: readonly { readonly name: string; readonly error: SentError }[];
      readonly warnings: Warnings;
      readonly map: ImportedMap | null;
    }
  | { readonly type: 'begin'; readonly schema: TableSchema }
  | { readonly type: 'abandon' }
  | { readonly type: 'end'; readonly result: LayerResult | AnalyzedLayer }
  | (SentError & {
      readonly type: 'error';
      /** Stack of an unexpected error, for the log and never for the user. */
      readonly trace: string | undefined;
    });

/** Makes an ImportError ready to be sent. */
export const toSent = (error: ImportError): SentError => {
  const { kind, message, hint } = error;
  const sent = { kind, detail: message, hint };
  return error instanceof TooManyRejects ? { ...sent, rejects: error.rejects, rejected: error.rejected } : sent;
};

/** The ImportError that was sent. */
export const fromSent = ({ kind, detail, hint, rejects, rejected }: SentError): ImportError => {
  const options = { detail, ...(hint === undefined ? {} : { hint }) };
  if (rejects === undefined) return new ImportError(kind, options);
  return new TooManyRejects(options, rejects, rejected ?? rejects.length);
};

/** The file descriptor on which a reader writes its frames. */
export const FRAMES_FD = 3;

export const FRAME_HEADER_BYTES = 9;

export const FrameKind = { message: 1, rows: 2, entries: 3, gone: 4 } as const;

export function writeFrameHeader(header: Buffer, kind: number, length: number, rows: number): void {
  header[0] = kind;
  header.writeUInt32BE(length, 1);
  header.writeUInt32BE(rows, 5);
}

export interface Frame {
  readonly kind: number;
  readonly rows: number;
  readonly payload: Buffer;
}

/** Cuts a byte stream into frames. Each payload is a buffer of its own; the chunks' memory is given back. Throws when the stream ends inside a frame. */
export async function* readFrames(stream: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  let headerLength = 0;
  let payload: Buffer | null = null;
  let filled = 0;
  for await (const chunk of stream) {
    let position = 0;
    while (position < chunk.length || (payload !== null && filled === payload.length)) {
      if (payload === null) {
        const part = chunk.copy(header, headerLength, position, position + FRAME_HEADER_BYTES - headerLength);
        headerLength += part;
        position += part;
        if (headerLength < FRAME_HEADER_BYTES) continue;
        payload = Buffer.allocUnsafe(header.readUInt32BE(1));
        filled = 0;
      }
      const part = chunk.copy(payload, filled, position);
      filled += part;
      position += part;
      if (filled === payload.length) {
        yield { kind: header[0] ?? 0, rows: header.readUInt32BE(5), payload };
        payload = null;
        headerLength = 0;
      }
    }
    releaseBuffer(chunk);
  }
  if (payload !== null || headerLength > 0) throw new Error('the stream ended inside a frame');
}
