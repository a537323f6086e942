import {
  Attribute,
  AttributeMatching,
  DataElement,
  DataSet,
  DataSetSchema,
  DS,
  PersonName,
  Tag,
  TransferSyntax,
  Uid
} from "@effect-dicom/data"
import type { DA } from "@effect-dicom/data"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const empty = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const name = (familyName: string): PersonName.PersonName =>
  Result.getOrThrow(PersonName.make({ alphabetic: { familyName } }))

const messageOf = <A>(result: Result.Result<A, Schema.SchemaError>): string =>
  Result.isFailure(result) ? result.failure.message : "a success"

const Anvil = Attribute.makePrivate({
  creator: "ACME 1.1",
  group: 0x0009,
  element: 0x42,
  keyword: "Anvil",
  vr: "US",
  vm: "1"
})

const DecimalNumber = DS.DS.pipe(
  Schema.decodeTo(
    Schema.Number,
    SchemaTransformation.transform<number, DS.DS>({
      decode: DS.toNumber,
      encode: (value) => Result.getOrThrow(DS.round(value))
    })
  )
)

const Reference = DataSetSchema.Struct({
  uid: DataSetSchema.type1(Attribute.ReferencedSOPInstanceUID),
  comment: DataSetSchema.type3(Attribute.PatientComments)
})

const Study = DataSetSchema.Struct({
  id: DataSetSchema.type1(Attribute.PatientID),
  name: DataSetSchema.type2(Attribute.PatientName),
  date: DataSetSchema.type3(Attribute.StudyDate),
  rows: DataSetSchema.type1C(Attribute.Rows, Schema.Int.check(Schema.isGreaterThan(1))),
  thickness: DataSetSchema.type2C(Attribute.SliceThickness, DecimalNumber),
  type: DataSetSchema.type1C(Attribute.ImageType),
  references: DataSetSchema.type3(Attribute.ReferencedStudySequence, Schema.Array(Reference)),
  anvil: DataSetSchema.type3(Anvil)
})

const minimal: typeof Study.Type = { id: "4711", name: null }

