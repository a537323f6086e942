import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as UserInformation from "@effect-dicom/protocol/UserInformation"
import type * as UserInformationItem from "@effect-dicom/protocol/UserInformationItem"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { userInformation } from "./dcmtk.ts"
import { judge } from "./everything.ts"
import { decodeItem, decodeSubItems, encodeItem, latin1 } from "./userInformationItems.ts"

const refusal = (bytes: ReadonlyArray<number>): string => {
  const result = decodeSubItems(bytes)
  return Result.isFailure(result) ? result.failure.detail : "no failure"
}

describe("UserInformation", () => {
  it.prop("reads from its item what was sent", [UserInformation.UserInformation], ([information]) => {
    const bytes = encodeItem(UserInformation.toItem(information))
    const item = Result.getOrThrow(decodeItem(bytes))
    const read = UserInformation.fromItem(item?._tag === "User Information Item" ? item : undefined, judge())
    expect(read).toEqual({ information, refused: undefined })
    expect(Schema.is(UserInformation.Received)(read.information)).toBe(true)
  })

  it("reads what DCMTK sends, and writes it again", () => {
    const item = Result.getOrThrow(decodeItem(userInformation))
    if (item?._tag !== "User Information Item") return expect.unreachable()
    const { information, refused } = UserInformation.fromItem(item)
    expect(refused).toBe(undefined)
    expect(information).toStrictEqual({
      maximumLength: 16384,
      implementationClassUid: "1.2.276.0.7230010.3.0.3.6.7",
      implementationVersionName: "OFFIS_DCMTK_367",
      roleSelections: [],
      sopClassExtendedNegotiations: [],
      sopClassCommonExtendedNegotiations: [],
      unknown: [],
      userIdentity: {
        type: "username and passcode",
        positiveResponseRequested: false,
        primaryField: latin1("alice"),
        secondaryField: latin1("secret")
      }
    })
    expect(encodeItem(item)).toStrictEqual(userInformation)
  })

  it.each([
    [[0x51, 0, 0, 3, 1, 2, 3], "maximum length needs 2 bytes; 1 are left"],
    [[0x51, 0, 0, 5, 1, 2, 3, 4, 5], "user information: item 51H has 1 bytes too many"],
    [[0x51, 0, 1, 0, 1], "user information: item 51H has length 256; 1 bytes are left"],
    [[0x54, 0, 0, 4, 0, 9, 1, 1], "SOP class UID of a role selection needs 9 bytes; 2 are left"],
    [[0x54, 0, 0, 7, 0, 3, ...latin1("1.2"), 2, 0], "SCU role is 2; permitted: 0 or 1"],
    [
      [0x57, 0, 0, 12, 0, 3, ...latin1("1.2"), 0, 3, ...latin1("1.3"), 0, 9],
      "related general SOP classes have length 9; 0 bytes are left"
    ],
    [
      [0x57, 0, 0, 18, 0, 3, ...latin1("1.2"), 0, 3, ...latin1("1.3"), 0, 4, 0, 4, ...latin1("1.22")],
      "a related general SOP class UID passes its field"
    ],
    [[0x58, 0, 0, 4, 1, 0, 0, 9], "user identity primary field needs 9 bytes; 0 are left"],
    [[0x59, 0, 0, 2, 0, 1], "user identity server response needs 1 bytes; 0 are left"],
    [[0x52, 0, 0, 4, ...latin1("1.02")], 'implementation class UID is "1.02"; permitted: a UID (PS3.5 section 9.1)']
  ])("refuses the sub-item %j and says why", (bytes, detail) => {
    expect(refusal(bytes)).toBe(detail)
  })

  describe("read with a leniency", () => {
    const maximum: UserInformationItem.SubItem = { _tag: "Maximum Length Sub-Item", maximumLengthReceived: 16384 }
    const implementation: UserInformationItem.SubItem = {
      _tag: "Implementation Class UID Sub-Item",
      implementationClassUid: "1.2"
    }
    const read = (leniency: Leniency.Leniency, ...subItems: ReadonlyArray<UserInformationItem.SubItem>) => {
      const by = Leniency.judge(leniency)
      const { information, refused } = UserInformation.fromItem({ _tag: "User Information Item", subItems }, by)
      return { information, refused, tolerated: by.tolerated }
    }
    const name = (implementationVersionName: string): UserInformationItem.SubItem => ({
      _tag: "Implementation Version Name Sub-Item",
      implementationVersionName
    })
    const identity = (userIdentityType: number, primary: string, secondary = ""): UserInformationItem.SubItem => ({
      _tag: "User Identity Sub-Item (A-ASSOCIATE-RQ)",
      userIdentityType,
      positiveResponseRequested: 0,
      primaryField: latin1(primary),
      secondaryField: latin1(secondary)
    })

    it("keeps an unknown sub-item and says nothing", () => {
      const unknown: UserInformationItem.SubItem = { _tag: "Unknown", itemType: 0x5a, data: Uint8Array.of(1) }
      const result = read(Leniency.strict, maximum, implementation, unknown)
      expect(result.information.unknown).toStrictEqual([unknown])
      expect([result.refused, result.tolerated]).toStrictEqual([undefined, []])
    })

    it("accepts a maximum length of 0 as no limit", () => {
      const result = read(Leniency.strict, { ...maximum, maximumLengthReceived: 0 }, implementation)
      expect(result.information.maximumLength).toBe(0)
      expect([result.refused, result.tolerated]).toStrictEqual([undefined, []])
    })

    const small = { ...maximum, maximumLengthReceived: 7 }
    const detailOf = {
      small: "maximum length is 7; permitted: 0, or at least 1024",
      identity: "user identity type is 9; permitted: 1 to 5",
      repeated: "user information has more than one maximum length; permitted: one"
    }

    it.each([
      ["smallMaximumLength", [small, implementation], detailOf.small],
      ["unknownUserIdentityType", [maximum, implementation, identity(9, "x")], detailOf.identity],
      ["repeatedItem", [maximum, small, implementation], detailOf.repeated]
    ] as const)("refuses by %s when strict, and reports it when lenient", (quirk, subItems, detail) => {
      expect(read(Leniency.strict, ...subItems).refused).toBe(detail)
      const lenient = read(Leniency.lenient, ...subItems)
      expect([lenient.refused, lenient.tolerated]).toStrictEqual([undefined, [{ quirk, detail }]])
    })

    it.each([
      ["noMaximumLength", [implementation], "user information has no maximum length; permitted: one"],
      ["noImplementationClassUid", [maximum], "user information has no implementation class UID; permitted: one"],
      [
        "irregularImplementationVersionName",
        [maximum, implementation, name("A NAME OF SEVENTEE")],
        'implementation version name is "A NAME OF SEVENTEE"; permitted: 1 to 16 characters of ISO 646'
      ],
      [
        "emptyUserIdentityField",
        [maximum, implementation, identity(1, "")],
        'user identity of type "username" has an empty field'
      ],
      [
        "emptyUserIdentityField",
        [maximum, implementation, identity(2, "me")],
        'user identity of type "username and passcode" has an empty field'
      ]
    ] as const)("accepts and reports %s when strict, and refuses it when told to", (quirk, subItems, detail) => {
      const strict = read(Leniency.strict, ...subItems)
      expect([strict.refused, strict.tolerated]).toStrictEqual([undefined, [{ quirk, detail }]])
      expect(read({ ...Leniency.strict, [quirk]: "reject" }, ...subItems).refused).toBe(detail)
    })

    it("keeps a version name that is too long", () => {
      const long = "A NAME OF MANY MORE THAN SIXTEEN CHARACTERS"
      const result = read(Leniency.lenient, maximum, implementation, name(long))
      expect(result.information.implementationVersionName).toBe(long)
      expect(result.tolerated).toStrictEqual([])
    })

    it("counts the first of two, and leaves out an identity of unknown type", () => {
      expect(read(Leniency.lenient, maximum, small, implementation).information.maximumLength).toBe(16384)
      expect("userIdentity" in read(Leniency.lenient, maximum, implementation, identity(9, "x")).information).toBe(
        false
      )
    })

    it("reads no user information at all as no limit and nothing else", () => {
      const by = Leniency.judge(Leniency.strict)
      expect(UserInformation.fromItem(undefined, by)).toStrictEqual({
        information: {
          maximumLength: 0,
          roleSelections: [],
          sopClassExtendedNegotiations: [],
          sopClassCommonExtendedNegotiations: [],
          unknown: []
        },
        refused: undefined
      })
      expect(by.tolerated).toStrictEqual([
        { quirk: "noUserInformation", detail: "no user information item; permitted: one" }
      ])
    })

    it("trims UIDs that are padded", () => {
      const padded: UserInformationItem.SubItem = {
        _tag: "Implementation Class UID Sub-Item",
        implementationClassUid: "1.2\0"
      }
      expect(read(Leniency.strict, maximum, padded).information.implementationClassUid).toBe("1.2")
    })
  })

  describe("its schema", () => {
    const plain = {
      maximumLength: 16384,
      implementationClassUid: "1.2",
      roleSelections: [],
      sopClassExtendedNegotiations: [],
      sopClassCommonExtendedNegotiations: [],
      unknown: []
    }
    const message = (
      value: unknown,
      schema: Schema.Codec<unknown, unknown> = UserInformation.UserInformation
    ): string => {
      const result = Schema.decodeUnknownResult(schema)(value)
      return Result.isFailure(result) ? result.failure.message : "no failure"
    }

    it("refuses a version name of 17 characters", () => {
      expect(message({ ...plain, implementationVersionName: "A".repeat(17) })).toContain(
        `implementation version name is "${"A".repeat(17)}"; permitted: 1 to 16 characters of ISO 646`
      )
    })

    it("refuses a passcode for an identity that has none", () => {
      const userIdentity = {
        type: "SAML assertion",
        positiveResponseRequested: false,
        primaryField: Uint8Array.of(1),
        secondaryField: Uint8Array.of(1)
      }
      expect(message({ ...plain, userIdentity })).toContain(
        'user identity secondary field has 1 bytes; permitted: none for type "SAML assertion"'
      )
    })

    it("refuses two role selections for a SOP class", () => {
      const role = { sopClassUid: "1.2", scuRole: true, scpRole: false }
      expect(message({ ...plain, roleSelections: [role, role] })).toContain(
        "role selection for 1.2 is given twice; permitted: once"
      )
    })

    it("refuses more than an item can hold", () => {
      const negotiation = (sopClassUid: string) => ({
        sopClassUid,
        serviceClassApplicationInformation: new Uint8Array(40000)
      })
      expect(message({ ...plain, sopClassExtendedNegotiations: [negotiation("1.2"), negotiation("1.3")] })).toContain(
        "user information has length 80033; permitted: at most 65535"
      )
    })

    it("refuses a response's parameter in a request, and the reverse", () => {
      expect(message({ ...plain, userIdentityResponse: new Uint8Array(0) }, UserInformation.OfRequest)).toContain(
        "permitted: nothing, a request has no such parameter"
      )
      const userIdentity = {
        type: "username",
        positiveResponseRequested: true,
        primaryField: latin1("me"),
        secondaryField: new Uint8Array(0)
      }
      expect(message({ ...plain, userIdentity }, UserInformation.OfResponse)).toContain(
        "permitted: nothing, a response has no such parameter"
      )
    })
  })
})
