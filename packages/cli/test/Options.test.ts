import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { dicom } from "./command.ts"

/** The flags that a text names. */
const flagsIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/(?<![\w-])--[a-z][a-z-]+\w/g)].map(([flag]) => flag)

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), "utf8")

describe("the documents of the command name flags that there are", () => {
  const known = Effect.map(
    dicom("man"),
    ({ out }) => new Set(flagsIn(out.join("\n").replaceAll("\\fB", " ").replaceAll("\\-", "-")))
  )

  it.live("OPTIONS.md, in its right column", () =>
    Effect.gen(function* () {
      const flags = yield* known
      const here = read("OPTIONS.md")
        .split("\n")
        .flatMap((line) => flagsIn(line.split("|")[2] ?? ""))
      assert.isAbove(here.length, 30)
      assert.deepStrictEqual(
        here.filter((flag) => !flags.has(flag)),
        []
      )
    })
  )

  it.live("README.md", () =>
    Effect.gen(function* () {
      const flags = yield* known
      const here = flagsIn(read("README.md")).filter((flag) => flag !== "--global")
      assert.deepStrictEqual(
        here.filter((flag) => !flags.has(flag)),
        []
      )
    })
  )
})
