import { defineConfig } from 'vite';

/** Builds the web app into `dist/web`, from where the server serves it. */
// biome-ignore lint/style/noDefaultExport: Vite reads the default export.
export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // The map library is a chunk of its own, loaded where a map is shown.
    chunkSizeWarningLimit: 1200,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
