import { assert, describe, it } from "@effect/vitest"
import * as AccessControl from "@effect-dicom/association/AccessControl"
import { ReadyMade } from "@effect-dicom/association/testing"
import type * as TransportPeer from "@effect-dicom/association/TransportPeer"
import * as A_ASSOCIATE_PDU from "@effect-dicom/protocol/A_ASSOCIATE_PDU"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

const primitive = Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(ReadyMade.associateRQ()))

const caller = (
  transport: TransportPeer.TransportPeer = {},
  callingAETitle = "MODALITY1",
  calledAETitle = "ARCHIVE"
): AccessControl.Caller => ({ callingAETitle, calledAETitle, transport, indication: { primitive, tolerated: [] } })

const certificate: TransportPeer.Certificate = {
  trusted: true,
  commonNames: ["MODALITY1"],
  alternativeNames: [{ kind: "DNS", value: "modality2" }],
  subject: "CN=MODALITY1, O=Hospital",
  issuer: "CN=Authority",
  fingerprint: "AA:BB:CC"
}

const over = (certificate?: TransportPeer.Certificate): TransportPeer.TransportPeer => ({
  address: "192.0.2.7",
  tls: {
    version: "TLSv1.3",
    cipherSuite: "TLS_AES_256_GCM_SHA384",
    ...(certificate === undefined ? {} : { certificate })
  }
})

/** "in", or what a denied caller is told, and why. */
const decided = (policy: AccessControl.AccessControl, caller: AccessControl.Caller): string =>
  Effect.runSync(
    Effect.match(policy(caller), {
      onSuccess: () => "in",
      onFailure: ({ rejection, why }) => {
        assert.strictEqual(rejection.result, "rejected-permanent")
        assert.strictEqual(rejection.source, "DICOM UL service-user")
        return `${rejection.diagnostic}: ${why}`
      }
    })
  )

