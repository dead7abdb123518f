import { DatabaseError } from '../db/database.ts';
import { ImportError } from '../errors.ts';

/**
 * SQLSTATEs that say nothing about the data: connection lost, server stopping, lost races, lock timeouts, too many
 * connections. They pass as they are, so that the same work is tried again.
 */
const transient = /^(08|57P|40|53300|55P03)/;

/**
 * What the database said about a load, for the user: an ImportError that names the layer, or the same error where it
 * is no DatabaseError or where trying again can help.
 */
export function toLoadError(error: unknown, layer: string): unknown {
  if (!(error instanceof DatabaseError) || transient.test(error.code)) return error;
  const detail = `Layer "${layer}": ${error.message}`;
  switch (error.code) {
    case '53100':
      return new ImportError('ioError', {
        detail: `Layer "${layer}": the database server has no space left.`,
        hint: 'Nothing of this import was kept. Try again when the operator has made room.',
        cause: error,
      });
    case '57014':
      return new ImportError('importTimeout', {
        detail: `Layer "${layer}": the database stopped a statement that took too long.`,
        cause: error,
      });
    case '54011':
      return new ImportError('tooManyColumns', {
        detail,
        hint: 'PostgreSQL holds at most 1600 columns.',
        cause: error,
      });
    case '42701':
      return new ImportError('duplicatedColumn', { detail, cause: error });
    case '22021':
      return new ImportError('badEncoding', { detail, cause: error });
    case '54000':
      if (/row is too big/.test(error.message)) {
        return new ImportError('tooManyColumns', {
          detail: `${detail}.`,
          hint: 'The numbers of one row must fit a database page of 8 kB: import fewer columns, or set type_guessing=false.',
          cause: error,
        });
      }
      return new ImportError('fileTooBig', { detail, cause: error });
    case '53200':
      return new ImportError('fileTooBig', { detail, cause: error });
    case '23502':
    case '23505':
      if (error.column !== 'cartodb_id' && error.constraint === undefined) break;
      return new ImportError('badCartodbId', { detail, hint: 'Make cartodb_id unique and not empty.', cause: error });
    default:
      break;
  }
  // PostGIS raises its own errors as XX000 and 22023, and names the function or the fault in the text.
  if (/\b(geometry|geometries|(linear)?ring|coordinates?|transform|e?wkb|proj)\b|\bst_/i.test(error.message)) {
    return new ImportError('badGeometries', { detail, hint: 'Repair the geometries of the source.', cause: error });
  }
  return new ImportError('loadFailed', { detail, cause: error });
}
