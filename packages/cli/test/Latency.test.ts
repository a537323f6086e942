import { assert, describe, it } from "@effect/vitest"
import { Latency } from "../src/Latency.ts"

describe("Latency", () => {
  it("gives the number, the sum, the ends and the mean as they are", () => {
    const latency = new Latency()
    for (const milliseconds of [4, 1, 3, 2]) latency.add(milliseconds)
    const { count, fastest, mean, slowest, total } = latency
    assert.deepStrictEqual(
      { count, fastest, mean, slowest, total },
      { count: 4, fastest: 1, mean: 2.5, slowest: 4, total: 10 }
    )
  })

  it("gives percentiles to two parts in a hundred, of times from a microsecond to an hour", () => {
    for (const unit of [0.1, 1, 3.6e6]) {
      const latency = new Latency()
      for (let i = 1; i <= 1000; i++) latency.add((unit * i) / 1000)
      for (const part of [0.01, 0.5, 0.95, 0.99]) {
        const expected = part * unit
        assert.closeTo(latency.percentile(part), expected, 0.02 * expected)
      }
      assert.closeTo(latency.percentile(1), unit, 0.02 * unit)
    }
  })

  it("gives zeros where there is none", () => {
    const { fastest, mean, slowest } = new Latency()
    assert.deepStrictEqual([fastest, mean, slowest, new Latency().percentile(0.5)], [0, 0, 0, 0])
  })
})
