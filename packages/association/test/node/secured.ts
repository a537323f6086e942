/**
 * A server of associations over TLS on loopback, and requestors that come to it.
 */
import * as Association from "@effect-dicom/association/Association"
import * as AssociationServer from "@effect-dicom/association/AssociationServer"
import { TlsListener, TlsTransport } from "@effect-dicom/association/node"
import * as TransportPeer from "@effect-dicom/association/TransportPeer"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { requestOptions, verification } from "../ends.ts"

export const pem = (name: string): string => readFileSync(new URL(`../fixtures/${name}.pem`, import.meta.url), "utf8")

/** Key and certificate of one of the fixtures, as options. */
export const identity = (name: string) => ({ key: pem(`${name}.key`), cert: pem(`${name}.cert`) })

export const ca = pem("authority.cert")

/** Of SHA-256, as node:crypto computes it. */
export const fingerprint = (name: string): string => new X509Certificate(pem(`${name}.cert`)).fingerprint256

export const portOf = (address: UpperLayer.Address): number => ("port" in address ? address.port : 0)

/**
 * Our server: its port, the peers that it has seen, and the failures of handshakes, which can be waited for where they are
 * not logged.
 */
export const serving = Effect.fnUntraced(function* (
  options: Partial<TlsListener.Options> = {},
  server: Partial<AssociationServer.Options<never>> = {},
  logs = false
) {
  const peers: Array<TransportPeer.TransportPeer> = []
  const failures: Array<TlsListener.HandshakeFailure> = []
  const failed = Deferred.makeUnsafe<TlsListener.HandshakeFailure>()
  const listener = yield* TlsListener.make({
    host: "127.0.0.1",
    port: 0,
    ca,
    ...identity("archive"),
    ...(logs
      ? {}
      : {
          onFailure: (failure: TlsListener.HandshakeFailure) =>
            Effect.sync(() => {
              failures.push(failure)
              Deferred.doneUnsafe(failed, Effect.succeed(failure))
            })
        }),
    ...options
  })
  const running = yield* AssociationServer.make({
    supported: [verification],
    handler: (association) =>
      Effect.flatMap(TransportPeer.current, (peer) => {
        peers.push(peer)
        return Association.serve(association, ({ command }) =>
          Effect.succeed(Association.answer(command, { _tag: "Success", code: 0 }))
        )
      }),
    ...server
  }).pipe(Effect.provideService(UpperLayer.Listener, listener))
  return { port: portOf(listener.address), server: running, peers, failures, failed: Deferred.await(failed) }
})

/** Asks with a C-ECHO over a transport, and releases. */
export const echo = (callingAETitle = "MODALITY1") =>
  Effect.scoped(
    Effect.gen(function* () {
      const association = yield* Association.request({ ...requestOptions, callingAETitle })
      const response = yield* association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))
      return response.command.status._tag
    })
  )

const over = (options: TlsTransport.Options, callingAETitle?: string) =>
  Effect.flatMap(TlsTransport.make(options), (transport) =>
    Effect.provideService(echo(callingAETitle), UpperLayer.Transport, transport)
  )

/** The same over TLS, as MODALITY1 unless other options say otherwise. */
export const secureEcho = (port: number, options: Partial<TlsTransport.Options> = {}, callingAETitle?: string) =>
  over({ host: "127.0.0.1", port, ca, ...identity("modality1"), ...options }, callingAETitle)

/** The same without a certificate. */
export const anonymousEcho = (port: number, options: Partial<TlsTransport.Options> = {}) =>
  over({ host: "127.0.0.1", port, ca, ...options })
