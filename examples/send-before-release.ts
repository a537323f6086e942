// The peer asks for the release. We still have something to send, send it, and then answer.
//
//   node examples/send-before-release.ts PORT
import { Release } from "@effect-dicom/association"
import { TcpListener } from "@effect-dicom/association/node"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import { ServiceClassProvider, Verification } from "@effect-dicom/services"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"

export const server = ServiceClassProvider.layer([Verification.provider], {
  onRelease: {
    // The decision is what this returns: it cannot be forgotten, and cannot be given twice.
    onIndication: ({ association, send }) =>
      Effect.gen(function* () {
        yield* Console.log(`${association.callingAETitle} wants to go`)
        const [context] = association.contexts.keys()
        return context === undefined
          ? Release.respond
          : Release.sendFirst(send(context, C_ECHO.request({ messageId: 1 })))
      })
  }
})

if (import.meta.main) {
  const listener = TcpListener.layer({ port: Number(process.argv[2] ?? 11112) })
  NodeRuntime.runMain(Layer.launch(Layer.provide(server, listener)))
}
