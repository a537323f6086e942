/**
 * Transport connections in memory: two ends joined by two ordered byte channels, and a server to connect to. They keep
 * the contract of `effect/socket` and behave as TCP does where an association can tell: bytes arrive in order, a full
 * channel holds its writer up, an end can be finished, half closed, or reset. No timer and no network is involved, so
 * that what happens depends on nothing but the program.
 *
 * Delays, losses and damage are not this module's business: see `Fault`.
 *
 * @since 0.1.0
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as NetAddress from "effect/net/NetAddress"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as Socket from "effect/socket/Socket"
import type * as SocketServer from "effect/socket/SocketServer"
import { bytesOf, closeError, openError, readError, writeError } from "./internal/socket.ts"

// -----------------------------------------------------------------------------
// options
// -----------------------------------------------------------------------------

/**
 * How connections in memory behave.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /**
   * How many unread bytes each direction holds before a write waits for the reader, 1 or more. Default: 262144.
   */
  readonly capacity?: number
  /**
   * Whether what is pulled is only lent until the next pull, as by `TcpTransport`: it is overwritten then, so that a test
   * sees who keeps it. Default: false.
   */
  readonly lends?: boolean
}

const defaultCapacity = 256 * 1024

// -----------------------------------------------------------------------------
// two ends
// -----------------------------------------------------------------------------

/**
 * Two sockets, each the other's peer.
 *
 * **Details**
 *
 * What is written at one end is pulled at the other as the very chunks that were written: nothing is copied unless it is
 * lent, so a chunk must not be changed after it was written. A write is handed over whole at once and succeeds when no more than
 * `capacity` unread bytes are left before its end; until then it waits. Interrupting it does not take the bytes back.
 *
 * - Closing the scope of a writer finishes its direction: the peer's pull fails with `SocketCloseError` 1000 after the
 *   last byte. The other direction stays open.
 * - Closing the scope of a reader closes the connection: what was written is still delivered, what was not read is
 *   lost, and a pull that waits fails with `SocketCloseError` 1006.
 * - `CloseEvent` 1000 closes the connection at once: bytes beyond the capacity are lost.
 * - `CloseEvent` with any other code resets it: undelivered bytes are lost and both ends' pulls fail with a
 *   `SocketReadError`.
 *
 * A write to a peer that has closed fails with a `SocketWriteError`. Each end connects once; acquiring its reader again
 * is a `SocketOpenError`.
 *
 * **Example** (A word from one end to the other)
 *
 * ```ts
 * import { InMemory } from "@effect-dicom/association/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const [left, right] = yield* InMemory.ends({ capacity: 1024 })
 *   yield* left.reader
 *   const { writeAll } = yield* left.writer
 *   const { pull } = yield* right.reader
 *   yield* writeAll([Uint8Array.of(1, 2, 3)])
 *   return yield* pull // [Uint8Array.of(1, 2, 3)]
 * }).pipe(Effect.scoped)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const ends = (options?: Options): Effect.Effect<readonly [Socket.Socket, Socket.Socket]> =>
  Effect.sync(() => {
    const [left, right] = join(options)
    return [socketOf(once(left), false), socketOf(once(right), false)]
  })

// -----------------------------------------------------------------------------
// a server
// -----------------------------------------------------------------------------

/**
 * A `SocketServer` of `effect/socket` that is connected to from the same program.
 *
 * @category models
 * @since 0.1.0
 */
export interface Server {
  readonly address: NetAddress.SocketAddress
  readonly run: SocketServer.SocketServer["Service"]["run"]
  /**
   * A socket that connects to this server each time its reader is acquired. A connection waits until the server runs;
   * once the server's scope is closed the acquisition fails with a `SocketOpenError`.
   */
  readonly connect: Effect.Effect<Socket.Socket>
}

