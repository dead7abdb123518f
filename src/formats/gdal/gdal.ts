import { type EmscriptenModule, type MountedFile, mountFiles, startModule, withStrings } from './emscripten.ts';
import type { LayerInfo, RasterInfo } from './info.ts';

/** What GDAL answered where it could not do what was asked: its own lines, errors and warnings. */
export class GdalFailure extends Error {
  override readonly name = 'GdalFailure';
  readonly lines: readonly string[];
  constructor(lines: readonly string[], cause?: unknown) {
    super(lines.join('; '), { cause });
    this.lines = lines;
  }
}

/** A folder of which the files are in memory and not on the disk. */
export const MEMORY_FOLDER = '/memory';

/** What a data source is opened for: GDAL_OF_VECTOR or GDAL_OF_RASTER of gdal.h, with GDAL_OF_VERBOSE_ERROR. */
const openFlags = { vector: 0x04 | 0x40, raster: 0x02 | 0x40 } as const;

/**
 * GDAL's settings for all files: nothing is looked up elsewhere, and little is kept in memory (the numbers are
 * megabytes); what is more goes to the scratch folder.
 */
const CONFIGURATION: Readonly<Record<string, string>> = {
  CPL_TMPDIR: '/scratch',
  GDAL_CACHEMAX: '64',
  GML_DOWNLOAD_SCHEMA: 'NO',
  // Without a schema GDAL would guess, and read 12345678901234567890.123456789 as a double.
  GML_FIELDTYPES: 'ALWAYS_STRING',
  GML_SKIP_RESOLVE_ELEMS: 'ALL',
  OSM_MAX_TMPFILE_SIZE: '32',
};

/** What GDAL says on its way that is of no use to the user: the folder of the files cannot be written, on purpose. */
const USELESS = /GFS file saving asked|uses random layer reading/;

const isError = (line: string): boolean => line.startsWith('ERROR');

/** An open data source of GDAL; a number that only its `Gdal` understands. */
export type Dataset = number & { readonly dataset: unique symbol };

/** GDAL in this process, with one folder that it may write: `/scratch`. One caller at a time. */
export class Gdal {
  readonly #module: EmscriptenModule;
  readonly #lines: string[];
  #mounts = 0;

  private constructor(module: EmscriptenModule, lines: string[]) {
    this.#module = module;
    this.#lines = lines;
  }

  /** Starts GDAL: 0.2 s and 70 MB of memory. `scratch` is an existing folder. */
  static async start(scratch: string): Promise<Gdal> {
    const lines: string[] = [];
    const module = await startModule((line) => lines.push(line));
    module.ccall('GDALAllRegister', null, [], []);
    for (const [name, value] of Object.entries(CONFIGURATION)) {
      module.ccall('CPLSetConfigOption', null, ['string', 'string'], [name, value]);
    }
    module.FS.mkdir(MEMORY_FOLDER);
    module.FS.mkdir('/scratch');
    module.FS.mount(module.NODEFS, { root: scratch }, '/scratch');
    return new Gdal(module, lines);
  }

  /** Shows `files` as a folder of their own, read-only, and gives its path, which ends in `suffix` (`.gdb`). */
  mount(files: readonly MountedFile[], suffix: string): string {
    const path = `/input-${++this.#mounts}${suffix}`;
    mountFiles(this.#module, path, files);
    return path;
  }

  /** Opens with one driver and no other. Throws GdalFailure. */
  open(
    driver: string,
    path: string,
    openOptions: readonly string[] = [],
    content: keyof typeof openFlags = 'vector',
  ): Dataset {
    const module = this.#module;
    const types = ['string', 'number', 'number', 'number', 'number'];
    return this.#attempt(() => {
      const dataset = withStrings(module, [driver], (drivers) =>
        withStrings(module, openOptions, (options) =>
          module.ccall('GDALOpenEx', 'number', types, [path, openFlags[content], drivers, options, 0]),
        ),
      );
      if (dataset === 0) throw new GdalFailure(this.#lines.splice(0));
      return dataset as Dataset;
    });
  }

  close(dataset: Dataset): void {
    this.#attempt(() => this.#module.ccall('GDALClose', null, ['number'], [dataset]));
  }

  layerNames(dataset: Dataset): readonly string[] {
    const { ccall } = this.#module;
    return this.#attempt(() => {
      const count = ccall('GDALDatasetGetLayerCount', 'number', ['number'], [dataset]);
      return Array.from({ length: count }, (_, index) =>
        ccall('OGR_L_GetName', 'string', ['number'], [this.#layer(dataset, index)]),
      );
    });
  }

  /** Features of a layer; negative where GDAL would have to read the file to know. */
  featureCount(dataset: Dataset, index: number): number {
    const { ccall } = this.#module;
    return this.#attempt(() =>
      ccall('OGR_L_GetFeatureCount', 'number', ['number', 'number'], [this.#layer(dataset, index), 0]),
    );
  }

  #layer(dataset: Dataset, index: number): number {
    return this.#module.ccall('GDALDatasetGetLayer', 'number', ['number', 'number'], [dataset, index]);
  }

