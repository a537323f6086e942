import type * as Limits from "@effect-dicom/data/Limits"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as DicomFile from "../src/DicomFile.ts"
import * as LimitFlag from "../src/LimitFlag.ts"
import { dicom } from "./command.ts"

const inBytes: ReadonlySet<string> = new Set(["inflatedSize", "valueInMemory"])

/** As the help has it. */
const shown = (limit: string, value: number): string =>
  !inBytes.has(limit) ? String(value) : value % 2 ** 30 === 0 ? `${value / 2 ** 30}GiB` : `${value / 2 ** 20}MiB`

describe("LimitFlag", { timeout: 30000 }, () => {
  it.live("names every limit and its default in the help of what reads files", () =>
    Effect.gen(function* () {
      for (const command of ["dump", "convert", "anonymize"]) {
        const { err, out } = yield* dicom(command, "--help")
        const help = [...out, ...err].join(" ").replace(/\s+/g, " ")
        for (const [name, value] of Object.entries(DicomFile.limits)) {
          // the cast: the keys of the record
          const limit = name as keyof Limits.Limits
          assert.include(help, `${LimitFlag.nameOf(limit)}=${shown(limit, value)}`, command)
        }
      }
    })
  )

  it.live("refuses what is no limit, and a number that no data set may have", () =>
    Effect.gen(function* () {
      for (const [given, sentence] of [
        ["size=1", '"size=1" is no limit; permitted: NAME=NUMBER, of depth, elements, items, fragments, '],
        ["depth=1025", '"depth=1025" is too much; permitted: 1024 at most'],
        ["elements=", '"elements=" is no limit; '],
        ["inflated-size=1GB", "of bytes as in inflated-size=8GiB"]
      ] as const) {
        const { err, exitCode } = yield* dicom("dump", "no.dcm", "--limit", given)
        assert.strictEqual(exitCode, 2)
        assert.include(err.join(" "), sentence)
      }
    })
  )
})
