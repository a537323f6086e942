/**
 * What a profile, keys and certificates are to `node:tls`, and what its errors mean.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createPrivateKey, X509Certificate } from "node:crypto"
import * as Tls from "node:tls"
import * as AssociationError from "../../AssociationError.ts"
import * as TlsProfile from "../../TlsProfile.ts"

export type Pem = string | Uint8Array

export interface Options {
  readonly profile?: TlsProfile.TlsProfile
  readonly key?: Pem | Redacted.Redacted<Pem>
  readonly cert?: Pem
  readonly ca?: Pem | ReadonlyArray<Pem>
  readonly crl?: Pem | ReadonlyArray<Pem>
  readonly passphrase?: Redacted.Redacted<string>
}

const buffer = (pem: Pem): Buffer => Buffer.from(pem)

const revealed = (key: Options["key"]): Buffer | undefined => {
  if (key === undefined) return undefined
  // Redacted of what the option's type says.
  return buffer(Redacted.isRedacted(key) ? Redacted.value(key as Redacted.Redacted<Pem>) : key)
}

const isGroup = (group: string): boolean => {
  try {
    Tls.createSecureContext({ ecdhCurve: group })
    return true
  } catch {
    return false
  }
}

// OpenSSL 3.0 of Node 22 does not know the groups that resist quantum computers.
const groups = new Map<string, boolean>()
const isThere = (group: string): boolean => {
  const known = groups.get(group) ?? isGroup(group)
  groups.set(group, known)
  return known
}

/** The options for a client or a server; fails where key and certificate are unreadable, or do not belong together. */
export const make = (
  options: Options
): Effect.Effect<
  Tls.SecureContextOptions & { readonly secureContext: Tls.SecureContext },
  AssociationError.TlsFailed
> =>
  Effect.try({
    try: () => {
      const { cert } = options
      const key = revealed(options.key)
      const passphrase = options.passphrase === undefined ? {} : { passphrase: Redacted.value(options.passphrase) }
      if ((key === undefined) !== (cert === undefined)) {
        throw new Error("a key and its certificate are given together, or none of the two")
      }
      // OpenSSL finds out only where both are of the same algorithm.
      if (
        key !== undefined &&
        cert !== undefined &&
        !new X509Certificate(cert).checkPrivateKey(createPrivateKey({ key, ...passphrase }))
      ) {
        throw new Error("the certificate is not that of the key")
      }
      const all: Tls.SecureContextOptions = {
        ...TlsProfile.options(options.profile ?? TlsProfile.bcp195, isThere),
        ...(key === undefined ? {} : { key }),
        ...(cert === undefined ? {} : { cert: buffer(cert) }),
        ...(options.ca === undefined ? {} : { ca: [options.ca].flat().map(buffer) }),
        ...(options.crl === undefined ? {} : { crl: [options.crl].flat().map(buffer) }),
        ...passphrase
      }
      return { ...all, secureContext: Tls.createSecureContext(all) }
    },
    catch: (error) => failed("configuration", detailOf(error))
  })

export const failed = (
  reason: AssociationError.TlsFailed["reason"],
  detail: string | undefined
): AssociationError.TlsFailed =>
  new AssociationError.TlsFailed({ reason, ...(detail === undefined || detail === "" ? {} : { detail }) })

/** OpenSSL's own words are the error's `reason`; its message has file names of OpenSSL around them. */
const detailOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  // Of a key without the passphrase that it needs OpenSSL says that it was interrupted, and of a wrong one that it is bad.
  if (/INTERRUPTED_OR_CANCELLED|MISSING_PASSPHRASE/.test(codeOf(error)))
    return "the key is encrypted and its passphrase is missing"
  if (/BAD_DECRYPT|BAD_PASSWORD_READ/.test(codeOf(error))) return "the passphrase is not that of the key"
  if ("reason" in error && typeof error.reason === "string") return error.reason
  return (error.message.split("\n")[0] ?? "").split(";")[0] ?? ""
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : ""

/** What an error of a handshake, or of a connection just after it, means. */
export const failureOf = (error: unknown): AssociationError.TlsFailed =>
  failed(reasonOf(codeOf(error)), detailOf(error))

/** Whether an error is one of TLS and not of the connection below. */
export const isOfTls = (error: unknown): boolean => /^ERR_(SSL|TLS)_/.test(codeOf(error))

const reasonOf = (code: string): AssociationError.TlsFailed["reason"] => {
  if (/^(ECONNRESET|EPIPE)$/.test(code)) return "closed"
  if (
    /WRONG_VERSION_NUMBER|HTTPS?_(PROXY_)?REQUEST|PACKET_LENGTH_TOO_LONG|BAD_RECORD_TYPE|UNKNOWN_PROTOCOL/.test(code)
  ) {
    return "not TLS"
  }
  if (/ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code)) return "own certificate"
  if (/PEER_DID_NOT_RETURN_A_CERTIFICATE|CERT_ALTNAME_INVALID/.test(code)) return "peer certificate"
  if (
    /HANDSHAKE_FAILURE|NO_SHARED|NO_SUITABLE|NO_PROTOCOLS|PROTOCOL_VERSION|UNSUPPORTED|INSUFFICIENT|NO_CIPHER/.test(
      code
    )
  ) {
    return "nothing in common"
  }
  // OpenSSL's names of what is wrong with a certificate have no prefix (X509_V_ERR_...).
  return !code.startsWith("ERR_") && /CERT|ISSUER|SIGNATURE|CRL|CA$|HOSTNAME|PATH_LENGTH/.test(code)
    ? "peer certificate"
    : "other"
}
