/**
 * DIMSE messages in presentation data values (PS3.7 section 6.3, PS3.8 Annex E): the way in, from fragments to commands
 * and data, and the way out, from command set and data set bytes to fragments that fit the peer's PDUs. What a data set
 * holds, and which answer belongs to which request, is not this file's business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { ProviderReason } from "./A_ABORT.ts"
import * as Command from "./Command.ts"
import * as CommandSet from "./CommandSet.ts"
import type * as Leniency from "./Leniency.ts"
import type * as P_DATA from "./P_DATA.ts"

// -----------------------------------------------------------------------------
// the way in
// -----------------------------------------------------------------------------

/**
 * What a presentation data value brought.
 *
 * **Details**
 *
 * - `Incomplete`: a fragment of a command, and not its last.
 * - `Command`: the last fragment of a command. With `dataSet`, its data follows in `Data` events.
 * - `InvalidCommand`: a command set that can be read and is no message that is known; as with `Command`, its data
 *   follows if it says so. It can be answered ({@link Command.refusal}) or the association aborted.
 * - `Data`: a fragment of a data set, as it came: views that were never joined.
 * - `Invalid`: what cannot be a message. The reason is for the A-ABORT; every later value gives the same.
 *
 * @category models
 * @since 0.1.0
 */
export type Event =
  | { readonly _tag: "Incomplete" }
  | {
      readonly _tag: "Command"
      readonly contextId: number
      readonly command: Command.Command
      readonly dataSet: boolean
    }
  | {
      readonly _tag: "InvalidCommand"
      readonly contextId: number
      readonly error: Command.InvalidCommand
      readonly dataSet: boolean
    }
  | {
      readonly _tag: "Data"
      readonly contextId: number
      readonly fragment: ReadonlyArray<Uint8Array>
      readonly last: boolean
    }
  | { readonly _tag: "Invalid"; readonly reason: ProviderReason; readonly detail: string }

/**
 * What messages are put together from, and how much of one is taken.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The ids of the accepted presentation contexts. */
  readonly contextIds: Iterable<number>
  /** The longest command set that is taken, in bytes; 65,536 unless given. */
  readonly maximumCommandLength?: number
  /** How many fragments of one message, besides the last ones, may be empty; 256 unless given. */
  readonly maximumEmptyFragments?: number
  /** Asked about the quirks of a command's values; strict unless given. */
  readonly judge?: Leniency.Judge
}

/**
 * Puts the messages of an association together again. It has a state of its own, and is for one direction of one
 * association.
 *
 * @category models
 * @since 0.1.0
 */
export interface Assembler {
  /** Takes the next presentation data value. Keeps no view of a fragment. */
  push(value: P_DATA.PresentationDataValue): Event
  /** Whether no message is partly received. */
  readonly between: boolean
}

const incomplete: Event = { _tag: "Incomplete" }
const nothing = new Uint8Array(0)

