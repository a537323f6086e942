/**
 * A TypeScript file, parsed: its nodes, its comments and what it imports.
 */
import { parseSync, visitorKeys } from "oxc-parser"
import type { SourceFile } from "./Tree.ts"

/** A node of the syntax tree, with the fields of its kind. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** `text` is what stands between the marks: a docstring's begins with a star. */
export interface Comment {
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface Import {
  readonly specifier: string
  readonly line: number
}

export interface Module {
  readonly path: string
  readonly source: string
  readonly program: Node
  readonly comments: ReadonlyArray<Comment>
  /** Static, dynamic, re-exported and `import("...")` types alike. */
  readonly imports: ReadonlyArray<Import>
  /** What the parser could not read. */
  readonly errors: ReadonlyArray<string>
  readonly lineOf: (offset: number) => number
}

export const isNode = (u: unknown): u is Node =>
  typeof u === "object" && u !== null && "type" in u && typeof u.type === "string" && "start" in u && "end" in u

/** The node in a field, when there is one. */
export const child = (node: Node, field: string): Node | undefined => {
  const value = node[field]
  return isNode(value) ? value : undefined
}

/** The nodes in a field: of a list, those that are there. */
export const children = (node: Node, field: string): ReadonlyArray<Node> => {
  const value = node[field]
  return Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []
}

/** The text of a field, when it is one. */
export const text = (node: Node | undefined, field: string): string | undefined => {
  const value = node?.[field]
  return typeof value === "string" ? value : undefined
}

/** Calls `visit` for a node and all below it, each with its parents, the nearest last. */
export const walk = (
  node: Node,
  visit: (node: Node, parents: ReadonlyArray<Node>) => void,
  parents: ReadonlyArray<Node> = []
): void => {
  visit(node, parents)
  const below = [...parents, node]
  for (const field of visitorKeys[node.type] ?? []) {
    for (const next of children(node, field)) walk(next, visit, below)
  }
}

const importing = new Set([
  "ImportDeclaration",
  "ExportAllDeclaration",
  "ExportNamedDeclaration",
  "ImportExpression",
  "TSImportType"
])

/** Parses a file. */
export const parse = (file: SourceFile): Module => {
  const parsed = parseSync(file.path, file.source)
  // A Program is a node like any other; its type in the parser's declarations has no index signature.
  const program = parsed.program as unknown as Node
  const starts = [0]
  for (let at = file.source.indexOf("\n"); at >= 0; at = file.source.indexOf("\n", at + 1)) starts.push(at + 1)
  const lineOf = (offset: number): number => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
  const imports: Array<Import> = []
  walk(program, (node) => {
    if (importing.has(node.type)) {
      const specifier = text(child(node, "source"), "value")
      if (specifier !== undefined) imports.push({ specifier, line: lineOf(node.start) })
    }
  })
  return {
    path: file.path,
    source: file.source,
    program,
    comments: parsed.comments.map(({ end, start, value }) => ({ start, end, text: value })),
    imports,
    errors: parsed.errors.map((error) => error.message),
    lineOf
  }
}
