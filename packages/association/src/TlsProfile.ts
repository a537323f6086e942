/**
 * Secure transport connection profiles (PS3.15 Annex B) as values: which versions of TLS, which cipher suites, groups and
 * signature algorithms. Making a connection by one is the business of `@effect-dicom/association/node`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * A secure transport connection profile.
 *
 * @category models
 * @since 0.1.0
 */
export interface TlsProfile {
  /** A short name, for a command line or a configuration file. */
  readonly id: string
  /** The name that PS3.15 gives it, without "Secure Transport Connection Profile". */
  readonly name: string
  /** Its section in PS3.15. */
  readonly section: string
  /** Whether PS3.15 has retired it in favour of another; what it asks for is still sound. */
  readonly retired: boolean
  readonly minimumVersion: Version
  readonly maximumVersion: Version
  /** By the names that RFCs give them, the preferred ones first. */
  readonly cipherSuites: ReadonlyArray<string>
  /** Of the key exchange, by the names that OpenSSL gives them, the preferred ones first. */
  readonly groups: ReadonlyArray<string>
  /** By the names of RFC 8446 section 4.2.3. None with SHA-1 or MD5. */
  readonly signatureAlgorithms: ReadonlyArray<string>
}

/**
 * The versions of TLS that BCP 195 permits.
 *
 * @category models
 * @since 0.1.0
 */
export type Version = "TLSv1.2" | "TLSv1.3"

/** Each of 128 bits of security or more: elliptic curves of 256 bits or more, as B.13 asks for. */
const groups = ["X25519MLKEM768", "X25519", "P-256", "P-384", "P-521"]

const signatureAlgorithms = [
  "ecdsa_secp256r1_sha256",
  "ecdsa_secp384r1_sha384",
  "ecdsa_secp521r1_sha512",
  "ed25519",
  "rsa_pss_rsae_sha256",
  "rsa_pss_rsae_sha384",
  "rsa_pss_rsae_sha512",
  "rsa_pss_pss_sha256",
  "rsa_pss_pss_sha384",
  "rsa_pss_pss_sha512",
  "rsa_pkcs1_sha256",
  "rsa_pkcs1_sha384",
  "rsa_pkcs1_sha512"
]

/** RFC 8446 section 9.1: the suite that must be there, and those that should. */
const tls13 = ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"]

/** RFC 7525 section 4.2: what BCP 195 recommended for TLS 1.2 when B.10 and B.11 were written. */
const rfc7525 = [
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
]

/** The same with keys of elliptic curves. */
const ecdsa = ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]

/**
 * BCP 195 RFC 8996, 9325 TLS (PS3.15 section B.12): TLS 1.2 and 1.3 with the suites that RFC 9325 recommends.
 *
 * @category profiles
 * @since 0.1.0
 */
