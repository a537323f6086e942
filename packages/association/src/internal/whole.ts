/**
 * A data set that is held whole, as copies of the views in which it came.
 */

/** The longest data set that is held whole, in bytes. */
export const wholeLength: number = 1 << 24

/** A view shorter than this is gathered with those after the first: a peer may send a byte at a time. */
const shortLength = 256

/** As many bytes are gathered in one view. */
const gatheredLength = 4096

export class Whole {
  private readonly all: Array<Uint8Array> = []
  private gathered = new Uint8Array(0)
  private from = 0
  private to = 0
  /** Bytes in all. */
  length = 0

  push(view: Uint8Array): void {
    this.length += view.length
    if (view.length >= shortLength || this.all.length === 0) {
      this.flush()
      this.all.push(new Uint8Array(view))
      return
    }
    if (this.to + view.length > this.gathered.length) {
      this.flush()
      this.gathered = new Uint8Array(gatheredLength)
      this.from = this.to = 0
    }
    this.gathered.set(view, this.to)
    this.to += view.length
  }

  /** What was pushed; nothing is pushed after that. */
  views(): ReadonlyArray<Uint8Array> {
    this.flush()
    return this.all
  }

  private flush(): void {
    if (this.to > this.from) this.all.push(this.gathered.subarray(this.from, this.to))
    this.from = this.to
  }
}
