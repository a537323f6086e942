import { Attribute, DataSet, Tag } from "@effect-dicom/data"
import type { Deidentification } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { dataSetOf, element, empty, latin, run, textOf } from "./deidentifying.ts"

const day = (text: string): number =>
  Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6, 8))) / 86400000

describe("modified dates", () => {
  it.prop(
    "are as many days from one another as before, whatever the calendar does",
    {
      from: Schema.Int.check(Schema.isBetween({ minimum: -150000, maximum: 150000 })),
      days: Schema.Int.check(Schema.isBetween({ minimum: -4000, maximum: 4000 }))
    },
    ({ days, from }) => {
      const date = new Date(from * 86400000).toISOString().slice(0, 10).replaceAll("-", "")
      const { dataSet } = run(dataSetOf(element(0x00080020, "DA", date)), { dates: "modified", days })
      const moved = textOf(dataSet, Attribute.StudyDate) ?? ""
      assert.match(moved, /^\d{8}$/)
      assert.strictEqual(day(moved) - day(date), days)
    }
  )

  it("keep the time of day, the offset from UTC, the precision and the number of values", () => {
    const moved = (vr: "DA" | "DT" | "TM", text: string, tag: number): string | undefined => {
      const { dataSet } = run(dataSetOf(element(tag, vr, text)), { dates: "modified", days: -60 })
      return latin(DataSet.element(dataSet, Tag.make(tag >>> 16, tag))?.bytes)
    }
    assert.strictEqual(moved("DT", "20240301120000.25-0500", 0x0008002a), "20240101120000.25-0500")
    assert.strictEqual(moved("DT", "202403", 0x0008002a), "202401")
    assert.strictEqual(moved("DT", "2024", 0x0008002a), "2023")
    assert.strictEqual(moved("DT", "20240301\\20240302", 0x0008002a), "20240101\\20240102")
    assert.strictEqual(moved("TM", "120000", 0x00080030), "120000")
    assert.strictEqual(moved("TM", "12:00:00.5", 0x00080030), "12:00:00.5")
    assert.strictEqual(moved("TM", "SMITH", 0x00080030), "")
    assert.strictEqual(moved("DA", "2024.03.01", 0x00080020), "20240101")
    assert.strictEqual(moved("DA", "SMITH", 0x00080020), "")
    assert.strictEqual(moved("DA", "SMITH", 0x00080023), "19000101")
    assert.strictEqual(moved("DA", "00000101", 0x00080020), "")
  })

  it("keep an offset from UTC, and no text in its place", () => {
    const kept = (text: string) =>
      textOf(
        run(dataSetOf(element(0x00080201, "SH", text)), { dates: "modified" }).dataSet,
        Attribute.TimezoneOffsetFromUTC
      )
    assert.deepStrictEqual([kept("-0500"), kept("SMITH")], ["-0500", undefined])
  })

  it("are moved by the same days for a patient, by others for another, into the past", () => {
    const daysOf = (patient: string, date: string): number => {
      const dataSet = dataSetOf(element(0x00080020, "DA", date), element(0x00100020, "LO", patient))
      return day(textOf(run(dataSet, { dates: "modified" }).dataSet, Attribute.StudyDate) ?? "") - day(date)
    }
    const [one, two] = [daysOf("ANNE", "20240229"), daysOf("BOB", "20240229")]
    assert.strictEqual(daysOf("ANNE", "19991231"), one)
    assert.notStrictEqual(one, two)
    for (const days of [one, two]) assert.isTrue(days <= -10 && days > -3650)
  })

  it("are told of in (0028,0303)", () => {
    const told = (settings: Omit<Deidentification.Settings, "hash">) =>
      textOf(run(empty, settings).dataSet, Attribute.LongitudinalTemporalInformationModified)
    assert.deepStrictEqual(
      [told({}), told({ dates: "full" }), told({ dates: "modified" })],
      ["REMOVED", "UNMODIFIED", "MODIFIED"]
    )
    const again = (earlier: string, dates: Deidentification.DateOption) =>
      textOf(
        run(dataSetOf(element(0x00280303, "CS", earlier)), { dates }).dataSet,
        Attribute.LongitudinalTemporalInformationModified
      )
    assert.deepStrictEqual(
      [again("UNMODIFIED", "modified"), again("MODIFIED", "full"), again("REMOVED", "modified"), again("?", "full")],
      ["MODIFIED", "MODIFIED", "REMOVED", "UNMODIFIED"]
    )
  })
})
