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
import type * as AssociationError from "../AssociationError.ts"
import type { Dimse } from "../Dimse.ts"
import type { UpperLayer } from "../UpperLayer.ts"
import type { Inflow } from "./inflow.ts"
import { invoking, type Pending } from "./invoking.ts"
import { length, outflow } from "./outflow.ts"
import { performing } from "./performing.ts"
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

/** What the association, which owns the exchange, sees of it. */
export interface Exchange extends Dimse {
  /** Takes the values of a P-DATA indication; gives what makes them unacceptable. */
  readonly receive: (indication: P_DATA.Indication) => InvalidPdu.InvalidPdu | undefined
  /** The association has ended: nothing more will come. Who waits for that hears it after `before`. */
  readonly end: (why: () => AssociationError.Broken, before: () => void) => void
  readonly backpressure: () => Effect.Effect<void> | undefined
  /** Whether silence is no fault of the peer's: an operation is under way, and it is not a message that it has begun. */
  readonly busy: () => boolean
  /** Whether a request that has arrived is not answered. */
  readonly unanswered: () => boolean
  /** Whether a message has begun to arrive and is not complete. */
  readonly receiving: () => boolean
  /** Waits until every request that has arrived is answered. */
  readonly answered: Effect.Effect<void>
}

/** How many times what should be held is held where reading on is the only way to what somebody here waits for. */
const farTooMuch = 16

