/**
 * A conversation over an association, recorded at both of its ends and drawn as a sequence: the primitives outside, the
 * PDUs between, the states beside the lines. P-DATA is folded: only its count and its bytes are kept.
 *
 * One association at a time: a step does not say which one it belongs to.
 *
 * @since 0.1.0
 */
import type { UpperLayer } from "@effect-dicom/association"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import type * as StateMachine from "@effect-dicom/protocol/StateMachine"
import { size } from "./Progress.ts"

// -----------------------------------------------------------------------------
// recording
// -----------------------------------------------------------------------------

/**
 * Something that passed at one end.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = Turn | DataTransfer

/**
 * A step of one machine that is not P-DATA.
 *
 * @category models
 * @since 0.1.0
 */
export interface Turn {
  readonly _tag: "Turn"
  readonly role: StateMachine.Role
  readonly event: StateMachine.Event["_tag"]
  /** The state after it, where it is another one. */
  readonly state: StateMachine.State | undefined
  /** PDUs that were sent, by name. */
  readonly sent: ReadonlyArray<string>
  /** Primitives that were issued to the user, by name. */
  readonly issued: ReadonlyArray<string>
}

/**
 * P-DATA in both directions, with nothing else between.
 *
 * @category models
 * @since 0.1.0
 */
export interface DataTransfer {
  readonly _tag: "DataTransfer"
  readonly from: { readonly [R in StateMachine.Role]: { readonly pdus: number; readonly bytes: number } }
}

/**
 * A recording in progress.
 *
 * @category models
 * @since 0.1.0
 */
export interface Recorder {
  /** The observer of both ends. */
  readonly observe: (step: UpperLayer.Step) => void
  readonly entries: () => ReadonlyArray<Entry>
  /** The states that the two machines are in. */
  readonly states: () => { readonly [R in StateMachine.Role]: StateMachine.State }
  /** How often an end sent a PDU, or was issued a primitive, of this name; P-DATA left out. */
  readonly count: (role: StateMachine.Role, name: string) => number
}

/**
 * A recorder, for `UpperLayer.Observer`.
 *
 * **Example** (Draw what passes)
 *
 * ```ts
 * import { UpperLayer } from "@effect-dicom/association"
 * import { Conversation } from "@effect-dicom/cli"
 * import { Effect } from "effect"
 *
 * const drawn = <E, R>(bothEnds: Effect.Effect<void, E, R>) => {
 *   const recorder = Conversation.recorder()
 *   return bothEnds.pipe(
 *     Effect.provideService(UpperLayer.Observer, recorder.observe),
 *     Effect.map(() => Conversation.draw(recorder.entries()).join("\n"))
 *   )
 * }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const recorder = (): Recorder => {
  const entries: Array<Entry> = []
  const states: { [R in StateMachine.Role]: StateMachine.State } = {
    "association-requestor": "Sta1",
    "association-acceptor": "Sta1"
  }
  let transfer: { [R in StateMachine.Role]: { pdus: number; bytes: number } } | undefined
  return {
    observe: ({ after, before, commands, event, role }) => {
      states[role] = after
      if (event._tag === "P-DATA request" || event._tag === "P-DATA-TF") {
        if (transfer === undefined) {
          transfer = { "association-requestor": { pdus: 0, bytes: 0 }, "association-acceptor": { pdus: 0, bytes: 0 } }
          entries.push({ _tag: "DataTransfer", from: transfer })
        }
        if (event._tag === "P-DATA request") {
          transfer[role].pdus++
          transfer[role].bytes += lengthOf(event)
        }
        if (after === before && commands.every((command) => isData(command))) return
      }
      transfer = undefined
      entries.push({
        _tag: "Turn",
        role,
        event: event._tag,
        state: after === before ? undefined : after,
        sent: commands.flatMap((command) => (command._tag === "Send" ? [command.pdu._tag] : [])),
        issued: commands.flatMap((command) => (command._tag === "Issue" ? [command.primitive._tag] : []))
      })
    },
    entries: () => entries,
    states: () => ({ ...states }),
    count: (role, name) =>
      entries.reduce(
        (sum, entry) =>
          entry._tag !== "Turn" || entry.role !== role
            ? sum
            : sum + [...entry.sent, ...entry.issued].filter((one) => one === name).length,
        0
      )
  }
}

const isData = (command: StateMachine.Command): boolean =>
  (command._tag === "Send" && command.pdu._tag === "P-DATA-TF") ||
  (command._tag === "Issue" && command.primitive._tag === "P-DATA indication")

const lengthOf = (request: P_DATA.Request): number => {
  let length = 0
  for (const value of request.presentationDataValues) for (const view of value.fragment) length += view.length
  return length
}

// -----------------------------------------------------------------------------
// rows
// -----------------------------------------------------------------------------

/** What stands on one side of a row: what passed between user and provider, and the state after it. */
interface Side {
  state?: string
  /** To the provider, or from it. */
  way?: "in" | "out"
  text?: string
}

