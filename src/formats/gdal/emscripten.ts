import { constants, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A file or folder of Emscripten's read-only file system, which reads as its `stream_ops` say. */
interface FileNode {
  stream_ops: object;
}

type Scalar = number | string;

/** The program that Emscripten made of GDAL, as far as it is used here. */
export interface EmscriptenModule {
  readonly FS: {
    mkdir(path: string): void;
    mount(type: object, options: object, path: string): void;
    /** In memory, unless a folder is mounted there. */
    writeFile(path: string, bytes: Uint8Array): void;
    readFile(path: string): Uint8Array;
  };
  readonly NODEFS: object;
  readonly WORKERFS: {
    readonly stream_ops: object;
    createNode(parent: FileNode | null, name: string, mode: number, device: number, contents: object): FileNode;
  };
  readonly ccall: {
    (name: string, result: 'number', types: readonly string[], values: readonly Scalar[]): number;
    (name: string, result: 'string', types: readonly string[], values: readonly Scalar[]): string;
    (name: string, result: null, types: readonly string[], values: readonly Scalar[]): void;
  };
  readonly setValue: (pointer: number, value: number, type: '*') => void;
  readonly lengthBytesUTF8: (text: string) => number;
  readonly stringToUTF8: (text: string, pointer: number, bytes: number) => void;
  readonly _malloc: (bytes: number) => number;
  readonly _free: (pointer: number) => void;
}

/**
 * Starts GDAL in this process. It sees the data files of its own package and what is mounted into it, nothing else: it
 * has no network, no standard input and no threads. `onLine` takes what it says.
 */
export async function startModule(onLine: (line: string) => void): Promise<EmscriptenModule> {
  const require = createRequire(import.meta.url);
  const program = require.resolve('gdal3.js/build/package/gdal3WebAssembly.js');
  const factory = require(program) as (settings: object) => Promise<EmscriptenModule>;
  const data = join(dirname(program), '../../dist/package');
  // Emscripten asks for the flags of open() by a private call of Node.js, which the permission model denies.
  const binding = Object.getOwnPropertyDescriptor(process, 'binding');
  Object.defineProperty(process, 'binding', { value: () => ({ fs: constants }), configurable: true, writable: true });
  try {
    return await factory({
      locateFile: (name: string) => join(data, name),
      print: onLine,
      printErr: onLine,
      // Standard input of a reader process is where its commands come from.
      stdin: () => null,
      preRun: [
        ({ ENV }: { readonly ENV: Record<string, string> }) =>
          Object.assign(ENV, { PROJ_LIB: '/usr/share/proj', GDAL_DATA: '/usr/share/gdal' }),
      ],
    });
  } finally {
    if (binding !== undefined) Object.defineProperty(process, 'binding', binding);
  }
}

/** Calls `run` with the strings as a list of C, ended by NULL, which is freed afterwards. */
export function withStrings<T>(module: EmscriptenModule, strings: readonly string[], run: (list: number) => T): T {
  const pointers = strings.map((text) => {
    const bytes = module.lengthBytesUTF8(text) + 1;
    const pointer = module._malloc(bytes);
    module.stringToUTF8(text, pointer, bytes);
    return pointer;
  });
  const list = module._malloc(4 * (pointers.length + 1));
  for (const [index, pointer] of [...pointers, 0].entries()) module.setValue(list + 4 * index, pointer, '*');
  try {
    return run(list);
  } finally {
    for (const pointer of [...pointers, list]) module._free(pointer);
  }
}

/** A file as GDAL is to see it. */
export interface MountedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Of the open file. */
  readonly descriptor: number;
}

/** `dr-xr-xr-x`. */
const FOLDER_MODE = 0o040555;
/** What Emscripten's read-only file system takes for a file: `-rwxrwxrwx`; writing fails all the same. */
const FILE_MODE = 0o100777;

/** Shows `files`, and no other, as a folder that cannot be written. GDAL reads from them directly; nothing is copied. */
export function mountFiles(module: EmscriptenModule, path: string, files: readonly MountedFile[]): void {
  const { WORKERFS } = module;
  const mount = (): FileNode => {
    const folder = WORKERFS.createNode(null, '/', FOLDER_MODE, 0, {});
    for (const { name, sizeBytes, descriptor } of files) {
      const node = WORKERFS.createNode(folder, name, FILE_MODE, 0, { size: sizeBytes });
      // Its own way to read needs what only browsers have.
      node.stream_ops = {
        ...WORKERFS.stream_ops,
        read: (_stream: unknown, heap: Int8Array, offset: number, length: number, position: number) =>
          readSync(descriptor, heap, offset, length, position),
      };
    }
    return folder;
  };
  module.FS.mkdir(path);
  module.FS.mount({ mount }, {}, path);
}
