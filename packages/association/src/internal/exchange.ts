/**
 * The exchange of DIMSE messages of one association: takes messages as they arrive and gives them to the side of it that
 * they are for, and holds up the reading where more has arrived than is to be held.
 */
import type { AsynchronousOperationsWindow } from "@effect-dicom/protocol/AsynchronousOperationsWindow"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Command from "@effect-dicom/protocol/Command"
import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import type * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Message from "@effect-dicom/protocol/Message"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Status from "@effect-dicom/protocol/Status"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as AssociationError from "../AssociationError.ts"
import type { Dimse } from "../Dimse.ts"
import type { UpperLayer } from "../UpperLayer.ts"
import type { DataInflow } from "./dataInflow.ts"
import { Invoking } from "./invoking.ts"
import type { Operation } from "./operation.ts"
import { type Outflow, outflow } from "./outflow.ts"
import { Performing } from "./performing.ts"
import { Signal } from "./signal.ts"
import { Whole, wholeLength } from "./whole.ts"

export interface Options {
  readonly contexts: ReadonlyMap<number, PresentationContext.Accepted>
  /** The peer's maximum length, or our own cap where that is less. */
  readonly maximumLength: number
  /** How many operations this side may have outstanding, and how many the peer: 1 without negotiation, 0 for no limit. */
  readonly window: AsynchronousOperationsWindow
  /** Asked about what of a command is not as the standard has it. */
  readonly judge: Leniency.Judge
  /** How long an operation may wait for a response. */
  readonly operation: Duration.Duration
  /** How many bytes of a data set, or of responses, are held for a consumer before the transport is left unread. */
  readonly held: number
  /**
   * Does something when all that a chunk brought has been heard: who waits for the first of it is not to act before that.
   */
  readonly later: (tell: () => void) => void
  /** Whether requests wait for `perform` to be called; otherwise they are refused until it is. */
  readonly performs: boolean
}

/** How many times what should be held is held where reading on is the only way to what somebody here waits for. */
const farTooMuch = 16

/** The exchange of one association: what the association, which owns it, and its two sides see of it. */
export class Exchange {
  readonly layer: UpperLayer
  readonly outflow: Outflow
  /** What the association's user sees. */
  readonly dimse: Dimse
  readonly later: (tell: () => void) => void
  /** How the association ended: an error that is made only for who waits for something. */
  ended: (() => AssociationError.Broken) | undefined
  private readonly contexts: ReadonlyMap<number, PresentationContext.Accepted>
  private readonly assembler: Message.Assembler
  private readonly invoking: Invoking
  private readonly performing: Performing
  /** Where the data of the message that is arriving goes: to a performer, or to a response. */
  private inflow: DataInflow | undefined
  private response: { readonly of: Operation; readonly command: Command.Response } | undefined
  /** The operation of the response whose data set goes to {@link inflow}. */
  private arriving: Operation | undefined
  private whole: Whole | undefined
  /** Open while no operation is under way, and while every request that has arrived is answered. */
  private readonly quiet = Latch.makeUnsafe(true)
  private readonly allAnswered = Latch.makeUnsafe(true)
  private readonly reading = new Signal()

  constructor(layer: UpperLayer, options: Options) {
    const { contexts, held, judge, later, maximumLength, operation, performs, window } = options
    this.layer = layer
    this.later = later
    this.contexts = contexts
    this.assembler = Message.assembler({ contextIds: contexts.keys(), judge })
    this.outflow = outflow(() => layer, maximumLength)
    const { invoke, receive, responses, cancel } = (this.invoking = new Invoking(this, {
      window: window.maximumInvoked,
      operation: Duration.toMillis(operation),
      held
    }))
    const { perform } = (this.performing = new Performing(this, {
      window: window.maximumPerformed,
      maximumLength,
      held,
      performs
    }))
    const { completed: messagesSent } = this.outflow
    this.dimse = { invoke, receive, responses, cancel, perform, send: this.send, messagesSent, quiet: this.quiet.await }
  }

  // ---------------------------------------------------------------------------
  // what its sides tell it
  // ---------------------------------------------------------------------------

  private readonly send: Dimse["send"] = (contextId, command, dataSet) =>
    Effect.suspend(() => {
      const refused = this.refused(contextId)
      return refused === undefined ? this.outflow.message(contextId, command, dataSet) : Effect.fail(refused)
    })