/**
 * An assembler that has received nothing yet.
 *
 * **Example**
 *
 * ```ts
 * import * as Message from "@effect-dicom/protocol/Message"
 *
 * const assembler = Message.assembler({ contextIds: [1, 3] })
 * assembler.between // true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const assembler = (options: Options): Assembler => new Assembling(options)

// A class, since an association begins with one and functions over shared variables are made anew for each.
class Assembling implements Assembler {
  private readonly accepted: ReadonlySet<number>
  private readonly maximumCommandLength: number
  private readonly maximumEmptyFragments: number
  private readonly judge: Leniency.Judge | undefined
  /** What the next value has to be: anything that begins a message, or the rest of one. */
  private expected: "a message" | "command" | "data" = "a message"
  private contextId = 0
  private empty = 0
  private failed: Event | undefined
  /** The fragments of a command, joined; empty where it came in one. */
  private held = nothing
  private heldLength = 0

  constructor({ contextIds, judge, maximumCommandLength = 65_536, maximumEmptyFragments = 256 }: Options) {
    this.accepted = new Set(contextIds)
    this.maximumCommandLength = maximumCommandLength
    this.maximumEmptyFragments = maximumEmptyFragments
    this.judge = judge
  }

  push(value: P_DATA.PresentationDataValue): Event {
    if (this.failed !== undefined) return this.failed
    if (this.expected === "a message") {
      const wrong = this.begin(value)
      if (wrong !== undefined) return wrong
    } else if (value.contextId !== this.contextId || value.type !== this.expected) {
      return this.misplaced(value)
    }
    if (!value.last && isEmpty(value.fragment) && ++this.empty > this.maximumEmptyFragments) {
      const most = `a message has more than ${this.maximumEmptyFragments} empty fragments`
      return this.invalid("invalid-PDU-parameter-value", most)
    }
    if (value.type === "command") return this.commandFragment(value.fragment, value.last)
    if (value.last) this.expected = "a message"
    return { _tag: "Data", contextId: this.contextId, fragment: value.fragment, last: value.last }
  }

  get between(): boolean {
    return this.expected === "a message"
  }

  private invalid(reason: ProviderReason, detail: string): Event {
    this.held = nothing
    return (this.failed = { _tag: "Invalid", reason, detail })
  }

  private begin(value: P_DATA.PresentationDataValue): Event | undefined {
    if (!this.accepted.has(value.contextId)) {
      const ids = [...this.accepted].join(", ")
      return this.invalid(
        "invalid-PDU-parameter-value",
        `presentation context ${value.contextId} is not an accepted one; accepted: ${ids || "none"}`
      )
    }
    if (value.type === "data") {
      return this.invalid("unexpected-PDU-parameter", "a data fragment came where a command fragment begins a message")
    }
    this.expected = "command"
    this.contextId = value.contextId
    this.empty = 0
    this.heldLength = 0
    return undefined
  }

  private misplaced(value: P_DATA.PresentationDataValue): Event {
    const what = `a ${value.type} fragment of presentation context ${value.contextId}`
    const where = `came within a message of presentation context ${this.contextId} whose ${this.expected} is not complete`
    return this.accepted.has(value.contextId)
      ? this.invalid("unexpected-PDU-parameter", `${what} ${where}`)
      : this.invalid("invalid-PDU-parameter-value", `${what}, which is not an accepted one, ${where}`)
  }

  private commandFragment(fragment: ReadonlyArray<Uint8Array>, last: boolean): Event {
    const { maximumCommandLength } = this
    const first = fragment[0]
    if (last && this.heldLength === 0 && fragment.length === 1 && first !== undefined) {
      return first.length > maximumCommandLength ? this.tooLong() : this.command(new Uint8Array(first))
    }
    let length = this.heldLength
    for (const view of fragment) length += view.length
    if (length > maximumCommandLength) return this.tooLong()
    if (length > this.held.length) {
      const larger = new Uint8Array(Math.min(maximumCommandLength, Math.max(length, this.held.length * 2, 256)))
      larger.set(this.held.subarray(0, this.heldLength))
      this.held = larger
    }
    for (const view of fragment) {
      this.held.set(view, this.heldLength)
      this.heldLength += view.length
    }
    if (!last) return incomplete
    const bytes = this.held.subarray(0, this.heldLength)
    this.held = nothing
    return this.command(bytes)
  }

  private tooLong(): Event {
    return this.invalid(
      "invalid-PDU-parameter-value",
      `a command set is longer than ${this.maximumCommandLength} bytes`
    )
  }

  private command(bytes: Uint8Array): Event {
    const commandSet = CommandSet.decode(bytes)
    if (Result.isFailure(commandSet)) return this.invalid("invalid-PDU-parameter-value", commandSet.failure.detail)
    // Without this the end of the message is not known, so no answer to the command could help.
    const dataSet = Command.hasDataSet(commandSet.success)
    if (Result.isFailure(dataSet)) return this.invalid("invalid-PDU-parameter-value", dataSet.failure.detail)
    this.expected = dataSet.success ? "data" : "a message"
    const { contextId } = this
    const message = Command.fromCommandSet(commandSet.success, this.judge)
    return Result.isSuccess(message)
      ? { _tag: "Command", contextId, command: message.success, dataSet: dataSet.success }
      : { _tag: "InvalidCommand", contextId, error: message.failure, dataSet: dataSet.success }
  }
}

const isEmpty = (fragment: ReadonlyArray<Uint8Array>): boolean => {
  for (const view of fragment) if (view.length > 0) return false
  return true
}

// -----------------------------------------------------------------------------
// the way out
// -----------------------------------------------------------------------------

