/**
 * A listener for DICOM over TLS, by a profile of PS3.15 Annex B. Each connection makes its handshake by itself, within a
 * deadline, so that one that stalls holds up nobody; who talks DICOM or anything else without TLS is told apart.
 *
 * @since 0.1.0
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Socket from "effect/socket/Socket"
import type * as SocketServer from "effect/socket/SocketServer"
import type * as Net from "node:net"
import * as Tls from "node:tls"
import * as AssociationError from "../AssociationError.ts"
import { fromNode } from "../internal/nodeSocket.ts"
import type * as TlsProfile from "../TlsProfile.ts"
import * as TransportPeer from "../TransportPeer.ts"
import * as UpperLayer from "../UpperLayer.ts"
import * as SecureContext from "./internal/secureContext.ts"

/**
 * Why a handshake failed on the side that listens.
 *
 * @category models
 * @since 0.1.0
 */
export type HandshakeFailure = AssociationError.TlsFailed | AssociationError.TimedOut

/**
 * Where a server listens, who it is, and whom it believes.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** The address to listen on. Default: every address of the machine. */
  readonly host?: string
  /** 2762 is the registered port of DICOM over TLS (PS3.8 section 9.1.1); 0 picks a free one. */
  readonly port: number
  /** Default: `TlsProfile.bcp195`. */
  readonly profile?: TlsProfile.TlsProfile
  /** The private key of this side in PEM. */
  readonly key: string | Uint8Array | Redacted.Redacted<string | Uint8Array>
  /** The certificate of this side in PEM, with what links it to its authority. */
  readonly cert: string | Uint8Array
  /** What the key is encrypted with. */
  readonly passphrase?: Redacted.Redacted<string>
  /** The authorities that are trusted to have issued clients' certificates, in PEM. Default: those that Node trusts. */
  readonly ca?: string | Uint8Array | ReadonlyArray<string | Uint8Array>
  /**
   * Lists of revoked certificates in PEM (RFC 5280), a current one of each authority of the chain. Default: certificates are
   * not held against any.
   */
  readonly crl?: string | Uint8Array | ReadonlyArray<string | Uint8Array>
  /**
   * Whether a client has to show a certificate: "required" lets none in without one of a trusted authority; "requested"
   * takes what comes and leaves it to `AccessControl`; "none" asks for none. Default: "required". Who is not let in gets an
   * A-ABORT.
   */
  readonly clientCertificate?: "required" | "requested" | "none"
  /** From the TCP connection to the end of the handshake. Default: 10 seconds. */
  readonly handshake?: Duration.Input
  /** Handshakes at the same time; a connection more is closed at once. Default: 100. */
  readonly maximumHandshakes?: number
  /** Is told why a handshake failed, and whose. Default: a log entry, a warning where it is worth one. */
  readonly onFailure?: (failure: HandshakeFailure, peer: TransportPeer.TransportPeer) => Effect.Effect<void>
}