/**
 * A server in memory; it is a value of the service `SocketServer`, to be provided as such.
 *
 * **Example** (An echo of bytes)
 *
 * ```ts
 * import { InMemory } from "@effect-dicom/association/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const server = yield* InMemory.server()
 *   yield* Effect.forkScoped(server.run((socket) =>
 *     Effect.scoped(Effect.gen(function*() {
 *       const { pull } = yield* socket.reader
 *       const { writeAll } = yield* socket.writer
 *       yield* writeAll(yield* pull)
 *     }))
 *   ))
 *   const socket = yield* server.connect
 *   const { pull } = yield* socket.reader
 *   const { write } = yield* socket.writer
 *   yield* write("ping")
 *   return yield* pull
 * }).pipe(Effect.scoped)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const server = Effect.fnUntraced(function* (
  options?: Options & {
    /** The path of the address that the server gives as its own. Default: "in-memory". */
    readonly path?: string
  }
): Effect.fn.Return<Server, never, Scope.Scope> {
  const waiting = yield* Queue.unbounded<Socket.Socket>()
  let listening = true
  yield* Effect.addFinalizer(() => {
    listening = false
    return Effect.andThen(
      Effect.flatMap(
        Queue.clear(waiting),
        Effect.forEach((socket) => Effect.scoped(socket.reader))
      ),
      Queue.shutdown(waiting)
    ).pipe(Effect.ignore)
  })
  const dial = Effect.suspend(() => {
    if (!listening) return Effect.fail(openError("connection refused: the server in memory is closed"))
    const [ours, theirs] = join(options)
    return Effect.as(Queue.offer(waiting, socketOf(once(theirs), false)), ours)
  })
  return {
    address: NetAddress.unixPathAddress(options?.path ?? "in-memory"),
    run: (handler) =>
      Effect.acquireUseRelease(
        Scope.make(),
        (connections) =>
          Queue.take(waiting).pipe(
            Effect.flatMap((socket) =>
              handler(socket).pipe(
                Effect.ignoreCause({ log: "Error", message: "Unhandled error in a handler of the server in memory" }),
                Effect.forkIn(connections)
              )
            ),
            Effect.forever
          ),
        Scope.close
      ),
    connect: Effect.sync(() => socketOf(dial, true))
  }
})

// -----------------------------------------------------------------------------
// one direction
// -----------------------------------------------------------------------------

type Chunks = NonEmptyReadonlyArray<Uint8Array>

class Direction {
  readonly capacity: number
  private chunks: Array<Uint8Array> = []
  private written = 0
  private taken = 0
  /** What the reader gets after the last chunk. */
  private end: Socket.SocketError | undefined
  /** What a writer gets from now on. */
  private refusal: Socket.SocketError | undefined
  /** What the waiting writers get: their bytes will never be read. */
  private broken: Socket.SocketError | undefined
  private readonly readable = Latch.makeUnsafe(false)
  private readonly writable = Latch.makeUnsafe(false)

  private readonly lends: boolean
  private lent: ReadonlyArray<Uint8Array> = []

  constructor(capacity: number, lends: boolean) {
    this.capacity = capacity
    this.lends = lends
  }

  write(chunks: ReadonlyArray<Uint8Array>): Effect.Effect<void, Socket.SocketError> {
    return Effect.suspend(() => {
      if (this.refusal !== undefined) return Effect.fail(this.refusal)
      for (const chunk of chunks) {
        if (chunk.length === 0) continue
        this.chunks.push(chunk)
        this.written += chunk.length
      }
      return Effect.andThen(this.readable.open, this.drained(this.written))
    })
  }

  private drained(until: number): Effect.Effect<void, Socket.SocketError> {
    return Effect.suspend(() => {
      if (until <= this.taken + this.capacity) return Effect.void
      if (this.broken !== undefined) return Effect.fail(this.broken)
      this.writable.closeUnsafe()
      return Effect.andThen(this.writable.await, this.drained(until))
    })
  }

  readonly pull: Effect.Effect<Chunks, Socket.SocketError> = Effect.suspend(() => {
    for (const chunk of this.lent) chunk.fill(0xee)
    this.lent = []
    const batch = this.take()
    if (batch !== undefined) return Effect.as(this.writable.open, this.lends ? this.lend(batch) : batch)
    if (this.end !== undefined) return Effect.fail(this.end)
    this.readable.closeUnsafe()
    return Effect.andThen(this.readable.await, this.pull)
  })

  private lend([first, ...others]: Chunks): Chunks {
    const lent: Chunks = [new Uint8Array(first), ...others.map((chunk) => new Uint8Array(chunk))]
    this.lent = lent
    return lent
  }

  /** As many chunks as the capacity holds, one at least. */
  private take(): Chunks | undefined {
    const first = this.chunks[0]
    if (first === undefined) return undefined
    const batch: [Uint8Array, ...Array<Uint8Array>] = [first]
    let length = first.length
    let next = this.chunks[1]
    while (next !== undefined && length + next.length <= this.capacity) {
      batch.push(next)
      length += next.length
      next = this.chunks[batch.length]
    }
    this.chunks.splice(0, batch.length)
    this.taken += length
    return batch
  }