interface Arrow {
  readonly text: string
  readonly from: StateMachine.Role
  /** Both ends of it are in this row; or only where it leaves, or where it arrives. */
  part: "whole" | "leaves" | "arrives"
}

interface Row {
  readonly sides: { readonly [R in StateMachine.Role]: Side }
  arrow?: Arrow
}

const row = (): Row => ({ sides: { "association-requestor": {}, "association-acceptor": {} } })

const other = (role: StateMachine.Role): StateMachine.Role =>
  role === "association-requestor" ? "association-acceptor" : "association-requestor"

const roles = ["association-requestor", "association-acceptor"] as const

const rowsOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  // The rows of PDUs that are on their way, by who sent them.
  const underway: { readonly [R in StateMachine.Role]: Array<Row> } = {
    "association-requestor": [],
    "association-acceptor": []
  }
  for (const entry of entries) {
    if (entry._tag === "DataTransfer") {
      for (const from of roles) {
        const { bytes, pdus } = entry.from[from]
        if (pdus === 0) continue
        const here = row()
        here.arrow = { text: `${times("P-DATA-TF", pdus)}, ${size(bytes)}`, from, part: "whole" }
        here.sides[from].way = "in"
        here.sides[from].text = times("P-DATA request", pdus)
        here.sides[other(from)].way = "out"
        here.sides[other(from)].text = times("P-DATA indication", pdus)
        rows.push(here)
      }
      continue
    }
    const { event, issued, role, sent, state } = entry
    const isArrival = isPdu(event)
    let here: Row | undefined
    if (isArrival) {
      const leaving = underway[other(role)].shift()
      if (leaving !== undefined && leaving === rows.at(-1)) {
        here = leaving
        if (here.arrow !== undefined) here.arrow.part = "whole"
      } else {
        here = row()
        here.arrow = { text: event, from: other(role), part: "arrives" }
        rows.push(here)
      }
    } else {
      here = row()
      rows.push(here)
      here.sides[role].way = "in"
      here.sides[role].text = spoken[event] ?? bare(event)
    }
    const side = here.sides[role]
    if (state !== undefined) side.state = state
    for (const primitive of issued) {
      side.way = "out"
      side.text = bare(primitive)
    }
    for (const pdu of sent) {
      let leaving = here
      if (leaving.arrow !== undefined) {
        leaving = row()
        rows.push(leaving)
      }
      leaving.arrow = { text: pdu, from: role, part: "leaves" }
      underway[role].push(leaving)
    }
  }
  return rows
}

const times = (name: string, count: number): string => (count === 1 ? name : `${name} x ${count}`)

const isPdu = (event: StateMachine.Event["_tag"]): boolean =>
  /^A-\w+-(?:RQ|AC|RJ|RP)$|^A-ABORT$|^P-DATA-TF$/.test(event)

/** That an association was accepted is in its PDU. */
const bare = (primitive: string): string => primitive.replace(" (accept)", "")