/**
 * A listener in a scope. `TransportPeer.current` tells of each connection what its handshake has established.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<
  UpperLayer.Listener["Service"],
  AssociationError.TlsFailed | SocketServer.SocketServerError,
  Scope.Scope
> {
  const handshakes = yield* Effect.map(SecureContext.make(options), (secure) => new Handshakes(options, secure))
  const plain = yield* NodeSocketServer.make({
    port: options.port,
    noDelay: true,
    ...(options.host === undefined ? {} : { host: options.host })
  })
  return UpperLayer.Listener.of({
    address: plain.address,
    // The plain socket that comes with each connection is left unopened: the handshake is made on the one below it.
    run: (handler) =>
      plain.run(() =>
        Effect.flatMap(Effect.serviceOption(NodeSocket.NetSocket), (raw) =>
          Option.isNone(raw) ? Effect.die(new Error("no socket of Node")) : handshakes.serve(raw.value, handler)
        )
      )
  })
})

/**
 * The same, as a layer.
 *
 * **Example** (A server that knows its clients by their certificates)
 *
 * ```ts
 * import { AccessControl } from "@effect-dicom/association"
 * import { TlsListener } from "@effect-dicom/association/node"
 * import { readFileSync } from "node:fs"
 *
 * const listener = TlsListener.layer({
 *   port: 2762,
 *   key: readFileSync("archive.key.pem"),
 *   cert: readFileSync("archive.cert.pem"),
 *   ca: readFileSync("authority.pem")
 * })
 * const options = { access: AccessControl.certificateNamesCallingAETitle }
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<UpperLayer.Listener, AssociationError.TlsFailed | SocketServer.SocketServerError> =>
  Layer.effect(UpperLayer.Listener, make(options))

// -----------------------------------------------------------------------------
// handshakes
// -----------------------------------------------------------------------------

interface Waiting {
  readonly succeed: (tls: Tls.TLSSocket) => void
  readonly fail: (failure: AssociationError.TlsFailed) => void
}

/** Makes handshakes with a TLS server of Node that listens nowhere: it is given the connections. */
class Handshakes {
  private readonly server: Tls.Server
  private readonly waiting = new Map<string, Waiting>()
  private readonly options: Options
  private readonly milliseconds: number
  private count = 0

  constructor(options: Options, secure: Tls.SecureContextOptions) {
    this.options = options
    this.milliseconds = Duration.toMillis(Duration.fromInputUnsafe(options.handshake ?? "10 seconds"))
    this.server = Tls.createServer({
      ...secure,
      requestCert: (options.clientCertificate ?? "required") !== "none",
      // Node closes without a word of why; here it is said.
      rejectUnauthorized: false,
      handshakeTimeout: 0x7fffffff
    })
    this.server.on("secureConnection", (tls) => {
      tls.pause()
      tls.on("error", () => {})
      const waiting = this.waiting.get(end(tls))
      if (waiting === undefined) tls.destroy()
      else waiting.succeed(tls)
    })
    this.server.on("tlsClientError", (error, tls) => {
      this.waiting.get(end(tls))?.fail(SecureContext.failureOf(error))
    })
  }

  readonly serve = <A, E, R>(
    raw: Net.Socket,
    handler: (socket: Socket.Socket) => Effect.Effect<A, E, R>
  ): Effect.Effect<A | void, E, R> =>
    Effect.suspend(() => {
      if (this.count >= (this.options.maximumHandshakes ?? 100)) {
        raw.destroy()
        return Effect.void
      }
      this.count++
      const peer = fromNode(raw)
      return Effect.matchEffect(
        Effect.ensuring(
          this.bounded(raw),
          Effect.sync(() => this.count--)
        ),
        {
          onFailure: (failure) => (this.options.onFailure ?? logged)(failure, peer),
          onSuccess: (tls) =>
            NodeSocket.fromDuplex(opened(tls)).pipe(
              Effect.flatMap(handler),
              Effect.provideService(TransportPeer.TransportPeer, fromNode(tls)),
              Effect.ensuring(Effect.sync(() => (tls.closed ? undefined : tls.destroySoon())))
            )
        }
      )
    })

  private readonly bounded = (raw: Net.Socket): Effect.Effect<Tls.TLSSocket, HandshakeFailure> =>
    Effect.onExit(
      Effect.timeoutOrElse(this.handshake(raw), {
        duration: this.milliseconds,
        orElse: () =>
          Effect.fail(new AssociationError.TimedOut({ deadline: "TLS handshake", milliseconds: this.milliseconds }))
      }),
      // One to whom an alert was written is closed when that is through.
      (exit) => Effect.sync(() => (exit._tag === "Success" || raw.writableEnded ? undefined : raw.destroy()))
    )

