/**
 * Tests that do not run tell nothing: none is singled out, left out or left for later.
 */
import { child, children, text, walk } from "../Module.ts"
import type { Node } from "../Module.ts"
import type { Finding, Rule } from "../Rule.ts"

const runners: ReadonlySet<string> = new Set(["it", "test", "describe", "suite", "layer", "bench"])
const marks: ReadonlySet<string> = new Set(["only", "skip", "todo"])

/** The name at the root of `it.effect.only`, `describe(...).skip` and the like. */
const rootName = (node: Node | undefined): string | undefined => {
  if (node === undefined) return undefined
  if (node.type === "Identifier") return text(node, "name")
  return rootName(child(node, "object") ?? child(node, "callee") ?? child(node, "tag"))
}

const isRunner = (node: Node | undefined): boolean => runners.has(rootName(node) ?? "")

/** No `.only`, `.skip` or `.todo`, as a member or as an option. What a machine lacks is said with `skipIf` or `runIf`. */
export const everyTestRuns: Rule = ({ modules }) => {
  const findings: Array<Finding> = []
  for (const module of modules) {
    if (!/\.test\.ts$|\/test\//.test(module.path)) continue
    const find = (node: Node, mark: string) =>
      findings.push({
        rule: "tests",
        path: module.path,
        line: module.lineOf(node.start),
        message: `a test marked ${mark}`
      })
    walk(module.program, (node) => {
      const member = text(child(node, "property"), "name") ?? text(child(node, "property"), "value")
      if (node.type === "MemberExpression" && member !== undefined && marks.has(member)) {
        if (isRunner(child(node, "object"))) find(child(node, "property") ?? node, member)
      }
      if (node.type !== "CallExpression" || !isRunner(child(node, "callee"))) return
      for (const options of children(node, "arguments").filter(({ type }) => type === "ObjectExpression")) {
        for (const property of children(options, "properties")) {
          const key = text(child(property, "key"), "name")
          if (key !== undefined && marks.has(key)) find(property, key)
        }
      }
    })
  }
  return findings
}
