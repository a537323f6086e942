import {
  Attribute,
  AttributeValue,
  CharacterSet,
  DataElement,
  DataSet,
  Dictionary,
  IdentifierMatching,
  PersonName,
  Tag,
  TransferSyntax,
  type Vr
} from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

type Entry = readonly [attribute: Attribute.Attribute, value: string | ReadonlyArray<DataSet.DataSet>]

const utf8 = new TextEncoder()

const padded = (bytes: Uint8Array, vr: string): Uint8Array =>
  bytes.length % 2 === 0 ? bytes : Uint8Array.from([...bytes, vr === "UI" ? 0 : 0x20])

/** A data set of texts as they stand, in UTF-8; text outside of ASCII is declared. */
const holding = (...entries: ReadonlyArray<Entry>): DataSet.DataSet => {
  const elements = entries.map(([{ tag, vr }, value]) =>
    typeof value === "string"
      ? DataElement.value(tag, vr as Vr.Vr, padded(utf8.encode(value), vr)) // those used here are of PS3.5
      : DataElement.sequence(tag, value)
  )
  const declared = entries.some(([, value]) => typeof value === "string" && /[^ -~]/.test(value))
  if (declared) elements.push(DataElement.value(Tag.make(0x0008, 0x0005), "CS", utf8.encode("ISO_IR 192")))
  return DataSet.make(TransferSyntax.ExplicitVRLittleEndian, elements)
}

const one = (
  attribute: Attribute.Attribute,
  key: string,
  value: string,
  options?: IdentifierMatching.Options
): boolean => IdentifierMatching.matches(holding([attribute, key]), holding([attribute, value]), options)

/** A table of keys, values, and whether they match. */
const table = (
  attribute: Attribute.Attribute,
  rows: ReadonlyArray<readonly [key: string, value: string, matches: boolean]>,
  options?: IdentifierMatching.Options
): void => {
  for (const [key, value, expected] of rows) {
    assert.strictEqual(one(attribute, key, value, options), expected, `${attribute.keyword}: ${key} | ${value}`)
  }
}

const textOf = (dataSet: DataSet.DataSet, attribute: Attribute.Attribute): string | undefined =>
  Result.getOrThrow(AttributeValue.text(dataSet, attribute.tag))?.text.trim()

