import { postgis } from '@electric-sql/pglite-postgis';

/** What Emscripten is given to make an instance: here only the functions that extensions may call. */
interface Imports {
  readonly env: Record<string, unknown>;
}

interface EmscriptenOptions {
  readonly instantiateWasm: (imports: Imports, done: unknown) => unknown;
  /** The environment of the instance. */
  readonly PGLITE_ENV: Readonly<Record<string, unknown>>;
}

/**
 * PGlite's PostGIS, with a raster library that loads: as shipped (0.2.8) it calls `__cxa_thread_atexit` when it is loaded,
 * which the engine does not have. It registers what is to be done when a thread ends; this one ends with the process.
 * The package also allows GDAL every driver, and rasters that are files: both are closed, as PostGIS itself has them.
 */
export const postgisWithRaster: typeof postgis = {
  ...postgis,
  async setup(pg, given: EmscriptenOptions) {
    const result = await postgis.setup(pg, given);
    const options: EmscriptenOptions = result.emscriptenOpts ?? given;
    return {
      ...result,
      emscriptenOpts: {
        ...options,
        PGLITE_ENV: {
          ...options.PGLITE_ENV,
          POSTGIS_GDAL_ENABLED_DRIVERS: 'DISABLE_ALL',
          POSTGIS_ENABLE_OUTDB_RASTERS: '0',
        },
        instantiateWasm(imports: Imports, done: unknown) {
          imports.env.__cxa_thread_atexit ??= () => 0;
          return options.instantiateWasm(imports, done);
        },
      },
    };
  },
};
