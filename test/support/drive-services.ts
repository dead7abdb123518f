/** Four services as their published references have them, as far as Landfall asks. */
import { createHash } from 'node:crypto';
import type { Reply, StandInFile, StandInService } from './drive-stand-in.ts';

const sizeOf = (file: StandInFile): number => Buffer.from(file.body).length;
const hash = (algorithm: string, file: StandInFile): string => createHash(algorithm).update(file.body).digest('hex');
const SHEET = 'application/vnd.google-apps.spreadsheet';

const ofGoogle = (file: StandInFile) => ({
  id: file.id,
  name: file.name,
  mimeType: file.mimeType ?? 'text/csv',
  modifiedTime: `2026-01-01T00:00:00.${hash('md5', file).slice(0, 3)}Z`,
  webViewLink: `https://drive.google.com/file/d/${file.id}/view`,
  ...(file.mimeType === SHEET ? {} : { size: String(sizeOf(file)), md5Checksum: hash('md5', file) }),
});

/** What the Sheets API says of a spreadsheet, or of the rows of one sheet (reference of `spreadsheets.get`, v4). */
function spreadsheet({ id, grids = {} }: StandInFile, query: URLSearchParams): Reply {
  const range = query.get('ranges');
  if (range === null) {
    const sheets = Object.entries(grids).map(([title, rows], index) => ({
      properties: {
        ...{ sheetId: index, title, index, sheetType: 'GRID' },
        // Sheets are larger than what is in them.
        gridProperties: { rowCount: rows.length + 5, columnCount: 4 },
      },
    }));
    const chart = { properties: { sheetId: 99, title: 'Chart', sheetType: 'OBJECT' } };
    return { json: { spreadsheetId: id, sheets: [...sheets, chart] } };
  }
  const [, title = '', from = '', to = ''] = /^'(.*)'!(\d+):(\d+)$/.exec(range) ?? [];
  const rows = grids[title.replaceAll("''", "'")];
  if (rows === undefined) return { status: 400, json: { error: { code: 400, status: 'INVALID_ARGUMENT' } } };
  const rowData = rows.slice(Number(from) - 1, Number(to)).map((values) => (values.length === 0 ? {} : { values }));
  const startRow = from === '1' ? {} : { startRow: Number(from) - 1 };
  return { json: { sheets: [{ data: [{ ...startRow, ...(rowData.length === 0 ? {} : { rowData }) }] }] } };
}

/** Pages of two, so that lists have several. */
const PAGE = 2;

export const googleStandIn: StandInService = {
  paths: { authorize: '/o/oauth2/v2/auth', token: '/token', revoke: '/revoke' },
  answer({ url }, files) {
    const sheet = /^\/v4\/spreadsheets\/([^/]+)$/.exec(url.pathname)?.[1];
    if (sheet !== undefined) {
      const found = files.get(decodeURIComponent(sheet));
      return found?.grids === undefined ? null : spreadsheet(found, url.searchParams);
    }
    if (url.pathname === '/drive/v3/about') return { json: { user: { permissionId: '1' } } };
    if (url.pathname === '/drive/v3/files') {
      const from = Number(url.searchParams.get('pageToken') ?? 0);
      const all = [...files.values()];
      const more = from + PAGE < all.length ? { nextPageToken: String(from + PAGE) } : {};
      return { json: { files: all.slice(from, from + PAGE).map(ofGoogle), ...more } };
    }
    const [, id = '', action] = /^\/drive\/v3\/files\/([^/]+)(\/export)?$/.exec(url.pathname) ?? [];
    const file = files.get(decodeURIComponent(id));
    if (file === undefined) return { status: 404, json: { error: { code: 404, errors: [{ reason: 'notFound' }] } } };
    if (action !== undefined) return file.mimeType === SHEET && file.grids === undefined ? { file } : { status: 403 };
    if (url.searchParams.get('alt') !== 'media') return { json: ofGoogle(file) };
    return file.mimeType === SHEET
      ? { status: 403, json: { error: { errors: [{ reason: 'fileNotDownloadable' }] } } }
      : { file };
  },
};

const ofDropbox = (file: StandInFile) => ({
  '.tag': 'file',
  id: `id:${hash('md5', file)}`,
  name: file.name,
  path_lower: file.id.toLowerCase(),
  path_display: file.id,
  rev: hash('md5', file).slice(0, 12),
  size: sizeOf(file),
  content_hash: hash('sha256', file),
});

