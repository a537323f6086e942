// A primitive that the state does not permit is a typed error: nothing is sent, and the association is as it was.
//
//   node examples/illegal-sequence.ts HOST PORT
import { Association } from "@effect-dicom/association"
import { TcpTransport } from "@effect-dicom/association/node"
import { Verification } from "@effect-dicom/services"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Fiber } from "effect"

export const program = Effect.gen(function* () {
  const association = yield* Association.request({
    callingAETitle: "EXAMPLE",
    calledAETitle: "ANY-SCP",
    presentationContexts: [Verification.presentationContext]
  })
  const release = yield* Effect.forkChild(association.release, { startImmediately: true })
  const refused = yield* Verification.echo(association).pipe(
    Effect.as(undefined),
    Effect.catchTag("IllegalPrimitive", (error) =>
      Effect.as(Console.log(`${error.primitive} in ${error.state}; permitted: ${error.permitted.join(", ")}`), error)
    )
  )
  yield* Fiber.join(release)
  return refused
}).pipe(Effect.scoped)

if (import.meta.main) {
  const [host = "127.0.0.1", port = "11112"] = process.argv.slice(2)
  NodeRuntime.runMain(Effect.provide(program, TcpTransport.layer({ host, port: Number(port) })))
}
