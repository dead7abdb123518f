import type { Config } from '../../config.ts';
import type { DriveSourceOptions } from './index.ts';

/** How this server is known to each cloud drive; a service without an id and a secret is not offered. */
export function driveClients(config: Config): DriveSourceOptions['clients'] {
  const client = (service: 'GDRIVE' | 'DROPBOX' | 'BOX' | 'ONEDRIVE') => {
    const clientId = config[`LANDFALL_${service}_CLIENT_ID`];
    const clientSecret = config[`LANDFALL_${service}_CLIENT_SECRET`];
    const server = config[`LANDFALL_${service}_URL`];
    return clientId === null || clientSecret === null ? undefined : { clientId, clientSecret, server };
  };
  return { gdrive: client('GDRIVE'), dropbox: client('DROPBOX'), box: client('BOX'), onedrive: client('ONEDRIVE') };
}