/**
 * The maximum length that is kept to where the peer's is 0, which is no limit (PS3.8 section D.1.1): 131,072 bytes.
 *
 * @category constants
 * @since 0.1.0
 */
export const ownMaximumLength = 131_072

/** Item length, context id and message control header: what a PDU has besides the fragment (PS3.8 section 9.3.5.1). */
const itemHeaderLength = 6

/**
 * The longest fragment, in bytes, of a P-DATA-TF whose PDU-length field is at most the maximum length that the peer
 * gave (PS3.8 section D.1.1). It is even, because there are peers that refuse an odd one; only a peer whose maximum
 * leaves no room for two bytes gets one.
 *
 * @category operations
 * @since 0.1.0
 */
export const maximumFragmentLength = (maximumLength: number): number => {
  const room = (maximumLength === 0 ? ownMaximumLength : maximumLength) - itemHeaderLength
  return room < 2 ? 1 : room - (room % 2)
}

const fragments = (
  contextId: number,
  type: "command" | "data",
  views: ReadonlyArray<Uint8Array>,
  last: boolean,
  maximumLength: number
): Array<P_DATA.PresentationDataValue> => {
  const limit = maximumFragmentLength(maximumLength)
  const only = views[0]
  if (last && views.length === 1 && only !== undefined && only.length > 0 && only.length <= limit) {
    return [{ contextId, type, last, fragment: views }]
  }
  const values: Array<P_DATA.PresentationDataValue> = []
  let fragment: Array<Uint8Array> = []
  let room = limit
  for (const view of views) {
    let at = 0
    while (at < view.length) {
      if (room === 0) {
        values.push({ contextId, type, last: false, fragment })
        fragment = []
        room = limit
      }
      const length = Math.min(room, view.length - at)
      fragment.push(length === view.length ? view : view.subarray(at, at + length))
      at += length
      room -= length
    }
  }
  // An empty data set is one empty fragment, the last.
  if (last || fragment.length > 0) values.push({ contextId, type, last, fragment })
  return values
}

const pdu = (value: P_DATA.PresentationDataValue): P_DATA.TF => ({
  _tag: "P-DATA-TF",
  presentationDataValues: [value]
})

const request = (value: P_DATA.PresentationDataValue): P_DATA.Request => ({
  _tag: "P-DATA request",
  presentationDataValues: [value]
})

/**
 * The PDUs of a command, one fragment in each. `maximumLength` is what the peer gave; with 0, {@link ownMaximumLength}.
 *
 * @category operations
 * @since 0.1.0
 */
export const commandPdu = (contextId: number, command: Uint8Array, maximumLength: number): ReadonlyArray<P_DATA.TF> =>
  fragments(contextId, "command", [command], true, maximumLength).map(pdu)

/**
 * The PDUs of a data set, or with `last` false of a part of it, one fragment in each. Nothing is copied: the fragments
 * are the views given, or views of them.
 *
 * **Gotchas**
 *
 * A part that is not the last and has an odd number of bytes ends in an odd fragment; give even ones.
 *
 * @category operations
 * @since 0.1.0
 */
export const dataPdus = (
  contextId: number,
  views: ReadonlyArray<Uint8Array>,
  last: boolean,
  maximumLength: number
): ReadonlyArray<P_DATA.TF> => fragments(contextId, "data", views, last, maximumLength).map(pdu)

/**
 * The P-DATA requests of a whole message, for one gathered write: the command, and the data set if there is one.
 * Command and data are never in one PDU, since there are peers that do not read such a one.
 *
 * **Example**
 *
 * ```ts
 * import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
 * import * as Command from "@effect-dicom/protocol/Command"
 * import * as Message from "@effect-dicom/protocol/Message"
 *
 * Message.pack(1, Command.encode(C_ECHO.request({ messageId: 1 })), undefined, 16_384) // one P-DATA request
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const pack = (
  contextId: number,
  command: Uint8Array,
  dataSet: ReadonlyArray<Uint8Array> | undefined,
  maximumLength: number
): ReadonlyArray<P_DATA.Request> => {
  const values = fragments(contextId, "command", [command], true, maximumLength)
  if (dataSet !== undefined) {
    for (const value of fragments(contextId, "data", dataSet, true, maximumLength)) values.push(value)
  }
  return values.map(request)
}