export const bcp195: TlsProfile = {
  id: "bcp195",
  name: "BCP 195 RFC 8996, 9325 TLS",
  section: "B.12",
  retired: false,
  minimumVersion: "TLSv1.2",
  maximumVersion: "TLSv1.3",
  cipherSuites: [...tls13, ...ecdsa, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
  groups,
  signatureAlgorithms
}

/**
 * Modified BCP 195 RFC 8996, 9325 TLS (PS3.15 section B.13): a closed list of suites, elliptic curves of 256 bits or more.
 *
 * **Gotchas**
 *
 * The list has suites with an authentication tag of 8 bytes (CCM_8), which OpenSSL counts among those of 64 bits of
 * security and does not negotiate.
 *
 * @category profiles
 * @since 0.1.0
 */
export const modifiedBcp195: TlsProfile = {
  id: "modified-bcp195",
  name: "Modified BCP 195 RFC 8996, 9325 TLS",
  section: "B.13",
  retired: false,
  minimumVersion: "TLSv1.2",
  maximumVersion: "TLSv1.3",
  cipherSuites: [
    ...tls13,
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"
  ],
  groups,
  signatureAlgorithms
}

/**
 * Non-Downgrading BCP 195 TLS (PS3.15 section B.10, retired): what DCMTK 3.6.7 speaks unless told otherwise.
 *
 * @category profiles
 * @since 0.1.0
 */
export const nonDowngradingBcp195: TlsProfile = {
  id: "bcp195-nd",
  name: "Non-Downgrading BCP 195 TLS",
  section: "B.10",
  retired: true,
  minimumVersion: "TLSv1.2",
  maximumVersion: "TLSv1.3",
  cipherSuites: [...tls13, ...rfc7525, ...ecdsa],
  groups,
  signatureAlgorithms
}

/**
 * Extended BCP 195 TLS (PS3.15 section B.11, retired): suites of TLS 1.2 only.
 *
 * @category profiles
 * @since 0.1.0
 */
export const extendedBcp195: TlsProfile = {
  id: "bcp195-ex",
  name: "Extended BCP 195 TLS",
  section: "B.11",
  retired: true,
  minimumVersion: "TLSv1.2",
  maximumVersion: "TLSv1.2",
  cipherSuites: [...rfc7525, ...ecdsa],
  groups,
  signatureAlgorithms
}

/**
 * The profiles that can be used.
 *
 * @category profiles
 * @since 0.1.0
 */
export const all: ReadonlyArray<TlsProfile> = [bcp195, modifiedBcp195, nonDowngradingBcp195, extendedBcp195]

// -----------------------------------------------------------------------------
// by name
// -----------------------------------------------------------------------------

/** Profiles of PS3.15 that are not to be used any more, and why. */
const withdrawn: ReadonlyArray<{ readonly names: ReadonlyArray<string>; readonly why: string }> = [
  {
    names: ["basic", "Basic TLS", "Basic TLS Secure Transport Connection Profile"],
    why: "the Basic TLS profile (PS3.15 B.1) is retired: it asks for TLS 1.0 with Triple DES, which no longer protects"
  },
  {
    names: ["iscl", "ISCL", "ISCL Secure Transport Connection Profile"],
    why: "the ISCL profile (PS3.15 B.2) is retired, and its protocol is not TLS"
  },
  {
    names: ["aes", "AES TLS", "AES TLS Secure Transport Connection Profile"],
    why:
      "the AES TLS profile (PS3.15 B.3) is retired: it asks for TLS 1.0 without forward secrecy and with SHA-1, " +
      "which BCP 195 forbids"
  },
  {
    names: ["bcp195-2015", "BCP 195 TLS", "BCP 195 TLS Secure Transport Connection Profile"],
    why: "the first BCP 195 TLS profile (PS3.15 B.9) is retired: it permits a fall to TLS 1.0, which RFC 8996 forbids"
  },
  {
    names: ["null", "Authenticated unencrypted communication"],
    why: "TLS without encryption is no profile of PS3.15, and hides nothing"
  }
]

/**
 * A name is that of no profile, or of one that is not to be used.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnusableTlsProfile extends Schema.TaggedError<UnusableTlsProfile>()("UnusableTlsProfile", {
  name: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `TLS profile ${JSON.stringify(this.name)}: ${this.why}; use one of ${all.map(({ id }) => id).join(", ")}`
  }
}

const plain = (name: string): string => name.toLowerCase().replace(/ secure transport connection profile$/, "")

/**
 * The profile of a short name, or of the name that PS3.15 gives it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const named = (name: string): Result.Result<TlsProfile, UnusableTlsProfile> => {
  const isIt = (other: string): boolean => plain(other) === plain(name)
  const profile = all.find(({ id, name }) => isIt(id) || isIt(name))
  if (profile !== undefined) return Result.succeed(profile)
  const found = withdrawn.find(({ names }) => names.some(isIt))
  return Result.fail(new UnusableTlsProfile({ name, why: found?.why ?? "there is no such profile" }))
}

// -----------------------------------------------------------------------------
// for OpenSSL
// -----------------------------------------------------------------------------

/**
 * The options of `node:tls` that a profile is, for a client or a server.
 *
 * @category models
 * @since 0.1.0
 */
export interface TlsOptions {
  readonly minVersion: Version
  readonly maxVersion: Version
  readonly ciphers: string
  readonly ecdhCurve: string
  readonly sigalgs: string
  readonly honorCipherOrder: boolean
  readonly dhparam?: "auto"
}

/**
 * What `node:tls` is to be told so that it keeps to a profile. Security level 2 of OpenSSL refuses keys of RSA and DHE
 * below 2048 bits.
 *
 * **Example** (With a socket of `@effect/platform-node`)
 *
 * ```ts
 * import { TlsProfile } from "@effect-dicom/association"
 * import { NodeSocket } from "@effect/platform-node"
 *
 * const layer = NodeSocket.layerTls({ host: "pacs.example.org", port: 2762, ...TlsProfile.options(TlsProfile.bcp195) })
 * ```
 *
 * @category converting
 * @since 0.1.0
 */
export const options = (
  profile: TlsProfile,
  isThere: (group: string) => boolean = (group) => !group.includes("MLKEM")
): TlsOptions => ({
  minVersion: profile.minimumVersion,
  maxVersion: profile.maximumVersion,
  ciphers: [...profile.cipherSuites.map(openSslName), "@SECLEVEL=2"].join(":"),
  ecdhCurve: profile.groups.filter(isThere).join(":"),
  sigalgs: profile.signatureAlgorithms.join(":"),
  honorCipherOrder: true,
  ...(profile.cipherSuites.some((suite) => suite.includes("_DHE_")) ? { dhparam: "auto" as const } : {})
})

/** OpenSSL has names of its own for the suites of TLS 1.2: `ECDHE-RSA-AES256-GCM-SHA384`. */
const openSslName = (suite: string): string =>
  suite.includes("_WITH_")
    ? suite
        .replace("TLS_", "")
        .replace("_WITH_", "_")
        .replace("POLY1305_SHA256", "POLY1305")
        .replace(/AES_(128|256)/, "AES$1")
        .replace("CCM_8", "CCM8")
        .replaceAll("_", "-")
    : suite
