/**
 * The upper layer at work: performs the state machine's commands over a socket, keeps its deadlines, and feeds back what
 * happens. It holds no rule of its own; those are in `StateMachine`. The only file that imports the socket.
 *
 * Everything that a chunk of bytes brings about is done in one synchronous turn; Effect is entered once per chunk and
 * once per gathered write, never once per PDU.
 *
 * @since 0.1.0
 */
import * as A_ABORT from "@effect-dicom/protocol/A_ABORT"
import type * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import type * as A_RELEASE from "@effect-dicom/protocol/A_RELEASE"
import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import type * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import * as StateMachine from "@effect-dicom/protocol/StateMachine"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Socket from "effect/socket/Socket"
import * as SocketServer from "effect/socket/SocketServer"
import * as AssociationError from "./AssociationError.ts"
import { Deadlines } from "./internal/deadlines.ts"
import { endOf } from "./internal/ending.ts"
import { Settings } from "./Settings.ts"

/**
 * The transport an association runs on: any `Socket` of `effect/socket`, TCP, TLS, Unix or in memory.
 *
 * @category models
 * @since 0.1.0
 */
export type Transport = Socket.Socket

/**
 * The service under which the transport is provided.
 *
 * @category services
 * @since 0.1.0
 */
export const Transport: Context.Service<Socket.Socket, Socket.Socket> = Socket.Socket

/**
 * What listens for transport connections: any `SocketServer` of `effect/socket`.
 *
 * @category services
 * @since 0.1.0
 */
export const Listener: typeof SocketServer.SocketServer = SocketServer.SocketServer

/**
 * @category services
 * @since 0.1.0
 */
export type Listener = SocketServer.SocketServer

/**
 * Where a {@link Listener} listens.
 *
 * @category models
 * @since 0.1.0
 */
export type Address = SocketServer.SocketServer["Service"]["address"]

/**
 * Closes a transport connection that a peer has opened, without a word.
 *
 * @category operations
 * @since 0.1.0
 */
export const refuse = (transport: Transport): Effect.Effect<void> =>
  Effect.scoped(
    Effect.ignore(
      Effect.andThen(
        transport.reader,
        Effect.flatMap(transport.writer, (writer) => writer.write(new Socket.CloseEvent()))
      )
    )
  )

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
 * What takes the layer's indications. All of it is called in the turn in which the bytes arrived.
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
 * Is told every step of every association made under it. Absent by default.
 *
 * @category settings
 * @since 0.1.0
 */
export const Observer: Context.Reference<((step: Step) => void) | undefined> = Context.Reference<
  ((step: Step) => void) | undefined
>("@effect-dicom/association/Observer", { defaultValue: () => undefined })

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
export const request = Effect.fnUntraced(function* (
  primitive: A_ASSOCIATE.Request,
  receiver: Receiver
): Effect.fn.Return<UpperLayer, never, Transport | Scope.Scope> {
  const settings = yield* Settings
  const { begin, layer } = yield* make(StateMachine.requestor({ leniency: settings.leniency }), receiver)
  yield* begin(primitive)
  return layer
})

/**
 * Takes a transport connection that a peer has opened: action AE-5.
 *
 * @category constructors
 * @since 0.1.0
 */
export const accept = Effect.fnUntraced(function* (
  receiver: Receiver
): Effect.fn.Return<UpperLayer, never, Transport | Scope.Scope> {
  const settings = yield* Settings
  const { begin, layer } = yield* make(StateMachine.acceptor({ leniency: settings.leniency }), receiver)
  yield* begin({ _tag: "Transport connect indication" })
  return layer
})

type Deadline = Exclude<AssociationError.Deadline, "connect" | "TLS handshake" | "cancel">

