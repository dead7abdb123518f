/**
 * The reader process: untrusted bytes in, COPY BINARY tuples out. It runs without database credentials, without
 * network, and can read only the program and the job's own folder (see reader-process.ts).
 */
import { read, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LocalFile } from '../domain/layer.ts';
import type { TableSchema } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';
import { analyzeLayer } from './analyze-layer.ts';
import { arrivalOf, readable } from './arriving-file.ts';
import { openFiles } from './open-files.ts';
import type { OpenedLayer } from './opened-sources.ts';
import {
  type Command,
  FRAME_HEADER_BYTES,
  FRAMES_FD,
  FrameKind,
  type Message,
  toSent,
  writeFrameHeader,
} from './protocol.ts';
import { readLayer } from './read-layer.ts';
import { filtersFor } from './row-filter.ts';
import { exercise, warmUp } from './warm-up.ts';

const header = Buffer.alloc(FRAME_HEADER_BYTES);

/** Blocks until the server has taken everything: that is all the flow control there is. */
function writeAll(bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(FRAMES_FD, bytes, written);
}

function writeFrame(kind: number, payload: Buffer, rows: number): void {
  writeFrameHeader(header, kind, payload.length, rows);
  writeAll(header);
  writeAll(payload);
}

const say = (message: Message): void => writeFrame(FrameKind.message, Buffer.from(JSON.stringify(message)), 0);

/** Imports in quick succession leave no such pause: their readers exercise at nobody's cost. */
const IDLE_MS = 2000;

const stdin = 0;

/** Waits for the first bytes of a command and, where they are long in coming, uses the time. */
async function firstBytes(chunk: Buffer): Promise<number> {
  let hasCome = false;
  const first = promisify(read)(stdin, chunk, 0, chunk.length, null).finally(() => {
    hasCome = true;
  });
  await Promise.race([first, sleep(IDLE_MS, undefined, { ref: false })]);
  if (!hasCome) await exercise(process.cwd(), () => hasCome);
  return (await first).bytesRead;
}

async function* commands(): AsyncGenerator<Command> {
  const chunk = Buffer.alloc(1 << 16);
  let text = '';
  for (let length = await firstBytes(chunk); length > 0; length = readSync(stdin, chunk)) {
    text += chunk.toString('latin1', 0, length);
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      yield JSON.parse(Buffer.from(text.slice(0, end), 'latin1').toString()) as Command;
      text = text.slice(end + 1);
    }
  }
}

function describe(error: unknown): Message {
  if (error instanceof ImportError) {
    return { type: 'error', ...toSent(error), trace: undefined };
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    type: 'error',
    kind: 'loadFailed',
    detail: 'The file could not be read: the reader met something that it was not built for.',
    hint: 'Open the file in the program that made it, save it again and retry.',
    trace,
  };
}

let layers: readonly OpenedLayer[] = [];

function layerOf(index: number): OpenedLayer {
  const opened = layers[index];
  if (opened === undefined) throw new Error(`no layer ${index}`);
  return opened;
}

const server = process.ppid;

/** Files that the server is still writing, once enough of them is there. */
const readableFiles = (files: readonly LocalFile[]): Promise<readonly LocalFile[]> =>
  Promise.all(files.map((file) => readable({ ...file, arrival: arrivalOf(file, () => process.ppid === server) })));

async function run(command: Command): Promise<void> {
  switch (command.type) {
    case 'greet':
      return say({ type: 'ready' });
    case 'open': {
      const files = command.areArriving === true ? await readableFiles(command.files) : command.files;
      const opened = await openFiles(files, command.options, { folder: process.cwd() });
      layers = opened.layers;
      return say({
        type: 'layers',
        layers: layers.map(({ layer, file, format }) => ({ name: layer.name, file, format })),
        failed: opened.failed.map(({ name, error }) => ({ name, error: toSent(error) })),
        warnings: opened.warnings,
        map: opened.map,
      });
    }
    case 'read': {
      const { layer, options } = layerOf(command.layer);
      const sink = {
        begin: (schema: TableSchema) => say({ type: 'begin', schema }),
        rows: (chunk: Buffer, count: number) => writeFrame(FrameKind.rows, chunk, count),
        abandon: () => say({ type: 'abandon' }),
        entries: (chunk: Buffer) => writeFrame(FrameKind.entries, chunk, 0),
        gone: (chunk: Buffer) => writeFrame(FrameKind.gone, chunk, 0),
      };
      const filters = command.wish === undefined ? undefined : filtersFor(command.wish, sink);
      const result = await readLayer(layer, options, sink, filters);
      return say({ type: 'end', result });
    }
    case 'analyze': {
      const { layer, options } = layerOf(command.layer);
      const result = await analyzeLayer(layer, options, command.most, {
        begin: (schema) => say({ type: 'begin', schema }),
        rows: (chunk, count) => writeFrame(FrameKind.rows, chunk, count),
      });
      return say({ type: 'end', result });
    }
  }
}

await warmUp(process.cwd());
say({ type: 'ready' });
for await (const command of commands()) {
  try {
    await run(command);
  } catch (error) {
    say(describe(error));
  }
}
