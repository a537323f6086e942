/**
 * What has arrived of a data set and is not taken yet. What the transport gives is only lent, so it is copied, to blocks
 * that are used again when whoever pulled is done with them.
 */
import * as Arr from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Broken } from "../AssociationError.ts"
import { FreeList } from "./freeList.ts"
import { Inflow } from "./inflow.ts"

type Views = readonly [Uint8Array, ...Array<Uint8Array>]

/** Bytes of a block; no memory is taken by what of it is never filled. */
const blockLength = 1 << 17

/** The blocks of all associations. */
const blocks = new FreeList<ArrayBufferLike>(() => new ArrayBuffer(blockLength), 32)

const giveBack = (views: ReadonlyArray<Uint8Array>): void => {
  for (const view of views) blocks.give(view.buffer)
}

export class DataInflow extends Inflow<Uint8Array> {
  /** The block that the last item is the filled part of. */
  private block: Uint8Array = new Uint8Array(0)
  private filled = 0
  private lent: ReadonlyArray<Uint8Array> = []

  /** Copies what has arrived. */
  add(view: Uint8Array): void {
    if (!this.wanted) return
    for (let at = 0; at < view.length;) {
      if (this.items.length === 0 || this.filled === this.block.length) {
        this.block = new Uint8Array(blocks.take())
        this.filled = 0
        this.push(this.block, 0)
      }
      const taken = Math.min(view.length - at, this.block.length - this.filled)
      this.block.set(taken === view.length ? view : view.subarray(at, at + taken), this.filled)
      at += taken
      this.filled += taken
      this.held += taken
      this.items[this.items.length - 1] = this.block.subarray(0, this.filled)
    }
  }

  override discard(): void {
    giveBack(this.items)
    super.discard()
  }

  /** What has arrived since the last pull, lent until the next one. */
  readonly pull: Effect.Effect<Views, Broken | Cause.Done> = Effect.suspend(() => {
    giveBack(this.lent)
    this.lent = []
    return Effect.map(this.take, (views) => (this.lent = views))
  })

  /** The same, to keep: blocks are given away where they are filled by half or more. */
  readonly copied: Effect.Effect<Views, Broken | Cause.Done> = Effect.suspend(() =>
    Effect.map(this.pull, (views) => {
      this.lent = views.filter((view) => view.length < blockLength / 2)
      return Arr.map(views, (view) => (view.length < blockLength / 2 ? new Uint8Array(view) : view))
    })
  )
}
