/** Dropbox, API v2: https://www.dropbox.com/developers/documentation/http/documentation */
import { type DriveFile, DriveRefused, hasExtension } from '../../domain/drive.ts';
import { at, type Drive, listAt, MAX_PAGES, textAt, wholeAt } from './drive.ts';

const API = 'https://api.dropboxapi.com/2';

function toFile(value: unknown): DriveFile {
  // Shared files that are not in a folder of the account have no path.
  const id = textAt(value, 'path_display') ?? textAt(value, 'path_lower') ?? textAt(value, 'id');
  const revision = textAt(value, 'content_hash') ?? textAt(value, 'rev');
  if (id === null || revision === null || textAt(value, '.tag') === 'folder') {
    throw new DriveRefused('missing', 'There is a folder, or nothing, at this path of the Dropbox');
  }
  return { id, name: textAt(value, 'name') ?? '', sizeBytes: wholeAt(value, 'size'), revision, url: null };
}

/** A header holds ASCII alone, so that the rest of the JSON is escaped, as the documentation asks. */
const headerJson = (value: object): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

export const dropbox: Drive = {
  service: 'dropbox',
  title: 'Dropbox',
  oauth: {
    authorize: 'https://www.dropbox.com/oauth2/authorize',
    token: 'https://api.dropboxapi.com/oauth2/token',
    revoke: `${API}/auth/token/revoke`,
    revokesBearer: true,
    parameters: { token_access_type: 'offline', scope: 'files.metadata.read files.content.read account_info.read' },
  },
  async probe(api) {
    await api.json(`${API}/users/get_current_account`, null);
  },
  async list(api, extensions, most) {
    const found: DriveFile[] = [];
    let answer = await api.json(`${API}/files/list_folder`, { path: '', recursive: true, limit: 2000 });
    for (let page = 1; ; page++) {
      for (const value of listAt(answer, 'entries')) {
        if (textAt(value, '.tag') === 'file' && hasExtension(textAt(value, 'name') ?? '', extensions)) {
          found.push(toFile(value));
        }
      }
      const cursor = textAt(answer, 'cursor');
      if (at(answer, 'has_more') !== true || cursor === null || page >= MAX_PAGES || found.length >= most) break;
      answer = await api.json(`${API}/files/list_folder/continue`, { cursor });
    }
    return found.slice(0, most);
  },
  async find(api, itemId) {
    // What is no path of theirs would be a 400 in words of the service.
    if (!/^(\/|id:|rev:|ns:)/.test(itemId)) throw new DriveRefused('missing', 'This is no path of a Dropbox');
    return toFile(await api.json(`${API}/files/get_metadata`, { path: itemId }));
  },
  content: ({ id }) => ({
    url: 'https://content.dropboxapi.com/2/files/download',
    headers: { 'dropbox-api-arg': headerJson({ path: id }) },
  }),
  explain({ status, body }) {
    if (status === 401) return 'expired';
    if (status === 403) return 'forbidden';
    const summary = textAt(body, 'error_summary') ?? '';
    if (status === 409 && /(^|\/)(not_found|malformed_path)\b/.test(summary)) return 'missing';
    if (status === 409 && /restricted_content|no_permission/.test(summary)) return 'forbidden';
    return 'failed';
  },
};
