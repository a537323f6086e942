import { assert, describe, it } from "@effect/vitest"
import * as AssociationServer from "@effect-dicom/association/AssociationServer"
import { TlsTransport } from "@effect-dicom/association/node"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { ca, echo, identity, pem, portOf, secureEcho, serving } from "./secured.ts"

/** Listens, and does this with each connection. */
const listening = (server: Net.Server) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () => Effect.sync(() => server.close())
  )

const plain = (onConnection: (socket: Net.Socket) => void) =>
  listening(
    Net.createServer((socket) => {
      socket.on("error", () => {})
      onConnection(socket)
    })
  )

/** The failure of an echo over TLS, as its tag and its message. */
const failure = (port: number, options: Partial<TlsTransport.Options> = {}) =>
  Effect.map(Effect.flip(secureEcho(port, options)), (error) => `${error._tag}: ${error.message}`)

describe("a transport over TLS", () => {
  it.live("trusts who a given authority trusts, by name", () =>
    Effect.gen(function* () {
      const { port } = yield* serving()
      assert.strictEqual(yield* secureEcho(port), "Success")
      assert.strictEqual(yield* secureEcho(port, { servername: "localhost" }), "Success")
      assert.strictEqual(
        yield* failure(port, { servername: "archive.example" }),
        "TlsFailed: The certificate of the peer is not accepted: Host: archive.example. is not in the cert's altnames: " +
          "DNS:localhost, IP Address:127.0.0.1"
      )
      assert.strictEqual(yield* secureEcho(port, { servername: "archive.example", verify: "authority" }), "Success")
    }).pipe(Effect.scoped)
  )

  it.live("trusts no certificate that is on a list of revoked ones, and none where a list is missing", () =>
    Effect.gen(function* () {
      const server = { ca: pem("authority.cert"), key: pem("node.key") }
      const registrar = { ca: pem("registrar.cert") }
      const { port } = yield* serving({ ...server, cert: pem("current.cert") })
      const { port: revoked } = yield* serving({ ...server, cert: pem("revoked.cert") })
      const listed = { ...registrar, crl: pem("registrar.crl") }
      assert.strictEqual(yield* secureEcho(port, listed), "Success")
      assert.strictEqual(yield* secureEcho(revoked, registrar), "Success")
      assert.strictEqual(
        yield* failure(revoked, listed),
        "TlsFailed: The certificate of the peer is not accepted: certificate revoked"
      )
      const { port: other } = yield* serving()
      assert.strictEqual(
        yield* failure(other, { crl: pem("registrar.crl") }),
        "TlsFailed: The certificate of the peer is not accepted: unable to get certificate CRL"
      )
    }).pipe(Effect.scoped)
  )

  it.live("reads a key that is encrypted with its passphrase, and says where that is missing or wrong", () =>
    Effect.gen(function* () {
      const { port } = yield* serving({ ca: pem("registrar.cert") })
      const own = { key: pem("encrypted.key"), cert: pem("current.cert") }
      assert.strictEqual(yield* secureEcho(port, { ...own, passphrase: Redacted.make("sesame") }), "Success")
      const unusable = "TlsFailed: TLS cannot be used with the key, certificates or options given: "
      assert.strictEqual(yield* failure(port, own), `${unusable}the key is encrypted and its passphrase is missing`)
      assert.strictEqual(
        yield* failure(port, { ...own, passphrase: Redacted.make("mellon") }),
        `${unusable}the passphrase is not that of the key`
      )
    }).pipe(Effect.scoped)
  )

  it.live("trusts nobody else, unless it is told to check nothing", () =>
    Effect.gen(function* () {
      const { port } = yield* serving()
      const other = { ca: pem("localhost.cert") }
      assert.match(yield* failure(port, other), /^TlsFailed: The certificate of the peer is not accepted: self-signed/)
      assert.match(yield* failure(port, { ...other, verify: "authority" }), /^TlsFailed: The certificate of the peer/)
      assert.strictEqual(yield* secureEcho(port, { ...other, verify: "nothing" }), "Success")
    }).pipe(Effect.scoped)
  )

  it.live("is refused in words where the peer asks for another certificate", () =>
    Effect.gen(function* () {
      for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        const server = Tls.createServer({ ca, ...identity("archive"), requestCert: true, maxVersion })
        server.on("tlsClientError", () => {})
        const port = yield* listening(server)
        const transport = yield* TlsTransport.make({ host: "127.0.0.1", port, ca })
        const error = yield* Effect.flip(Effect.provideService(echo(), UpperLayer.Transport, transport))
        assert.strictEqual(error._tag, "TlsFailed")
        assert.strictEqual(
          error.message,
          maxVersion === "TLSv1.3"
            ? "The peer did not accept the certificate of this side, or asks for one: tlsv13 alert certificate required"
            : "The two sides have no version of TLS, cipher suite or signature algorithm in common: " +
                "ssl/tls alert handshake failure"
        )
      }
    }).pipe(Effect.scoped)
  )

  it.live("says that a port of DICOM without TLS speaks no TLS, and so does the server there", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(
        Layer.provide(
          AssociationServer.layer({ handler: () => Effect.void }),
          NodeSocketServer.layer({ host: "127.0.0.1", port: 0, noDelay: true })
        )
      )
      const server = yield* Effect.provide(AssociationServer.AssociationServer, context)
      assert.strictEqual(
        yield* failure(portOf(server.address)),
        "TlsFailed: The peer does not speak TLS on this connection: wrong version number"
      )
    }).pipe(Effect.scoped)
  )

  it.live.each([
    ["closes", (socket: Net.Socket) => socket.end()],
    ["resets", (socket: Net.Socket) => socket.resetAndDestroy()]
  ] as const)("says that the peer %s the connection during the handshake", ([, ends]) =>
    Effect.gen(function* () {
      const port = yield* plain((socket) => socket.once("data", () => ends(socket)))
      assert.match(yield* failure(port), /^TlsFailed: The peer closed the connection during the TLS handshake/)
    }).pipe(Effect.scoped)
  )

  it.live("gives up a handshake that stalls", () =>
    Effect.gen(function* () {
      const port = yield* plain((socket) => socket.resume())
      assert.strictEqual(
        yield* failure(port, { handshake: "100 millis" }),
        "TimedOut: The TLS handshake deadline passed: the TLS handshake was not complete within 100 ms"
      )
    }).pipe(Effect.scoped)
  )

  it.live("is interrupted during a handshake", () =>
    Effect.gen(function* () {
      let closed = false
      const port = yield* plain((socket) => {
        socket.resume()
        socket.on("close", () => {
          closed = true
        })
      })
      const none = yield* Effect.timeoutOption(secureEcho(port), "100 millis")
      assert.strictEqual(none._tag, "None")
      while (!closed) yield* Effect.yieldNow
    }).pipe(Effect.scoped)
  )

  it.live("says that nobody listens as a connection without TLS does", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(plain(() => {}))
      assert.match(yield* failure(port), /^ConnectFailed: The transport connection could not be opened: .*ECONNREFUSED/)
    }).pipe(Effect.scoped)
  )

  it.effect("is not made of a key without its certificate", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(TlsTransport.make({ host: "localhost", port: 2762, key: pem("modality1.key") }))
      assert.strictEqual(
        error.message,
        "TLS cannot be used with the key, certificates or options given: " +
          "a key and its certificate are given together, or none of the two"
      )
    })
  )
})
