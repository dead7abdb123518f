/** What a request carries from hop to hop while redirects are followed. */
export interface RequestState {
  readonly url: URL;
  /** Headers of the next hop: the caller's, with credentials and cookies of this origin only. */
  headers(): Record<string, string>;
  /** Moves on to `target`. `setCookie` is what the redirecting answer asked to keep. */
  redirect(target: URL, setCookie: string | null): void;
}

const BOUND_TO_ORIGIN: ReadonlySet<string> = new Set(['authorization', 'cookie']);

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const basic = (url: URL): string =>
  `Basic ${Buffer.from(`${decode(url.username)}:${decode(url.password)}`).toString('base64')}`;

/** `name=value` pairs of joined Set-Cookie headers; attributes are not needed for the few hops of one download. */
const cookiePairs = (setCookie: string): [string, string][] =>
  // A comma parts two cookies where a name and "=" follow; the one in `Expires=Mon, 01 Jan` does not qualify.
  setCookie.split(/,\s*(?=[^;,=\s]+=)/).flatMap((cookie) => {
    const pair = cookie.split(';', 1)[0] ?? '';
    const equals = pair.indexOf('=');
    return equals > 0 ? [[pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]] : [];
  });

/**
 * Starts at `url` with the caller's `headers` (names in lower case). `user:password@` becomes Basic authorization;
 * it, `authorization` and `cookie` are sent to the first origin only, cookies set on the way only to their own origin.
 */
export function createRequestState(url: URL, headers: Readonly<Record<string, string>>): RequestState {
  const first = url.origin;
  const jar = new Map<string, Map<string, string>>();
  let current = url;
  return {
    get url() {
      return current;
    },
    headers() {
      const sent = Object.entries(headers).filter(([name]) => current.origin === first || !BOUND_TO_ORIGIN.has(name));
      const result: Record<string, string> = { 'user-agent': 'Landfall', accept: '*/*', ...Object.fromEntries(sent) };
      if (current.username !== '' || current.password !== '') result.authorization ??= basic(current);
      const cookies = [...(jar.get(current.origin) ?? [])].map(([name, value]) => `${name}=${value}`);
      if (cookies.length > 0) result.cookie = cookies.join('; ');
      return result;
    },
    redirect(target, setCookie) {
      const kept = jar.get(current.origin) ?? new Map<string, string>();
      for (const [name, value] of cookiePairs(setCookie ?? '').slice(0, 50)) kept.set(name, value);
      jar.set(current.origin, kept);
      const next = new URL(target);
      if (next.origin === current.origin && next.username === '' && next.password === '') {
        next.username = current.username;
        next.password = current.password;
      }
      current = next;
    },
  };
}
