import type { ImportOptions, ImportRequest, RemoteRequest } from '../domain/import.ts';
import { ImportError } from '../errors.ts';
import { type Seal, SealBroken } from '../util/seal.ts';

/** Where a sealed request belongs: it does not open as anything else. */
const CONTEXT = 'import request';

/** A request as it is stored: passwords and what lies beside them are sealed, the rest stays readable. */
export function sealRequest(seal: Seal, request: ImportRequest): ImportRequest {
  switch (request.kind) {
    case 'url': {
      // Of an analysis, it is sealed already.
      if (request.sealed !== undefined) return request;
      const url = URL.parse(request.url);
      if (url === null || (url.username === '' && url.password === '')) return request;
      const sealed = seal.seal(JSON.stringify(request), CONTEXT);
      url.username = '';
      url.password = '';
      return { kind: 'url', url: url.href, sealed };
    }
    case 'connector': {
      if (request.connectionId !== null || request.sealed !== undefined) return request;
      return { ...request, connection: {}, sealed: seal.seal(JSON.stringify(request), CONTEXT) };
    }
    case 'arcgis': {
      const { token, ...rest } = request;
      const url = URL.parse(request.url);
      const hasLogin = url !== null && (url.username !== '' || url.password !== '');
      if ((token === undefined && !hasLogin) || request.sealed !== undefined) return request;
      const sealed = seal.seal(JSON.stringify(request), CONTEXT);
      if (!hasLogin) return { ...rest, sealed };
      url.username = '';
      url.password = '';
      return { ...rest, url: url.href, sealed };
    }
    default:
      return request;
  }
}

/** Options as they are stored: the password of a description's address is sealed. */
export function sealOptions(seal: Seal, options: ImportOptions): ImportOptions {
  const { metadataUrl } = options;
  if (metadataUrl === undefined || options.metadataSealed !== undefined) return options;
  const stored = sealRequest(seal, { kind: 'url', url: metadataUrl });
  if (stored.kind !== 'url' || stored.sealed === undefined) return options;
  return { ...options, metadataUrl: stored.url, metadataSealed: stored.sealed };
}

/** The request that was sealed. Throws connectorParameters where this server's secret is not the one it was sealed with. */
export function openRequest<Request extends RemoteRequest>(seal: Seal, request: Request): Request {
  if (!('sealed' in request) || request.sealed === undefined) return request;
  try {
    // Only `sealRequest` makes such a text.
    return JSON.parse(seal.open(request.sealed, CONTEXT)) as Request;
  } catch (cause) {
    if (!(cause instanceof SealBroken)) throw cause;
    throw sealedElsewhere(cause);
  }
}

/** What was sealed does not open here. */
export const sealedElsewhere = (cause: SealBroken): ImportError =>
  new ImportError('connectorParameters', {
    detail: 'The stored password cannot be read: it was sealed with another LANDFALL_SECRET.',
    hint: 'Give the password again, or run all machines with the same LANDFALL_SECRET.',
    cause,
  });