describe("single value matching (PS3.4 section C.2.2.2.1)", () => {
  it("is of the whole text, with its case, without padding", () => {
    table(Attribute.PatientID, [
      ["4711", "4711", true],
      ["4711 ", " 4711", true],
      ["4711", "47110", false],
      ["abc", "ABC", false],
      [".*", "x", false],
      ["4711", "", false]
    ])
    table(Attribute.Modality, [
      ["CT", "CT", true],
      ["CT", "MR", false]
    ])
    table(Attribute.PatientComments, [
      ["one\\two", "one\\two", true],
      ["one", "one\\two", false]
    ])
  })

  it("fails for what is absent or empty, and does not need an attribute that is not a key", () => {
    assert.isFalse(IdentifierMatching.matches(holding([Attribute.PatientID, "1"]), holding()))
    assert.isTrue(IdentifierMatching.matches(holding(), holding([Attribute.PatientID, "1"])))
  })

  it("is of numbers, however they are written", () => {
    table(Attribute.SeriesNumber, [
      ["7", "+007", true],
      ["7", "70", false],
      ["7*", "70", false]
    ])
    table(Attribute.PatientWeight, [["70.5", "7.05e1", true]])
  })

  it("is of binary numbers of any VR and byte order", () => {
    const big = (attribute: Attribute.Attribute, vr: Vr.Vr, ...bytes: ReadonlyArray<number>) =>
      DataSet.make(TransferSyntax.ExplicitVRBigEndian, [DataElement.value(attribute.tag, vr, Uint8Array.from(bytes))])
    const little = (attribute: Attribute.Attribute, vr: Vr.Vr, ...bytes: ReadonlyArray<number>) =>
      DataSet.make(TransferSyntax.ExplicitVRLittleEndian, [
        DataElement.value(attribute.tag, vr, Uint8Array.from(bytes))
      ])
    const rows = little(Attribute.Rows, "US", 0, 2)
    assert.isTrue(IdentifierMatching.matches(rows, big(Attribute.Rows, "US", 2, 0)))
    assert.isTrue(IdentifierMatching.matches(rows, little(Attribute.Rows, "UL", 0, 2, 0, 0)))
    assert.isTrue(IdentifierMatching.matches(rows, little(Attribute.Rows, "UV", 0, 2, 0, 0, 0, 0, 0, 0)))
    assert.isFalse(IdentifierMatching.matches(rows, little(Attribute.Rows, "US", 2, 0)))
    assert.isFalse(IdentifierMatching.matches(rows, little(Attribute.Rows, "US", 2)))
    const pointer = little(Attribute.FrameIncrementPointer, "AT", 0x18, 0, 0x63, 0x10)
    assert.isTrue(IdentifierMatching.matches(pointer, big(Attribute.FrameIncrementPointer, "AT", 0, 0x18, 0x10, 0x63)))
    const bytes = little(Attribute.EncapsulatedDocument, "OB", 1, 2)
    assert.isTrue(IdentifierMatching.matches(bytes, little(Attribute.EncapsulatedDocument, "OB", 1, 2)))
    assert.isFalse(IdentifierMatching.matches(bytes, little(Attribute.EncapsulatedDocument, "OB", 1, 3)))
  })

  it("compares text as decoded, whatever the character sets", () => {
    const latin1 = Result.getOrThrow(CharacterSet.fromTerms(["ISO_IR 100"]))
    const candidate = DataSet.make(TransferSyntax.ImplicitVRLittleEndian, [
      DataElement.value(Attribute.SpecificCharacterSet.tag, "CS", utf8.encode("ISO_IR 100")),
      DataElement.value(
        Attribute.PatientName.tag,
        "PN",
        Result.getOrThrow(CharacterSet.encode(latin1, "Buc^Jérôme", "person name"))
      )
    ])
    assert.isTrue(IdentifierMatching.matches(holding([Attribute.PatientName, "BUC^JÉRÔME"]), candidate))
    assert.isTrue(IdentifierMatching.matches(holding([Attribute.PatientName, "buc^j?r?me"]), candidate))
    assert.isFalse(IdentifierMatching.matches(holding([Attribute.PatientName, "Buc^Jerome"]), candidate))
  })

  it("makes of text in an unknown character set what can be made of it", () => {
    const unknown = DataSet.make(TransferSyntax.ExplicitVRLittleEndian, [
      DataElement.value(Attribute.SpecificCharacterSet.tag, "CS", utf8.encode("EBCDIC")),
      DataElement.value(Attribute.PatientName.tag, "PN", utf8.encode("DOE^J "))
    ])
    assert.isTrue(IdentifierMatching.matches(unknown, holding([Attribute.PatientName, "Doe^J"])))
    assert.isTrue(IdentifierMatching.matches(holding([Attribute.PatientName, "Doe^J"]), unknown))
  })

  it("reads keys of VR UN by the dictionary", () => {
    const key = DataSet.make(TransferSyntax.ExplicitVRLittleEndian, [
      DataElement.value(Attribute.PatientName.tag, "UN", utf8.encode("DOE*"))
    ])
    assert.isTrue(IdentifierMatching.matches(key, holding([Attribute.PatientName, "Doe^John"])))
    assert.isFalse(IdentifierMatching.matches(key, holding([Attribute.PatientName, "Roe^John"])))
    assert.isTrue(IdentifierMatching.matches(holding([Attribute.PatientName, "doe*"]), key))
  })
})

describe("names", () => {
  it("match without regard to case, and to empty components at the end", () => {
    table(Attribute.PatientName, [
      ["doe^john", "DOE^JOHN", true],
      ["DOE^JOHN^^", "Doe^John", true],
      ["Doe^John", "Doe^John^^^", true],
      ["Doe ^ John", "Doe^John", true],
      ["Doe", "Doe^John", false],
      ["Doe^John", "Doe^John^Q", false]
    ])
    table(Attribute.PatientName, [["doe^john", "DOE^JOHN", false]], { caseSensitiveNames: true })
  })

  it("match group by group, a group alone in any of them", () => {
    const name = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    table(Attribute.PatientName, [
      ["山田^太郎", name, true],
      ["山田*", name, true],
      ["YAMADA^TAROU", name, true],
      ["=山田^太郎", name, true],
      ["==やまだ*", name, true],
      ["=Yamada^Tarou", name, false],
      ["Yamada*=山田*", name, true],
      ["Yamada*=田*", name, false],
      ["*=*=*", "Yamada^Tarou", true],
      ["*=山田*", "Yamada^Tarou", false],
      ["山?^太郎", name, true]
    ])
  })

  it("match with wild cards in their components", () => {
    table(Attribute.PatientName, [
      ["DOE^J*", "Doe^John^Quincy", true],
      ["DOE^*^*", "Doe^John", true],
      ["*^JOHN", "Doe^John", true],
      ["D?E^JOHN", "Doe^John", true],
      ["D?E^JOHN", "De^John", false],
      ["𠮷?", "𠮷田", true],
      ["?田", "𠮷田", true]
    ])
  })

  it("match by what they mean, if that is negotiated", () => {
    table(
      Attribute.PatientName,
      [
        ["john doe", "Doe^John", true],
        ["DOE", "Doe^John", true],
        ["do jo", "Doe^John", true],
        ["jones", "Doe^John", false],
        ["Doe^J", "Doe^John^Q", true],
        ["John^Doe", "Doe^John", false],
        ["muller", "Müller^Jürgen", true],
        ["MÜLLER^JURG", "Muller^Jürgen", true],
        ["strasse", "Straße^X", true],
        ["o'brien", "O Brien^X", true],
        ["smith", "Smith-Jones^X", true],
        ["jones", "Smith-Jones^X", true],
        ["sm?th", "Smyth^X", true],
        ["mit*", "Smith^X", false],
        ["か", "が^X", false],
        ["ﾔﾏﾀﾞ", "ヤマダ^タロウ", true],
        ["=山", "Yamada=山田", true],
        ["＊", "Doe^John", true]
      ],
      { fuzzySemanticMatching: true }
    )
  })
})

