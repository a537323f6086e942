import { Attribute, AttributeMatching, DataElement, DataSet, PersonName, TransferSyntax, Uid } from "@effect-dicom/data"
import type { DA, InvalidAttribute } from "@effect-dicom/data"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Result from "effect/Result"

const empty = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const holding = (attribute: Attribute.Attribute, text: string): DataSet.DataSet =>
  DataSet.set(empty, DataElement.value(attribute.tag, attribute.vr === "OB or OW" ? "OB" : vr(attribute), ascii(text)))

const vr = (attribute: Attribute.Attribute) => attribute.vr as Parameters<typeof DataElement.value>[1] // those used here are

const message = <A>(result: Result.Result<A, InvalidAttribute.InvalidAttribute>): string =>
  Result.isFailure(result) ? result.failure.message : "a success"

const one = Uid.makeUnsafe("1.2.3")
const two = Uid.makeUnsafe("1.2.4")
const firstOfJanuary: DA.DA = { year: 2024, month: 1, day: 1 }

describe("AttributeMatching", () => {
  it("is universal where the key is empty, and nothing where it is absent", () => {
    assert.deepEqual(
      AttributeMatching.get(holding(Attribute.PatientName, ""), Attribute.PatientName),
      Result.succeed(AttributeMatching.universal)
    )
    assert.deepEqual(
      AttributeMatching.get(holding(Attribute.Rows, ""), Attribute.Rows),
      Result.succeed(AttributeMatching.universal)
    )
    assert.deepEqual(AttributeMatching.get(empty, Attribute.PatientName), Result.succeed(undefined))
  })

  it("is a single value", () => {
    assert.deepEqual(
      AttributeMatching.get(holding(Attribute.StudyDate, "20240101"), Attribute.StudyDate),
      Result.succeed(AttributeMatching.singleValue(firstOfJanuary))
    )
    assert.deepEqual(
      AttributeMatching.get(holding(Attribute.PatientName, "DOE^JOHN"), Attribute.PatientName),
      Result.succeed(AttributeMatching.singleValue(Result.getOrThrow(PersonName.parse("DOE^JOHN"))))
    )
    assert.deepEqual(
      AttributeMatching.get(holding(Attribute.StudyInstanceUID, "1.2.3\0"), Attribute.StudyInstanceUID),
      Result.succeed(AttributeMatching.singleValue(one))
    )
  })

  it("is a wild card where text holds * or ?", () => {
    assert.deepEqual(
      AttributeMatching.get(holding(Attribute.PatientName, "DOE* "), Attribute.PatientName),
      Result.succeed(AttributeMatching.wildCard("DOE*"))
    )
    assert.deepEqual(
      AttributeMatching.get(holding(Attribute.Modality, "M?"), Attribute.Modality),
      Result.succeed(AttributeMatching.wildCard("M?"))
    )
    assert.strictEqual(
      message(AttributeMatching.get(holding(Attribute.StudyDate, "2024* "), Attribute.StudyDate)).includes(
        "StudyDate, DA"
      ),
      true
    )
  })

  it("is a list of UIDs", () => {
    assert.deepEqual(
      AttributeMatching.get(holding(Attribute.StudyInstanceUID, "1.2.3\\1.2.4\0"), Attribute.StudyInstanceUID),
      Result.succeed(AttributeMatching.listOfUid(one, two))
    )
  })

  it("is a range of dates, times, and dates with times, whose offsets hold hyphens too", () => {
    const range = (attribute: Attribute.Attribute<"DA" | "TM" | "DT">, text: string) =>
      Result.getOrThrow(AttributeMatching.get(holding(attribute, text), attribute))
    assert.deepEqual(range(Attribute.StudyDate, "20240101-"), AttributeMatching.range({ from: firstOfJanuary }))
    assert.deepEqual(range(Attribute.StudyDate, "-20240101"), AttributeMatching.range({ to: firstOfJanuary }))
    assert.deepEqual(
      range(Attribute.StudyTime, "08-12"),
      AttributeMatching.range({ from: { hour: 8 }, to: { hour: 12 } })
    )
    assert.strictEqual(range(Attribute.AcquisitionDateTime, "2023-2024")?._tag, "Range Matching")
    assert.strictEqual(range(Attribute.AcquisitionDateTime, "20240101120000-0500")?._tag, "Single Value Matching")
  })

  it("is an item of keys; an empty one, or none, is universal", () => {
    const item = holding(Attribute.ReferencedSOPInstanceUID, "1.2.3\0")
    const sequence = (items: ReadonlyArray<DataSet.DataSet>) =>
      AttributeMatching.get(
        DataSet.set(empty, DataElement.sequence(Attribute.ReferencedStudySequence.tag, items)),
        Attribute.ReferencedStudySequence
      )
    const found = Result.getOrThrow(sequence([item]))
    assert.strictEqual(found?._tag, "Sequence Matching")
    assert.deepEqual(sequence([]), Result.succeed(AttributeMatching.universal))
    assert.deepEqual(sequence([empty]), Result.succeed(AttributeMatching.universal))
    assert.strictEqual(
      message(sequence([item, item])),
      '(0008,1110) ReferencedStudySequence, SQ: "2 items"; permitted: one item of keys'
    )
  })

  it("permits of each VR what the standard does, at compile time", () => {
    type Tags<VR extends Parameters<typeof AttributeMatching.get<"PN">>[1]["vr"] | "DA" | "UI" | "US" | "SQ"> =
      AttributeMatching.Matching<VR>["_tag"]
    expectTypeOf<Tags<"PN">>().toEqualTypeOf<"Universal Matching" | "Single Value Matching" | "Wild Card Matching">()
    expectTypeOf<Tags<"DA">>().toEqualTypeOf<"Universal Matching" | "Single Value Matching" | "Range Matching">()
    expectTypeOf<Tags<"UI">>().toEqualTypeOf<"Universal Matching" | "Single Value Matching" | "List of UID Matching">()
    expectTypeOf<Tags<"US">>().toEqualTypeOf<"Universal Matching" | "Single Value Matching">()
    expectTypeOf<Tags<"SQ">>().toEqualTypeOf<"Universal Matching" | "Sequence Matching">()
    // @ts-expect-error a date has no wild card
    AttributeMatching.with(empty, Attribute.StudyDate, AttributeMatching.wildCard("2024*"))
    // @ts-expect-error a range has an end
    AttributeMatching.range({})
    // @ts-expect-error two UIDs at least
    AttributeMatching.listOfUid(one)
  })

  it("refuses a single value of which nothing would be written: it would be universal matching", () => {
    assert.strictEqual(
      message(AttributeMatching.with(empty, Attribute.PatientID, AttributeMatching.singleValue(""))),
      '(0010,0020) PatientID, LO: "\\"\\""; permitted: a value that is not empty: that is universal matching'
    )
  })

  it("writes what it reads", () => {
    const bytes = (
      dataSet: Result.Result<DataSet.DataSet, InvalidAttribute.InvalidAttribute>,
      attribute: Attribute.Attribute
    ) => DataSet.element(Result.getOrThrow(dataSet), attribute.tag)?.bytes
    assert.deepEqual(
      bytes(
        AttributeMatching.with(empty, Attribute.PatientName, AttributeMatching.wildCard("DOE*")),
        Attribute.PatientName
      ),
      ascii("DOE*")
    )
    assert.deepEqual(
      bytes(
        AttributeMatching.with(empty, Attribute.StudyDate, AttributeMatching.range({ from: firstOfJanuary })),
        Attribute.StudyDate
      ),
      ascii("20240101- ")
    )
    assert.deepEqual(
      bytes(
        AttributeMatching.with(empty, Attribute.StudyInstanceUID, AttributeMatching.listOfUid(one, two)),
        Attribute.StudyInstanceUID
      ),
      ascii("1.2.3\\1.2.4\0")
    )
    assert.deepEqual(
      bytes(AttributeMatching.with(empty, Attribute.PatientID, AttributeMatching.universal), Attribute.PatientID),
      Uint8Array.of()
    )
    assert.strictEqual(
      message(AttributeMatching.with(empty, Attribute.PatientID, AttributeMatching.singleValue("47*"))),
      '(0010,0020) PatientID, LO: "\\"47*\\""; permitted: * and ? in a wild card only'
    )
  })

  const kinds = {
    "a name": Attribute.PatientName,
    "a text": Attribute.PatientID,
    "a code": Attribute.Modality,
    "a date": Attribute.StudyDate,
    "a time": Attribute.StudyTime,
    "a UID": Attribute.StudyInstanceUID,
    "a number": Attribute.Rows
  } as const

  type Text = AttributeMatching.Matching<"LO">

  for (const [what, attribute] of Object.entries(kinds)) {
    it.prop(`comes back from a data set: ${what}`, [AttributeMatching.schema(attribute)], ([matching]) => {
      // A name without components, in any group, is no value: it is written as nothing, and so is universal.
      // the cast: the attribute is one of several, and so is the matching
      const written = AttributeMatching.with(utf8, attribute as Attribute.Attribute<"LO">, matching as Text)
      assert.deepEqual(
        Result.flatMap(written, (dataSet) => AttributeMatching.get<typeof attribute.vr>(dataSet, attribute)),
        Result.succeed(isNothing(matching) ? AttributeMatching.universal : matching)
      )
    })
  }

  const utf8 = Result.getOrThrow(DataSet.with(empty, Attribute.SpecificCharacterSet, ["ISO_IR 192"]))

  const isNothing = (matching: { readonly _tag: string; readonly value?: unknown }): boolean =>
    typeof matching.value === "object" &&
    matching.value !== null &&
    "alphabetic" in matching.value &&
    !/:"[^"]/.test(JSON.stringify(matching.value))
})
