import { type Permission, permissions, type TableGrant } from '../store/keys.ts';
import { type Parameters, textOf } from './parameters.ts';
import { WireError } from './wire-error.ts';

/** 422 as CARTO's Auth API has it. */
export const badKey = (message: string): WireError => new WireError(422, { errors: message });

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isPermission = (value: unknown): value is Permission => permissions.some((one) => one === value);

/** Name and rights of a key that is asked for. Throws a WireError 422. */
export function toNewKey(
  parameters: Parameters,
  account: string,
): { readonly name: string; readonly grants: readonly TableGrant[] } {
  const name = textOf(parameters, 'name')?.trim() ?? '';
  if (name === '' || name.length > 100) throw badKey('name must have 1 to 100 characters');
  if (/^(master|default public)$/i.test(name)) throw badKey(`"${name}" is the name of a key that each account has`);
  const type = textOf(parameters, 'type') ?? 'regular';
  if (type !== 'regular') throw badKey('type must be regular: each account has one master key');
  const grants = parameters.get('grants');
  if (!Array.isArray(grants)) throw badKey('grants must be a list, such as [{"type":"database","tables":[…]}]');
  const byTable = new Map<string, readonly Permission[]>();
  for (const grant of grants) {
    const kind = fieldOf(grant, 'type');
    if (kind === 'apis') continue;
    if (kind !== 'database') throw badKey(`a grant of the type ${JSON.stringify(kind ?? null)} does not exist here`);
    for (const table of listOf(fieldOf(grant, 'tables'))) {
      const named = fieldOf(table, 'name');
      const schema = fieldOf(table, 'schema') ?? account;
      const given = listOf(fieldOf(table, 'permissions')).filter(isPermission);
      if (typeof named !== 'string' || named === '' || named.includes('\0')) throw badKey('each table needs a name');
      if (schema !== account && schema !== 'public') throw badKey('tables of other accounts cannot be granted');
      if (given.length === 0 || given.length !== listOf(fieldOf(table, 'permissions')).length) {
        throw badKey(`permissions of ${named.slice(0, 100)} must be some of ${permissions.join(', ')}`);
      }
      byTable.set(
        named.toWellFormed(),
        permissions.filter((one) => given.includes(one)),
      );
    }
  }
  return { name, grants: [...byTable].map(([table, given]) => ({ table, permissions: given })) };
}
