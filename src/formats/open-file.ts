import { closeSync, openSync, readSync } from 'node:fs';
import { extname } from 'node:path';
import type { Layer } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import { csv } from './csv/index.ts';
import type { Format, OpenContext, ReadOptions, SourceFile } from './format.ts';
import { formats } from './index.ts';

const HEAD_BYTES = 1 << 16;

/** The first 64 KiB of a file, or all of a smaller one. */
export function readHead(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

/** The format that a file is by its bytes; null where they say nothing. */
export const formatOfContent = (head: Uint8Array): Format | null =>
  formats.find((format) => format.matches?.(head)) ?? null;

/**
 * The format of a file: by its bytes, then by its extension, then by its media type; null where none fits. A name
 * without any extension says nothing, so text under it is taken for delimited text; so
 * is what a format refuses that has the name.
 */
export function detectFormat(head: Uint8Array, name: string, mediaType: string | null): Format | null {
  const extension = extname(name).toLowerCase();
  return (
    formatOfContent(head) ??
    formats.find((format) => format.extensions.includes(extension)) ??
    formats.find((format) => mediaType !== null && format.mediaTypes.includes(mediaType)) ??
    (extension === '' ? csv : null)
  );
}

/** The extensions of all formats, as a list to show. */
export const listExtensions = (): string => [...new Set(formats.flatMap(({ extensions }) => extensions))].join(', ');

/** Opens a file as what it is. Throws unsupportedFormat (1002), emptyFile (1005) and what the format throws. */
export async function openFile(
  file: SourceFile,
  options: ReadOptions,
  context: OpenContext,
): Promise<readonly Layer[]> {
  const head = readHead(file.path);
  if (head.length === 0) {
    throw new ImportError('emptyFile', {
      detail: `${file.name} has no bytes.`,
      hint: 'Check that the file was saved or exported completely.',
    });
  }
  const format = detectFormat(head, file.name, file.mediaType);
  if (format === null) {
    throw new ImportError('unsupportedFormat', {
      detail: `${file.name} is of no format that can be read, by its content or by its extension.`,
      hint: `These extensions can be read: ${listExtensions()}.`,
    });
  }
  return format.open(file, options, context);
}
