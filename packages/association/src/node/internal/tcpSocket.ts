/**
 * A TCP connection of Node as a socket of `effect/socket`. Node would give each read memory of its own, which lives until
 * the collector comes by; here a connection reads into one buffer again and again, for a third of the processor time.
 * What is pulled is therefore lent: it is good until the next pull, or until the scope of the reader ends.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Scope from "effect/Scope"
import * as Socket from "effect/socket/Socket"
import { Buffer } from "node:buffer"
import type * as Net from "node:net"
import { FreeList } from "../../internal/freeList.ts"

/** Gives a socket that reads as it is told to. Whoever gives it has it {@link closedWith} the scope. */
export type Open = (onread: Net.OnReadOpts, scope: Scope.Scope) => Effect.Effect<Net.Socket, Socket.SocketError>

/** A socket that is opened when its reader is asked for. */
export const make = (open: Open): Socket.Socket => {
  const writer = new Writer()
  const reader = Effect.contextWith((context: Context.Context<Scope.Scope>) =>
    Effect.suspend(() => {
      const reader = new Reader()
      const scope = Context.get(context, Scope.Scope)
      return Effect.flatMap(open(reader.onread, scope), (socket) => {
        reader.begin(socket)
        writer.begin(socket)
        const ended = Effect.sync(() => {
          reader.end()
          writer.end()
        })
        return Effect.as(Scope.addFinalizer(scope, ended), reader)
      })
    })
  )
  const finished = Effect.sync(() => writer.finish())
  // `acquireRelease` would give the finalizer all of its context, which it has no use for; each connection would pay for that.
  const writing = Effect.contextWith((context: Context.Context<Scope.Scope>) =>
    Effect.as(Scope.addFinalizer(Context.get(context, Scope.Scope), finished), writer)
  )
  return Socket.make({ reader, writer: writing })
}

const failed = (reason: Socket.SocketErrorReason): Socket.SocketError => new Socket.SocketError({ reason })

/** One that cannot be opened. */
export const notOpened = (cause: unknown): Socket.SocketError =>
  failed(new Socket.SocketOpenError({ kind: "Unknown", cause }))

/** One that its peer has closed. An error takes its time to make, and each connection ends by one. */
export const closed: Socket.SocketError = failed(new Socket.SocketCloseError({ code: 1000 }))

const left = failed(new Socket.SocketCloseError({ code: 1006 }))

/** Closes one when the scope ends: what was written still goes out. */
export const closedWith = (scope: Scope.Scope, socket: Net.Socket): Effect.Effect<void> =>
  Scope.addFinalizer(
    scope,
    Effect.sync(() => {
      if (!socket.closed) socket.destroySoon()
    })
  )

// -----------------------------------------------------------------------------
// reading
// -----------------------------------------------------------------------------

/** What a connection reads at once, in bytes; no memory is taken by what of it is never filled. */
const bufferLength = 256 * 1024

/** How many buffers are kept for the next connections. */
export const mostFree = 16

/** The buffers of all connections. */
const buffers = new FreeList(() => Buffer.allocUnsafeSlow(bufferLength), mostFree)

type Chunks = readonly [Uint8Array, ...Array<Uint8Array>]

class Reader implements Socket.Reader {
  private readonly buffer = buffers.take()
  private socket: Net.Socket | undefined
  private waiter: ((exit: Exit.Exit<Chunks, Socket.SocketError>) => void) | undefined
  /** What was read while nobody pulled. Nothing more is read until it is pulled. */
  private arrived: Chunks | undefined
  private stopped = false
  private failure: Socket.SocketError | undefined
  /** Who still has to do with the buffer: Node, which fills it, and whoever pulled last, to whom it is lent. */
  private holders = 2

  readonly onread: Net.OnReadOpts = {
    buffer: this.buffer,
    callback: (length) => {
      const chunks: Chunks = [new Uint8Array(this.buffer.buffer, 0, length)]
      const { waiter } = this
      this.waiter = undefined
      if (waiter === undefined) this.arrived = chunks
      else waiter(Exit.succeed(chunks))
      // Whoever took it pulls again when it is done with it, most often before it returns.
      this.stopped = this.waiter === undefined
      return !this.stopped
    }
  }