  private readonly handshake = (raw: Net.Socket): Effect.Effect<Tls.TLSSocket, AssociationError.TlsFailed> => {
    const key = end(raw)
    return Effect.callback<Tls.TLSSocket, AssociationError.TlsFailed>((resume) => {
      const fail = (failure: AssociationError.TlsFailed): void => resume(Effect.fail(failure))
      const begin = (): void => {
        // A Buffer, since no encoding was set.
        const first = raw.read() as Buffer | null
        if (first === null) return
        raw.off("readable", begin)
        const other = stranger(first)
        if (other !== undefined) {
          raw.write(protocolVersionAlert)
          raw.destroySoon()
          return fail(other)
        }
        raw.unshift(first)
        this.waiting.set(key, { succeed: (tls) => resume(this.judged(tls)), fail })
        this.server.emit("connection", raw)
      }
      raw.on("readable", begin)
      raw.once("close", () => fail(SecureContext.failed("closed", undefined)))
      begin()
      return Effect.sync(() => raw.off("readable", begin))
    }).pipe(Effect.ensuring(Effect.sync(() => this.waiting.delete(key))))
  }

  /** A certificate that is owed must be there, and trusted. */
  private readonly judged = (tls: Tls.TLSSocket): Effect.Effect<Tls.TLSSocket, AssociationError.TlsFailed> => {
    if ((this.options.clientCertificate ?? "required") !== "required" || tls.authorized) return Effect.succeed(tls)
    const { certificate } = fromNode(tls).tls ?? {}
    const detail =
      certificate === undefined ? "it has shown none" : `${certificate.subject} (${String(tls.authorizationError)})`
    return Effect.andThen(refused(tls), Effect.fail(SecureContext.failed("peer certificate", detail)))
  }
}

/** Tells the peer that it is not let in, and waits a second for it to go: a close before would undo what was written. */
const refused = (tls: Tls.TLSSocket): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    tls.once("close", () => resume(Effect.void))
    tls.resume()
    tls.end(abort)
    return Effect.sync(() => tls.destroy())
  }).pipe(Effect.timeoutOrElse({ duration: "1 second", orElse: () => Effect.void }))

/** A connection is known by its other end, to the socket of TCP and the one of TLS alike. */
const end = (socket: Net.Socket): string => `${socket.remoteAddress} ${socket.remotePort}`

const opened = (tls: Tls.TLSSocket): Effect.Effect<Tls.TLSSocket, Socket.SocketError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() =>
      tls.destroyed
        ? Effect.fail(new Socket.SocketError({ reason: new Socket.SocketCloseError({ code: 1000 }) }))
        : Effect.succeed(tls)
    ),
    (tls) => Effect.sync(() => (tls.closed ? undefined : tls.destroySoon()))
  )

/** TLS begins with a handshake record (RFC 8446 section 5.1); DICOM begins with an A-ASSOCIATE-RQ (PS3.8 section 9.3.2). */
const stranger = (first: Uint8Array): AssociationError.TlsFailed | undefined => {
  if (first[0] === 0x16) return undefined
  if (first[0] === 0x01 && (first[1] ?? 0) === 0) return SecureContext.failed("plain DICOM", undefined)
  const text = Buffer.from(first.subarray(0, 8)).toString("latin1")
  return SecureContext.failed("not TLS", `its first bytes are ${JSON.stringify(text)}`)
}

/** Fatal alert protocol_version (RFC 8446 section 6): by it a peer, also one of DICOM, can tell that this port speaks TLS. */
const protocolVersionAlert = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 70)

/**
 * A-ABORT of the service-provider, reason not specified (PS3.8 section 9.3.8): Node has no alert of TLS for a certificate
 * that is refused, so it is DICOM that tells the peer that the connection is not lost but ended by this side.
 */
const abort = Uint8Array.of(7, 0, 0, 0, 0, 4, 0, 0, 2, 0)

const logged = (failure: HandshakeFailure, peer: TransportPeer.TransportPeer): Effect.Effect<void> => {
  const isNoise = failure._tag === "TlsFailed" && (failure.reason === "closed" || failure.reason === "not TLS")
  return (isNoise ? Effect.logDebug : Effect.logWarning)("A TLS handshake failed", failure.message, peer)
}
