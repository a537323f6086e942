/**
 * A peer that does as a script says: it sends what it is told, legal or not, and fails when it gets something else than
 * it expects. It speaks over any socket and keeps no rule of the upper layer; what a real association does is what the
 * script is there to find out.
 *
 * **Example** (An acceptor that answers a second A-ASSOCIATE-RQ; the script is four lines)
 *
 * ```ts
 * import { ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
 * import { Effect } from "effect"
 * import type * as Socket from "effect/socket/Socket"
 *
 * const secondRequest = Effect.fnUntraced(function*(acceptor: Socket.Socket) {
 *   const peer = yield* ScriptedPeer.over(acceptor)
 *   yield* peer.send(ReadyMade.associateRQ())
 *   yield* peer.expect("A-ASSOCIATE-AC")
 *   yield* peer.send(ReadyMade.associateRQ())
 *   yield* peer.expect("A-ABORT", { source: "service-provider", reason: "unexpected-PDU" })
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as NetAddress from "effect/net/NetAddress"
import * as Predicate from "effect/Predicate"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Socket from "effect/socket/Socket"
import * as SocketServer from "effect/socket/SocketServer"
import * as InMemory from "./InMemory.ts"

// -----------------------------------------------------------------------------
// errors
// -----------------------------------------------------------------------------

/**
 * A line of a script that did not come true. Its message shows what came instead and the conversation so far.
 *
 * @category errors
 * @since 0.1.0
 */
export class ScriptFailed extends Schema.TaggedError<ScriptFailed>()("ScriptFailed", {
  /** What the line said. */
  expected: Schema.String,
  /** What came instead. */
  instead: Schema.String,
  /** All that was said on the connection, a line each: `->` sent by the script, `<-` received by it. */
  conversation: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const before = this.conversation.length === 0 ? "nothing was said before" : "the conversation so far:"
    return [
      `expected ${this.expected}; ${this.instead}; ${before}`,
      ...this.conversation.map((line) => `  ${line}`)
    ].join("\n")
  }
}

// -----------------------------------------------------------------------------
// the peer
// -----------------------------------------------------------------------------

/**
 * What may be sent: a PDU, or bytes as they are.
 *
 * @category models
 * @since 0.1.0
 */
export type Sendable = Pdu.Pdu | Uint8Array

/**
 * The PDU of a tag.
 *
 * @category models
 * @since 0.1.0
 */
export type PduOf<Tag extends Pdu.Pdu["_tag"]> = Extract<Pdu.Pdu, { readonly _tag: Tag }>

/**
 * What a PDU is to be like: some of its fields, compared by value, or a predicate.
 *
 * @category models
 * @since 0.1.0
 */
export type Like<P> = Partial<Omit<P, "_tag">> | ((pdu: P) => boolean)

/**
 * How a connection ended: after the last byte, or broken off.
 *
 * @category models
 * @since 0.1.0
 */
export type Closing = "FIN" | "reset"

/**
 * What a script expects. Each line waits for as long as it takes; see {@link ScriptedPeer.within}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Expectations {
  /** Waits for the next PDU, which must be of this tag and like what is given, and gives it. */
  readonly expect: <Tag extends Pdu.Pdu["_tag"]>(
    tag: Tag,
    like?: Like<PduOf<Tag>>
  ) => Effect.Effect<PduOf<Tag>, ScriptFailed>
  /** Waits for the next PDU, for which the predicate must hold, and gives it. The phrase is for the message. */
  readonly expectThat: (phrase: string, predicate: (pdu: Pdu.Pdu) => boolean) => Effect.Effect<Pdu.Pdu, ScriptFailed>
  /** Waits for the end of the connection; no PDU may come before it. */
  readonly expectClosed: (how?: Closing) => Effect.Effect<Closing, ScriptFailed>
}

/**
 * A peer at one end of a connection. It reads all the time, unless stalled, so that a script need not say so.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScriptedPeer extends Expectations {
  /** What is expected within a time: each line fails if nothing has come by then. */
  readonly within: (duration: Duration.Input) => Expectations
  /** Waits for a time, during which nothing may come, not even the end of the connection. */
  readonly expectSilence: (duration: Duration.Input) => Effect.Effect<void, ScriptFailed>
  /** Sends in one write what is given. Succeeds when the connection has taken it. */
  readonly send: (...what: NonEmptyReadonlyArray<Sendable>) => Effect.Effect<void, ScriptFailed>
  /** Sends the bytes one by one, this long apart. */
  readonly sendBytesSlowly: (what: Sendable, perByte: Duration.Input) => Effect.Effect<void, ScriptFailed>
  /** Does nothing for a time. */
  readonly wait: (duration: Duration.Input) => Effect.Effect<void>
  /** Reads no more, so that the other side's writes block once the connection holds all it can. */
  readonly stall: Effect.Effect<void>
  /** Reads again after a stall. */
  readonly resume: Effect.Effect<void>
  /** Sends FIN: nothing more will come from this peer, which still reads. */
  readonly close: Effect.Effect<void>
  /** Breaks the connection off. In memory it is a reset; on TCP the system decides. */
  readonly destroy: Effect.Effect<void>
  /** What was said so far, a line each: `->` sent, `<-` received. */
  readonly conversation: Effect.Effect<ReadonlyArray<string>>
}

