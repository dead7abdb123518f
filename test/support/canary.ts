import { createServer, type Server } from 'node:net';
import { HTTP_PORTS } from '../../src/util/address-guard.ts';

/** A listener on 127.0.0.1 and ::1 that nobody should reach: it counts connections. */
export interface Canary extends AsyncDisposable {
  /** One of the ports that are allowed everywhere, so that only its address keeps a client away. */
  readonly port: number;
  hits(): number;
}

const listen = (server: Server, port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => resolve(true));
  });

/** Starts a canary. It answers like a web server, so that a client which reaches it gets a file. */
export async function startCanary(): Promise<Canary> {
  let hits = 0;
  const create = (): Server =>
    createServer((socket) => {
      hits += 1;
      // Unread bytes would keep the socket, and so the server, from closing.
      socket.on('error', () => {}).resume();
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\na,b\n1,2\n');
    });
  for (const port of [...HTTP_PORTS].filter((candidate) => candidate > 443)) {
    const servers = [create(), create()];
    const [isFree] = await Promise.all(
      // ::1 is missing in some containers; the addresses that lead there are then dead ends.
      servers.map((server, i) => listen(server, port, i === 0 ? '127.0.0.1' : '::1')),
    );
    const close = async (): Promise<void> => {
      for (const server of servers) if (server.listening) await new Promise((resolve) => server.close(resolve));
    };
    if (isFree) return { port, hits: () => hits, [Symbol.asyncDispose]: close };
    await close();
  }
  throw new Error('none of the HTTP ports is free on 127.0.0.1');
}

/** Ways to write an address of this machine or of a private network, as `http://…:PORT/` takes them. */
export const PRIVATE_HOSTS: readonly string[] = [
  '127.0.0.1',
  '127.0.0.1.',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '0x7f.0.0.1',
  '0x7f000001',
  '0X7F.1',
  '0177.0.0.1',
  '0177.0.0.01',
  '00000177.1',
  '2130706433',
  '017700000001',
  '%31%32%37.0.0.1',
  '127%2e0%2e0%2e1',
  '①②⑦.⓪.⓪.①',
  '１２７。０。０。１',
  '0.0.0.0',
  '0',
  '0x0',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'ｌｏｃａｌｈｏｓｔ',
  'any.localhost',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[fe80::1]',
  '[fc00::1]',
  '[fec0::1]',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  'example.org@127.0.0.1',
  'example.org:80@127.0.0.1',
  'example.org%40@127.0.0.1',
];
