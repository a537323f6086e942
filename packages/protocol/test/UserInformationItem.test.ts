import * as UserInformationItem from "@effect-dicom/protocol/UserInformationItem"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { judge } from "./everything.ts"
import { decodeItem, decodeSubItems, encodeItem, latin1, subItemBytes } from "./userInformationItems.ts"

describe("UserInformationItem", () => {
  // The layouts are those of PS3.8 Table D.1-1 and PS3.7 Tables D.3-1 to D.3-15.
  const golden: ReadonlyArray<readonly [UserInformationItem.SubItem, ReadonlyArray<number>]> = [
    [{ _tag: "Maximum Length Sub-Item", maximumLengthReceived: 0x01020304 }, [0x51, 0, 0, 4, 1, 2, 3, 4]],
    [{ _tag: "Implementation Class UID Sub-Item", implementationClassUid: "1.2" }, [0x52, 0, 0, 3, ...latin1("1.2")]],
    [
      { _tag: "Asynchronous Operations Window Sub-Item", maximumInvoked: 0x102, maximumPerformed: 3 },
      [0x53, 0, 0, 4, 1, 2, 0, 3]
    ],
    [
      { _tag: "SCP/SCU Role Selection Sub-Item", sopClassUid: "1.2", scuRole: 0, scpRole: 1 },
      [0x54, 0, 0, 7, 0, 3, ...latin1("1.2"), 0, 1]
    ],
    [
      { _tag: "Implementation Version Name Sub-Item", implementationVersionName: "V 1" },
      [0x55, 0, 0, 3, ...latin1("V 1")]
    ],
    [
      {
        _tag: "SOP Class Extended Negotiation Sub-Item",
        sopClassUid: "1.2",
        serviceClassApplicationInformation: Uint8Array.of(9, 8)
      },
      [0x56, 0, 0, 7, 0, 3, ...latin1("1.2"), 9, 8]
    ],
    [
      {
        _tag: "SOP Class Common Extended Negotiation Sub-Item",
        subItemVersion: 0,
        sopClassUid: "1.2",
        serviceClassUid: "1.3",
        relatedGeneralSopClassUids: ["1.4", "1.5"],
        reserved: new Uint8Array(0)
      },
      [
        ...[0x57, 0, 0, 22],
        ...[0, 3, ...latin1("1.2")],
        ...[0, 3, ...latin1("1.3")],
        ...[0, 10, 0, 3, ...latin1("1.4"), 0, 3, ...latin1("1.5")]
      ]
    ],
    [
      {
        _tag: "User Identity Sub-Item (A-ASSOCIATE-RQ)",
        userIdentityType: 2,
        positiveResponseRequested: 1,
        primaryField: latin1("me"),
        secondaryField: latin1("pass")
      },
      [0x58, 0, 0, 12, 2, 1, 0, 2, ...latin1("me"), 0, 4, ...latin1("pass")]
    ],
    [{ _tag: "User Identity Sub-Item (A-ASSOCIATE-AC)", serverResponse: Uint8Array.of(7) }, [0x59, 0, 0, 3, 0, 1, 7]],
    [{ _tag: "Unknown", itemType: 0x5a, data: Uint8Array.of(1, 2) }, [0x5a, 0, 0, 2, 1, 2]],
    [{ _tag: "Unknown", itemType: 0x5b, reserved: 9, data: Uint8Array.of(1) }, [0x5b, 9, 0, 1, 1]]
  ]

  it.each(golden)("writes and reads %j", (subItem, bytes) => {
    expect([...subItemBytes(subItem)]).toStrictEqual(bytes)
    expect(decodeSubItems(bytes)).toStrictEqual(Result.succeed([subItem]))
  })

  it.each(golden)("refuses %j when it is cut short anywhere", (_, bytes) => {
    for (let length = 1; length < bytes.length; length++) {
      expect(Result.isFailure(decodeSubItems(bytes.slice(0, length)))).toBe(true)
    }
  })

  it.each(
    golden.filter(
      ([subItem]) =>
        // these end where their item ends
        ![
          "Unknown",
          "Implementation Version Name Sub-Item",
          "SOP Class Extended Negotiation Sub-Item",
          "SOP Class Common Extended Negotiation Sub-Item"
        ].includes(subItem._tag)
    )
  )("refuses %j with a byte left over", (_, bytes) => {
    const longer = [...bytes.slice(0, 3), (bytes[3] ?? 0) + 1, ...bytes.slice(4), 0x80]
    expect(Result.isFailure(decodeSubItems(longer))).toBe(true)
  })

  it("keeps what follows in a common extended negotiation", () => {
    const bytes = [0x57, 3, 0, 14, 0, 3, ...latin1("1.2"), 0, 3, ...latin1("1.3"), 0, 0, 6, 7]
    const subItems = Result.getOrThrow(decodeSubItems(bytes))
    expect(subItems).toStrictEqual([
      {
        _tag: "SOP Class Common Extended Negotiation Sub-Item",
        subItemVersion: 3,
        sopClassUid: "1.2",
        serviceClassUid: "1.3",
        relatedGeneralSopClassUids: [],
        reserved: Uint8Array.of(6, 7)
      }
    ])
    expect(subItems.flatMap((subItem) => [...subItemBytes(subItem)])).toStrictEqual(bytes)
  })

  it.prop("brings every sub-item back from its bytes", [UserInformationItem.SubItem], ([subItem]) => {
    const decoded = Result.getOrThrow(decodeSubItems([...subItemBytes(subItem)], judge()))
    expect(decoded).toEqual([subItem])
    expect(Schema.is(UserInformationItem.SubItem)(decoded[0])).toBe(true)
  })

  it.prop("brings every item back from its bytes", [UserInformationItem.Item], ([item]) => {
    const bytes = encodeItem(item)
    expect(decodeItem(bytes, judge())).toEqual(Result.succeed(item))
  })
})
