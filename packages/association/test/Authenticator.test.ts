import { assert, describe, it } from "@effect/vitest"
import * as AccessControl from "@effect-dicom/association/AccessControl"
import * as Association from "@effect-dicom/association/Association"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import * as AssociationServer from "@effect-dicom/association/AssociationServer"
import * as Authenticator from "@effect-dicom/association/Authenticator"
import { InMemory } from "@effect-dicom/association/testing"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as UserIdentity from "@effect-dicom/association/UserIdentity"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import { requestOptions, verification } from "./ends.ts"

class User extends Context.Service<User, { readonly name: string }>()("test/User") {}

const users = new Map([["alice", Redacted.make("sesame")]])
const byPasscode = Authenticator.passcodes(User, users, (name) => ({ name }))

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "utf8"))

/** A server in memory: who its handlers were told that the user is, what it logged, and how to ask it. */
const serving = Effect.fnUntraced(function* (
  options: Pick<AssociationServer.Options<User, User>, "access" | "authenticator" | "decide">
) {
  const network = yield* InMemory.server()
  const logged: Array<string> = []
  const seen: Array<readonly [inEnvironment: string, onAssociation: string | undefined]> = []
  const handles: Array<Association.Association> = []
  const logger = Logger.make((entry) => logged.push(inspect(entry.message, { depth: 20 })))
  yield* AssociationServer.make<User, User>({
    supported: [verification],
    handler: (association) =>
      Effect.flatMap(User, (user) => {
        const found = Context.getOption(association.principal, User)
        seen.push([user.name, Option.getOrUndefined(found)?.name])
        handles.push(association)
        return Association.serve(association, ({ command }) =>
          Effect.succeed(Association.answer(command, { _tag: "Success", code: 0 }))
        )
      }),
    ...options
  }).pipe(Effect.provideService(UpperLayer.Listener, network), Effect.provide(Logger.layer([logger])))
  const request = (userIdentity?: UserIdentity.UserIdentity, callingAETitle = "REQUESTOR") =>
    Effect.flatMap(network.connect, (socket) =>
      Association.request({
        ...requestOptions,
        callingAETitle,
        ...(userIdentity === undefined ? {} : { userIdentity })
      }).pipe(
        Effect.map((association) => association.peer.userIdentityResponse),
        Effect.scoped,
        Effect.provideService(UpperLayer.Transport, socket)
      )
    )
  return { request, seen, handles, logged }
})

const rejected = new AssociationError.Rejected({
  by: "peer",
  result: "rejected-permanent",
  source: "DICOM UL service-provider (ACSE related function)",
  diagnostic: "no-reason-given"
})

