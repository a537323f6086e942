/**
 * Our SCU as a process: `node dicom.ts store PORT FOLDER` (the command `dicom store`), `... echo PORT COUNT` (on one association),
 * `... associate PORT COUNT` (associate, echo, release, one after another).
 */
import { Association } from "@effect-dicom/association"
import * as Dicom from "@effect-dicom/cli/Dicom"
import type * as Status from "@effect-dicom/protocol/Status"
import { Verification } from "@effect-dicom/services"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as Effect from "effect/Effect"
import * as Instance from "../Instance.ts"
import * as Measured from "./Measured.ts"

const [task, port, what] = process.argv.slice(2)

const transport = NodeSocket.layerNet({ host: "127.0.0.1", port: Number(port), noDelay: true })

const associate = Association.request({
  callingAETitle: "EFFECT-DICOM",
  calledAETitle: "ANY-SCP",
  presentationContexts: [
    Verification.presentationContext,
    { abstractSyntax: Instance.sopClassUid, transferSyntaxes: [Instance.transferSyntaxUid] }
  ]
})

const expectSuccess = (status: Status.Status) =>
  status._tag === "Success" ? Effect.void : Effect.die(new Error(`the peer answered ${status._tag}`))

const run = Effect.gen(function* () {
  switch (task) {
    case "store":
      return yield* Effect.mapError(
        Dicom.run(["store", "127.0.0.1", port ?? "", what ?? "", "--quiet"], "0.1.0"),
        ({ sentence }) => new Error(sentence)
      )
    case "echo": {
      const association = yield* associate
      for (let i = 0; i < Number(what); i++) yield* expectSuccess(yield* Verification.echo(association))
      return
    }
    case "associate": {
      const once = Effect.scoped(Effect.flatMap(associate, Verification.echo)).pipe(Effect.flatMap(expectSuccess))
      for (let i = 0; i < Number(what); i++) yield* once
    }
  }
}).pipe(Effect.scoped, Effect.provide(transport))

NodeRuntime.runMain(
  Effect.gen(function* () {
    const [cold] = yield* Effect.timed(run)
    const [warm] = yield* Effect.timed(run)
    Measured.print(cold, warm)
  }).pipe(Effect.provide(NodeServices.layer))
)
