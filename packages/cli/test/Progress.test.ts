import { assert, describe, it } from "@effect/vitest"
import * as Progress from "../src/Progress.ts"

const terminal = (isTTY: boolean, columns = 80) => {
  const written: Array<string> = []
  return { written, isTTY, columns, write: (text: string) => written.push(text) }
}

describe("Progress", () => {
  it("the line tells how many, how much, how fast, and how long it will take", () => {
    assert.strictEqual(
      Progress.line({ instances: 12, bytes: 25_000_000 }, { instances: 361, bytes: 100_000_000 }, 0.5),
      "12/361 instances, 25 % of 100 MB, 50 MB/s, 0:02 left"
    )
    assert.strictEqual(
      Progress.line({ instances: 0, bytes: 0 }, { instances: 1, bytes: 10 }, 0),
      "0/1 instances, 0 % of 10 bytes, 0 bytes/s"
    )
    assert.strictEqual(
      Progress.line({ instances: 1, bytes: 1000 }, { instances: 9, bytes: 3_726_000 }, 1),
      "1/9 instances, 0 % of 3.7 MB, 1.0 kB/s, 1:02:05 left"
    )
  })

  it("a terminal's line is written over, at most every 100 ms, and cut to its width", () => {
    let now = 1000
    const tty = terminal(true, 21)
    const progress = Progress.make(tty, { currentTimeMillisUnsafe: () => now }, { instances: 2, bytes: 2000 })
    progress.advance(500)
    progress.advance(500)
    now += 100
    progress.finish()
    progress.clear()
    assert.deepStrictEqual(tty.written, [
      "\r\u001b[2K0/2 instances, 25 % ",
      "\r\u001b[2K1/2 instances, 50 % ",
      "\r\u001b[2K"
    ])
  })

  it("nothing is written where there is no terminal", () => {
    const file = terminal(false)
    const progress = Progress.make(file, { currentTimeMillisUnsafe: () => 0 }, { instances: 2, bytes: 2000 })
    progress.advance(500)
    progress.finish()
    progress.clear()
    assert.deepStrictEqual(file.written, [])
  })

  it("a size has two figures or more, and the unit that suits it", () => {
    assert.deepStrictEqual(
      [0, 999, 1000, 9949, 9950, 999_499, 999_500, 8.9e6, 3e12, 4e15].map((n) => Progress.size(n)),
      ["0 bytes", "999 bytes", "1.0 kB", "9.9 kB", "10 kB", "999 kB", "1.0 MB", "8.9 MB", "3.0 TB", "4000 TB"]
    )
  })
})
