import { describe, expect, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"

const folder = new URL("..", import.meta.url)

const linesOf = (text: string): ReadonlyArray<string> =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")

const examples = readdirSync(folder)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, lines: linesOf(readFileSync(new URL(name, folder), "utf8")) }))

/** How many of the lines stand in the example, in their order. */
const found = (lines: ReadonlyArray<string>, example: ReadonlyArray<string>): number => {
  let next = 0
  for (const line of example) if (line === lines[next]) next++
  return next
}

describe("the programs of README.md", () => {
  const readme = readFileSync(new URL("../README.md", folder), "utf8")
  const programs = [...readme.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, program = ""]) => linesOf(program))

  it("are lines of the examples, which are compiled and run", () => {
    const first = programs.map((lines) => {
      // The first line that stands in none of them, where there is one.
      const most = Math.max(...examples.map((example) => found(lines, example.lines)))
      return { program: lines[0], missing: lines[most] }
    })
    expect(first).toEqual(programs.map((lines) => ({ program: lines[0], missing: undefined })))
    expect(programs.length).toBe(5)
  })

  it("are of examples that README.md names", () => {
    const named = new Set([...readme.matchAll(/\(examples\/([a-z-]+\.ts)\)/g)].map(([, name]) => name))
    expect(examples.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([])
  })
})
