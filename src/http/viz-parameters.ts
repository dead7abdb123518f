import type { Privacy } from '../domain/import.ts';
import { type VisualizationQuery, type VisualizationWords, visualizationOrders } from '../store/visualizations.ts';
import { type Parameters, textOf } from './parameters.ts';
import { WireError } from './wire-error.ts';

/** 400 in the shape of these routes. */
export const badDataset = (message: string): WireError => new WireError(400, { errors: [message] });

/** Throws an error of an imports route in the shape of these. */
export async function inDatasetWords<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof WireError && error.body && 'errors' in error.body)) throw error;
    const { errors } = error.body;
    if (Array.isArray(errors) || typeof errors !== 'object' || errors === null) throw error;
    throw new WireError(error.status, { errors: Object.values(errors).map(String) }, error.headers);
  }
}

const privacies: readonly Privacy[] = ['public', 'link', 'private'];

function privacyOf(parameters: Parameters): Privacy | null {
  const text = textOf(parameters, 'privacy');
  if (text === null) return null;
  const found = privacies.find((one) => one === text.toLowerCase());
  if (found === undefined) throw badDataset(`privacy must be one of ${privacies.join(', ')}, not "${text}"`);
  return found;
}

/** A whole number from `least` to `most`; what is larger becomes `most`. */
export function wholeOf(
  parameters: Parameters,
  name: string,
  { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: number },
): number {
  const text = textOf(parameters, name);
  if (text === null) return otherwise;
  if (!/^\d{1,15}$/.test(text) || Number(text) < least) {
    throw badDataset(`${name} must be a whole number from ${least}, not "${text.slice(0, 50)}"`);
  }
  return Math.min(Number(text), most);
}

/** Most datasets on one page. */
const MOST_PER_PAGE = 500;

function orderOf(parameters: Parameters): Pick<VisualizationQuery, 'order' | 'isDescending'> {
  const text = textOf(parameters, 'order') ?? 'updated_at';
  const order = visualizationOrders.find((one) => one === text);
  if (order === undefined) {
    throw badDataset(`Wrong 'order' parameter value. Valid values are one of ${JSON.stringify(visualizationOrders)}`);
  }
  const direction = textOf(parameters, 'order_direction') ?? (order === 'name' ? 'asc' : 'desc');
  if (direction !== 'asc' && direction !== 'desc') {
    throw badDataset('Wrong \'order_direction\' parameter value. Valid values are one of ["asc","desc"]');
  }
  return { order, isDescending: direction === 'desc' };
}

const listOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value.map(String) : String(value ?? '').split(','))
    .map((tag) => tag.replaceAll('\0', '').toWellFormed().trim())
    .filter((tag) => tag !== '');

/** What a request for a list asks for, and which kinds of things; of other types there are none. */
export interface ListRequest {
  readonly query: VisualizationQuery;
  readonly hasTables: boolean;
  readonly hasMaps: boolean;
  /** Nothing but tables of the data library. */
  readonly isRemote: boolean;
}

/** What a request for a list asks for. Throws a WireError 400. */
export function toListRequest(parameters: Parameters): ListRequest {
  const types = textOf(parameters, 'types') ?? textOf(parameters, 'type');
  const page = wholeOf(parameters, 'page', { least: 1, most: 1_000_000, otherwise: 1 });
  const take = wholeOf(parameters, 'per_page', { least: 1, most: MOST_PER_PAGE, otherwise: 20 });
  const query = {
    text: textOf(parameters, 'q'),
    privacy: privacyOf(parameters),
    tags: listOf(parameters.get('tags')),
    ...orderOf(parameters),
    skip: (page - 1) * take,
    take,
  };
  const has = (type: string): boolean => types === null || types.split(',').includes(type);
  return { query, hasTables: has('table'), hasMaps: has('derived'), isRemote: types === 'remote' };
}

/** Words of a request; null and absent ones stay as they are. */
const given = (parameters: Parameters, name: string): string | undefined => {
  const value = parameters.get(name);
  if (value === undefined || value === null) return undefined;
  return value === '' ? '' : (textOf(parameters, name) ?? '');
};

/** What a request wants of a dataset. Fields that cannot be changed are ignored. Throws a WireError 400. */
export function toTableChange(parameters: Parameters): {
  readonly name: string | undefined;
  readonly privacy: Privacy | undefined;
  readonly words: VisualizationWords;
} {
  const shown = given(parameters, 'display_name') ?? given(parameters, 'title');
  const locked = given(parameters, 'locked');
  const tags = parameters.get('tags');
  const entries = {
    description: given(parameters, 'description'),
    license: given(parameters, 'license'),
    source: given(parameters, 'source'),
    attributions: given(parameters, 'attributions'),
    displayName: shown === '' || shown === textOf(parameters, 'name') ? null : shown,
    isLocked: locked === undefined ? undefined : locked === 'true',
    tags: tags === undefined || tags === null ? undefined : listOf(tags),
  };
  return {
    name: textOf(parameters, 'name') ?? undefined,
    privacy: privacyOf(parameters) ?? undefined,
    words: Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)),
  };
}
