/** Addresses of object stores: `s3://BUCKET/KEY`, `gs://BUCKET/KEY`, `az://ACCOUNT/CONTAINER/BLOB`. */

/** Who asks; null in an address without a password, of what anybody may read. */
export interface ObjectKeys {
  readonly id: string;
  readonly secret: string;
}

/** An object, or all objects whose names begin so, at a server that speaks HTTP. */
export interface ObjectAddress {
  readonly store: 's3' | 'azure';
  /** Of the bucket or the container, without a slash at the end. */
  readonly base: URL;
  /** Name of the object; one that ends with a slash, or none, stands for all that begin with it. */
  readonly key: string;
  readonly keys: ObjectKeys | null;
  /** Region that requests are signed for; '' for Azure. */
  readonly region: string;
  /** The bucket is part of the host, which names the region too. */
  readonly isRegional: boolean;
}

const schemes: ReadonlySet<string> = new Set(['s3:', 'gs:', 'az:']);

/** Whether a text is the address of an object store. */
export const isObjectUrl = (text: string): boolean => schemes.has(URL.parse(text)?.protocol ?? '');

const bucketPattern = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;
const accountPattern = /^[a-z0-9]{3,24}$/;
const regionPattern = /^[a-z0-9-]{2,40}$/;

const decoded = (text: string): string => decodeURIComponent(text);

/** Percent-encoding of RFC 3986, which signatures are made over; slashes stay. */
const encodePath = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Address of one object. */
export const urlOfObject = ({ base }: ObjectAddress, key: string): URL =>
  new URL(`${base.href.replace(/\/$/, '')}/${encodePath(key)}`);

/** The same bucket in another region. */
export function inRegion(address: ObjectAddress, region: string): ObjectAddress {
  if (!address.isRegional || !regionPattern.test(region)) return { ...address, region };
  const base = new URL(address.base.href.replace(`.s3.${address.region}.`, `.s3.${region}.`));
  return { ...address, base, region };
}

/** A server that the address names; only its origin counts. */
function endpointOf(url: URL): URL | null {
  const text = url.searchParams.get('endpoint');
  if (text === null) return null;
  const endpoint = new URL(text);
  if (endpoint.protocol !== 'https:' && endpoint.protocol !== 'http:')
    throw new Error('the endpoint is not http or https');
  return new URL(endpoint.origin);
}

function keysOf(url: URL): ObjectKeys | null {
  return url.password === '' ? null : { id: decoded(url.username), secret: decoded(url.password) };
}

function azure(url: URL): ObjectAddress {
  const account = url.host.replace(/\.blob\.core\.windows\.net$/, '');
  const [container = '', ...rest] = url.pathname.slice(1).split('/');
  const name = decoded(container);
  if (!accountPattern.test(account) || !bucketPattern.test(name)) throw new Error('no account or container');
  const endpoint = endpointOf(url);
  // Stand-ins and emulators have the account in the path.
  const base = endpoint === null ? `https://${account}.blob.core.windows.net` : `${endpoint.origin}/${account}`;
  const keys = keysOf(url);
  return {
    store: 'azure',
    base: new URL(`${base}/${name}`),
    key: decoded(rest.join('/')),
    keys: keys === null ? null : { ...keys, id: account },
    region: '',
    isRegional: false,
  };
}

/**
 * Reads an address. `KEY:SECRET@` before the bucket are the keys (of Azure the password alone counts: an account key, or a
 * shared access signature); `?region=` and `?endpoint=` name where the bucket is. Throws an Error where it is none.
 */
export function parseObjectUrl(text: string): ObjectAddress {
  const url = new URL(text);
  if (!schemes.has(url.protocol)) throw new Error('no object store');
  if (url.protocol === 'az:') return azure(url);
  const isGoogle = url.protocol === 'gs:';
  const bucket = url.host;
  if (!bucketPattern.test(bucket)) throw new Error('no name of a bucket');
  const region = url.searchParams.get('region') ?? (isGoogle ? 'auto' : 'us-east-1');
  if (!regionPattern.test(region)) throw new Error('no name of a region');
  const endpoint = endpointOf(url) ?? (isGoogle ? new URL('https://storage.googleapis.com') : null);
  // The certificate of the service covers one label before it, so names with dots go into the path.
  const isRegional = endpoint === null && !bucket.includes('.');
  const origin = endpoint?.origin ?? `https://s3.${region}.amazonaws.com`;
  const base = isRegional ? `https://${bucket}.s3.${region}.amazonaws.com/` : `${origin}/${bucket}`;
  return {
    store: 's3',
    base: new URL(base),
    key: decoded(url.pathname.slice(1)),
    keys: keysOf(url),
    region,
    isRegional,
  };
}