const spoken: { readonly [event: string]: string } = {
  "Transport connect confirm": "(connected)",
  "Transport connect indication": "(connected)",
  "Transport connection closed": "(connection closed)",
  "ARTIM timer expired": "(ARTIM timer expired)",
  "Unrecognized or invalid PDU": "(invalid PDU)"
}

// -----------------------------------------------------------------------------
// drawing
// -----------------------------------------------------------------------------

/**
 * How a conversation is drawn.
 *
 * @category options
 * @since 0.1.0
 */
export interface DrawOptions {
  /** What stands above the lines. Default: "requestor" and "acceptor". */
  readonly requestor?: string
  readonly acceptor?: string
  /** Whether escape sequences of a terminal may be used. Default: false. */
  readonly colour?: boolean
}

/** Columns for a primitive, for a state, and between the lines. */
const outside = 26
const beside = 5
const between = 32

/**
 * Draws a conversation, a line of text for each row, 104 columns wide at most.
 *
 * @category formatting
 * @since 0.1.0
 */
export const draw = (entries: ReadonlyArray<Entry>, options: DrawOptions = {}): ReadonlyArray<string> => {
  const paint = options.colour === true ? coloured : plain
  const { acceptor = "acceptor", requestor = "requestor" } = options
  const heading = `${requestor.padStart(outside + beside + 5)}${" ".repeat(between + 2)}${acceptor}`
  return [paint.name(heading), ...rowsOf(entries).map((row) => line(row, paint).trimEnd())]
}

const line = ({ arrow, sides }: Row, paint: Paint): string => {
  const left = sides["association-requestor"]
  const right = sides["association-acceptor"]
  const leftWay = left.way === undefined ? "  " : left.way === "in" ? "->" : "<-"
  const rightWay = right.way === undefined ? "  " : right.way === "in" ? "<-" : "->"
  const rightText = right.text ?? ""
  return [
    paint.primitive((left.text ?? "").padStart(outside)),
    " ",
    paint.primitive(leftWay),
    " ",
    paint.state((left.state ?? "").padEnd(beside)),
    " ",
    paint.line("|"),
    paint.pdu(arrow === undefined ? " ".repeat(between) : shaft(arrow)),
    paint.line("|"),
    " ",
    paint.state((right.state ?? "").padEnd(beside)),
    " ",
    paint.primitive(rightWay),
    rightText === "" ? "" : ` ${paint.primitive(rightText)}`
  ].join("")
}

const shaft = ({ from, part, text }: Arrow): string => {
  const rightward = from === "association-requestor"
  const label = ` ${text} `
  const room = between - label.length - 1
  if (part === "whole") {
    const before = Math.floor(room / 2)
    const body = "-".repeat(Math.max(before, 0)) + label + "-".repeat(Math.max(room - before, 0))
    return rightward ? `${body}>` : `<${body}`
  }
  // Half of the way: it is still to arrive, or left some rows ago.
  const half = Math.max(4, Math.floor(room / 4))
  const dashes = "-".repeat(half)
  const leaves = part === "leaves"
  const short = rightward
    ? leaves
      ? `${dashes}${label}- -`
      : `- -${label}${dashes}>`
    : leaves
      ? `- -${label}${dashes}`
      : `<${dashes}${label}- -`
  return rightward === leaves ? short.padEnd(between) : short.padStart(between)
}

interface Paint {
  readonly name: (text: string) => string
  readonly primitive: (text: string) => string
  readonly pdu: (text: string) => string
  readonly state: (text: string) => string
  readonly line: (text: string) => string
}

const as = (text: string): string => text

const plain: Paint = { name: as, primitive: as, pdu: as, state: as, line: as }

const code =
  (on: number, off: number) =>
  (text: string): string =>
    text.trim() === "" ? text : `\u001b[${on}m${text}\u001b[${off}m`

const coloured: Paint = {
  name: code(1, 22),
  primitive: as,
  pdu: code(36, 39),
  state: code(33, 39),
  line: code(2, 22)
}
