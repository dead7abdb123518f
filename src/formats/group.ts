/** Which files of an archive belong together, and in which order they are opened. */
import type { LocalFile } from '../domain/layer.ts';
import type { SourceFile } from './format.ts';

/** A file with its folders and name as the archive has them, with `/`. */
export interface PlacedFile {
  readonly path: string;
  readonly file: LocalFile;
}

/** Files that are opened as one. */
export interface Source {
  /** Path of the file, or of the folder that is one source. */
  readonly path: string;
  readonly file: SourceFile;
}

/** Files of the same base name that belong to one of this extension. */
const families: ReadonlyMap<string, readonly string[]> = new Map([
  [
    '.shp',
    `.dbf .dbt .fpt .shx .prj .cpg .cst .qpj .qix .idx .sbn .sbx .fbn .fbx .ain .aih .atx .ixs .mxs .qmd .qml .sld .lyr
    .shp.xml .dbf.xml`.split(/\s+/),
  ],
  ['.tab', ['.dat', '.map', '.id', '.ind', '.dbf', '.tab.xml']],
  ['.mif', ['.mid']],
  ['.gml', ['.xsd', '.gfs']],
  ['.dbf', ['.dbt', '.fpt', '.cpg', '.cst', '.dbf.xml']],
  ['.csv', ['.csvt']],
  ['.png', ['.pgw', '.pngw', '.wld', '.prj', '.aux.xml', '.png.aux.xml']],
  ['.jpg', ['.jgw', '.jpgw', '.wld', '.prj', '.aux.xml', '.jpg.aux.xml']],
  ['.jpeg', ['.jgw', '.jpegw', '.wld', '.prj', '.aux.xml', '.jpeg.aux.xml']],
  ['.gif', ['.gfw', '.gifw', '.wld', '.prj', '.aux.xml', '.gif.aux.xml']],
  ['.asc', ['.prj', '.aux.xml', '.asc.aux.xml']],
  ['.img', ['.ige', '.rrd', '.aux.xml', '.img.aux.xml']],
  ['.tif', ['.tfw', '.wld', '.prj', '.ovr', '.tif.ovr', '.aux.xml', '.tif.aux.xml', '.tif.xml']],
  ['.tiff', ['.tfw', '.wld', '.prj', '.ovr', '.tiff.ovr', '.aux.xml', '.tiff.aux.xml', '.tiff.xml']],
]);

/** Without this file no shapefile can be read; it is looked for in other folders too. */
const NEEDED = '.dbf';

interface Part extends PlacedFile {
  /** Folder and base name, lower case. */
  readonly key: string;
  /** Base name alone, lower case. */
  readonly base: string;
  /** Lower case, with the dot; also `.shp.xml`. */
  readonly extension: string;
}

function toPart({ path, file }: PlacedFile): Part {
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf('/') + 1);
  const extension = /(\.(?:shp|dbf|tab|tiff?|png|jpe?g|gif|asc|img))?(\.aux)?\.[^.]*$/.exec(name.slice(1))?.[0] ?? '';
  const base = name.slice(0, name.length - extension.length);
  return { path, file, extension, base, key: lower.slice(0, lower.length - extension.length) };
}

const collator = new Intl.Collator('en', { numeric: true });

/** By name, numbers by their value: the order of the archive says only who packed it. */
const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  collator.compare(a.path, b.path) || (a.path < b.path ? -1 : 1);

/**
 * Gathers files into sources: a shapefile with its parts, a MapInfo table, a folder `NAME.gdb`. Every other file is a
 * source of its own. `archive` names a geodatabase that was packed without its folder.
 */
export function groupFiles(files: readonly PlacedFile[], archive = 'data'): readonly Source[] {
  const { folders, others } = takeFolders(files, archive);
  const parts = others.toSorted(byPath).map(toPart);
  const used = new Set<Part>();
  const incomplete: { readonly main: Part; readonly companions: Map<string, LocalFile> }[] = [];
  const sources: Source[] = [...folders];
  for (const [extension, belonging] of families) {
    for (const main of parts) {
      if (main.extension !== extension || used.has(main)) continue;
      const companions = new Map<string, LocalFile>();
      for (const part of parts) {
        if (part.key !== main.key || used.has(part)) continue;
        if (!belonging.includes(part.extension) || companions.has(part.extension)) continue;
        companions.set(part.extension, part.file);
        used.add(part);
      }
      if (extension === '.shp' && !companions.has(NEEDED)) incomplete.push({ main, companions });
      used.add(main);
      sources.push({ path: main.path, file: { ...main.file, companions } });
    }
    // Only when every shapefile has what lies beside it.
    for (const { main, companions } of incomplete.splice(0)) takeFromElsewhere(main, parts, companions, used);
  }
  for (const part of parts) {
    if (!used.has(part)) sources.push({ path: part.path, file: { ...part.file, companions: new Map() } });
  }
  return sources.toSorted(byPath);
}

/** The parts of a shapefile that was packed with a folder for each kind of file. */
function takeFromElsewhere(
  main: Part,
  parts: readonly Part[],
  companions: Map<string, LocalFile>,
  used: Set<Part>,
): void {
  for (const extension of families.get('.shp') ?? []) {
    if (companions.has(extension)) continue;
    const found = parts.filter((part) => part.extension === extension && part.base === main.base && !used.has(part));
    const [only] = found;
    if (only === undefined || found.length > 1) continue;
    companions.set(extension, only.file);
    used.add(only);
  }
}

/** Folders that are one source: their files are its companions, by lower-case name. */
function takeFolders(
  files: readonly PlacedFile[],
  archive: string,
): { folders: readonly Source[]; others: readonly PlacedFile[] } {
  const catalogues = new Set(files.filter(isCatalogue).map(({ path }) => folderOf(path)));
  const folders = new Map<string, PlacedFile[]>();
  const others: PlacedFile[] = [];
  for (const placed of files) {
    const folder = folderOf(placed.path);
    const isWhole = /[^/]\.gdb$/i.test(folder) || (catalogues.has(folder) && isOfGeodatabase(placed.path));
    if (!isWhole) others.push(placed);
    else folders.set(folder, [...(folders.get(folder) ?? []), placed]);
  }
  return { folders: [...folders].map(([path, members]) => toFolder(path || archive, members)), others };
}

/** The system table that lists all others: what a file geodatabase is told by. */
const CATALOGUE = 'a00000001.gdbtable';

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

const isCatalogue = ({ path }: PlacedFile): boolean =>
  path.slice(path.lastIndexOf('/') + 1).toLowerCase() === CATALOGUE;

/** Files that make up a geodatabase, where its folder is not called one or is not in the archive. */
const isOfGeodatabase = (path: string): boolean =>
  /(?:^|\/)(?:a[0-9a-f]{8}\.[a-z_]+(?:\.[a-z_]+)?|gdb|timestamps)$/i.test(path);

function toFolder(path: string, members: readonly PlacedFile[]): Source {
  const companions = new Map(members.toSorted(byPath).map(({ file }) => [file.name.toLowerCase(), file]));
  const main = companions.get(CATALOGUE) ?? members[0]?.file;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const file = {
    path: main?.path ?? '',
    name: /\.gdb$/i.test(name) ? name : `${name}.gdb`,
    sizeBytes: members.reduce((sum, { file: { sizeBytes } }) => sum + sizeBytes, 0),
    mediaType: null,
    companions,
  };
  return { path, file };
}