  refused(contextId: number): AssociationError.ContextNotAccepted | undefined {
    return this.contexts.has(contextId)
      ? undefined
      : new AssociationError.ContextNotAccepted({ contextId, accepted: [...this.contexts.keys()] })
  }

  readonly changed = (): void => this.reading.notify()

  invokes(): void {
    this.quiet.closeUnsafe()
  }

  performs(): void {
    this.quiet.closeUnsafe()
    this.allAnswered.closeUnsafe()
  }

  settled(): void {
    if (this.performing.unanswered) return
    this.allAnswered.openUnsafe()
    if (!this.invoking.outstanding) this.quiet.openUnsafe()
  }

  // ---------------------------------------------------------------------------
  // what its owner asks
  // ---------------------------------------------------------------------------

  /** Whether silence is no fault of the peer's: an operation is under way, and it is not a message that it has begun. */
  get busy(): boolean {
    return this.invoking.outstanding || (this.performing.unanswered && (this.assembler.between || this.heldUp()))
  }

  /** Whether a request that has arrived is not answered. */
  get unanswered(): boolean {
    return this.performing.unanswered || this.performing.refusing.refuses
  }

  /** Whether a message has begun to arrive and is not complete. */
  get receiving(): boolean {
    return !this.assembler.between
  }

  /** Waits until every request that has arrived is answered. */
  get answered(): Effect.Effect<void> {
    return Effect.andThen(this.performing.refusing.refusedAll, this.allAnswered.await)
  }

  /** Answers those whose performer was left and which are not answered yet: nothing can be once the release is asked for. */
  get answerDeserted(): Effect.Effect<void> {
    return this.performing.answerDeserted
  }

  /** What must be waited for before more is read; `undefined` when nothing. */
  backpressure(): Effect.Effect<void> | undefined {
    return this.performing.refusing.refuseAll() ?? (this.heldUp() ? this.readOn : undefined)
  }

  // Reading goes on while somebody here waits for what only the peer can bring, though not without bound: else a consumer
  // that waits for another operation before it takes more would wait for ever.
  heldUp(): boolean {
    return this.ended === undefined && this.full(1) && (this.full(farTooMuch) || !this.invoking.awaits())
  }

  private full(factor: number): boolean {
    return this.inflow?.full(factor) === true || this.performing.full(factor) || this.invoking.full(factor)
  }

  private readonly readOn: Effect.Effect<void> = Effect.suspend(() => {
    if (!this.heldUp()) return Effect.void
    if (this.full(farTooMuch)) {
      this.disentangle()
      // Who waits no longer may have taken what was held.
      if (!this.heldUp()) return Effect.void
    }
    return Effect.andThen(this.reading.wait, this.readOn)
  })

  /** Whoever has far too much held for it is not to wait for what would come behind that. */
  private disentangle(): void {
    const takers = [...this.invoking.holding(farTooMuch)]
    if (this.inflow?.full(farTooMuch) === true) takers.push(this.inflow.taker)
    for (const taker of takers) if (taker !== undefined) this.invoking.deadlocked(taker)
  }

  /** The association has ended: nothing more will come. Who waits for that hears it after `before`. */
  end(why: () => AssociationError.Broken, before: () => void): void {
    if (this.ended !== undefined) return
    this.ended = why
    before()
    this.invoking.end(why)
    this.performing.end(why)
    this.inflow = undefined
    this.response = undefined
    this.reading.notify()
    this.settled()
  }

  // ---------------------------------------------------------------------------
  // what the peer sends
  // ---------------------------------------------------------------------------

  /** Takes the values of a P-DATA indication; gives what makes them unacceptable. */
  receive({ presentationDataValues }: P_DATA.Indication): InvalidPdu.InvalidPdu | undefined {
    for (let i = 0; i < presentationDataValues.length; i++) {
      const event = this.assembler.push(presentationDataValues[i] as P_DATA.PresentationDataValue) // i is within bounds
      const invalid = this.take(event)
      if (invalid !== undefined) return invalid
    }
    return undefined
  }

  private take(event: Message.Event): InvalidPdu.InvalidPdu | undefined {
    switch (event._tag) {
      case "Incomplete":
        return undefined
      case "Data":
        return this.data(event.fragment, event.last)
      case "Command":
        this.inflow = undefined
        this.arriving = undefined
        return Command.isResponse(event.command)
          ? this.responded(event.contextId, event.command, event.dataSet)
          : this.requested(event.contextId, event.command, event.dataSet)
      case "InvalidCommand": {
        const refusal = Command.refusal(event.error, refused[event.error.cause])
        if (refusal === undefined) return InvalidPdu.make("invalid-PDU-parameter-value", event.error.detail)
        this.inflow = this.performing.refuse(event.contextId, event.dataSet, refusal)
        return undefined
      }
      case "Invalid":
        return InvalidPdu.make(event.reason, event.detail)
    }
  }

