import * as UserIdentity from "@effect-dicom/protocol/UserIdentity"
import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

const empty = new Uint8Array(0)

describe("UserIdentity", () => {
  // PS3.7 Table D.3-14
  it.each([
    ["username", 1],
    ["username and passcode", 2],
    ["Kerberos service ticket", 3],
    ["SAML assertion", 4],
    ["JSON Web Token", 5]
  ] as const)("writes %s as type %i", (type, code) => {
    const identity = { type, positiveResponseRequested: true, primaryField: Uint8Array.of(1), secondaryField: empty }
    const subItem = UserIdentity.toSubItem(identity)
    expect(subItem.userIdentityType).toBe(code)
    expect(UserIdentity.fromSubItem(subItem)).toStrictEqual(identity)
  })

  it.each([0, 6, 9, 255])("has no identity of type %i", (userIdentityType) => {
    expect(
      UserIdentity.fromSubItem({
        _tag: "User Identity Sub-Item (A-ASSOCIATE-RQ)",
        userIdentityType,
        positiveResponseRequested: 0,
        primaryField: empty,
        secondaryField: empty
      })
    ).toBe(undefined)
  })

  it.prop("comes back from its sub-item", [UserIdentity.UserIdentity], ([identity]) => {
    expect(UserIdentity.fromSubItem(UserIdentity.toSubItem(identity))).toEqual(identity)
  })

  it("does not fit an item when its fields are too long together", () => {
    expect(
      Schema.is(UserIdentity.UserIdentity)({
        type: "username and passcode",
        positiveResponseRequested: false,
        primaryField: new Uint8Array(40000),
        secondaryField: new Uint8Array(30000)
      })
    ).toBe(false)
  })
})
