import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import { readFileSync } from "node:fs"
import * as TheirOptions from "../src/TheirOptions.ts"
import { dicom } from "./command.ts"
import { dcmtk, pynetdicom } from "./fixtures/theirOptions.ts"

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

describe("OPTIONS.md has a row for every option of theirs", () => {
  const sections = read("OPTIONS.md")
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = "", ...lines] = section.split("\n")
      const cells = lines.flatMap((line) => line.match(/^\| (.*?) \| (.*) \|$/)?.slice(1, 3) ?? [])
      return { heading, left: cells.filter((_, i) => i % 2 === 0), right: cells.filter((_, i) => i % 2 === 1) }
    })
  const named = (cells: ReadonlyArray<string>): ReadonlyArray<string> =>
    cells.flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = ""]) => name))
  const isFor = (heading: string, program: string): boolean =>
    heading.startsWith("All") || heading.split(", ").includes(program)

  for (const [theirs, programs] of [
    ["DCMTK", dcmtk],
    ["pynetdicom", pynetdicom]
  ] as const) {
    it.each(Object.entries(programs))(`of ${theirs}'s %s, by each of its names`, (program, options) => {
      const rows = new Set(named(sections.flatMap(({ heading, left }) => (isFor(heading, program) ? left : []))))
      assert.deepStrictEqual(
        options.flatMap((names) => names.split(" ")).filter((name) => !rows.has(name)),
        []
      )
    })
  }

  it("which names transfer syntaxes by their keywords", () => {
    const keywords = named(
      sections.flatMap(({ heading, right }) => (heading === "All: transfer syntaxes" ? right.slice(2) : []))
    )
    assert.isAbove(keywords.length, 22)
    assert.deepStrictEqual(
      keywords.filter((keyword) => !TransferSyntax.all.some((syntax) => syntax.keyword === keyword)),
      []
    )
  })

  it.live("and whoever types one is told of what the subcommand has", () =>
    Effect.gen(function* () {
      const subcommands: { readonly [program: string]: ReadonlyArray<string> } = {
        echoscu: ["echo"],
        storescu: ["store"],
        findscu: ["find", "worklist"],
        getscu: ["get"],
        movescu: ["move"],
        storescp: ["serve"],
        echoscp: ["serve"],
        qrscp: ["serve"]
      }
      const missing: Array<string> = []
      for (const [program, options] of [...Object.entries(dcmtk), ...Object.entries(pynetdicom)]) {
        for (const subcommand of subcommands[program] ?? []) {
          const help = (yield* dicom(subcommand, "--help")).out.join("\n")
          const flags = new Set(
            Array.from(help.split("\nFLAGS\n")[1]?.matchAll(/(?<![\w-])--?[a-z][a-z-]*/g) ?? [], ([flag]) => flag)
          )
          for (const name of options.flatMap((names) => names.split(" "))) {
            const here = TheirOptions.equivalent(name, subcommand)
            const isOurs = flags.has(name)
            const told = here === undefined || here.startsWith("nothing") || here.startsWith("dicom") ? "" : here
            if (
              (here === undefined && !isOurs) ||
              flagsIn(told).some((flag) => !flags.has(flag) && !(isOurs && name.startsWith("--")))
            ) {
              missing.push(`${subcommand} ${name}: ${here}`)
            }
          }
        }
      }
      assert.deepStrictEqual(missing, [])
    })
  )

  it.live("and whoever types one that is none here is told what is", () =>
    Effect.map(dicom("man"), ({ out }) => {
      const man = out.join("\n").replaceAll("\\fB", " ").replaceAll("\\-", "-")
      const known = new Set([...flagsIn(man), ...Array.from(man.matchAll(/(?<![\w-])-[a-z](?!\w)/g), ([flag]) => flag)])
      const names = [...Object.values(dcmtk), ...Object.values(pynetdicom)]
        .flat()
        .flatMap((option) => option.split(" "))
      assert.deepStrictEqual(
        [...new Set(names)].filter((name) => TheirOptions.equivalent(name) === undefined && !known.has(name)),
        []
      )
      const told = names
        .map((name) => TheirOptions.equivalent(name) ?? "")
        .filter((here) => !here.startsWith("nothing"))
      assert.deepStrictEqual(
        told.flatMap((here) => flagsIn(here)).filter((flag) => !known.has(flag)),
        []
      )
    })
  )
})
