import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { assert, describe, it } from "@effect/vitest"
import { Fault, InMemory, ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as NetAddress from "effect/net/NetAddress"
import * as Scope from "effect/Scope"
import * as Socket from "effect/socket/Socket"
import * as SocketServer from "effect/socket/SocketServer"
import * as TestClock from "effect/testing/TestClock"

/** Lets every fiber that can run do so. */
const settle = Effect.gen(function* () {
  for (let i = 0; i < 30; i++) yield* Effect.yieldNow
})

const reason = <A, R>(effect: Effect.Effect<A, Socket.SocketError, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => {
    if (reason._tag === "SocketCloseError") return `closed ${reason.code}`
    return "cause" in reason && reason.cause instanceof Error ? `${reason._tag}: ${reason.cause.message}` : reason._tag
  })

const bytes = (...values: ReadonlyArray<number>) => Uint8Array.from(values)

const count = (from: number, to: number) => Uint8Array.from({ length: to - from }, (_, i) => from + i)

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

/** The writer's end, and the reader's; the fault is on the one side or on the other. */
const under = Effect.fnUntraced(function* (
  side: "incoming" | "outgoing",
  fault: Fault.Fault,
  options?: InMemory.Options
) {
  const [left, right] = yield* InMemory.ends(options)
  return side === "outgoing"
    ? ([yield* open(Fault.outgoing(left, fault)), yield* open(right)] as const)
    : ([yield* open(left), yield* open(Fault.incoming(right, fault))] as const)
})

/** All bytes until the end, and how it ended. */
const drain = Effect.fnUntraced(function* (
  pull: Effect.Effect<ReadonlyArray<Uint8Array | string>, Socket.SocketError>
) {
  const chunks: Array<Uint8Array | string> = []
  const end = yield* reason(
    Effect.forever(
      Effect.map(pull, (batch) => {
        chunks.push(...batch)
      })
    )
  )
  return [chunks, end] as const
})

const sides = ["incoming", "outgoing"] as const

describe.each(sides)("a fault of %s bytes", (side) => {
  it.effect("cuts the connection after so many bytes, in order", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.cut(5))
      yield* writer.writeAll([count(0, 3), count(3, 8)])
      assert.deepStrictEqual(yield* drain(reader.pull), [[count(0, 3), count(3, 5)], "closed 1000"])
      assert.strictEqual(yield* reason(writer.pull), "closed 1000")
      assert.match(
        yield* reason(writer.write(bytes(8))),
        /^SocketWriteError: (the connection was cut|the peer has closed the connection)$/
      )
    })
  )

  it.effect("cuts it right after the last byte that passes, without waiting for another", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.cut(3))
      yield* writer.write(count(0, 3))
      assert.deepStrictEqual(yield* drain(reader.pull), [[count(0, 3)], "closed 1000"])
    })
  )

  it.effect("cuts it before the first byte", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.cut(0))
      yield* Effect.ignore(writer.write(count(0, 3)))
      assert.deepStrictEqual(yield* drain(reader.pull), [[], "closed 1000"])
    })
  )

  it.effect("resets the connection", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.cut(2, "reset"))
      yield* writer.write(count(0, 3))
      const [, end] = yield* drain(reader.pull)
      assert.strictEqual(end, "SocketReadError: connection reset by peer")
      assert.match(yield* reason(writer.pull), /^SocketReadError: /)
    })
  )

  it.effect("swallows what comes after so many bytes, but not the end", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.swallow(4))
      yield* writer.write(count(0, 3))
      yield* writer.write(count(3, 6))
      yield* writer.write(count(6, 9))
      yield* writer.closeWriter
      assert.deepStrictEqual(yield* drain(reader.pull), [[count(0, 3), count(3, 4)], "closed 1000"])
    })
  )

  it.effect("stalls after so many bytes, until its own side closes", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.stall(3), { capacity: 4 })
      yield* writer.write(count(0, 3))
      assert.deepStrictEqual(yield* reader.pull, [count(0, 3)])
      const pulling = yield* Effect.forkChild(reason(reader.pull))
      const writing = yield* Effect.forkChild(reason(writer.write(count(3, 20))))
      yield* settle
      assert.isUndefined(pulling.pollUnsafe())
      assert.isUndefined(writing.pollUnsafe())
      yield* writer.write(new Socket.CloseEvent())
      assert.strictEqual(yield* Fiber.join(writing), "SocketWriteError: this end of the connection is closed")
      yield* reader.closeReader
      assert.match(yield* Fiber.join(pulling), /^closed (1000|1006)$/)
    })
  )

  it.effect("delays each chunk by the clock", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.delay("2 seconds"))
      const writing = yield* Effect.forkChild(writer.writeAll([bytes(1), bytes(2)]))
      const pulling = yield* Effect.forkChild(Effect.all([reader.pull, reader.pull]))
      yield* TestClock.adjust("3999 millis")
      assert.isUndefined(pulling.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(pulling), [[bytes(1)], [bytes(2)]])
      yield* Fiber.join(writing)
    })
  )

  it.effect("splits chunks by size", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.split(2))
      yield* writer.write(count(0, 5))
      yield* writer.closeWriter
      assert.deepStrictEqual(yield* drain(reader.pull), [[bytes(0, 1), bytes(2, 3), bytes(4)], "closed 1000"])
    })
  )

  it.effect("splits chunks at offsets of the stream", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.splitAt(7, 1, 4))
      yield* writer.writeAll([count(0, 3), count(3, 9)])
      yield* writer.closeWriter
      assert.deepStrictEqual(yield* drain(reader.pull), [
        [count(0, 1), count(1, 3), count(3, 4), count(4, 7), count(7, 9)],
        "closed 1000"
      ])
    })
  )

  it.effect("corrupts one byte, and not the writer's own", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.compose(Fault.corrupt(4, 0x01), Fault.corrupt(0)))
      const own = count(3, 6)
      yield* writer.writeAll([count(0, 3), own])
      yield* writer.closeWriter
      assert.deepStrictEqual(yield* drain(reader.pull), [[bytes(255, 1, 2), bytes(3, 5, 5)], "closed 1000"])
      assert.deepStrictEqual(own, count(3, 6))
    })
  )

  it.effect("joins what is written or pulled together", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.join)
      yield* writer.writeAll([count(0, 2), count(2, 5)])
      assert.deepStrictEqual(yield* reader.pull, [count(0, 5)])
    })
  )

  it.effect("gathers bytes until there are enough, and gives the rest at the end", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.gather(4))
      for (let i = 0; i < 4; i++) yield* writer.write(bytes(i))
      assert.deepStrictEqual(yield* reader.pull, [count(0, 4)])
      yield* writer.writeAll([bytes(4), bytes(5)])
      yield* writer.closeWriter
      assert.deepStrictEqual(yield* drain(reader.pull), [[count(4, 6)], "closed 1000"])
    })
  )

  it.effect("composes: what one fault makes goes through the next", () =>
    Effect.gen(function* () {
      const fault = Fault.compose(Fault.split(2), Fault.delay("1 second"), Fault.cut(5))
      const [writer, reader] = yield* under(side, fault)
      const writing = yield* Effect.forkChild(writer.write(count(0, 8)))
      const draining = yield* Effect.forkChild(drain(reader.pull))
      yield* TestClock.adjust("2999 millis")
      assert.isUndefined(draining.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(draining), [[bytes(0, 1), bytes(2, 3), bytes(4)], "closed 1000"])
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(writing)
    })
  )

  it.effect("gives what was gathered before a cut", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.compose(Fault.cut(3), Fault.gather(100)))
      yield* writer.write(count(0, 8))
      assert.deepStrictEqual(yield* drain(reader.pull), [[count(0, 3)], "closed 1000"])
    })
  )

  it.effect("is none when it is composed of none", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.compose())
      yield* writer.writeAll([count(0, 2), count(2, 5)])
      yield* writer.closeWriter
      assert.deepStrictEqual(yield* drain(reader.pull), [[count(0, 2), count(2, 5)], "closed 1000"])
    })
  )

  it.effect("begins anew with each connection", () =>
    Effect.gen(function* () {
      const server = yield* InMemory.server()
      const listener = yield* Effect.forkScoped(
        server.run((socket) =>
          Effect.scoped(
            Effect.gen(function* () {
              const { pull } = yield* socket.reader
              const { writeAll } = yield* socket.writer
              yield* Effect.forever(Effect.flatMap(pull, writeAll))
            })
          )
        )
      )
      const socket = yield* server.connect
      const faulty = side === "incoming" ? Fault.incoming(socket, Fault.cut(1)) : Fault.outgoing(socket, Fault.cut(1))
      for (let i = 0; i < 2; i++) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { pull } = yield* faulty.reader
            const { write } = yield* faulty.writer
            yield* write(bytes(1, 2, 3))
            const [chunks, end] = yield* drain(pull)
            assert.deepStrictEqual(chunks, side === "incoming" ? [bytes(1)] : [])
            assert.strictEqual(end, "closed 1000")
          })
        )
      }
      yield* Fiber.interrupt(listener)
    })
  )

  it.effect("lets a closing scope end a pull that is delayed", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under(side, Fault.delay("1 hour"))
      const writing = yield* Effect.forkChild(reason(writer.write(bytes(1))))
      const pulling = yield* Effect.forkChild(reason(reader.pull))
      yield* settle
      yield* reader.closeReader
      assert.strictEqual(yield* Fiber.join(pulling), "closed 1006")
      yield* Fiber.interrupt(writing)
    })
  )
})

