/**
 * The refusals of a side that performs nothing: they are sent as soon as they can be, in fibers of their own, and in the
 * order of the requests.
 */
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type { Outflow } from "./outflow.ts"

export class Refusing {
  private readonly outflow: Outflow
  private refusals: Array<P_DATA.Request> = []
  /** Open while none are on their way. */
  private readonly sent = Latch.makeUnsafe(true)

  constructor(outflow: Outflow) {
    this.outflow = outflow
  }

  /** Keeps a refusal to be sent. */
  refuse(refusal: ReadonlyArray<P_DATA.Request>): void {
    this.refusals.push(...refusal)
  }

  /** Whether some are not sent yet. */
  get refuses(): boolean {
    return this.refusals.length > 0 || !this.sent.isOpen()
  }

  /** Sends them once those before are sent, if there are any. */
  refuseAll(): Effect.Effect<void> | undefined {
    return this.refusals.length > 0 ? Effect.andThen(this.sent.await, this.send) : undefined
  }

  /** Waits until they are sent. */
  get refusedAll(): Effect.Effect<void> {
    return Effect.andThen(Effect.andThen(this.sent.await, this.send), this.sent.await)
  }

  private readonly send: Effect.Effect<void> = Effect.suspend(() => {
    const requests = this.refusals
    this.refusals = []
    if (requests.length === 0) return Effect.void
    this.sent.closeUnsafe()
    // In a fiber of its own: another message may be on its way, and the peer may first want to be read from.
    return Effect.asVoid(
      Effect.forkDetach(
        Effect.ensuring(
          Effect.ignore(this.outflow.whole(requests)),
          Effect.sync(() => this.sent.openUnsafe())
        ),
        { startImmediately: true }
      )
    )
  })
}
