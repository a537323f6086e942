/**
 * Our SCU as a process: `node dicom.ts store PORT FOLDER`, `... echo PORT COUNT` (on one association),
 * `... associate PORT COUNT` (associate, echo, release, one after another).
 */
import { Association } from "@effect-dicom/association"
import * as InstanceFile from "@effect-dicom/cli/InstanceFile"
import type * as Status from "@effect-dicom/protocol/Status"
import { Storage, Verification } from "@effect-dicom/services"
import { NodeRuntime, NodeServices, NodeSocket } from "@effect/platform-node"
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

// As the `dicom store` command does.
const ring = InstanceFile.ring()
const store = Effect.fnUntraced(function* (association: Association.Association, path: string) {
  const file = yield* InstanceFile.inspect(path)
  if (file._tag !== "Instance") return yield* Effect.die(new Error(`${path}: ${file.detail}`))
  return yield* Storage.store(association, { ...file, dataSet: yield* InstanceFile.dataSet(file, ring) })
})

const run = Effect.gen(function* () {
  switch (task) {
    case "store": {
      const association = yield* associate
      for (const path of Instance.files(what ?? "")) yield* expectSuccess(yield* store(association, path))
      return
    }
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
