/**
 * A million hostile inputs: whatever comes, the decoders give a value, soon. The generator is seeded, so that a failure
 * comes again.
 */
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as dcmtk from "./dcmtk.ts"
import * as commandSets from "./fixtures/commandSets.ts"

/** What this thread has computed, in milliseconds: what else the machine is busy with does not count. */
const threadTime = (): number => {
  const { system, user } = process.threadCpuUsage()
  return (system + user) / 1000
}

/** Marsaglia's xorshift, 32 bits. */
const random = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const real: ReadonlyArray<Uint8Array> = [
  dcmtk.associateRq,
  dcmtk.associateAc,
  dcmtk.associateRj,
  dcmtk.echoRq,
  dcmtk.associateRq,
  dcmtk.associateAc,
  Uint8Array.of(5, 0, 0, 0, 0, 4, 0, 0, 0, 0),
  Uint8Array.of(6, 0, 0, 0, 0, 4, 0, 0, 0, 0),
  Uint8Array.of(7, 0, 0, 0, 0, 4, 0, 0, 2, 1),
  // user information with a user identity, by way of an A-ASSOCIATE-RQ that has nothing else
  Uint8Array.of(
    ...dcmtk.associateRq.subarray(0, 4),
    0,
    68 + dcmtk.userInformation.length,
    ...dcmtk.associateRq.subarray(6, 74),
    ...dcmtk.userInformation
  )
]

const setLength = (bytes: Uint8Array): Uint8Array => {
  const length = bytes.length - 6
  bytes[2] = length >>> 24
  bytes[3] = length >>> 16
  bytes[4] = length >>> 8
  bytes[5] = length
  return bytes
}

/** An input of one of a few kinds: random, or a real PDU with bytes changed, cut, grown or repeated. */
const input = (next: (below: number) => number): Uint8Array => {
  const kind = next(8)
  if (kind === 0) return Uint8Array.from({ length: next(64) }, () => next(256))
  if (kind === 1) {
    const bytes = Uint8Array.from({ length: 6 + next(120) }, () => (next(4) === 0 ? next(256) : next(8) * 16))
    bytes[0] = 1 + next(7)
    return setLength(bytes)
  }
  const bytes = Uint8Array.from(real[next(real.length)] ?? [])
  if (kind === 2 && bytes.length > 6) return setLength(bytes.slice(0, 6 + next(bytes.length - 6)))
  if (kind === 3) {
    const from = next(bytes.length)
    const grown = new Uint8Array(bytes.length + next(40))
    grown.set(bytes.subarray(0, from))
    grown.set(bytes.subarray(from), grown.length - (bytes.length - from))
    return grown.length < 6 ? grown : setLength(grown)
  }
  for (let changes = 1 + next(4); changes > 0; changes--) {
    const at = kind < 6 ? 6 + next(Math.max(1, bytes.length - 6)) : next(bytes.length)
    bytes[at] = [0, 1, 0x7f, 0x80, 0xff, next(256), (bytes[at] ?? 0) ^ (1 << next(8))][next(7)] ?? 0
  }
  return bytes
}

const isValue = (pdu: unknown): boolean => typeof pdu === "object" && pdu !== null && "_tag" in pdu

/** The shortest of a few runs: a collection of garbage is not the decoder's doing. */
const shortest = (run: () => void): number => {
  let best = Infinity
  for (let i = 0; i < 5 && best > 50; i++) {
    const begun = threadTime()
    run()
    best = Math.min(best, threadTime() - begun)
  }
  return best
}

