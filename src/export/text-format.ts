import { type ExportContext, type ExportFormat, type Fields, ResultTooLargeError, type Row } from './format.ts';

/** What comes after the last row. */
export interface Ending {
  readonly rows: number;
  readonly seconds: number;
  /** What went wrong after the answer had begun; it can no longer become a status. */
  readonly error: string | null;
}

/** Writes the rows of one result, a piece of text each; between them comes `separator`. */
export interface TextWriter {
  readonly start: string;
  readonly separator: string;
  row(row: Row): string;
  /** null: an error cannot be said in this format, so the transfer is to be broken off. */
  end(ending: Ending): string | null;
}

/** A format whose text is written while the rows come. */
interface TextFormat extends Pick<ExportFormat, 'mediaType' | 'extension' | 'isScript'> {
  /** Throws an UnsuitableResultError that says what the result lacks for this format. */
  open(fields: Fields, context: Pick<ExportContext, 'decimals' | 'safeCells'>): TextWriter;
}

/**
 * The format with `open` for its writer. An error after the beginning is said inside, where the writer can; otherwise,
 * or where `explain` has no words for it, it is thrown.
 */
export const textFormat = ({ open, ...about }: TextFormat): ExportFormat => ({
  ...about,
  async *write(openResult, context) {
    await using result = await openResult();
    const writer = open(result.fields, context);
    let rows = 0;
    let length = 0;
    const ending = (error: string | null): Ending => ({
      rows,
      seconds: (performance.now() - context.startedMs) / 1000,
      error,
    });
    yield writer.start;
    try {
      for await (const batch of result.batches()) {
        let text = '';
        for (const row of batch) {
          text += (rows === 0 ? '' : writer.separator) + writer.row(row);
          rows++;
        }
        length += text.length;
        if (length > context.maxLength) throw new ResultTooLargeError(context.maxLength);
        yield text;
      }
    } catch (error) {
      const words = context.explain(error);
      const end = words === null ? null : writer.end(ending(words));
      if (end === null) throw error;
      yield end;
      return;
    }
    yield writer.end(ending(null)) ?? '';
  },
});

/** Of columns with one name the last counts, since a JSON object has each name once. */
export const distinct = (fields: Fields) => [
  ...new Map(fields.map((field, index) => [field.name, { ...field, index }])).values(),
];
