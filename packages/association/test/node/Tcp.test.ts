import { assert, describe, it } from "@effect/vitest"
import { TcpListener, TcpTransport } from "@effect-dicom/association/node"
import * as TransportPeer from "@effect-dicom/association/TransportPeer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as NetAddress from "effect/net/NetAddress"
import * as Socket from "effect/socket/Socket"
import * as Net from "node:net"
import { mostFree } from "../../src/node/internal/tcpSocket.ts"

const portOf = (address: NetAddress.SocketAddress): number => (NetAddress.isUnixPathAddress(address) ? 0 : address.port)

/** The two ends of a connection over TCP, and who is at the other end of the one that was accepted. */
const joined = Effect.gen(function* () {
  const listener = yield* TcpListener.make({ host: "127.0.0.1", port: 0 })
  const accepted = yield* Deferred.make<{ readonly end: End; readonly peer: TransportPeer.TransportPeer }>()
  yield* Effect.forkScoped(
    listener.run((socket) =>
      Effect.gen(function* () {
        const peer = yield* TransportPeer.current
        yield* Deferred.succeed(accepted, { end: yield* endOf(socket), peer })
        yield* Effect.never
      }).pipe(Effect.scoped)
    )
  )
  const dialling = yield* dialled(portOf(listener.address))
  const { end, peer } = yield* Deferred.await(accepted)
  return { dialled: dialling, accepted: end, peer }
})

interface End {
  readonly socket: Socket.Socket
  readonly pull: Socket.Reader["pull"]
  readonly writer: Socket.Writer
}

const dialled = (port: number) => Effect.flatMap(TcpTransport.make({ host: "127.0.0.1", port }), endOf)

const endOf = Effect.fnUntraced(function* (socket: Socket.Socket) {
  const writer = yield* socket.writer
  const { pull } = yield* socket.reader
  return { socket, pull, writer } satisfies End
})

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8))

/** Pulls so many bytes and copies them. */
const pulled = Effect.fnUntraced(function* (end: End, length: number) {
  const bytes = new Uint8Array(length)
  let at = 0
  while (at < length) {
    for (const chunk of yield* end.pull) {
      if (typeof chunk === "string") return yield* Effect.die(chunk)
      bytes.set(chunk, at)
      at += chunk.length
    }
  }
  return bytes
})

const reasonOf = (error: Socket.SocketError) => error.reason._tag

