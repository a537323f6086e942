import { DataElement, DataSet, DirectoryRecord, Tag, TransferSyntax } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"

const tag = (element: number): Tag.Tag => Tag.make(0x0004, element)

const offset = (value: number, big = false): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, !big)
  return bytes
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

interface Links {
  readonly next: number
  readonly lower: number
}

const directory = (
  syntax: TransferSyntax.TransferSyntax,
  root: readonly [first: number, last: number],
  records: ReadonlyArray<Links>
): DataSet.DataSet => {
  const big = syntax.byteOrder === "big endian"
  return DataSet.make(syntax, [
    DataElement.value(tag(0x1130), "CS", ascii("MEDIA ")),
    DataElement.value(tag(0x1200), "UL", offset(root[0], big)),
    DataElement.value(tag(0x1202), "UL", offset(root[1], big)),
    DataElement.sequence(
      tag(0x1220),
      records.map(({ lower, next }, i) =>
        DataSet.make(syntax, [
          DataElement.value(tag(0x1400), "UL", offset(next, big)),
          DataElement.value(tag(0x1420), "UL", offset(lower, big)),
          DataElement.value(tag(0x1430), "CS", ascii(["PATIENT ", "STUDY ", "SERIES"][i] ?? "IMAGE ")),
          // Items of other sequences are no records.
          DataElement.sequence(Tag.make(0x0088, 0x0200), [DataSet.empty(syntax)])
        ])
      )
    )
  ])
}

const linksOf = (dataSet: DataSet.DataSet) => {
  const big = dataSet.transferSyntax.byteOrder === "big endian"
  const read = (at: DataSet.DataSet, element: number): number => {
    const bytes = DataSet.element(at, tag(element))?.bytes ?? new Uint8Array(4)
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, !big)
  }
  return {
    root: [read(dataSet, 0x1200), read(dataSet, 0x1202)],
    records: DataSet.items(dataSet, tag(0x1220))?.map((item) => [read(item, 0x1400), read(item, 0x1420)])
  }
}

const implicit = TransferSyntax.ImplicitVRLittleEndian
const explicit = TransferSyntax.ExplicitVRLittleEndian

describe("DirectoryRecord", () => {
  it("finds where the records of a directory begin in the file", () => {
    // By hand: implicit elements of 14, 12 and 12 bytes, and the 8 of the sequence's header; each item has a header of 8
    // bytes, elements of 12, 12, 8 + the type, and an icon sequence of 16.
    const dataSet = directory(
      implicit,
      [0, 0],
      [
        { next: 0, lower: 0 },
        { next: 0, lower: 0 }
      ]
    )
    assert.deepEqual(DirectoryRecord.offsets({ dataSet, dataSetOffset: 300 }), [346, 410])
    assert.isTrue(DirectoryRecord.isDirectory(dataSet))
    assert.isFalse(DirectoryRecord.isDirectory(DataSet.empty(implicit)))
    assert.deepEqual(DirectoryRecord.offsets({ dataSet: DataSet.empty(implicit), dataSetOffset: 300 }), [])
  })

  it("corrects all offsets of records that have moved, and leaves those that lead nowhere", () => {
    for (const from of [implicit, explicit, TransferSyntax.ExplicitVRBigEndian]) {
      const plain = directory(
        from,
        [0, 0],
        Array.from({ length: 3 }, () => ({ next: 0, lower: 0 }))
      )
      const [a = 0, b = 0, c = 0] = DirectoryRecord.offsets({ dataSet: plain, dataSetOffset: 300 })
      const before = directory(
        from,
        [a, c],
        [
          { next: c, lower: b },
          { next: 0, lower: 0 },
          { next: 0, lower: b }
        ]
      )
      const after = Result.getOrThrow(DataSet.transcode(before, explicit))
      const relocated = Result.getOrThrow(
        DirectoryRecord.relocate({ dataSet: before, dataSetOffset: 300 }, { dataSet: after, dataSetOffset: 500 })
      )
      const [d = 0, e = 0, f = 0] = DirectoryRecord.offsets({ dataSet: relocated, dataSetOffset: 500 })
      assert.deepEqual(DirectoryRecord.offsets({ dataSet: after, dataSetOffset: 500 }), [d, e, f])
      assert.deepEqual(linksOf(relocated), {
        root: [d, f],
        records: [
          [f, e],
          [0, 0],
          [0, e]
        ]
      })
    }
  })

  it("changes nothing where nothing has moved", () => {
    const [first = 0] = DirectoryRecord.offsets({
      dataSet: directory(explicit, [0, 0], [{ next: 0, lower: 0 }]),
      dataSetOffset: 0
    })
    const placed = { dataSet: directory(explicit, [first, first], [{ next: 0, lower: 0 }]), dataSetOffset: 0 }
    assert.strictEqual(Result.getOrThrow(DirectoryRecord.relocate(placed, placed)), placed.dataSet)
  })

  it("says which offset leads to no record, or is none", () => {
    const placed = (dataSet: DataSet.DataSet): DirectoryRecord.Placed => ({ dataSet, dataSetOffset: 300 })
    const messageOf = (dataSet: DataSet.DataSet): string => {
      const relocated = DirectoryRecord.relocate(placed(dataSet), placed(dataSet))
      return Result.isFailure(relocated) ? relocated.failure.message : "a success"
    }
    assert.strictEqual(
      messageOf(
        directory(
          implicit,
          [0, 0],
          [
            { next: 0, lower: 0 },
            { next: 345, lower: 0 }
          ]
        )
      ),
      "(0004,1400) of record 2 leads to byte 345 of the file, where no record begins"
    )
    assert.strictEqual(
      messageOf(directory(implicit, [347, 0], [{ next: 0, lower: 0 }])),
      "(0004,1200) leads to byte 347 of the file, where no record begins"
    )
    const short = DataSet.set(
      directory(implicit, [0, 0], [{ next: 0, lower: 0 }]),
      DataElement.value(tag(0x1202), "UL", Uint8Array.of(1, 0))
    )
    assert.strictEqual(messageOf(short), "(0004,1202) is no offset; permitted: four bytes")
  })
})
