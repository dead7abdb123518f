import { ByteWindow } from './byte-window.ts';
import { JsonScanner, MAX_JSON_DEPTH, needMore } from './json-scanner.ts';

const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * Walks through one JSON document of any size, member by member and element by element; only the values that are asked
 * for are held in memory. Throws badGeoJson, badEncoding and fileTooBig for what is no JSON.
 */
export class JsonWalker implements Disposable {
  readonly scanner: JsonScanner;
  /** Range of the value that `range` has passed, in `scanner.bytes`. */
  start = 0;
  end = 0;
  /** The key that `nextKey` found. */
  key = '';
  readonly #window: ByteWindow;
  /** For every container that is open, whether an element of it was met. */
  readonly #started: boolean[] = [];
  #at = 0;

  /** Opens the file and stands before its value. `chunkBytes` is what one read asks for; tests make it small. */
  constructor(path: string, name: string, chunkBytes?: number) {
    this.#window = new ByteWindow(path, name, chunkBytes);
    this.scanner = new JsonScanner(this.#window, name);
    while (this.scanner.end < 3 && !this.#window.isAtEnd) this.scanner.fill(0);
    const { bytes } = this.scanner;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
  }

  [Symbol.dispose](): void {
    this.#window[Symbol.dispose]();
  }

  /** Bytes of the file that have been passed. */
  get position(): number {
    return this.#window.fileOffset + this.#at;
  }

  /** Takes a step, which is begun again with more bytes where it runs out of them. */
  #step(step: (at: number) => number): void {
    for (;;) {
      const { line } = this.scanner;
      try {
        this.#at = step(this.#at);
        return;
      } catch (error) {
        if (error !== needMore) throw error;
        this.#more(line);
      }
    }
  }

  #more(line: number): void {
    const wasAtEnd = this.#window.isAtEnd;
    if (!this.scanner.fill(this.#at) && wasAtEnd) this.scanner.truncated();
    this.scanner.line = line;
    this.#at = 0;
  }

  /** First byte of the value ahead. */
  peek(): number {
    this.#step((at) => this.scanner.space(at));
    return this.scanner.bytes[this.#at] ?? 0;
  }

  /** Goes into the object ahead. False, and nothing is passed, where it is no object. */
  enterObject(): boolean {
    return this.#enter(OPEN_OBJECT);
  }

  /** Goes into the array ahead. False, and nothing is passed, where it is no array. */
  enterArray(): boolean {
    return this.#enter(OPEN_ARRAY);
  }

  #enter(byte: number): boolean {
    if (this.peek() !== byte) return false;
    if (this.#started.length === MAX_JSON_DEPTH) {
      this.scanner.refuse(
        this.#at,
        `values are nested more than ${MAX_JSON_DEPTH} deep`,
        'Such a file is not meant for reading. Export the data again.',
      );
    }
    this.#at++;
    this.#started.push(false);
    return true;
  }

  /** Goes to the next member's value and sets `key`. False: the object has ended and has been left. */
  nextKey(): boolean {
    return this.#next(0x7d, (at) => {
      const value = this.scanner.key(at);
      const end = this.scanner.bytes.lastIndexOf(0x22, value - 1) + 1;
      this.key = String(JSON.parse(this.scanner.bytes.toString('utf8', at, end)));
      return value;
    });
  }

  /** Goes to the next element. False: the array has ended and has been left. */
  nextElement(): boolean {
    return this.#next(0x5d, (at) => at);
  }

  #next(closing: number, then: (at: number) => number): boolean {
    const { scanner } = this;
    const isFirst = this.#started.at(-1) === false;
    let isMore = true;
    this.#step((at) => {
      let i = scanner.space(at);
      if (scanner.bytes[i] === closing) {
        isMore = false;
        return i + 1;
      }
      if (!isFirst) {
        if (scanner.bytes[i] !== 0x2c) scanner.fail(i, `a comma or ${String.fromCharCode(closing)}`);
        i = scanner.space(i + 1);
      }
      return then(i);
    });
    if (isMore) this.#started[this.#started.length - 1] = true;
    else this.#started.pop();
    return isMore;
  }

  /** Passes the value ahead, which stands in `scanner.bytes` from `start` to `end` until the next call. */
  range(): void {
    this.#step((at) => {
      this.start = this.scanner.space(at);
      this.end = this.scanner.value(this.start);
      return this.end;
    });
  }

  /** Passes the value ahead and gives its text. */
  text(): string {
    this.range();
    return this.scanner.bytes.toString('utf8', this.start, this.end);
  }

  /** Passes the value ahead, whatever its size. */
  skip(): void {
    const { line } = this.scanner;
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        this.#at = this.scanner.value(this.scanner.space(this.#at));
        return;
      } catch (error) {
        if (error !== needMore) throw error;
        this.#more(line);
      }
    }
    if (this.enterObject()) while (this.nextKey()) this.skip();
    else if (this.enterArray()) while (this.nextElement()) this.skip();
    else this.range();
  }

  /** Throws badGeoJson unless nothing but white space is ahead. */
  finish(): void {
    const { scanner } = this;
    for (;;) {
      try {
        const at = scanner.space(this.#at);
        scanner.fail(at, 'the end of the file');
      } catch (error) {
        if (error !== needMore) throw error;
        if (this.#window.isAtEnd) return;
        scanner.fill(scanner.end);
        this.#at = 0;
      }
    }
  }

  /** Throws badGeoJson: what is ahead is JSON, but not what it must be. */
  refuse(problem: string, hint: string): never {
    return this.scanner.refuse(this.#at, problem, hint);
  }
}