  /** Nothing more is written. */
  finish(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.end ??= closeError(1000)
      this.refusal ??= writeError("this end of the connection is closed")
      return Effect.asVoid(this.readable.open)
    })
  }

  /** Nothing more is written, and bytes beyond the capacity are lost. */
  truncate(): Effect.Effect<void> {
    return Effect.suspend(() => {
      let room = this.capacity
      const kept: Array<Uint8Array> = []
      for (const chunk of this.chunks) {
        if (room === 0) break
        const part = chunk.length <= room ? chunk : chunk.subarray(0, room)
        kept.push(part)
        room -= part.length
      }
      this.chunks = kept
      this.broken ??= writeError("this end of the connection is closed")
      return Effect.andThen(this.finish(), this.writable.open)
    })
  }

  /** Nothing more is written or read: `reader` is what a pull gives from now on, `writer` what a write does. */
  abandon(reader: Socket.SocketError, writer: Socket.SocketError): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.chunks = []
      this.end = reader
      this.refusal ??= writer
      this.broken ??= writer
      return Effect.asVoid(Effect.andThen(this.readable.open, this.writable.open))
    })
  }
}

// -----------------------------------------------------------------------------
// an end
// -----------------------------------------------------------------------------

interface End {
  readonly incoming: Direction
  readonly outgoing: Direction
}

const join = (options?: Options): readonly [End, End] => {
  const capacity = Math.max(1, options?.capacity ?? defaultCapacity)
  const lends = options?.lends ?? false
  const there = new Direction(capacity, lends)
  const back = new Direction(capacity, lends)
  return [
    { incoming: back, outgoing: there },
    { incoming: there, outgoing: back }
  ]
}

const peerClosed = "the peer has closed the connection"

const release = (end: End): Effect.Effect<void> =>
  Effect.andThen(end.outgoing.finish(), end.incoming.abandon(closeError(1006), writeError(peerClosed)))

const destroy = (end: End, event: Socket.CloseEvent): Effect.Effect<void> =>
  event.code <= 1000
    ? Effect.andThen(end.outgoing.truncate(), end.incoming.abandon(closeError(event.code), writeError(peerClosed)))
    : Effect.andThen(
        end.outgoing.abandon(readError("connection reset by peer"), writeError(`closed with code ${event.code}`)),
        end.incoming.abandon(readError(`closed with code ${event.code}`), writeError("connection reset by peer"))
      )

/** An end that connects the first time only. */
const once = (end: End): Effect.Effect<End, Socket.SocketError> => {
  let used = false
  return Effect.suspend(() => {
    if (used) return Effect.fail(openError("an end in memory connects only once"))
    used = true
    return Effect.succeed(end)
  })
}

const socketOf = (dial: Effect.Effect<End, Socket.SocketError>, redials: boolean): Socket.Socket => {
  let current: End | undefined
  const connected = Latch.makeUnsafe(false)
  const whenConnected = (f: (end: End) => Effect.Effect<void, Socket.SocketError>) => {
    const attempt: Effect.Effect<void, Socket.SocketError> = Effect.suspend(() =>
      current === undefined ? Effect.andThen(connected.await, attempt) : f(current)
    )
    return attempt
  }
  const writer: Socket.Writer = {
    write: (chunk) =>
      whenConnected((end) => (Socket.isCloseEvent(chunk) ? destroy(end, chunk) : end.outgoing.write([bytesOf(chunk)]))),
    writeAll: (chunks) => whenConnected((end) => end.outgoing.write(chunks.map(bytesOf)))
  }
  return Socket.make({
    reader: Effect.acquireRelease(dial, (end) => {
      if (redials) {
        current = undefined
        connected.closeUnsafe()
      }
      return release(end)
    }).pipe(
      Effect.tap((end) => {
        current = end
        return connected.open
      }),
      Effect.map((end) => ({ pull: end.incoming.pull, upgrade: Socket.SocketUpgradeError.unsupported }))
    ),
    writer: Effect.acquireRelease(Effect.succeed(writer), () =>
      Effect.suspend(() => (current === undefined ? Effect.void : current.outgoing.finish()))
    )
  })
}