describe("the decoders under fuzz", () => {
  const batches = 1000
  const inputsPerBatch = 1000

  it("give a value for each of a million inputs, none in more than 50 ms", { timeout: 120_000 }, () => {
    const next = random(0x9e3779b9)
    let decoded = 0
    let refused = 0
    for (let batch = 0; batch < batches; batch++) {
      const inputs = Array.from({ length: inputsPerBatch }, () => input(next))
      const policies = batch % 2 === 0 ? Leniency.strict : Leniency.lenient
      const begun = threadTime()
      for (const bytes of inputs) {
        const result = Pdu.decode(bytes, Leniency.judge(policies))
        if (Result.isSuccess(result)) decoded++
        else if (isValue(result.failure)) refused++
      }
      if (threadTime() - begun > 50) {
        for (const bytes of inputs) {
          expect(shortest(() => Pdu.decode(bytes, Leniency.judge(policies)))).toBeLessThan(50)
        }
      }
    }
    expect(decoded + refused).toBe(batches * inputsPerBatch)
    // both ways are taken often, or the inputs are not worth much
    expect(Math.min(decoded, refused)).toBeGreaterThan(100_000)
  })

  it("write again, byte for byte, what they could read of mutated PDUs, reserved bytes and bits aside", () => {
    const next = random(7)
    for (let i = 0; i < 20_000; i++) {
      const read = input(next)
      const strict = Pdu.decode(read)
      if (Result.isSuccess(strict)) {
        const written = Pdu.encode(strict.success)
        // What is reserved is sent as zero: nothing is written that was not read.
        expect(written.length).toBe(read.length)
        expect(written.map((byte, at) => byte & (read[at] ?? 0))).toStrictEqual(written)
      }
      const result = Pdu.decode(read, Leniency.judge(Leniency.lenient))
      if (Result.isFailure(result)) continue
      const bytes = Pdu.encode(result.success)
      const again = Result.getOrThrow(Pdu.decode(bytes, Leniency.judge(Leniency.lenient)))
      expect(Pdu.encode(again)).toStrictEqual(bytes)
    }
  })

  it("parse the same stream of mutated PDUs alike, however it is cut", () => {
    const next = random(42)
    for (let i = 0; i < 2000; i++) {
      const bytes = Uint8Array.from(Array.from({ length: 5 }, () => [...input(next)]).flat())
      const outcome = (cut: () => number): ReadonlyArray<unknown> => {
        const parser = Pdu.parser({ leniency: Leniency.lenient })
        const out: Array<unknown> = []
        for (let at = 0; at < bytes.length;) {
          const to = Math.min(bytes.length, at + cut())
          for (const pdu of parser.push(bytes.subarray(at, to))) {
            out.push(pdu._tag === "Unrecognized or invalid PDU" ? pdu : Pdu.encode(pdu))
          }
          at = to
        }
        return [...out, parser.pending]
      }
      const whole = outcome(() => bytes.length)
      expect(outcome(() => 1)).toStrictEqual(whole)
      expect(outcome(() => 1 + next(50))).toStrictEqual(whole)
    }
  })
})

describe("the decoder of commands under fuzz", () => {
  const recorded = Object.values(commandSets)

  /** A recorded command set with elements of others put in, its Command Field perhaps another's, bytes changed or cut. */
  const mutated = (next: (below: number) => number): Uint8Array => {
    const pick = (): Uint8Array => recorded[next(recorded.length)] ?? new Uint8Array(0)
    const elements = [...Result.getOrThrow(CommandSet.decode(pick()))]
    for (let changes = next(4); changes > 0; changes--) {
      const other = Result.getOrThrow(CommandSet.decode(pick()))
      const element = other[next(other.length)]
      const at = elements.findIndex(({ tag }) => tag === element?.tag)
      if (next(3) === 0) elements.splice(next(elements.length), 1)
      else if (element !== undefined) elements.splice(at === -1 ? elements.length : at, at === -1 ? 0 : 1, element)
    }
    const bytes = CommandSet.encode(elements)
    for (let changes = next(3); changes > 0; changes--) bytes[next(bytes.length)] = next(256)
    return next(16) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes
  }

  it("gives a value for each of a hundred thousand, and writes again what it read", { timeout: 60_000 }, () => {
    const next = random(0x1f123bb5)
    const policies = [
      Leniency.strict,
      Leniency.lenient,
      { ...Leniency.strict, unmetCondition: "reject" }
    ] as const satisfies ReadonlyArray<Leniency.Leniency>
    const tags = new Set<string>()
    let decoded = 0
    let refused = 0
    for (let i = 0; i < 100_000; i++) {
      const bytes = mutated(next)
      const judge = Leniency.judge(policies[i % 3] ?? Leniency.strict)
      const result = Command.decode(bytes, judge)
      if (Result.isFailure(result)) {
        refused++
        continue
      }
      decoded++
      tags.add(result.success._tag)
      const again = Command.decode(Command.encode(result.success, true), Leniency.judge(Leniency.lenient))
      expect(again).toStrictEqual(result)
    }
    expect(decoded + refused).toBe(100_000)
    expect(Math.min(decoded, refused)).toBeGreaterThan(10_000)
    // eleven requests, eleven responses, and C-CANCEL-RQ
    expect(tags.size).toBe(23)
  })
})