export const dropboxStandIn: StandInService = {
  paths: { authorize: '/oauth2/authorize', token: '/oauth2/token', revoke: '/2/auth/token/revoke' },
  answer({ url, method, headers, body }, files) {
    const json = method === 'POST' && body !== '' ? JSON.parse(body) : null;
    const missing = { status: 409, json: { error_summary: 'path/not_found/..', error: { '.tag': 'path' } } };
    switch (url.pathname) {
      case '/2/users/get_current_account':
        return json === null ? { json: { account_id: 'dbid:1' } } : { status: 400 };
      case '/2/files/list_folder':
      case '/2/files/list_folder/continue': {
        const from = Number(json.cursor ?? 0);
        const all = [...files.values()];
        const entries = [
          { '.tag': 'folder', name: 'a.csv', path_display: '/a.csv' },
          ...all.slice(from, from + PAGE).map(ofDropbox),
        ];
        return { json: { entries, cursor: String(from + PAGE), has_more: from + PAGE < all.length } };
      }
      case '/2/files/get_metadata': {
        const file = files.get(json.path);
        return file === undefined ? missing : { json: ofDropbox(file) };
      }
      case '/2/files/download': {
        const file = files.get(JSON.parse(String(headers['dropbox-api-arg'])).path);
        return file === undefined ? missing : { file };
      }
      default:
        return null;
    }
  },
};

const ofBox = (file: StandInFile) => ({
  type: 'file',
  id: file.id,
  name: file.name,
  size: sizeOf(file),
  sha1: hash('sha1', file),
  etag: '0',
  item_status: 'active',
});

export const boxStandIn: StandInService = {
  paths: { authorize: '/api/oauth2/authorize', token: '/oauth2/token', revoke: '/oauth2/revoke' },
  answer({ url }, files) {
    if (url.pathname === '/2.0/users/me') return { json: { type: 'user', id: '1' } };
    if (url.pathname === '/2.0/search') {
      const found = [...files.values()].filter(({ name }) =>
        name.endsWith(`.${url.searchParams.get('file_extensions')}`),
      );
      const from = Number(url.searchParams.get('offset'));
      const limit = Number(url.searchParams.get('limit'));
      return { json: { total_count: found.length, entries: found.slice(from, from + limit).map(ofBox) } };
    }
    const [, id = '', content] = /^\/2\.0\/files\/([^/]+)(\/content)?$/.exec(url.pathname) ?? [];
    const file = files.get(id);
    if (file === undefined) return { status: 404, json: { type: 'error', status: 404, code: 'not_found' } };
    return content === undefined ? { json: ofBox(file) } : { file };
  },
};

const ofGraph = (file: StandInFile) => ({
  id: file.id,
  name: file.name,
  size: sizeOf(file),
  cTag: `"c:{${hash('md5', file)}},1"`,
  eTag: `"{${hash('md5', file)}},2"`,
  file: { mimeType: 'text/csv' },
  webUrl: `https://contoso.sharepoint.com/${file.id}`,
  parentReference: { driveId: 'b!drive' },
});

export const graphStandIn: StandInService = {
  paths: { authorize: '/common/oauth2/v2.0/authorize', token: '/common/oauth2/v2.0/token', revoke: '/none' },
  answer({ url }, files) {
    const path = decodeURIComponent(url.pathname);
    if (path === '/v1.0/me/drive') return { json: { id: 'b!drive' } };
    const search = /^\/v1\.0\/me\/drive\/root\/search\(q='\.(\w+)'\)$/.exec(path);
    if (search !== null) {
      const found = [...files.values()].filter(({ name }) => name.endsWith(`.${search[1]}`));
      const from = Number(url.searchParams.get('$skiptoken') ?? 0);
      const next = `https://graph.microsoft.com${url.pathname}?$skiptoken=${from + PAGE}`;
      const more = from + PAGE < found.length ? { '@odata.nextLink': next } : {};
      return { json: { value: found.slice(from, from + PAGE).map(ofGraph), ...more } };
    }
    const [, share, id, content] =
      /^\/v1\.0\/(?:shares\/u!([\w-]+)\/driveItem|(?:me\/drive|drives\/b!drive)\/items\/([^/]+?))(\/content)?$/.exec(
        path,
      ) ?? [];
    const shared = share === undefined ? id : Buffer.from(share, 'base64url').toString().split('/').at(-1);
    const file = files.get(shared ?? '');
    if (file === undefined) return { status: 404, json: { error: { code: 'itemNotFound' } } };
    return content === undefined ? { json: ofGraph(file) } : { file };
  },
};