/** Makes the exchange of an association whose upper layer is `layer`. */
export const exchanging = (layer: () => UpperLayer, options: Options): Exchange => {
  const { held, later, maximumLength } = options
  const assembler = Message.assembler({ contextIds: options.contexts.keys(), judge: options.judge })
  /** Where the data of the message that is arriving goes: to a performer, or to a response. */
  let inflow: Inflow<Uint8Array> | undefined
  let response: { readonly one: Pending; readonly command: Command.Response } | undefined
  let whole: Whole | undefined
  // How the association ended: an error that is made only for who waits for something.
  let ended: (() => AssociationError.Broken) | undefined
  const still = Latch.makeUnsafe(true)
  const answered = Latch.makeUnsafe(true)
  const reading = new Signal()

  const settled = (): void => {
    if (performer.unanswered()) return
    answered.openUnsafe()
    if (!invoker.outstanding()) still.openUnsafe()
  }
  // Reading goes on while somebody here waits for what only the peer can bring, though not without bound: else a consumer
  // that waits for another operation before it takes more would wait for ever.
  const full = (factor: number): boolean =>
    (inflow !== undefined && inflow.full(factor)) || performer.full(factor) || invoker.full(factor)
  const heldUp = (): boolean => ended === undefined && full(1) && (full(farTooMuch) || !invoker.awaits())
  const readOn: Effect.Effect<void> = Effect.suspend(() =>
    heldUp() ? Effect.andThen(reading.wait, readOn) : Effect.void
  )

  const send = outflow(layer, maximumLength)
  const common = { layer, held, later, settled, ended: () => ended, changed: reading.notify }
  const invoker = invoking({
    ...common,
    send: send.message,
    window: options.window.maximumInvoked,
    operation: Duration.toMillis(options.operation),
    heldUp,
    begins: () => still.closeUnsafe()
  })
  const performer = performing({
    ...common,
    send,
    window: options.window.maximumPerformed,
    maximumLength,
    performs: options.performs,
    begins: () => {
      still.closeUnsafe()
      answered.closeUnsafe()
    }
  })

  const receive = (indication: P_DATA.Indication): InvalidPdu.InvalidPdu | undefined => {
    const values = indication.presentationDataValues
    for (let i = 0; i < values.length; i++) {
      const event = assembler.push(values[i] as P_DATA.PresentationDataValue) // i is within bounds
      let invalid: InvalidPdu.InvalidPdu | undefined
      switch (event._tag) {
        case "Incomplete":
          break
        case "Data":
          invalid = data(event.fragment, event.last)
          break
        case "Command":
          invalid = command(event.contextId, event.command, event.dataSet)
          break
        case "InvalidCommand": {
          const refusal = Command.refusal(event.error, refused[event.error.cause])
          if (refusal === undefined) invalid = InvalidPdu.make("invalid-PDU-parameter-value", event.error.detail)
          else inflow = performer.refuse(event.contextId, event.dataSet, refusal)
          break
        }
        case "Invalid":
          invalid = InvalidPdu.make(event.reason, event.detail)
          break
      }
      if (invalid !== undefined) return invalid
    }
    return undefined
  }

  const data = (fragment: ReadonlyArray<Uint8Array>, last: boolean): InvalidPdu.InvalidPdu | undefined => {
    if (inflow !== undefined) {
      for (let i = 0; i < fragment.length; i++) {
        const view = fragment[i] as Uint8Array // i is within bounds
        inflow.push(view, view.length)
      }
      later(inflow.arrived.notify)
      if (last) {
        inflow.end("complete")
        inflow = undefined
      }
      return undefined
    }
    if (response === undefined) return undefined
    const { command, one } = response
    let views = fragment
    if (!last || whole !== undefined) {
      whole ??= new Whole()
      for (let i = 0; i < fragment.length; i++) whole.push(fragment[i] as Uint8Array) // i is within bounds
      if (whole.length > wholeLength) return tooLong(command)
      if (!last) return undefined
      views = whole.views()
      whole = undefined
    }
    response = undefined
    const held = length(views)
    if (held > wholeLength) return tooLong(command)
    invoker.answered(one, { command, dataSet: views }, held)
    return undefined
  }

  const tooLong = ({ _tag }: Command.Response): InvalidPdu.InvalidPdu =>
    InvalidPdu.make("reason-not-specified", `the data set of the ${_tag} is longer than ${wholeLength} bytes`)

  const command = (
    contextId: number,
    command: Command.Command,
    hasDataSet: boolean
  ): InvalidPdu.InvalidPdu | undefined => {
    inflow = undefined
    if (Command.isResponse(command)) {
      const one = invoker.awaiting(command)
      if (one === undefined) {
        const { _tag, messageIdBeingRespondedTo } = command
        const detail = `a ${_tag} for message ${messageIdBeingRespondedTo}, which awaits none`
        return InvalidPdu.make("unexpected-PDU-parameter", detail)
      }
      if (hasDataSet) response = { one, command }
      else invoker.answered(one, { command, dataSet: undefined }, 0)
      return undefined
    }
    if (!Command.isRequest(command)) {
      performer.cancel(command.messageIdBeingRespondedTo)
      return undefined
    }
    const context = options.contexts.get(contextId)
    // The assembler lets no other context id pass.
    if (context === undefined) return InvalidPdu.make("invalid-PDU-parameter-value", `no context ${contextId}`)
    inflow =
      !hasDataSet && Command.dataSet(command) === "required"
        ? // There is nothing to perform.
          performer.refuse(contextId, false, Command.encode(withoutDataSet(command)))
        : performer.arrive(context, command, hasDataSet)
    return undefined
  }

  const end = (why: () => AssociationError.Broken, before: () => void): void => {
    if (ended !== undefined) return
    ended = why
    before()
    invoker.end(why)
    performer.end(why)
    inflow = undefined
    response = undefined
    reading.notify()
    settled()
  }

  return {
    invoke: invoker.invoke,
    responses: invoker.responses,
    cancel: invoker.cancel,
    send: send.message,
    perform: performer.perform,
    quiet: still.await,
    answered: Effect.andThen(performer.refused, answered.await),
    receive,
    end,
    backpressure: () => performer.refusals() ?? (heldUp() ? readOn : undefined),
    busy: () => invoker.outstanding() || (performer.unanswered() && (assembler.between || heldUp())),
    unanswered: () => performer.unanswered() || performer.refusing(),
    receiving: () => !assembler.between
  }
}

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
