/** OneDrive and SharePoint, by Microsoft Graph 1.0: https://learn.microsoft.com/graph/api/resources/onedrive */
import { type DriveFile, DriveRefused, hasExtension } from '../../domain/drive.ts';
import { at, type Drive, listAt, MAX_PAGES, textAt, wholeAt } from './drive.ts';

const API = 'https://graph.microsoft.com/v1.0';
const LOGIN = 'https://login.microsoftonline.com/common/oauth2/v2.0';
const FIELDS = 'id,name,size,cTag,eTag,file,webUrl,parentReference,remoteItem';

/**
 * An id of ours names the drive too, because files of others and of SharePoint are in drives of their own:
 * `DRIVE/ITEM`. An address of the web is a link that was shared; any other text is an item of the account's own drive.
 */
function pathOf(itemId: string): string {
  if (/^https:\/\//i.test(itemId)) return `shares/u!${Buffer.from(itemId).toString('base64url')}/driveItem`;
  const [drive = '', item] = itemId.split('/', 2);
  if (item === undefined) return `me/drive/items/${encodeURIComponent(itemId)}`;
  return `drives/${encodeURIComponent(drive)}/items/${encodeURIComponent(item)}`;
}

function toFile(value: unknown): DriveFile {
  // What was shared by others stands in a search as a reference to it.
  const item = at(value, 'remoteItem') ?? value;
  const id = textAt(item, 'id');
  const drive = textAt(at(item, 'parentReference'), 'driveId');
  if (at(item, 'file') === undefined) throw new DriveRefused('missing', 'There is a folder, not a file');
  // The cTag changes with the content alone, the eTag with any property.
  const revision = textAt(item, 'cTag') ?? textAt(item, 'eTag');
  if (id === null || revision === null) throw new DriveRefused('failed', 'OneDrive told of a file without an id');
  return {
    id: drive === null ? id : `${drive}/${id}`,
    name: textAt(item, 'name') ?? textAt(value, 'name') ?? '',
    sizeBytes: wholeAt(item, 'size'),
    revision,
    url: textAt(item, 'webUrl'),
  };
}

/** Refusals of the sign-in or of a policy, by the words of the service. */
const expired = /^(InvalidAuthenticationToken|unauthenticated)$/;

export const onedrive: Drive = {
  service: 'onedrive',
  title: 'OneDrive',
  oauth: {
    authorize: `${LOGIN}/authorize`,
    token: `${LOGIN}/token`,
    revoke: null,
    parameters: { scope: 'offline_access Files.Read.All', response_mode: 'query' },
  },
  async probe(api) {
    await api.json(`${API}/me/drive?$select=id`);
  },
  async list(api, extensions, most) {
    const found = new Map<string, DriveFile>();
    for (const extension of extensions) {
      let url: string | null = `${API}/me/drive/root/search(q='.${extension}')?$top=200&$select=${FIELDS}`;
      for (let page = 0; url !== null && page < MAX_PAGES && found.size < most; page++) {
        const answer: unknown = await api.json(url);
        for (const value of listAt(answer, 'value')) {
          const isFile =
            (at(value, 'remoteItem') === undefined ? at(value, 'file') : at(at(value, 'remoteItem'), 'file')) !==
            undefined;
          if (!isFile || at(value, 'deleted') !== undefined) continue;
          const file = toFile(value);
          if (hasExtension(file.name, extensions)) found.set(file.id, file);
        }
        url = textAt(answer, '@odata.nextLink');
      }
    }
    return [...found.values()].slice(0, most);
  },
  async find(api, itemId) {
    return toFile(await api.json(`${API}/${pathOf(itemId)}?$select=${FIELDS}`));
  },
  content: ({ id }) => ({ url: `${API}/${pathOf(id)}/content` }),
  explain({ status, body }) {
    const code = textAt(at(body, 'error'), 'code') ?? '';
    if (status === 401 || expired.test(code)) return 'expired';
    if (status === 403) return 'forbidden';
    return status === 404 || status === 410 || status === 400 ? 'missing' : 'failed';
  },
};
