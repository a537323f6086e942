/**
 * Who is at the other end of a transport connection, as far as the transport knows: its address, and the certificate
 * that it has shown. An association's provider reads it to decide about access; in memory there is nothing to know.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { fromNode } from "./internal/nodeSocket.ts"

/**
 * The other end of a transport connection.
 *
 * @category models
 * @since 0.1.0
 */
export interface TransportPeer {
  /** Its IP address, as in "192.0.2.1" or "2001:db8::1". */
  readonly address?: string
  readonly port?: number
  /** What TLS has established, where the connection is over TLS. */
  readonly tls?: Tls
}

/**
 * What a TLS handshake has established.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tls {
  /** As in "TLSv1.3". */
  readonly version: string
  /** The cipher suite by the name that RFCs give it. */
  readonly cipherSuite: string
  /** The certificate that the peer has shown, if it has shown one. */
  readonly certificate?: Certificate
}

/**
 * An X.509 certificate that a peer has shown and whose private key it has proven to have.
 *
 * @category models
 * @since 0.1.0
 */
export interface Certificate {
  /** Whether it is issued by an authority that is trusted, and in force. Nothing of one that is not may be believed. */
  readonly trusted: boolean
  /** The common names of its subject; one as a rule. */
  readonly commonNames: ReadonlyArray<string>
  /** Its subject alternative names. */
  readonly alternativeNames: ReadonlyArray<AlternativeName>
  /** The subject, as in "CN=MODALITY1, O=Hospital". */
  readonly subject: string
  readonly issuer: string
  /** Of SHA-256, as `openssl x509 -fingerprint -sha256` prints it: 32 times two hexadecimal digits between colons. */
  readonly fingerprint: string
}

/**
 * A subject alternative name: its kind as OpenSSL names it ("DNS", "IP Address", "URI", "email" ...), and its value.
 *
 * @category models
 * @since 0.1.0
 */
export interface AlternativeName {
  readonly kind: string
  readonly value: string
}

/**
 * What a listener says about the peer of the connection that it hands over. Most need not say it: see {@link current}.
 *
 * @category services
 * @since 0.1.0
 */
export const TransportPeer: Context.Reference<TransportPeer | undefined> = Context.Reference<TransportPeer | undefined>(
  "@effect-dicom/association/TransportPeer",
  { defaultValue: () => undefined }
)

/**
 * The service under which Node's listeners of `@effect/platform-node` give the socket of each connection that they hand
 * over, and as much of that socket as is read here. This package imports nothing of Node.
 */
class NetSocket extends Context.Service<NetSocket, unknown>()("@effect/platform-node/NodeSocket/NetSocket") {}

/**
 * The peer of the transport connection that is being served, in a handler of a listener or of a server of associations.
 * Known where the listener says it, and of `NodeSocketServer`, plain or TLS.
 *
 * @category getters
 * @since 0.1.0
 */
export const current: Effect.Effect<TransportPeer> = Effect.gen(function* () {
  const said = yield* TransportPeer
  if (said !== undefined) return said
  const socket = yield* Effect.serviceOption(NetSocket)
  return Option.isNone(socket) ? {} : fromNode(socket.value)
})
