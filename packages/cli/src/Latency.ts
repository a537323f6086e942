/**
 * How long many answers took, in a room that does not grow with their number: the least, the most and the mean exactly,
 * what lies between them to two parts in a hundred.
 *
 * @since 0.1.0
 */

/** From one bucket to the next, in the logarithm of milliseconds. */
const width = Math.log(1.02)

/** Times are told apart from this one on, in milliseconds: a tenth of a microsecond. */
const least = 1e-4

/** Up to this one: a day. */
const most = 86_400_000

const buckets = Math.ceil(Math.log(most / least) / width) + 1

/**
 * The times so far.
 *
 * @category models
 * @since 0.1.0
 */
export class Latency {
  #count = 0
  #total = 0
  #fastest = Infinity
  #slowest = 0
  readonly #buckets = new Float64Array(buckets)

  /** Adds a time, in milliseconds. */
  add(milliseconds: number): void {
    this.#count++
    this.#total += milliseconds
    this.#fastest = Math.min(this.#fastest, milliseconds)
    this.#slowest = Math.max(this.#slowest, milliseconds)
    const bucket = Math.floor(Math.log(Math.min(most, Math.max(least, milliseconds)) / least) / width)
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
  }

  get count(): number {
    return this.#count
  }

  /** Of all times, in milliseconds. */
  get total(): number {
    return this.#total
  }

  /** In milliseconds; 0 where there is none. */
  get fastest(): number {
    return this.#count === 0 ? 0 : this.#fastest
  }

  /** In milliseconds. */
  get slowest(): number {
    return this.#slowest
  }

  /** In milliseconds; 0 where there is none. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#total / this.#count
  }

  /** The time that this part of the answers took at most, in milliseconds: 0.5 gives the median. */
  percentile(part: number): number {
    let left = Math.ceil(part * this.#count)
    for (let bucket = 0; bucket < buckets; bucket++) {
      left -= this.#buckets[bucket] ?? 0
      if (left <= 0) {
        const middle = least * Math.exp((bucket + 0.5) * width)
        return Math.min(this.#slowest, Math.max(this.fastest, middle))
      }
    }
    return this.#slowest
  }
}
