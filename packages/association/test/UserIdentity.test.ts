import { assert, describe, it } from "@effect/vitest"
import * as Association from "@effect-dicom/association/Association"
import { ReadyMade } from "@effect-dicom/association/testing"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as UserIdentity from "@effect-dicom/association/UserIdentity"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Socket from "effect/socket/Socket"
import { inspect } from "node:util"

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "utf8"))

describe("user identities", () => {
  it.each([
    ["username", UserIdentity.username("Zoë"), "Zoë", ""],
    ["username and passcode", UserIdentity.usernameAndPasscode("alice", "schlüssel"), "alice", "schlüssel"],
    ["Kerberos service ticket", UserIdentity.kerberos(bytes("ticket")), "ticket", ""],
    ["SAML assertion", UserIdentity.saml("<saml/>"), "<saml/>", ""],
    ["JSON Web Token", UserIdentity.jsonWebToken("a.b.c"), "a.b.c", ""]
  ] as const)("of type %s have these fields, and are read again", (type, identity, primary, secondary) => {
    const negotiated = UserIdentity.toNegotiation(identity)
    assert.deepStrictEqual(negotiated, {
      type,
      positiveResponseRequested: false,
      primaryField: bytes(primary),
      secondaryField: bytes(secondary)
    })
    assert.deepStrictEqual(UserIdentity.toNegotiation(UserIdentity.fromNegotiation(negotiated)), negotiated)
  })

  it("ask for a positive response where that is wanted", () => {
    const identity = UserIdentity.username("alice", { positiveResponseRequested: true })
    assert.isTrue(UserIdentity.toNegotiation(identity).positiveResponseRequested)
    assert.isTrue(UserIdentity.fromNegotiation(UserIdentity.toNegotiation(identity)).positiveResponseRequested)
  })

  it("say the name that they claim", () => {
    assert.strictEqual(UserIdentity.claimedName(UserIdentity.usernameAndPasscode("alice", "x")), "alice")
    assert.isUndefined(UserIdentity.claimedName(UserIdentity.saml("alice")))
  })

  it("take a passcode that is redacted already", () => {
    const passcode = Redacted.make("secret")
    const identity = UserIdentity.usernameAndPasscode("alice", passcode)
    assert.isTrue(identity._tag === "username and passcode" && identity.passcode === passcode)
  })

  it("do not show what proves them", () => {
    for (const identity of [
      UserIdentity.usernameAndPasscode("alice", "sesame"),
      UserIdentity.kerberos(bytes("sesame")),
      UserIdentity.saml("sesame"),
      UserIdentity.jsonWebToken("sesame")
    ]) {
      for (const shown of [JSON.stringify(identity), inspect(identity, { depth: 9 }), String(identity)]) {
        assert.notInclude(shown, "sesame")
        assert.notInclude(shown, [...bytes("sesame")].join(","))
      }
    }
  })

  it.effect("that do not fit into a request are refused without being shown", () =>
    Effect.gen(function* () {
      const error = yield* Association.request({
        callingAETitle: "REQUESTOR",
        calledAETitle: "ACCEPTOR",
        presentationContexts: [ReadyMade.verificationContext],
        userIdentity: UserIdentity.usernameAndPasscode("alice", "sesame".repeat(11000))
      }).pipe(Effect.scoped, Effect.flip, Effect.provideService(UpperLayer.Transport, nowhere))
      assert.strictEqual(error._tag, "SchemaError")
      assert.include(error.message, "66000 bytes; permitted: at most 65535")
      assert.notInclude(error.message, "sesame")
      assert.notInclude(inspect(error, { depth: 20, maxArrayLength: null }), [...bytes("sesame")].join(", "))
    })
  )
})

const nowhere = Socket.make({ reader: Effect.never, writer: Effect.never })
