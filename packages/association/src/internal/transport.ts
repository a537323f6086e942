/**
 * The provider over a transport: opens the connection, reads it, writes what the machine has sent, and closes it. The only
 * file that imports the socket.
 *
 * Everything that a chunk of bytes brings about is done in one synchronous turn; Effect is entered once per chunk and
 * once per gathered write, never once per PDU.
 */
import type * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import * as StateMachine from "@effect-dicom/protocol/StateMachine"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Socket from "effect/socket/Socket"
import * as SocketServer from "effect/socket/SocketServer"
import * as AssociationError from "../AssociationError.ts"
import { Settings } from "../Settings.ts"
import type * as UpperLayer from "../UpperLayer.ts"
import { Timer } from "./deadlines.ts"
import { Provider } from "./provider.ts"
import type { Deadline } from "./provider.ts"

/** The transport an association runs on: any `Socket` of `effect/socket`, TCP, TLS, Unix or in memory. */
export type Transport = Socket.Socket

/** The service under which the transport is provided. */
export const Transport: Context.Service<Socket.Socket, Socket.Socket> = Socket.Socket

/** What listens for transport connections: any `SocketServer` of `effect/socket`. */
export const Listener: typeof SocketServer.SocketServer = SocketServer.SocketServer

export type Listener = SocketServer.SocketServer

/** Where a {@link Listener} listens. */
export type Address = SocketServer.SocketServer["Service"]["address"]

/** Closes a transport connection that a peer has opened, without a word. */
export const refuse = (transport: Transport): Effect.Effect<void> =>
  Effect.scoped(
    Effect.ignore(
      Effect.andThen(
        transport.reader,
        Effect.flatMap(transport.writer, (writer) => writer.write(new Socket.CloseEvent()))
      )
    )
  )

/** Is told every step of every association made under it. */
export const Observer: Context.Reference<((step: UpperLayer.Step) => void) | undefined> = Context.Reference<
  ((step: UpperLayer.Step) => void) | undefined
>("@effect-dicom/association/Observer", { defaultValue: () => undefined })

/** What an acceptor's layer begins with. */
export const connected = { _tag: "Transport connect indication" } as const

/**
 * A layer that has not begun, in no scope: whoever makes it disposes of it. Deadlines are slept for by the timer, where
 * there is one for many layers.
 */
export const make = (
  role: StateMachine.Role,
  receiver: UpperLayer.Receiver,
  transport: Transport,
  context: Context.Context<never>,
  timer?: Timer
): Connection => {
  const layer = new Connection(role, receiver, transport, context, timer)
  receiver.attach(layer)
  return layer
}

/** A timer for many layers, which lasts as long as the scope. */
export const timer: Effect.Effect<Timer, never, Scope.Scope> = Effect.contextWith(
  (context: Context.Context<Scope.Scope>) => {
    const made = timerOf(context)
    return Effect.as(
      Scope.addFinalizer(
        Context.get(context, Scope.Scope),
        Effect.sync(() => made.stop())
      ),
      made
    )
  }
)

const timerOf = (context: Context.Context<never>): Timer =>
  new Timer(Context.get(context, Clock.Clock), Effect.runForkWith(context))

/** What an observer throws is logged, and nothing to the association. */
const observerOf = (context: Context.Context<never>): ((step: UpperLayer.Step) => void) | undefined => {
  const observer = Context.get(context, Observer)
  if (observer === undefined) return undefined
  const fork = Effect.runForkWith(context)
  return (step) => {
    fork(
      Effect.catchCause(
        Effect.sync(() => observer(step)),
        (cause) => Effect.logError("An observer failed", cause)
      )
    )
  }
}

/** The provider over a transport connection. */
export class Connection extends Provider implements UpperLayer.UpperLayer {
  private readonly context: Context.Context<never>
  private readonly transport: Transport
  private readonly ownTimer: Timer | undefined
  /** The scope of the transport connection. */
  private readonly connection = Scope.makeUnsafe()
  private writer: Socket.Writer | undefined
  private reader: Fiber.Fiber<void> | undefined
  /** Whether the connection is to be closed by a word: one that was never opened, or is closed already, would wait for it. */
  private open = false
  /** Says that word. */
  private word: Fiber.Fiber<void> | undefined
  private read = false
  private shut = false
  private writes = 0
  /** Why nothing more can be written. */
  private failure: (() => UpperLayer.End) | undefined
  private readonly connecting = Deferred.makeUnsafe<void>()
  private readonly closings = Deferred.makeUnsafe<void>()

  constructor(
    role: StateMachine.Role,
    receiver: UpperLayer.Receiver,
    transport: Transport,
    context: Context.Context<never>,
    timer: Timer | undefined
  ) {
    const settings = Context.get(context, Settings)
    const own = timer === undefined ? timerOf(context) : undefined
    super(
      role === "association-requestor" ? StateMachine.requestor(settings) : StateMachine.acceptor(settings),
      receiver,
      settings,
      timer ?? own ?? timerOf(context),
      observerOf(context)
    )
    this.context = context
    this.transport = transport
    this.ownTimer = own
  }

