/**
 * The DICOM upper layer protocol state machine (PS3.8 section 9.2): Tables 9-1 to 9-10, and `step`, which applies them.
 *
 * Every rule about what may follow what is here. `step` is pure and total: it takes a machine and an event, and gives
 * the next machine and the commands to perform. Whoever performs them (opens and closes the transport connection,
 * writes PDUs, runs the ARTIM timer, hands primitives to the user) decides nothing. How long ARTIM runs is not the
 * table's business, nor is what the PDUs look like.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as A_ABORT from "./A_ABORT.ts"
import type * as A_ASSOCIATE from "./A_ASSOCIATE.ts"
import * as A_ASSOCIATE_PDU from "./A_ASSOCIATE_PDU.ts"
import * as A_RELEASE from "./A_RELEASE.ts"
import type * as InvalidPdu from "./InvalidPdu.ts"
import * as Leniency from "./Leniency.ts"
import * as P_DATA from "./P_DATA.ts"
import type * as Pdu from "./Pdu.ts"

// -----------------------------------------------------------------------------
// states
// -----------------------------------------------------------------------------

/**
 * The thirteen states and their definitions (PS3.8 Tables 9-1 to 9-5).
 *
 * @category states
 * @since 0.1.0
 */
export const states = {
  // Table 9-1. No Association
  Sta1: "Idle",
  // Table 9-2. Association Establishment
  Sta2: "Transport connection open (Awaiting A-ASSOCIATE-RQ PDU)",
  Sta3: "Awaiting local A-ASSOCIATE response primitive (from local user)",
  Sta4: "Awaiting transport connection opening to complete (from local transport service)",
  Sta5: "Awaiting A-ASSOCIATE-AC or A-ASSOCIATE-RJ PDU",
  // Table 9-3. Data Transfer
  Sta6: "Association established and ready for data transfer",
  // Table 9-4. Association Release
  Sta7: "Awaiting A-RELEASE-RP PDU",
  Sta8: "Awaiting local A-RELEASE response primitive (from local user)",
  Sta9: "Release collision requestor side; awaiting A-RELEASE response (from local user)",
  Sta10: "Release collision acceptor side; awaiting A-RELEASE-RP PDU",
  Sta11: "Release collision requestor side; awaiting A-RELEASE-RP PDU",
  Sta12: "Release collision acceptor side; awaiting A-RELEASE response primitive (from local user)",
  // Table 9-5. Waiting for Transport Connection Close
  Sta13: "Awaiting Transport Connection Close Indication (Association no longer exists)"
} as const

/**
 * The states of PS3.8 Tables 9-1 to 9-5.
 *
 * @category states
 * @since 0.1.0
 */
export type State = keyof typeof states

/**
 * The side of the association a machine is on. Who asks for the release is another matter.
 *
 * @category models
 * @since 0.1.0
 */
export type Role = "association-requestor" | "association-acceptor"

/**
 * A machine: immutable data.
 *
 * @category models
 * @since 0.1.0
 */
export interface Machine {
  readonly state: State
  readonly role: Role
  readonly leniency: Leniency.Leniency
  /** In Sta4, the PDU that AE-2 will send. */
  readonly proposal?: A_ASSOCIATE_PDU.RQ
}

// -----------------------------------------------------------------------------
// events
// -----------------------------------------------------------------------------

/**
 * What the user may ask for: the request and response primitives.
 *
 * @category events
 * @since 0.1.0
 */
export type RequestPrimitive =
  | A_ASSOCIATE.Request
  | A_ASSOCIATE.AcceptResponse
  | A_ASSOCIATE.RejectResponse
  | P_DATA.Request
  | A_RELEASE.Request
  | A_RELEASE.Response
  | A_ABORT.Request

/**
 * What the transport service and the ARTIM timer tell. An attempt to connect that fails is a connection closed.
 *
 * @category events
 * @since 0.1.0
 */
export interface TransportEvent {
  readonly _tag:
    | "Transport connect confirm"
    | "Transport connect indication"
    | "Transport connection closed"
    | "ARTIM timer expired"
}