describe("list of UID matching (PS3.4 section C.2.2.2.2)", () => {
  it("is of any of the UIDs, and never of a part", () => {
    table(Attribute.StudyInstanceUID, [
      ["1.2.3", "1.2.3", true],
      ["1.2.3\\1.2.4", "1.2.4", true],
      ["1.2.3\\1.2.4", "1.2.5", false],
      ["1.2.*", "1.2.3", false],
      ["1.2.?", "1.2.3", false]
    ])
  })
})

describe("universal matching (PS3.4 section C.2.2.2.3)", () => {
  it("is of everything, what is absent among it", () => {
    table(Attribute.PatientID, [
      ["", "1", true],
      ["", "", true],
      ["  ", "1", true],
      ["*", "1", true],
      ["*", "", true],
      ["**", "", true]
    ])
    assert.isTrue(IdentifierMatching.matches(holding([Attribute.PatientID, ""]), holding()))
    assert.isTrue(IdentifierMatching.matches(holding([Attribute.PatientID, "*"]), holding()))
    assert.isTrue(IdentifierMatching.matches(holding([Attribute.StudyDate, ""]), holding()))
    assert.isTrue(IdentifierMatching.matches(holding([Attribute.Rows, ""]), holding()))
  })

  it("is of what is not a key", () => {
    const identifier = holding(
      [Attribute.SpecificCharacterSet, "ISO_IR 100"],
      [Attribute.QueryRetrieveLevel, "STUDY"],
      [Attribute.TimezoneOffsetFromUTC, "+0100"]
    )
    assert.isTrue(IdentifierMatching.matches(identifier, holding()))
  })
})

describe("wild card matching (PS3.4 section C.2.2.2.4)", () => {
  it("is of any characters, or of one", () => {
    table(Attribute.StudyDescription, [
      ["CT*", "CT", true],
      ["CT*", "CT HEAD", true],
      ["*HEAD", "CT HEAD", true],
      ["*T*E*", "CT HEAD", true],
      ["*T*X*", "CT HEAD", false],
      ["C? HEAD", "CT HEAD", true],
      ["C?HEAD", "CT HEAD", false],
      ["?", "", false],
      ["??", "A", false],
      ["*?", "A", true],
      ["A*A", "A", false],
      ["A*A", "AA", true],
      ["ct*", "CT HEAD", false],
      ["[A-Z]*", "CT", false],
      ["*.", "CT", false],
      ["*a?c*", "xxabcxx", true],
      ["*a?c", "aacabc", true],
      ["a*b*c", "abbbc", true],
      ["a*bb?c*", "abbabbac", true],
      ["?*?", "ab", true],
      ["?*?", "a", false]
    ])
  })

  it("is of each value by itself", () => {
    table(Attribute.ImageType, [
      ["PRI*", "ORIGINAL\\PRIMARY", true],
      ["ORIGINAL*PRIMARY", "ORIGINAL\\PRIMARY", false],
      ["AXIAL", "ORIGINAL\\PRIMARY\\AXIAL", true]
    ])
  })

  it("is of no VR that the standard does not name", () => {
    table(Attribute.StudyDate, [["2024*", "20240101", false]])
    table(Attribute.StudyTime, [["10*", "101010", false]])
    table(Attribute.AcquisitionDateTime, [["2024*", "20240101", false]])
    table(Attribute.PatientAge, [["0??Y", "045Y", false]])
    table(Attribute.SeriesNumber, [["*", "1", false]])
  })

  it("takes a time linear in the text", () => {
    const text = "a".repeat(100_000)
    const hostile = [
      "*a".repeat(5000) + "*b",
      `*${"a".repeat(50_000)}b*`,
      `*${"a".repeat(300)}?b*`,
      `*${"a?".repeat(500)}b*`,
      `*${"ab?".repeat(100_000)}*`,
      "*?".repeat(100_001),
      `*${"?".repeat(50_000)}b`,
      "*".repeat(100_000) + "b"
    ]
    const candidate = holding([Attribute.TextValue, text])
    const start = process.threadCpuUsage()
    for (const pattern of hostile) {
      const identifier = holding([Attribute.TextValue, pattern])
      assert.isFalse(IdentifierMatching.matches(identifier, candidate), pattern.slice(0, 20))
    }
    const used = process.threadCpuUsage(start)
    // In the time of the product of the lengths it would be minutes.
    assert.isBelow((used.user + used.system) / 1e6, 5)
  })

  /** What the standard says, as slow as it is. */
  const slowly = (pattern: string, text: string): boolean => {
    const [first = "", ...rest] = pattern
    const others = rest.join("")
    if (pattern === "") return text === ""
    if (first === "*") return slowly(others, text) || (text !== "" && slowly(pattern, text.slice(1)))
    return text !== "" && (first === "?" || first === text[0]) && slowly(others, text.slice(1))
  }

  const patterns = Schema.String.check(Schema.isPattern(/^[ab?*]{1,9}$/))
  const texts = Schema.String.check(Schema.isPattern(/^[ab]{1,12}$/))

  it.prop("is what a naive definition says", [patterns, texts], ([pattern, text]) => {
    assert.strictEqual(one(Attribute.TextValue, pattern, text), slowly(pattern, text))
  })
})

