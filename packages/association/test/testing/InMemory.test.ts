import { assert, describe, it } from "@effect/vitest"
import { InMemory } from "@effect-dicom/association/testing"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Socket from "effect/socket/Socket"
import * as SocketServer from "effect/socket/SocketServer"

/** Lets every fiber that can run do so. */
const settle = Effect.gen(function* () {
  for (let i = 0; i < 20; i++) yield* Effect.yieldNow
})

const open = Effect.fnUntraced(function* (socket: Socket.Socket) {
  const reading = yield* Scope.fork(yield* Effect.scope)
  const writing = yield* Scope.fork(yield* Effect.scope)
  const { pull } = yield* Scope.provide(socket.reader, reading)
  const { write, writeAll } = yield* Scope.provide(socket.writer, writing)
  return {
    pull,
    write,
    writeAll,
    closeReader: Scope.close(reading, Exit.void),
    closeWriter: Scope.close(writing, Exit.void)
  }
})

const opened = Effect.fnUntraced(function* (options?: InMemory.Options) {
  const [left, right] = yield* InMemory.ends(options)
  return [yield* open(left), yield* open(right)] as const
})

const reason = <R>(effect: Effect.Effect<unknown, Socket.SocketError, R>) =>
  Effect.map(Effect.flip(effect), (error) => {
    const { reason } = error
    switch (reason._tag) {
      case "SocketCloseError":
        return `closed ${reason.code}`
      case "SocketReadError":
      case "SocketWriteError":
      case "SocketOpenError":
        return `${reason._tag}: ${reason.cause instanceof Error ? reason.cause.message : String(reason.cause)}`
      case "SocketUpgradeError":
        return reason.message
    }
  })

const bytes = (length: number, value = 0) => new Uint8Array(length).fill(value)