  /** The fields and geometries of one layer. Throws GdalFailure. */
  describe(dataset: Dataset, layer: string): LayerInfo {
    const { ccall } = this.#module;
    return this.#attempt(() => {
      const text = withStrings(this.#module, ['-json', '-so', '-nocount', '-noextent', '-nomd', layer], (list) => {
        const options = ccall('GDALVectorInfoOptionsNew', 'number', ['number', 'number'], [list, 0]);
        const json = ccall('GDALVectorInfo', 'string', ['number', 'number'], [dataset, options]);
        ccall('GDALVectorInfoOptionsFree', null, ['number'], [options]);
        return json;
      });
      const found = (JSON.parse(text) as { readonly layers: readonly LayerInfo[] }).layers.find(
        ({ name }) => name === layer,
      );
      if (found === undefined) throw new GdalFailure([`no layer ${layer}`]);
      return found;
    });
  }

  /**
   * Writes layers into `target` by the options of ogr2ogr, and gives GDAL's warnings. Throws GdalFailure, also where
   * GDAL wrote what it could read and went on after an error.
   */
  translate(dataset: Dataset, target: string, options: readonly string[]): readonly string[] {
    const { ccall, _malloc, _free, setValue } = this.#module;
    return this.#attempt(() => {
      const translation = withStrings(this.#module, options, (list) =>
        ccall('GDALVectorTranslateOptionsNew', 'number', ['number', 'number'], [list, 0]),
      );
      const sources = _malloc(4);
      setValue(sources, dataset, '*');
      const written = ccall(
        'GDALVectorTranslate',
        'number',
        ['string', 'number', 'number', 'number', 'number', 'number'],
        [target, 0, 1, sources, translation, 0],
      );
      _free(sources);
      ccall('GDALVectorTranslateOptionsFree', null, ['number'], [translation]);
      if (written === 0) throw new GdalFailure(this.#lines.splice(0));
      ccall('GDALClose', null, ['number'], [written]);
      return this.#lines.filter((line) => !isError(line) && !USELESS.test(line));
    });
  }

  /** Describes a raster; reads no pixels. Throws GdalFailure. */
  describeRaster(dataset: Dataset): RasterInfo {
    return this.#attempt(() => this.#rasterInfo(dataset));
  }

  #rasterInfo(dataset: Dataset): RasterInfo {
    const { ccall } = this.#module;
    return withStrings(this.#module, ['-json', '-norat', '-nofl'], (list) => {
      const options = ccall('GDALInfoOptionsNew', 'number', ['number', 'number'], [list, 0]);
      const json = ccall('GDALInfo', 'string', ['number', 'number'], [dataset, options]);
      ccall('GDALInfoOptionsFree', null, ['number'], [options]);
      if (json === '') throw new GdalFailure(this.#lines.splice(0));
      // GDAL writes these as they are, which JSON does not have.
      return JSON.parse(json.replaceAll(/:\s*(-?)(nan|inf(?:inity)?)\b/gi, ':"$1$2"')) as RasterInfo;
    });
  }

  /** Writes a raster into `target` by the options of gdalwarp, and describes what was written. Throws GdalFailure. */
  warp(dataset: Dataset, target: string, options: readonly string[]): RasterInfo {
    const { ccall, _malloc, _free, setValue } = this.#module;
    return this.#attempt(() => {
      const warping = withStrings(this.#module, options, (list) =>
        ccall('GDALWarpAppOptionsNew', 'number', ['number', 'number'], [list, 0]),
      );
      const sources = _malloc(4);
      setValue(sources, dataset, '*');
      const written = ccall(
        'GDALWarp',
        'number',
        ['string', 'number', 'number', 'number', 'number', 'number'],
        [target, 0, 1, sources, warping, 0],
      );
      _free(sources);
      ccall('GDALWarpAppOptionsFree', null, ['number'], [warping]);
      if (written === 0) throw new GdalFailure(this.#lines.splice(0));
      const info = this.#rasterInfo(written as Dataset);
      ccall('GDALClose', null, ['number'], [written]);
      return info;
    });
  }

  /** Writes a raster into `target` by the options of gdal_translate, and gives GDAL's warnings. Throws GdalFailure. */
  copyRaster(dataset: Dataset, target: string, options: readonly string[]): readonly string[] {
    const { ccall } = this.#module;
    return this.#attempt(() => {
      const written = withStrings(this.#module, options, (list) => {
        const translation = ccall('GDALTranslateOptionsNew', 'number', ['number', 'number'], [list, 0]);
        const types = ['string', 'number', 'number', 'number'];
        const out = ccall('GDALTranslate', 'number', types, [target, dataset, translation, 0]);
        ccall('GDALTranslateOptionsFree', null, ['number'], [translation]);
        return out;
      });
      if (written === 0) throw new GdalFailure(this.#lines.splice(0));
      ccall('GDALClose', null, ['number'], [written]);
      return [...this.#lines];
    });
  }

  /** Columns, rows and bands of a raster. */
  sizeOf(dataset: Dataset): { readonly width: number; readonly height: number; readonly bands: number } {
    const count = (name: string): number => this.#module.ccall(name, 'number', ['number'], [dataset]);
    return {
      width: count('GDALGetRasterXSize'),
      height: count('GDALGetRasterYSize'),
      bands: count('GDALGetRasterCount'),
    };
  }

  /** Sets one of GDAL's settings. */
  set(name: string, value: string): void {
    this.#module.ccall('CPLSetConfigOption', null, ['string', 'string'], [name, value]);
  }

  /** Writes a file into `MEMORY_FOLDER`, which is memory of WebAssembly. */
  writeMemory(path: string, bytes: Uint8Array): void {
    this.#module.FS.writeFile(path, bytes);
  }

  /** Reads a file of `MEMORY_FOLDER`. */
  readMemory(path: string): Buffer {
    return Buffer.from(this.#module.FS.readFile(path));
  }

  /** Runs calls of GDAL. An error that GDAL spoke of fails them, whatever they returned. */
  #attempt<T>(run: () => T): T {
    this.#lines.length = 0;
    try {
      const result = run();
      if (this.#lines.some(isError)) throw new GdalFailure(this.#lines.splice(0));
      return result;
    } catch (error) {
      if (error instanceof GdalFailure) throw error;
      // A trap of WebAssembly, or an exception of C++ that nothing caught.
      throw new GdalFailure(this.#lines.splice(0), error);
    }
  }
}
