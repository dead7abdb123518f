import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { MOST_RECIPES, type StoredRecipe } from '../../store/recipes.ts';
import { requireAccount } from '../auth.ts';
import { readParameterBody } from '../body.ts';
import type { HttpDeps } from '../deps.ts';
import { toOptions } from '../import-parameters.ts';
import { sendJson } from '../jsonp.ts';
import { queryParameters } from '../parameters.ts';
import { presentTime } from '../present.ts';
import { recipeName } from '../stored-recipe.ts';
import { ApiKey, Empty, ImportErrors } from '../wire.ts';
import { badImport, notFound } from '../wire-error.ts';

const tags = ['Recipes'];
const unauthorized = Empty('No key, a wrong key, or the key of another account.');
const absent = Empty('The account keeps no recipe of this name.');
const params = Type.Object({ name: Type.String({ description: 'The name of the recipe, 100 characters at most.' }) });

const RecipeView = Type.Object({
  name: Type.String({ description: 'Its name.' }),
  recipe: Type.Object({}, { description: 'Parameters of an import, as an analysis answers them.' }),
  created_at: Type.String({ format: 'date-time', description: 'When it was kept first.' }),
  updated_at: Type.String({ format: 'date-time', description: 'When it was kept last.' }),
});
const RecipeList = Type.Object({
  recipes: Type.Array(RecipeView, { description: 'By name.' }),
  total_entries: Type.Integer({ description: 'How many there are.' }),
});

const present = ({ name, recipe, createdAt, updatedAt }: StoredRecipe) => ({
  name,
  recipe,
  created_at: presentTime(createdAt),
  updated_at: presentTime(updatedAt),
});

/** Recipes that the account keeps: later imports, analyses and synchronizations name them. */
export async function recipeRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { recipes } = deps;
  const nameOf = (request: FastifyRequest): string | null => recipeName((request.params as { name: string }).name);
  const own = async (request: FastifyRequest): Promise<{ readonly accountId: string; readonly name: string }> => {
    const { id: accountId } = await requireAccount(deps, request, queryParameters(request));
    const name = nameOf(request);
    if (name === null) throw notFound();
    return { accountId, name };
  };

  app.route({
    method: 'GET',
    url: '/api/v1/recipes',
    schema: {
      summary: 'List the recipes',
      description: 'Those that the account keeps. An import names one as its `recipe`.',
      tags,
      querystring: ApiKey,
      response: { 200: RecipeList, 401: unauthorized },
    },
    config: { curl: ['curl "$URL/api/v1/recipes?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      const all = await recipes.list(account.id);
      return sendJson(request, reply, 200, { recipes: all.map(present), total_entries: all.length });
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/recipes/:name',
    schema: {
      summary: 'A recipe',
      description: 'One that the account keeps.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: RecipeView, 401: unauthorized, 404: absent },
    },
    config: { curl: ['curl "$URL/api/v1/recipes/shops?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { accountId, name } = await own(request);
      const found = await recipes.find(accountId, name);
      if (found === null) throw notFound();
      return sendJson(request, reply, 200, present(found));
    },
  });

  app.route({
    method: 'PUT',
    url: '/api/v1/recipes/:name',
    schema: {
      summary: 'Keep a recipe',
      description:
        'In place of the one of this name. The body is the recipe, as an analysis answers it. What was imported with the one before stays.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: RecipeView, 400: ImportErrors, 401: unauthorized },
    },
    config: {
      curl: ['curl -X PUT --json \'{"delimiter":";","decimal":","}\' "$URL/api/v1/recipes/shops?api_key=$KEY"'],
    },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      const name = nameOf(request);
      if (name === null) throw badImport('The name of a recipe has 1 to 100 characters and does not begin with {');
      const recipe = Object.fromEntries(await readParameterBody(request, reply));
      // One that cannot be read is refused here, and not with each import that names it.
      toOptions(new Map([['recipe', recipe]]));
      const kept = await recipes.keep(account.id, { name, recipe });
      if (kept === null) throw badImport(`An account keeps ${MOST_RECIPES} recipes: remove one first`);
      return sendJson(request, reply, 200, present(kept));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/v1/recipes/:name',
    schema: {
      summary: 'Forget a recipe',
      description: 'Tables and synchronizations that were made with it stay as they are.',
      tags,
      params,
      querystring: ApiKey,
      response: { 204: Empty('It is gone.'), 401: unauthorized, 404: absent },
    },
    config: { curl: ['curl -X DELETE "$URL/api/v1/recipes/shops?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { accountId, name } = await own(request);
      if (!(await recipes.remove(accountId, name))) throw notFound();
      return reply.code(204).send();
    },
  });
}
