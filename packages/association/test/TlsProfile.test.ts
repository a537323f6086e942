import { assert, describe, it } from "@effect/vitest"
import * as TlsProfile from "@effect-dicom/association/TlsProfile"
import * as Result from "effect/Result"
import * as Tls from "node:tls"

const refusal = (name: string): string =>
  Result.match(TlsProfile.named(name), { onSuccess: ({ id }) => `used: ${id}`, onFailure: ({ message }) => message })

describe("TLS profiles", () => {
  it("are found by the names of PS3.15 and by short ones", () => {
    for (const profile of TlsProfile.all) {
      const { id, name } = profile
      for (const known of [id, id.toUpperCase(), name, `${name} Secure Transport Connection Profile`]) {
        assert.strictEqual(Result.getOrThrow(TlsProfile.named(known)), profile)
      }
    }
    // PS3.15 Annex B, 2026a: B.12 and B.13 are in force, B.10 and B.11 retired.
    assert.deepStrictEqual(
      TlsProfile.all.map(({ id, retired, section }) => [id, section, retired]),
      [
        ["bcp195", "B.12", false],
        ["modified-bcp195", "B.13", false],
        ["bcp195-nd", "B.10", true],
        ["bcp195-ex", "B.11", true]
      ]
    )
  })

  const instead = "; use one of bcp195, modified-bcp195, bcp195-nd, bcp195-ex"

  it.each([
    [
      "Basic TLS Secure Transport Connection Profile",
      "the Basic TLS profile (PS3.15 B.1) is retired: it asks for TLS 1.0 with Triple DES, which no longer protects"
    ],
    [
      "AES",
      "the AES TLS profile (PS3.15 B.3) is retired: it asks for TLS 1.0 without forward secrecy and with SHA-1, " +
        "which BCP 195 forbids"
    ],
    ["ISCL", "the ISCL profile (PS3.15 B.2) is retired, and its protocol is not TLS"],
    [
      "BCP 195 TLS",
      "the first BCP 195 TLS profile (PS3.15 B.9) is retired: it permits a fall to TLS 1.0, which RFC 8996 forbids"
    ],
    ["null", "TLS without encryption is no profile of PS3.15, and hides nothing"],
    ["bcp196", "there is no such profile"]
  ])("%s is refused with a sentence", (name, why) => {
    assert.strictEqual(refusal(name), `TLS profile ${JSON.stringify(name)}: ${why}${instead}`)
  })

  it.each(TlsProfile.all)("$name has no suite without forward secrecy or authenticated encryption", (profile) => {
    for (const suite of profile.cipherSuites) {
      assert.match(suite, /^TLS_((ECDHE_(RSA|ECDSA)|DHE_RSA)_WITH_)?(AES_(128|256)_(GCM|CCM)|CHACHA20_POLY1305)(_|$)/)
    }
    assert.notInclude(profile.signatureAlgorithms.join(), "sha1")
    assert.strictEqual(profile.minimumVersion, "TLSv1.2")
  })

  it.each(TlsProfile.all)("$name is taken by OpenSSL", (profile) => {
    assert.isObject(Tls.createSecureContext(TlsProfile.options(profile)))
    // OpenSSL passes over a name that it does not know, unless there is no other.
    const { ciphers } = TlsProfile.options(profile)
    for (const cipher of ciphers.split(":").filter((name) => !/^(@|TLS_)/.test(name))) {
      assert.isObject(Tls.createSecureContext({ ciphers: `${cipher}:@SECLEVEL=0` }), cipher)
    }
    assert.throws(() => Tls.createSecureContext({ ciphers: "ECDHE-ECDSA-AES256-CCM9:@SECLEVEL=0" }), /no cipher match/)
  })

  it("are options of node:tls", () => {
    assert.deepStrictEqual(TlsProfile.options(TlsProfile.extendedBcp195), {
      minVersion: "TLSv1.2",
      maxVersion: "TLSv1.2",
      ciphers:
        "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:" +
        "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=2",
      ecdhCurve: "X25519:P-256:P-384:P-521",
      sigalgs:
        "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ed25519:rsa_pss_rsae_sha256:" +
        "rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:" +
        "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512",
      honorCipherOrder: true,
      dhparam: "auto"
    })
    assert.notProperty(TlsProfile.options(TlsProfile.bcp195), "dhparam")
    assert.include(TlsProfile.options(TlsProfile.modifiedBcp195).ciphers, "ECDHE-ECDSA-AES256-CCM8:")
    assert.include(TlsProfile.options(TlsProfile.modifiedBcp195).ciphers, "ECDHE-RSA-CHACHA20-POLY1305:")
  })
})
