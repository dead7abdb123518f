// Builds the web app and the reader's program after an installation. Run by whatever Node.js npm uses; without Vite, which
// is for development alone, there is nothing to build with: the server says so on its first page, and readers start from
// the source.
const vite = await import('vite').catch(() => null);
if (vite === null) {
  console.log('Nothing was built: Vite is not installed (npm ci --omit=dev).');
} else {
  await vite.build({ configFile: 'web/vite.config.ts', logLevel: 'warn' });
  await vite.build({ configFile: 'scripts/reader.config.js', logLevel: 'warn' });
}
