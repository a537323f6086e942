import { assert, describe, it } from "@effect/vitest"
import * as AccessControl from "@effect-dicom/association/AccessControl"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import { TlsListener } from "@effect-dicom/association/node"
import * as TlsProfile from "@effect-dicom/association/TlsProfile"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { createPrivateKey } from "node:crypto"
import * as Net from "node:net"
import { inspect } from "node:util"
import { anonymousEcho, echo, fingerprint, identity, pem, secureEcho, serving } from "./secured.ts"

/** A TCP connection that writes this and waits for the end; gives what came, in hexadecimal. */
const raw = (port: number, text: string) =>
  Effect.callback<string>((resume) => {
    const chunks: Array<Buffer> = []
    const socket = Net.connect(port, "127.0.0.1", () => socket.write(Buffer.from(text, "latin1")))
    socket.on("data", (chunk: Buffer) => chunks.push(chunk))
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(Buffer.concat(chunks).toString("hex"))))
    return Effect.sync(() => socket.destroy())
  })

/** A TCP connection that is open and silent. */
const silent = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<Net.Socket>((resume) => {
      const socket = Net.connect(port, "127.0.0.1", () => resume(Effect.succeed(socket)))
      socket.on("error", () => {})
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

const plainEcho = (port: number) =>
  Effect.provide(echo(), NodeSocket.layerNet({ host: "127.0.0.1", port, noDelay: true }))

/** The beginning of a ClientHello, and no more. */
const beginning = "\u0016\u0003\u0001\u0002\u0000\u0001"

const overTls12 = { profile: TlsProfile.extendedBcp195 }

describe("a listener over TLS", () => {
  it.live("serves associations, and knows the peer's address and certificate", () =>
    Effect.gen(function* () {
      const { peers, port } = yield* serving()
      assert.strictEqual(yield* secureEcho(port), "Success")
      const [peer] = peers
      assert.strictEqual(peer?.address, "127.0.0.1")
      assert.strictEqual(peer?.tls?.version, "TLSv1.3")
      assert.strictEqual(peer?.tls?.cipherSuite, "TLS_AES_256_GCM_SHA384")
      assert.deepStrictEqual(peer?.tls?.certificate, {
        trusted: true,
        commonNames: ["MODALITY1"],
        alternativeNames: [{ kind: "DNS", value: "modality1" }],
        subject: "O=Hospital, CN=MODALITY1",
        issuer: "CN=Test Authority",
        fingerprint: fingerprint("modality1")
      })
    }).pipe(Effect.scoped)
  )

  it.live.each(TlsProfile.all)("keeps to $name", (profile) =>
    Effect.gen(function* () {
      const { failed, peers, port } = yield* serving({ profile })
      assert.strictEqual(yield* secureEcho(port, { profile }), "Success")
      assert.include(profile.cipherSuites, peers[0]?.tls?.cipherSuite)
      assert.strictEqual(peers[0]?.tls?.version, profile.maximumVersion)
      // What no profile has: key exchange by RSA.
      const others = NodeSocket.layerTls({
        host: "127.0.0.1",
        port,
        ...identity("modality1"),
        rejectUnauthorized: false,
        maxVersion: "TLSv1.2",
        ciphers: "AES128-GCM-SHA256"
      })
      assert.strictEqual((yield* Effect.flip(Effect.provide(echo(), others)))._tag, "ConnectFailed")
      const failure = yield* failed
      assert.strictEqual(
        failure.message,
        "The two sides have no version of TLS, cipher suite or signature algorithm in common: no shared cipher"
      )
    }).pipe(Effect.scoped)
  )

  it.live("lets nobody in without a certificate, which it asks for by default", () =>
    Effect.gen(function* () {
      const { failed, peers, port } = yield* serving()
      const error = yield* Effect.flip(anonymousEcho(port))
      assert.strictEqual(error.message, "The peer's provider aborted the association: reason-not-specified")
      assert.strictEqual((yield* failed).message, "The certificate of the peer is not accepted: it has shown none")
      assert.deepStrictEqual(peers, [])
    }).pipe(Effect.scoped)
  )

  it.live("lets nobody in by a certificate of an authority that it does not trust", () =>
    Effect.gen(function* () {
      const { failed, peers, port } = yield* serving()
      const error = yield* Effect.flip(secureEcho(port, identity("stranger")))
      assert.strictEqual(error.message, "The peer's provider aborted the association: reason-not-specified")
      assert.strictEqual(
        (yield* failed).message,
        "The certificate of the peer is not accepted: CN=MODALITY1 (DEPTH_ZERO_SELF_SIGNED_CERT)"
      )
      assert.deepStrictEqual(peers, [])
    }).pipe(Effect.scoped)
  )

  it.live("lets nobody in by a certificate that is on a list of revoked ones", () =>
    Effect.gen(function* () {
      const { failed, port } = yield* serving({ ca: pem("registrar.cert"), crl: pem("registrar.crl") })
      assert.strictEqual(yield* secureEcho(port, { key: pem("node.key"), cert: pem("current.cert") }), "Success")
      yield* Effect.flip(secureEcho(port, { key: pem("node.key"), cert: pem("revoked.cert") }))
      assert.strictEqual((yield* failed).message, "The certificate of the peer is not accepted: CN=NODE (CERT_REVOKED)")
    }).pipe(Effect.scoped)
  )

  it.live(
    "asks for no certificate where it is told so, and leaves it to access control where it only requests one",
    () =>
      Effect.gen(function* () {
        const none = yield* serving({ clientCertificate: "none" })
        assert.strictEqual(yield* anonymousEcho(none.port), "Success")
        assert.isUndefined(none.peers[0]?.tls?.certificate)
        const owns = AccessControl.certificateOwns({ [fingerprint("stranger")]: "MODALITY1" })
        const requested = yield* serving({ clientCertificate: "requested" }, { access: owns })
        assert.strictEqual(yield* secureEcho(requested.port, identity("stranger")), "Success")
        assert.isFalse(requested.peers[0]?.tls?.certificate?.trusted)
        const error = yield* Effect.flip(secureEcho(requested.port))
        assert.include(error.message, "calling-AE-title-not-recognized")
      }).pipe(Effect.scoped)
  )

  it.live("binds the certificate to the calling AE title by access control", () =>
    Effect.gen(function* () {
      const { port } = yield* serving({}, { access: AccessControl.certificateNamesCallingAETitle })
      assert.strictEqual(yield* secureEcho(port), "Success")
      assert.strictEqual(yield* secureEcho(port, identity("modality2"), "MODALITY2"), "Success")
      const error = yield* Effect.flip(secureEcho(port, identity("modality2"), "MODALITY1"))
      assert.include(error.message, "calling-AE-title-not-recognized")
    }).pipe(Effect.scoped)
  )

  it.live("tells DICOM without TLS apart, and both sides say so", () =>
    Effect.gen(function* () {
      const { failed, peers, port } = yield* serving()
      const error = yield* Effect.flip(plainEcho(port))
      assert.strictEqual(
        error.message,
        "The association was aborted because of what the peer sent: PDU type is 15H; permitted: 01H to 07H " +
          "(not DICOM: looks like a TLS alert, from a TLS port) (unrecognized-PDU)"
      )
      assert.strictEqual((yield* failed).message, "The peer speaks DICOM without TLS on a TLS port")
      assert.deepStrictEqual(peers, [])
    }).pipe(Effect.scoped)
  )

  it.live("tells what is neither TLS nor DICOM", () =>
    Effect.gen(function* () {
      const { failed, port } = yield* serving()
      // RFC 8446 section 6: alert (21), legacy version 0303H, 2 bytes: fatal (2), protocol_version (70).
      assert.strictEqual(yield* raw(port, "GET / HTTP/1.1\r\n\r\n"), "15030300020246")
      assert.strictEqual(
        (yield* failed).message,
        'The peer does not speak TLS on this connection: its first bytes are "GET / HT"'
      )
    }).pipe(Effect.scoped)
  )

  it.live("serves others while a handshake stalls", () =>
    Effect.gen(function* () {
      const { failures, port } = yield* serving({ handshake: "1 minute" })
      yield* silent(port)
      yield* Effect.forkScoped(raw(port, beginning))
      for (let i = 0; i < 3; i++) assert.strictEqual(yield* secureEcho(port), "Success")
      assert.deepStrictEqual(failures, [])
    }).pipe(Effect.scoped)
  )

  it.live.each([
    ["has not begun", ""],
    ["stalls", beginning]
  ] as const)("closes a connection whose handshake %s", ([, text]) =>
    Effect.gen(function* () {
      const { failed, port } = yield* serving({ handshake: "100 millis" })
      assert.strictEqual(yield* raw(port, text), "")
      const failure = yield* failed
      assert.deepStrictEqual(failure, new AssociationError.TimedOut({ deadline: "TLS handshake", milliseconds: 100 }))
      assert.strictEqual(
        failure.message,
        "The TLS handshake deadline passed: the TLS handshake was not complete within 100 ms"
      )
    }).pipe(Effect.scoped)
  )

  it.live("makes so many handshakes at once and no more", () =>
    Effect.gen(function* () {
      const { port } = yield* serving({ maximumHandshakes: 2 })
      const first = yield* silent(port)
      yield* silent(port)
      yield* raw(port, "")
      first.destroy()
      assert.strictEqual(yield* Effect.eventually(Effect.tapError(secureEcho(port), () => Effect.yieldNow)), "Success")
    }).pipe(Effect.scoped)
  )

  it.live("logs what failed where nobody is told", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const logger = Logger.make((entry) => logged.push(`${entry.logLevel}: ${inspect(entry.message)}`))
      const { port } = yield* serving({}, {}, true).pipe(Effect.provide(Logger.layer([logger])))
      yield* Effect.flip(plainEcho(port))
      assert.strictEqual(logged.length, 1)
      assert.include(logged[0], "Warn")
      assert.include(logged[0], "The peer speaks DICOM without TLS on a TLS port")
      assert.include(logged[0], "127.0.0.1")
    }).pipe(Effect.scoped)
  )

  it.live.each([
    [{ key: "no key" }, "unsupported"],
    [{ key: pem("modality1.key") }, "the certificate is not that of the key"],
    [{ cert: "no certificate" }, "no start line"],
    [{ profile: { ...TlsProfile.bcp195, cipherSuites: ["TLS_RSA_WITH_NULL_MD5"] } }, "no cipher match"]
  ] as const)("does not start with what is of no use", ([options, detail]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        TlsListener.make({ host: "127.0.0.1", port: 0, ...identity("archive"), ...options })
      )
      assert.strictEqual(error._tag, "TlsFailed")
      assert.include(error.message, "TLS cannot be used with the key, certificates or options given: ")
      assert.include(error.message, detail)
    }).pipe(Effect.scoped)
  )

  it.live("opens a key by its passphrase, which no error shows", () =>
    Effect.gen(function* () {
      const key = createPrivateKey(pem("archive.key")).export({
        type: "pkcs8",
        format: "pem",
        cipher: "aes-256-cbc",
        passphrase: "sesame"
      })
      const { port } = yield* serving({ key: Redacted.make(key), passphrase: Redacted.make("sesame") })
      assert.strictEqual(yield* secureEcho(port), "Success")
      const error = yield* Effect.flip(serving({ key, passphrase: Redacted.make("open sesame") }))
      assert.include(error.message, "TLS cannot be used with the key, certificates or options given: ")
      assert.notInclude(inspect(error, { depth: 9 }), "sesame")
    }).pipe(Effect.scoped)
  )

  it.live("drains as any listener does, and leaves no connection", () =>
    Effect.gen(function* () {
      const { port, server } = yield* serving()
      yield* secureEcho(port)
      yield* server.drain
      const error = yield* Effect.flip(secureEcho(port, overTls12))
      assert.include(["TransportClosed", "TlsFailed", "ConnectFailed"], error._tag)
    }).pipe(Effect.scoped)
  )
})
