import { Type } from 'typebox';
import { featureSystems } from '../features/reference-systems.ts';

const systems = featureSystems.map(({ uri }) => `\`${uri}\``).join(', ');

const form = Type.Optional(
  Type.Union([Type.Literal('json'), Type.Literal('html')], {
    description: 'The form of the answer; without it `Accept` decides, and without that it is JSON.',
  }),
);

/** Which account. */
export const OgcAccount = Type.Object({ account: Type.String({ description: 'The name of the account.' }) });

/** Which table. */
export const OgcCollection = Type.Object({
  ...OgcAccount.properties,
  collection: Type.String({ description: 'The name of the table.' }),
});

/** Which feature. */
export const OgcFeature = Type.Object({
  ...OgcCollection.properties,
  feature: Type.String({ description: 'Its `cartodb_id`.' }),
});

/** What every address takes. */
export const OgcQuery = Type.Object({ f: form });

const crs = Type.Optional(Type.String({ description: `The system of the answer: ${systems}. Default: the first.` }));

/** What an address of one feature takes. */
export const OgcFeatureQuery = Type.Object({ f: form, crs });

/** What `items` takes; beside it every property by its name. */
export const OgcItemsQuery = Type.Object({
  f: form,
  limit: Type.Optional(Type.Integer({ description: 'Features of a page, at most 10000. Default: 10.' })),
  offset: Type.Optional(Type.Integer({ description: 'Features before the page; links have it.' })),
  bbox: Type.Optional(
    Type.String({
      description:
        'Features that intersect this box: west, south, east, north with commas between, or six numbers with heights, which are not looked at. West of a box over the antimeridian is greater than east.',
    }),
  ),
  'bbox-crs': Type.Optional(Type.String({ description: 'The system of the box.' })),
  datetime: Type.Optional(
    Type.String({
      description:
        'Features of this date, instant or interval (`2026-01-01/..`), by the first column of a type of time.',
    }),
  ),
  filter: Type.Optional(Type.String({ description: 'A condition in CQL2-text.' })),
  'filter-lang': Type.Optional(Type.Literal('cql2-text', { description: 'The only language of filters.' })),
  'filter-crs': Type.Optional(Type.String({ description: 'The system of geometries in the filter.' })),
  crs,
});

/** Why an answer is none. */
export const OgcError = Type.Object({
  code: Type.String({ description: 'A word for programs.' }),
  description: Type.String({ description: 'What is wrong.' }),
});
