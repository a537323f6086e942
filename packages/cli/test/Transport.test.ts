import { AssociationError, TlsProfile, UserIdentity } from "@effect-dicom/association"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Failure from "../src/Failure.ts"
import * as Transport from "../src/Transport.ts"
import { dicom, folder, serving } from "./command.ts"
import * as Files from "./files.ts"

const pem = (name: string): string =>
  fileURLToPath(new URL(`../../association/test/fixtures/${name}.pem`, import.meta.url))
const authority = ["--cafile", pem("authority.cert")]
const as = (name: string) => ["--tls", "--key", pem(`${name}.key`), "--cert", pem(`${name}.cert`), ...authority]

const secured = (verifyPeer = true): Transport.Tls => ({
  profile: TlsProfile.bcp195,
  key: Redacted.make(readFileSync(pem("archive.key"))),
  cert: readFileSync(pem("archive.cert")),
  ca: readFileSync(pem("authority.cert")),
  verifyPeer
})

describe("the command over TLS", { timeout: 20000 }, () => {
  it.live("asks and sends with certificates on both sides, by each profile", () =>
    Effect.gen(function* () {
      const port = yield* serving({ secured: secured() })
      const path = Files.write(join(yield* folder, "a.dcm"))
      for (const [command, ...paths] of [["echo"], ["store", path], ["store", path, "--associations", "2"]] as const) {
        const { err, exitCode } = yield* dicom(command, "127.0.0.1", port, ...paths, ...as("modality1"))
        assert.deepStrictEqual([exitCode, err], [0, []])
      }
      for (const { id } of TlsProfile.all) {
        const { exitCode } = yield* dicom("echo", "127.0.0.1", port, ...as("modality1"), "--tls-profile", id)
        assert.strictEqual(exitCode, 0, id)
      }
    })
  )

  it.live("checks who the peer is, unless it is told not to", () =>
    Effect.gen(function* () {
      const port = yield* serving({ secured: secured(false) })
      const { err, exitCode } = yield* dicom("echo", "127.0.0.1", port, "--tls")
      assert.deepStrictEqual(
        [exitCode, err],
        [
          3,
          [
            "The certificate of the peer is not accepted: self-signed certificate in certificate chain " +
              `(127.0.0.1:${port}). Give the authority that issued it with --cafile.`
          ]
        ]
      )
      assert.strictEqual((yield* dicom("echo", "127.0.0.1", port, "--tls", ...authority)).exitCode, 0)
      assert.strictEqual((yield* dicom("echo", "127.0.0.1", port, "--tls", "--no-verify-peer")).exitCode, 0)
    })
  )

  it.live("says of a certificate for another host, and of one that is not in force, what to do about it", () =>
    Effect.gen(function* () {
      const key = Redacted.make(readFileSync(pem("modality1.key")))
      const port = yield* serving({ secured: { ...secured(false), key, cert: readFileSync(pem("modality1.cert")) } })
      const { err, exitCode } = yield* dicom("echo", "127.0.0.1", port, "--tls", ...authority)
      assert.deepStrictEqual(
        [exitCode, err],
        [
          3,
          [
            "The certificate of the peer is not accepted: IP: 127.0.0.1 is not in the cert's list:  " +
              `(127.0.0.1:${port}). Give the peer's host by a name that it is for.`
          ]
        ]
      )
      const expired = new AssociationError.TlsFailed({
        reason: "peer certificate",
        detail: "certificate has expired"
      })
      const parties = { host: "archive", port: 2762, callingAETitle: "ME", calledAETitle: "ARCHIVE" }
      assert.strictEqual(
        Failure.fromAssociation(expired, parties).sentence,
        "The certificate of the peer is not accepted: certificate has expired (archive:2762). " +
          "The peer needs one that is in force, or a clock is wrong."
      )
    })
  )

  it.live("says where one side speaks TLS and the other does not", () =>
    Effect.gen(function* () {
      const [plain, tls] = [yield* serving(), yield* serving({ secured: secured(false) })]
      const first = yield* dicom("echo", "127.0.0.1", plain, "--tls", ...authority)
      assert.deepStrictEqual(first.err, [
        `The peer does not speak TLS on this connection: wrong version number (127.0.0.1:${plain}). ` +
          "Give a port of the peer that speaks TLS, or leave TLS out."
      ])
      const second = yield* dicom("echo", "127.0.0.1", tls)
      assert.match(
        second.err[0] ?? "",
        /looks like a TLS alert, from a TLS port\) \(unrecognized-PDU\)\. Give --tls, or a port without TLS\.$/
      )
      assert.deepStrictEqual([first.exitCode, second.exitCode], [3, 5])
    })
  )

  it.live("--crlfile trusts no certificate that is revoked, and asks for a list of each authority", () =>
    Effect.gen(function* () {
      const server = { ...secured(false), key: Redacted.make(readFileSync(pem("node.key"))) }
      const port = yield* serving({ secured: { ...server, cert: readFileSync(pem("current.cert")) } })
      const revoked = yield* serving({ secured: { ...server, cert: readFileSync(pem("revoked.cert")) } })
      const flags = ["--tls", "--cafile", pem("registrar.cert")]
      const lists = ["--crlfile", pem("registrar.crl")]
      assert.strictEqual((yield* dicom("echo", "127.0.0.1", port, ...flags, ...lists)).exitCode, 0)
      assert.strictEqual((yield* dicom("echo", "127.0.0.1", revoked, ...flags)).exitCode, 0)
      assert.deepStrictEqual((yield* dicom("echo", "127.0.0.1", revoked, ...flags, ...lists)).err, [
        `The certificate of the peer is not accepted: certificate revoked (127.0.0.1:${revoked}). ` +
          "The peer needs another one, since its authority has taken this one back."
      ])
      const other = yield* serving({ secured: secured(false) })
      assert.deepStrictEqual((yield* dicom("echo", "127.0.0.1", other, "--tls", ...authority, ...lists)).err, [
        `The certificate of the peer is not accepted: unable to get certificate CRL (127.0.0.1:${other}). ` +
          "Give a current list of each authority with --crlfile."
      ])
    })
  )

  it.live("--key-password-file opens a key that is encrypted", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "password")
      writeFileSync(file, "sesame\n")
      const port = yield* serving({ secured: { ...secured(), ca: readFileSync(pem("registrar.cert")) } })
      const flags = [
        ...["echo", "127.0.0.1", port, "--tls", ...authority],
        ...["--key", pem("encrypted.key"), "--cert", pem("current.cert")]
      ]
      assert.strictEqual((yield* dicom(...flags, "--key-password-file", file)).exitCode, 0)
      assert.deepStrictEqual((yield* dicom(...flags)).err, [
        "TLS cannot be used with the key, certificates or options given: the key is encrypted and its passphrase is missing " +
          `(127.0.0.1:${port}). Give a file with it by --key-password-file.`
      ])
      const own = ["--key", pem("encrypted.key"), "--cert", pem("current.cert"), "--no-verify-peer"]
      assert.deepStrictEqual(yield* dicom("serve", "--ignore", "--port", "0", "--tls", ...own), {
        exitCode: 2,
        out: [],
        err: [
          "TLS cannot be used with the key, certificates or options given: the key is encrypted and its passphrase is " +
            "missing. Give a file with it by --key-password-file."
        ]
      })
    })
  )

  it.live("says what may have been refused where a peer aborts: the certificate too", () =>
    Effect.gen(function* () {
      const port = yield* serving({ secured: secured() })
      assert.deepStrictEqual(yield* dicom("echo", "127.0.0.1", port, "--tls", ...authority), {
        exitCode: 5,
        out: [],
        err: [
          `The peer's provider aborted the association: reason-not-specified (127.0.0.1:${port}). It did not accept ` +
            "something that was sent, perhaps the certificate of this side, or that there was none (--key, --cert); its " +
            "log may say what."
        ]
      })
    })
  )

  it.live("serve --check-certificate rejects who calls itself otherwise than its certificate does", () =>
    Effect.gen(function* () {
      const port = yield* serving({ secured: secured(), checkCertificate: true })
      const calling = ["--aetitle", "MODALITY1"]
      assert.strictEqual((yield* dicom("echo", "127.0.0.1", port, ...as("modality1"), ...calling)).exitCode, 0)
      assert.strictEqual((yield* dicom("echo", "127.0.0.1", port, ...as("modality2"), ...calling)).exitCode, 4)
    })
  )

  it.live.each([
    [["--cafile", "x.pem"], "--cafile is for connections over TLS. Give --tls too."],
    [["--no-verify-peer"], "--no-verify-peer is for connections over TLS. Give --tls too."],
    [
      ["--tls", "--key", "x.pem"],
      "A key and its certificate belong together. Give both --key and --cert, or none of the two."
    ],
    [
      ["--tls", "--key-password-file", "x"],
      "--key-password-file is for a key that is encrypted. Give the key with --key."
    ],
    [
      ["--tls", "--no-verify-peer", "--crlfile", "x"],
      "--crlfile is for certificates that are checked. Leave out --no-verify-peer."
    ],
    [
      ["--tls", "--tls-profile", "aes"],
      'TLS profile "aes": the AES TLS profile (PS3.15 B.3) is retired: it asks for TLS 1.0 without forward secrecy and ' +
        "with SHA-1, which BCP 195 forbids; use one of bcp195, modified-bcp195, bcp195-nd, bcp195-ex."
    ],
    [["--user", "alice", "--jwt", "x.jwt"], "There is one user. Give one of --user, --jwt."],
    [["--password", "sesame"], "A password is that of a user. Give the name with --user."],
    [
      ["--user", "alice", "--password", "sesame", "--password-file", "x"],
      "There is one password. Give one of --password and --password-file."
    ],
    [["--positive-response"], "--positive-response is for a user's identity. Give one, with --user for example."]
  ] as const)("refuses %j as a wrong command line", ([flags, sentence]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* dicom("echo", "localhost", "104", ...flags), {
        exitCode: 2,
        out: [],
        err: [sentence]
      })
    })
  )

  it.live("refuses to serve without a key, or without knowing who issues clients' certificates", () =>
    Effect.gen(function* () {
      const serve = ["serve", "--ignore", "--port", "0", "--tls"]
      assert.deepStrictEqual(yield* dicom(...serve), {
        exitCode: 2,
        out: [],
        err: ["A server over TLS shows who it is. Give its key and certificate with --key and --cert."]
      })
      const identity = ["--key", pem("archive.key"), "--cert", pem("archive.cert")]
      assert.deepStrictEqual(yield* dicom(...serve, ...identity), {
        exitCode: 2,
        out: [],
        err: [
          "It is not said who issues the clients' certificates. Give --cafile, or --no-verify-peer to ask for none."
        ]
      })
      assert.deepStrictEqual((yield* dicom(...serve, ...identity, "--check-certificate", "--no-verify-peer")).err, [
        "--check-certificate is for certificates that are asked for and checked. Give --tls, without --no-verify-peer."
      ])
    })
  )

  it.live("says which file it cannot read", () =>
    Effect.gen(function* () {
      const { err, exitCode } = yield* dicom("echo", "localhost", "104", "--tls", "--cafile", "/nowhere/x.pem")
      assert.deepStrictEqual(err, [
        "Cannot read /nowhere/x.pem: there is no such file or folder. Give a file that can be read with --cafile."
      ])
      assert.strictEqual(exitCode, 7)
    })
  )
})

