import * as DataElement from "@effect-dicom/data/DataElement"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as Tag from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { Buffer } from "node:buffer"

// (0028,0010) US 0201H and (7FE0,0010) OW 0102H 0304H, explicit VR little endian. A Buffer's `slice` is a view, where that
// of the array it is made of is a copy.
const little = "28001000555302000102" + "e07f10004f570000040000000201" + "0403"
const big = "002800105553000202" + "01" + "7fe000104f57000000000004" + "01020304"

const hex = (views: ReadonlyArray<Uint8Array>): string => Buffer.concat(views).toString("hex")

describe("bytes that are a Buffer's", () => {
  it("are not written to where a data set is transcoded, and give the right numbers", () => {
    const bytes = Buffer.from(little, "hex")
    const dataSet = Result.getOrThrow(DataSet.read(bytes, { transferSyntax: TransferSyntax.ExplicitVRLittleEndian }))
    const transcoded = Result.getOrThrow(DataSet.transcode(dataSet, TransferSyntax.ExplicitVRBigEndian))
    expect(hex(DataSet.write(transcoded))).toBe(big)
    expect(bytes.toString("hex")).toBe(little)
  })

  it("come back as arrays of bytes, of which `slice` is a copy, wherever they were put", () => {
    const read = Result.getOrThrow(
      DataSet.read(Buffer.from(little, "hex"), { transferSyntax: TransferSyntax.ExplicitVRLittleEndian })
    )
    const made = DataElement.value(Tag.PixelData, "OB", Buffer.from([1, 2]))
    const { basicOffsetTable, fragments } = DataElement.encapsulated(Tag.PixelData, "OB", Buffer.alloc(0), [
      Buffer.from([1, 2])
    ])
    const reader = DataSetReader.make({ transferSyntax: TransferSyntax.ExplicitVRLittleEndian })
    Result.getOrThrow(reader.push(Buffer.from(`${little.slice(0, 36)}00200000${"00".repeat(0x2000)}`, "hex")))
    const collected = Result.getOrThrow(reader.end())
    const all = [
      ...DataSet.elements(read).map(({ bytes }) => bytes),
      ...DataSet.elements(collected).map(({ bytes }) => bytes),
      made.bytes,
      basicOffsetTable,
      ...fragments
    ]
    expect(all.map((bytes) => bytes?.constructor)).toEqual(all.map(() => Uint8Array))
  })

  it("may be used again once the reader of chunks has them", () => {
    const reader = DataSetReader.events({ transferSyntax: TransferSyntax.ExplicitVRLittleEndian })
    const chunk = Buffer.alloc(3)
    const values: Array<string> = []
    const source = Buffer.from(little, "hex")
    for (let at = 0; at < source.length; at += chunk.length) {
      const length = source.copy(chunk, 0, at, at + chunk.length)
      for (const event of Result.getOrThrow(reader.push(chunk.subarray(0, length)))) {
        if (event._tag === "Value") values.push(Buffer.from(event.bytes).toString("hex"))
      }
      chunk.fill(0xff)
    }
    for (const event of Result.getOrThrow(reader.end())) {
      if (event._tag === "Value") values.push(Buffer.from(event.bytes).toString("hex"))
    }
    expect(values).toEqual(["0102", "02010403"])
  })
})
