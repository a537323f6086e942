import { SopClass, TransferSyntax, Uid, UidRegistry } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Fs from "node:fs"

const table = new URL("../../../../shared/standard/uids.tsv", import.meta.url)
const present = Fs.existsSync(table)

describe("UidRegistry", () => {
  it("finds what a UID stands for", () => {
    assert.deepEqual(UidRegistry.find("1.2.840.10008.1.2.2"), {
      uid: Uid.makeUnsafe("1.2.840.10008.1.2.2"),
      name: "Explicit VR Big Endian",
      type: "Transfer Syntax",
      info: "",
      retired: true,
      keyword: "ExplicitVRBigEndian"
    })
    assert.strictEqual(UidRegistry.find("1.2.3"), undefined)
  })

  it("gives by keyword what is neither SOP class nor transfer syntax", () => {
    assert.strictEqual(UidRegistry.DICOMApplicationContext, "1.2.840.10008.3.1.1.1")
    assert.strictEqual(UidRegistry.StorageCommitmentPushModelInstance, "1.2.840.10008.1.20.1.1")
  })

  it("names a UID for a reader, and an unknown or nameless one by itself", () => {
    assert.strictEqual(UidRegistry.format(SopClass.Verification), "Verification SOP Class")
    assert.strictEqual(UidRegistry.format("1.2.3"), "1.2.3")
    assert.strictEqual(UidRegistry.format("1.2.840.10008.5.1.4.1.1.40"), "1.2.840.10008.5.1.4.1.1.40")
  })

  it("holds UIDs only, each once", () => {
    const uids = UidRegistry.all().map((entry) => entry.uid)
    assert.strictEqual(uids.length, 490)
    assert.strictEqual(new Set(uids).size, 490)
    assert.deepEqual(
      uids.filter((uid) => !Uid.isUid(uid)),
      []
    )
  })

  it("agrees with the constants of SopClass and TransferSyntax", () => {
    const keywords = (type: string) =>
      UidRegistry.all()
        .filter((entry) => entry.type === type && entry.keyword !== "")
        .map((entry) => entry.keyword)
    const exported: Readonly<Record<string, unknown>> = { ...SopClass }
    for (const keyword of [...keywords("SOP Class"), ...keywords("Meta SOP Class")]) {
      assert.strictEqual(UidRegistry.find(String(exported[keyword]))?.keyword, keyword)
    }
    assert.deepEqual(
      TransferSyntax.all.map((syntax) => syntax.keyword),
      keywords("Transfer Syntax")
    )
  })

  it.skipIf(!present)("is every row of shared/standard/uids.tsv (skipped where that folder is not present)", () => {
    const rows = Fs.readFileSync(table, "utf8")
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split("\t"))
    assert.deepEqual(
      UidRegistry.all().map((_) => [_.uid, _.name, _.type, _.info, _.retired, _.keyword]),
      rows.map(([uid, name, type, info, retired, keyword]) => [uid, name, type, info, retired !== "", keyword])
    )
  })
})