describe("the user", { timeout: 20000 }, () => {
  const identified = (flags: Partial<Transport.UserFlags>, environment: Readonly<Record<string, string>> = {}) =>
    Effect.map(
      Transport.userIdentity({ positiveResponse: false, ...flags }),
      (identity) => identity && UserIdentity.toNegotiation(identity)
    ).pipe(
      Effect.provide(NodeServices.layer),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(environment))
    )
  const fields = <const T extends string>(type: T, primary: string, secondary = "") => ({
    type,
    positiveResponseRequested: false,
    primaryField: new Uint8Array(Buffer.from(primary)),
    secondaryField: new Uint8Array(Buffer.from(secondary))
  })

  it.live("is said by name, with a password from a flag, a file, or the environment", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "password")
      writeFileSync(file, "sesame\n")
      const alice = fields("username and passcode", "alice", "sesame")
      assert.isUndefined(yield* identified({}, { DICOM_PASSWORD: "sesame" }))
      assert.deepStrictEqual(yield* identified({ user: "alice" }), fields("username", "alice"))
      assert.deepStrictEqual(yield* identified({ user: "alice", password: Redacted.make("sesame") }), alice)
      assert.deepStrictEqual(yield* identified({ user: "alice", passwordFile: file }), alice)
      assert.deepStrictEqual(yield* identified({ user: "alice" }, { DICOM_PASSWORD: "sesame" }), alice)
    })
  )

  it.live("is said by a ticket, an assertion or a token in a file", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "proof")
      writeFileSync(file, "a.b.c\n")
      assert.deepStrictEqual(yield* identified({ kerberos: file }), fields("Kerberos service ticket", "a.b.c\n"))
      assert.deepStrictEqual(yield* identified({ saml: file }), fields("SAML assertion", "a.b.c"))
      assert.deepStrictEqual(yield* identified({ jwt: file, positiveResponse: true }), {
        ...fields("JSON Web Token", "a.b.c"),
        positiveResponseRequested: true
      })
    })
  )

  it.live("reaches the peer, and it is told where that does not answer", () =>
    Effect.gen(function* () {
      const port = yield* serving()
      const flags = ["--user", "alice", "--password", "sesame", "--positive-response"]
      assert.deepStrictEqual((yield* dicom("echo", "127.0.0.1", port, ...flags)).err, [
        "The peer did not say that it accepts the user: it may not look at users at all."
      ])
    })
  )
})
