/**
 * The map of the house: ARCHITECTURE.md, where a reader looks for the file that knows something.
 */
import { posix } from "node:path"
import type { Finding, Rule } from "../Rule.ts"
import * as Room from "../Room.ts"

const path = "ARCHITECTURE.md"

/** Files in code spans: `internal/transport.ts`, also those of a folder that stands before them. */
const inSpans = /`([^`\s]+\.ts)`/g

/** Each module that others may import has its place on the map, and the map names no file that is not there. */
export const map: Rule = ({ files, modules }) => {
  const page = files.find((file) => file.path === path)?.source
  if (page === undefined) return []
  const findings: Array<Finding> = []
  const words = new Set(page.match(/[\w-]+/g))
  for (const module of modules) {
    const at = Room.place(module.path)
    if (at === undefined || !Room.published.has(at.room)) continue
    const name = /^src\/(?:node\/|testing\/)?([^/]+)\.ts$/.exec(at.inside)?.[1]
    // Those of the command are on the map by what they do, a subcommand by the way that all of them are named.
    if (name === undefined || name === "index" || at.room === "cli" || words.has(name)) continue
    findings.push({ rule: "map", path: module.path, line: 1, message: `is not on the map (${path})` })
  }
  const names = new Set(modules.map((module) => posix.basename(module.path)))
  for (const [index, line] of page.split("\n").entries()) {
    for (const [, named = ""] of line.matchAll(inSpans)) {
      if (names.has(posix.basename(named))) continue
      findings.push({ rule: "map", path, line: index + 1, message: `${named} is not there` })
    }
  }
  return findings
}
