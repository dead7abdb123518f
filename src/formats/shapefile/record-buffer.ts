// hot path: bench/load.bench.ts

/** The bytes of one record being put together: the geometry first, then the cells. Used again for each record. */
export class RecordBuffer {
  bytes: Buffer = Buffer.allocUnsafeSlow(1 << 16);
  view: DataView = new DataView(this.bytes.buffer);
  length = 0;

  /** Makes room for `count` more bytes. */
  ensure(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** Appends text of one byte a character. */
  ascii(text: string): void {
    this.ensure(text.length);
    this.length += this.bytes.write(text, this.length, 'latin1');
  }

  /** Appends a byte order and type code of well-known binary. */
  head(type: number): void {
    this.ensure(9);
    this.bytes[this.length] = 1;
    this.view.setUint32(this.length + 1, type, true);
    this.length += 5;
  }

  /** Appends a count. */
  count(value: number): void {
    this.ensure(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }
}
