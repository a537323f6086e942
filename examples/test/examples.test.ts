import { AssociationServer } from "@effect-dicom/association"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import { ServiceClassProvider, Storage, Verification } from "@effect-dicom/services"
import { NodeSocket, NodeSocketServer } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestConsole } from "effect/testing"
import { readdirSync, readFileSync } from "node:fs"
import * as Echo from "../echo.ts"
import * as IllegalSequence from "../illegal-sequence.ts"
import * as ReleaseByHand from "../release-by-hand.ts"
import * as SendBeforeRelease from "../send-before-release.ts"
import * as StorageProvider from "../storage-provider.ts"
import * as TwoAssociations from "../two-associations.ts"

const listening = (server: typeof StorageProvider.server) =>
  server.pipe(
    Layer.provide(NodeSocketServer.layer({ port: 0, host: "127.0.0.1", noDelay: true })),
    Layer.provideMerge(TestConsole.layer)
  )

const port = Effect.map(AssociationServer.AssociationServer, ({ address }) => {
  if (address._tag === "UnixPathAddress") throw new Error("a TCP address was asked for")
  return address.port
})

const againstIt = <A, E, R>(client: Effect.Effect<A, E, R>) =>
  Effect.flatMap(port, (port) =>
    Effect.provide(client, NodeSocket.layerNet({ host: "127.0.0.1", port, noDelay: true }))
  )

const instance: Storage.Instance = {
  sopClassUid: SopClass.CTImageStorage,
  sopInstanceUid: Uid.makeUnsafe("1.2.3.4"),
  transferSyntaxUid: TransferSyntax.ExplicitVRLittleEndian.uid,
  dataSet: [new Uint8Array(1000)]
}

const verification = listening(ServiceClassProvider.layer([Verification.provider]))

const full = listening(
  ServiceClassProvider.layer([Storage.provider(() => Effect.succeed(C_STORE.failures.outOfResources))])
)

describe("the examples", () => {
  it.live("echo prints the peer's answer", () =>
    Effect.gen(function* () {
      expect(yield* againstIt(Echo.program)).toEqual({ _tag: "Success", code: 0 })
      expect(yield* TestConsole.logLines).toEqual(["ANY-SCP answers: Success"])
    }).pipe(Effect.provide(verification))
  )

  it.live("storage-provider takes an instance and counts its bytes", () =>
    Effect.gen(function* () {
      yield* TwoAssociations.program([yield* port], instance)
      expect(yield* TestConsole.logLines).toEqual(["1.2.3.4: 1000 bytes from EXAMPLE"])
    }).pipe(Effect.provide(listening(StorageProvider.server)))
  )

  it.live("release-by-hand says that the association was released", () =>
    Effect.gen(function* () {
      expect(yield* againstIt(ReleaseByHand.program)).toEqual({ _tag: "Released" })
      expect(yield* TestConsole.logLines).toEqual(["released"])
    }).pipe(Effect.provide(verification))
  )

  it.live("send-before-release sends, and then lets the peer go", () =>
    Effect.gen(function* () {
      expect(yield* againstIt(ReleaseByHand.program)).toEqual({ _tag: "Released" })
      expect(yield* TestConsole.logLines).toEqual(["EXAMPLE wants to go", "released"])
    }).pipe(Effect.provide(listening(SendBeforeRelease.server)))
  )

  it.live("two-associations stores with both and releases both", () =>
    Effect.gen(function* () {
      const archives = yield* TwoAssociations.program([yield* port, yield* port], instance)
      const ends = yield* Effect.forEach(archives, (archive) => archive.ended)
      expect(ends.map((end) => end._tag)).toEqual(["Released", "Released"])
    }).pipe(Effect.provide(listening(StorageProvider.server)))
  )

  it.live("two-associations aborts both when one archive refuses", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(TwoAssociations.program([yield* port, yield* port], instance))
      expect(error).toEqual(new TwoAssociations.NotStored({ archive: "ARCHIVE" }))
    }).pipe(Effect.provide(full))
  )

  it.live("illegal-sequence names the primitive, the state and what was permitted", () =>
    Effect.gen(function* () {
      const error = yield* againstIt(IllegalSequence.program)
      expect(error).toMatchObject({ primitive: "P-DATA request", state: "Sta7", permitted: ["A-ABORT request"] })
      expect(yield* TestConsole.logLines).toEqual(["P-DATA request in Sta7; permitted: A-ABORT request"])
    }).pipe(Effect.provide(verification))
  )

  it("each is under sixty lines", () => {
    const folder = new URL("..", import.meta.url)
    for (const name of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
      const lines = readFileSync(new URL(name, folder), "utf8").trimEnd().split("\n").length
      expect({ name, lines: lines < 60 }).toEqual({ name, lines: true })
    }
  })
})
