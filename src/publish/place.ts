/** Where the layers of an import go. */
import type { Queryable } from '../db/database.ts';
import type { Account, Import } from '../domain/import.ts';
import { nextFreeName, tableName } from '../domain/naming.ts';
import type { LoadedLayer } from '../load/load-layer.ts';
import type { PublishedTable } from '../store/tables.ts';
import { isOrdinaryTable } from './catalog.ts';

export interface Place {
  readonly kind: 'create' | 'overwrite';
  readonly name: string;
  /** The registration that it takes over. */
  readonly existing: PublishedTable | null;
}

export interface Names {
  readonly registered: ReadonlyMap<string, PublishedTable>;
  readonly inSchema: ReadonlySet<string>;
  /** In the schema or registered. */
  readonly taken: ReadonlySet<string>;
  /** Tables of this very import: a second layer of the same name does not overwrite the first. */
  readonly made: ReadonlyMap<string, unknown>;
}

const free = (wanted: string, { taken }: Names): Place => ({
  kind: 'create',
  name: nextFreeName(wanted, (name) => taken.has(name)),
  existing: null,
});

/** A registered table where it can be written to, or again under its name where it has gone. */
async function placeOf(
  tx: Queryable,
  account: Account,
  existing: PublishedTable,
  wanted: string,
  names: Names,
): Promise<Place> {
  const { name } = existing;
  if (await isOrdinaryTable(tx, account.name, name)) return { kind: 'overwrite', name, existing };
  return names.inSchema.has(name) ? free(wanted, names) : { kind: 'create', name, existing };
}

/** Under which name a layer of an import goes where; null where it is skipped. */
export async function placeFor(
  tx: Queryable,
  layer: LoadedLayer,
  job: Import,
  account: Account,
  names: Names,
): Promise<Place | null> {
  const wanted = tableName(layer.name);
  const isTaken = names.taken.has(wanted) && !names.made.has(wanted);
  switch (targetOf(job)) {
    case 'rename':
      return free(wanted, names);
    case 'skip':
      return isTaken ? null : free(wanted, names);
    case 'overwrite': {
      const existing = names.registered.get(wanted);
      return existing === undefined || !isTaken ? free(wanted, names) : placeOf(tx, account, existing, wanted, names);
    }
  }
}

/** A mode of writing is about the table of the layer's name, as `collision_strategy=overwrite` is. */
const targetOf = ({ options }: Import): Import['options']['collisionStrategy'] =>
  (options.mode ?? null) === null ? options.collisionStrategy : 'overwrite';

/** The layer's own table, by id, so that it may be renamed; a layer without one gets a new table. */
export async function placeOfFollower(
  tx: Queryable,
  layer: LoadedLayer,
  target: string | undefined,
  account: Account,
  names: Names,
): Promise<Place> {
  const wanted = tableName(layer.name);
  const existing = [...names.registered.values()].find(({ id }) => id === target);
  return existing === undefined ? free(wanted, names) : placeOf(tx, account, existing, wanted, names);
}

/** Layers under names of which no two are equal: the second `a` is `a (2)`. */
export function labelsOf(loaded: readonly { readonly name: string }[]): readonly string[] {
  const seen = new Map<string, number>();
  return loaded.map(({ name }) => {
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    return number === 1 ? name : `${name} (${number})`;
  });
}
