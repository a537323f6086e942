import { SopClass, UidRegistry } from "@effect-dicom/data"
import type { Uid } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"

describe("SopClass", () => {
  it("gives UIDs by keyword", () => {
    const verification: Uid.Uid = SopClass.Verification
    assert.strictEqual(verification, "1.2.840.10008.1.1")
    assert.strictEqual(SopClass.MRImageStorage, "1.2.840.10008.5.1.4.1.1.4")
  })

  it("knows the storage SOP classes, in force and retired, without one twice", () => {
    const all = [...SopClass.storageInForce, ...SopClass.storageRetired]
    assert.strictEqual(new Set(all).size, all.length)
    assert.strictEqual(SopClass.storageInForce.length, 188)
    assert.strictEqual(SopClass.storageRetired.length, 20)
    assert.deepEqual(
      all.filter((uid) => !SopClass.isStorage(uid)),
      []
    )
    for (const uid of SopClass.storageRetired) assert.strictEqual(UidRegistry.find(uid)?.retired, true)
    for (const uid of SopClass.storageInForce) assert.strictEqual(UidRegistry.find(uid)?.retired, false)
  })

  it("takes for storage what stores, and nothing else that has the word in its name", () => {
    for (const uid of [
      SopClass.CTImageStorage,
      SopClass.MacularGridThicknessAndVolumeReportStorage,
      SopClass.HangingProtocolStorage,
      SopClass.LabelMapSegmentationStorage,
      SopClass.NuclearMedicineImageStorageRetired,
      SopClass.DICOSCTImageStorage
    ])
      assert.isTrue(SopClass.isStorage(uid), uid)
    for (const uid of [
      SopClass.Verification,
      SopClass.StorageCommitmentPushModel,
      SopClass.StorageCommitmentPullModel,
      SopClass.MediaStorageDirectoryStorage,
      SopClass.ModalityWorklistInformationModelFind,
      UidRegistry.Storage,
      "1.2.3"
    ])
      assert.isFalse(SopClass.isStorage(uid), uid)
  })
})