  // ---------------------------------------------------------------------------
  // the transport connection
  // ---------------------------------------------------------------------------

  /** Issues the event, opens the connection and reads it until it closes. Waits until it is open, or cannot be opened. */
  begin(event: A_ASSOCIATE.Request | typeof connected): Effect.Effect<void> {
    // The first to pass, so that the sleep need not be moved.
    if (this.role === "association-requestor") this.arm("connect", this.limits.connect)
    this.happen(event)
    this.reader = this.fork(Effect.matchCauseEffect(Scope.provide(this.opening, this.connection), this.opened))
    return Deferred.await(this.connecting)
  }

  private get opening(): Effect.Effect<Socket.Reader, Socket.SocketError, Scope.Scope> {
    return Effect.flatMap(this.transport.writer, (writer) => {
      this.writer = writer
      return this.transport.reader
    })
  }

  private readonly opened = {
    onFailure: (cause: Cause.Cause<Socket.SocketError>): Effect.Effect<void> => {
      this.read = true
      if (Cause.hasInterruptsOnly(cause)) return Effect.void
      return this.lost(() => notOpened(underlying(Cause.squash(cause))))
    },
    onSuccess: ({ pull }: Socket.Reader): Effect.Effect<void> => {
      this.open = true
      this.deadlines.clear("connect")
      if (this.role === "association-requestor") this.happen({ _tag: "Transport connect confirm" })
      const chunk = Effect.flatMap(pull, this.received)
      const reading = Effect.catchCause(
        Effect.whileLoop({ while: () => !this.read, body: () => chunk, step: () => {} }),
        this.unreadable
      )
      const begun = (): Effect.Effect<void> => {
        Deferred.doneUnsafe(this.connecting, Effect.void)
        return reading
      }
      return this.output.length === 0 ? begun() : Effect.flatMap(this.answered, begun)
    }
  }

  private readonly received = (chunks: ReadonlyArray<Uint8Array | string>): Effect.Effect<void> => {
    this.active()
    for (let i = 0; i < chunks.length; i++) {
      const chunk = chunks[i]
      if (chunk !== undefined && typeof chunk !== "string") this.hear(chunk)
    }
    if (this.closing) this.read = true
    else if (this.output.length === 0) return this.turned()
    return Effect.flatMap(this.answered, this.turned)
  }

  private readonly turned = (): Effect.Effect<void> => {
    this.receiver.turned()
    const hold = this.receiver.backpressure()
    if (hold === undefined) return Effect.void
    this.paused()
    return Effect.andThen(
      hold,
      Effect.sync(() => this.resumed())
    )
  }

  private readonly unreadable = (cause: Cause.Cause<Socket.SocketError>): Effect.Effect<void> => {
    this.read = true
    if (this.machine.state === "Sta1") return this.close
    const { state } = this.machine
    return this.lost(this.failure ?? (() => transportClosed(cause, state)))
  }

  private lost(cause: () => UpperLayer.End): Effect.Effect<void> {
    this.gone(cause)
    return this.close
  }