  readonly pull = Effect.callback<Chunks, Socket.SocketError>((resume) => {
    const { arrived, failure } = this
    this.arrived = undefined
    if (arrived !== undefined) return resume(Exit.succeed(arrived))
    if (failure !== undefined) return resume(Exit.fail(failure))
    this.waiter = resume
    if (this.stopped) {
      this.stopped = false
      this.socket?.resume()
    }
    return Effect.sync(() => {
      if (this.waiter === resume) this.waiter = undefined
    })
  })

  readonly upgrade = (): Effect.Effect<never, Socket.SocketError> =>
    Effect.suspend(() => Effect.fail(failed(new Socket.SocketUpgradeError({ cause: new Error("not supported") }))))

  begin(socket: Net.Socket): void {
    this.socket = socket
    socket.on("end", () => this.fail(closed))
    socket.on("error", (cause) => this.fail(failed(new Socket.SocketReadError({ cause }))))
    socket.on("close", () => {
      this.fail(closed)
      this.giveBack()
    })
  }

  end(): void {
    this.arrived = undefined
    this.fail(left)
    this.giveBack()
  }

  private fail(failure: Socket.SocketError): void {
    if (this.failure !== undefined) return
    this.failure = failure
    const { waiter } = this
    this.waiter = undefined
    waiter?.(Exit.fail(failure))
  }

  private giveBack(): void {
    if (--this.holders === 0) buffers.give(this.buffer)
  }
}

// -----------------------------------------------------------------------------
// writing
// -----------------------------------------------------------------------------

class Writer implements Socket.Writer {
  private socket: Net.Socket | undefined
  private readonly open = Latch.makeUnsafe(false)

  readonly write = (chunk: Uint8Array | string | Socket.CloseEvent): Effect.Effect<void, Socket.SocketError> =>
    Socket.isCloseEvent(chunk)
      ? this.withSocket((socket) => {
          if (chunk.code > 1000) socket.resetAndDestroy()
          else socket.destroy()
          return Effect.void
        })
      : this.writeAll([chunk])

  readonly writeAll = (
    chunks: readonly [Uint8Array | string, ...Array<Uint8Array | string>]
  ): Effect.Effect<void, Socket.SocketError> =>
    this.withSocket((socket) => {
      if (socket.destroyed || socket.writableEnded) return Effect.fail(unwritten(socket.errored))
      if (chunks.length === 1) socket.write(chunks[0])
      else {
        socket.cork()
        for (const chunk of chunks) socket.write(chunk)
        socket.uncork()
      }
      return socket.writableNeedDrain ? drained(socket) : Effect.void
    })

  begin(socket: Net.Socket): void {
    this.socket = socket
    this.open.openUnsafe()
  }

  /** Nothing more is written; the peer may still write. */
  finish(): void {
    this.socket?.end()
  }

  end(): void {
    this.open.closeUnsafe()
    this.socket = undefined
  }

  private withSocket(
    use: (socket: Net.Socket) => Effect.Effect<void, Socket.SocketError>
  ): Effect.Effect<void, Socket.SocketError> {
    return Effect.suspend(() =>
      this.socket === undefined ? Effect.andThen(this.open.await, this.withSocket(use)) : use(this.socket)
    )
  }
}

const unwritten = (cause: unknown): Socket.SocketError =>
  failed(new Socket.SocketWriteError({ cause: cause ?? new Error("The socket is closed") }))

/** Waits until all that was written is with the kernel. */
const drained = (socket: Net.Socket): Effect.Effect<void, Socket.SocketError> =>
  Effect.callback<void, Socket.SocketError>((resume) => {
    const settle = (exit: Exit.Exit<void, Socket.SocketError>): void => {
      leave()
      resume(exit)
    }
    const onDrain = (): void => settle(Exit.void)
    const onClose = (): void => settle(Exit.fail(unwritten(socket.errored)))
    const leave = (): void => {
      socket.off("drain", onDrain)
      socket.off("close", onClose)
    }
    socket.on("drain", onDrain)
    socket.on("close", onClose)
    return Effect.sync(leave)
  })
