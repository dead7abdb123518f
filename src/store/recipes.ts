/** SQL for `landfall.recipes`: how files are read, kept by an account under names. */
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import { storableJson } from './storable-text.ts';

/** Recipes that an account may keep; a few more where several requests keep one at once. */
export const MOST_RECIPES = 500;

/** A recipe under its name. */
export interface StoredRecipe {
  readonly name: string;
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface Row {
  readonly name: string;
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly created_at: Date | string;
  readonly updated_at: Date | string;
}

const toRecipe = ({ name, recipe, created_at: created, updated_at: updated }: Row): StoredRecipe => ({
  name,
  recipe,
  createdAt: new Date(created),
  updatedAt: new Date(updated),
});

/** All recipes of the account, by name. */
export async function recipesOf(db: Queryable, accountId: string): Promise<readonly StoredRecipe[]> {
  const rows = await db.query<Row>(sql`
    select * from landfall.recipes where account_id = ${accountId} order by lower(name), name`);
  return rows.map(toRecipe);
}

/** The account's recipe of that name, or null. */
export async function findRecipe(db: Queryable, accountId: string, name: string): Promise<StoredRecipe | null> {
  const [row] = await db.query<Row>(sql`
    select * from landfall.recipes where account_id = ${accountId} and name = ${name}`);
  return row === undefined ? null : toRecipe(row);
}

/** Keeps a recipe, in place of the one of its name; null where the account has as many as it may have. */
export async function keepRecipe(
  db: Queryable,
  accountId: string,
  { name, recipe }: Pick<StoredRecipe, 'name' | 'recipe'>,
): Promise<StoredRecipe | null> {
  const [row] = await db.query<Row>(sql`
    insert into landfall.recipes (account_id, name, recipe)
    select ${accountId}::uuid, ${name}, ${storableJson(recipe)}::jsonb
    where (select count(*) from landfall.recipes where account_id = ${accountId} and name <> ${name}) < ${MOST_RECIPES}
    on conflict (account_id, name) do update set recipe = excluded.recipe, updated_at = now()
    returning *`);
  return row === undefined ? null : toRecipe(row);
}

/** Forgets a recipe; false where there is none of that name. What was made with it stays. */
export async function removeRecipe(db: Queryable, accountId: string, name: string): Promise<boolean> {
  const rows = await db.query(sql`
    delete from landfall.recipes where account_id = ${accountId} and name = ${name} returning name`);
  return rows.length === 1;
}
