import { ImportError } from '../../errors.ts';
import { GdalFailure } from './gdal.ts';

const SHOWN_CHARACTERS = 300;

/** GDAL's own words without its numbers and without the names that files have inside it. */
function wordsOf(lines: readonly string[], fileName: string): string {
  const said = lines.find((line) => line.startsWith('ERROR')) ?? lines[0] ?? '';
  return said
    .replace(/^(?:ERROR|Warning) \d+: /, '')
    .replace(/^Error occurred in \S+ at line \d+$/, 'it is damaged or cut off')
    .replace(/^\/\S+\.cpp[,:] \d+: /, '')
    .replaceAll(/\/input-\d+(?:\.gdb)?(?:\/data\.\w+)?/g, fileName)
    .replaceAll(/\/scratch\/\S+/g, 'the working file')
    .slice(0, SHOWN_CHARACTERS);
}

/** Whatever GDAL failed with, as what the user is told; `safest` is the format to save it in. Errors that are no failure of GDAL pass through. */
export function translateGdal(error: unknown, fileName: string, title: string, safest = 'GeoPackage'): unknown {
  if (!(error instanceof GdalFailure)) return error;
  const words = wordsOf(error.lines, fileName);
  const cause = error.cause instanceof Error ? error.cause.message : '';
  // Of an empty directory of a TIFF, GDAL says that there is no memory for its 0 elements.
  if (/memory(?!.*\(0 elements)|bad_alloc|\bOOM\b|enlarge/i.test(`${error.message} ${cause}`)) {
    return new ImportError('fileTooBig', {
      detail: `${fileName} needs more memory than a reader has.`,
      hint: 'Split the file, or ask the operator to raise LANDFALL_READER_MEMORY.',
      cause: error,
    });
  }
  if (/no space|disk full|File too large/i.test(error.message)) {
    return new ImportError('fileTooBig', {
      detail: `${fileName} unpacks to more than one import may have.`,
      hint: 'Split the file into several and import them one by one.',
      cause: error,
    });
  }
  if (/not recognized as/.test(error.message)) {
    return new ImportError('unsupportedFormat', {
      detail: `${fileName} is no file of the kind ${title}, or its beginning is damaged.`,
      hint: 'Check that the file is what its name says and that it came over whole.',
      cause: error,
    });
  }
  const codec = /missing codec (?:of code )?([^.;]+)/.exec(error.message)?.[1];
  if (codec !== undefined) {
    return new ImportError('unsupportedFormat', {
      detail: `${fileName} is compressed with ${codec}, which cannot be read here.`,
      hint: 'Save it with another compression (gdal_translate -co COMPRESS=DEFLATE) and import that.',
      cause: error,
    });
  }
  return new ImportError('loadFailed', {
    detail: `${fileName} could not be read as ${title}${words === '' ? '' : `: ${words}`}.`,
    hint: `Open the file in the program that made it, save it again (${safest} is safest) and retry.`,
    cause: error,
  });
}

/** A warning of GDAL as it is shown to the user. */
export const showWarning = (line: string, fileName: string): string => wordsOf([line], fileName);