describe("ends", () => {
  it.effect("carry bytes in order both ways", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened()
      yield* left.writeAll([Uint8Array.of(1, 2), Uint8Array.of(3)])
      yield* left.write(Uint8Array.of(4))
      yield* right.write("A")
      assert.deepStrictEqual(yield* right.pull, [Uint8Array.of(1, 2), Uint8Array.of(3), Uint8Array.of(4)])
      assert.deepStrictEqual(yield* left.pull, [Uint8Array.of(65)])
    })
  )

  it.effect("deliver the very chunks that were written", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened()
      const whole = bytes(64)
      const chunks = [whole.subarray(0, 10), whole.subarray(10)] as const
      yield* left.writeAll(chunks)
      const got = yield* right.pull
      assert.strictEqual(got[0], chunks[0])
      assert.strictEqual(got[1], chunks[1])
    })
  )

  it.effect("skip chunks of no bytes", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened()
      yield* left.writeAll([bytes(0), Uint8Array.of(7), bytes(0)])
      assert.deepStrictEqual(yield* right.pull, [Uint8Array.of(7)])
    })
  )

  it.effect("wake a pull that waits", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened()
      const pulling = yield* Effect.forkChild(right.pull)
      yield* settle
      assert.isUndefined(pulling.pollUnsafe())
      yield* left.write(Uint8Array.of(9))
      assert.deepStrictEqual(yield* Fiber.join(pulling), [Uint8Array.of(9)])
    })
  )

  it.effect("lose nothing when a pull is interrupted", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened()
      const pulling = yield* Effect.forkChild(right.pull)
      yield* settle
      yield* left.write(Uint8Array.of(9))
      yield* Fiber.interrupt(pulling)
      const taken = pulling.pollUnsafe()
      if (taken !== undefined && Exit.isSuccess(taken)) return assert.deepStrictEqual(taken.value, [Uint8Array.of(9)])
      assert.deepStrictEqual(yield* right.pull, [Uint8Array.of(9)])
    })
  )

  it.effect("keep a write waiting while more than the capacity is unread", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened({ capacity: 100 })
      yield* left.write(bytes(100))
      const writing = yield* Effect.forkChild(left.writeAll([bytes(1)]))
      yield* settle
      assert.isUndefined(writing.pollUnsafe())
      assert.deepStrictEqual(
        (yield* right.pull).map((chunk) => chunk.length),
        [100]
      )
      yield* Fiber.join(writing)
      assert.deepStrictEqual(
        (yield* right.pull).map((chunk) => chunk.length),
        [1]
      )
    })
  )

  it.effect("let a chunk beyond the capacity through, and its writer when it was taken", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened({ capacity: 10 })
      const writing = yield* Effect.forkChild(left.writeAll([bytes(25), bytes(4), bytes(8)]))
      yield* settle
      assert.isUndefined(writing.pollUnsafe())
      assert.deepStrictEqual(
        (yield* right.pull).map((chunk) => chunk.length),
        [25]
      )
      yield* settle
      assert.isUndefined(writing.pollUnsafe())
      assert.deepStrictEqual(
        (yield* right.pull).map((chunk) => chunk.length),
        [4]
      )
      yield* Fiber.join(writing)
      assert.deepStrictEqual(
        (yield* right.pull).map((chunk) => chunk.length),
        [8]
      )
    })
  )

  it.effect("hold 256 KiB each way by default", () =>
    Effect.gen(function* () {
      const [left] = yield* opened()
      yield* left.write(bytes(256 * 1024))
      const writing = yield* Effect.forkChild(left.write(bytes(1)))
      yield* settle
      assert.isUndefined(writing.pollUnsafe())
    })
  )

  it.effect("keep the bytes of an interrupted write", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened({ capacity: 4 })
      const writing = yield* Effect.forkChild(left.writeAll([bytes(4, 1), bytes(4, 2)]))
      yield* settle
      yield* Fiber.interrupt(writing)
      assert.deepStrictEqual(yield* right.pull, [bytes(4, 1)])
      assert.deepStrictEqual(yield* right.pull, [bytes(4, 2)])
    })
  )

  it.effect("keep a write waiting until the reader is acquired", () =>
    Effect.gen(function* () {
      const [left, right] = yield* InMemory.ends()
      const there = yield* open(right)
      const { write } = yield* left.writer
      const writing = yield* Effect.forkChild(write(Uint8Array.of(1)))
      yield* settle
      assert.isUndefined(writing.pollUnsafe())
      yield* left.reader
      yield* Fiber.join(writing)
      assert.deepStrictEqual(yield* there.pull, [Uint8Array.of(1)])
    })
  )

  it.effect("half close when a writer's scope closes, after the last byte", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened()
      yield* left.write(Uint8Array.of(1))
      yield* left.closeWriter
      assert.deepStrictEqual(yield* right.pull, [Uint8Array.of(1)])
      assert.strictEqual(yield* reason(right.pull), "closed 1000")
      assert.strictEqual(yield* reason(right.pull), "closed 1000")
      assert.strictEqual(
        yield* reason(left.write(Uint8Array.of(2))),
        "SocketWriteError: this end of the connection is closed"
      )
      yield* right.write(Uint8Array.of(3))
      assert.deepStrictEqual(yield* left.pull, [Uint8Array.of(3)])
    })
  )

  it.effect("deliver what waits for room before the end", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened({ capacity: 4 })
      const writing = yield* Effect.forkChild(left.writeAll([bytes(4, 1), bytes(4, 2)]))
      yield* settle
      yield* left.closeWriter
      assert.deepStrictEqual(yield* right.pull, [bytes(4, 1)])
      assert.deepStrictEqual(yield* right.pull, [bytes(4, 2)])
      assert.strictEqual(yield* reason(right.pull), "closed 1000")
      yield* Fiber.join(writing)
    })
  )

  it.effect("close when a reader's scope closes: the peer reads to the end and cannot write", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened()
      yield* left.write(Uint8Array.of(1))
      yield* right.write(Uint8Array.of(2))
      yield* left.closeReader
      assert.strictEqual(yield* reason(left.pull), "closed 1006")
      assert.deepStrictEqual(yield* right.pull, [Uint8Array.of(1)])
      assert.strictEqual(yield* reason(right.pull), "closed 1000")
      assert.strictEqual(
        yield* reason(right.write(Uint8Array.of(3))),
        "SocketWriteError: the peer has closed the connection"
      )
    })
  )

  it.effect("fail a pull that waits when its scope closes", () =>
    Effect.gen(function* () {
      const [left] = yield* opened()
      const pulling = yield* Effect.forkChild(reason(left.pull))
      yield* settle
      yield* left.closeReader
      assert.strictEqual(yield* Fiber.join(pulling), "closed 1006")
    })
  )

  it.effect("fail a write that waits when the peer closes", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened({ capacity: 1 })
      const writing = yield* Effect.forkChild(reason(left.write(bytes(2))))
      yield* settle
      yield* right.closeReader
      assert.strictEqual(yield* Fiber.join(writing), "SocketWriteError: the peer has closed the connection")
    })
  )

  it.effect("close at once on a close event, what the capacity holds still arriving", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened({ capacity: 6 })
      const writing = yield* Effect.forkChild(reason(left.writeAll([bytes(4, 1), bytes(4, 2)])))
      yield* settle
      yield* left.write(new Socket.CloseEvent())
      assert.strictEqual(yield* Fiber.join(writing), "SocketWriteError: this end of the connection is closed")
      assert.deepStrictEqual(yield* right.pull, [bytes(4, 1), bytes(2, 2)])
      assert.strictEqual(yield* reason(right.pull), "closed 1000")
      assert.strictEqual(yield* reason(left.pull), "closed 1000")
      assert.strictEqual(
        yield* reason(right.write(Uint8Array.of(1))),
        "SocketWriteError: the peer has closed the connection"
      )
    })
  )

  it.effect("reset on a close event with another code: undelivered bytes are lost", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened()
      yield* left.write(Uint8Array.of(1))
      yield* right.write(Uint8Array.of(2))
      yield* left.write(new Socket.CloseEvent(1006))
      assert.strictEqual(yield* reason(right.pull), "SocketReadError: connection reset by peer")
      assert.strictEqual(yield* reason(right.write(bytes(1))), "SocketWriteError: connection reset by peer")
      assert.strictEqual(yield* reason(left.pull), "SocketReadError: closed with code 1006")
      assert.strictEqual(yield* reason(left.write(bytes(1))), "SocketWriteError: closed with code 1006")
    })
  )

  it.effect("connect once", () =>
    Effect.gen(function* () {
      const [left] = yield* InMemory.ends()
      yield* Effect.scoped(left.reader)
      assert.strictEqual(yield* reason(left.reader), "SocketOpenError: an end in memory connects only once")
    })
  )

  it.effect("cannot be upgraded to TLS", () =>
    Effect.gen(function* () {
      const [left] = yield* InMemory.ends()
      const { upgrade } = yield* left.reader
      assert.strictEqual(yield* reason(upgrade()), "Socket does not support TLS upgrade")
    })
  )

  it.effect("move a mebibyte through a kibibyte, with the clock at rest", () =>
    Effect.gen(function* () {
      const [left, right] = yield* opened({ capacity: 1024 })
      const began = yield* Clock.currentTimeMillis
      const writing = yield* Effect.forkChild(
        Effect.andThen(
          Effect.forEach(Array.from({ length: 1024 }), (_, i) => left.write(bytes(1024, i))),
          left.closeWriter
        )
      )
      let seen = 0
      let inOrder = true
      const ended = yield* reason(
        Effect.forever(
          Effect.map(right.pull, (chunks) => {
            for (const chunk of chunks) {
              inOrder = inOrder && chunk[0] === Math.floor(seen / 1024) % 256
              seen += chunk.length
            }
          })
        )
      )
      yield* Fiber.join(writing)
      assert.strictEqual(seen, 1024 * 1024)
      assert.isTrue(inOrder)
      assert.strictEqual(ended, "closed 1000")
      assert.strictEqual(yield* Clock.currentTimeMillis, began)
    })
  )
})

