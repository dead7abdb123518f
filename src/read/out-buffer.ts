// hot path: measured by npm run bench

/** Bytes being written, big-endian unless said. Callers reserve room once per value with `ensure`, then write freely. */
export class OutBuffer {
  bytes: Buffer;
  view: DataView;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `count` more bytes, growing by doubling. */
  ensure(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    let capacity = this.bytes.length * 2;
    while (capacity < needed) capacity *= 2;
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** What has been written; valid until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}