interface Closed {
  readonly _tag: "closed"
  readonly how: Closing
  readonly detail: string
}

interface Nothing {
  readonly _tag: "nothing"
  readonly within: Duration.Input
}

type Received = Pdu.Pdu | InvalidPdu.InvalidPdu | Closed

type Came = Received | Nothing

/**
 * A peer over a socket: connects where the socket is a client's, and answers where it is one that a server has
 * accepted.
 *
 * @category constructors
 * @since 0.1.0
 */
export const over = Effect.fnUntraced(function* (
  socket: Socket.Socket
): Effect.fn.Return<ScriptedPeer, Socket.SocketError, Scope.Scope> {
  const scope = yield* Effect.scope
  const pull = yield* Socket.readerBytes(socket)
  const writing = yield* Scope.fork(scope)
  const writer = yield* Scope.provide(socket.writer, writing)

  const log: Array<string> = []
  const parser = Pdu.parser({ maximumLength: 0, negotiationMaximumLength: 0xffffffff, leniency: anything })
  const received = yield* Queue.unbounded<Received>()
  let end: Received | undefined

  const note = (line: string) => Effect.sync(() => log.push(line))

  // ---------------------------------------------------------------------------
  // what comes
  // ---------------------------------------------------------------------------

  const arrive = (chunks: ReadonlyArray<Uint8Array>): void => {
    for (const chunk of chunks) {
      // What a transport gives may be lent, and what is received is kept.
      for (const item of parser.push(new Uint8Array(chunk))) {
        log.push(`<- ${show(item)}`)
        Queue.offerUnsafe(received, item)
      }
    }
  }

  const finish = (error: Socket.SocketError): void => {
    const detail = error.reason._tag === "SocketReadError" ? `: ${messageOf(error.reason.cause)}` : ""
    end = { _tag: "closed", how: howClosed(error), detail }
    if (parser.pending > 0) log.push(`<- ${parser.pending} bytes of an unfinished PDU`)
    log.push(`<- ${show(end)}`)
    Queue.offerUnsafe(received, end)
  }

  const read = Effect.forever(Effect.map(pull, arrive)).pipe(
    Effect.catch((error) => Effect.sync(() => finish(error))),
    Effect.forkIn(scope)
  )
  let reading: Fiber.Fiber<void> | undefined = yield* read

  // The end stays the next thing that comes, however often it is asked for.
  const next = Effect.suspend(() =>
    end !== undefined && Queue.sizeUnsafe(received) === 0 ? Effect.succeed(end) : Queue.take(received)
  )

  const fail = (expected: string, instead: string) =>
    Effect.fail(new ScriptFailed({ expected, instead, conversation: [...log] }))

  // ---------------------------------------------------------------------------
  // what is sent
  // ---------------------------------------------------------------------------

  const write = (line: string, views: NonEmptyReadonlyArray<Uint8Array>) =>
    Effect.catch(writer.writeAll(views), (error) => fail(`to send ${line}`, `the write failed: ${reasonOf(error)}`))

  const expectations = (next: Effect.Effect<Came>): Expectations => ({
    expect: (tag, like) => {
      const phrase = like === undefined || typeof like === "function" ? tag : `${tag} with ${showFields(like)}`
      return Effect.flatMap(next, (item) => {
        if (!isOf(item, tag)) return fail(phrase, cameInstead(item))
        if (like === undefined) return Effect.succeed(item)
        if (typeof like === "function") {
          return like(item) ? Effect.succeed(item) : fail(`${tag} that satisfies the predicate`, cameInstead(item))
        }
        return hasFields(item, like) ? Effect.succeed(item) : fail(phrase, cameInstead(item))
      })
    },
    expectThat: (phrase, predicate) =>
      Effect.flatMap(next, (item) =>
        isPdu(item) && predicate(item) ? Effect.succeed(item) : fail(phrase, cameInstead(item))
      ),
    expectClosed: (how) =>
      Effect.flatMap(next, (item) =>
        item._tag === "closed" && (how === undefined || how === item.how)
          ? Effect.succeed(item.how)
          : fail(`the end of the connection${how === undefined ? "" : ` by ${how}`}`, cameInstead(item))
      )
  })

  return {
    ...expectations(next),
    within: (duration) =>
      expectations(
        Effect.timeoutOrElse(next, {
          duration,
          orElse: () => Effect.succeed<Came>({ _tag: "nothing", within: duration })
        })
      ),
    expectSilence: (duration) =>
      Effect.andThen(
        Effect.sleep(duration),
        Effect.suspend(() =>
          Queue.sizeUnsafe(received) === 0 && end === undefined
            ? Effect.void
            : Effect.flatMap(next, (item) => fail(`silence for ${showDuration(duration)}`, cameInstead(item)))
        )
      ),
    send: (...what) =>
      Effect.suspend(() => {
        const lines = what.map(showSent)
        for (const line of lines) log.push(`-> ${line}`)
        // what has one element or more, and a PDU one view or more
        return write(lines.join(", "), what.flatMap(viewsOf) as unknown as NonEmptyReadonlyArray<Uint8Array>)
      }),
    sendBytesSlowly: (what, perByte) =>
      Effect.suspend(() => {
        const line = `${showSent(what)}, a byte each ${showDuration(perByte)}`
        log.push(`-> ${line}`)
        const bytes = Predicate.hasProperty(what, "_tag") ? Pdu.encode(what) : what
        return Effect.forEach(
          bytes,
          (_, i) => {
            const byte = write(line, [bytes.subarray(i, i + 1)])
            return i === 0 ? byte : Effect.andThen(Effect.sleep(perByte), byte)
          },
          { discard: true }
        )
      }),
    wait: (duration) => Effect.andThen(note(`-- waits ${showDuration(duration)}`), Effect.sleep(duration)),
    stall: Effect.suspend(() => {
      log.push("-- stalls")
      const fiber = reading
      reading = undefined
      return fiber === undefined ? Effect.void : Fiber.interrupt(fiber)
    }),
    resume: Effect.suspend(() => {
      log.push("-- reads again")
      return reading !== undefined
        ? Effect.void
        : Effect.map(read, (fiber) => {
            reading = fiber
          })
    }),
    close: Effect.andThen(note("-> FIN"), Scope.close(writing, Exit.void)),
    destroy: Effect.andThen(note("-> reset"), Effect.ignore(writer.write(new Socket.CloseEvent(1006)))),
    conversation: Effect.sync(() => [...log])
  }
})