/**
 * Anything that can happen to a machine. An event's tag is the label of its row in Table 9-10.
 *
 * @category events
 * @since 0.1.0
 */
export type Event = RequestPrimitive | Pdu.Pdu | InvalidPdu.InvalidPdu | TransportEvent

/**
 * The label of a row of Table 9-10.
 *
 * @category events
 * @since 0.1.0
 */
export type Label = Event["_tag"]

/**
 * The row labels of the primitives a user can issue, in the table's order.
 *
 * @category events
 * @since 0.1.0
 */
export const requestLabels = [
  "A-ASSOCIATE request",
  "A-ASSOCIATE response (accept)",
  "A-ASSOCIATE response (reject)",
  "P-DATA request",
  "A-RELEASE request",
  "A-RELEASE response",
  "A-ABORT request"
] as const satisfies ReadonlyArray<RequestPrimitive["_tag"]>

/**
 * The rows of PS3.8 Table 9-10 that a user brings about.
 *
 * @category events
 * @since 0.1.0
 */
export type RequestLabel = (typeof requestLabels)[number]

// -----------------------------------------------------------------------------
// commands
// -----------------------------------------------------------------------------

/**
 * What the provider gives its user: the indication and confirmation primitives.
 *
 * @category commands
 * @since 0.1.0
 */
export type IndicationPrimitive =
  | A_ASSOCIATE.Indication
  | A_ASSOCIATE.AcceptConfirmation
  | A_ASSOCIATE.RejectConfirmation
  | P_DATA.Indication
  | A_RELEASE.Indication
  | A_RELEASE.Confirmation
  | A_ABORT.Indication
  | A_ABORT.ProviderIndication

/**
 * What a step asks to have done. `StartArtim` starts the timer again if it runs; `StopArtim` stops it if it runs.
 *
 * @category commands
 * @since 0.1.0
 */
export type Command =
  | { readonly _tag: "Send"; readonly pdu: Pdu.Pdu }
  | {
      readonly _tag: "Issue"
      readonly primitive: IndicationPrimitive
      /** What the peer's PDU departed from the standard in, when it did. */
      readonly tolerated?: ReadonlyArray<Leniency.Tolerated>
    }
  | { readonly _tag: "OpenTransport" }
  | { readonly _tag: "CloseTransport" }
  | { readonly _tag: "StartArtim" }
  | { readonly _tag: "StopArtim" }

/**
 * The next machine, and the commands to perform in order.
 *
 * @category models
 * @since 0.1.0
 */
export type Transition = readonly [Machine, ReadonlyArray<Command>]

const OpenTransport: Command = { _tag: "OpenTransport" }
const CloseTransport: Command = { _tag: "CloseTransport" }
const StartArtim: Command = { _tag: "StartArtim" }
const StopArtim: Command = { _tag: "StopArtim" }

const Send = (pdu: Pdu.Pdu): Command => ({ _tag: "Send", pdu })

const Issue = (primitive: IndicationPrimitive, tolerated: ReadonlyArray<Leniency.Tolerated> = []): Command =>
  tolerated.length === 0 ? { _tag: "Issue", primitive } : { _tag: "Issue", primitive, tolerated }

// -----------------------------------------------------------------------------
// actions
// -----------------------------------------------------------------------------

/**
 * An action of Tables 9-6 to 9-9, for the events that `E` describes.
 *
 * @category actions
 * @since 0.1.0
 */
export interface Action<in E> {
  /** As printed: "AE-1". */
  readonly name: string
  readonly perform: (machine: Machine, event: E) => Transition
}

const action = <E>(name: string, perform: (machine: Machine, event: E) => Transition): Action<E> => ({ name, perform })

/** "Next state is ...", after these commands. */
const next = (machine: Machine, state: State, ...commands: ReadonlyArray<Command>): Transition => [
  machine.state === state ? machine : { state, role: machine.role, leniency: machine.leniency },
  commands
]

// A PDU that is known and out of place, or one that is not known at all and says why.
const reasonOf = (event: Pdu.Pdu | InvalidPdu.InvalidPdu): A_ABORT.ProviderReason =>
  event._tag === "Unrecognized or invalid PDU" ? event.reason : "unexpected-PDU"

