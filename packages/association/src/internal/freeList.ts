/**
 * Memory that is used again: the pieces that nobody uses are kept for whoever needs the next one, up to some number.
 */
export class FreeList<A> {
  private readonly free: Array<A> = []
  private readonly make: () => A
  private readonly most: number

  constructor(make: () => A, most: number) {
    this.make = make
    this.most = most
  }

  /** One that was given back, or a new one. */
  take(): A {
    return this.free.pop() ?? this.make()
  }

  /** Nobody uses it any more. */
  give(piece: A): void {
    if (this.free.length < this.most) this.free.push(piece)
  }
}