  private responded(
    contextId: number,
    command: Command.Response,
    hasDataSet: boolean
  ): InvalidPdu.InvalidPdu | undefined {
    const of = this.invoking.awaiting(command)
    if (of === undefined || of.contextId !== contextId || (of.inflow === undefined && isPending(command))) {
      return InvalidPdu.make("unexpected-PDU-parameter", misplaced(contextId, command, of))
    }
    if (!hasDataSet) this.invoking.answered(of, { command, dataSet: undefined }, 0)
    else {
      this.inflow = this.invoking.arrives(of, command)
      if (this.inflow === undefined) this.response = { of, command }
      else this.arriving = of
    }
    return undefined
  }

  private requested(
    contextId: number,
    command: Exclude<Command.Command, Command.Response>,
    hasDataSet: boolean
  ): InvalidPdu.InvalidPdu | undefined {
    if (!Command.isRequest(command)) {
      this.performing.cancel(command.messageIdBeingRespondedTo)
      return undefined
    }
    const context = this.contexts.get(contextId)
    // The assembler lets no other context id pass.
    if (context === undefined) return InvalidPdu.make("invalid-PDU-parameter-value", `no context ${contextId}`)
    this.inflow =
      !hasDataSet && Command.dataSet(command) === "required"
        ? // There is nothing to perform.
          this.performing.refuse(contextId, false, Command.encode(withoutDataSet(command)))
        : this.performing.arrive(context, command, hasDataSet)
    return undefined
  }

  private data(fragment: ReadonlyArray<Uint8Array>, last: boolean): InvalidPdu.InvalidPdu | undefined {
    const { arriving, inflow, response } = this
    if (inflow !== undefined) {
      for (let i = 0; i < fragment.length; i++) inflow.add(fragment[i] as Uint8Array) // i is within bounds
      this.later(inflow.arrived.notify)
      if (arriving !== undefined) this.invoking.goesOn(arriving)
      if (last) {
        inflow.end("complete")
        this.inflow = undefined
        if (arriving !== undefined) this.invoking.arrived(arriving)
      }
      return undefined
    }
    if (response === undefined) return undefined
    const whole = (this.whole ??= new Whole())
    for (let i = 0; i < fragment.length; i++) whole.push(fragment[i] as Uint8Array) // i is within bounds
    if (whole.length > wholeLength) return tooLong(response.command)
    if (!last) return undefined
    this.whole = undefined
    this.response = undefined
    this.invoking.answered(response.of, { command: response.command, dataSet: whole.views() }, whole.length)
    return undefined
  }
}

const isPending = ({ status }: Command.Response): boolean => !Status.isFinal(status)

/** What is wrong with a response that answers nothing, or not so. */
const misplaced = (contextId: number, response: Command.Response, of: Operation | undefined): string => {
  const { _tag, messageIdBeingRespondedTo, status } = response
  const what = `a ${_tag} for message ${messageIdBeingRespondedTo}`
  if (of === undefined) return `${what}, which awaits none`
  return of.contextId === contextId
    ? `${what} with status ${Status.format(status)}, which its service has not`
    : `${what} in presentation context ${contextId}, where the request was in ${of.contextId}`
}

const tooLong = ({ _tag }: Command.Response): InvalidPdu.InvalidPdu =>
  InvalidPdu.make("reason-not-specified", `the data set of the ${_tag} is longer than ${wholeLength} bytes`)

const refused = {
  "unrecognized operation": Status.failures.unrecognizedOperation,
  "missing element": Status.failures.mistypedArgument,
  "invalid element value": Status.failures.mistypedArgument
} as const

/**
 * The response to a request without the data set that its service requires: of those of PS3.7 chapter 9 the code that
 * all of them have for what cannot be understood.
 */
const withoutDataSet = (request: Command.Request): Command.Response => ({
  ...Command.respond(
    request,
    request._tag.startsWith("C-") ? C_STORE.failures.cannotUnderstand : Status.failures.missingAttribute
  ),
  errorComment: "No data set"
})
