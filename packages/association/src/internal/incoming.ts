/**
 * The requests that have arrived and are to be answered.
 */
import type * as Command from "@effect-dicom/protocol/Command"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import type { Incoming, Reply } from "../Dimse.ts"
import type { DataInflow } from "./dataInflow.ts"
import { responseTo } from "./operation.ts"

/** A request that is to be answered by a performer. */
export class Request implements Incoming {
  readonly context: PresentationContext.Accepted
  readonly command: Command.Request
  readonly hasDataSet: boolean
  readonly inflow: DataInflow
  /** The fiber that a C-CANCEL-RQ interrupts. */
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** What answers where it is cancelled, if not the status alone. */
  onCancel: Effect.Effect<Reply> | undefined
  isCancelled = false
  /** Whether responses are on their way, which is not to be broken off. */
  sending = false
  /** Whether the last response has been sent, or nothing can be sent any more. */
  finished = false
  /** Whether the first bytes of the last response are on their way. */
  begun = false
  private cancellation: Deferred.Deferred<void> | undefined

  constructor(
    context: PresentationContext.Accepted,
    command: Command.Request,
    hasDataSet: boolean,
    inflow: DataInflow
  ) {
    this.context = context
    this.command = command
    this.hasDataSet = hasDataSet
    this.inflow = inflow
  }

  get pull(): Incoming["pull"] {
    return this.inflow.pull
  }

  get dataSet(): Incoming["dataSet"] {
    return Stream.fromPull(Effect.succeed(this.inflow.copied))
  }

  get cancelled(): Effect.Effect<void> {
    return Effect.suspend(() =>
      this.isCancelled ? Effect.void : Deferred.await((this.cancellation ??= Deferred.makeUnsafe<void>()))
    )
  }

  /** Whether it is one that a C-CANCEL-RQ may be for (PS3.7 section 9.3.2.3, 9.3.3.3 and 9.3.4.3). */
  get mayBeCancelled(): boolean {
    const { _tag } = this.command
    return _tag === "C-FIND-RQ" || _tag === "C-GET-RQ" || _tag === "C-MOVE-RQ"
  }

  /** Tells who performs it that the peer has cancelled it. */
  tellCancelled(): void {
    if (this.cancellation !== undefined) Deferred.doneUnsafe(this.cancellation, Effect.void)
    if (!this.sending) this.fiber?.interruptUnsafe()
  }

  isAnsweredBy(response: Command.Response): boolean {
    return (
      response.messageIdBeingRespondedTo === this.command.messageId && response._tag === responseTo[this.command._tag]
    )
  }
}

/** A request that is to be answered with a refusal that is ready. */
export class Refused {
  readonly contextId: number
  readonly refusal: Uint8Array
  readonly inflow: DataInflow
  /** Whether it is on its way. */
  begun = false

  constructor(contextId: number, refusal: Uint8Array, inflow: DataInflow) {
    this.contextId = contextId
    this.refusal = refusal
    this.inflow = inflow
  }
}