describe("range matching (PS3.4 section C.2.2.2.5)", () => {
  it("is of dates from one to another, both included, either left out", () => {
    table(Attribute.StudyDate, [
      ["20240101-20241231", "20240101", true],
      ["20240101-20241231", "20241231", true],
      ["20240101-20241231", "20250101", false],
      ["20240101 - 20241231", "20240615", true],
      ["20240101-", "20240101", true],
      ["20240101-", "20231231", false],
      ["-20240101", "20240101", true],
      ["-20240101", "20240102", false],
      ["20241231-20240101", "20240615", false],
      ["20240101-20241231", "", false],
      ["20240101", "20240101", true],
      ["20240101", "20240102", false],
      ["20240101-2024", "20240101", false],
      ["-", "20240101", false]
    ])
  })

  it("is of times of one day, as precise as they are", () => {
    table(Attribute.StudyTime, [
      ["1000-1200", "100000", true],
      ["1000-1200", "120059.9", true],
      ["1000-1200", "1201", false],
      ["10-", "235959", true],
      ["-10", "105959", true],
      ["-10", "11", false],
      ["2200-0200", "2300", false],
      ["10", "1059", true],
      ["1030", "103000.000000", true],
      ["103000", "1030", true],
      ["103001", "1030", false],
      ["103000.5", "103000.500", true],
      ["103000.5", "103000.4", false],
      ["235960", "235960", true]
    ])
  })

  it("is of moments, wherever they were", () => {
    table(Attribute.AcquisitionDateTime, [
      ["2023-2024", "20241231235959", true],
      ["2023-2024", "2025", false],
      ["20240101120000+0100-20240101130000+0100", "20240101113000+0000", true],
      ["20240101120000+0100-20240101130000+0100", "20240101123000+0000", false],
      ["20240101120000+0100", "20240101110000+0000", true],
      ["20240101120000+0100", "20240101120000+0000", false],
      ["20240101120000-0500", "20240101170000+0000", true],
      ["20240101000000+0100-", "20231231233000+0000", true],
      ["-202401", "20240131235959.999999", true],
      ["20240101120000", "20240101120000+0900", true]
    ])
    assert.isTrue(
      one(Attribute.AcquisitionDateTime, "20240101120000", "20240101190000+0800", { timezone: 60 }),
      "without an offset, in the zone that was given"
    )
    assert.isTrue(
      IdentifierMatching.matches(
        holding([Attribute.AcquisitionDateTime, "20240101120000"], [Attribute.TimezoneOffsetFromUTC, "-0500"]),
        holding([Attribute.AcquisitionDateTime, "20240101190000"], [Attribute.TimezoneOffsetFromUTC, "+0200"])
      )
    )
  })

  // The example of the note of PS3.4 section C.2.2.2.5.4.
  const friday = holding([Attribute.StudyDate, "20060705-20060707"], [Attribute.StudyTime, "1000-1800"])
  const night = holding([Attribute.StudyDate, "20060706"], [Attribute.StudyTime, "230000"])
  const noon = holding([Attribute.StudyDate, "20060706"], [Attribute.StudyTime, "120000"])
  const early = holding([Attribute.StudyDate, "20060705"], [Attribute.StudyTime, "0959"])

  it("is of a date and a time, each by itself", () => {
    assert.deepEqual(
      [night, noon, early].map((candidate) => IdentifierMatching.matches(friday, candidate)),
      [false, true, false]
    )
  })

  it("is of a date and a time together, if that is negotiated", () => {
    const query = IdentifierMatching.make(friday, { dateTimeMatching: true })
    const late = holding([Attribute.StudyDate, "20060707"], [Attribute.StudyTime, "1801"])
    assert.deepEqual([night, noon, early, late].map(query.matches), [true, true, false, false])
    assert.isFalse(query.matches(holding([Attribute.StudyDate, "20060706"])))
    const since = IdentifierMatching.make(holding([Attribute.StudyDate, "20060705-"], [Attribute.StudyTime, "1000-"]), {
      dateTimeMatching: true
    })
    assert.deepEqual([night, noon, early].map(since.matches), [true, true, false])
    // Not of the same form, so not one range.
    const mixed = IdentifierMatching.make(
      holding([Attribute.StudyDate, "20060705-"], [Attribute.StudyTime, "1000-1800"]),
      { dateTimeMatching: true }
    )
    assert.deepEqual([night, noon, early].map(mixed.matches), [false, true, false])
  })

  it("is in the query's zone, if that is negotiated", () => {
    const query = holding([Attribute.StudyDate, "20240101"], [Attribute.TimezoneOffsetFromUTC, "+0900"])
    const stored = holding(
      [Attribute.StudyDate, "20231231"],
      [Attribute.StudyTime, "200000"],
      [Attribute.TimezoneOffsetFromUTC, "+0100"]
    )
    assert.isFalse(IdentifierMatching.matches(query, stored))
    assert.isTrue(IdentifierMatching.matches(query, stored, { timezoneQueryAdjustment: true }))
    const times = holding([Attribute.StudyTime, "0400"], [Attribute.TimezoneOffsetFromUTC, "+0900"])
    assert.isTrue(IdentifierMatching.matches(times, stored, { timezoneQueryAdjustment: true }))
    const unknown = holding([Attribute.StudyDate, "20231231"], [Attribute.StudyTime, "200000"])
    assert.isFalse(IdentifierMatching.matches(query, unknown, { timezoneQueryAdjustment: true }))
    assert.isTrue(IdentifierMatching.matches(query, unknown, { timezoneQueryAdjustment: true, timezone: 60 }))
    assert.deepEqual(
      textOf(
        IdentifierMatching.response(query, unknown, { timezoneQueryAdjustment: true, timezone: -90 }),
        Attribute.TimezoneOffsetFromUTC
      ),
      "-0130"
    )
  })

  it("knows the time of every date of the dictionary whose keyword says so", () => {
    const entries = Dictionary.all().filter(({ pattern, vr }) => vr === "DA" && !pattern.includes("x"))
    let pairs = 0
    for (const { keyword, pattern } of entries) {
      const place = keyword.lastIndexOf("Date")
      const time = Dictionary.fromKeyword(`${keyword.slice(0, place)}Time${keyword.slice(place + 4)}`)
      const tag = (digits: string) => Tag.make(parseInt(digits.slice(0, 4), 16), parseInt(digits.slice(4), 16))
      const paired = time !== undefined && time.vr === "TM" ? tag(time.pattern) : tag(pattern)
      if (time !== undefined && time.vr === "TM") pairs++
      const day = utf8.encode("20240101-20240103 ")
      const hours = utf8.encode("1000-1100 ")
      const key = DataSet.make(TransferSyntax.ImplicitVRLittleEndian, [
        DataElement.value(tag(pattern), "DA", day),
        ...(paired === tag(pattern) ? [] : [DataElement.value(paired, "TM", hours)])
      ])
      const value = DataSet.make(TransferSyntax.ImplicitVRLittleEndian, [
        DataElement.value(tag(pattern), "DA", utf8.encode("20240102")),
        ...(paired === tag(pattern) ? [] : [DataElement.value(paired, "TM", utf8.encode("2300"))])
      ])
      assert.isTrue(IdentifierMatching.matches(key, value, { dateTimeMatching: true }), keyword)
    }
    assert.strictEqual(pairs, 46)
  })
})

