/** Host and path of a URL: what a message or a log line may show of it. No credentials, query or fragment. */
export function describeUrl(url: URL): string {
  return `${url.host}${url.pathname}`.slice(0, 300);
}

/** Port that a URL addresses, whether it is written or the scheme's own. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** Host name of a URL as a resolver takes it: without the brackets of an IPv6 literal. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}
