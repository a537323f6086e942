/**
 * The check of a user identity: what the requestor gave is turned into a principal, a service of the user's own, which
 * the handlers of the association find in their environment and on the association (PS3.7 section D.3.3.7).
 *
 * @since 0.1.0
 */
import type * as Rejection from "@effect-dicom/protocol/Rejection"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as AccessControl from "./AccessControl.ts"
import type * as UserIdentity from "./UserIdentity.ts"

/**
 * The identity is not believed, or there is none. The reason is for our own log: the peer is told nothing of it.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotAuthenticated extends Schema.TaggedError<NotAuthenticated>()("NotAuthenticated", {
  why: Schema.String
}) {
  override get message(): string {
    return `The user is not authenticated: ${this.why}`
  }
}

/**
 * What an identity was found to be.
 *
 * @category models
 * @since 0.1.0
 */
export interface Authenticated<S> {
  readonly principal: S
  /** The server's response where one was asked for: a Kerberos server ticket, a SAML response, a JSON Web Token. */
  readonly serverResponse?: Uint8Array
}

/**
 * Checks who asks for an association; the principal is the service `I`. To be made by {@link make}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Authenticator<in out I, R = never> {
  readonly authenticate: (
    caller: AccessControl.Caller
  ) => Effect.Effect<Authenticated<Context.Context<I>>, NotAuthenticated, R>
}

/**
 * An authenticator out of a principal's service and a check of identities.
 *
 * **Example** (A token that somebody else checks)
 *
 * ```ts
 * import { Authenticator } from "@effect-dicom/association"
 * import { Context, Effect } from "effect"
 *
 * class User extends Context.Service<User, { readonly name: string }>()("app/User") {}
 *
 * const authenticator = Authenticator.make(User, (identity) =>
 *   identity?._tag === "username" && identity.username === "guest"
 *     ? Effect.succeed({ principal: { name: "guest" } })
 *     : Effect.fail(new Authenticator.NotAuthenticated({ why: "only guests come in here" }))
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <I, S, R = never>(
  principal: Context.Key<I, S>,
  check: (
    identity: UserIdentity.UserIdentity | undefined,
    caller: AccessControl.Caller
  ) => Effect.Effect<Authenticated<S>, NotAuthenticated, R>
): Authenticator<I, R> => ({
  authenticate: (caller) =>
    Effect.map(check(caller.userIdentity, caller), (authenticated) => ({
      ...authenticated,
      principal: Context.make(principal, authenticated.principal)
    }))
})

/**
 * Checks user names and passcodes against those that are known. It takes no less time where the user is not known, or the
 * first character is wrong.
 *
 * @category constructors
 * @since 0.1.0
 */
export const passcodes = <I, S>(
  principal: Context.Key<I, S>,
  known: ReadonlyMap<string, Redacted.Redacted<string>>,
  principalOf: (username: string) => S
): Authenticator<I> =>
  make(principal, (identity) => {
    if (identity?._tag !== "username and passcode") {
      return notAuthenticated(`a user name and passcode are asked for; given: ${identity?._tag ?? "no identity"}`)
    }
    const passcode = known.get(identity.username)
    const isRight = isSame(Redacted.value(identity.passcode), passcode === undefined ? "" : Redacted.value(passcode))
    return passcode !== undefined && isRight
      ? Effect.succeed({ principal: principalOf(identity.username) })
      : notAuthenticated(`no such user, or another passcode: ${JSON.stringify(identity.username)}`)
  })

/**
 * Lets in, as a principal of its own, whoever gives no identity.
 *
 * @category combinators
 * @since 0.1.0
 */
export const withAnonymous = <I, S, R>(
  authenticator: Authenticator<I, R>,
  principal: Context.Key<I, S>,
  anonymous: S
): Authenticator<I, R> => ({
  authenticate: (caller) =>
    caller.userIdentity === undefined && caller.indication.primitive.userInformation.userIdentity === undefined
      ? Effect.succeed({ principal: Context.make(principal, anonymous) })
      : authenticator.authenticate(caller)
})

const notAuthenticated = (why: string) => Effect.fail(new NotAuthenticated({ why }))

/** Compares in a time that depends on the length of what was given only. */
const isSame = (given: string, known: string): boolean => {
  let difference = given.length ^ known.length
  for (let i = 0; i < given.length; i++) difference |= given.charCodeAt(i) ^ known.charCodeAt(i % (known.length || 1))
  return difference === 0
}

/**
 * What the peer is told where its user is not authenticated: rejected-permanent by the ACSE, without a reason (PS3.7
 * section D.3.3.7).
 *
 * @category constants
 * @since 0.1.0
 */
export const rejection: Rejection.Rejection = {
  result: "rejected-permanent",
  source: "DICOM UL service-provider (ACSE related function)",
  diagnostic: "no-reason-given"
}