describe("DataSetSchema", () => {
  it("has the type that its fields say", () => {
    expectTypeOf<typeof Study.Type>().toEqualTypeOf<{
      readonly id: string
      readonly name: PersonName.PersonName | null
      readonly date?: DA.DA | null
      readonly rows?: number
      readonly thickness?: number | null
      readonly type?: ReadonlyArray<string>
      readonly references?: ReadonlyArray<{ readonly uid: Uid.Uid; readonly comment?: string | null }> | null
      readonly anvil?: number | null
    }>()
    expectTypeOf<typeof Study.Encoded>().toEqualTypeOf<DataSet.DataSet>()
    // @ts-expect-error a schema of another value than the attribute's
    DataSetSchema.type1(Attribute.Rows, Schema.String)
    // @ts-expect-error a sequence is an array of items
    DataSetSchema.type1(Attribute.ReferencedStudySequence, Reference)
  })

  it("writes the declared attributes and reads them again", () => {
    const study: typeof Study.Type = {
      id: "4711",
      name: name("DOE"),
      date: null,
      rows: 512,
      thickness: 1.5,
      type: ["ORIGINAL", "PRIMARY"],
      references: [{ uid: Uid.makeUnsafe("1.2.3"), comment: null }],
      anvil: 7
    }
    const dataSet = Result.getOrThrow(Schema.encodeResult(Study)(study))
    assert.deepEqual(
      DataSet.elements(dataSet).map(({ bytes, items, tag, vr }) => [tag, vr, bytes ?? items?.length]),
      [
        [Attribute.ImageType.tag, "CS", ascii("ORIGINAL\\PRIMARY")],
        [Attribute.StudyDate.tag, "DA", Uint8Array.of()],
        [Attribute.ReferencedStudySequence.tag, "SQ", 1],
        [0x00090010, "LO", ascii("ACME 1.1")],
        [0x00091042, "US", Uint8Array.of(7, 0)],
        [Attribute.PatientName.tag, "PN", ascii("DOE ")],
        [Attribute.PatientID.tag, "LO", ascii("4711")],
        [Attribute.SliceThickness.tag, "DS", ascii("1.5 ")],
        [Attribute.Rows.tag, "US", Uint8Array.of(0, 2)]
      ]
    )
    assert.deepEqual(Schema.decodeResult(Study)(dataSet), Result.succeed(study))
  })

  it("passes over what is not declared", () => {
    const dataSet = Result.getOrThrow(
      DataSet.with(Result.getOrThrow(Schema.encodeResult(Study)(minimal)), Attribute.Modality, "MR")
    )
    assert.deepEqual(Schema.decodeResult(Study)(dataSet), Result.succeed(minimal))
  })

  it("tells absent and empty apart, by type", () => {
    const decode = (field: DataSetSchema.Field<unknown>, dataSet: DataSet.DataSet): unknown => {
      const result = Schema.decodeResult(DataSetSchema.Struct({ id: field }))(dataSet)
      return Result.isSuccess(result) ? { ...result.success } : DataSetSchema.refused(result.failure)[0]?.error.message
    }
    const nothing = Result.getOrThrow(DataSet.with(empty, Attribute.PatientID, null))
    const of = Attribute.PatientID
    assert.deepEqual(
      decode(DataSetSchema.type1(of), empty),
      '(0010,0020) PatientID, LO: "absent"; permitted: type 1: there, and not empty'
    )
    assert.deepEqual(
      decode(DataSetSchema.type1(of), nothing),
      '(0010,0020) PatientID, LO: "empty"; permitted: type 1: there, and not empty'
    )
    assert.deepEqual(decode(DataSetSchema.type1C(of), empty), {})
    assert.deepEqual(
      decode(DataSetSchema.type1C(of), nothing),
      '(0010,0020) PatientID, LO: "empty"; permitted: type 1C: absent, or not empty'
    )
    assert.deepEqual(
      decode(DataSetSchema.type2(of), empty),
      '(0010,0020) PatientID, LO: "absent"; permitted: type 2: there, and may be empty'
    )
    assert.deepEqual(decode(DataSetSchema.type2(of), nothing), { id: null })
    assert.deepEqual(decode(DataSetSchema.type2C(of), empty), {})
    assert.deepEqual(decode(DataSetSchema.type2C(of), nothing), { id: null })
    assert.deepEqual(decode(DataSetSchema.type3(of), empty), {})
    assert.deepEqual(decode(DataSetSchema.type3(of), nothing), { id: null })
  })

  describe("each type, of one value, several values and items", () => {
    const item = Result.getOrThrow(DataSet.with(empty, Attribute.ReferencedSOPInstanceUID, Uid.makeUnsafe("1.2.3")))
    const reference = { uid: Uid.makeUnsafe("1.2.3") }
    const types: ReadonlyArray<{
      readonly of: string
      readonly make: DataSetSchema.Constructor<unknown, boolean>
      readonly optional: boolean
      readonly nullable: boolean
      readonly rule: string
    }> = [
      { of: "type1", make: DataSetSchema.type1, optional: false, nullable: false, rule: "there, and not empty" },
      { of: "type1C", make: DataSetSchema.type1C, optional: true, nullable: false, rule: "absent, or not empty" },
      { of: "type2", make: DataSetSchema.type2, optional: false, nullable: true, rule: "there, and may be empty" },
      { of: "type2C", make: DataSetSchema.type2C, optional: true, nullable: true, rule: "absent, or there and may be" },
      { of: "type3", make: DataSetSchema.type3, optional: true, nullable: true, rule: "absent, or there and may be" }
    ]
    const forms = types.flatMap(({ make, ...type }) => [
      { ...type, form: "one value", field: make(Attribute.PatientID), value: "4711", several: false },
      { ...type, form: "one of a schema", field: make(Attribute.Rows, Schema.Int), value: 512, several: false },
      { ...type, form: "two values", field: make(Attribute.PixelSpacing), value: ["1", "2"], several: false },
      { ...type, form: "several values", field: make(Attribute.ModalitiesInStudy), value: ["CT"], several: true },
      { ...type, form: "several of one of two VRs", field: make(Attribute.LUTData), value: [1, 2], several: true },
      {
        ...type,
        form: "several of a schema",
        field: make(Attribute.ModalitiesInStudy, Schema.Array(Schema.String)),
        value: ["CT"],
        several: true
      },
      { ...type, form: "items", field: make(Attribute.ReferencedStudySequence), value: [item], several: true },
      {
        ...type,
        form: "items of a schema",
        field: make(Attribute.ReferencedStudySequence, Schema.Array(Reference)),
        value: [reference],
        several: true
      }
    ])

    it.each(forms)("$of takes $form, empty and absent as its type says", (at) => {
      const One = DataSetSchema.Struct({ it: at.field })
      const write = Schema.encodeUnknownResult(One)
      const { attribute } = at.field
      const tag = "tag" in attribute ? attribute.tag : Tag.make(0, 0)
      const lengthOf = (dataSet: DataSet.DataSet): number | undefined => {
        const element = DataSet.element(dataSet, tag)
        return element?.items?.length ?? element?.bytes?.length
      }
      const nothing = DataSet.set(
        empty,
        attribute.vr === "SQ" ? DataElement.sequence(tag, []) : DataElement.value(tag, "UN", Uint8Array.of())
      )
      // What is written is read again, and what is refused is refused by the type and by its attribute.
      const cases = [
        { value: { it: at.value }, takes: true, length: "some", again: { it: at.value } },
        { value: {}, takes: at.optional, length: undefined, again: {} },
        { value: { it: null }, takes: at.nullable, length: 0, again: { it: null } },
        { value: { it: [] }, takes: at.nullable && at.several, length: 0, again: { it: null } }
      ] as const
      for (const { again, length, takes, value } of cases) {
        const written = write(value)
        assert.strictEqual(Schema.is(One)(value), takes, JSON.stringify(value))
        assert.strictEqual(Result.isSuccess(written), takes, JSON.stringify(value))
        if (Result.isFailure(written)) {
          const [refused] = DataSetSchema.refused(written.failure)
          assert.strictEqual(refused?.error.keyword, attribute.keyword)
          if (!("it" in value) || at.several) assert.include(refused?.error.rule, at.rule)
        } else {
          if (length === "some") assert.isAbove(lengthOf(written.success) ?? 0, 0)
          else assert.strictEqual(lengthOf(written.success), length)
          const read = Schema.decodeResult(One)(written.success)
          assert.isTrue(Result.isSuccess(read))
          if (attribute.vr !== "SQ" || length !== "some" || at.form === "items of a schema") {
            assert.deepEqual<unknown>(read, Result.succeed(again))
          }
        }
      }
      const readNothing = Schema.decodeResult(One)(nothing)
      if (at.nullable) assert.deepEqual<unknown>(readNothing, Result.succeed({ it: null }))
      else assert.include(messageOf(readNothing), `"empty"; permitted: type 1`)
      const readAbsent = Schema.decodeResult(One)(empty)
      if (at.optional) assert.deepEqual<unknown>(readAbsent, Result.succeed({}))
      else assert.include(messageOf(readAbsent), `"absent"; permitted: type`)
    })
  })

  it("names what it refuses by tag path, keyword, VR and value, all of it", () => {
    const item = DataSet.set(empty, DataElement.value(Attribute.ReferencedSOPInstanceUID.tag, "UI", ascii("1.02.3 ")))
    const dataSet = [
      DataElement.value(Attribute.StudyDate.tag, "DA", ascii("tomorrow")),
      DataElement.sequence(Attribute.ReferencedStudySequence.tag, [item]),
      DataElement.value(Attribute.PatientID.tag, "LO", ascii("4711")),
      DataElement.value(Attribute.Rows.tag, "US", Uint8Array.of(1, 0))
    ].reduce<DataSet.DataSet>(DataSet.set, empty)
    const result = Schema.decodeResult(Study)(dataSet)
    assert.strictEqual(
      messageOf(result),
      [
        '(0010,0010) PatientName, PN: "absent"; permitted: type 2: there, and may be empty',
        '  at ["(0010,0010) PatientName"]',
        '(0008,0020) StudyDate, DA: "tomorrow"; permitted: a date as YYYYMMDD',
        '  at ["(0008,0020) StudyDate"]',
        '(0028,0010) Rows, US: "1"; permitted: Expected a value greater than 1',
        '  at ["(0028,0010) Rows"]',
        '(0008,1155) ReferencedSOPInstanceUID, UI: "1.02.3"; permitted: no component of more than one digit begins with 0',
        '  at ["(0008,1110) ReferencedStudySequence"][0]["(0008,1155) ReferencedSOPInstanceUID"]'
      ].join("\n")
    )
    assert.deepEqual(
      Result.isFailure(result) &&
        DataSetSchema.refused(result.failure).map(({ error, path }) => [path, error.keyword, error.vr, error.value]),
      [
        [["(0010,0010) PatientName"], "PatientName", "PN", "absent"],
        [["(0008,0020) StudyDate"], "StudyDate", "DA", "tomorrow"],
        [["(0028,0010) Rows"], "Rows", "US", "1"],
        [
          ["(0008,1110) ReferencedStudySequence", 0, "(0008,1155) ReferencedSOPInstanceUID"],
          "ReferencedSOPInstanceUID",
          "UI",
          "1.02.3"
        ]
      ]
    )
  })

  it("refuses what is no data set, and what is not of the type", () => {
    assert.strictEqual(messageOf(Schema.decodeUnknownResult(Study)({})), "Expected DataSet")
    assert.strictEqual(messageOf(Schema.encodeUnknownResult(Study)("4711")), "Expected object")
  })

  it("names each attribute that a value of the type has not as it is to be: keyword, VR, value, and the way to it", () => {
    const result = Schema.encodeUnknownResult(Study)({
      id: "a\\b",
      references: [{ uid: "1.2" }, { comment: "no UID" }]
    })
    assert.deepEqual(
      Result.isFailure(result) && DataSetSchema.refused(result.failure).map(({ error, path }) => [path, error.message]),
      [
        [
          ["(0010,0020) PatientID"],
          '(0010,0020) PatientID, LO: "a\\\\b"; permitted: "a\\\\b" is not of VR LO: permitted is at most 64 characters, ' +
            "no backslash and no control characters"
        ],
        [
          ["(0010,0010) PatientName"],
          '(0010,0010) PatientName, PN: "absent"; permitted: type 2: there, and may be empty'
        ],
        [
          ["(0008,1110) ReferencedStudySequence", 1, "(0008,1155) ReferencedSOPInstanceUID"],
          '(0008,1155) ReferencedSOPInstanceUID, UI: "absent"; permitted: type 1: there, and not empty'
        ]
      ]
    )
  })

  it("names the attribute of a key that is there and undefined", () => {
    assert.strictEqual(
      messageOf(Schema.encodeUnknownResult(Study)({ ...minimal, rows: undefined })),
      '(0028,0010) Rows, US: "undefined"; permitted: type 1C: absent, or not empty\n  at ["(0028,0010) Rows"]'
    )
  })

  it("says of a value of several what is wrong with it, and nothing of the empty one that it is not", () => {
    const Ids = DataSetSchema.Struct({ ids: DataSetSchema.type3(Attribute.OtherPatientIDs) })
    assert.strictEqual(
      messageOf(Schema.encodeResult(Ids)({ ids: ["a\\b"] })),
      '(0010,1000) OtherPatientIDs, LO: "[\\"a\\\\\\\\b\\"]"; permitted: "a\\\\b" is not of VR LO: permitted is at most 64 ' +
        'characters, no backslash and no control characters\n  at [0]\n  at ["(0010,1000) OtherPatientIDs"]'
    )
  })

  it("refuses to write as nothing what is not null", () => {
    const result = Schema.encodeResult(Study)({ id: "4711", name: name("") })
    assert.deepEqual(
      Result.isFailure(result) &&
        DataSetSchema.refused(result.failure).map(({ error, path }) => [path, error.vr, error.rule]),
      [[["(0010,0010) PatientName"], "PN", "null for an empty value"]]
    )
  })

  it("says UTF-8 once, outermost, where text or an item's text needs it", () => {
    const inItem = Result.getOrThrow(
      Schema.encodeResult(Study)({ ...minimal, references: [{ uid: Uid.makeUnsafe("1.2.3"), comment: "\u00fc" }] })
    )
    assert.deepEqual(DataSet.get(inItem, Attribute.SpecificCharacterSet), Result.succeed(["ISO_IR 192"]))
    assert.deepEqual(
      DataSet.items(inItem, Attribute.ReferencedStudySequence.tag)?.map((item) => [
        DataSet.get(item, Attribute.SpecificCharacterSet),
        DataSet.get(item, Attribute.PatientComments)
      ]),
      [[Result.succeed(undefined), Result.succeed("\u00fc")]]
    )
    const plain = Result.getOrThrow(Schema.encodeResult(Study)({ ...minimal, name: name("DOE") }))
    assert.deepEqual(DataSet.get(plain, Attribute.SpecificCharacterSet), Result.succeed(undefined))
  })

  it("writes in the character set that it declares, whatever the order of the fields", () => {
    const Named = DataSetSchema.Struct({
      name: DataSetSchema.type1(Attribute.PatientName),
      characterSet: DataSetSchema.type1(Attribute.SpecificCharacterSet)
    })
    const dataSet = Result.getOrThrow(
      Schema.encodeResult(Named)({ name: name("M\u00fc"), characterSet: ["ISO_IR 100"] })
    )
    assert.deepEqual(DataSet.element(dataSet, Attribute.PatientName.tag)?.bytes, Uint8Array.of(0x4d, 0xfc))
    assert.strictEqual(
      messageOf(Schema.encodeResult(Named)({ name: name("\u5c71"), characterSet: ["ISO_IR 100"] })).split("\n")[1],
      '  at ["(0010,0010) PatientName"]'
    )
  })

  it("refuses values that only look like those of a VR, as the VR's own schema does", () => {
    const Values = DataSetSchema.Struct({
      date: DataSetSchema.type3(Attribute.StudyDate),
      time: DataSetSchema.type3(Attribute.StudyTime),
      name: DataSetSchema.type3(Attribute.PatientName),
      uid: DataSetSchema.type3(Attribute.StudyInstanceUID),
      code: DataSetSchema.type3(Attribute.PatientSex),
      kinds: DataSetSchema.type3(Attribute.ModalitiesInStudy),
      size: DataSetSchema.type3(Attribute.PatientSize),
      rows: DataSetSchema.type3(Attribute.Rows)
    })
    const { alphabetic } = name("DOE")
    const wrong: ReadonlyArray<unknown> = [
      { date: { year: 2023, month: 2, day: 29 } },
      { date: { year: "2024", month: 2, day: 29 } },
      { date: "20240229" },
      { time: { hour: 10, second: 10 } },
      { name: { alphabetic } },
      { name: { ...name("DOE"), alphabetic: { ...alphabetic, familyName: "DOE^JANE" } } },
      { name: { ...name("DOE"), alphabetic: { ...alphabetic, familyName: " DOE" } } },
      { uid: "1.02.3" },
      { code: "f" },
      { code: ["F"] },
      { kinds: "CT" },
      { size: [] },
      { kinds: ["CT", "a"] },
      { size: "1.7 " },
      { rows: 65536 },
      { uid: undefined },
      undefined,
      null,
      []
    ]
    for (const value of wrong) {
      assert.isTrue(Result.isFailure(Schema.encodeUnknownResult(Values)(value)), JSON.stringify(value))
      assert.isFalse(Schema.is(Values)(value), JSON.stringify(value))
    }
    assert.isTrue(Schema.is(Values)({ date: { year: 2024, month: 2, day: 29 }, time: null, kinds: ["CT", "MR"] }))
  })

  it("drops the keys that it does not declare, and gives each decoding a value of its own", () => {
    const more = { ...minimal, other: 1 }
    assert.deepEqual(Schema.decodeUnknownResult(Schema.toType(Study))(more), Result.succeed(minimal))
    const dataSet = Result.getOrThrow(Schema.encodeUnknownResult(Study)(more))
    const decode = Schema.decodeResult(Study)
    const [one, other] = [Result.getOrThrow(decode(dataSet)), Result.getOrThrow(decode(dataSet))]
    assert.deepEqual(one, minimal)
    assert.deepEqual(other, one)
    assert.notStrictEqual(other, one)
    assert.isTrue(Result.isFailure(Schema.decodeUnknownResult(Schema.toType(Study))(undefined)))
  })

  it.prop("gives back any value of its type", [Study], ([study]) => {
    // A name without components, and a schema's number that DS rounds, are other values once they are written.
    const written: typeof Study.Type = {
      ...study,
      name: study.name === null || PersonName.format(study.name) === "" ? null : study.name,
      ...("thickness" in study ? { thickness: null } : {}),
      ...(study.references?.length === 0 ? { references: null } : {})
    }
    const dataSet = Result.getOrThrow(Schema.encodeResult(Study)(written))
    assert.deepEqual(Schema.decodeResult(Study)(dataSet), Result.succeed(written))
    const again = Result.getOrThrow(
      DataSet.read(DataSet.toBytes(dataSet), { transferSyntax: TransferSyntax.ExplicitVRLittleEndian })
    )
    assert.deepEqual(Schema.decodeResult(Study)(again), Result.succeed(written))
  })

  describe("queries", () => {
    const Keys = DataSetSchema.Struct({
      date: DataSetSchema.key(Attribute.StudyDate),
      patient: DataSetSchema.key(Attribute.PatientName),
      uid: DataSetSchema.key(Attribute.StudyInstanceUID),
      modality: DataSetSchema.key(Attribute.Modality),
      references: DataSetSchema.key(
        Attribute.ReferencedStudySequence,
        DataSetSchema.Struct({ uid: DataSetSchema.key(Attribute.ReferencedSOPInstanceUID) })
      )
    })

    it("hold keys of each kind, nested ones among them", () => {
      const keys: typeof Keys.Type = {
        date: AttributeMatching.range({ from: { year: 2024, month: 1, day: 1 } }),
        patient: AttributeMatching.wildCard("DOE*"),
        uid: AttributeMatching.listOfUid(Uid.makeUnsafe("1.2.3"), Uid.makeUnsafe("1.2.4")),
        modality: AttributeMatching.universal,
        references: AttributeMatching.sequence({ uid: AttributeMatching.universal })
      }
      const identifier = Result.getOrThrow(Schema.encodeResult(Keys)(keys))
      assert.deepEqual(
        DataSet.elements(identifier).map(({ bytes, items, tag }) => [tag, bytes ?? items?.length]),
        [
          [Attribute.StudyDate.tag, ascii("20240101- ")],
          [Attribute.Modality.tag, Uint8Array.of()],
          [Attribute.ReferencedStudySequence.tag, 1],
          [Attribute.PatientName.tag, ascii("DOE*")],
          [Attribute.StudyInstanceUID.tag, ascii("1.2.3\\1.2.4\0")]
        ]
      )
      assert.deepEqual(Schema.decodeResult(Keys)(identifier), Result.succeed(keys))
    })

    it("name a key that asks for nothing that its VR has", () => {
      const identifier = DataSet.set(empty, DataElement.value(Attribute.StudyDate.tag, "DA", ascii("2024* ")))
      assert.strictEqual(
        messageOf(Schema.decodeResult(Keys)(identifier)).split("\n")[1],
        '  at ["(0008,0020) StudyDate"]'
      )
    })

    it("hold the item of keys of a sequence as it is where no schema of it is given", () => {
      const Steps = DataSetSchema.Struct({ steps: DataSetSchema.key(Attribute.ScheduledProcedureStepSequence) })
      const item = Result.getOrThrow(DataSet.with(empty, Attribute.Modality, "CT"))
      const identifier = Result.getOrThrow(Schema.encodeResult(Steps)({ steps: AttributeMatching.sequence(item) }))
      const again = Result.getOrThrow(Schema.decodeResult(Steps)(identifier))
      assert.deepEqual(
        again.steps?._tag === "Sequence Matching" && DataSet.get(again.steps.item, Attribute.Modality),
        Result.succeed("CT")
      )
    })

    it("refuse a single value of which nothing would be written, as that asks for every instance", () => {
      assert.strictEqual(
        messageOf(Schema.encodeResult(Keys)({ patient: AttributeMatching.singleValue(name("")) })).split("\n")[0],
        '(0010,0010) PatientName, PN: "{\\"_tag\\":\\"Single Value Matching\\",\\"value\\":{\\"alphabetic\\":{\\"familyName\\":\\"\\",\\"givenNam' +
          '..."; permitted: a value that is not empty: that is universal matching'
      )
      assert.isTrue(Result.isFailure(Schema.encodeResult(Keys)({ modality: AttributeMatching.singleValue(" ") })))
    })

    it("name a key in an item that asks for what its VR has not, and the way to it", () => {
      const result = Schema.encodeUnknownResult(Keys)({
        references: AttributeMatching.sequence({ uid: AttributeMatching.singleValue("x") })
      })
      assert.deepEqual(
        Result.isFailure(result) &&
          DataSetSchema.refused(result.failure).map(({ error, path }) => [path, error.keyword, error.vr]),
        [
          [
            ["(0008,1110) ReferencedStudySequence", 0, "(0008,1155) ReferencedSOPInstanceUID"],
            "ReferencedSOPInstanceUID",
            "UI"
          ]
        ]
      )
    })

    it("do not compile with what the VR does not permit", () => {
      // @ts-expect-error a date has no wild card
      const keys: typeof Keys.Type = { date: AttributeMatching.wildCard("2024*") }
      assert.isTrue(Result.isFailure(Schema.encodeResult(Keys)(keys)))
    })
  })
})
