/** Files that are sent together, because they are nothing without each other. */
export interface FileGroup {
  /** What the file that is sent is called. */
  readonly name: string;
  /** The files, by their place in the list, with their paths in the archive; one alone is sent as it is. */
  readonly members: readonly { readonly at: number; readonly path: string }[];
}

/** What systems leave in folders, which is nobody's data. */
const litter = /(^|\/)(\.[^/]*|__MACOSX|Thumbs\.db|desktop\.ini)(\/|$)/i;

/** A folder that is one dataset. */
const geodatabase = /^(?:.*\/)?([^/]+\.gdb)\//i;

/** Formats of several files of one name: by which it is known, and what else belongs to it. */
const families: readonly { readonly main: RegExp; readonly part: RegExp }[] = [
  { main: /\.(shp|shx|dbf)$/i, part: /\.(shp|shx|dbf|prj|cpg|qpj|sbn|sbx|qix|dbt|fpt|shp\.xml)$/i },
  { main: /\.tab$/i, part: /\.(tab|dat|map|id|ind)$/i },
  { main: /\.mif$/i, part: /\.(mif|mid)$/i },
  { main: /\.gml$/i, part: /\.(gml|xsd|gfs)$/i },
  {
    main: /\.(tiff?|png|jpe?g|gif|asc|img)$/i,
    part: /\.(tiff?|png|jpe?g|gif|asc|img|tfw|tifw|pgw|pngw|jgw|jpgw|gfw|wld|prj|aux\.xml|ovr)$/i,
  },
];

const baseOf = (path: string): string => path.split('/').at(-1) ?? path;

/** The name without its endings: `roads.shp.xml` and `roads.tif.aux.xml` belong to `roads`. */
const stemOf = (path: string): string =>
  path
    .replace(/\.(aux\.xml|ovr)$|(?<=\.shp)\.xml$/i, '')
    .replace(/\.(?:shp|tiff?|png|jpe?g|gif|asc|img)$|\.[^./]*$/i, '');

/** Takes the parts of formats of several files together, within each folder; all others stay alone. */
export function groupPaths(paths: readonly string[]): readonly FileGroup[] {
  const data = paths.map((path, at) => ({ path, at }));
  const kept = data.filter(({ path }) => !litter.test(path));
  const buckets = new Map<string, { path: string; at: number }[]>();
  const groups: FileGroup[] = [];
  const put = (key: string, one: { path: string; at: number }): void => {
    buckets.set(key, [...(buckets.get(key) ?? []), one]);
  };
  // One that was chosen by itself was meant.
  for (const one of kept.length === 0 ? data : kept) {
    const [folder, name] = geodatabase.exec(one.path) ?? [];
    put(folder !== undefined && name !== undefined ? `folder ${folder}` : stemOf(one.path).toLowerCase(), one);
  }
  for (const [key, members] of buckets) {
    if (key.startsWith('folder ')) {
      const folder = key.slice('folder '.length, -1);
      const from = folder.length - baseOf(folder).length;
      groups.push({
        name: `${baseOf(folder)}.zip`,
        members: members.map(({ at, path }) => ({ at, path: path.slice(from) })),
      });
      continue;
    }
    let rest = members;
    for (const { main, part } of families) {
      const found = rest.find(({ path }) => main.test(path));
      const parts = found === undefined ? [] : rest.filter(({ path }) => part.test(path));
      if (found === undefined || parts.length < 2) continue;
      rest = rest.filter((one) => !parts.includes(one));
      groups.push({
        name: `${baseOf(stemOf(found.path))}.zip`,
        members: parts.map(({ at, path }) => ({ at, path: baseOf(path) })),
      });
    }
    for (const { at, path } of rest) groups.push({ name: baseOf(path), members: [{ at, path: baseOf(path) }] });
  }
  const first = ({ members }: FileGroup): number => members[0]?.at ?? 0;
  return groups.toSorted((one, other) => first(one) - first(other));
}