describe("access control", () => {
  it("lets anyone in", () => {
    assert.strictEqual(decided(AccessControl.anyone, caller()), "in")
  })

  it("goes by the called AE title", () => {
    const policy = AccessControl.called("ARCHIVE", "STORE")
    assert.strictEqual(decided(policy, caller()), "in")
    assert.strictEqual(
      decided(policy, caller({}, "MODALITY1", "OTHER")),
      'called-AE-title-not-recognized: called AE title "OTHER" is none of this server'
    )
  })

  it("goes by the calling AE title", () => {
    const policy = AccessControl.calling("MODALITY1")
    assert.strictEqual(decided(policy, caller()), "in")
    assert.strictEqual(
      decided(policy, caller({}, "modality1")),
      'calling-AE-title-not-recognized: calling AE title "modality1" is not known'
    )
  })

  it.each([
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.8", false],
    ["192.0.2.0/24", "192.0.2.255", true],
    ["192.0.2.0/24", "192.0.3.0", false],
    ["192.0.2.0/24", "::ffff:192.0.2.7", true],
    ["10.0.0.0/8", "10.255.0.1", true],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["fe80::/10", "fe80::1%eth0", true],
    ["::1", "127.0.0.1", false],
    ["0.0.0.0/0", "no address", false]
  ])("lets from %s in who calls from %s: %s", (network, address, isIn) => {
    const policy = Result.getOrThrow(AccessControl.from("203.0.113.1", network))
    assert.strictEqual(
      decided(policy, caller({ address })),
      isIn ? "in" : `no-reason-given: the address ${address} is in none of the networks permitted`
    )
  })

  it("denies who calls from an address that is not known, where the address counts", () => {
    assert.strictEqual(
      decided(Result.getOrThrow(AccessControl.from("0.0.0.0/0", "::/0")), caller()),
      "no-reason-given: the address of the caller is not known"
    )
  })

  it("says which address is none", () => {
    assert.isTrue(Result.isFailure(AccessControl.from("10.0.0.0/33")))
    assert.isTrue(Result.isFailure(AccessControl.callingFrom({ MODALITY1: "modality.example" })))
  })

  it("binds calling AE titles to where they call from", () => {
    const policy = Result.getOrThrow(
      AccessControl.callingFrom({ MODALITY1: "192.0.2.7", MODALITY2: ["10.0.0.0/8", "::1"] })
    )
    assert.strictEqual(decided(policy, caller({ address: "192.0.2.7" })), "in")
    assert.strictEqual(decided(policy, caller({ address: "::1" }, "MODALITY2")), "in")
    assert.strictEqual(
      decided(policy, caller({ address: "10.0.0.1" })),
      'calling-AE-title-not-recognized: calling AE title "MODALITY1" is not one that calls from 10.0.0.1'
    )
    assert.strictEqual(
      decided(policy, caller()),
      'calling-AE-title-not-recognized: calling AE title "MODALITY1" is not one that calls from an unknown address'
    )
    assert.strictEqual(
      decided(policy, caller({ address: "10.0.0.1" }, "MODALITY3")),
      'calling-AE-title-not-recognized: calling AE title "MODALITY3" is not known'
    )
  })

  it("asks for a certificate of a trusted authority", () => {
    assert.strictEqual(decided(AccessControl.certified, caller(over(certificate))), "in")
    assert.strictEqual(decided(AccessControl.certified, caller()), "no-reason-given: the connection is not over TLS")
    assert.strictEqual(
      decided(AccessControl.certified, caller(over())),
      "no-reason-given: the caller has shown no certificate"
    )
    assert.strictEqual(
      decided(AccessControl.certified, caller(over({ ...certificate, trusted: false }))),
      'no-reason-given: the certificate of "CN=MODALITY1, O=Hospital" is not issued by a trusted authority'
    )
  })

  it("binds the certificate to the calling AE title by the names in it", () => {
    const policy = AccessControl.certificateNamesCallingAETitle
    assert.strictEqual(decided(policy, caller(over(certificate))), "in")
    assert.strictEqual(decided(policy, caller(over(certificate), "MODALITY2")), "in")
    assert.strictEqual(
      decided(policy, caller(over(certificate), "MODALITY3")),
      'calling-AE-title-not-recognized: calling AE title "MODALITY3" is not one that the certificate of ' +
        '"CN=MODALITY1, O=Hospital" names'
    )
    assert.strictEqual(
      decided(policy, caller(over({ ...certificate, trusted: false }))),
      'no-reason-given: the certificate of "CN=MODALITY1, O=Hospital" is not issued by a trusted authority'
    )
  })

  it("binds the certificate to calling AE titles by its fingerprint, whoever has issued it", () => {
    const policy = AccessControl.certificateOwns({ aabbcc: ["MODALITY1", "MODALITY2"], "AA:BB:CD": "MODALITY3" })
    assert.strictEqual(decided(policy, caller(over({ ...certificate, trusted: false }), "MODALITY2")), "in")
    assert.strictEqual(
      decided(policy, caller(over(certificate), "MODALITY3")),
      'calling-AE-title-not-recognized: calling AE title "MODALITY3" is not one that belongs to the certificate of ' +
        '"CN=MODALITY1, O=Hospital"'
    )
    assert.strictEqual(decided(policy, caller()), "no-reason-given: the caller has shown no certificate")
  })

  it("asks every policy, and the first that denies says how", () => {
    const policy = AccessControl.every(AccessControl.called("ARCHIVE"), AccessControl.calling("OTHER"))
    assert.include(decided(policy, caller()), "calling-AE-title-not-recognized")
    assert.include(decided(policy, caller({}, "OTHER", "OTHER")), "called-AE-title-not-recognized")
    assert.strictEqual(decided(policy, caller({}, "OTHER")), "in")
    assert.strictEqual(decided(AccessControl.every(), caller()), "in")
  })

  it("is content with some policy, and otherwise the last says how", () => {
    const policy = AccessControl.some(AccessControl.certified, AccessControl.calling("MODALITY1"))
    assert.strictEqual(decided(policy, caller()), "in")
    assert.strictEqual(decided(policy, caller(over(certificate), "OTHER")), "in")
    assert.include(decided(policy, caller({}, "OTHER")), "calling-AE-title-not-recognized")
  })
})