// Table 9-6. Association Establishment Related Actions
// Who asks for the association is the association-requestor, who is connected to is the association-acceptor.

/** Issue TRANSPORT CONNECT request primitive to local transport service. Next state is Sta4. */
const AE_1 = action("AE-1", ({ leniency }, request: A_ASSOCIATE.Request) => [
  { state: "Sta4", role: "association-requestor", leniency, proposal: A_ASSOCIATE_PDU.requestPdu(request) },
  [OpenTransport]
])

/** Send A-ASSOCIATE-RQ PDU. Next state is Sta5. */
const AE_2 = action("AE-2", (machine) =>
  // only AE-1 leads to Sta4, so there is a proposal
  next(machine, "Sta5", ...(machine.proposal === undefined ? [] : [Send(machine.proposal)]))
)

/** Issue A-ASSOCIATE confirmation (accept) primitive. Next state is Sta6. */
const AE_3 = action("AE-3", (machine, pdu: A_ASSOCIATE_PDU.AC) => next(machine, "Sta6", confirmation(machine, pdu)))

/** Issue A-ASSOCIATE confirmation (reject) primitive and close transport connection. Next state is Sta1. */
const AE_4 = action("AE-4", (machine, pdu: A_ASSOCIATE_PDU.RJ) =>
  next(machine, "Sta1", confirmation(machine, pdu), CloseTransport)
)

/** Issue Transport connection response primitive (the listener has); start ARTIM timer. Next state is Sta2. */
const AE_5 = action("AE-5", (machine) => next({ ...machine, role: "association-acceptor" }, "Sta2", StartArtim))

/**
 * Stop ARTIM timer and, if the A-ASSOCIATE-RQ is acceptable by the service-provider, issue A-ASSOCIATE indication
 * primitive: next state is Sta3; otherwise issue A-ASSOCIATE-RJ PDU and start ARTIM timer: next state is Sta13.
 */
const AE_6 = action("AE-6", (machine, pdu: A_ASSOCIATE_PDU.RQ) => {
  const judge = Leniency.judge(machine.leniency)
  return Result.match(A_ASSOCIATE_PDU.acceptable(pdu, judge), {
    onSuccess: (indication) => next(machine, "Sta3", StopArtim, Issue(indication, judge.tolerated)),
    onFailure: (rejection) => next(machine, "Sta13", StopArtim, Send(rejection), StartArtim)
  })
})

/** Send A-ASSOCIATE-AC PDU. Next state is Sta6. */
const AE_7 = action("AE-7", (machine, response: A_ASSOCIATE.AcceptResponse) =>
  next(machine, "Sta6", Send(A_ASSOCIATE_PDU.acceptPdu(response)))
)

/** Send A-ASSOCIATE-RJ PDU and start ARTIM timer. Next state is Sta13. */
const AE_8 = action("AE-8", (machine, response: A_ASSOCIATE.RejectResponse) =>
  next(machine, "Sta13", Send(A_ASSOCIATE_PDU.rejectPdu(response)), StartArtim)
)

const confirmation = (machine: Machine, pdu: A_ASSOCIATE_PDU.AC | A_ASSOCIATE_PDU.RJ): Command => {
  const judge = Leniency.judge(machine.leniency)
  return Issue(A_ASSOCIATE_PDU.confirmation(pdu, judge), judge.tolerated)
}

// Table 9-7. Data Transfer Related Actions

/** Send P-DATA-TF PDU. Next state is Sta6. */
const DT_1 = action("DT-1", (machine, request: P_DATA.Request) =>
  next(machine, "Sta6", Send(P_DATA.requestPdu(request)))
)

/** Issue P-DATA indication primitive. Next state is Sta6. */
const DT_2 = action("DT-2", (machine, pdu: P_DATA.TF) => next(machine, "Sta6", Issue(P_DATA.indication(pdu))))

// Table 9-8. Association Release Related Actions

/** Send A-RELEASE-RQ PDU. Next state is Sta7. */
const AR_1 = action("AR-1", (machine) => next(machine, "Sta7", Send(A_RELEASE.RQ)))

