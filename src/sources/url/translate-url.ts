/** Turns the address of a page that shows a file into the address of the file. */
export interface Translator {
  readonly id: string;
  /** The file's address, or null where the page is not this translator's. */
  translate(url: URL): URL | null;
}

const segments = (url: URL): string[] => url.pathname.split('/').filter((part) => part !== '');

const withPath = (url: URL, pathname: string, hash = ''): URL => {
  const result = new URL(url);
  result.pathname = pathname;
  result.hash = hash;
  return result;
};

const isHost = (url: URL, ...hosts: readonly string[]): boolean => hosts.includes(url.hostname.replace(/^www\./, ''));

/** Map of the centre `lat`/`lon` at `zoom`, 1200 by 1000 pixels (wire-contract 9.1, whose numbers come out exactly). */
function openStreetMapData(zoom: number, lat: number, lon: number): URL | null {
  if (!(zoom >= 0 && zoom <= 30 && Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) return null;
  const degreesPerPixel = 180 / 256 / 2 ** zoom;
  const x = (180 + lon) / degreesPerPixel;
  const y = (90 + lat) / degreesPerPixel;
  const corner = (px: number, py: number) => [degreesPerPixel * px - 180, degreesPerPixel * py - 90];
  const bbox = [...corner(x - 600, y - 500), ...corner(x + 600, y + 500)];
  return new URL(`https://api.openstreetmap.org/api/0.6/map?bbox=${bbox.join(',')}`);
}

const openStreetMap: Translator = {
  id: 'openstreetmap',
  translate(url) {
    if (!isHost(url, 'openstreetmap.org')) return null;
    const [, zoom, lat, lon] = /[#&]map=([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)/.exec(url.hash) ?? [];
    if (zoom !== undefined) return openStreetMapData(Number(zoom), Number(lat), Number(lon));
    const query = url.searchParams;
    if (!query.has('lat') || !query.has('lon')) return null;
    return openStreetMapData(Number(query.get('zoom') ?? '18'), Number(query.get('lat')), Number(query.get('lon')));
  },
};

const gitHub: Translator = {
  id: 'github',
  translate(url) {
    if (!isHost(url, 'github.com')) return null;
    const [owner, repository, kind, ...rest] = segments(url);
    if (kind !== 'blob' || rest.length < 2) return null;
    return withPath(url, `/${[owner, repository, 'raw', ...rest].join('/')}`);
  },
};

const gist: Translator = {
  id: 'gist',
  translate(url) {
    if (!isHost(url, 'gist.github.com')) return null;
    const [owner, id, ...rest] = segments(url);
    if (owner === undefined || id === undefined || rest.length > 0 || !/^[0-9a-f]+$/.test(id)) return null;
    // A fragment names one file, its dots written as dashes. A guess that is wrong ends in 404, never in another file.
    const file = /^#file-(.+)-([a-z0-9]+)$/.exec(url.hash);
    const name = file === null ? '' : `/${file[1]}.${file[2]}`;
    return withPath(url, `/${owner}/${id}/raw${name}`);
  },
};

const gitLab: Translator = {
  id: 'gitlab',
  translate(url) {
    // `/-/blob/` is GitLab's own form, on whatever host it is installed.
    if (url.pathname.includes('/-/blob/')) return withPath(url, url.pathname.replace('/-/blob/', '/-/raw/'));
    if (!isHost(url, 'gitlab.com')) return null;
    const parts = segments(url);
    const blob = parts.indexOf('blob');
    return blob >= 2 && parts.length > blob + 2 ? withPath(url, `/${parts.with(blob, 'raw').join('/')}`) : null;
  },
};

const googleSheets: Translator = {
  id: 'google-sheets',
  translate(url) {
    if (!isHost(url, 'docs.google.com')) return null;
    const page = /^\/spreadsheets\/(?:u\/\d+\/)?d\/([\w-]{5,})(?:\/(?:edit|view|htmlview|preview))?\/?$/;
    const [, id] = page.exec(url.pathname) ?? [];
    if (id === undefined) return null;
    const target = new URL(`https://docs.google.com/spreadsheets/d/${id}/export?format=csv`);
    const gid = /[#&]gid=(\d+)/.exec(url.hash)?.[1] ?? url.searchParams.get('gid');
    if (gid !== null) target.searchParams.set('gid', gid);
    return target;
  },
};

const publishedGoogleSheet: Translator = {
  id: 'google-sheets-published',
  translate(url) {
    if (!isHost(url, 'docs.google.com')) return null;
    const [, base] = /^(\/spreadsheets\/d\/e\/[\w-]+)\/pubhtml$/.exec(url.pathname) ?? [];
    if (base === undefined) return null;
    const target = withPath(url, `${base}/pub`);
    target.searchParams.delete('widget');
    target.searchParams.set('output', 'csv');
    return target;
  },
};

const oldGoogleSheet: Translator = {
  id: 'google-sheets-old',
  translate(url) {
    if (!isHost(url, 'docs.google.com', 'spreadsheets.google.com')) return null;
    if (!url.pathname.endsWith('/spreadsheet/ccc') || !url.searchParams.has('key')) return null;
    const target = withPath(url, url.pathname);
    target.searchParams.set('output', 'csv');
    return target;
  },
};

const googleMyMaps: Translator = {
  id: 'google-my-maps',
  translate(url) {
    if (!isHost(url, 'maps.google.com', 'google.com') || !url.pathname.endsWith('/maps/ms')) return null;
    if (!url.searchParams.has('msid')) return null;
    const target = withPath(url, url.pathname);
    target.searchParams.set('output', 'kml');
    return target;
  },
};

const dropbox: Translator = {
  id: 'dropbox',
  translate(url) {
    if (!isHost(url, 'dropbox.com') || !/^\/(s|scl\/fi)\/./.test(url.pathname)) return null;
    const target = withPath(url, url.pathname);
    target.searchParams.delete('raw');
    target.searchParams.set('dl', '1');
    return target;
  },
};

/** In the order in which they are asked; the first that knows a page wins. */
export const translators: readonly Translator[] = [
  openStreetMap,
  gitHub,
  gist,
  gitLab,
  googleSheets,
  publishedGoogleSheet,
  oldGoogleSheet,
  googleMyMaps,
  dropbox,
];

/** The address to download for the address that was given: a translator's, or the same. */
export function translateUrl(url: URL): URL {
  for (const translator of translators) {
    const translated = translator.translate(url);
    if (translated !== null) return translated;
  }
  return url;
}
