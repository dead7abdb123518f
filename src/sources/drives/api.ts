import { setTimeout as sleep } from 'node:timers/promises';
import { type DriveProblem, DriveRefused } from '../../domain/drive.ts';
import { ImportError } from '../../errors.ts';
import type { HttpClient, HttpResponse } from '../../util/http-client.ts';
import { AnswerTooLong, type ApiAnswer, type Drive, type DriveApi } from './drive.ts';

/** Largest answer of an API that is read, in bytes: a page of 1,000 files has far less. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Requests for one answer, the first included, where the service asks for patience. */
const TRIES = 5;

/** The same where the service says that there were too many (429): quotas are of minutes, and the waits add up to one. */
const PATIENT_TRIES = 8;

/** Longest wait that a service may ask for, in seconds: a worker is held meanwhile. */
const MAX_WAIT_SECONDS = 60;

/** Where the tokens of an account may go. */
const hosts: ReadonlySet<string> = new Set([
  ...['www.googleapis.com', 'sheets.googleapis.com', 'oauth2.googleapis.com', 'accounts.google.com'],
  ...['api.dropboxapi.com', 'content.dropboxapi.com', 'www.dropbox.com'],
  ...['api.box.com', 'account.box.com'],
  ...['graph.microsoft.com', 'login.microsoftonline.com'],
]);

/** An address of a service at the server of the settings. Throws where it leads elsewhere, as a link in an answer may. */
export function placed(address: string, server: string | null): URL {
  const url = new URL(address);
  if (server !== null) return new URL(url.pathname + url.search, server);
  if (url.protocol !== 'https:' || !hosts.has(url.host)) {
    throw new DriveRefused('failed', 'The service names an address that is not its own');
  }
  return url;
}

/** Reads a whole answer; what is no JSON counts as none. */
export async function readAnswer(response: HttpResponse): Promise<ApiAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      response.discard();
      throw new AnswerTooLong();
    }
    chunks.push(chunk);
  }
  const after = Number(response.header('retry-after') ?? Number.NaN);
  return {
    status: response.status,
    body: parsed(Buffer.concat(chunks).toString('utf8')),
    retryAfter: Number.isFinite(after) && after >= 0 ? after : null,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Says that a service could not be reached, in the words of sources (1012); a timeout stays one. */
export function translateReach(error: unknown, title: string): unknown {
  if (!(error instanceof ImportError) || (error.kind !== 'downloadFailed' && error.kind !== 'unknownHost'))
    return error;
  return new ImportError('sourceUnreachable', {
    detail: `${title} could not be reached: ${error.message}`,
    cause: error,
  });
}

/** The sentence for each problem; `file` where one was asked for. */
export function refusal(problem: DriveProblem, title: string, status: number): DriveRefused {
  const texts: Partial<Record<DriveProblem, string>> = {
    expired: `The access to ${title} has expired or was taken back (HTTP ${status}). Connect the account again`,
    forbidden: `${title} does not give this file or list to the connected account (HTTP ${status})`,
    policy: `A policy of the organisation forbids ${title} to answer other applications (HTTP ${status})`,
    missing: `There is no such file at ${title} (HTTP ${status})`,
  };
  return new DriveRefused(problem, texts[problem] ?? `${title} answered with HTTP status ${status}`);
}

export interface DriveApiOptions {
  readonly client: HttpClient;
  readonly drive: Drive;
  /** The server that stands for the service's own; null: those. */
  readonly server: string | null;
  /** The token in force; another one than `unlike`, which the service refused. */
  readonly access: (unlike?: string) => Promise<string>;
  readonly signal: AbortSignal;
  /** Milliseconds before the second try, doubled before each further one. */
  readonly retryDelayMs: number;
}

/** Calls of one service for one account. */
export function createDriveApi(options: DriveApiOptions): DriveApi {
  const { client, drive, server, access, signal } = options;

  async function once(url: URL, body: unknown, token: string): Promise<ApiAnswer> {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    try {
      const response =
        body === undefined
          ? await client.get(url, { headers, signal })
          : await client.post(url, {
              headers: { ...headers, 'content-type': 'application/json' },
              body: JSON.stringify(body),
              signal,
            });
      return await readAnswer(response);
    } catch (error) {
      throw translateReach(error, drive.title);
    }
  }

  return {
    async json(address, body) {
      const url = placed(address, server);
      let token = await access();
      let isRenewed = false;
      for (let tries = 1; ; tries++) {
        const answer = await once(url, body, token);
        if (answer.status >= 200 && answer.status < 300) return answer.body;
        const isPatient = answer.status === 429 || answer.status >= 500;
        const problem = isPatient ? null : drive.explain(answer);
        if (problem === 'expired' && !isRenewed) {
          isRenewed = true;
          token = await access(token);
          continue;
        }
        const most = answer.status === 429 ? PATIENT_TRIES : TRIES;
        if (problem !== null || tries >= most) throw refusal(problem ?? 'failed', drive.title, answer.status);
        const wait = answer.retryAfter === null ? options.retryDelayMs * 2 ** (tries - 1) : answer.retryAfter * 1000;
        await sleep(Math.min(wait, MAX_WAIT_SECONDS * 1000), undefined, { signal });
      }
    },
  };
}