describe("sequence matching (PS3.4 section C.2.2.2.6)", () => {
  const step = (modality: string, aeTitle: string): DataSet.DataSet =>
    holding(
      [Attribute.Modality, modality],
      [Attribute.ScheduledStationAETitle, aeTitle],
      [Attribute.ScheduledProcedureStepID, `${modality}-${aeTitle}`]
    )
  const entry = holding([Attribute.ScheduledProcedureStepSequence, [step("CT", "CT1"), step("MR", "MR1")]])
  const asking = (...entries: ReadonlyArray<Entry>): DataSet.DataSet =>
    holding([Attribute.ScheduledProcedureStepSequence, [holding(...entries)]])

  it("is of one item that matches all keys", () => {
    assert.isTrue(IdentifierMatching.matches(asking([Attribute.Modality, "CT"]), entry))
    assert.isTrue(
      IdentifierMatching.matches(asking([Attribute.Modality, "MR"], [Attribute.ScheduledStationAETitle, "MR*"]), entry)
    )
    assert.isFalse(
      IdentifierMatching.matches(asking([Attribute.Modality, "CT"], [Attribute.ScheduledStationAETitle, "MR1"]), entry)
    )
    assert.isFalse(IdentifierMatching.matches(asking([Attribute.Modality, "CT"]), holding()))
  })

  it("is universal without keys, or with universal ones", () => {
    for (const key of [
      holding([Attribute.ScheduledProcedureStepSequence, []]),
      asking(),
      asking([Attribute.Modality, ""])
    ]) {
      assert.isTrue(IdentifierMatching.matches(key, entry))
      assert.isTrue(IdentifierMatching.matches(key, holding()))
      assert.isTrue(IdentifierMatching.matches(key, holding([Attribute.ScheduledProcedureStepSequence, []])))
    }
  })

  it("is of sequences in sequences", () => {
    const code = (value: string) =>
      holding([Attribute.ScheduledProtocolCodeSequence, [holding([Attribute.CodeValue, value])]])
    const nested = holding([Attribute.ScheduledProcedureStepSequence, [code("A"), code("B")]])
    const wanted = (value: string) => holding([Attribute.ScheduledProcedureStepSequence, [code(value)]])
    assert.isTrue(IdentifierMatching.matches(wanted("B"), nested))
    assert.isFalse(IdentifierMatching.matches(wanted("C"), nested))
  })

  it("is answered with the items that match, and the keys that were asked for", () => {
    const answer = IdentifierMatching.response(
      asking([Attribute.Modality, "MR"], [Attribute.ScheduledProcedureStepLocation, ""]),
      entry
    )
    const items = DataSet.items(answer, Attribute.ScheduledProcedureStepSequence.tag) ?? []
    assert.deepEqual(
      items.map((item) => DataSet.elements(item).map(({ tag }) => Tag.format(tag))),
      [["(0008,0060)", "(0040,0011)"]]
    )
    assert.deepEqual(
      items.map((item) => textOf(item, Attribute.Modality)),
      ["MR"]
    )
  })

  it("is answered with the whole sequence where no item or no key is given", () => {
    for (const key of [holding([Attribute.ScheduledProcedureStepSequence, []]), asking()]) {
      assert.deepEqual(DataSet.toBytes(IdentifierMatching.response(key, entry)), DataSet.toBytes(entry))
    }
  })
})

