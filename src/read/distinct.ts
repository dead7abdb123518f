/** So many different hashes are counted one by one; beyond, registers tell about how many there were. */
const EXACT = 256;

/** Registers of the sketch: a standard error of 1.04 / sqrt(1024), 3 %. */
const INDEX_BITS = 10;
const REGISTERS = 1 << INDEX_BITS;
/** Bias of HyperLogLog for 128 registers and more (Flajolet et al. 2007). */
const BIAS = 0.7213 / (1 + 1.079 / REGISTERS);

/** Estimates how many different values a column has, from the hashes of some of them (HyperLogLog). */
export class DistinctSketch {
  #exact: Set<number> | null = new Set();
  readonly #registers = new Uint8Array(REGISTERS);
  /** Values that were added, repeated ones too. */
  added = 0;

  add(hash: number): void {
    this.added++;
    const rest = (hash << INDEX_BITS) | (1 << (INDEX_BITS - 1));
    const rank = Math.clz32(rest) + 1;
    const register = hash >>> (32 - INDEX_BITS);
    if (rank > this.#registers[register]!) this.#registers[register] = rank;
    if (this.#exact === null) return;
    this.#exact.add(hash);
    if (this.#exact.size > EXACT) this.#exact = null;
  }

  /** Different values among those that were added. */
  #ofAdded(): number {
    if (this.#exact !== null) return this.#exact.size;
    let sum = 0;
    let empty = 0;
    for (const rank of this.#registers) {
      sum += 2 ** -rank;
      if (rank === 0) empty++;
    }
    const estimate = (BIAS * REGISTERS * REGISTERS) / sum;
    return empty > 0 && estimate < 2.5 * REGISTERS ? REGISTERS * Math.log(REGISTERS / empty) : estimate;
  }

  /**
   * Different values among `total`, of which those added are a sample: as many as make the sample's number the most
   * likely one where all are equally frequent.
   */
  estimate(total: number): number {
    const found = Math.min(this.#ofAdded(), this.added);
    const { added } = this;
    if (added === total || found < added / 10) return Math.round(found);
    // So many that the sketch cannot tell them from all.
    if (found > added * 0.9) return Math.round((total * found) / added);
    let low = found;
    let high = found * added;
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (middle * (1 - Math.exp(-added / middle)) < found) low = middle;
      else high = middle;
    }
    return Math.round(Math.min(low * (1 - Math.exp(-total / low)), total));
  }
}
