/**
 * Who may have an association: policies that decide about an A-ASSOCIATE indication by its AE titles, by where it comes
 * from, and by the certificate that its sender has shown. Policies are functions; a user's own are written the same way.
 * Who the user of the requestor is, is the business of `Authenticator`.
 *
 * @since 0.1.0
 */
import type * as Rejection from "@effect-dicom/protocol/Rejection"
import * as Effect from "effect/Effect"
import * as IpNetwork from "effect/net/IpNetwork"
import * as NetAddress from "effect/net/NetAddress"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Association from "./Association.ts"
import type * as TransportPeer from "./TransportPeer.ts"
import type * as UserIdentity from "./UserIdentity.ts"

// -----------------------------------------------------------------------------
// models
// -----------------------------------------------------------------------------

/**
 * Who asks for an association.
 *
 * @category models
 * @since 0.1.0
 */
export interface Caller {
  readonly callingAETitle: string
  readonly calledAETitle: string
  /** Where the request comes from, and over what. */
  readonly transport: TransportPeer.TransportPeer
  /** Who its user says to be; not checked yet. */
  readonly userIdentity?: UserIdentity.UserIdentity
  readonly indication: Association.Indication
}

/**
 * Access is denied: what the peer is told, and why, which it is not told.
 *
 * @category errors
 * @since 0.1.0
 */
export class Denied extends Schema.TaggedError<Denied>()("Denied", {
  /** What the A-ASSOCIATE-RJ says (PS3.8 Table 9-21). */
  rejection: Schema.declare<Rejection.Rejection>((u): u is Rejection.Rejection => typeof u === "object" && u !== null),
  why: Schema.String
}) {
  override get message(): string {
    return `Access is denied (${this.rejection.diagnostic}): ${this.why}`
  }
}

/**
 * Succeeds where a caller may have an association, and fails with the rejection where not.
 *
 * @category models
 * @since 0.1.0
 */
export type AccessControl<R = never> = (caller: Caller) => Effect.Effect<void, Denied, R>

// -----------------------------------------------------------------------------
// rejections
// -----------------------------------------------------------------------------

const user = { result: "rejected-permanent", source: "DICOM UL service-user" } as const

/**
 * Denies, saying which rejection and why. Without a rejection the peer is given no reason.
 *
 * @category decisions
 * @since 0.1.0
 */
export const deny = (
  why: string,
  rejection: Rejection.Rejection = { ...user, diagnostic: "no-reason-given" }
): Effect.Effect<never, Denied> => Effect.fail(new Denied({ rejection, why }))

const show = (text: string): string => JSON.stringify(text)

// -----------------------------------------------------------------------------
// policies
// -----------------------------------------------------------------------------

/**
 * Lets in whoever calls.
 *
 * @category policies
 * @since 0.1.0
 */
export const anyone: AccessControl = () => Effect.void

/**
 * Lets in who calls one of these AE titles; others are rejected with called-AE-title-not-recognized.
 *
 * @category policies
 * @since 0.1.0
 */
export const called = (...aeTitles: ReadonlyArray<string>): AccessControl => {
  const known = new Set(aeTitles)
  return ({ calledAETitle }) =>
    known.has(calledAETitle)
      ? Effect.void
      : deny(`called AE title ${show(calledAETitle)} is none of this server`, {
          ...user,
          diagnostic: "called-AE-title-not-recognized"
        })
}

/**
 * Lets in who calls by one of these AE titles; others are rejected with calling-AE-title-not-recognized.
 *
 * @category policies
 * @since 0.1.0
 */
export const calling = (...aeTitles: ReadonlyArray<string>): AccessControl => {
  const known = new Set(aeTitles)
  return ({ callingAETitle }) => (known.has(callingAETitle) ? Effect.void : notRecognized(callingAETitle, "not known"))
}

const notRecognized = (callingAETitle: string, why: string) =>
  deny(`calling AE title ${show(callingAETitle)} is ${why}`, {
    ...user,
    diagnostic: "calling-AE-title-not-recognized"
  })

/**
 * Lets in who calls from one of these IP addresses or networks, as in "192.0.2.7", "10.0.0.0/8" or "2001:db8::/32".
 * A caller whose address is not known is denied.
 *
 * @category policies
 * @since 0.1.0
 */
export const from = (...networks: ReadonlyArray<string>): Result.Result<AccessControl, NetAddress.NetAddressError> =>
  Result.map(Result.all(networks.map(network)), (known) => ({ transport }) => {
    const { address } = transport
    if (address === undefined) return deny("the address of the caller is not known")
    return isWithin(known, address) ? Effect.void : deny(`the address ${address} is in none of the networks permitted`)
  })

/**
 * Lets in who calls by one of these AE titles from where that application entity is: an address, or a network, for each.
 * Others are rejected with calling-AE-title-not-recognized.
 *
 * @category policies
 * @since 0.1.0
 */
