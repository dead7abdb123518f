import { Type } from 'typebox';

/** The shapes of keys on the wire, as CARTO's Auth API has them. */

const text = (description: string) => Type.String({ description });

const fields = {
  name: text('Its name; `Master` and `Default public` are the two that each account has.'),
  type: text('`master`, `default` or `regular`.'),
  token: Type.Union([Type.String(), Type.Null()], {
    description:
      'The key: when it is made, and where it is the one that the request came with. Otherwise null, since only its hash is stored.',
  }),
  user: Type.Object({ username: Type.String() }, { description: 'The account.' }),
  grants: Type.Array(Type.Unknown(), { description: 'As they were asked for.' }),
  created_at: Type.Union([Type.String(), Type.Null()], { description: 'null for the two that each account has.' }),
  updated_at: Type.Union([Type.String(), Type.Null()], { description: 'The same.' }),
};

/** A key. */
export const KeyView = Type.Object(fields);

/** Answer of `GET /api/v3/api_keys`. */
export const KeyList = Type.Object({
  total: Type.Integer({ description: 'How many there are.' }),
  count: Type.Integer({ description: 'The same.' }),
  result: Type.Array(Type.Object(fields), { description: 'All keys of the account.' }),
});

/** Parameters of `POST /api/v3/api_keys`. */
export const NewKey = Type.Object({
  name: text('Its name.'),
  type: Type.Optional(text('`regular`.')),
  grants: Type.Array(Type.Unknown(), {
    description:
      'A list with `{"type":"database","tables":[{"name":"TABLE","permissions":["select"]}]}`; `{"type":"apis","apis":["sql","maps"]}` may stand beside it. Permissions are `select`, `insert`, `update` and `delete`; with `insert` a key may `copyfrom`, the SQL API itself only reads.',
  }),
});

/** The body of a 422 of these routes. */
export const KeyErrors = Type.Object({ errors: text('The sentence to show.') });
