/**
 * An operation that this side invokes, from its request to its last response.
 */
import type * as Command from "@effect-dicom/protocol/Command"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as AssociationError from "../AssociationError.ts"
import type { Answer } from "../Dimse.ts"
import type { DataInflow } from "./dataInflow.ts"
import type { Inflow } from "./inflow.ts"
import type { Guest } from "./window.ts"

/** What becomes of an operation with one response. */
export type Outcome = Exit.Exit<Answer, AssociationError.Broken | AssociationError.Deadlock>

export class Operation implements Guest {
  readonly contextId: number
  /** Where its responses go, where there may be many. */
  readonly inflow: Inflow<Answer> | undefined
  /** Where the data set of its one response goes, where it is not held whole. */
  readonly body: DataInflow | undefined
  /** Whether its response's command is here and the data set arrives. */
  arriving = false
  /** The id of its request; 0 before it has a place among those that are outstanding. */
  messageId = 0
  placed = false
  /** The response that its request awaits. */
  response: Command.Response["_tag"] | undefined
  /** Whether something of the request may have been sent: then there will be a response. */
  begun = false
  /** Nobody waits for it any more. */
  abandoned = false
  /** Who waits for its place, and for its response where that is one that is held whole. */
  waiter: Fiber.Fiber<unknown, unknown> | undefined
  /** Whether who waits for it was told not to. */
  isDeadlocked = false
  cancelled = false
  /** When it has waited too long, in milliseconds; not before it is sent. */
  due = Infinity
  /** How long it may wait for the next response, and when it is to be over. */
  between = Infinity
  end = Infinity
  /** The times that `due` was made of. */
  allowed = Infinity
  total = Infinity
  private exit: Outcome | undefined
  private resume: ((exit: Outcome) => void) | undefined

  constructor(contextId: number, inflow?: Inflow<Answer>, body?: DataInflow) {
    this.contextId = contextId
    this.inflow = inflow
    this.body = body
  }

  /** Waits for its response, where there is one. One fiber does. */
  readonly answer: Effect.Effect<Answer, AssociationError.Broken | AssociationError.Deadlock> = Effect.callback(
    (resume) => {
      if (this.exit === undefined) this.resume = resume
      else resume(this.exit)
    }
  )

  /** The one who waits for the response goes on in this turn. */
  done(exit: Outcome): void {
    this.exit = exit
    this.resume?.(exit)
  }

  /** Whether somebody waits for what only the peer can bring. */
  awaits(): boolean {
    if (!this.begun || this.abandoned) return false
    const filled = this.arriving ? this.body : this.inflow
    return filled === undefined || filled.arrived.awaited
  }
}

/** The response to each request. */
export const responseTo: { readonly [T in Command.Request["_tag"]]: Command.Response["_tag"] } = {
  "C-STORE-RQ": "C-STORE-RSP",
  "C-FIND-RQ": "C-FIND-RSP",
  "C-GET-RQ": "C-GET-RSP",
  "C-MOVE-RQ": "C-MOVE-RSP",
  "C-ECHO-RQ": "C-ECHO-RSP",
  "N-EVENT-REPORT-RQ": "N-EVENT-REPORT-RSP",
  "N-GET-RQ": "N-GET-RSP",
  "N-SET-RQ": "N-SET-RSP",
  "N-ACTION-RQ": "N-ACTION-RSP",
  "N-CREATE-RQ": "N-CREATE-RSP",
  "N-DELETE-RQ": "N-DELETE-RSP"
}