describe("an authenticator", () => {
  it.effect("gives the handlers the principal, in their environment and on the association", () =>
    Effect.gen(function* () {
      const { request, seen } = yield* serving({ authenticator: byPasscode })
      assert.isUndefined(yield* request(UserIdentity.usernameAndPasscode("alice", "sesame")))
      assert.deepStrictEqual(seen, [["alice", "alice"]])
    })
  )

  it.effect("answers positively where that is asked for, with no bytes for a passcode", () =>
    Effect.gen(function* () {
      const { request } = yield* serving({ authenticator: byPasscode })
      const identity = UserIdentity.usernameAndPasscode("alice", "sesame", { positiveResponseRequested: true })
      assert.deepStrictEqual(yield* request(identity), new Uint8Array(0))
    })
  )

  it.effect("answers with the server's response of its own", () =>
    Effect.gen(function* () {
      const byToken = Authenticator.make(User, (identity) =>
        identity?._tag === "JSON Web Token" && Redacted.value(identity.token) === "a.b.c"
          ? Effect.succeed({ principal: { name: "bob" }, serverResponse: bytes("d.e.f") })
          : Effect.fail(new Authenticator.NotAuthenticated({ why: "another token" }))
      )
      const { request, seen } = yield* serving({ authenticator: byToken })
      const asks = { positiveResponseRequested: true }
      assert.deepStrictEqual(yield* request(UserIdentity.jsonWebToken("a.b.c", asks)), bytes("d.e.f"))
      assert.isUndefined(yield* request(UserIdentity.jsonWebToken("a.b.c")))
      assert.deepStrictEqual(yield* Effect.flip(request(UserIdentity.jsonWebToken("a.b.d"))), rejected)
      assert.deepStrictEqual(seen, [
        ["bob", "bob"],
        ["bob", "bob"]
      ])
    })
  )

  it.effect.each([
    ["another passcode", UserIdentity.usernameAndPasscode("alice", "sesam")],
    ["a longer passcode", UserIdentity.usernameAndPasscode("alice", "sesamesesame")],
    ["no passcode", UserIdentity.usernameAndPasscode("alice", "")],
    ["an unknown user", UserIdentity.usernameAndPasscode("mallory", "sesame")],
    ["an unknown user without a passcode", UserIdentity.usernameAndPasscode("mallory", "")],
    ["a name only", UserIdentity.username("alice")],
    ["no identity", undefined]
  ] as const)("rejects %s, and tells nobody why but the log", ([, identity]) =>
    Effect.gen(function* () {
      const { logged, request, seen } = yield* serving({ authenticator: byPasscode })
      const error = yield* Effect.flip(request(identity).pipe(UpperLayer.withSettings({})))
      assert.deepStrictEqual(seen, [])
      assert.strictEqual(error._tag, "Rejected")
      assert.deepStrictEqual(error, rejected)
      assert.include(logged.join("\n"), "The user is not authenticated: ")
    })
  )

  it.effect("shows a passcode in no log and on no handle", () =>
    Effect.gen(function* () {
      const { handles, logged, request } = yield* serving({ authenticator: byPasscode })
      yield* request(UserIdentity.usernameAndPasscode("alice", "sesame"))
      yield* Effect.flip(request(UserIdentity.usernameAndPasscode("alice", "sesamee")))
      const shown = inspect([logged, handles.map(({ peer }) => peer)], { depth: 20 })
      assert.include(shown, "callingAETitle: 'REQUESTOR'")
      assert.notInclude(shown, "sesame")
      assert.notInclude(shown, [...bytes("sesame")].join(", "))
      assert.deepStrictEqual(handles[0]?.peer.userIdentity?.primaryField, bytes("alice"))
    })
  )

  it.effect("may let in who gives no identity", () =>
    Effect.gen(function* () {
      const authenticator = Authenticator.withAnonymous(byPasscode, User, { name: "nobody" })
      const { request, seen } = yield* serving({ authenticator })
      yield* request()
      yield* request(UserIdentity.usernameAndPasscode("alice", "sesame"))
      assert.deepStrictEqual(yield* Effect.flip(request(UserIdentity.username("alice"))), rejected)
      assert.deepStrictEqual(seen, [
        ["nobody", "nobody"],
        ["alice", "alice"]
      ])
    })
  )

  it.effect("is asked only about who has access, and the server's decision comes after both", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const { logged, request } = yield* serving({
        access: AccessControl.calling("REQUESTOR"),
        authenticator: Authenticator.make(User, (identity, { callingAETitle }) => {
          asked.push(callingAETitle)
          return Effect.succeed({ principal: { name: identity?._tag ?? "none" } })
        }),
        decide: () => Effect.succeed(Association.rejecting({ ...user, diagnostic: "no-reason-given" }))
      })
      const stranger = yield* Effect.flip(request(undefined, "STRANGER"))
      assert.include(stranger.message, "calling-AE-title-not-recognized")
      const known = yield* Effect.flip(request())
      assert.include(known.message, "no-reason-given (rejected-permanent, DICOM UL service-user)")
      assert.deepStrictEqual(asked, ["REQUESTOR"])
      assert.include(logged[0], 'Access is denied (calling-AE-title-not-recognized): calling AE title "STRANGER"')
    })
  )
})

const user = { result: "rejected-permanent", source: "DICOM UL service-user" } as const

// What the handler needs must come from somewhere.
const handler = () => Effect.asVoid(User)
type Needs<L> = L extends Layer.Layer<AssociationServer.AssociationServer, never, infer R> ? R : never
const withUser = AssociationServer.layer({ handler, authenticator: byPasscode })
const withoutUser = AssociationServer.layer({ handler })
export const satisfied: Needs<typeof withUser> extends UpperLayer.Listener ? true : false = true
// @ts-expect-error without an authenticator the user is not there
export const unsatisfied: Needs<typeof withoutUser> extends UpperLayer.Listener ? true : false = true
