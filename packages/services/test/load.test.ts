import { Association, UpperLayer } from "@effect-dicom/association"
import { TcpTransport } from "@effect-dicom/association/node"
import { Fault } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { Storage } from "../src/index.ts"
import { pattern } from "./joined.ts"
import { type Line, number, type Running, start, temporary } from "./load/process.ts"

const atOnce = 200
const oneAfterAnother = 2_000
const cutShort = 200

const instance = (sopInstanceUid: string, length: number) => ({
  sopClassUid: SopClass.CTImageStorage,
  sopInstanceUid: Uid.makeUnsafe(sopInstanceUid),
  transferSyntaxUid: TransferSyntax.ExplicitVRLittleEndian.uid,
  dataSet: [pattern(length, sopInstanceUid.length)]
})

/** Stores an instance over an association of its own, over a transport that a fault may spoil. */
const store = (port: number, one: ReturnType<typeof instance>, fault?: Fault.Fault) =>
  Effect.gen(function* () {
    const socket = yield* TcpTransport.make({ host: "127.0.0.1", port })
    const association = yield* Effect.provideService(
      Association.request({
        callingAETitle: "LOAD",
        calledAETitle: "SCP",
        presentationContexts: Storage.presentationContexts([one]).flat()
      }),
      UpperLayer.Transport,
      fault === undefined ? socket : Fault.outgoing(socket, fault)
    )
    return yield* Storage.store(association, one)
  }).pipe(Effect.scoped)

/** What the server holds once no association is left. */
const idle = (scp: Running): Effect.Effect<Line> =>
  Effect.repeat(scp.ask, {
    until: (line) => number(line, "associations") === 0 && number(line, "sockets") === 0,
    schedule: Schedule.spaced("20 millis"),
    times: 500
  })

/** A server that has done its first work, and what it holds after that. */
const serving: Effect.Effect<
  { readonly directory: string; readonly scp: Running; readonly port: number; readonly before: Line },
  unknown,
  Scope.Scope
> = Effect.gen(function* () {
  const directory = yield* temporary
  const scp = yield* start("scp.ts", directory)
  const port = number(yield* scp.next, "port")
  yield* Effect.forEach(Array.from({ length: 50 }), () => store(port, instance("1.2.1", 300_000)), { concurrency: 20 })
  Fs.rmSync(Path.join(directory, "1.2.1.dcm"))
  return { directory, scp, port, before: yield* idle(scp) }
})

const ownSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length

const nothingLeft = (directory: string, before: Line, after: Line, label: string): void => {
  process.stdout.write(`${label}: before ${JSON.stringify(before)}, after ${JSON.stringify(after)}\n`)
  assert.strictEqual(number(after, "associations"), 0)
  assert.strictEqual(number(after, "sockets"), number(before, "sockets"))
  assert.strictEqual(number(after, "descriptors"), number(before, "descriptors"))
  assert.isBelow(number(after, "heap") - number(before, "heap"), 10e6)
  assert.isBelow(number(after, "external") - number(before, "external"), 10e6)
  assert.deepStrictEqual(
    Fs.readdirSync(directory).filter((name) => name.endsWith(".part")),
    []
  )
}

/** Each acknowledged instance is there, whole. */
const allKept = (directory: string, acknowledged: ReadonlyArray<ReturnType<typeof instance>>): void => {
  assert.deepStrictEqual(
    Fs.readdirSync(directory).toSorted(),
    acknowledged.map((one) => `${one.sopInstanceUid}.dcm`).toSorted()
  )
  for (const one of acknowledged) {
    const bytes = Fs.readFileSync(Path.join(directory, `${one.sopInstanceUid}.dcm`))
    const dataSet = one.dataSet[0] ?? assert.fail("an instance has one view")
    assert.strictEqual(Buffer.compare(bytes.subarray(bytes.length - dataSet.length), dataSet), 0, one.sopInstanceUid)
  }
}

describe("under load", () => {
  it.live(
    `${atOnce} associations at once, each storing: all is kept and nothing is left over`,
    () =>
      Effect.gen(function* () {
        const { before, directory, port, scp } = yield* serving
        const sockets = ownSockets()
        const instances = Array.from({ length: atOnce }, (_, i) => instance(`1.2.3.${i}`, 200_000 + i))
        const begun = performance.now()
        const statuses = yield* Effect.forEach(instances, (one) => store(port, one), { concurrency: "unbounded" })
        const milliseconds = Math.round(performance.now() - begun)
        assert.deepStrictEqual(
          statuses,
          instances.map(() => Status.success)
        )
        nothingLeft(directory, before, yield* idle(scp), `${atOnce} at once in ${milliseconds} ms`)
        allKept(directory, instances)
        assert.strictEqual(ownSockets(), sockets)
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    `${oneAfterAnother} associations one after another, each storing: all is kept and nothing is left over`,
    () =>
      Effect.gen(function* () {
        const { before, directory, port, scp } = yield* serving
        const sockets = ownSockets()
        const instances = Array.from({ length: oneAfterAnother }, (_, i) => instance(`1.2.4.${i}`, 2_000))
        const begun = performance.now()
        for (const one of instances) assert.deepStrictEqual(yield* store(port, one), Status.success)
        const milliseconds = Math.round(performance.now() - begun)
        nothingLeft(directory, before, yield* idle(scp), `${oneAfterAnother} one after another in ${milliseconds} ms`)
        allKept(directory, instances)
        assert.strictEqual(ownSockets(), sockets)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    `${cutShort} associations cut in the middle of a transfer: nothing of them is left`,
    () =>
      Effect.gen(function* () {
        const { before, directory, port, scp } = yield* serving
        const sockets = ownSockets()
        const instances = Array.from({ length: cutShort }, (_, i) => instance(`1.2.5.${i}`, 1_000_000))
        const begun = performance.now()
        const outcomes = yield* Effect.forEach(
          instances,
          (one, i) => Effect.exit(store(port, one, Fault.cut(500 + i * 4_900, i % 2 === 0 ? "FIN" : "reset"))),
          { concurrency: 50 }
        )
        const milliseconds = Math.round(performance.now() - begun)
        assert.deepStrictEqual(outcomes.filter((exit) => exit._tag === "Success").length, 0)
        nothingLeft(directory, before, yield* idle(scp), `${cutShort} cut short in ${milliseconds} ms`)
        allKept(directory, [])
        assert.strictEqual(ownSockets(), sockets)
      }).pipe(Effect.scoped),
    60_000
  )
})