describe("server", () => {
  const echo = (socket: Socket.Socket) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { pull } = yield* socket.reader
        const { writeAll } = yield* socket.writer
        return yield* Effect.forever(Effect.flatMap(pull, writeAll))
      })
    )

  it.effect("hands each connection to its handler", () =>
    Effect.gen(function* () {
      const server = yield* InMemory.server()
      yield* Effect.forkScoped(server.run(echo))
      const first = yield* open(yield* server.connect)
      const second = yield* open(yield* server.connect)
      yield* second.write(Uint8Array.of(2))
      yield* first.write(Uint8Array.of(1))
      assert.deepStrictEqual(yield* first.pull, [Uint8Array.of(1)])
      assert.deepStrictEqual(yield* second.pull, [Uint8Array.of(2)])
    })
  )

  it.effect("keeps connections made before it runs", () =>
    Effect.gen(function* () {
      const server = yield* InMemory.server()
      const client = yield* open(yield* server.connect)
      yield* client.write(Uint8Array.of(1))
      yield* Effect.forkScoped(server.run(echo))
      assert.deepStrictEqual(yield* client.pull, [Uint8Array.of(1)])
    })
  )

  it.effect("is a value of the service", () =>
    Effect.gen(function* () {
      const server = yield* InMemory.server({ path: "acceptor" })
      const address = yield* Effect.map(SocketServer.SocketServer, ({ address }) => address).pipe(
        Effect.provideService(SocketServer.SocketServer, server)
      )
      assert.strictEqual(String(address), "acceptor")
    })
  )

  it.effect("connects anew each time the reader is acquired, and holds writes until then", () =>
    Effect.gen(function* () {
      const server = yield* InMemory.server()
      yield* Effect.forkScoped(server.run(echo))
      const socket = yield* server.connect
      const { write } = yield* socket.writer
      for (const value of [1, 2]) {
        const writing = yield* Effect.forkChild(write(Uint8Array.of(value)))
        yield* settle
        assert.isUndefined(writing.pollUnsafe())
        const got = yield* Effect.scoped(Effect.flatMap(socket.reader, ({ pull }) => pull))
        assert.deepStrictEqual(got, [Uint8Array.of(value)])
        yield* Fiber.join(writing)
      }
    })
  )

  it.effect("closes what it has accepted when it stops running", () =>
    Effect.gen(function* () {
      const server = yield* InMemory.server()
      const running = yield* Effect.forkScoped(server.run(echo))
      const client = yield* open(yield* server.connect)
      const pulling = yield* Effect.forkChild(reason(client.pull))
      yield* settle
      yield* Fiber.interrupt(running)
      assert.strictEqual(yield* Fiber.join(pulling), "closed 1000")
    })
  )

  it.effect("keeps running when a handler fails", () =>
    Effect.gen(function* () {
      const server = yield* InMemory.server()
      const failed = yield* Deferred.make<void>()
      let count = 0
      yield* Effect.forkScoped(
        server.run((socket): Effect.Effect<unknown, string | Socket.SocketError> =>
          count++ === 0 ? Effect.andThen(Deferred.succeed(failed, undefined), Effect.fail("first")) : echo(socket)
        )
      )
      yield* open(yield* server.connect)
      yield* Deferred.await(failed)
      const client = yield* open(yield* server.connect)
      yield* client.write(Uint8Array.of(5))
      assert.deepStrictEqual(yield* client.pull, [Uint8Array.of(5)])
    })
  )

  it.effect("refuses connections once its scope is closed, and closes those that waited", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const server = yield* Scope.provide(InMemory.server(), scope)
      const waiting = yield* open(yield* server.connect)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* reason(waiting.pull), "closed 1000")
      const socket = yield* server.connect
      assert.strictEqual(
        yield* reason(socket.reader),
        "SocketOpenError: connection refused: the server in memory is closed"
      )
    })
  )
})