/** Issue A-RELEASE indication primitive. Next state is Sta8. */
const AR_2 = action("AR-2", (machine) => next(machine, "Sta8", Issue(A_RELEASE.indication)))

/** Issue A-RELEASE confirmation primitive, and close transport connection. Next state is Sta1. */
const AR_3 = action("AR-3", (machine) => next(machine, "Sta1", Issue(A_RELEASE.confirmation), CloseTransport))

/** Issue A-RELEASE-RP PDU and start ARTIM timer. Next state is Sta13. */
const AR_4 = action("AR-4", (machine) => next(machine, "Sta13", Send(A_RELEASE.RP), StartArtim))

/** Stop ARTIM timer. Next state is Sta1. */
const AR_5 = action("AR-5", (machine) => next(machine, "Sta1", StopArtim))

/** Issue P-DATA indication. Next state is Sta7. */
const AR_6 = action("AR-6", (machine, pdu: P_DATA.TF) => next(machine, "Sta7", Issue(P_DATA.indication(pdu))))

/** Issue P-DATA-TF PDU. Next state is Sta8. */
const AR_7 = action("AR-7", (machine, request: P_DATA.Request) =>
  next(machine, "Sta8", Send(P_DATA.requestPdu(request)))
)

/**
 * Issue A-RELEASE indication (release collision): if association-requestor, next state is Sta9; if not, next state is
 * Sta10.
 */
const AR_8 = action("AR-8", (machine) =>
  next(machine, machine.role === "association-requestor" ? "Sta9" : "Sta10", Issue(A_RELEASE.indication))
)

/** Send A-RELEASE-RP PDU. Next state is Sta11. */
const AR_9 = action("AR-9", (machine) => next(machine, "Sta11", Send(A_RELEASE.RP)))

/** Issue A-RELEASE confirmation primitive. Next state is Sta12. */
const AR_10 = action("AR-10", (machine) => next(machine, "Sta12", Issue(A_RELEASE.confirmation)))

// Table 9-9. Association Abort Related Actions

/**
 * Send A-ABORT PDU (service-user source) and start (or restart if already started) ARTIM timer. Next state is Sta13.
 */
const AA_1 = action("AA-1", (machine) => next(machine, "Sta13", Send(A_ABORT.userPdu), StartArtim))

/** Stop ARTIM timer if running. Close transport connection. Next state is Sta1. */
const AA_2 = action("AA-2", (machine) => next(machine, "Sta1", StopArtim, CloseTransport))

/**
 * If service-user initiated, issue A-ABORT indication, otherwise issue A-P-ABORT indication; close transport
 * connection. Next state is Sta1.
 */
const AA_3 = action("AA-3", (machine, pdu: A_ABORT.Pdu) =>
  next(machine, "Sta1", Issue(A_ABORT.indication(pdu)), CloseTransport)
)

/** Issue A-P-ABORT indication primitive. Next state is Sta1. */
const AA_4 = action("AA-4", (machine) =>
  next(machine, "Sta1", Issue(A_ABORT.providerIndication("reason-not-specified")))
)

/** Stop ARTIM timer. Next state is Sta1. */
const AA_5 = action("AA-5", (machine) => next(machine, "Sta1", StopArtim))

/** Ignore PDU. Next state is Sta13. */
const AA_6 = action("AA-6", (machine) => next(machine, "Sta13"))

/** Send A-ABORT PDU (no source is printed: it is the provider that found the PDU wrong). Next state is Sta13. */
const AA_7 = action("AA-7", (machine, pdu: Pdu.Pdu | InvalidPdu.InvalidPdu) =>
  next(machine, "Sta13", Send(A_ABORT.providerPdu(reasonOf(pdu))))
)

/**
 * Send A-ABORT PDU (service-provider source), issue an A-P-ABORT indication, and start ARTIM timer. Next state is
 * Sta13.
 */
