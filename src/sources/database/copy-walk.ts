// hot path: bench/connectors
import { copySignature, maxRowBytes } from '../../domain/rows-file.ts';

/** The bytes of a COPY are not what its format promises. */
export class CopyMalformed extends Error {
  override readonly name = 'CopyMalformed';
}

/** What the next bytes are: numbers of 2 and 4 bytes, or bytes that are passed over. */
const Step = { signature: 0, flags: 1, extension: 2, count: 3, length: 4, value: 5, end: 6 } as const;

/**
 * Walks over a COPY in binary format as it comes (PostgreSQL manual, COPY, binary format), without holding any of it: its
 * tuples are counted, and each length is possible. Throws `CopyMalformed` where one is not.
 */
export class CopyWalk {
  readonly #fields: number;
  #step: number = Step.signature;
  /** Bytes of this step that have not come. */
  #missing = copySignature.length;
  /** The number that this step reads, as far as it came. */
  #number = 0;
  #field = 0;
  #rowBytes = 0;

  /** `fields` of each tuple. */
  constructor(fields: number) {
    this.#fields = fields;
  }

  /** Takes the next bytes; returns how many tuples end in them. Bytes behind the end mark are an error. */
  push(chunk: Buffer): number {
    let rows = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#step === Step.value) {
        const passed = Math.min(this.#missing, chunk.length - at);
        at += passed;
        this.#missing -= passed;
        if (this.#missing === 0) rows += this.#endField();
        continue;
      }
      if (this.#step === Step.end) throw new CopyMalformed('bytes behind the end mark');
      const byte = chunk[at++]!;
      if (this.#step === Step.signature && byte !== copySignature[copySignature.length - this.#missing]) {
        throw new CopyMalformed('no COPY in binary format');
      }
      this.#number = (this.#number << 8) | byte;
      if (--this.#missing === 0) rows += this.#endNumber();
    }
    return rows;
  }

  /** Throws where the data ended before its end mark. */
  finish(): void {
    if (this.#step !== Step.end) throw new CopyMalformed('the rows end in the middle');
  }

  #begin(step: number, bytes: number): void {
    this.#step = step;
    this.#missing = bytes;
    this.#number = 0;
  }

  #endNumber(): number {
    switch (this.#step) {
      case Step.signature:
        this.#begin(Step.flags, 4);
        return 0;
      case Step.flags:
        this.#begin(Step.extension, 4);
        return 0;
      case Step.extension:
        if (this.#number !== 0) throw new CopyMalformed('an unknown extension of COPY');
        this.#begin(Step.count, 2);
        return 0;
      case Step.count:
        return this.#beginTuple((this.#number << 16) >> 16);
      default:
        return this.#beginValue(this.#number);
    }
  }

  #beginTuple(count: number): number {
    if (count === -1) {
      this.#step = Step.end;
      return 0;
    }
    if (count !== this.#fields) throw new CopyMalformed(`a row has ${count} of ${this.#fields} columns`);
    this.#field = 0;
    this.#rowBytes = 0;
    if (count > 0) {
      this.#begin(Step.length, 4);
      return 0;
    }
    this.#begin(Step.count, 2);
    return 1;
  }

  #beginValue(length: number): number {
    this.#rowBytes += 4 + length;
    if (length < -1 || this.#rowBytes > maxRowBytes) {
      throw new CopyMalformed(`a row is longer than ${maxRowBytes} bytes`);
    }
    if (length <= 0) return this.#endField();
    this.#step = Step.value;
    this.#missing = length;
    return 0;
  }

  #endField(): number {
    this.#field++;
    const isLast = this.#field === this.#fields;
    this.#begin(isLast ? Step.count : Step.length, isLast ? 2 : 4);
    return isLast ? 1 : 0;
  }
}
