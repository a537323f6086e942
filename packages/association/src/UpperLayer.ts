/**
 * The upper layer at work: performs the state machine's commands over a transport, keeps its deadlines, and feeds back what
 * happens. It holds no rule of its own; those are in `StateMachine`.
 *
 * @since 0.1.0
 */
import type * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import type * as A_RELEASE from "@effect-dicom/protocol/A_RELEASE"
import type * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import type * as Leniency from "@effect-dicom/protocol/Leniency"
import type * as StateMachine from "@effect-dicom/protocol/StateMachine"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type * as AssociationError from "./AssociationError.ts"
import { connected, make, Transport } from "./internal/transport.ts"

export {
  /**
   * The transport an association runs on: any `Socket` of `effect/socket`, TCP, TLS, Unix or in memory; and the service
   * under which it is provided.
   *
   * @category services
   * @since 0.1.0
   */
  Transport,
  /**
   * What listens for transport connections: any `SocketServer` of `effect/socket`.
   *
   * @category services
   * @since 0.1.0
   */
  Listener,
  /**
   * Closes a transport connection that a peer has opened, without a word.
   *
   * @category operations
   * @since 0.1.0
   */
  refuse,
  /**
   * Is told every step of every association made under it. Absent by default.
   *
   * @category settings
   * @since 0.1.0
   */
  Observer
} from "./internal/transport.ts"

export type {
  /**
   * Where a {@link Listener} listens.
   *
   * @category models
   * @since 0.1.0
   */
  Address
} from "./internal/transport.ts"

export {
  /**
   * Deadlines and limits of an association, with their defaults.
   *
   * @category settings
   * @since 0.1.0
   */
  Settings,
  /**
   * Changes some of the settings for an effect.
   *
   * @category settings
   * @since 0.1.0
   */
  withSettings
} from "./Settings.ts"

// -----------------------------------------------------------------------------
// what the user of the layer gives and gets
// -----------------------------------------------------------------------------

/**
 * An indication or confirmation as the machine issued it.
 *
 * @category models
 * @since 0.1.0
 */
export type Issue = Extract<StateMachine.Command, { readonly _tag: "Issue" }>

/**
 * How an association ended, or that it never began.
 *
 * @category models
 * @since 0.1.0
 */
export type End =
  | { readonly _tag: "Released"; readonly by: "local" | "peer"; readonly collision: boolean }
  | AssociationError.ConnectFailed
  | AssociationError.TlsFailed
  | AssociationError.Rejected
  | Exclude<AssociationError.Broken, AssociationError.AlreadyReleased>

/**
 * What can be said in the turn of an indication: that its PDU is an invalid one, or the response to a release.
 *
 * @category models
 * @since 0.1.0
 */
export type Reaction = InvalidPdu.InvalidPdu | A_RELEASE.Response

/**
 * What takes the layer's indications. All of it is called in the turn in which the bytes arrived, and the fragments of a
 * P-DATA indication are good for that turn only: what is to be kept of them is copied.
 *
 * @category models
 * @since 0.1.0
 */
export interface Receiver {
  /** The layer itself, before anything else is called. */
  readonly attach: (layer: UpperLayer) => void
  /**
   * Every indication and confirmation, in order. Gives what makes a P-DATA indication unacceptable, if anything: the
   * P-DATA-TF then counts as an invalid PDU.
   */
  readonly issue: (issue: Issue) => Reaction | undefined
  /** Nothing more will be issued but, perhaps, what the same event issues. Called once. */
  readonly end: (end: End) => void
  /** The turn of a chunk is over: all that it brought has been issued, and what was answered to it has been written. */
  readonly turned: () => void
  /** What must be waited for before more is read from the transport; `undefined` when nothing. */
  readonly backpressure: () => Effect.Effect<void> | undefined
  /** Whether an operation is under way, so that silence is not idleness. */
  readonly busy: () => boolean
}

/**
 * One step of the machine, for whoever draws or records a conversation.
 *
 * @category models
 * @since 0.1.0
 */
export interface Step {
  readonly role: StateMachine.Role
  readonly event: StateMachine.Event
  readonly before: StateMachine.State
  readonly after: StateMachine.State
  readonly commands: ReadonlyArray<StateMachine.Command>
}

/**
 * What has passed over an association so far.
 *
 * @category models
 * @since 0.1.0
 */
export interface Traffic {
  readonly pdusReceived: number
  readonly pdusSent: number
  readonly bytesReceived: number
  readonly bytesSent: number
}

/**
 * A running upper layer.
 *
 * @category models
 * @since 0.1.0
 */
export interface UpperLayer {
  readonly role: StateMachine.Role
  readonly state: () => StateMachine.State
  readonly permitted: () => ReadonlyArray<StateMachine.RequestLabel>
  readonly traffic: Traffic
  /** What of the peer's PDUs was not as the standard has it, and was let pass, so far. */
  readonly tolerated: () => ReadonlyArray<Leniency.Tolerated>
  /**
   * Issues a request or response primitive. Succeeds when what it sends has been handed to the transport; one that ends
   * the association, an A-ABORT request above all, never waits for what is before it. `as` names the end that an abort
   * brings about where it is not the user's own wish.
   */
  readonly issue: (
    primitive: StateMachine.RequestPrimitive,
    as?: End
  ) => Effect.Effect<void, AssociationError.IllegalPrimitive | AssociationError.Broken>
  /** The same, but waits for nothing: what is before it may be held up for as long as the peer likes. */
  readonly issueSoon: (
    primitive: StateMachine.RequestPrimitive
  ) => Effect.Effect<void, AssociationError.IllegalPrimitive>
  /** Several P-DATA requests in one turn and one gathered write. */
  readonly issueAll: (
    primitives: ReadonlyArray<StateMachine.RequestPrimitive>
  ) => Effect.Effect<void, AssociationError.IllegalPrimitive | AssociationError.Broken>
  /**
   * Bounds what the user waits for: at that time, in milliseconds, the association is aborted and has that end, unless it
   * is none by then. Without a time the bound is taken back.
   */
  readonly bound: (what: "operation" | "release", at?: number, end?: () => End | undefined) => void
  /** Whether the transport has not taken all that was sent. */
  readonly writing: () => boolean
  /** The time, in milliseconds. */
  readonly now: () => number
  /** Waits until the transport connection is closed. */
  readonly closed: Effect.Effect<void>
  /** Closes the transport connection at once. */
  readonly close: Effect.Effect<void>
}

/**
 * Opens the transport connection and issues the A-ASSOCIATE request: actions AE-1 and AE-2.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (
  primitive: A_ASSOCIATE.Request,
  receiver: Receiver
): Effect.Effect<UpperLayer, never, Transport | Scope.Scope> => scoped("association-requestor", receiver, primitive)

/**
 * Takes a transport connection that a peer has opened: action AE-5.
 *
 * @category constructors
 * @since 0.1.0
 */
export const accept = (receiver: Receiver): Effect.Effect<UpperLayer, never, Transport | Scope.Scope> =>
  scoped("association-acceptor", receiver, connected)

const scoped = (role: StateMachine.Role, receiver: Receiver, begin: A_ASSOCIATE.Request | typeof connected) =>
  Effect.contextWith((context: Context.Context<Transport | Scope.Scope>) => {
    const layer = make(role, receiver, Context.get(context, Transport), context)
    return Effect.as(
      Effect.andThen(
        Scope.addFinalizer(Context.get(context, Scope.Scope), layer.dispose),
        Effect.suspend(() => layer.begin(begin))
      ),
      layer
    )
  })