const AA_8 = action("AA-8", (machine, pdu: Pdu.Pdu | InvalidPdu.InvalidPdu) => {
  const reason = reasonOf(pdu)
  return next(
    machine,
    "Sta13",
    Send(A_ABORT.providerPdu(reason)),
    Issue(A_ABORT.providerIndication(reason)),
    StartArtim
  )
})

// -----------------------------------------------------------------------------
// the table
// -----------------------------------------------------------------------------

/**
 * A cell of Table 9-10: an action, or blank.
 *
 * @category table
 * @since 0.1.0
 */
export type Cell<E> = Action<E> | undefined

/**
 * A row of Table 9-10: a cell for each of the states Sta1 to Sta13.
 *
 * @category table
 * @since 0.1.0
 */
// oxfmt-ignore
export type Row<E> = readonly [
  Cell<E>, Cell<E>, Cell<E>, Cell<E>, Cell<E>, Cell<E>, Cell<E>, Cell<E>, Cell<E>, Cell<E>, Cell<E>, Cell<E>, Cell<E>
]

type Events = { readonly [L in Label]: L extends TransportEvent["_tag"] ? TransportEvent : Extract<Event, { _tag: L }> }

/** A blank cell. */
const ____ = undefined

/**
 * The state transition table (PS3.8 Table 9-10), as printed.
 *
 * @category table
 * @since 0.1.0
 */
// oxfmt-ignore
export const table: { readonly [L in Label]: Row<Events[L]> } = {
  //                                Sta1  Sta2  Sta3  Sta4  Sta5  Sta6  Sta7  Sta8  Sta9  Sta10  Sta11 Sta12 Sta13
  "A-ASSOCIATE request":           [AE_1, ____, ____, ____, ____, ____, ____, ____, ____, ____,  ____, ____, ____],
  "Transport connect confirm":     [____, ____, ____, AE_2, ____, ____, ____, ____, ____, ____,  ____, ____, ____],
  "A-ASSOCIATE-AC":                [____, AA_1, AA_8, ____, AE_3, AA_8, AA_8, AA_8, AA_8, AA_8,  AA_8, AA_8, AA_6],
  "A-ASSOCIATE-RJ":                [____, AA_1, AA_8, ____, AE_4, AA_8, AA_8, AA_8, AA_8, AA_8,  AA_8, AA_8, AA_6],
  "Transport connect indication":  [AE_5, ____, ____, ____, ____, ____, ____, ____, ____, ____,  ____, ____, ____],
  "A-ASSOCIATE-RQ":                [____, AE_6, AA_8, ____, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8,  AA_8, AA_8, AA_7],
  "A-ASSOCIATE response (accept)": [____, ____, AE_7, ____, ____, ____, ____, ____, ____, ____,  ____, ____, ____],
  "A-ASSOCIATE response (reject)": [____, ____, AE_8, ____, ____, ____, ____, ____, ____, ____,  ____, ____, ____],
  "P-DATA request":                [____, ____, ____, ____, ____, DT_1, ____, AR_7, ____, ____,  ____, ____, ____],
  "P-DATA-TF":                     [____, AA_1, AA_8, ____, AA_8, DT_2, AR_6, AA_8, AA_8, AA_8,  AA_8, AA_8, AA_6],
  "A-RELEASE request":             [____, ____, ____, ____, ____, AR_1, ____, ____, ____, ____,  ____, ____, ____],
  "A-RELEASE-RQ":                  [____, AA_1, AA_8, ____, AA_8, AR_2, AR_8, AA_8, AA_8, AA_8,  AA_8, AA_8, AA_6],
  "A-RELEASE-RP":                  [____, AA_1, AA_8, ____, AA_8, AA_8, AR_3, AA_8, AA_8, AR_10, AR_3, AA_8, AA_6],
  "A-RELEASE response":            [____, ____, ____, ____, ____, ____, ____, AR_4, AR_9, ____,  ____, AR_4, ____],
  "A-ABORT request":               [____, ____, AA_1, AA_2, AA_1, AA_1, AA_1, AA_1, AA_1, AA_1,  AA_1, AA_1, ____],
  "A-ABORT":                       [____, AA_2, AA_3, ____, AA_3, AA_3, AA_3, AA_3, AA_3, AA_3,  AA_3, AA_3, AA_2],
  "Transport connection closed":   [____, AA_5, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4, AA_4,  AA_4, AA_4, AR_5],
  "ARTIM timer expired":           [____, AA_2, ____, ____, ____, ____, ____, ____, ____, ____,  ____, ____, AA_2],
  "Unrecognized or invalid PDU":   [____, AA_1, AA_8, ____, AA_8, AA_8, AA_8, AA_8, AA_8, AA_8,  AA_8, AA_8, AA_7]
}

