/** An answer that is not 200, thrown where it is known and rendered once, in `error-renderer.ts`. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly status: number;
  /** null: an empty body, as the contract has for 401 and 404. */
  readonly body: object | null;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, body: object | null, headers: Readonly<Record<string, string>> = {}) {
    super(`answered with ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** 401 with an empty body: no key, a wrong key, or the key of another account (wire contract 1.2). */
export const unauthorized = (): WireError => new WireError(401, null);

/** 404 with an empty body: nothing there, or nothing that this account may see. */
export const notFound = (): WireError => new WireError(404, null);

/** 400 in the shape that clients of the imports API read: `errors.imports`. */
export const badImport = (message: string): WireError => new WireError(400, { errors: { imports: message } });