describe("a fault over TCP", () => {
  it.live.each(sides)("cuts after so many %s bytes", (side) =>
    Effect.gen(function* () {
      const server = yield* NodeSocketServer.make({ port: 0, host: "127.0.0.1" })
      const listener = yield* Effect.provideService(ScriptedPeer.listen, SocketServer.SocketServer, server)
      if (!NetAddress.isInetAddress(listener.address)) return assert.fail("not an internet address")
      const socket = yield* NodeSocket.makeNet({ port: listener.address.port, host: "127.0.0.1" })
      const cut = Fault.cut(13)
      const here = yield* ScriptedPeer.over(
        side === "incoming" ? Fault.incoming(socket, cut) : Fault.outgoing(socket, cut)
      )
      const there = yield* listener.accept
      const [from, to] = side === "incoming" ? [there, here] : [here, there]
      yield* from.send(ReadyMade.releaseRQ, ReadyMade.releaseRP)
      yield* to.expect("A-RELEASE-RQ")
      yield* to.expectClosed("FIN")
      assert.deepStrictEqual(yield* to.conversation, [
        "<- A-RELEASE-RQ",
        "<- 3 bytes of an unfinished PDU",
        "<- the connection ended (FIN)"
      ])
      yield* from.expectClosed()
    })
  )
})

