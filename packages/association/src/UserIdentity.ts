/**
 * User identities as their users see them: text where the wire has bytes, and whatever proves an identity redacted, so
 * that no log, span or message shows it (PS3.7 section D.3.3.7). Whether to believe one is the business of an
 * `Authenticator`.
 *
 * @since 0.1.0
 */
import type * as Negotiation from "@effect-dicom/protocol/UserIdentity"
import * as Redacted from "effect/Redacted"

declare const TextEncoder: new () => { readonly encode: (text: string) => Uint8Array }
declare const TextDecoder: new () => { readonly decode: (bytes: Uint8Array) => string }

/**
 * Who the user of the association-requestor says to be, by the five types of PS3.7 Table D.3-14.
 *
 * @category models
 * @since 0.1.0
 */
export type UserIdentity = {
  /** Whether the requestor wants to be told that its identity was accepted. */
  readonly positiveResponseRequested: boolean
} & (
  | { readonly _tag: "username"; readonly username: string }
  | {
      readonly _tag: "username and passcode"
      readonly username: string
      readonly passcode: Redacted.Redacted<string>
    }
  | { readonly _tag: "Kerberos service ticket"; readonly ticket: Redacted.Redacted<Uint8Array> }
  | { readonly _tag: "SAML assertion"; readonly assertion: Redacted.Redacted<string> }
  | { readonly _tag: "JSON Web Token"; readonly token: Redacted.Redacted<string> }
)

/**
 * What can be said beside an identity.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** Asks the acceptor to say that it accepted the identity; see `Association.peer.userIdentityResponse`. Default: false. */
  readonly positiveResponseRequested?: boolean
}

const asked = (options: Options | undefined) => ({
  positiveResponseRequested: options?.positiveResponseRequested ?? false
})

const hidden = <A>(value: A | Redacted.Redacted<A>, label: string): Redacted.Redacted<A> =>
  Redacted.isRedacted(value)
    ? // Redacted of what the parameter's type says, or the caller's call did not compile.
      (value as Redacted.Redacted<A>)
    : Redacted.make(value, { label })

/**
 * A user's name and nothing that proves it (type 1).
 *
 * @category constructors
 * @since 0.1.0
 */
export const username = (username: string, options?: Options): UserIdentity => ({
  _tag: "username",
  username,
  ...asked(options)
})

/**
 * A user's name and passcode (type 2).
 *
 * @category constructors
 * @since 0.1.0
 */
export const usernameAndPasscode = (
  username: string,
  passcode: string | Redacted.Redacted<string>,
  options?: Options
): UserIdentity => ({
  _tag: "username and passcode",
  username,
  passcode: hidden(passcode, "passcode"),
  ...asked(options)
})

/**
 * A Kerberos service ticket (type 3).
 *
 * @category constructors
 * @since 0.1.0
 */
export const kerberos = (ticket: Uint8Array | Redacted.Redacted<Uint8Array>, options?: Options): UserIdentity => ({
  _tag: "Kerberos service ticket",
  ticket: hidden(ticket, "ticket"),
  ...asked(options)
})

/**
 * A SAML assertion (type 4).
 *
 * @category constructors
 * @since 0.1.0
 */
export const saml = (assertion: string | Redacted.Redacted<string>, options?: Options): UserIdentity => ({
  _tag: "SAML assertion",
  assertion: hidden(assertion, "assertion"),
  ...asked(options)
})

/**
 * A JSON Web Token (type 5).
 *
 * @category constructors
 * @since 0.1.0
 */
export const jsonWebToken = (token: string | Redacted.Redacted<string>, options?: Options): UserIdentity => ({
  _tag: "JSON Web Token",
  token: hidden(token, "token"),
  ...asked(options)
})

/**
 * The name that an identity says, where its type has one to say: nothing of it is proven.
 *
 * @category getters
 * @since 0.1.0
 */
export const claimedName = (identity: UserIdentity): string | undefined =>
  "username" in identity ? identity.username : undefined

/**
 * The parameter of the A-ASSOCIATE request that an identity is.
 *
 * @category converting
 * @since 0.1.0
 */
export const toNegotiation = (identity: UserIdentity): Negotiation.UserIdentity => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  const [primaryField, secondaryField] = ((): readonly [Uint8Array, Uint8Array?] => {
    switch (identity._tag) {
      case "username":
        return [bytes(identity.username)]
      case "username and passcode":
        return [bytes(identity.username), bytes(Redacted.value(identity.passcode))]
      case "Kerberos service ticket":
        return [Redacted.value(identity.ticket)]
      case "SAML assertion":
        return [bytes(Redacted.value(identity.assertion))]
      case "JSON Web Token":
        return [bytes(Redacted.value(identity.token))]
    }
  })()
  return {
    type: identity._tag,
    positiveResponseRequested: identity.positiveResponseRequested,
    primaryField,
    secondaryField: secondaryField ?? new Uint8Array(0)
  }
}

/**
 * The identity that a parameter of the A-ASSOCIATE indication is. Bytes that are no UTF-8 become U+FFFD.
 *
 * @category converting
 * @since 0.1.0
 */
export const fromNegotiation = (negotiated: Negotiation.UserIdentity): UserIdentity => {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
  const { primaryField, secondaryField, type } = negotiated
  switch (type) {
    case "username":
      return username(text(primaryField), negotiated)
    case "username and passcode":
      return usernameAndPasscode(text(primaryField), text(secondaryField), negotiated)
    case "Kerberos service ticket":
      return kerberos(primaryField, negotiated)
    case "SAML assertion":
      return saml(text(primaryField), negotiated)
    case "JSON Web Token":
      return jsonWebToken(text(primaryField), negotiated)
  }
}

/**
 * An identity without what proves it: its type and the user's name remain.
 *
 * @internal
 */
export const stripped = (negotiated: Negotiation.UserIdentity): Negotiation.UserIdentity => {
  const named = negotiated.type === "username" || negotiated.type === "username and passcode"
  return {
    ...negotiated,
    primaryField: named ? negotiated.primaryField : new Uint8Array(0),
    secondaryField: new Uint8Array(0)
  }
}
