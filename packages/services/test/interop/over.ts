/**
 * Our side over TCP, and over TLS with the certificates of both.
 */
import { Association, AssociationServer, type UpperLayer } from "@effect-dicom/association"
import { TcpListener, TcpTransport, TlsListener, TlsTransport } from "@effect-dicom/association/node"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"
import { ServiceClassProvider } from "../../src/index.ts"

export type Over = "TCP" | "TLS"

const host = "127.0.0.1"

/** The path of a certificate or of a key, such as `archive.key`. */
export const pem = (name: string): string =>
  fileURLToPath(new URL(`../../../association/test/fixtures/${name}.pem`, import.meta.url))

/** Who one is over TLS, and who vouches for the other. */
export const identity = (name: string) => ({
  key: Fs.readFileSync(pem(`${name}.key`)),
  cert: Fs.readFileSync(pem(`${name}.cert`)),
  ca: Fs.readFileSync(pem("authority.cert"))
})

/** Listens with providers; the port. */
export const serving = Effect.fnUntraced(function* (
  over: Over,
  ...providers: ReadonlyArray<ServiceClassProvider.ServiceClassProvider>
): Effect.fn.Return<number, unknown, Scope.Scope> {
  const layer = ServiceClassProvider.layer([...providers])
  const context = yield* Layer.build(
    over === "TCP"
      ? Layer.provide(layer, TcpListener.layer({ host, port: 0 }))
      : Layer.provide(layer, TlsListener.layer({ host, port: 0, ...identity("archive") }))
  )
  const { address } = Context.get(context, AssociationServer.AssociationServer)
  return "port" in address ? Number(address.port) : 0
})

/** The way to who listens on a port. */
export const transport = (over: Over, port: number): Layer.Layer<UpperLayer.Transport, unknown> =>
  over === "TCP" ? TcpTransport.layer({ host, port }) : TlsTransport.layer({ host, port, ...identity("modality1") })

/** Requests an association of who listens on a port. */
export const associate = (
  over: Over,
  port: number,
  options: Partial<Association.RequestOptions> & Pick<Association.RequestOptions, "presentationContexts">
) =>
  Effect.flatMap(Layer.build(transport(over, port)), (context) =>
    Effect.provideContext(
      Association.request({ callingAETitle: "EFFECT", calledAETitle: "ANY-SCP", ...options }),
      context
    )
  )
