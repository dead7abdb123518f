const needsLogin = 'The server wants a login. Download the file yourself and upload it.';
const moved =
  'The file has moved and the server did not lead to its new place. Use the address that a browser ends at.';
const notServed =
  'The server does not serve this address in the way files are asked for. Check that it leads to a file.';

const sentences: Readonly<Record<number, string>> = {
  300: moved,
  301: moved,
  302: moved,
  303: moved,
  307: moved,
  308: moved,
  400: 'The server did not accept the request. Check the address and its parameters.',
  401: needsLogin,
  402: needsLogin,
  403: `${needsLogin} Or try the address with https.`,
  404: 'There is no file at this address. Check its spelling.',
  405: notServed,
  407: 'A proxy on the way wants a login.',
  408: 'The server waited too long for the request. Try again.',
  409: 'The server reports a conflict with another request. Try again later.',
  410: 'The file was removed for good.',
  411: 'The server did not accept the request because it carries no Content-Length.',
  412: notServed,
  413: 'The server finds the request too large.',
  417: notServed,
  429: 'The server gets too many requests. Try again later.',
  500: 'The server failed. Try again later.',
  501: notServed,
  502: 'A gateway before the server got no good answer. Try again later.',
  503: 'The server is out of service or overloaded. Try again later.',
  505: notServed,
  511: needsLogin,
};

/** A refused download as a sentence (`http_response_code_message`, wire contract 1.5). */
export function explainStatus(status: number): string {
  const known = sentences[status];
  if (known !== undefined) return known;
  if (status >= 300 && status < 400) return moved;
  if (status >= 400 && status < 500) return 'The server refused the request. Check the address.';
  if (status >= 500 && status < 600) return 'The server failed. Try again later.';
  return 'The server gave an answer that is not known.';
}