/** Where each state stands in a row. */
const column = {
  Sta1: 0,
  Sta2: 1,
  Sta3: 2,
  Sta4: 3,
  Sta5: 4,
  Sta6: 5,
  Sta7: 6,
  Sta8: 7,
  Sta9: 8,
  Sta10: 9,
  Sta11: 10,
  Sta12: 11,
  Sta13: 12
} as const satisfies Record<State, number>

// -----------------------------------------------------------------------------
// the machine
// -----------------------------------------------------------------------------

/**
 * A primitive issued in a state whose cell is blank. The machine is as it was and nothing was sent: the fault is the
 * caller's own.
 *
 * @category errors
 * @since 0.1.0
 */
export class IllegalPrimitive extends Schema.TaggedError<IllegalPrimitive>()("IllegalPrimitive", {
  primitive: Schema.Literals(requestLabels),
  state: Schema.Literals(Object.keys(states) as ReadonlyArray<State>), // the keys of a constant are its type's
  permitted: Schema.Array(Schema.Literals(requestLabels))
}) {
  override get message(): string {
    const permitted = this.permitted.length === 0 ? "nothing" : this.permitted.join(", ")
    return `${this.primitive} is not permitted in ${this.state} (${states[this.state]}); permitted: ${permitted}`
  }
}

/**
 * A machine for the side that will ask for the association, in Sta1.
 *
 * @category constructors
 * @since 0.1.0
 */
export const requestor = (options?: { readonly leniency?: Leniency.Leniency }): Machine => ({
  state: "Sta1",
  role: "association-requestor",
  leniency: options?.leniency ?? Leniency.strict
})

/**
 * A machine for the side that will be asked, in Sta1.
 *
 * @category constructors
 * @since 0.1.0
 */
export const acceptor = (options?: { readonly leniency?: Leniency.Leniency }): Machine => ({
  ...requestor(options),
  role: "association-acceptor"
})

/**
 * The primitives that a user may issue now, in the table's order.
 *
 * @category operations
 * @since 0.1.0
 */
export const permitted = (machine: Machine): ReadonlyArray<RequestLabel> =>
  requestLabels.filter((label) => table[label][column[machine.state]] !== ____)

const isRequest = (event: Event): event is RequestPrimitive => requests.has(event._tag)
const requests: ReadonlySet<string> = new Set(requestLabels)

const cell = <L extends Label>(label: L, state: State): Cell<Events[L]> => table[label][column[state]]

/**
 * Applies Table 9-10 to an event. A blank cell is an {@link IllegalPrimitive} when the event is a user's primitive; any
 * other event (a timer that expired late, a PDU that arrived after the end) changes nothing and asks for nothing.
 *
 * **Example** (A release, seen from its requestor)
 *
 * ```ts
 * import { A_RELEASE, StateMachine } from "@effect-dicom/protocol"
 *
 * const established: StateMachine.Machine = { ...StateMachine.requestor(), state: "Sta6" }
 * const step = StateMachine.step(established, A_RELEASE.request)
 * // success: [{ state: "Sta7", ... }, [{ _tag: "Send", pdu: { _tag: "A-RELEASE-RQ" } }]]
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const step = (machine: Machine, event: Event): Result.Result<Transition, IllegalPrimitive> => {
  const action: Cell<Event> = cell<Label>(event._tag, machine.state)
  if (action !== ____) return Result.succeed(action.perform(machine, event))
  return isRequest(event)
    ? Result.fail(new IllegalPrimitive({ primitive: event._tag, state: machine.state, permitted: permitted(machine) }))
    : Result.succeed([machine, []])
}