/**
 * A peer in memory, and the socket that leads to it.
 *
 * **Example** (A requestor whose A-RELEASE-RQ is answered by an A-ABORT)
 *
 * ```ts
 * import { ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
 * import { Effect } from "effect"
 * import type * as Socket from "effect/socket/Socket"
 *
 * const abortInRelease = Effect.fnUntraced(function*<A, E>(requestor: (socket: Socket.Socket) => Effect.Effect<A, E>) {
 *   const [socket, peer] = yield* ScriptedPeer.inMemory()
 *   const script = Effect.gen(function*() {
 *     yield* peer.expect("A-ASSOCIATE-RQ")
 *     yield* peer.send(ReadyMade.associateAC())
 *     yield* peer.expect("A-RELEASE-RQ")
 *     yield* peer.send(ReadyMade.abort())
 *   })
 *   const [outcome] = yield* Effect.all([requestor(socket), script], { concurrency: 2 })
 *   return outcome
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const inMemory = Effect.fnUntraced(function* (
  options?: InMemory.Options
): Effect.fn.Return<readonly [Socket.Socket, ScriptedPeer], Socket.SocketError, Scope.Scope> {
  const [ours, theirs] = yield* InMemory.ends(options)
  return [theirs, yield* over(ours)]
})

/**
 * Where peers are had that a requestor connects to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listener {
  readonly address: NetAddress.SocketAddress
  /** Waits for the next connection and gives the peer at its end. */
  readonly accept: Effect.Effect<ScriptedPeer, Socket.SocketError | SocketServer.SocketServerError, Scope.Scope>
}

