/**
 * What has arrived for one consumer and is not taken yet: the bytes of a data set, or the responses to a request.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Broken } from "../AssociationError.ts"
import { Signal } from "./signal.ts"

/** What a view takes besides its bytes, which a peer that sends a byte at a time would fill the memory with, in bytes. */
const viewLength = 128

/** A queue, filled in the reader's turn and emptied by one consumer, which whoever fills it notifies. */
export class Inflow<A> {
  protected items: Array<A> = []
  private ending: (() => Broken) | "complete" | undefined
  /** Whether what is pushed is for anybody. */
  wanted = true
  /** To be notified when there is something to take. */
  readonly arrived: Signal
  /** Who took last. */
  taker: Fiber.Fiber<unknown, unknown> | undefined
  /** Bytes held, each item with what it takes itself. */
  held = 0
  private readonly capacity: number
  private readonly changed: () => void

  /** `changed` is called when there is room again, and when the consumer begins to wait. */
  constructor(capacity: number, changed: () => void = () => {}) {
    this.capacity = capacity
    this.changed = changed
    this.arrived = new Signal(changed)
  }

  /** An item whose own bytes are so many. */
  push(item: A, length: number): void {
    if (!this.wanted) return
    this.items.push(item)
    this.held += length + viewLength
  }

  end(ending: (() => Broken) | "complete"): void {
    this.ending ??= ending
    this.changed()
  }

  /** Nothing more is wanted: what is held and what follows is dropped. */
  discard(): void {
    this.wanted = false
    this.items = []
    this.emptied()
  }

  /** Whether it holds more than it should, by some factor, while more may come. */
  full(factor = 1): boolean {
    return this.held > this.capacity * factor && this.ending === undefined
  }

  private emptied(): void {
    const was = this.held
    this.held = 0
    if (was > this.capacity) this.changed()
  }

  /** The items that have arrived since the last take: one or more. */
  readonly take: Effect.Effect<readonly [A, ...Array<A>], Broken | Cause.Done> = Effect.withFiber((fiber) => {
    this.taker = fiber
    if (this.items.length > 0) {
      // There is at least one.
      const items = this.items as unknown as readonly [A, ...Array<A>]
      this.items = []
      this.emptied()
      return Effect.succeed(items)
    }
    if (this.ending !== undefined) {
      return this.ending === "complete" ? Cause.done() : Effect.fail(this.ending())
    }
    return Effect.flatMap(this.arrived.wait, () => this.take)
  })

  /** Waits for the last item, dropping everything. */
  readonly drain: Effect.Effect<void, Broken> = Effect.suspend(() => {
    this.discard()
    if (this.ending === "complete") return Effect.void
    if (this.ending !== undefined) return Effect.fail(this.ending())
    return Effect.flatMap(this.arrived.wait, () => this.drain)
  })
}
