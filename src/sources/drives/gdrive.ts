/** Google Drive, API v3: https://developers.google.com/workspace/drive/api/reference/rest/v3 */
import { type DriveFile, DriveRefused, hasExtension } from '../../domain/drive.ts';
import { ImportError } from '../../errors.ts';
import { type ApiAnswer, at, type Drive, listAt, MAX_PAGES, textAt, wholeAt } from './drive.ts';
import { writeWorkbook } from './google-sheet.ts';

const API = 'https://www.googleapis.com/drive/v3/files';
const SHEET = 'application/vnd.google-apps.spreadsheet';
const SHORTCUT = 'application/vnd.google-apps.shortcut';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const FIELDS = 'id,name,mimeType,size,md5Checksum,headRevisionId,modifiedTime,webViewLink,shortcutDetails(targetId)';

/** Shortcuts that lead to shortcuts are followed so far; the service itself makes none. */
const MAX_SHORTCUTS = 3;

/** Sheets stand for the workbook that they are exported as, which keeps types and all sheets. */
const isSheet = (file: unknown): boolean => textAt(file, 'mimeType') === SHEET;

function toFile(value: unknown): DriveFile {
  const id = textAt(value, 'id');
  const name = textAt(value, 'name') ?? '';
  const md5 = textAt(value, 'md5Checksum');
  const revision = md5 ?? textAt(value, 'headRevisionId') ?? textAt(value, 'modifiedTime');
  if (id === null || revision === null) throw new DriveRefused('failed', 'Google Drive told of a file without an id');
  return {
    id,
    name: isSheet(value) ? `${name}.xlsx` : name,
    sizeBytes: isSheet(value) ? null : wholeAt(value, 'size'),
    // A sheet has no checksum: the mark keeps the two kinds apart, and tells `content` to export.
    revision: isSheet(value) ? `sheet ${revision}` : revision,
    url: textAt(value, 'webViewLink'),
  };
}

/** Reasons of a 403 that end by themselves. */
const passing = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'backendError', 'sharingRateLimitExceeded']);

const reasonOf = ({ body }: ApiAnswer): string => {
  const [first] = listAt(at(body, 'error'), 'errors');
  return textAt(first, 'reason') ?? '';
};

/** Exports end at 10 MB, with this status. */
const isTooLargeSheet = ({ revision }: DriveFile, status: number): boolean =>
  status === 403 && revision.startsWith('sheet ');

export const gdrive: Drive = {
  service: 'gdrive',
  title: 'Google Drive',
  oauth: {
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    revoke: 'https://oauth2.googleapis.com/revoke',
    // `consent`: without it a second sign-in brings no refresh token.
    parameters: {
      scope: 'https://www.googleapis.com/auth/drive.readonly',
      access_type: 'offline',
      prompt: 'consent',
    },
  },
  async probe(api) {
    await api.json(`${new URL('about', API)}?fields=user(permissionId)`);
  },
  async list(api, extensions, most) {
    const media = ['image/', 'video/', 'audio/'].map((type) => `not mimeType contains '${type}'`).join(' and ');
    const query = new URLSearchParams({
      q: `trashed = false and mimeType != 'application/vnd.google-apps.folder' and ((${media}) or mimeType = 'image/tiff')`,
      fields: `nextPageToken,files(${FIELDS})`,
      pageSize: '1000',
      corpora: 'allDrives',
      supportsAllDrives: 'true',
      includeItemsFromAllDrives: 'true',
    });
    const wanted = extensions.some((one) => one.startsWith('xls') || one === 'csv')
      ? [...extensions, 'xlsx']
      : extensions;
    const found: DriveFile[] = [];
    for (let page = 0; page < MAX_PAGES && found.length < most; page++) {
      const answer = await api.json(`${API}?${query}`);
      for (const value of listAt(answer, 'files')) {
        const mimeType = textAt(value, 'mimeType') ?? '';
        // Documents and drawings have no bytes of their own, and shortcuts are listed as what they lead to.
        if (mimeType.startsWith('application/vnd.google-apps.') && mimeType !== SHEET) continue;
        const file = toFile(value);
        if (hasExtension(file.name, isSheet(value) ? wanted : extensions)) found.push(file);
      }
      const next = textAt(answer, 'nextPageToken');
      if (next === null) break;
      query.set('pageToken', next);
    }
    return found.slice(0, most);
  },
  async find(api, itemId) {
    let id = itemId;
    for (let hops = 0; hops <= MAX_SHORTCUTS; hops++) {
      const value = await api.json(`${API}/${encodeURIComponent(id)}?fields=${FIELDS}&supportsAllDrives=true`);
      if (textAt(value, 'mimeType') !== SHORTCUT) return toFile(value);
      id = textAt(at(value, 'shortcutDetails'), 'targetId') ?? '';
    }
    throw new DriveRefused('missing', 'The shortcut leads to no file');
  },
  content(file) {
    const item = `${API}/${encodeURIComponent(file.id)}`;
    return file.revision.startsWith('sheet ')
      ? { url: `${item}/export?mimeType=${encodeURIComponent(XLSX)}` }
      : { url: `${item}?alt=media&supportsAllDrives=true` };
  },
  bringOtherwise(api, file, status, target) {
    return isTooLargeSheet(file, status) ? writeWorkbook(api, file, target) : null;
  },
  explainContent(file, status) {
    if (!isTooLargeSheet(file, status)) return null;
    return new ImportError('sourceFetchFailed', {
      detail: `Google Drive does not export ${file.name} (HTTP 403): it exports sheets up to 10 MB. The Google Sheets API does not give its cells either.`,
      hint: 'Ask the operator to enable the Google Sheets API in the Google Cloud project, or download the sheet in the browser as an Excel file and import that.',
    });
  },
  explain(answer) {
    if (answer.status === 401) return 'expired';
    if (answer.status === 404) return 'missing';
    if (answer.status !== 403) return 'failed';
    const reason = reasonOf(answer);
    if (reason === 'domainPolicy') return 'policy';
    return passing.has(reason) ? null : 'forbidden';
  },
};
