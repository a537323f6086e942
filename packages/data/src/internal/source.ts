/**
 * The bytes that a data set came from: one array, or what was kept of a stream's chunks.
 */

/** Bytes as an array of their own kind: of a Node Buffer, whose `slice` is no copy, a view that is none. */
export const viewOf = (bytes: Uint8Array): Uint8Array =>
  bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Bytes by their place, from the first of the data set. */
export interface Source {
  readonly view: (start: number, end: number) => Uint8Array
  /** Appends what there is from start to end, in as few pieces as it is in. */
  readonly append: (out: Array<unknown>, start: number, end: number) => void
}

/** One array. */
export class Whole implements Source {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = viewOf(bytes)
  }
  view(start: number, end: number): Uint8Array {
    return this.bytes.subarray(start, end)
  }
  append(out: Array<unknown>, start: number, end: number): void {
    if (start === 0 && end === this.bytes.length) out.push(this.bytes)
    else if (end > start) out.push(this.bytes.subarray(start, end))
  }
}

/** Pieces not longer than this are copied into blocks, so that they do not keep the chunks they are of. */
const blockSize = 4096

/** Pieces in a row; some are not bytes but what stands for them. */
export class Rope implements Source {
  readonly #starts: Array<number> = []
  readonly #pieces: Array<unknown> = []
  #end = 0
  /** What the last piece is the beginning of, and how much of it is written. */
  #block: Uint8Array | undefined
  #used = 0
  /** Whether pieces are written to again once they were pushed. */
  readonly #lent: boolean

  constructor(lent = false) {
    this.#lent = lent
  }

  push(piece: Uint8Array): void {
    let from = 0
    while (piece.length - from > 0 && piece.length - from < blockSize) {
      if (this.#block === undefined) {
        this.#block = new Uint8Array(blockSize)
        this.#used = 0
        this.#add(this.#block.subarray(0, 0), 0)
      }
      const block = this.#block
      const taken = Math.min(blockSize - this.#used, piece.length - from)
      block.set(piece.subarray(from, from + taken), this.#used)
      this.#used += taken
      this.#end += taken
      from += taken
      this.#pieces[this.#pieces.length - 1] = block.subarray(0, this.#used)
      if (this.#used === blockSize) this.#block = undefined
    }
    if (from < piece.length) {
      this.#block = undefined
      const whole = this.#lent ? new Uint8Array(piece) : viewOf(piece)
      this.#add(from === 0 ? whole : whole.subarray(from), whole.length - from)
    }
  }

  /** What stands for bytes that are elsewhere. */
  reference(reference: object, length: number): void {
    if (length === 0) return
    this.#block = undefined
    this.#add(reference, length)
  }

  #add(piece: unknown, length: number): void {
    this.#starts.push(this.#end)
    this.#pieces.push(piece)
    this.#end += length
  }

  view(start: number, end: number): Uint8Array {
    if (end <= start) return new Uint8Array(0)
    const pieces: Array<unknown> = []
    this.append(pieces, start, end)
    const first = pieces[0]
    if (pieces.length === 1 && first instanceof Uint8Array) return first
    const bytes = new Uint8Array(end - start)
    let at = 0
    for (const piece of pieces) {
      if (!(piece instanceof Uint8Array)) continue
      bytes.set(piece, at)
      at += piece.length
    }
    return bytes
  }

  append(out: Array<unknown>, start: number, end: number): void {
    let low = 0
    let high = this.#starts.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((this.#starts[middle] ?? 0) <= start) low = middle
      else high = middle
    }
    for (let i = low; i < this.#starts.length; i++) {
      const from = this.#starts[i] ?? 0
      if (from >= end) return
      const piece = this.#pieces[i]
      if (!(piece instanceof Uint8Array)) out.push(piece)
      else if (start <= from && end >= from + piece.length) out.push(piece)
      else out.push(piece.subarray(Math.max(0, start - from), Math.min(piece.length, end - from)))
    }
  }
}
