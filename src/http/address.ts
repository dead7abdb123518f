/** What a request line and its Host header address. */
export interface Address {
  /** Path and query as the routes are written: without account prefix, trailing slashes and `.json`. */
  readonly url: string;
  /** The account named by prefix or host; null where neither names one and the key decides. */
  readonly account: string | null;
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** `example.org` makes `NAME.example.org` address NAME; any other host names nobody. */
function accountOfHost(host: string | undefined, baseDomain: string | null): string | null {
  if (host === undefined || baseDomain === null) return null;
  const name = host.toLowerCase().replace(/:\d*$/, '');
  const suffix = `.${baseDomain.toLowerCase()}`;
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : null;
}

/**
 * Reads the account and the plain route out of a request (wire contract 1.1). A prefix (`/user/NAME`, `/u/NAME`) wins
 * over the host, which then is the organisation's.
 */
export function parseAddress(rawUrl: string, host: string | undefined, baseDomain: string | null): Address {
  const queryAt = rawUrl.indexOf('?');
  const query = queryAt < 0 ? '' : rawUrl.slice(queryAt);
  let path = queryAt < 0 ? rawUrl : rawUrl.slice(0, queryAt);

  const prefix = /^\/(?:user|u)\/([^/]+)(\/.*)?$/.exec(path);
  if (prefix) path = prefix[2] ?? '/';
  while (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1);
  if (path.startsWith('/api/') && path.endsWith('.json')) path = path.slice(0, -'.json'.length);

  return {
    url: path + query,
    account: prefix?.[1] === undefined ? accountOfHost(host, baseDomain) : decoded(prefix[1]),
  };
}
