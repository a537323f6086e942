/**
 * The house's rules, held against a tree of files.
 */
import * as Module from "./Module.ts"
import { arrows } from "./rules/arrows.ts"
import { casts, erasable, parses } from "./rules/code.ts"
import { documentation } from "./rules/documentation.ts"
import { machines, names } from "./rules/files.ts"
import { map } from "./rules/map.ts"
import { node, purity, socket } from "./rules/purity.ts"
import { everyTestRuns } from "./rules/tests.ts"
import type { Finding, Rule } from "./Rule.ts"
import type { SourceFile } from "./Tree.ts"

/** Every rule of the house. */
export const rules: ReadonlyArray<Rule> = [
  parses,
  arrows,
  purity,
  socket,
  node,
  casts,
  erasable,
  names,
  documentation,
  map,
  machines,
  everyTestRuns
]

/** What breaks a rule, in the order of the rules. */
export const check = (files: ReadonlyArray<SourceFile>): ReadonlyArray<Finding> => {
  const house = { files, modules: files.filter(({ path }) => path.endsWith(".ts")).map(Module.parse) }
  return rules.flatMap((rule) => rule(house))
}