/**
 * Listens at a `SocketServer`, in memory or a real one, until the scope closes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const listen: Effect.Effect<Listener, never, SocketServer.SocketServer | Scope.Scope> = Effect.gen(function* () {
  const server = yield* SocketServer.SocketServer
  const connections = yield* Queue.unbounded<Socket.Socket, SocketServer.SocketServerError>()
  yield* server
    .run((socket) => Queue.offer(connections, socket))
    .pipe(
      Effect.catch((error) => Queue.fail(connections, error)),
      Effect.forkScoped
    )
  return { address: server.address, accept: Effect.flatMap(Queue.take(connections), over) }
})

// -----------------------------------------------------------------------------
// leniency
// -----------------------------------------------------------------------------

/** A script judges for itself. */
const anything: Leniency.Leniency = {
  ...Leniency.lenient,
  noPresentationContexts: "accept",
  emptyFragment: "accept",
  oddFragment: "accept",
  overlongPData: "accept",
  minimumMaximumLength: 0,
  overlongPDataCap: 0xffffffff
}

// -----------------------------------------------------------------------------
// comparing
// -----------------------------------------------------------------------------

const isPdu = (item: Came): item is Pdu.Pdu =>
  item._tag !== "closed" && item._tag !== "nothing" && item._tag !== "Unrecognized or invalid PDU"

const isOf = <Tag extends Pdu.Pdu["_tag"]>(item: Came, tag: Tag): item is PduOf<Tag> => item._tag === tag

const hasFields = (pdu: object, fields: object): boolean =>
  Object.entries(fields).every(([key, value]) => Predicate.hasProperty(pdu, key) && Equal.equals(pdu[key], value))

const howClosed = (error: Socket.SocketError): Closing =>
  error.reason._tag === "SocketCloseError" && error.reason.code === 1000 ? "FIN" : "reset"

// -----------------------------------------------------------------------------
// showing
// -----------------------------------------------------------------------------

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const reasonOf = (error: Socket.SocketError): string =>
  Predicate.hasProperty(error.reason, "cause") ? messageOf(error.reason.cause) : error.reason.message

const showDuration = (duration: Duration.Input): string => Duration.format(Duration.fromInputUnsafe(duration))

const viewsOf = (what: Sendable): ReadonlyArray<Uint8Array> => (what instanceof Uint8Array ? [what] : Pdu.views(what))

const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ")

const showSent = (what: Sendable): string => {
  if (!(what instanceof Uint8Array)) return show(what)
  const few = what.length <= 12
  return `${what.length} bytes: ${hexadecimal(few ? what : what.subarray(0, 12))}${few ? "" : " ..."}`
}

const showValue = (value: unknown): string =>
  typeof value === "string" ? value : value instanceof Uint8Array ? hexadecimal(value) : JSON.stringify(value)

const showFields = (fields: object): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key} ${showValue(value)}`)
    .join(", ")

const cameInstead = (item: Came): string => {
  if (item._tag === "nothing") return `nothing came within ${showDuration(item.within)}`
  return item._tag === "closed" ? show(item) : `came ${show(item)}`
}

const lengthOf = (fragment: ReadonlyArray<Uint8Array>): number => fragment.reduce((sum, view) => sum + view.length, 0)

const show = (item: Received): string => {
  switch (item._tag) {
    case "closed":
      return item.how === "FIN" ? "the connection ended (FIN)" : `the connection was broken off${item.detail}`
    case "Unrecognized or invalid PDU":
      return `${item._tag} (${item.detail})`
    case "A-ASSOCIATE-RQ":
      return `${item._tag} (${item.callingAETitle.trim()} calls ${item.calledAETitle.trim()}, ${contexts(item.items)})`
    case "A-ASSOCIATE-AC":
      return `${item._tag} (${contexts(item.items)})`
    case "A-ASSOCIATE-RJ":
      return `${item._tag} (${[item.result, item.source, item.diagnostic].map(showValue).join(", ")})`
    case "A-ABORT":
      return `${item._tag} (${[item.source, item.reason].map(showValue).join(", ")})`
    case "P-DATA-TF": {
      const values = item.presentationDataValues.map(
        (pdv) => `context ${pdv.contextId} ${pdv.last ? "last " : ""}${pdv.type} of ${lengthOf(pdv.fragment)} bytes`
      )
      return `${item._tag} (${values.join("; ")})`
    }
    case "A-RELEASE-RQ":
    case "A-RELEASE-RP":
      return item._tag
  }
}

const contexts = (items: ReadonlyArray<{ readonly _tag: string; readonly id?: number; readonly result?: unknown }>) => {
  const ids = items
    .filter((item) => item.id !== undefined)
    .map((item) =>
      item.result === undefined || item.result === "acceptance"
        ? String(item.id)
        : `${item.id} refused: ${showValue(item.result)}`
    )
  return ids.length === 0 ? "no contexts" : `contexts ${ids.join(", ")}`
}
