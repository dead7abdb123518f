// Builds the web app after an installation. Run by whatever Node.js npm uses; without Vite, which is for development
// alone, there is nothing to build with and the server says so on its first page.
const vite = await import('vite').catch(() => null);
if (vite === null) {
  console.log('The web app was not built: Vite is not installed (npm ci --omit=dev).');
} else {
  await vite.build({ configFile: 'web/vite.config.ts', logLevel: 'warn' });
}
