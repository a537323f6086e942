import { InMemory, ReadyMade } from "@effect-dicom/association/testing"
import { AssociationServer, UpperLayer } from "@effect-dicom/association"
import { ServiceClassProvider, Storage, Verification } from "@effect-dicom/services"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import { Effect, Layer } from "effect"
const n = Number(process.argv[2] ?? 2000)
const main = Effect.gen(function*() {
  const memory = yield* InMemory.server()
  const layer = ServiceClassProvider.layer([Verification.provider, Storage.ignoring]).pipe(Layer.provide(Layer.succeed(UpperLayer.Listener, memory as any)))
  yield* Layer.build(layer)
  const rq = Pdu.encode(ReadyMade.associateRQ() as any)
  const echo = Pdu.encode(ReadyMade.echoRQ() as any)
  const release = Pdu.encode({ _tag: "A-RELEASE-RQ" })
  const one = Effect.scoped(Effect.gen(function*() {
    const socket = yield* memory.connect
    const { pull } = yield* socket.reader
    const writer = yield* socket.writer
    yield* writer.write(rq); yield* pull
    yield* writer.write(echo); yield* pull
    yield* writer.write(release); yield* pull
  }))
  for (let r = 0; r < 4; r++) {
    const t = performance.now()
    for (let i = 0; i < n; i++) yield* one
    console.log(((performance.now() - t) / n * 1000).toFixed(1), "us per association")
  }
})
Effect.runPromise(Effect.scoped(main)).then(() => process.exit(0), (e) => { console.error(e); process.exit(1) })