describe("empty value matching (PS3.4 section C.2.2.2.7)", () => {
  it("is of what has no value, if it is negotiated", () => {
    const options = { emptyValueMatching: true }
    table(
      Attribute.AccessionNumber,
      [
        ['""', "", true],
        ['""', "  ", true],
        ['""', "A1", false],
        ['""', '""', false]
      ],
      options
    )
    table(
      Attribute.StudyDate,
      [
        ['""', "20240101", false],
        ['""', "", true]
      ],
      options
    )
    table(Attribute.AccessionNumber, [
      ['""', "", false],
      ['""', '""', true]
    ])
    assert.isTrue(IdentifierMatching.matches(holding([Attribute.PatientName, '""']), holding(), options))
  })
})

describe("multiple value matching (PS3.4 section C.2.2.2.8)", () => {
  it("is of all values in any order, if it is negotiated, and of one else", () => {
    const rows = [
      ["CT\\PT", "PT\\CT\\SR", true],
      ["CT\\PT", "CT", false],
      ["CT", "PT\\CT", true]
    ] as const
    table(Attribute.ModalitiesInStudy, rows, { multipleValueMatching: true })
    table(Attribute.ModalitiesInStudy, [
      ["CT\\PT", "CT", true],
      ["CT\\PT", "MR\\SR", false]
    ])
    table(
      Attribute.OtherPatientNames,
      [
        ["Doe^J\\Roe^J", "ROE^J\\DOE^J", true],
        ["Doe^J\\Roe^J", "ROE^J", false]
      ],
      {
        multipleValueMatching: true
      }
    )
    table(Attribute.StudyInstanceUID, [["1.2\\1.3", "1.2", true]], { multipleValueMatching: true })
  })
})

