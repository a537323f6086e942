/**
 * What the types are worth: nothing in the code steps around the compiler without saying why.
 */
import { child, text, walk } from "../Module.ts"
import type { Module, Node } from "../Module.ts"
import type { Finding, Rule } from "../Rule.ts"

/** Where a reason may stand above: the smallest of these that holds the cast. */
const stations = /(?:Statement|Declaration|Declarator|Definition|Property|SpreadElement|ArrowFunctionExpression)$/

/** Docstrings, ruled lines and directives give no reason. */
const isReason = (comment: string): boolean =>
  /[a-z]/i.test(comment) && !/^(?:\*|\s*(?:@ts-|oxlint-|eslint-|oxfmt-))/.test(comment)

const reasonedLines = (module: Module): ReadonlySet<number> => {
  const lines = new Set<number>()
  for (const { end, start, text } of module.comments) {
    if (!isReason(text)) continue
    for (let line = module.lineOf(start); line <= module.lineOf(end); line++) lines.add(line)
  }
  return lines
}

const isConst = (node: Node): boolean => {
  const type = child(node, "typeAnnotation")
  return type?.type === "TSTypeReference" && text(child(type, "typeName"), "name") === "const"
}

/**
 * No `any`, no `!`; a cast has a comment beside it or right above it that gives the reason. Generated files are left
 * out: their generator answers for them.
 */
export const casts: Rule = ({ modules }) => {
  const findings: Array<Finding> = []
  for (const module of modules) {
    if (module.path.includes("/internal/generated/")) continue
    const reasons = reasonedLines(module)
    const find = (offset: number, message: string) =>
      findings.push({ rule: "casts", path: module.path, line: module.lineOf(offset), message })
    walk(module.program, (node, parents) => {
      if (node.type === "TSAnyKeyword") find(node.start, "any turns the compiler off: use unknown")
      if (node.type === "TSNonNullExpression") find(node.end - 1, "! claims what the compiler cannot see: ask")
      if (node.type === "TSTypeAssertion") find(node.start, "a cast is written with as, and gives its reason")
      if (node.type !== "TSAsExpression" || isConst(node)) return
      const keyword = module.lineOf(child(node, "expression")?.end ?? node.start)
      const first = module.lineOf(node.start)
      const station = parents.findLast((parent) => stations.test(parent.type)) ?? node
      const above = module.lineOf(station.start) - 1
      const beside = [keyword - 1, keyword, module.lineOf(node.end), first - 1, first, above]
      if (!beside.some((line) => reasons.has(line))) {
        find(
          child(node, "typeAnnotation")?.start ?? node.start,
          "this cast does not give its reason in a comment beside it"
        )
      }
    })
  }
  return findings
}

/** No enum and no namespace: Node runs the sources as they are, and a closed sum is a union. */
export const erasable: Rule = ({ modules }) => {
  const findings: Array<Finding> = []
  for (const module of modules) {
    walk(module.program, (node) => {
      const line = module.lineOf(node.start)
      const find = (message: string) => findings.push({ rule: "erasable", path: module.path, line, message })
      if (node.type === "TSEnumDeclaration") find("an enum: write a union of literals")
      // `declare module "x"` tells of a package that has no types: its name is a literal.
      if (node.type === "TSModuleDeclaration" && child(node, "id")?.type !== "Literal")
        find("a namespace: a file is one")
    })
  }
  return findings
}

/** Every file parses. */
export const parses: Rule = ({ modules }) =>
  modules.flatMap(({ errors, path }) => errors.map((message) => ({ rule: "parses", path, line: 1, message })))
