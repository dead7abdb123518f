/** What one look at a text may cost in all: at five nanoseconds a byte less than the 50 ms that detection may take. */
const mostBytes = 6 << 20;

/** A cell is judged by its bytes once more, and by where it stands: it counts as so many bytes. */
const bytesOfCell = 8;

/**
 * Counts what is looked at before a text is read, so that it ends in time whatever the text holds: once it is spent, only
 * what must be known is looked at. Usual texts spend a tenth of
 * it, those with lines of hundreds of kilobytes half.
 */
export class Effort {
  /** In bytes. A look that has begun is ended, so that it can be more than is allowed by one. */
  spent = 0;

  get isSpent(): boolean {
    return this.spent >= mostBytes;
  }

  spend(bytes: number, cells = 0): void {
    this.spent += bytes + cells * bytesOfCell;
  }
}
