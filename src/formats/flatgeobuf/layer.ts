import iconv from 'iconv-lite';
import type { Layer, LocalFile, OnRecord } from '../../domain/layer.ts';
import { layerName } from '../../domain/naming.ts';
import { ImportError } from '../../errors.ts';
import { RecordWriter } from '../record-writer.ts';
import { FlatTables, OutOfBounds } from './flat-table.ts';
import { GeometryWriter } from './geometry.ts';
import { type Header, parseHeader } from './header.ts';
import { MAX_PIECE_BYTES, Pieces } from './pieces.ts';
import { writeProperties } from './properties.ts';

/** `fgb`, the version of the format, `fgb`, the version of the specification's text. */
const MAGIC_BYTES = 8;
const VERSION = 3;

/** As many columns as PostgreSQL could not hold, so that the loader's own message comes first. */
const MAX_COLUMNS = 2000;

/** Features that `sample` looks at. All types but those of times are declared, and are the same everywhere. */
const SAMPLE_FEATURES = 1000;

/**
 * Opens a FlatGeobuf file as its one layer. Text is UTF-8; `encoding` is for programs that wrote other bytes all the
 * same, null: none is known. Throws unsupportedFormat, loadFailed, tooManyColumns.
 */
export function openFlatGeobuf(file: LocalFile, encoding: string | null): Layer {
  const decode = encoding === null || !iconv.encodingExists(encoding) ? null : decoder(encoding);
  const { header, featuresAt } = readHeader(file);
  let nulCharacters = 0;
  const pass = (onRecord: OnRecord, most: number): void => {
    using pieces = new Pieces(file.path);
    pieces.seek(featuresAt);
    const writer = new RecordWriter(header.names.length);
    readFeatures({ file, header, decode }, pieces, writer, onRecord, most);
    ({ nulCharacters } = writer);
  };
  return {
    name: layerName(file.name),
    srid: header.srid,
    ...(header.crsWkt === undefined ? {} : { crsWkt: header.crsWkt }),
    columns: header.names,
    types: header.types,
    hasGeometry: true,
    sample: async (onRecord) => pass(onRecord, SAMPLE_FEATURES),
    read: async (onRecord) => pass(onRecord, Number.POSITIVE_INFINITY),
    warnings: () => (nulCharacters > 0 ? { nul_characters: { count: nulCharacters } } : {}),
  };
}

function readHeader(file: LocalFile): { readonly header: Header; readonly featuresAt: number } {
  using pieces = new Pieces(file.path);
  const magic = pieces.take(MAGIC_BYTES);
  if (magic < 0 || pieces.bytes.toString('latin1', magic, magic + 3) !== 'fgb' || pieces.bytes[magic + 3] !== VERSION) {
    throw new ImportError('unsupportedFormat', {
      detail: `${file.name} does not begin as FlatGeobuf ${VERSION} does.`,
      hint: 'Write the file again with a current program; ogr2ogr does.',
    });
  }
  const length = takeLength(pieces);
  const at = length < 0 ? -1 : pieces.take(length);
  if (at < 0) throw cutOff(file, 'in its header');
  let header: Header;
  try {
    header = parseHeader(pieces.bytes, at, at + length);
  } catch (error) {
    if (!(error instanceof OutOfBounds)) throw error;
    throw damaged(file, 'its header leads outside of itself');
  }
  if (header.names.length > MAX_COLUMNS) {
    throw new ImportError('tooManyColumns', {
      detail: `${file.name} has ${header.names.length} columns.`,
      hint: 'Leave out columns, or turn columns into rows.',
    });
  }
  const featuresAt = pieces.position + header.indexBytes;
  if (featuresAt > pieces.size) throw cutOff(file, `in the index of its ${header.features} features`);
  return { header, featuresAt };
}

/** The length of what follows, -1 where the file ends before it or has less than it says. */
function takeLength(pieces: Pieces): number {
  const at = pieces.take(4);
  const length = at < 0 ? -1 : pieces.bytes.readUInt32LE(at);
  return length > pieces.size - pieces.position ? -1 : length;
}

const decoder =
  (encoding: string) =>
  (text: Buffer): string =>
    iconv.decode(text, encoding);

interface Features {
  readonly file: LocalFile;
  readonly header: Header;
  readonly decode: ((text: Buffer) => string) | null;
}

function readFeatures(
  { file, header, decode }: Features,
  pieces: Pieces,
  writer: RecordWriter,
  onRecord: OnRecord,
  most: number,
): void {
  const tables = new FlatTables();
  const geometries = new GeometryWriter(tables, writer, header.hasZ, header.hasM);
  const end = header.features === 0 ? Number.POSITIVE_INFINITY : header.features;
  for (let n = 1; n <= most && n <= end; n++) {
    if (pieces.position === pieces.size && header.features === 0) return;
    const length = takeLength(pieces);
    if (length > MAX_PIECE_BYTES) throw tooLarge(file, n);
    const at = length < 0 ? -1 : pieces.take(length);
    if (at < 0) throw cutOff(file, `in feature ${n}${header.features > 0 ? ` of ${header.features}` : ''}`);
    writer.begin();
    try {
      const feature = tables.root(pieces.bytes, at, at + length);
      const geometry = tables.table(feature, 0);
      if (geometry !== 0) geometries.write(geometry, header.geometryType, length);
      const properties = tables.vector(feature, 1, 1);
      const propertiesEnd = properties + tables.length;
      const bad = writeProperties(
        pieces.bytes,
        tables.view,
        properties,
        propertiesEnd,
        header.fgbTypes,
        writer,
        decode,
      );
      if (bad >= 0) throw notUtf8(file, n, header.names[bad] ?? '');
      tables.vector(feature, 2, 4);
      if (tables.length > 0) throw ownColumns(file, n);
    } catch (error) {
      if (!(error instanceof OutOfBounds)) throw error;
      throw damaged(file, `feature ${n}, ${length} bytes before byte ${pieces.position}, leads outside of itself`);
    }
    onRecord(writer.record);
  }
}

const again = 'Write or download the file again.';

const cutOff = (file: LocalFile, where: string): ImportError =>
  new ImportError('loadFailed', { detail: `${file.name} ends ${where}, after ${file.sizeBytes} bytes.`, hint: again });

const damaged = (file: LocalFile, what: string): ImportError =>
  new ImportError('loadFailed', { detail: `${file.name} is damaged: ${what}.`, hint: again });

const tooLarge = (file: LocalFile, feature: number): ImportError =>
  new ImportError('fileTooBig', {
    detail: `${file.name}: feature ${feature} is larger than ${MAX_PIECE_BYTES >> 20} MiB.`,
    hint: 'Split the feature into smaller ones.',
  });

const notUtf8 = (file: LocalFile, feature: number, column: string): ImportError =>
  new ImportError('badEncoding', {
    detail: `${file.name}: feature ${feature}, column ${column}: the text is not UTF-8.`,
    hint: 'FlatGeobuf is always UTF-8. Write the file again from its source, naming the encoding of that.',
  });

const ownColumns = (file: LocalFile, feature: number): ImportError =>
  new ImportError('unsupportedFormat', {
    detail: `${file.name}: feature ${feature} declares columns of its own.`,
    hint: 'Write the file with one set of columns for all features; ogr2ogr does.',
  });
