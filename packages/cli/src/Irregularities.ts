/**
 * What is not as it should be and does not hinder: the first few of each kind in full, the others by their number, so
 * that a file in which everything is wrong does not bury what is.
 *
 * @since 0.1.0
 */

/** As many of a kind are told in full. */
const few = 5

/**
 * What was met so far.
 *
 * @category models
 * @since 0.1.0
 */
export class Irregularities {
  readonly #counts = new Map<string, number>()
  readonly #told: Array<string> = []

  /** Adds one; the message is asked for where it is told. */
  add(kind: string, message: () => string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    if (count <= few) this.#told.push(message())
  }

  /** One sentence for each of the first few, then one for the rest of each kind. */
  lines(): ReadonlyArray<string> {
    const rest = [...this.#counts].filter(([, count]) => count > few)
    return [...this.#told, ...rest.map(([kind, count]) => `${kind}: ${count - few} more of this kind`)]
  }
}
