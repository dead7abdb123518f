import type { Layer, LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { readElements, readPart } from '../sheet/read-part.ts';
import type { Sheet } from '../sheet/sheet.ts';
import { sheetLayers } from '../sheet/sheet-layers.ts';
import { ZipParts } from '../sheet/zip-parts.ts';
import { TableReader } from './table-reader.ts';

const CONTENT = 'content.xml';

/** Tables of one document, far above any that is meant: each is reached by reading those before it. */
const MAX_TABLES = 250;

interface TableFacts {
  readonly name: string;
  readonly isHidden: boolean;
}

/** Opens an OpenDocument spreadsheet; its tables are streamed. Throws ImportError. */
export async function openOds(file: LocalFile): Promise<readonly Layer[]> {
  const parts = await ZipParts.open(file.path, file.name);
  if (!parts.has(CONTENT)) {
    throw new ImportError('badSpreadsheet', {
      detail: `${file.name} is no OpenDocument spreadsheet: it has no ${CONTENT}.`,
      hint: 'Open the file in the program that made it, save it as ODS or XLSX and import that.',
    });
  }
  await refuseEncrypted(parts, file);
  const tables = await tablesOf(parts, file);
  const visible = tables.flatMap(({ name, isHidden }, index): Sheet[] =>
    isHidden
      ? []
      : [
          {
            name,
            read: async (onRow, notes) => {
              const reader = new TableReader({ fileName: file.name, index, notes, onRow });
              await readPart(parts, CONTENT, file.name, reader, () => reader.isDone);
            },
          },
        ],
  );
  const hidden = tables.filter(({ isHidden }) => isHidden).map(({ name }) => name);
  return await sheetLayers(file, visible, hidden);
}

async function refuseEncrypted(parts: ZipParts, file: LocalFile): Promise<void> {
  const manifest = 'META-INF/manifest.xml';
  if (!parts.has(manifest)) return;
  await readElements(parts, manifest, file.name, (element) => {
    if (element !== 'encryption-data') return;
    throw new ImportError('archiveLocked', {
      detail: `${file.name} is protected by a password.`,
      hint: 'Open the document with its password, save it without one and import it again.',
    });
  });
}

/** Names of the tables, and whether their style hides them. */
async function tablesOf(parts: ZipParts, file: LocalFile): Promise<readonly TableFacts[]> {
  const tables: TableFacts[] = [];
  const hiddenStyles = new Set<string>();
  let style = '';
  let depth = 0;
  await readPart(parts, CONTENT, file.name, {
    open: (scanner) => {
      if (scanner.isNamed('table') && depth++ === 0) {
        const attributes = scanner.attributes();
        const isHidden = hiddenStyles.has(attributes.get('style-name') ?? '');
        tables.push({ name: attributes.get('name') ?? '', isHidden });
        if (tables.length > MAX_TABLES) throw tooManyTables(file);
      } else if (scanner.isNamed('style')) style = scanner.attributes().get('name') ?? '';
      else if (scanner.isNamed('table-properties') && scanner.attributes().get('display') === 'false') {
        hiddenStyles.add(style);
      }
    },
    close: (scanner) => {
      if (scanner.isNamed('table')) depth--;
    },
    text: () => undefined,
  });
  return tables;
}

const tooManyTables = (file: LocalFile): ImportError =>
  new ImportError('tooManyLayers', {
    detail: `${file.name} has more than ${MAX_TABLES} tables.`,
    hint: 'Split the document into several files.',
  });
