import assert from 'node:assert/strict';
import fc from 'fast-check';

const names = [
  'api_key',
  'url',
  'file',
  'filename',
  'privacy',
  'collision_strategy',
  'type_guessing',
  'service_name',
  'service_item_id',
  'user_defined_limits',
  'user_defined_limits[twitter_credits_limit]',
  'connector',
  'table_name',
  'sql',
  'callback',
  '__proto__',
  'constructor',
  'toString',
] as const;
const name = fc.oneof(fc.constantFrom(...names), fc.string({ unit: 'binary', maxLength: 12 }));
const value = fc.oneof(
  fc.constantFrom(
    '',
    'ann-key',
    'true',
    'null',
    'http://example.org/a.csv',
    'http://[',
    'a\0b',
    '\ud800',
    '%',
    'public_url',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
/** Percent-encoded well, badly, or not at all. */
const piece = (text: fc.Arbitrary<string>) =>
  text.chain((raw) =>
    fc.constantFrom(encodeURIComponent(raw.toWellFormed()), escape(raw), raw.replace(/[^!-~]|#/g, '%')),
  );
const query = fc
  .array(fc.tuple(piece(name), piece(value)), { maxLength: 5 })
  .map((pairs) => pairs.map(([key, text]) => `${key}=${text}`).join('&'));
const form = fc
  .array(fc.tuple(name, value), { maxLength: 5 })
  .map((pairs) =>
    new URLSearchParams(pairs.map(([key, text]) => [key.toWellFormed(), text.toWellFormed()])).toString(),
  );
const multipart = fc.array(fc.tuple(name, value, fc.boolean()), { maxLength: 4 }).map((parts) =>
  [
    ...parts.map(([key, text, isFile]) => {
      const fileName = isFile ? `; filename="${text}"` : '';
      return `--XX\r\nContent-Disposition: form-data; name="${key}"${fileName}\r\n\r\n${text}\r\n`;
    }),
    '--XX--\r\n',
  ].join(''),
);
const json = fc.oneof(
  fc.json(),
  fc.dictionary(name, fc.oneof(value, fc.jsonValue({ maxDepth: 2 }))).map((body) => JSON.stringify(body)),
  fc.constant('{"url":"\\u0000","api_key":"ann-key","filename":"\\ud800"}'),
);
/** Requests of every method to every route, with parameters well, badly or not encoded, and bodies of every kind. */
const oddRequest = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'),
  path: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('/api/v1/imports', '/api/v1/imports/', '/user/ann/api/v1/imports.json') },
    fc.constantFrom(
      '/',
      '/docs',
      '/openapi.json',
      '/healthz',
      '/readyz',
      '/metrics',
      '/user/ann',
      '/u//api/v1/imports',
    ),
    piece(fc.string({ unit: 'binary', maxLength: 20 })).map((id) => `/api/v1/imports/${id.replaceAll('?', '')}`),
    piece(fc.string({ unit: 'binary', maxLength: 20 })).map((id) => `/u/${id.replaceAll('?', '')}/api/v1/imports`),
  ),
  query,
  key: fc.constantFrom('&api_key=ann-key', '&api_key=ann-key', ''),
  authorization: fc.constantFrom(null, null, 'Basic', 'Basic YW5uOmFubi1rZXk=', 'Bearer ann-key', 'Basic =', 'x'),
  body: fc.oneof(
    fc.tuple(fc.constantFrom('application/json', 'application/json; charset=utf-16'), json),
    fc.tuple(fc.constant('application/x-www-form-urlencoded'), fc.oneof(form, query)),
    fc.tuple(fc.constant('multipart/form-data; boundary=XX'), multipart),
    fc.tuple(
      fc.constantFrom('text/csv', '', ';', 'multipart/form-data', 'multipart/form-data; boundary="', 'a/b/c'),
      fc.string({ unit: 'binary', maxLength: 40 }),
    ),
  ),
});

/** Sends odd requests to a server where `ann-key` is the key of `ann`; each is answered, and none with a 500. */
export async function sendOddRequests(url: string, runs: number): Promise<void> {
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(oddRequest, async ({ method, path, query: asked, key, authorization, body: [type, text] }) => {
      const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method);
      const response = await fetch(`${url}${path}?${asked}${key}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(hasBody && type !== '' ? { 'content-type': type } : {}),
          ...(authorization === null ? {} : { authorization }),
        },
        ...(hasBody ? { body: Buffer.from(text) } : {}),
      });
      const answer = await response.text();
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
      assert.ok(response.status < 500, `${response.status} ${answer}`);
      if ([401, 404].includes(response.status) && path.startsWith('/api/')) assert.equal(answer, '');
      if (response.status === 400 && method !== 'HEAD') assert.match(answer, /"errors":/);
    }),
    { seed: 20260201, numRuns: runs },
  );
  for (const status of [200, 204, 400, 401, 404]) {
    assert.ok((seen.get(status) ?? 0) > 0, `no ${status} among ${JSON.stringify([...seen])}`);
  }
}
