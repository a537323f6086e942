// Ask a peer whether it is there. Leaving the scope releases the association.
//
//   node examples/echo.ts HOST PORT
import { Association } from "@effect-dicom/association"
import { TcpTransport } from "@effect-dicom/association/node"
import { Verification } from "@effect-dicom/services"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"

export const program = Effect.gen(function* () {
  const association = yield* Association.request({
    callingAETitle: "EXAMPLE",
    calledAETitle: "ANY-SCP",
    presentationContexts: [Verification.presentationContext]
  })
  const status = yield* Verification.echo(association)
  yield* Console.log(`${association.calledAETitle} answers: ${status._tag}`)
  return status
}).pipe(Effect.scoped)

if (import.meta.main) {
  const [host = "127.0.0.1", port = "11112"] = process.argv.slice(2)
  NodeRuntime.runMain(Effect.provide(program, TcpTransport.layer({ host, port: Number(port) })))
}
