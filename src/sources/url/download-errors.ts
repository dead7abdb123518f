import { ImportError } from '../../errors.ts';
import { describeUrl } from '../../util/describe-url.ts';
import type { HttpResponse } from '../../util/http-client.ts';

/** The reason in the `Error` header, in which OpenStreetMap's API says that a map is too large; '' where there is none. */
const reasonOf = (response: HttpResponse): string => {
  const reason = (response.header('error') ?? '').replace(/[^\x20-\x7e]/g, '').trim();
  return reason === '' ? '' : `: ${reason.slice(0, 200).replace(/\.$/, '')}`;
};

/** The error of an answer that holds no file (wire-contract 9.1, status mapping). Carries the status. */
export function errorOfStatus(response: HttpResponse): ImportError {
  const { status, url } = response;
  const where = describeUrl(url);
  const fail = (kind: ImportError['kind'], detail: string, hint: string): ImportError =>
    new ImportError(kind, { detail, hint, httpStatus: status });
  const reason = reasonOf(response);
  if (/too many nodes/i.test(reason)) {
    return fail('tooManyNodes', `${where} answered with HTTP status ${status}${reason}.`, 'Zoom in.');
  }
  switch (status) {
    case 401:
      return fail('forbidden', `${where} asks for a user name and password (HTTP 401).`, 'Make the file public.');
    case 403:
      return fail('downloadFailed', `${where} refuses access (HTTP 403).`, 'Make the file public, or try https://.');
    case 404:
      return fail('notFound', `There is no file at ${where} (HTTP 404).`, 'Check the address.');
    case 202:
      return fail('downloadFailed', `${where} is still preparing the file (HTTP 202).`, 'Try again in a minute.');
    case 429:
      return fail('downloadFailed', `${where} refuses more requests for now (HTTP 429).`, 'Try again later.');
    default:
      return fail(
        'downloadFailed',
        `${where} answered with HTTP status ${status}${reason}.`,
        'Check the address in a browser.',
      );
  }
}

/** A body, as sent or as decoded, beyond the limit of one import. */
export function tooBig(url: URL, maxBytes: number, what: string): ImportError {
  return new ImportError('fileTooBig', {
    detail: `${describeUrl(url)} ${what}; the limit of one import is ${maxBytes} bytes.`,
    hint: 'Import the data in parts, or ask the operator for a higher limit.',
  });
}
