import { createFolderStore } from '../../src/sources/uploads/folder-store.ts';
import { temporaryFolder, uploadStoreContract } from './upload-store.contract.ts';

uploadStoreContract('a folder', async () => {
  const folder = await temporaryFolder();
  return {
    store: createFolderStore(folder.path),
    spoolFolder: folder.path,
    [Symbol.asyncDispose]: folder[Symbol.asyncDispose],
  };
});
