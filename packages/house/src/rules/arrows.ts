/**
 * The arrows between the packages: dependencies, project references and imports point one way, and agree.
 */
import { posix } from "node:path"
import type { Finding, Rule } from "../Rule.ts"
import * as Room from "../Room.ts"

const rule = "arrows"

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null

const json = (source: string): Readonly<Record<string, unknown>> => {
  const value: unknown = JSON.parse(source)
  return isRecord(value) ? value : {}
}

const keys = (u: unknown): ReadonlyArray<string> => (isRecord(u) ? Object.keys(u) : [])

const names = (dependencies: ReadonlyArray<string>): ReadonlyArray<string> =>
  dependencies.flatMap((name) => Room.named(name) ?? [])

const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

/** Holds package.json, tsconfig and imports of every room against the arrows. */
export const arrows: Rule = ({ files, modules }) => {
  const findings: Array<Finding> = []
  const dependencies = new Map<string, ReadonlyArray<string>>()
  const developed = new Map<string, ReadonlyArray<string>>()
  const find = (path: string, line: number, message: string) => findings.push({ rule, path, line, message })
  const may = (room: string, other: string): boolean => Room.arrows.get(room)?.includes(other) === true

  for (const { path, source } of files) {
    const at = Room.place(path)
    if (at?.inside !== "package.json") continue
    const manifest = json(source)
    const own = [...keys(manifest["dependencies"]), ...keys(manifest["peerDependencies"])]
    const dev = keys(manifest["devDependencies"])
    dependencies.set(at.room, own)
    developed.set(at.room, dev)
    if (!Room.arrows.has(at.room))
      find(path, 1, `${at.room} has no place in the house: say in Room.ts what it may import`)
    for (const other of names([...own, ...dev])) {
      if (!may(at.room, other)) find(path, 1, `${at.room} may not depend on ${other}`)
    }
  }

  for (const { path, source } of files) {
    const at = Room.place(path)
    if (at === undefined) continue
    const configures = at.room === "examples" ? "tsconfig.json" : "tsconfig.src.json"
    if (at.inside !== configures) continue
    const references = json(source)["references"]
    const referenced = (Array.isArray(references) ? references : [])
      .flatMap((reference: unknown) =>
        isRecord(reference) && typeof reference["path"] === "string" ? reference["path"] : []
      )
      .flatMap((reference) => Room.place(posix.join(posix.dirname(path), reference))?.room ?? [])
    for (const other of referenced) {
      if (!may(at.room, other)) find(path, 1, `${at.room} may not reference ${other}`)
    }
    const depended = names(dependencies.get(at.room) ?? [])
    for (const other of depended) {
      if (!referenced.includes(other)) find(path, 1, `does not reference ${other}, on which package.json depends`)
    }
    for (const other of referenced) {
      if (!depended.includes(other)) find(path, 1, `references ${other}, on which package.json does not depend`)
    }
  }

  for (const module of modules) {
    const at = Room.place(module.path)
    if (at === undefined) continue
    const root = module.path.slice(0, module.path.length - at.inside.length)
    const isSource = Room.isSource(at.room, at.inside)
    const own = dependencies.get(at.room) ?? []
    const all = [...own, ...(developed.get(at.room) ?? [])]
    for (const { line, specifier } of module.imports) {
      const other = Room.named(specifier)
      if (specifier.startsWith(".")) {
        const target = posix.join(posix.dirname(module.path), specifier)
        if (!target.startsWith(root)) find(module.path, line, `imports ${specifier}, which is outside its package`)
        else if (isSource && !Room.isSource(at.room, target.slice(root.length))) {
          find(module.path, line, `imports ${specifier}, which is not published with it`)
        }
      } else if (other !== undefined) {
        if (other === at.room) {
          if (isSource) find(module.path, line, `imports its own package by name: ${specifier}`)
        } else if (!may(at.room, other)) find(module.path, line, `${at.room} may not import ${specifier}`)
        else if (!(isSource ? own : all).includes(`${Room.scope}/${other}`)) {
          find(module.path, line, `imports ${specifier}, on which package.json does not depend`)
        }
      } else if (
        isSource &&
        Room.published.has(at.room) &&
        !specifier.startsWith("node:") &&
        !own.includes(packageOf(specifier))
      ) {
        find(module.path, line, `imports ${specifier}, on which package.json does not depend`)
      }
    }
  }
  return findings
}