describe("the decoders under hostile inputs", () => {
  const begin = (length: number): ReadonlyArray<number> => [
    ...[1, 0, length >>> 24, length >>> 16, length >>> 8, length],
    ...dcmtk.associateRq.subarray(6, 74)
  ]
  const associate = (items: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(74 + items.length)
    bytes.set(begin(68 + items.length))
    bytes.set(items, 74)
    return bytes
  }

  const mebibyte = 1024 * 1024
  const repeated = (unit: ReadonlyArray<number>, total: number): Uint8Array =>
    Uint8Array.from({ length: total - (total % unit.length) }, (_, i) => unit[i % unit.length] ?? 0)

  /** User information items, each as long as it can be and full of sub-items that are as short as they can be. */
  const nested = (): Uint8Array => {
    const subItems = repeated([0x5a, 0, 0, 0], 65532)
    const item = Uint8Array.of(0x50, 0, 0xff, 0xfc, ...subItems)
    const out = new Uint8Array(item.length * 15)
    for (let i = 0; i < 15; i++) out.set(item, i * item.length)
    return out
  }

  const pData = (unit: ReadonlyArray<number>, total: number): Uint8Array => {
    const values = repeated(unit, total)
    return setLength(Uint8Array.of(4, 0, 0, 0, 0, 0, ...values))
  }

  it.each([
    ["a mebibyte of empty items", associate(repeated([0x60, 0, 0, 0], mebibyte - 100))],
    ["a mebibyte of application contexts", associate(repeated([0x10, 0, 0, 0], mebibyte - 100))],
    ["a mebibyte of empty presentation contexts", associate(repeated([0x20, 0, 0, 4, 1, 0, 0, 0], mebibyte - 100))],
    ["nested items", associate(nested())],
    ["UIDs of 64 KiB", associate(repeated([0x10, 0, 0xff, 0xff, ...new Uint8Array(65535).fill(0x31)], mebibyte - 100))],
    ["nothing but zeros", associate(new Uint8Array(mebibyte - 100))],
    ["presentation data values of no bytes", pData([0, 0, 0, 2, 1, 0], 120_000)],
    ["presentation data values of a byte", pData([0, 0, 0, 3, 1, 0, 9], 120_000)]
  ])("take less than 50 ms over %s, in one piece or in pieces of 1 KiB", (_, bytes) => {
    for (const policies of [Leniency.strict, Leniency.lenient]) {
      expect(shortest(() => Pdu.decode(bytes, Leniency.judge(policies)))).toBeLessThan(50)
      expect(
        shortest(() => {
          const parser = Pdu.parser({ maximumLength: 0, leniency: policies })
          for (let at = 0; at < bytes.length; at += 1000) parser.push(bytes.subarray(at, at + 1000))
        })
      ).toBeLessThan(50)
    }
  })

  it("take time in proportion to a stream of single bytes", () => {
    const measure = (length: number): number => {
      const bytes = setLength(Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, ...new Uint8Array(length)))
      const counted = length + 2
      bytes.set([counted >>> 24, counted >>> 16, counted >>> 8, counted], 6)
      // of the processor, since the clock also counts what others do meanwhile
      const begun = process.cpuUsage()
      for (let i = 0; i < 5; i++) {
        const parser = Pdu.parser({ maximumLength: 0 })
        let found = 0
        for (let at = 0; at < bytes.length; at++) found += parser.push(bytes.subarray(at, at + 1)).length
        expect(found).toBe(1)
      }
      const { system, user } = process.cpuUsage(begun)
      return system + user
    }
    measure(20_000)
    // four times the bytes; quadratic time would be sixteen times as long
    expect(measure(80_000) / measure(20_000)).toBeLessThan(12)
  })

  it("allocate nothing by what a length claims", () => {
    const before = process.memoryUsage().arrayBuffers
    const parsers = Array.from({ length: 100 }, () => {
      const parser = Pdu.parser({ maximumLength: 0 })
      parser.push(Uint8Array.of(4, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf9, 1, 0))
      return parser
    })
    expect(parsers.map((parser) => parser.pending)).toStrictEqual(Array.from({ length: 100 }, () => 12))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * mebibyte)
  })
})