  get closed(): Effect.Effect<void> {
    return this.shut ? Effect.void : Deferred.await(this.closings)
  }

  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closing = true
    this.gone()
    const { open, writer } = this
    this.open = false
    if (!open || writer === undefined) return this.shutDown
    // In a fiber of its own: where another closes the connection meanwhile, the word would wait for the next connection.
    const word = (this.word = this.fork(Effect.ignore(writer.write(new Socket.CloseEvent()))))
    if (this.shut) word.interruptUnsafe()
    return word.pollUnsafe() === undefined ? Effect.onExit(Fiber.await(word), () => this.shutDown) : this.shutDown
  })

  private readonly shutDown: Effect.Effect<void> = Effect.suspend(() => {
    if (this.connection.state._tag === "Closed") return Effect.void
    return Effect.onExit(Scope.close(this.connection, Exit.void), () => {
      this.shut = true
      this.word?.interruptUnsafe()
      Deferred.doneUnsafe(this.connecting, Effect.void)
      Deferred.doneUnsafe(this.closings, Effect.void)
      return Effect.void
    })
  })

  /** Ends all that this layer has going. */
  readonly dispose: Effect.Effect<void> = Effect.suspend(() => {
    this.deadlines.stop()
    this.ownTimer?.stop()
    const done = this.shut ? Effect.void : this.close
    // One that has read all is about to end.
    return this.reader === undefined || this.read ? done : Effect.andThen(Fiber.interrupt(this.reader), done)
  })

  private fork(effect: Effect.Effect<void>): Fiber.Fiber<void> {
    return Effect.runForkWith(this.context)(effect)
  }

  // ---------------------------------------------------------------------------
  // writing
  // ---------------------------------------------------------------------------

  /** Hands over what the machine has sent, and closes the transport when it has said so. */
  private settle(): Effect.Effect<void, Socket.SocketError> {
    const { output, writer } = this
    if (output.length === 0 || writer === undefined) return this.closing ? this.close : Effect.void
    let length = 0
    for (let i = 0; i < output.length; i++) length += (output[i] as Uint8Array).length // i is within bounds
    this.traffic.bytesSent += length
    // The output has at least one view. Where it or its views are short, a write of a copy costs less than a gathered one.
    const views =
      output.length > 1 && (length <= joinedLength || length < output.length * shortLength)
        ? ([joined(output, length)] as const)
        : (output as unknown as readonly [Uint8Array, ...Array<Uint8Array>])
    this.output = []
    this.active()
    if (this.writes++ === 0) this.deadlines.set("write", this.activeAt + this.limits.write)
    return Effect.onExit(writer.writeAll(views), this.written)
  }

  private readonly written = (exit: Exit.Exit<void, Socket.SocketError>): Effect.Effect<void> => {
    if (--this.writes === 0) this.deadlines.clear("write")
    else this.arm("write", this.limits.write)
    if (Exit.isSuccess(exit)) return this.closing ? this.close : Effect.void
    if (Cause.hasInterruptsOnly(exit.cause)) return Effect.void
    const failed = () => new AssociationError.TransportClosed({ cause: underlying(Cause.squash(exit.cause)) })
    if (this.ended !== undefined) return this.lost(failed)
    // The peer's last words may be there to be read, an A-ABORT above all: they are what there is to tell.
    if (this.failure === undefined) {
      this.failure = failed
      this.arm("linger", this.limits.linger)
    }
    return Effect.void
  }

  writing(): boolean {
    return this.writes > 0
  }

  /** For the reader, who reads on whatever becomes of what is written. */
  private readonly answered: Effect.Effect<void> = Effect.suspend(() =>
    // oxlint-disable-next-line no-unused-vars -- Effect calls a function of one parameter as it is, and wraps another
    Effect.catchCause(this.settle(), (_) => Effect.void)
  )

  /** For a user, who hears what became of the association where it cannot be written. */
  private settled(): Effect.Effect<void, AssociationError.Broken> {
    return Effect.catchCause(this.settle(), this.unwritten)
  }

  private readonly unwritten = (
    cause: Cause.Cause<Socket.SocketError>
  ): Effect.Effect<never, AssociationError.Broken> =>
    Effect.andThen(
      this.ended === undefined ? this.closed : Effect.void,
      Effect.suspend(() => Effect.fail(this.broken(Cause.squash(cause))))
    )

  /** Waits for nothing. */
  private settleSoon(): void {
    const fiber = this.fork(this.answered)
    if (fiber.pollUnsafe() === undefined) Fiber.runIn(fiber, this.connection)
  }

  private broken(error: unknown): AssociationError.Broken {
    const { ended } = this
    return ended !== undefined && isBroken(ended)
      ? ended
      : new AssociationError.TransportClosed({ cause: underlying(error) })
  }

  protected override expire(deadline: Deadline): void {
    switch (deadline) {
      case "connect":
        this.reader?.interruptUnsafe()
        this.fork(this.lost(this.timedOut("connect", this.limits.connect)))
        return
      case "write":
        this.fork(this.lost(this.timedOut("write", this.limits.write)))
        return
      case "linger":
        if (this.failure !== undefined) this.fork(this.lost(this.failure))
        return
      default:
        super.expire(deadline)
        this.settleSoon()
    }
  }

  // ---------------------------------------------------------------------------
  // what the user issues
  // ---------------------------------------------------------------------------

  issue(
    primitive: StateMachine.RequestPrimitive,
    as?: UpperLayer.End
  ): Effect.Effect<void, AssociationError.IllegalPrimitive | AssociationError.Broken> {
    return Effect.suspend(() => this.issueNow([primitive], as))
  }

  issueAll(
    primitives: ReadonlyArray<StateMachine.RequestPrimitive>
  ): Effect.Effect<void, AssociationError.IllegalPrimitive | AssociationError.Broken> {
    return Effect.suspend(() => this.issueNow(primitives))
  }

  issueSoon(primitive: StateMachine.RequestPrimitive): Effect.Effect<void, AssociationError.IllegalPrimitive> {
    return Effect.suspend(() => {
      const refused = this.happen(primitive)
      if (refused !== undefined) return Effect.fail(refused)
      this.settleSoon()
      return Effect.void
    })
  }

  private issueNow(
    primitives: ReadonlyArray<StateMachine.RequestPrimitive>,
    as?: UpperLayer.End
  ): Effect.Effect<void, AssociationError.IllegalPrimitive | AssociationError.Broken> {
    const before = this.ended
    for (let i = 0; i < primitives.length; i++) {
      const primitive = primitives[i] as StateMachine.RequestPrimitive // i is within bounds
      const refused = this.happen(primitive, as === undefined ? undefined : () => as)
      if (refused !== undefined) return Effect.andThen(this.settled(), Effect.fail(refused))
    }
    if (this.ended === before) return this.settled()
    // What ends the association wakes those who wait for the end, and one of them may interrupt this fiber: the last
    // PDU is under way before that shows.
    this.settleSoon()
    return Effect.void
  }
}

const joinedLength = 4096

/** Views that have fewer bytes than this on average are short: those of many messages together. */
const shortLength = 512

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

const isBroken = (end: UpperLayer.End): end is Exclude<AssociationError.Broken, AssociationError.AlreadyReleased> =>
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
