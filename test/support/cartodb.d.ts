declare module 'cartodb' {
  import type { EventEmitter } from 'node:events';

  interface ImportClient {
    file(path: string, options?: { privacy?: string }): EventEmitter;
    url(url: string, options?: { privacy?: string }): EventEmitter;
  }
  const CartoDB: {
    Import: new (config: { user: string; api_key: string; import_api_url?: string }) => ImportClient;
  };
  export default CartoDB;
}
