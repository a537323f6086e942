/**
 * What a reader is told: each published module opens with what it is, each export with one sentence and its version.
 */
import { posix } from "node:path"
import { child, children, text } from "../Module.ts"
import type { Comment, Module, Node } from "../Module.ts"
import type { Finding, Rule } from "../Rule.ts"
import * as Room from "../Room.ts"

/** The comment that a file begins with: it speaks of the file. */
const opening = (module: Module): Comment | undefined => {
  const first = module.comments[0]
  const statement = children(module.program, "body")[0]
  return first !== undefined && first.start < (statement?.start ?? Infinity) ? first : undefined
}

/** The docstring of what starts at an offset. A word to the formatter may stand between. */
const docstringBefore = (module: Module, offset: number): string | undefined => {
  const comment = module.comments.findLast(({ end }) => end <= offset)
  if (comment === undefined || comment === opening(module)) return undefined
  if (module.source.slice(comment.end, offset).trim() !== "") return undefined
  if (comment.text.trim() === "oxfmt-ignore") return docstringBefore(module, comment.start)
  return comment.text.startsWith("*") ? comment.text : undefined
}

const declares = (declaration: Node): ReadonlyArray<string> =>
  declaration.type === "VariableDeclaration"
    ? children(declaration, "declarations").map((declarator) => text(child(declarator, "id"), "name") ?? "a pattern")
    : [text(child(declaration, "id"), "name") ?? "a declaration"]

interface Export {
  readonly names: ReadonlyArray<string>
  /** Where its docstring may end. */
  readonly starts: ReadonlyArray<number>
  readonly isFunction: boolean
}

const exported = (statement: Node): ReadonlyArray<Export> => {
  const declaration = child(statement, "declaration")
  if (statement.type === "ExportDefaultDeclaration") {
    return [{ names: ["default"], starts: [statement.start], isFunction: false }]
  }
  if (statement.type !== "ExportNamedDeclaration") return []
  if (declaration !== undefined) {
    const isFunction = /Function/.test(declaration.type)
    return [{ names: declares(declaration), starts: [statement.start], isFunction }]
  }
  return children(statement, "specifiers").map((specifier) => {
    const name = child(specifier, "exported")
    return {
      names: [text(name, "name") ?? text(name, "value") ?? "a name"],
      starts: [specifier.start, statement.start],
      isFunction: false
    }
  })
}

/** Whether a docstring says anything, and is not tags alone. */
const hasSentence = (docstring: string): boolean => /^[\s*]*[^\s*@]/.test(docstring)

/** The modules that others may import, and those whose exports these pass on whole. */
const published = (modules: ReadonlyArray<Module>): ReadonlyArray<Module> => {
  const isPublic = (module: Module): boolean => {
    const at = Room.place(module.path)
    return at !== undefined && Room.published.has(at.room) && /^src\/(?:testing\/)?[^/]+\.ts$/.test(at.inside)
  }
  const surface = modules.filter(isPublic)
  const passedOn = new Set(
    surface.flatMap((module) =>
      children(module.program, "body")
        .filter(({ type }) => type === "ExportAllDeclaration")
        .flatMap((statement) => text(child(statement, "source"), "value") ?? [])
        .map((specifier) => posix.join(posix.dirname(module.path), specifier))
    )
  )
  return modules.filter((module) => isPublic(module) || passedOn.has(module.path))
}

/**
 * Published modules and their exports have docstrings; a barrel only re-exports. What is marked `@internal` is in no
 * declaration that npm serves and needs no version.
 */
export const documentation: Rule = ({ modules }) => {
  const findings: Array<Finding> = []
  for (const module of published(modules)) {
    const find = (line: number, message: string) =>
      findings.push({ rule: "documentation", path: module.path, line, message })
    const isBarrel = module.path.endsWith("/index.ts")
    const statements = children(module.program, "body")

    const head = opening(module)
    if (head === undefined || !head.text.startsWith("*")) find(1, "does not open with what it is")
    else if (!/@since \d/.test(head.text)) find(1, "its opening has no @since")

    const overloaded = new Set<string>()
    const told = new Set<string>()
    const untold = new Map<string, number>()
    for (const statement of statements) {
      const line = module.lineOf(statement.start)
      const isNamed = child(statement, "exported") !== undefined
      if (isBarrel) {
        if (statement.type === "ExportAllDeclaration" && !isNamed)
          find(line, "re-exports everything: name the namespace")
        if (!/^(?:Export(?:All|Named)|Import)Declaration$/.test(statement.type) || child(statement, "declaration")) {
          find(line, "a barrel only re-exports")
        }
        continue
      }
      for (const { isFunction, names, starts } of exported(statement)) {
        const label = names.join(", ")
        if (isFunction && overloaded.has(label)) continue
        if (isFunction) overloaded.add(label)
        const docstring = starts.map((start) => docstringBefore(module, start)).find((found) => found !== undefined)
        if (docstring === undefined) {
          find(line, `${label} has no docstring`)
          continue
        }
        if (/@internal\b/.test(docstring)) continue
        if (hasSentence(docstring)) told.add(label)
        else untold.set(label, line)
        if (!/@category \S/.test(docstring)) find(line, `the docstring of ${label} has no @category`)
        else if (!/@since \d/.test(docstring)) find(line, `the docstring of ${label} has no @since`)
      }
    }
    // A type and a value of one name are one thing: what is said of the one is said of the other.
    for (const [label, line] of untold) {
      if (!told.has(label)) find(line, `the docstring of ${label} has no sentence`)
    }
  }
  return findings
}