const make = Effect.fnUntraced(function* (initial: StateMachine.Machine, receiver: Receiver) {
  const socket = yield* Transport
  const settings = yield* Settings
  const observer = yield* Observer
  const clock = yield* Clock.Clock
  const scope = yield* Effect.scope
  const fork = Effect.runForkWith(yield* Effect.context<never>())

  const limits = {
    ARTIM: Duration.toMillis(settings.artim),
    negotiation: Duration.toMillis(settings.negotiation),
    PDU: Duration.toMillis(settings.pdu),
    write: Duration.toMillis(settings.write),
    idle: Duration.toMillis(settings.idle)
  }
  const timedOut = (deadline: keyof typeof limits) =>
    new AssociationError.TimedOut({ deadline, milliseconds: limits[deadline] })
  const deadlines = new Deadlines<Deadline>(clock, fork, (deadline) => Effect.suspend(() => expire(deadline)))
  const arm = (deadline: keyof typeof limits): void => deadlines.set(deadline, deadlines.now() + limits[deadline])
  const disarm = (deadline: keyof typeof limits): void => deadlines.clear(deadline)
  yield* Scope.addFinalizer(
    scope,
    Effect.sync(() => deadlines.stop())
  )
  // How the associations that the user's own bounds break off end.
  const bounds: { operation?: () => End | undefined; release?: () => End | undefined } = {}
  let activeAt = 0
  let writes = 0

  let machine = initial
  let output: Array<Uint8Array> = []
  let closing = false
  let ended: End | undefined
  let collision = false
  const tolerated: Array<Leniency.Tolerated> = []
  const traffic = { pdusReceived: 0, pdusSent: 0, bytesReceived: 0, bytesSent: 0 }
  const parser = Pdu.parser({
    maximumLength: settings.maximumLength,
    negotiationMaximumLength: settings.negotiationMaximumLength,
    leniency: settings.leniency
  })

  // ---------------------------------------------------------------------------
  // the machine
  // ---------------------------------------------------------------------------

  const happen = (event: StateMachine.Event, as?: End): AssociationError.IllegalPrimitive | undefined => {
    const before = machine
    const stepped = StateMachine.step(before, event)
    if (Result.isFailure(stepped)) return stepped.failure
    const commands = stepped.success[1]
    machine = stepped.success[0]
    if (observer !== undefined) {
      observer({ role: machine.role, event, before: before.state, after: machine.state, commands })
    }
    let issue: Issue | undefined
    for (let i = 0; i < commands.length; i++) {
      const command = commands[i] as StateMachine.Command // i is within bounds
      if (command._tag === "Issue") issue = command
      else perform(command)
    }
    if (machine.state !== before.state) moved(event, before.state, commands, as)
    if (issue === undefined) return undefined
    if (issue.tolerated !== undefined) tolerated.push(...issue.tolerated)
    // Last, since whoever takes it may issue a primitive before it returns; no action issues more than one.
    const reaction = receiver.issue(issue)
    if (reaction !== undefined) happen(reaction)
    return undefined
  }

  const perform = (command: Exclude<StateMachine.Command, Issue>): void => {
    switch (command._tag) {
      case "Send": {
        traffic.pdusSent++
        const views = Pdu.views(command.pdu)
        for (let i = 0; i < views.length; i++) output.push(views[i] as Uint8Array) // i is within bounds
        return
      }
      case "StartArtim":
        return arm("ARTIM")
      case "StopArtim":
        return disarm("ARTIM")
      case "CloseTransport":
        closing = true
        return
      case "OpenTransport":
        return
    }
  }

  const moved = (
    event: StateMachine.Event,
    before: StateMachine.State,
    commands: ReadonlyArray<StateMachine.Command>,
    as?: End
  ): void => {
    // Silence is idleness while data may be transferred; a release has bounds of its own.
    if (before === "Sta6") disarm("idle")
    switch (machine.state) {
      case "Sta2":
      case "Sta4":
        return arm("negotiation")
      case "Sta6":
        disarm("negotiation")
        activeAt = deadlines.now()
        return arm("idle")
      case "Sta9":
      case "Sta10":
        collision = true
        return
      case "Sta1":
      case "Sta13":
        disarm("negotiation")
        deadlines.clear("operation")
        deadlines.clear("release")
        if (machine.state === "Sta1") {
          disarm("ARTIM")
          disarm("PDU")
        }
        if (ended === undefined && before !== "Sta1") {
          ended = as ?? endOf(event, before, commands, collision)
          receiver.end(ended)
        }
        return
    }
  }

  // ---------------------------------------------------------------------------
  // the transport
  // ---------------------------------------------------------------------------

  const connection = yield* Scope.fork(scope)
  const closed = Deferred.makeUnsafe<void>()
  const writer = yield* Scope.provide(socket.writer, connection)

  const gone = (as?: End): void => {
    if (machine.state !== "Sta1") happen({ _tag: "Transport connection closed" }, as)
  }

  // A write to a transport that was never opened, or is closed already, would wait for one that never comes.
  let open = false
  const close = Effect.suspend(() => {
    closing = true
    gone()
    if (!open) return Effect.asVoid(Scope.close(connection, Exit.void))
    open = false
    return Effect.andThen(Effect.ignore(writer.write(new Socket.CloseEvent())), Scope.close(connection, Exit.void))
  })
  yield* Scope.addFinalizer(connection, Deferred.succeed(closed, undefined))

  const lost = (cause: Exclude<End, { readonly _tag: "Released" }>): Effect.Effect<void> =>
    Effect.suspend(() => {
      gone(cause)
      return close
    })

  // Hands over what the machine has sent, and closes the transport when it has said so.
  const settle = (waits: boolean): Effect.Effect<void, AssociationError.Broken> => {
    if (output.length === 0) return closing ? close : Effect.void
    let length = 0
    for (let i = 0; i < output.length; i++) length += (output[i] as Uint8Array).length // i is within bounds
    traffic.bytesSent += length
    // The output has at least one view. Where it is short, one write of a copy costs less than a gathered one.
    const views =
      output.length > 1 && length <= joinedLength
        ? ([joined(output, length)] as const)
        : (output as unknown as readonly [Uint8Array, ...Array<Uint8Array>])
    output = []
    activeAt = deadlines.now()
    if (writes++ === 0) arm("write")
    const written = Effect.onExit(writer.writeAll(views), (exit) => {
      if (--writes === 0) disarm("write")
      else arm("write")
      return Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)
        ? lost(new AssociationError.TransportClosed({ cause: underlying(Cause.squash(exit.cause)) }))
        : closing
          ? close
          : Effect.void
    }).pipe(Effect.mapError((cause) => broken(cause)))
    if (waits) return written
    Fiber.runIn(fork(Effect.ignore(written)), scope)
    return Effect.void
  }

  const broken = (cause: Socket.SocketError): AssociationError.Broken =>
    ended !== undefined && isBroken(ended) ? ended : new AssociationError.TransportClosed({ cause: underlying(cause) })

  const received = (chunks: ReadonlyArray<Uint8Array | string>): Effect.Effect<void> => {
    activeAt = deadlines.now()
    for (const chunk of chunks) {
      if (typeof chunk === "string") continue
      traffic.bytesReceived += chunk.length
      const events = parser.push(chunk)
      traffic.pdusReceived += events.length
      for (let i = 0; i < events.length; i++) {
        happen(events[i] as Pdu.Pdu | InvalidPdu.InvalidPdu) // i is within bounds
        if (closing) break
      }
      if (parser.pending === 0 || machine.state === "Sta13") disarm("PDU")
      else if (events.length > 0 || !deadlines.isSet("PDU")) arm("PDU")
    }
    if (output.length === 0 && !closing) return turned
    return Effect.andThen(Effect.ignore(settle(true)), turned)
  }

  const turned = Effect.suspend(() => {
    receiver.turned()
    const hold = receiver.backpressure()
    return hold === undefined ? Effect.void : Effect.andThen(paused, Effect.andThen(hold, resumed))
  })

  // While our own handler holds up the reading, neither the PDU nor the silence is the peer's doing.
  const paused = Effect.sync(() => disarm("PDU"))
  const resumed = Effect.sync(() => {
    activeAt = deadlines.now()
    if (parser.pending > 0) arm("PDU")
  })

  const begin = (event: StateMachine.Event): Effect.Effect<void> =>
    Effect.suspend(() => {
      happen(event)
      const reader = Scope.provide(socket.reader, connection)
      return Effect.matchCauseEffect(
        // A connection that a peer has opened is there.
        machine.role === "association-acceptor"
          ? reader
          : Effect.timeoutOrElse(reader, {
              duration: settings.connect,
              orElse: () =>
                Effect.fail(
                  new AssociationError.TimedOut({
                    deadline: "connect",
                    milliseconds: Duration.toMillis(settings.connect)
                  })
                )
            }),
        {
          onFailure: (cause) => {
            const error = Cause.squash(cause)
            return lost(notOpened(underlying(error)))
          },
          onSuccess: ({ pull }) => {
            open = true
            if (machine.role === "association-requestor") happen({ _tag: "Transport connect confirm" })
            return Effect.andThen(
              Effect.ignore(settle(true)),
              Effect.forkIn(
                Effect.catchCause(Effect.forever(Effect.flatMap(pull, received), { disableYield: true }), (cause) =>
                  machine.state === "Sta1" ? close : lost(transportClosed(cause, machine.state))
                ),
                scope,
                { startImmediately: true }
              )
            )
          }
        }
      )
    })

  const expire = (deadline: Deadline): Effect.Effect<void> => {
    switch (deadline) {
      case "ARTIM":
        happen({ _tag: "ARTIM timer expired" }, timedOut("ARTIM"))
        break
      case "PDU": {
        const held = `a PDU of which ${parser.pending} bytes came was not complete within ${limits.PDU} ms`
        happen(InvalidPdu.make("reason-not-specified", held), timedOut("PDU"))
        break
      }
      case "negotiation":
        happen(A_ABORT.request, timedOut("negotiation"))
        break
      case "idle": {
        const at = (receiver.busy() ? deadlines.now() : activeAt) + limits.idle
        if (at > deadlines.now()) deadlines.set("idle", at)
        else happen(A_ABORT.request, timedOut("idle"))
        break
      }
      case "operation":
      case "release": {
        const end = bounds[deadline]?.()
        if (end !== undefined) happen(A_ABORT.request, end)
        break
      }
      case "write":
        return lost(timedOut("write"))
    }
    return Effect.ignore(settle(false))
  }

  const issueAll = (primitives: ReadonlyArray<StateMachine.RequestPrimitive>, as?: End) =>
    Effect.suspend((): Effect.Effect<void, AssociationError.IllegalPrimitive | AssociationError.Broken> => {
      const before = ended
      for (const primitive of primitives) {
        const refused = happen(primitive, as)
        if (refused !== undefined) return Effect.andThen(settle(true), Effect.fail(refused))
      }
      // What ends the association wakes those who wait for the end, and one of them may interrupt this fiber: the last
      // PDU is under way before that shows.
      return settle(ended === before)
    })

  const layer: UpperLayer = {
    role: initial.role,
    state: () => machine.state,
    permitted: () => StateMachine.permitted(machine),
    traffic,
    tolerated: () => [...parser.tolerated, ...tolerated],
    issue: (primitive: StateMachine.RequestPrimitive, as?: End) => issueAll([primitive], as),
    issueSoon: (primitive) =>
      Effect.suspend(() => {
        const refused = happen(primitive)
        return refused === undefined ? Effect.ignore(settle(false)) : Effect.fail(refused)
      }),
    issueAll: (primitives: ReadonlyArray<StateMachine.RequestPrimitive>) => issueAll(primitives),
    bound: (what, at = Infinity, end) => {
      if (end !== undefined) bounds[what] = end
      deadlines.set(what, at)
    },
    now: () => deadlines.now(),
    closed: Deferred.await(closed),
    close
  }
  receiver.attach(layer)
  return { layer, begin }
})

