/**
 * The transport of a requestor over TLS, by a profile of PS3.15 Annex B: opens the TCP connection, makes the handshake
 * within a deadline of its own, and says in a typed error why that failed.
 *
 * @since 0.1.0
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Socket from "effect/socket/Socket"
import * as Net from "node:net"
import * as Tls from "node:tls"
import * as AssociationError from "../AssociationError.ts"
import type * as TlsProfile from "../TlsProfile.ts"
import * as UpperLayer from "../UpperLayer.ts"
import * as SecureContext from "./internal/secureContext.ts"

/**
 * How the peer is reached and how far it is believed.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  readonly host: string
  /** 2762 is the registered port of DICOM over TLS (PS3.8 section 9.1.1). */
  readonly port: number
  /** Default: `TlsProfile.bcp195`. */
  readonly profile?: TlsProfile.TlsProfile
  /** The private key of this side in PEM, where the peer asks for a certificate. */
  readonly key?: string | Uint8Array | Redacted.Redacted<string | Uint8Array>
  /** The certificate of this side in PEM, with what links it to its authority. */
  readonly cert?: string | Uint8Array
  /** What the key is encrypted with. */
  readonly passphrase?: Redacted.Redacted<string>
  /** The authorities that are trusted, in PEM. Default: those that Node trusts. */
  readonly ca?: string | Uint8Array | ReadonlyArray<string | Uint8Array>
  /**
   * Lists of revoked certificates in PEM (RFC 5280), a current one of each authority of the chain. Default: certificates are
   * not held against any.
   */
  readonly crl?: string | Uint8Array | ReadonlyArray<string | Uint8Array>
  /**
   * What is checked of the peer's certificate: that a trusted authority has issued it to `servername`, that a trusted
   * authority has issued it, or nothing, so that anybody may be at the other end. Default: "name".
   */
  readonly verify?: "name" | "authority" | "nothing"
  /** The name that the peer's certificate has to be for. Default: `host`. */
  readonly servername?: string
  /** From the TCP connection to the end of the handshake. Default: 10 seconds. */
  readonly handshake?: Duration.Input
}

/**
 * A transport that is opened when an association is requested over it. A failure to open it is a `TlsFailed`, or a
 * `TimedOut` by the deadline "TLS handshake", of `Association.request`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<UpperLayer.Transport, AssociationError.TlsFailed> {
  const secure = yield* SecureContext.make(options)
  const socket = yield* NodeSocket.fromDuplex(
    Effect.flatMap(connected(options), (raw) => handshaken(raw, options, secure.secureContext))
  )
  return Socket.make({
    reader: Effect.map(socket.reader, ({ pull, upgrade }) => ({ pull: Effect.mapError(pull, told), upgrade })),
    writer: socket.writer
  })
})

/**
 * The same, as a layer.
 *
 * **Example** (Mutual TLS)
 *
 * ```ts
 * import { TlsTransport } from "@effect-dicom/association/node"
 * import { readFileSync } from "node:fs"
 *
 * const transport = TlsTransport.layer({
 *   host: "pacs.example.org",
 *   port: 2762,
 *   key: readFileSync("workstation.key.pem"),
 *   cert: readFileSync("workstation.cert.pem"),
 *   ca: readFileSync("authority.pem")
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<UpperLayer.Transport, AssociationError.TlsFailed> =>
  Layer.effect(UpperLayer.Transport, make(options))

const notOpened = (cause: unknown): Socket.SocketError =>
  new Socket.SocketError({ reason: new Socket.SocketOpenError({ kind: "Unknown", cause }) })

/** What ends a connection later may still be the peer's refusal of this side's certificate. */
const told = (error: Socket.SocketError): Socket.SocketError =>
  error.reason._tag === "SocketReadError" && SecureContext.isOfTls(error.reason.cause)
    ? new Socket.SocketError({
        reason: new Socket.SocketReadError({ cause: SecureContext.failureOf(error.reason.cause) })
      })
    : error

const connected = ({ host, port }: Options): Effect.Effect<Net.Socket, Socket.SocketError, Scope.Scope> =>
  Effect.callback<Net.Socket, Socket.SocketError>((resume) => {
    const raw = Net.createConnection({ host, port, noDelay: true })
    raw.once("connect", () => resume(Effect.succeed(raw)))
    raw.on("error", (cause) => resume(Effect.fail(notOpened(cause))))
    return Effect.sync(() => raw.destroy())
  })

const handshaken = (
  raw: Net.Socket,
  options: Options,
  secureContext: Tls.SecureContext
): Effect.Effect<Tls.TLSSocket, Socket.SocketError, Scope.Scope> => {
  const verify = options.verify ?? "name"
  const servername = options.servername ?? options.host
  const milliseconds = Duration.toMillis(Duration.fromInputUnsafe(options.handshake ?? "10 seconds"))
  return Effect.acquireRelease(
    Effect.sync(() =>
      Tls.connect({
        socket: raw,
        host: servername,
        // An address is no server name (RFC 6066 section 3).
        ...(Net.isIP(servername) === 0 ? { servername } : {}),
        secureContext,
        rejectUnauthorized: verify !== "nothing",
        ...(verify === "name" ? {} : { checkServerIdentity: () => undefined })
      })
    ),
    (tls) => Effect.sync(() => (tls.closed ? undefined : tls.destroySoon()))
  ).pipe(
    Effect.tap((tls) =>
      Effect.callback<void, Socket.SocketError>((resume) => {
        const fail = (error: AssociationError.TlsFailed) => resume(Effect.fail(notOpened(error)))
        tls.once("secureConnect", () => resume(Effect.void))
        tls.on("error", (error) => fail(SecureContext.failureOf(error)))
        tls.once("close", () => fail(SecureContext.failed("closed", undefined)))
        return Effect.sync(() => tls.destroy())
      })
    ),
    Effect.timeoutOrElse({
      duration: milliseconds,
      orElse: () => Effect.fail(notOpened(new AssociationError.TimedOut({ deadline: "TLS handshake", milliseconds })))
    })
  )
}