describe("private keys", () => {
  const Color = Attribute.makePrivate({
    creator: "EXAMPLE",
    group: 0x0011,
    element: 0x01,
    keyword: "Color",
    vr: "LO",
    vm: "1"
  })
  const empty = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)
  const other: Attribute.Private<"LO", "1"> = { ...Color, creator: "OTHER" }
  const identifier = Result.getOrThrow(AttributeValue.with(empty, Color, "red"))
  const shifted = (color: string) =>
    Result.getOrThrow(
      AttributeValue.withAll(empty, [
        [other, "blue"],
        [Color, color]
      ])
    )

  it("are found by their creator, in whatever block", () => {
    assert.isTrue(IdentifierMatching.matches(identifier, shifted("red")))
    assert.isFalse(IdentifierMatching.matches(identifier, shifted("blue")))
    assert.isFalse(IdentifierMatching.matches(identifier, Result.getOrThrow(AttributeValue.with(empty, other, "red"))))
  })

  it("are answered in the block of the request", () => {
    assert.deepEqual(
      DataSet.toBytes(IdentifierMatching.response(identifier, shifted("red"))),
      DataSet.toBytes(identifier)
    )
  })
})

describe("matchesAttribute", () => {
  it("is of one key, and of any where there is none", () => {
    const identifier = holding([Attribute.PatientID, "1"], [Attribute.PatientName, "DOE*"])
    const candidate = holding([Attribute.PatientID, "2"], [Attribute.PatientName, "Doe^J"])
    assert.isFalse(IdentifierMatching.matches(identifier, candidate))
    assert.isFalse(IdentifierMatching.matchesAttribute(identifier, candidate, Attribute.PatientID))
    assert.isTrue(IdentifierMatching.matchesAttribute(identifier, candidate, Attribute.PatientName))
    assert.isTrue(IdentifierMatching.matchesAttribute(identifier, candidate, Attribute.StudyDate))
  })
})

describe("response", () => {
  it("has each key, empty where it is not known, and the level of the request", () => {
    const identifier = holding(
      [Attribute.QueryRetrieveLevel, "STUDY"],
      [Attribute.PatientID, "*"],
      [Attribute.StudyDate, "2024-"],
      [Attribute.ReferencedStudySequence, []],
      [Attribute.Rows, ""]
    )
    const candidate = holding([Attribute.PatientID, "4711"], [Attribute.PatientName, "Doe"])
    const answer = IdentifierMatching.response(identifier, candidate)
    assert.deepEqual(
      DataSet.elements(answer).map(({ items, tag, vr }) => [Tag.format(tag), vr, items?.length ?? "value"]),
      [
        ["(0008,0020)", "DA", "value"],
        ["(0008,0052)", "CS", "value"],
        ["(0008,1110)", "SQ", 0],
        ["(0010,0020)", "LO", "value"],
        ["(0028,0010)", "US", "value"]
      ]
    )
    assert.strictEqual(textOf(answer, Attribute.PatientID), "4711")
    assert.strictEqual(textOf(answer, Attribute.StudyDate), "")
    assert.strictEqual(textOf(answer, Attribute.QueryRetrieveLevel), "STUDY")
  })

  it("says its character set where text needs it", () => {
    const identifier = holding([Attribute.PatientName, ""], [Attribute.PatientID, ""])
    const named = IdentifierMatching.response(identifier, holding([Attribute.PatientName, "Müller"]))
    assert.strictEqual(textOf(named, Attribute.SpecificCharacterSet), "ISO_IR 192")
    assert.deepEqual(
      Result.getOrThrow(DataSet.get(named, Attribute.PatientName)),
      Result.getOrThrow(PersonName.parse("Müller"))
    )
    const plain = holding([Attribute.PatientName, "Muller"], [Attribute.PatientComments, "über"])
    assert.isUndefined(textOf(IdentifierMatching.response(identifier, plain), Attribute.SpecificCharacterSet))
  })

  it("is in the transfer syntax of the request, or in another", () => {
    const big = DataSet.make(TransferSyntax.ExplicitVRBigEndian, [
      DataElement.value(Attribute.Rows.tag, "US", Uint8Array.of(2, 0))
    ])
    const key = DataSet.make(TransferSyntax.ImplicitVRLittleEndian, [
      DataElement.value(Attribute.Rows.tag, "US", new Uint8Array(0))
    ])
    const answer = IdentifierMatching.response(key, big)
    assert.deepEqual(DataSet.toBytes(answer), Uint8Array.of(0x28, 0, 0x10, 0, 2, 0, 0, 0, 0, 2))
    const explicit = IdentifierMatching.response(key, big, { transferSyntax: TransferSyntax.ExplicitVRLittleEndian })
    assert.deepEqual(DataSet.toBytes(explicit), Uint8Array.of(0x28, 0, 0x10, 0, 0x55, 0x53, 2, 0, 0, 2))
  })

  it.prop(
    "matches the identifier it answers",
    [Schema.String.check(Schema.isPattern(/^[A-Z*?]{1,8}$/)), PersonName.PersonName],
    ([pattern, name]) => {
      const candidate = holding([Attribute.PatientName, PersonName.format(name)], [Attribute.PatientID, "1"])
      const query = IdentifierMatching.make(holding([Attribute.PatientName, pattern], [Attribute.PatientID, ""]))
      assert.strictEqual(query.matches(query.response(candidate)), query.matches(candidate))
      const itself = IdentifierMatching.make(holding([Attribute.PatientName, PersonName.format(name)]))
      assert.isTrue(itself.matches(candidate))
    }
  )
})

