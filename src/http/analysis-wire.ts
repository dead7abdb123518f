/** The shapes of an analysis. */
import { Type } from 'typebox';
import { importStates } from '../domain/import-state.ts';
import { ColumnEvidence } from './report-wire.ts';

const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const AnalysisId = Type.String({
  format: 'uuid',
  description: 'The analysis. As `analysis_id` it stands for its file in an import of the next hour.',
});
const State = Type.Unsafe<(typeof importStates)[number]>({
  type: 'string',
  enum: [...importStates],
  description: 'The last two are final.',
});

/** Answer of an analysis that has not ended in time. */
export const AnalysisPending = Type.Object({
  success: Type.Boolean({ description: 'true: it was accepted.' }),
  analysis_id: AnalysisId,
  state: State,
});

/** Answer of an analysis that has ended. */
export const AnalysisResult = Type.Object({
  success: Type.Boolean({ description: 'false: an import of this would fail.' }),
  analysis_id: AnalysisId,
  state: State,
  error_code: Type.Optional(Type.Integer({ description: 'Only where it failed: the code of an import.' })),
  get_error_text: Type.Optional(
    Type.Object(
      { title: Type.String(), what_about: Type.String(), source: Type.String() },
      { description: 'Only where it failed: as an import has it.' },
    ),
  ),
  display_name: Type.Optional(Type.String({ description: 'Name of the file.' })),
  layers: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String({ description: 'As the file names it.' }),
        file: Type.String({ description: 'The file, by its path in the archive.' }),
        format: Type.String({ description: 'A word for the format, as `landfall formats` lists them.' }),
        rows: Type.Integer({ description: 'Records.' }),
        source: Type.Record(Type.String(), Type.Unknown(), {
          description: 'What the format tells: of delimited text its dialect and encoding, and the runners-up.',
        }),
        encoding: orNull(Type.String(), 'Encoding of the text.'),
        srid: Type.Integer({ description: 'Reference system of the coordinates.' }),
        crs_wkt: orNull(Type.String(), 'Its definition, where it has no code.'),
        geometry: orNull(
          Type.Object({
            type: orNull(Type.String(), '`GEOMETRY` where there are several.'),
            types: Type.Array(Type.String(), { description: 'All there are.' }),
            source: Type.String({ description: '`record`, `lonlat`, `column`…' }),
            columns: Type.Array(Type.String(), { description: 'The columns that it is made from.' }),
            count: Type.Integer({ description: 'Rows that have one.' }),
            extent: orNull(Type.Array(Type.Number()), 'West, south, east, north, in the system of the coordinates.'),
          }),
          'null where there is none.',
        ),
        columns: Type.Array(ColumnEvidence, { description: 'Every column with the evidence for its type.' }),
        sample: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
          description: 'The first 50 rows as the table would have them: JSON where that is exact, else text.',
        }),
        rejects: Type.Object(
          {
            total_entries: Type.Integer({ description: 'All there are.' }),
            rejects: Type.Array(Type.Record(Type.String(), Type.Unknown()), { description: 'The first hundred.' }),
          },
          { description: 'What could not be loaded as asked.' },
        ),
        warnings: Type.Record(Type.String(), Type.Unknown(), { description: 'As an import has them.' }),
      }),
      { description: 'Every layer, in the order of the files.' },
    ),
  ),
  warnings: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Of the files as a whole.' })),
  recipe: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'As the parameter `recipe` of an import it makes exactly the tables that are shown here.',
    }),
  ),
});
