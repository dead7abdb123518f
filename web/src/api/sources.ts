import { ApiError, api, json } from './session.ts';

/** A layer of an ArcGIS server. */
export interface ArcgisLayer {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  /** null: a table. */
  readonly geometry_type: string | null;
  readonly count: number | null;
}

/** What there is at the address of a service or layer. */
export const listArcgisLayers = async (url: string, token: string): Promise<readonly ArcgisLayer[]> =>
  (
    await api<{ layers: readonly ArcgisLayer[] }>(
      '/api/v1/connectors/arcgis/layers',
      json({ url, ...(token === '' ? {} : { token }) }),
    )
  ).layers;

/** A kind of database. */
export interface Provider {
  readonly id: string;
  readonly name: string;
}

export async function listProviders(): Promise<readonly Provider[]> {
  const found = await api<Readonly<Record<string, { readonly name: string }>>>('/api/v1/connectors');
  return Object.entries(found).map(([id, { name }]) => ({ id, name }));
}

/** A parameter of a connection. */
export interface ConnectionField {
  readonly name: string;
  readonly required: boolean;
}

export async function listConnectionFields(provider: string): Promise<readonly ConnectionField[]> {
  const { parameters } = await api<{
    readonly parameters: { readonly connection: Readonly<Record<string, { readonly required: boolean }>> };
  }>(`/api/v1/connectors/${provider}`);
  return Object.entries(parameters.connection).map(([name, { required }]) => ({ name, required }));
}

/** A connection that the server keeps. */
export interface Connection {
  readonly id: string;
  readonly name: string;
  readonly connector: string;
}

export const listConnections = (): Promise<readonly Connection[]> => api('/api/v4/connections');

/** Has the server keep a connection, sealed; the answer is its id. */
export const keepConnection = async (
  name: string,
  connector: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> => (await api<{ id: string }>('/api/v4/connections', json({ name, connector, parameters }))).id;

/** Which connection is meant: one that is kept, or its parameters. */
export type ConnectionOf =
  | { readonly connection_id: string }
  | { readonly connection: Readonly<Record<string, string>> };

export interface RemoteTable {
  readonly schema: string;
  readonly name: string;
}

/** Tables of a database; its password goes in the body, never in the address. */
export const listRemoteTables = (provider: string, of: ConnectionOf): Promise<readonly RemoteTable[]> =>
  api(`/api/v1/connectors/${provider}/tables`, json('connection' in of ? of.connection : of));

/** Cloud drives by the names of the API. */
export type DriveService = 'gdrive' | 'dropbox' | 'box' | 'onedrive';

/** Services that the server offers. */
export const listDriveServices = async (): Promise<readonly DriveService[]> =>
  (await api<{ services: readonly DriveService[] }>('/api/v1/drives')).services;

/** A file of a cloud drive. */
export interface DriveFile {
  readonly id: string;
  readonly title: string;
  /** Bytes; 0 where they are not known. */
  readonly size: number;
}

const drive = (service: DriveService): string => `/api/v1/imports/service/${service}`;

/** Whether the account is connected to a service. */
export async function isDriveConnected(service: DriveService): Promise<boolean> {
  try {
    return (await api<{ oauth_valid: boolean }>(`${drive(service)}/token_valid`)).oauth_valid;
  } catch (error) {
    // With words of the service: the access has expired.
    if (error instanceof ApiError && error.status === 401) return false;
    throw error;
  }
}

/** Where to sign in to a service. */
export const driveSignIn = async (service: DriveService): Promise<string> =>
  (await api<{ url: string }>(`${drive(service)}/auth_url`)).url;

export const listDriveFiles = async (service: DriveService): Promise<readonly DriveFile[]> =>
  (await api<{ files: readonly DriveFile[] }>(`${drive(service)}/list_files`)).files;

export const disconnectDrive = (service: DriveService): Promise<void> =>
  api(`${drive(service)}/invalidate_token`, { method: 'DELETE' });