describe("a connection over TCP", () => {
  it.live("brings bytes both ways, more than the buffer and the kernel hold", () =>
    Effect.gen(function* () {
      const { accepted, dialled } = yield* joined
      const bytes = bytesOf(5_000_001)
      const views = [bytes.subarray(0, 10), bytes.subarray(10, 4_000_000), bytes.subarray(4_000_000)] as const
      for (const [from, to] of [
        [dialled, accepted],
        [accepted, dialled]
      ] as const) {
        const writing = yield* Effect.forkChild(from.writer.writeAll(views))
        assert.deepStrictEqual(yield* pulled(to, bytes.length), bytes)
        yield* Fiber.join(writing)
      }
    }).pipe(Effect.scoped)
  )

  it.live("keeps a chunk as it is until the next pull, whatever comes meanwhile", () =>
    Effect.gen(function* () {
      const { accepted, dialled } = yield* joined
      yield* dialled.writer.write(Uint8Array.of(1))
      const [first] = yield* accepted.pull
      yield* dialled.writer.write(Uint8Array.of(2, 2))
      yield* accepted.writer.write(Uint8Array.of(9))
      // What was written has reached the other end once something written later by the peer is here.
      yield* dialled.pull
      assert.deepStrictEqual(first, Uint8Array.of(1))
      assert.deepStrictEqual(Array.from(yield* pulled(accepted, 2)), [2, 2])
    }).pipe(Effect.scoped)
  )

  it.live("goes on where a pull was interrupted", () =>
    Effect.gen(function* () {
      const { accepted, dialled } = yield* joined
      const pulling = yield* Effect.forkChild(accepted.pull, { startImmediately: true })
      yield* Fiber.interrupt(pulling)
      yield* dialled.writer.write("ab")
      yield* dialled.writer.write("c")
      assert.strictEqual(new TextDecoder().decode(yield* pulled(accepted, 3)), "abc")
    }).pipe(Effect.scoped)
  )

  it.live("leaves a peer that is not read with what it sends, and reads on later", () =>
    Effect.gen(function* () {
      const { accepted, dialled } = yield* joined
      const bytes = bytesOf(20_000_000)
      const writing = yield* Effect.forkChild(dialled.writer.write(bytes), { startImmediately: true })
      yield* accepted.writer.write("the way back is free")
      yield* dialled.pull
      assert.strictEqual(writing.pollUnsafe(), undefined)
      assert.deepStrictEqual(yield* pulled(accepted, bytes.length), bytes)
      yield* Fiber.join(writing)
    }).pipe(Effect.scoped)
  )

  it.live("ends with what the peer has written before it closed", () =>
    Effect.gen(function* () {
      const { accepted, dialled } = yield* joined
      const bytes = bytesOf(300_000)
      yield* Effect.forkChild(
        Effect.andThen(dialled.writer.write(bytes), dialled.writer.write(new Socket.CloseEvent())),
        { startImmediately: true }
      )
      assert.deepStrictEqual(yield* pulled(accepted, bytes.length), bytes)
      assert.strictEqual(reasonOf(yield* Effect.flip(accepted.pull)), "SocketCloseError")
      assert.strictEqual(reasonOf(yield* Effect.flip(accepted.pull)), "SocketCloseError")
    }).pipe(Effect.scoped)
  )

  it.live("is half closed by a writer that is done, and reset by a close event of another code than 1000", () =>
    Effect.gen(function* () {
      const { accepted, dialled } = yield* joined
      yield* Effect.scoped(Effect.flatMap(dialled.socket.writer, (writer) => writer.write("the last word")))
      yield* pulled(accepted, 13)
      assert.strictEqual(reasonOf(yield* Effect.flip(accepted.pull)), "SocketCloseError")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { accepted, dialled } = yield* joined
          yield* dialled.writer.write(new Socket.CloseEvent(1006))
          assert.strictEqual(reasonOf(yield* Effect.flip(accepted.pull)), "SocketReadError")
        })
      )
    }).pipe(Effect.scoped)
  )

  it.live("refuses what is written after it is closed", () =>
    Effect.gen(function* () {
      const { dialled } = yield* joined
      yield* dialled.writer.write(new Socket.CloseEvent())
      assert.strictEqual(reasonOf(yield* Effect.flip(dialled.writer.write("late"))), "SocketWriteError")
      assert.strictEqual(reasonOf(yield* Effect.flip(dialled.writer.writeAll(["too", "late"]))), "SocketWriteError")
    }).pipe(Effect.scoped)
  )

  it.live("knows where a connection comes from", () =>
    Effect.gen(function* () {
      const { peer } = yield* joined
      assert.strictEqual(peer.address, "127.0.0.1")
      assert.isAbove(peer.port ?? 0, 0)
    }).pipe(Effect.scoped)
  )

  it.live("cannot be opened where nobody listens", () =>
    Effect.gen(function* () {
      const listener = yield* Effect.scoped(TcpListener.make({ host: "127.0.0.1", port: 0 }))
      const error = yield* Effect.flip(Effect.scoped(dialled(portOf(listener.address))))
      assert.strictEqual(reasonOf(error), "SocketOpenError")
    })
  )

  it.live("is served where it came before anybody served", () =>
    Effect.gen(function* () {
      const listener = yield* TcpListener.make({ host: "127.0.0.1", port: 0 })
      const early = yield* dialled(portOf(listener.address))
      yield* early.writer.write("early")
      const heard = yield* Deferred.make<Uint8Array>()
      yield* Effect.forkScoped(
        listener.run((socket) =>
          Effect.scoped(
            Effect.flatMap(endOf(socket), (end) =>
              Effect.flatMap(pulled(end, 5), (bytes) => Deferred.succeed(heard, bytes))
            )
          )
        )
      )
      assert.strictEqual(new TextDecoder().decode(yield* Deferred.await(heard)), "early")
    }).pipe(Effect.scoped)
  )

  it.live("is closed when its handler ends, and when its handler dies", () =>
    Effect.gen(function* () {
      const listener = yield* TcpListener.make({ host: "127.0.0.1", port: 0 })
      let count = 0
      yield* Effect.forkScoped(listener.run(() => (++count === 1 ? Effect.void : Effect.die("a defect"))))
      for (let i = 0; i < 2; i++) {
        const { pull } = yield* dialled(portOf(listener.address))
        assert.strictEqual(reasonOf(yield* Effect.flip(pull)), "SocketCloseError")
      }
    }).pipe(Effect.scoped)
  )

  it.live("gives every connection that is open a buffer of its own", () =>
    Effect.gen(function* () {
      const count = mostFree * 2
      // The second time the buffers are those of the first.
      for (let round = 0; round < 2; round++) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const pairs = yield* Effect.all(
              Array.from({ length: count }, () => joined),
              { concurrency: "unbounded" }
            )
            yield* Effect.forEach(pairs, ({ dialled }, i) => dialled.writer.write(Uint8Array.of(round, i)))
            const chunks = yield* Effect.forEach(pairs, ({ accepted }) => accepted.pull)
            assert.deepStrictEqual(
              chunks.map(([chunk]) => chunk),
              Array.from({ length: count }, (_, i) => Uint8Array.of(round, i))
            )
          })
        )
      }
    })
  )
})

describe("a listener over TCP", () => {
  it.live("says why it cannot listen", () =>
    Effect.gen(function* () {
      const listener = yield* TcpListener.make({ host: "127.0.0.1", port: 0 })
      const second = TcpListener.make({ host: "127.0.0.1", port: portOf(listener.address) })
      const error = yield* Effect.flip(second)
      assert.strictEqual(error.reason._tag, "SocketServerOpenError")
      assert.propertyVal(error.reason.cause, "code", "EADDRINUSE")
    }).pipe(Effect.scoped)
  )

  it.live("closes what waits to be served when its scope ends, and listens no more", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(
        Effect.gen(function* () {
          const listener = yield* TcpListener.make({ host: "127.0.0.1", port: 0 })
          yield* Effect.scoped(dialled(portOf(listener.address)))
          return portOf(listener.address)
        })
      )
      const refused = yield* Effect.callback<string | undefined>((resume) => {
        const socket = Net.connect(port, "127.0.0.1")
        socket.on("error", (error: NodeJS.ErrnoException) => resume(Effect.succeed(error.code)))
        return Effect.sync(() => socket.destroy())
      })
      assert.strictEqual(refused, "ECONNREFUSED")
    })
  )
})