const joinedLength = 4096

const joined = (views: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const view of views) {
    bytes.set(view, at)
    at += view.length
  }
  return bytes
}

/** What went wrong on the wire, which the socket's own error only wraps. */
const underlying = (error: unknown): unknown =>
  Socket.isSocketError(error) && "cause" in error.reason && error.reason.cause !== undefined
    ? error.reason.cause
    : error

/** A transport of TLS says by what it fails, and by its own deadline. */
const notOpened = (cause: unknown) =>
  cause instanceof AssociationError.TimedOut || cause instanceof AssociationError.TlsFailed
    ? cause
    : new AssociationError.ConnectFailed({ cause })

const isBroken = (end: End): end is Exclude<AssociationError.Broken, AssociationError.AlreadyReleased> =>
  end._tag !== "Released" && end._tag !== "ConnectFailed" && end._tag !== "TlsFailed" && end._tag !== "Rejected"

const transportClosed = (
  cause: Cause.Cause<unknown>,
  state: StateMachine.State
): AssociationError.TransportClosed | AssociationError.TlsFailed => {
  const error = Cause.squash(cause)
  // With TLS 1.3 a server refuses the client's certificate after the client's handshake is complete.
  const reason = underlying(error)
  if (state === "Sta5" && reason instanceof AssociationError.TlsFailed) return reason
  const orderly = Socket.isSocketError(error) && error.reason._tag === "SocketCloseError"
  return orderly
    ? new AssociationError.TransportClosed({})
    : new AssociationError.TransportClosed({ cause: underlying(error) })
}
