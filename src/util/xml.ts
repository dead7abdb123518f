import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { SaxesParser } from 'saxes';
import { ImportError } from '../errors.ts';
import { readXmlHead, xmlEncoding, xmlRoot } from './xml-head.ts';

const CHUNK_BYTES = 1 << 16;
/** How often a pass lets other work of the process run. */
const PAUSE_BYTES = 1 << 20;
/** Deepest nesting; KML of people has less than 20. */
const MAX_XML_DEPTH = 128;
/** Longest value of one attribute, in characters. */
const MAX_ATTRIBUTE_CHARACTERS = 1 << 20;
/** Longest text between two tags, and longest single tag, comment or declaration, in characters. */
const MAX_TEXT_CHARACTERS = 16 << 20;
/** Most attributes of one element. */
const MAX_ATTRIBUTES = 1000;

/** What a reader of an XML format is told, in the order of the file. Names come without their namespace's prefix. */
export interface XmlHandler {
  /** An element begins. `line` is 1-based. */
  open(name: string, attributes: Readonly<Record<string, string>>, line: number): void;
  /** The element ends. */
  close(name: string): void;
  /** A piece of text or of a CDATA section; one text may come in several pieces. */
  text(piece: string): void;
}

/** The file to read, and what it is supposed to be. */
export interface XmlSource {
  readonly path: string;
  readonly name: string;
  /** Encoding that the request names; null: by evidence. */
  readonly encoding: string | null;
  /** Names of the elements that the file may begin with. */
  readonly roots: readonly string[];
  /** What the file should be, as `a KML file`. */
  readonly kind: string;
}

/**
 * Reads an XML file from beginning to end, in pieces, so that memory does not depend on its size. Nothing outside the
 * file is ever looked at, and a document type definition inside it is refused, so that no entity but the predefined
 * ones can mean anything. Throws unsupportedFormat where the file is something else, loadFailed where it is no
 * well-formed XML or exceeds a limit, badEncoding and encodingUndetected.
 */
export async function readXml(source: XmlSource, handler: XmlHandler): Promise<void> {
  const head = readXmlHead(source.path);
  checkRoot(source, xmlRoot(head));
  const decoder = createDecoder(source, xmlEncoding(head, source.encoding));
  const feed = createFeed(source, handler);
  const file = openSync(source.path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let read = 0;
    for (let pauseAt = PAUSE_BYTES; ; ) {
      const count = readSync(file, chunk, 0, CHUNK_BYTES, null);
      let text: string;
      try {
        text = count === 0 ? decoder.decode() : decoder.decode(chunk.subarray(0, count), { stream: true });
      } catch (cause) {
        throw new ImportError('badEncoding', {
          detail: `${source.name}: bytes between offset ${read} and ${read + count} are not valid ${decoder.encoding}.`,
          hint: 'Save the file as UTF-8, or name its real encoding in the parameter encoding.',
          cause,
        });
      }
      feed.write(read === 0 ? text.trimStart() : text);
      if (count === 0) break;
      read += count;
      if (read < pauseAt) continue;
      pauseAt = read + PAUSE_BYTES;
      await setImmediate();
    }
    feed.end();
  } finally {
    closeSync(file);
  }
}

function checkRoot(source: XmlSource, root: string | null): void {
  if (root !== null && source.roots.includes(root)) return;
  const found = root === 'html' ? 'an HTML page' : root === null ? 'no XML' : `XML whose first element is <${root}>`;
  throw new ImportError('unsupportedFormat', {
    detail: `${source.name} is ${found}, not ${source.kind}.`,
    hint:
      root === 'html'
        ? 'A web page was saved in place of the file: open the address in a browser, and download the file itself.'
        : 'Export the data again, or give the file the extension of what it really is.',
  });
}

function createDecoder({ name }: XmlSource, label: string): TextDecoder {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch (cause) {
    throw new ImportError('encodingUndetected', {
      detail: `${name}: the encoding ${JSON.stringify(label)} is not known.`,
      hint: 'Save the file as UTF-8, or name its encoding in the parameter encoding.',
      cause,
    });
  }
}

interface Feed {
  write(text: string): void;
  end(): void;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** The parser with its limits. */
function createFeed(source: XmlSource, handler: XmlHandler): Feed {
  const parser = new SaxesParser({ xmlns: false, position: true });
  let depth = 0;
  let attributes = 0;
  let textCharacters = 0;
  /** Characters given to the parser since it last told of anything. */
  let silent = 0;
  const refuse = (problem: string, hint: string): never => {
    throw new ImportError('loadFailed', { detail: `${source.name}, line ${parser.line}: ${problem}.`, hint });
  };
  const tooMuch = (problem: string): never =>
    refuse(problem, 'Such a file is not meant for reading. Export the data again, or split it.');
  const refuseDtd = (): never =>
    refuse(
      'the file holds a document type definition (<!DOCTYPE … [ … ]>), which is never read',
      'Remove the part in square brackets behind <!DOCTYPE, and write the entities that it defines as plain text.',
    );
  const text = (piece: string): void => {
    silent = 0;
    textCharacters += piece.length;
    if (textCharacters > MAX_TEXT_CHARACTERS) {
      tooMuch(`a text is longer than ${MAX_TEXT_CHARACTERS >> 20} Mi characters`);
    }
    if (depth > 0) handler.text(piece);
  };
  parser.on('error', ({ message }) => {
    const problem = message.replace(/^[\d:]*\s*/, '').replace(/\.$/, '');
    if (/^unclosed tag|must contain a root|unexpected end/.test(problem)) {
      refuse(`the file ends too early (${problem})`, 'The file seems to be cut off. Download or export it again.');
    }
    refuse(`not well-formed XML: ${problem}`, 'Check the file with an XML validator, or export it again.');
  });
  parser.on('doctype', (declaration) => {
    silent = 0;
    if (declaration.includes('[')) refuseDtd();
  });
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('comment', () => {
    silent = 0;
  });
  parser.on('processinginstruction', () => {
    silent = 0;
  });
  parser.on('attribute', ({ value }) => {
    if (++attributes > MAX_ATTRIBUTES) tooMuch(`an element has more than ${MAX_ATTRIBUTES} attributes`);
    if (value.length > MAX_ATTRIBUTE_CHARACTERS) tooMuch('an attribute is longer than 1 Mi characters');
  });
  parser.on('opentag', (tag) => {
    silent = attributes = textCharacters = 0;
    if (++depth > MAX_XML_DEPTH) tooMuch(`elements are nested more than ${MAX_XML_DEPTH} deep`);
    handler.open(localName(tag.name), tag.attributes, parser.line);
  });
  parser.on('closetag', (tag) => {
    silent = textCharacters = 0;
    depth--;
    handler.close(localName(tag.name));
  });
  return {
    write: (chunk) => {
      silent += chunk.length;
      parser.write(chunk);
      if (silent > MAX_TEXT_CHARACTERS + CHUNK_BYTES) tooMuch('a tag, text or comment does not end');
    },
    end: () => void parser.close(),
  };
}
