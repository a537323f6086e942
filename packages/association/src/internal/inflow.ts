/**
 * Bytes of a data set on their way from the reader of the transport to one consumer.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type { Broken } from "../AssociationError.ts"
import { Signal } from "./signal.ts"

/** What a view takes besides its bytes, which a peer that sends a byte at a time would fill the memory with, in bytes. */
const viewLength = 128

/** A queue of byte views, filled in the reader's turn and emptied by one consumer, which whoever fills it notifies. */
export class Inflow {
  private views: Array<Uint8Array> = []
  private ending: (() => Broken) | "complete" | undefined
  private discarding = false
  /** To be notified when there is something to take. */
  readonly arrived: Signal = new Signal()
  private readonly room = Latch.makeUnsafe(true)
  /** Bytes held, each view with what it takes itself. */
  held = 0
  private readonly capacity: number

  constructor(capacity: number) {
    this.capacity = capacity
  }

  push(views: ReadonlyArray<Uint8Array>): void {
    if (this.discarding) return
    for (let i = 0; i < views.length; i++) {
      const view = views[i] as Uint8Array // i is within bounds
      this.views.push(view)
      this.held += view.length + viewLength
    }
    if (this.held > this.capacity) this.room.closeUnsafe()
  }

  end(ending: (() => Broken) | "complete"): void {
    this.ending ??= ending
    this.room.openUnsafe()
  }

  /** Nothing more is wanted: what is held and what follows is dropped. */
  discard(): void {
    this.discarding = true
    this.views = []
    this.held = 0
    this.room.openUnsafe()
  }

  /** What the reader waits for before it reads on. */
  get backpressure(): Effect.Effect<void> | undefined {
    return this.room.isOpen() ? undefined : this.room.await
  }

  /** The views that have arrived since the last take: one or more. */
  readonly take: Effect.Effect<readonly [Uint8Array, ...Array<Uint8Array>], Broken | Cause.Done> = Effect.suspend(
    () => {
      if (this.views.length > 0) {
        // There is at least one.
        const views = this.views as unknown as readonly [Uint8Array, ...Array<Uint8Array>]
        this.views = []
        this.held = 0
        this.room.openUnsafe()
        return Effect.succeed(views)
      }
      if (this.ending !== undefined) {
        return this.ending === "complete" ? Cause.done() : Effect.fail(this.ending())
      }
      return Effect.flatMap(this.arrived.wait, () => this.take)
    }
  )

  /** Waits for the last fragment, dropping everything. */
  readonly drain: Effect.Effect<void, Broken> = Effect.suspend(() => {
    this.discard()
    if (this.ending === "complete") return Effect.void
    if (this.ending !== undefined) return Effect.fail(this.ending())
    return Effect.flatMap(this.arrived.wait, () => this.drain)
  })
}
