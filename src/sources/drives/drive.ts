import { type DriveFile, type DriveProblem, DriveRefused, type DriveService } from '../../domain/drive.ts';
import type { ImportError } from '../../errors.ts';

/** An answer of a service, read whole. */
export interface ApiAnswer {
  readonly status: number;
  /** Its JSON; null where it has none. */
  readonly body: unknown;
  /** Seconds after which the service wants to be asked again; null where it does not say. */
  readonly retryAfter: number | null;
}

/** The service sent more than is read of one answer: what is asked for in parts may be asked for in smaller ones. */
export class AnswerTooLong extends DriveRefused {
  constructor() {
    super('failed', 'The service sent an answer that is too long');
  }
}

/** Calls of a service's API under the account's token, which is renewed where it has to be. */
export interface DriveApi {
  /**
   * The JSON of an answer of 2xx to a GET, or to a POST where there is a body. Throws `DriveRefused` as the drive's
   * `explain` says, after as many tries as the service deserves.
   */
  json(url: string, body?: unknown): Promise<unknown>;
}

/** Where the bytes of a file go. */
export interface DriveTarget {
  readonly path: string;
  readonly maxBytes: number;
  readonly onBytes: (received: number) => void;
}

/** Where the bytes of a file are: an address to GET with the account's token. */
export interface DriveContent {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Addresses and words of a service's OAuth 2.0 (RFC 6749). */
export interface OAuthEndpoints {
  readonly authorize: string;
  readonly token: string;
  /** Takes a token back by POST; null where the service has no such address. */
  readonly revoke: string | null;
  /** The token to take back is the one that the call goes under, and the call has no body. Absent: it is in the form. */
  readonly revokesBearer?: true;
  /** Parameters of the authorisation besides those of the standard; scopes among them. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** One service. Addresses are those of the service; `createDriveApi` moves them to the server of the settings. */
export interface Drive {
  readonly service: DriveService;
  readonly title: string;
  readonly oauth: OAuthEndpoints;
  /** A call that any token in force may make. */
  probe(api: DriveApi): Promise<void>;
  /** Files with one of these endings, at most `most`. */
  list(api: DriveApi, extensions: readonly string[], most: number): Promise<readonly DriveFile[]>;
  /** What is to be told of one file now. */
  find(api: DriveApi, itemId: string): Promise<DriveFile>;
  content(file: DriveFile): DriveContent;
  /**
   * Writes a file whose bytes the service refused to hand out, by other calls; returns their number. Absent, or null: there
   * are none. Throws `DriveRefused` and ImportErrors.
   */
  bringOtherwise?(api: DriveApi, file: DriveFile, status: number, target: DriveTarget): Promise<number> | null;
  /** What a refusal of a file's bytes means where other calls may be made for it; absent, or null: what `explain` says. */
  explainContent?(file: DriveFile, status: number): ImportError | null;
  /** What an answer that is not 2xx means; null: ask again. */
  explain(answer: ApiAnswer): DriveProblem | null;
}

/** A member of foreign JSON; undefined where there is none. */
export const at = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

/** A member that is a text with something in it, or a number; null otherwise. */
export function textAt(value: unknown, name: string): string | null {
  const found = at(value, name);
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' && found !== '' ? found : null;
}

/** A member that is a whole number, as a number or in digits; null otherwise. */
export function wholeAt(value: unknown, name: string): number | null {
  const text = textAt(value, name);
  const number = Number(text);
  return text !== null && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** A member that is a list; empty otherwise. */
export function listAt(value: unknown, name: string): readonly unknown[] {
  const found = at(value, name);
  return Array.isArray(found) ? found : [];
}

/** Most pages of a list that are asked for: a service that never ends its list is not followed for ever. */
export const MAX_PAGES = 100;