describe("a fault of outgoing bytes", () => {
  it.effect("keeps writes in order, each waiting for the one before", () =>
    Effect.gen(function* () {
      const [writer, reader] = yield* under("outgoing", Fault.delay("1 second"))
      const first = yield* Effect.forkChild(writer.writeAll([bytes(1), bytes(2)]), { startImmediately: true })
      const second = yield* Effect.forkChild(writer.write(bytes(3)), { startImmediately: true })
      const draining = yield* Effect.forkChild(drain(reader.pull))
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(first)
      yield* Fiber.join(second)
      yield* writer.closeWriter
      assert.deepStrictEqual(yield* Fiber.join(draining), [[bytes(1), bytes(2), bytes(3)], "closed 1000"])
    })
  )

  it.effect("fails a write that is delayed when the connection is closed", () =>
    Effect.gen(function* () {
      const [writer] = yield* under("outgoing", Fault.delay("1 hour"))
      const writing = yield* Effect.forkChild(reason(writer.write(bytes(1))))
      yield* settle
      yield* writer.write(new Socket.CloseEvent())
      assert.strictEqual(yield* Fiber.join(writing), "SocketWriteError: this end of the connection is closed")
    })
  )
})

describe("a short exchange", () => {
  const request = [ReadyMade.associateRQ(), ReadyMade.releaseRQ].map((pdu) => Pdu.encode(pdu))
  const firstLength = request[0]?.length ?? 0
  const total = request.reduce((sum, bytes) => sum + bytes.length, 0)

  const exchange = Effect.fnUntraced(function* (side: "incoming" | "outgoing", fault: Fault.Fault) {
    const [near, far] = yield* InMemory.ends()
    const requestor = yield* ScriptedPeer.over(side === "outgoing" ? Fault.outgoing(near, fault) : near)
    const acceptor = yield* ScriptedPeer.over(side === "incoming" ? Fault.incoming(far, fault) : far)
    return [
      Effect.gen(function* () {
        yield* requestor.send(ReadyMade.associateRQ())
        yield* requestor.expect("A-ASSOCIATE-AC")
        yield* requestor.send(ReadyMade.releaseRQ)
        yield* requestor.expect("A-RELEASE-RP")
        yield* requestor.close
        return "released" as const
      }),
      Effect.gen(function* () {
        yield* acceptor.expect("A-ASSOCIATE-RQ")
        yield* acceptor.send(ReadyMade.associateAC())
        yield* acceptor.expect("A-RELEASE-RQ")
        yield* acceptor.send(ReadyMade.releaseRP)
        yield* acceptor.expectClosed("FIN")
        return "released" as const
      })
    ] as const
  })

  it.effect.each(sides)("cut at every byte of the %s ends on both sides, at every one", (side) =>
    Effect.gen(function* () {
      for (let n = 0; n < total; n++) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const [requestor, acceptor] = yield* exchange(side, Fault.cut(n))
            const [here, there] = yield* Effect.all([Effect.flip(requestor), Effect.flip(acceptor)], { concurrency: 2 })
            const where = `cut after ${n} bytes`
            if (n < firstLength) {
              assert.strictEqual(there.expected, "A-ASSOCIATE-RQ", where)
              assert.strictEqual(there.instead, "the connection ended (FIN)", where)
              assert.strictEqual(here.expected, "A-ASSOCIATE-AC", where)
              assert.strictEqual(here.instead, "the connection ended (FIN)", where)
            } else if (n > firstLength) {
              assert.strictEqual(there.expected, "A-RELEASE-RQ", where)
              assert.strictEqual(there.instead, "the connection ended (FIN)", where)
              assert.strictEqual(here.expected, "A-RELEASE-RP", where)
              assert.strictEqual(here.instead, "the connection ended (FIN)", where)
            } else {
              // between the two: whoever speaks next finds that the connection is gone
              assert.match(there.message, /^expected (to send A-ASSOCIATE-AC|A-RELEASE-RQ)/)
              assert.match(here.message, /^expected (A-ASSOCIATE-AC|to send A-RELEASE-RQ|A-RELEASE-RP)/)
            }
          })
        )
      }
    })
  )

  it.effect.each(sides)("in single %s bytes is the same exchange", (side) =>
    Effect.gen(function* () {
      const [requestor, acceptor] = yield* exchange(side, Fault.split(1))
      assert.deepStrictEqual(yield* Effect.all([requestor, acceptor], { concurrency: 2 }), ["released", "released"])
    })
  )

  it.effect.each(sides)("split at any two %s offsets is the same exchange", (side) =>
    Effect.gen(function* () {
      for (let n = 1; n < total; n += 7) {
        const [requestor, acceptor] = yield* exchange(side, Fault.splitAt(n, n + 3))
        assert.deepStrictEqual(yield* Effect.all([requestor, acceptor], { concurrency: 2 }), ["released", "released"])
      }
    }).pipe(Effect.scoped)
  )

  it.effect.each(sides)("late by a second for each %s chunk is the same exchange, two seconds later", (side) =>
    Effect.gen(function* () {
      const [requestor, acceptor] = yield* exchange(side, Fault.delay("1 second"))
      const both = yield* Effect.forkChild(Effect.all([requestor, acceptor], { concurrency: 2 }))
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(both.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(both), ["released", "released"])
    })
  )

  it.effect.each(sides)("with a damaged %s PDU type is no longer one", (side) =>
    Effect.gen(function* () {
      const [requestor, acceptor] = yield* exchange(side, Fault.corrupt(0, 0x40))
      const script = yield* Effect.forkChild(requestor)
      const failed = yield* Effect.flip(acceptor)
      assert.strictEqual(failed.instead, "came Unrecognized or invalid PDU (PDU type is 41H; permitted: 01H to 07H)")
      yield* Fiber.interrupt(script)
    })
  )
})
