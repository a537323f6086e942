/**
 * Where effects may begin: `data` and `protocol` are pure, one file imports the socket, applications alone know Node.
 */
import { builtinModules } from "node:module"
import { child, text, walk } from "../Module.ts"
import type { Module, Node } from "../Module.ts"
import type { Finding, Rule } from "../Rule.ts"
import * as Room from "../Room.ts"

/** The modules of Effect that only describe and compute values. */
const values: ReadonlySet<string> = new Set(
  [
    "Array BigDecimal BigInt Boolean Brand Chunk Combiner Data Encoding Equal Equivalence Function Hash HashMap HashSet",
    "Inspectable Iterable Match Number Option Order Ordering Pipeable Predicate Record Reducer RegExp Result Schema",
    "SchemaAST SchemaGetter SchemaIssue SchemaParser SchemaTransformation String Struct Symbol Tuple Types"
  ]
    .flatMap((line) => line.split(" "))
    .map((name) => `effect/${name}`)
)

/** What a runtime gives besides the language itself. */
const surroundings: ReadonlySet<string> = new Set(
  [
    "Buffer process global globalThis window self require console Date performance crypto fetch WebSocket Worker",
    "setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask Promise"
  ].flatMap((line) => line.split(" "))
)

const isSocket = (specifier: string): boolean => /^effect\/socket(?:\/|$)/.test(specifier)

const isNode = (specifier: string): boolean =>
  specifier.startsWith("node:") || specifier.startsWith("@effect/platform-") || builtinModules.includes(specifier)

const mayImportSocket = (room: string, inside: string): boolean =>
  Room.onNode.has(room) ||
  Room.isNodeSide(room, inside) ||
  (room === "association" && (inside === "src/internal/transport.ts" || inside.startsWith("src/testing/")))

/** Names that a module gives a meaning of its own, anywhere in it. */
const declared = (module: Module): ReadonlySet<string> => {
  const names = new Set<string>()
  const add = (pattern: Node | undefined): void => {
    if (pattern !== undefined) {
      walk(pattern, (node) => {
        if (node.type === "Identifier") names.add(text(node, "name") ?? "")
      })
    }
  }
  walk(module.program, (node) => {
    if (/^(?:VariableDeclarator|Function.*|Class.*|TS(?:TypeAlias|Interface)Declaration)$/.test(node.type)) {
      add(child(node, "id"))
    }
    if (/^Import(?:Namespace|Default)?Specifier$/.test(node.type)) add(child(node, "local"))
  })
  return names
}

/** Whether an identifier only names a member, a key, or what another module exports. */
const isLabel = (node: Node, parent: Node | undefined): boolean => {
  if (parent === undefined) return false
  if (parent.type.endsWith("Specifier")) return true
  const key = child(parent, "property") ?? child(parent, "key") ?? child(parent, "right")
  if (/^(?:MemberExpression|Property|.*Definition|TSPropertySignature|TSMethodSignature)$/.test(parent.type)) {
    return key === node && parent["computed"] !== true && parent["shorthand"] !== true
  }
  return parent.type === "TSQualifiedName" && key === node
}

/** `data` and `protocol` import nothing but values, and touch nothing but the language. */
export const purity: Rule = ({ modules }) => {
  const findings: Array<Finding> = []
  for (const module of modules) {
    const at = Room.place(module.path)
    if (at === undefined || !Room.pure.has(at.room) || !Room.isSource(at.room, at.inside)) continue
    const find = (line: number, message: string) =>
      findings.push({ rule: "purity", path: module.path, line, message: `${at.room} is pure: ${message}` })
    for (const { line, specifier } of module.imports) {
      const isOurs = specifier.startsWith(".") || Room.named(specifier) !== undefined
      if (!isOurs && !values.has(specifier)) find(line, `it may not import ${specifier}`)
    }
    const own = declared(module)
    walk(module.program, (node, parents) => {
      if (node.type === "AwaitExpression" || (/Function/.test(node.type) && node["async"] === true)) {
        find(module.lineOf(node.start), "nothing in it waits")
      }
      const name = text(node, "name")
      if (node.type !== "Identifier" || name === undefined || !surroundings.has(name) || own.has(name)) return
      // `{ Buffer }` is key and value at once, and comes by twice.
      const parent = parents.at(-1)
      const isKey = parent?.["shorthand"] === true && child(parent, "key") === node
      if (!isKey && !isLabel(node, parent)) find(module.lineOf(node.start), `it may not use ${name}`)
    })
  }
  return findings
}

/** Of what is not an application, only `transport.ts`, Node's side and the test equipment import the socket. */
export const socket: Rule = ({ modules }) =>
  modules.flatMap((module) => {
    const at = Room.place(module.path)
    if (at === undefined || !Room.isSource(at.room, at.inside) || mayImportSocket(at.room, at.inside)) return []
    return module.imports
      .filter(({ specifier }) => isSocket(specifier))
      .map(({ line, specifier }) => ({
        rule: "socket",
        path: module.path,
        line,
        message: `imports ${specifier}: only association/src/internal/transport.ts, node and testing beside it do`
      }))
  })

/** Only applications import Node's side, and what is Node's side of the association. */
export const node: Rule = ({ modules }) =>
  modules.flatMap((module) => {
    const at = Room.place(module.path)
    if (at === undefined || !Room.isSource(at.room, at.inside)) return []
    if (Room.onNode.has(at.room) || Room.isNodeSide(at.room, at.inside)) return []
    return module.imports
      .filter(({ specifier }) => isNode(specifier))
      .map(({ line, specifier }) => ({
        rule: "node",
        path: module.path,
        line,
        message: `imports ${specifier}: ${at.room} runs wherever its caller's layers do`
      }))
  })
