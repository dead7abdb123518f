import type { ExportContext, ExportFormat } from './format.ts';
import { type Spool, spoolResult } from './spool.ts';

/** A format that has to know all rows before it writes the first. */
interface FileFormat extends Pick<ExportFormat, 'mediaType' | 'extension'> {
  /** Coordinates are left to `write` to round; else they come rounded. */
  readonly isPicture?: true;
  /** The bytes of the file. `folder` is empty and removed afterwards. */
  write(spool: Spool, context: ExportContext, folder: string): AsyncGenerator<string | Uint8Array>;
}

/**
 * The format over rows that lie on disk: the query has ended, and whatever may be wrong with it has been said, before the
 * first byte is sent.
 */
export const fileFormat = ({ write, isPicture, ...about }: FileFormat): ExportFormat => ({
  ...about,
  isScript: false,
  async *write(open, context) {
    // A query that waited for its folder would keep others from the database.
    await using folder = await context.openFolder();
    const spooled = isPicture === true ? { ...context, decimals: null } : context;
    await using spool = await spoolResult(await open(), spooled, folder.path);
    yield* write(spool, context, folder.path);
  },
});
