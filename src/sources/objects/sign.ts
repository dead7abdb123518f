import { createHmac } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import type { ObjectAddress, ObjectKeys } from './address.ts';

type Headers = Readonly<Record<string, string>>;

/** Version of Azure's protocol: the first whose rule for the length of nothing is the one below. */
const AZURE_VERSION = '2021-12-02';

/** What `GET url` has to carry so that the store answers; the given headers are not signed, since proxies change them. */
export async function signGet(
  address: ObjectAddress,
  url: URL,
  headers: Headers,
): Promise<{ url: URL; headers: Headers }> {
  const { keys } = address;
  if (keys === null) return { url, headers };
  if (address.store === 'azure') return signAzure(url, headers, keys);
  const { headers: signed } = await new AwsV4Signer({
    url: url.href,
    method: 'GET',
    accessKeyId: keys.id,
    secretAccessKey: keys.secret,
    service: 's3',
    region: address.region,
  }).sign();
  return { url, headers: { ...headers, ...Object.fromEntries(signed.entries()) } };
}

/**
 * Shared Key of Azure (https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key), or a shared access
 * signature, which is a query and goes behind the address.
 */
function signAzure(url: URL, headers: Headers, { id, secret }: ObjectKeys): { url: URL; headers: Headers } {
  if (/(^|[?&])sig=/.test(secret)) {
    const withSignature = new URL(url);
    for (const [name, value] of new URLSearchParams(secret.replace(/^\?/, '')))
      withSignature.searchParams.set(name, value);
    return { url: withSignature, headers };
  }
  const own = { 'x-ms-date': new Date().toUTCString(), 'x-ms-version': AZURE_VERSION };
  const value = (name: string): string => headers[name] ?? '';
  const parameters = [...new Map(url.searchParams)].map(([name, text]) => `${name.toLowerCase()}:${text}`).toSorted();
  const text = [
    'GET',
    ...['content-encoding', 'content-language', 'content-length', 'content-md5', 'content-type', 'date'].map(value),
    ...['if-modified-since', 'if-match', 'if-none-match', 'if-unmodified-since', 'range'].map(value),
    ...Object.entries(own).map(([name, one]) => `${name}:${one}`),
    `/${id}${url.pathname}`,
    ...parameters,
  ].join('\n');
  const signature = createHmac('sha256', Buffer.from(secret, 'base64')).update(text).digest('base64');
  return { url, headers: { ...headers, ...own, authorization: `SharedKey ${id}:${signature}` } };
}
