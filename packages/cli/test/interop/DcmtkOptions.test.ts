import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { dcmtk } from "../fixtures/theirOptions.ts"

const version = (program: string): string => spawnSync(program, ["--version"], { encoding: "utf8" }).stdout ?? ""

const isOther = !version("echoscu").includes("v3.6.7 ") && process.env["EFFECT_DICOM_REQUIRE_PEERS"] !== "1"

describe("the options of DCMTK 3.6.7", () => {
  it.skipIf(isOther).each(Object.entries(dcmtk))("that %s lists are those of the fixture", (program, options) => {
    const help = spawnSync(program, ["--help"], { encoding: "utf8" }).stdout
    const listed = Array.from(help.matchAll(/^ {2,10}(?:([-+][A-Za-z0-9=]{1,4}) +)?(--[a-z0-9-]+)/gm), (match) =>
      match.slice(1).filter(Boolean).join(" ")
    )
    assert.deepStrictEqual(listed.toSorted(), options.toSorted())
  })
})
