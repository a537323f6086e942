import * as Uid from "@effect-dicom/data/Uid"
import * as RoleSelection from "@effect-dicom/protocol/RoleSelection"
import { describe, expect, it } from "@effect/vitest"

describe("RoleSelection", () => {
  it("says each role by a byte", () => {
    const role = { sopClassUid: Uid.makeUnsafe("1.2"), scuRole: false, scpRole: true }
    expect(RoleSelection.toSubItem(role)).toStrictEqual({
      _tag: "SCP/SCU Role Selection Sub-Item",
      sopClassUid: "1.2",
      scuRole: 0,
      scpRole: 1
    })
  })

  it("counts a byte without a meaning as a role, where a policy let it pass", () => {
    expect(
      RoleSelection.fromSubItem({
        _tag: "SCP/SCU Role Selection Sub-Item",
        sopClassUid: "1.2\0",
        scuRole: 2,
        scpRole: 0
      })
    ).toStrictEqual({ sopClassUid: "1.2", scuRole: true, scpRole: false })
  })

  it.prop("comes back from its sub-item", [RoleSelection.RoleSelection], ([role]) => {
    expect(RoleSelection.fromSubItem(RoleSelection.toSubItem(role))).toEqual(role)
  })
})
