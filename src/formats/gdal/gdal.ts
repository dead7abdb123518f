import { type EmscriptenModule, type MountedFile, mountFiles, startModule, withStrings } from './emscripten.ts';

/** What GDAL answered where it could not do what was asked: its own lines, errors and warnings. */
export class GdalFailure extends Error {
  override readonly name = 'GdalFailure';
  readonly lines: readonly string[];
  constructor(lines: readonly string[], cause?: unknown) {
    super(lines.join('; '), { cause });
    this.lines = lines;
  }
}

/** A layer as GDAL describes it. */
export interface LayerInfo {
  readonly name: string;
  /** Column that GDAL takes for the number of the feature and leaves out of the fields; absent where there is none. */
  readonly fidColumnName?: string;
  readonly fields: readonly { readonly name: string; readonly type: string }[];
  readonly geometryFields: readonly { readonly type: string }[];
}

/** A raster as GDAL describes it. */
export interface RasterInfo {
  /** Columns and rows. */
  readonly size: readonly [number, number];
  readonly coordinateSystem?: { readonly wkt: string };
  /** Of a raster that a matrix places: x of the corner, of a column, of a row, then y of them. */
  readonly geoTransform?: readonly [number, number, number, number, number, number];
  /** Of one that points on it place. */
  readonly gcps?: { readonly coordinateSystem?: { readonly wkt: string } };
  /** Other ways of placing and their facts, by their names (`RPC`). */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly bands: readonly {
    readonly type: string;
    readonly colorInterpretation?: string;
    /** `"NaN"` for that. */
    readonly noDataValue?: number | string;
    readonly colorTable?: { readonly entries: readonly (readonly number[])[] };
  }[];
}

/** A decoded picture: rows from the top, the samples of a pixel one after another, a byte each. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly pixels: Buffer;
}

/** The folder of the memory of WebAssembly where a picture is decoded. */
const PICTURE_FOLDER = '/picture';

/**
 * How GDAL is to decode a picture, and what it does otherwise: no files beside it, four samples as they are and not as
 * inks, and memory for all of one that is stored in several scans, as its size is known to be bounded.
 */
const PICTURE_CONFIGURATION: Readonly<Record<string, readonly [string, string]>> = {
  GDAL_PAM_ENABLED: ['NO', 'YES'],
  GDAL_ALLOW_LARGE_LIBJPEG_MEM_ALLOC: ['YES', 'NO'],
};
const INKS_TO_COLOURS = 'GDAL_JPEG_TO_RGB';

/** What a library says of a picture of which a part is missing, and of some that were padded, which does no harm. */
const IS_INCOMPLETE = /premature end|corrupt/i;
const IS_PADDED = /extraneous bytes/i;

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
    module.FS.mkdir(PICTURE_FOLDER);
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

  /**
   * Decodes a picture that is no wider and no higher than `most`, of which one of four `samples` is not of inks. Throws GdalFailure, also for one that is larger, before
   * any of it is decoded, and for one of which a part is missing.
   */
  decodePicture(
    driver: 'JPEG' | 'WEBP',
    bytes: Uint8Array,
    most: { readonly width: number; readonly height: number; readonly samples: number },
  ): Picture {
    const { ccall, FS } = this.#module;
    const set = (name: string, value: string): void =>
      ccall('CPLSetConfigOption', null, ['string', 'string'], [name, value]);
    const configure = (isSet: boolean): void => {
      for (const [name, [own, usual]] of Object.entries(PICTURE_CONFIGURATION)) set(name, isSet ? own : usual);
      // Without it three samples stay brightness and differences.
      set(INKS_TO_COLOURS, isSet && most.samples === 4 ? 'NO' : 'YES');
    };
    FS.writeFile(`${PICTURE_FOLDER}/in`, bytes);
    configure(true);
    try {
      const dataset = this.open(driver, `${PICTURE_FOLDER}/in`, [], 'raster');
      const picture = this.#attempt(() => {
        const count = (name: string): number => ccall(name, 'number', ['number'], [dataset]);
        const [width, height] = [count('GDALGetRasterXSize'), count('GDALGetRasterYSize')];
        if (width > most.width || height > most.height) {
          throw new GdalFailure([
            `ERROR 1: a ${driver} of ${width} x ${height} pixels where ${most.width} x ${most.height} are due`,
          ]);
        }
        const target = `${PICTURE_FOLDER}/out`;
        const options = ['-q', '-of', 'ENVI', '-co', 'INTERLEAVE=BIP', '-mask', 'none'];
        const written = withStrings(this.#module, options, (list) => {
          const translation = ccall('GDALTranslateOptionsNew', 'number', ['number', 'number'], [list, 0]);
          const types = ['string', 'number', 'number', 'number'];
          const out = ccall('GDALTranslate', 'number', types, [target, dataset, translation, 0]);
          ccall('GDALTranslateOptionsFree', null, ['number'], [translation]);
          return out;
        });
        if (written === 0) throw new GdalFailure(this.#lines.splice(0));
        ccall('GDALClose', null, ['number'], [written]);
        const missing = this.#lines.find((line) => IS_INCOMPLETE.test(line) && !IS_PADDED.test(line));
        if (missing !== undefined) throw new GdalFailure([missing]);
        return { width, height, bands: count('GDALGetRasterCount'), pixels: Buffer.from(FS.readFile(target)) };
      });
      this.close(dataset);
      return picture;
    } finally {
      configure(false);
    }
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
