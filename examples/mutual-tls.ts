// Mutual TLS: a server that knows each caller by its certificate, and a client that shows one. A folder has key and
// certificate of each side, and the certificate of the authority that issued them.
//
//   node examples/mutual-tls.ts FOLDER serve
//   node examples/mutual-tls.ts FOLDER echo MODALITY1
import { AccessControl, Association } from "@effect-dicom/association"
import { TlsListener, TlsTransport } from "@effect-dicom/association/node"
import { ServiceClassProvider, Verification } from "@effect-dicom/services"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { readFileSync } from "node:fs"

/** Who a side is, and whom it trusts. */
const identity = (folder: string, name: string) => ({
  key: readFileSync(`${folder}/${name}.key.pem`),
  cert: readFileSync(`${folder}/${name}.cert.pem`),
  ca: readFileSync(`${folder}/authority.cert.pem`)
})

/** A caller gets an association by the AE title that its certificate names, and by no other. */
export const server = (folder: string, port: number) =>
  ServiceClassProvider.layer([Verification.provider], { access: AccessControl.certificateNamesCallingAETitle }).pipe(
    Layer.provide(TlsListener.layer({ port, host: "127.0.0.1", ...identity(folder, "archive") }))
  )

export const echo = (folder: string, name: string, callingAETitle: string, port: number) =>
  Effect.gen(function* () {
    const association = yield* Association.request({
      callingAETitle,
      calledAETitle: "ARCHIVE",
      presentationContexts: [Verification.presentationContext]
    })
    const status = yield* Verification.echo(association)
    yield* Console.log(`${callingAETitle} is answered: ${status._tag}`)
  }).pipe(
    Effect.scoped,
    Effect.provide(TlsTransport.layer({ host: "127.0.0.1", port, ...identity(folder, name) })),
    Effect.catch((error) => Console.log(`${callingAETitle} is not answered: ${error.message}`))
  )

if (import.meta.main) {
  const [folder = ".", command, callingAETitle = "MODALITY1"] = process.argv.slice(2)
  NodeRuntime.runMain(
    command === "serve"
      ? Layer.launch(server(folder, 2762))
      : echo(folder, callingAETitle.toLowerCase(), callingAETitle, 2762)
  )
}
