/** A cell is judged by its bytes once more, and by where it stands: it counts as so many bytes. */
const bytesOfCell = 8;

/**
 * Counts what is looked at before a text is read, so that it ends in time whatever the text holds: once it is spent, only
 * what must be known is looked at. Usual texts spend half a million of it.
 */
export class Effort {
  /** In bytes. A look that has begun is ended, so that it can be more than is allowed by one. */
  spent = 0;
  /** What all looks so far and the next ones may cost together. */
  allowed = Number.POSITIVE_INFINITY;

  get isSpent(): boolean {
    return this.spent >= this.allowed;
  }

  /** Whether so many bytes more may be looked at. */
  allows(bytes: number): boolean {
    return this.spent + bytes <= this.allowed;
  }

  spend(bytes: number, cells = 0): void {
    this.spent += bytes + cells * bytesOfCell;
  }
}
