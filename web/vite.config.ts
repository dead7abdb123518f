import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const outDir = join(import.meta.dirname, '../dist/web');

/** Puts a compressed twin beside each file of text, so that the server compresses nothing while it serves. */
const compress: Plugin = {
  name: 'landfall-compress',
  apply: 'build',
  async closeBundle() {
    for (const entry of await readdir(outDir, { recursive: true })) {
      if (!/\.(js|css|json|svg|html)$/.test(entry)) continue;
      const path = join(outDir, entry);
      await writeFile(`${path}.gz`, gzipSync(await readFile(path), { level: 9 }));
    }
  },
};

/** Builds the web app into `dist/web`, from where the server serves it. */
// biome-ignore lint/style/noDefaultExport: Vite reads the default export.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [compress],
  build: {
    outDir,
    emptyOutDir: true,
    // The app, and the page of a map.
    rolldownOptions: {
      input: ['index.html', 'embed.html'].map((page) => join(import.meta.dirname, page)),
      // How long a slow machine took is no warning to whoever installs.
      checks: { bundlerTimings: false },
    },
    target: 'es2023',
    // The map library is a chunk of its own, loaded where a map is shown.
    chunkSizeWarningLimit: 1200,
  },
  worker: { format: 'es' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