export const callingFrom = (
  places: Readonly<Record<string, string | ReadonlyArray<string>>>
): Result.Result<AccessControl, NetAddress.NetAddressError> =>
  Result.map(
    Result.all(
      Object.entries(places).map(([aeTitle, place]) =>
        Result.map(Result.all([place].flat().map(network)), (known) => [aeTitle, known] as const)
      )
    ),
    (entries) => {
      const byAETitle = new Map(entries)
      return ({ callingAETitle, transport }) => {
        const known = byAETitle.get(callingAETitle)
        if (known === undefined) return notRecognized(callingAETitle, "not known")
        const { address } = transport
        return address !== undefined && isWithin(known, address)
          ? Effect.void
          : notRecognized(callingAETitle, `not one that calls from ${address ?? "an unknown address"}`)
      }
    }
  )

const network = (text: string): Result.Result<IpNetwork.IpNetwork, NetAddress.NetAddressError> =>
  text.includes("/")
    ? IpNetwork.fromString(text)
    : Result.flatMap(NetAddress.ipFromString(text), (ip) => IpNetwork.make(ip, NetAddress.width(ip)))

const isWithin = (networks: ReadonlyArray<IpNetwork.IpNetwork>, address: string): boolean => {
  // A scope, as in fe80::1%eth0, names an interface of this machine and is no part of the address.
  const ip = NetAddress.ipFromString(address.replace(/%.*$/, ""))
  if (Result.isFailure(ip)) return false
  // A dual-stack socket shows IPv4 addresses as ::ffff:192.0.2.1.
  const canonical = NetAddress.toCanonical(ip.success)
  return networks.some((network) => IpNetwork.contains(network, canonical))
}

/**
 * Lets in who has shown a certificate by TLS that an authority trusted here has issued.
 *
 * @category policies
 * @since 0.1.0
 */
export const certified: AccessControl = (caller) => Effect.asVoid(certificateOf(caller))

const certificateOf = ({ transport }: Caller): Effect.Effect<TransportPeer.Certificate, Denied> => {
  if (transport.tls === undefined) return deny("the connection is not over TLS")
  const { certificate } = transport.tls
  if (certificate === undefined) return deny("the caller has shown no certificate")
  return certificate.trusted
    ? Effect.succeed(certificate)
    : deny(`the certificate of ${show(certificate.subject)} is not issued by a trusted authority`)
}

/**
 * Lets in who calls by an AE title that its trusted certificate names, as common name or as subject alternative name of
 * type DNS, letter case not counted where the name is of DNS. Others are rejected with calling-AE-title-not-recognized.
 *
 * @category policies
 * @since 0.1.0
 */
export const certificateNamesCallingAETitle: AccessControl = (caller) =>
  Effect.flatMap(certificateOf(caller), ({ alternativeNames, commonNames, subject }) => {
    const { callingAETitle } = caller
    const isNamed =
      commonNames.includes(callingAETitle) ||
      alternativeNames.some(({ kind, value }) => kind === "DNS" && value.toLowerCase() === callingAETitle.toLowerCase())
    return isNamed
      ? Effect.void
      : notRecognized(callingAETitle, `not one that the certificate of ${show(subject)} names`)
  })

/**
 * Lets in who calls by an AE title that belongs to its certificate, by the certificate's fingerprint of SHA-256. An
 * authority need not have issued it: the list itself says that it is trusted. Others are rejected with
 * calling-AE-title-not-recognized.
 *
 * @category policies
 * @since 0.1.0
 */
export const certificateOwns = (
  aeTitlesByFingerprint: Readonly<Record<string, string | ReadonlyArray<string>>>
): AccessControl => {
  const plain = (fingerprint: string): string => fingerprint.replaceAll(":", "").toUpperCase()
  const owned = new Map(
    Object.entries(aeTitlesByFingerprint).map(([fingerprint, aeTitles]) => [
      plain(fingerprint),
      new Set([aeTitles].flat())
    ])
  )
  return ({ callingAETitle, transport }) => {
    const certificate = transport.tls?.certificate
    if (certificate === undefined) return deny("the caller has shown no certificate")
    return owned.get(plain(certificate.fingerprint))?.has(callingAETitle) === true
      ? Effect.void
      : notRecognized(callingAETitle, `not one that belongs to the certificate of ${show(certificate.subject)}`)
  }
}

// -----------------------------------------------------------------------------
// combinators
// -----------------------------------------------------------------------------

/**
 * Lets in who every one of the policies lets in; the first that denies says how.
 *
 * **Example** (Two AE titles that may call, from one network)
 *
 * ```ts
 * import { AccessControl } from "@effect-dicom/association"
 * import { Result } from "effect"
 *
 * const access = AccessControl.every(
 *   AccessControl.called("ARCHIVE"),
 *   AccessControl.calling("MODALITY1", "MODALITY2"),
 *   Result.getOrThrow(AccessControl.from("10.0.0.0/8"))
 * )
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const every =
  <R = never>(...policies: ReadonlyArray<AccessControl<R>>): AccessControl<R> =>
  (caller) =>
    Effect.forEach(policies, (policy) => policy(caller), { discard: true })

/**
 * Lets in who one of the policies lets in; where all deny, the last says how.
 *
 * @category combinators
 * @since 0.1.0
 */
export const some =
  <R = never>(first: AccessControl<R>, ...others: ReadonlyArray<AccessControl<R>>): AccessControl<R> =>
  (caller) =>
    others.reduce((decided, policy) => Effect.catch(decided, () => policy(caller)), first(caller))
