import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Puts the two hundred modules that every reader process loads into a few files, which it loads in half the time. */
// biome-ignore lint/style/noDefaultExport: Vite reads the default export.
export default {
  root,
  publicDir: false,
  build: {
    ssr: join(root, 'src/read/reader.main.ts'),
    outDir: join(root, 'dist/reader'),
    emptyOutDir: true,
    target: 'esnext',
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
};