describe("hostile identifiers", () => {
  it("are values, whatever they hold", () => {
    const bytes = Uint8Array.from({ length: 512 }, (_, i) => (i * 7919) & 0xff)
    const vrs: ReadonlyArray<Vr.Vr> = [
      "AE",
      "AS",
      "AT",
      "CS",
      "DA",
      "DS",
      "DT",
      "FD",
      "IS",
      "LO",
      "LT",
      "OB",
      "OW",
      "PN",
      "SH",
      "ST",
      "SV",
      "TM",
      "UC",
      "UI",
      "UN",
      "UR",
      "US",
      "UT"
    ]
    for (const vr of vrs) {
      for (const length of [1, 2, 3, 8, 511, 512]) {
        const dataSet = DataSet.make(TransferSyntax.ExplicitVRLittleEndian, [
          DataElement.value(Tag.make(0x0008, 0x0005), "CS", bytes.subarray(3, 20)),
          DataElement.value(Tag.make(0x0010, 0x4000), vr, bytes.subarray(0, length))
        ])
        const query = IdentifierMatching.make(dataSet, {
          dateTimeMatching: true,
          emptyValueMatching: true,
          fuzzySemanticMatching: true,
          multipleValueMatching: true,
          timezoneQueryAdjustment: true
        })
        assert.isBoolean(query.matches(dataSet))
        assert.isAbove(DataSet.size(query.response(dataSet)), 0)
      }
    }
  })

  it("with very many values take a time linear in them", () => {
    const uids = Array.from({ length: 100_000 }, (_, i) => `1.2.${i}`).join("\\")
    const names = Array.from({ length: 5000 }, (_, i) => `N${i}^*`).join("\\")
    const start = process.threadCpuUsage()
    assert.isTrue(one(Attribute.StudyInstanceUID, uids, "1.2.99999"))
    assert.isTrue(one(Attribute.OtherPatientNames, names, "N4999^X"))
    assert.isFalse(one(Attribute.PatientName, "^".repeat(60_000) + "x", "Doe^John"))
    assert.isFalse(one(Attribute.PatientName, "=*x".repeat(20_000), "Doe^John"))
    const used = process.threadCpuUsage(start)
    assert.isBelow((used.user + used.system) / 1e6, 5)
  })

  it("with very many private keys take a time linear in them, in blocks of many creators", () => {
    const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
    const elements = Array.from({ length: 200 }, (_, i) => {
      const group = 0x0011 + 2 * Math.floor(i / 50)
      const block = 0x10 + (i % 50)
      return [
        DataElement.value(Tag.make(group, block), "LO", latin(`CREATOR ${String(i).padStart(4)}`)),
        ...Array.from({ length: 250 }, (_, j) =>
          DataElement.value(Tag.make(group, (block << 8) | j), "LO", latin("1 "))
        )
      ]
    })
    const keys = DataSet.make(TransferSyntax.ExplicitVRLittleEndian, elements.flat())
    const start = process.threadCpuUsage()
    const matcher = IdentifierMatching.make(keys)
    assert.isTrue(matcher.matches(keys))
    assert.isFalse(matcher.matches(DataSet.make(keys.transferSyntax, elements.slice(1).flat())))
    assert.deepEqual(DataSet.toBytes(matcher.response(keys)), DataSet.toBytes(keys))
    const used = process.threadCpuUsage(start)
    assert.isBelow((used.user + used.system) / 1e6, 2)
  })
})
