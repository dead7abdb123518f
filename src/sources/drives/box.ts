/** Box, API 2.0: https://developer.box.com/reference */
import { type DriveFile, DriveRefused } from '../../domain/drive.ts';
import { at, type Drive, listAt, MAX_PAGES, textAt, wholeAt } from './drive.ts';

const API = 'https://api.box.com/2.0';
const FIELDS = 'id,type,name,size,sha1,etag,item_status';

/** Most entries of a page of a search. */
const PAGE = 200;
/** The service refuses to look further into a search. */
const MAX_OFFSET = 10_000;

function toFile(value: unknown): DriveFile {
  const id = textAt(value, 'id');
  const revision = textAt(value, 'sha1') ?? textAt(value, 'etag');
  if (id === null || revision === null) throw new DriveRefused('failed', 'Box told of a file without an id');
  if (textAt(value, 'item_status') === 'trashed') throw new DriveRefused('missing', 'The file is in the trash');
  return {
    id,
    name: textAt(value, 'name') ?? '',
    sizeBytes: wholeAt(value, 'size'),
    revision,
    url: `https://app.box.com/file/${id}`,
  };
}

export const box: Drive = {
  service: 'box',
  title: 'Box',
  oauth: {
    authorize: 'https://account.box.com/api/oauth2/authorize',
    token: 'https://api.box.com/oauth2/token',
    revoke: 'https://api.box.com/oauth2/revoke',
    parameters: {},
  },
  async probe(api) {
    await api.json(`${API}/users/me?fields=id`);
  },
  async list(api, extensions, most) {
    const found = new Map<string, DriveFile>();
    // A search needs a text: the ending is part of each name that is wanted.
    for (const extension of extensions) {
      for (let page = 0; page < MAX_PAGES && page * PAGE < MAX_OFFSET && found.size < most; page++) {
        const query = new URLSearchParams({
          query: extension,
          content_types: 'name',
          file_extensions: extension,
          type: 'file',
          limit: String(PAGE),
          offset: String(page * PAGE),
          fields: FIELDS,
        });
        const answer = await api.json(`${API}/search?${query}`);
        const entries = listAt(answer, 'entries').filter((one) => textAt(one, 'item_status') !== 'trashed');
        for (const file of entries.map(toFile)) found.set(file.id, file);
        if ((page + 1) * PAGE >= (wholeAt(answer, 'total_count') ?? 0)) break;
      }
    }
    return [...found.values()].slice(0, most);
  },
  async find(api, itemId) {
    const value = await api.json(`${API}/files/${encodeURIComponent(itemId)}?fields=${FIELDS}`);
    return toFile(value);
  },
  content: ({ id }) => ({ url: `${API}/files/${encodeURIComponent(id)}/content` }),
  explain({ status, body }) {
    if (status === 401) return 'expired';
    if (status === 403) return textAt(body, 'code') === 'rate_limit_exceeded' ? null : 'forbidden';
    return status === 404 || (status === 400 && at(body, 'code') === 'bad_request') ? 'missing' : 'failed';
  },
};
