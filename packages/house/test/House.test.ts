import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { check } from "../src/House.ts"
import { format } from "../src/Rule.ts"
import { read } from "../src/Tree.ts"
import type { SourceFile } from "../src/Tree.ts"

const file = (path: string, ...lines: ReadonlyArray<string>): SourceFile => ({ path, source: lines.join("\n") })

const found = (...files: ReadonlyArray<SourceFile>): ReadonlyArray<string> => check(files).map(format)

const manifest = (
  room: string,
  dependencies: ReadonlyArray<string>,
  developed: ReadonlyArray<string> = []
): SourceFile => {
  const versions = (names: ReadonlyArray<string>) => Object.fromEntries(names.map((name) => [name, "1"]))
  const source = { dependencies: versions(dependencies), devDependencies: versions(developed) }
  return file(`packages/${room}/package.json`, JSON.stringify(source))
}

const references = (room: string, ...rooms: ReadonlyArray<string>): SourceFile =>
  file(
    `packages/${room}/tsconfig.src.json`,
    JSON.stringify({ references: rooms.map((other) => ({ path: `../${other}/tsconfig.src.json` })) })
  )

/** A private file of a package on which the rules of published modules do not bear. */
const inside = (room: string, ...lines: ReadonlyArray<string>): SourceFile =>
  file(`packages/${room}/src/internal/x.ts`, ...lines)

const head = ["/**", " * What it is.", " *", " * @since 0.1.0", " */"]

describe("the house", () => {
  it("breaks none of its rules", () => {
    expect(check(read(fileURLToPath(new URL("../../..", import.meta.url)))).map(format)).toEqual([])
  })

  it("finds nothing in a tree that keeps the rules", () => {
    expect(
      found(
        manifest("data", ["effect"]),
        references("data"),
        manifest("protocol", ["@effect-dicom/data", "effect"]),
        references("protocol", "data"),
        file(
          "packages/protocol/src/Pdu.ts",
          ...head,
          `import * as Uid from "@effect-dicom/data/Uid"`,
          `import * as Result from "effect/Result"`,
          "",
          "/**",
          " * One sentence.",
          " *",
          " * @category codecs",
          " * @since 0.1.0",
          " */",
          "export const decode = (bytes: Uint8Array) => Result.succeed(Uid.make(String(bytes.length)))"
        ),
        file("packages/protocol/src/index.ts", ...head, `export * as Pdu from "./Pdu.ts"`)
      )
    ).toEqual([])
  })
})

describe("the arrows", () => {
  it("refuse a dependency that points left", () => {
    expect(found(manifest("data", ["@effect-dicom/protocol"]))).toEqual([
      "packages/data/package.json:1: data may not depend on protocol (arrows)"
    ])
    expect(found(manifest("protocol", [], ["@effect-dicom/association"]))).toEqual([
      "packages/protocol/package.json:1: protocol may not depend on association (arrows)"
    ])
  })

  it("refuse a package that has no place in the house", () => {
    expect(found(manifest("attic", []))).toEqual([
      "packages/attic/package.json:1: attic has no place in the house: say in Room.ts what it may import (arrows)"
    ])
  })

  it("refuse a project reference that points left", () => {
    expect(found(references("data", "cli"))).toEqual([
      "packages/data/tsconfig.src.json:1: data may not reference cli (arrows)",
      "packages/data/tsconfig.src.json:1: references cli, on which package.json does not depend (arrows)"
    ])
  })

  it("refuse a dependency without its project reference", () => {
    expect(found(manifest("protocol", ["@effect-dicom/data"]), references("protocol"))).toEqual([
      "packages/protocol/tsconfig.src.json:1: does not reference data, on which package.json depends (arrows)"
    ])
  })

  it("refuse an import that points left, however it is written", () => {
    const message = "protocol may not import @effect-dicom/association/Dimse (arrows)"
    expect(
      found(
        manifest("protocol", []),
        inside(
          "protocol",
          `import * as A from "@effect-dicom/association/Dimse"`,
          `import type { B } from "@effect-dicom/association/Dimse"`,
          `export { C } from "@effect-dicom/association/Dimse"`,
          `export * from "@effect-dicom/association/Dimse"`,
          `export type D = import("@effect-dicom/association/Dimse").D`,
          `export const e = () => import("@effect-dicom/association/Dimse")`
        )
      ).filter((line) => line.endsWith("(arrows)"))
    ).toEqual([1, 2, 3, 4, 5, 6].map((line) => `packages/protocol/src/internal/x.ts:${line}: ${message}`))
  })

  it("bind tests as well", () => {
    expect(
      found(manifest("data", []), file("packages/data/test/Uid.test.ts", `import "@effect-dicom/protocol/Pdu"`))
    ).toEqual(["packages/data/test/Uid.test.ts:1: data may not import @effect-dicom/protocol/Pdu (arrows)"])
  })

  it("refuse an import of a package on which package.json does not depend", () => {
    expect(
      found(
        manifest("services", [], ["effect"]),
        inside("services", `import "@effect-dicom/data/Uid"`, `import "effect/Effect"`, `import "@scope/a/b"`)
      )
    ).toEqual([
      "packages/services/src/internal/x.ts:1: imports @effect-dicom/data/Uid, on which package.json does not depend (arrows)",
      "packages/services/src/internal/x.ts:2: imports effect/Effect, on which package.json does not depend (arrows)",
      "packages/services/src/internal/x.ts:3: imports @scope/a/b, on which package.json does not depend (arrows)"
    ])
  })

  it("refuse a way around them: a relative path out of the package, out of its sources, or its own name", () => {
    expect(
      found(
        manifest("services", []),
        inside(
          "services",
          `import "../../../data/src/Uid.ts"`,
          `import "../../test/Fixture.ts"`,
          `import "@effect-dicom/services/Storage"`
        )
      )
    ).toEqual([
      "packages/services/src/internal/x.ts:1: imports ../../../data/src/Uid.ts, which is outside its package (arrows)",
      "packages/services/src/internal/x.ts:2: imports ../../test/Fixture.ts, which is not published with it (arrows)",
      "packages/services/src/internal/x.ts:3: imports its own package by name: @effect-dicom/services/Storage (arrows)"
    ])
  })
})

describe("purity", () => {
  const refused = (...lines: ReadonlyArray<string>) => found(manifest("data", ["effect"]), inside("data", ...lines))
  const line = (number: number, what: string) =>
    `packages/data/src/internal/x.ts:${number}: data is pure: ${what} (purity)`

  it.each([
    "effect",
    "effect/Effect",
    "effect/Clock",
    "effect/Stream",
    "effect/Layer",
    "effect/Duration",
    "effect/Schedule"
  ])("refuses %s", (specifier) => {
    expect(refused(`import * as X from "${specifier}"`)).toEqual([line(1, `it may not import ${specifier}`)])
  })

  it("refuses the socket and Node, in protocol too", () => {
    const at = "packages/protocol/src/internal/x.ts"
    expect(
      found(
        manifest("protocol", ["effect", "@effect/platform-node"]),
        inside(
          "protocol",
          `import "effect/socket/Socket"`,
          `import "node:fs"`,
          `import "@effect/platform-node/NodeSocket"`
        )
      )
    ).toEqual([
      `${at}:1: protocol is pure: it may not import effect/socket/Socket (purity)`,
      `${at}:2: protocol is pure: it may not import node:fs (purity)`,
      `${at}:3: protocol is pure: it may not import @effect/platform-node/NodeSocket (purity)`,
      `${at}:1: imports effect/socket/Socket: only association/src/internal/transport.ts, node and testing beside it do (socket)`,
      `${at}:2: imports node:fs: protocol runs wherever its caller's layers do (node)`,
      `${at}:3: imports @effect/platform-node/NodeSocket: protocol runs wherever its caller's layers do (node)`
    ])
  })

  it.each([
    "Buffer.alloc(1)",
    "process.env",
    "Date.now()",
    "new Date()",
    "setTimeout(f)",
    "{ Buffer }",
    "[performance]"
  ])("refuses %s", (expression) => {
    const name = /[A-Za-z]{4,}/.exec(expression.replace("new ", ""))?.[0]
    expect(refused(`export const x = (f: () => void) => (${expression})`)).toEqual([line(1, `it may not use ${name}`)])
  })

  it("refuses to wait", () => {
    expect(refused("export const f = async () => 1")).toEqual([line(1, "nothing in it waits")])
  })

  it("lets a member, a key or a name of the module's own be called as it likes", () => {
    expect(
      refused(
        `import * as Date from "../Date.ts"`,
        "export interface Element { readonly Date: string }",
        "export const f = (e: Element) => ({ process: e.Date, Buffer: Date })"
      )
    ).toEqual([])
  })

  it("lets association do what it forbids to data", () => {
    expect(
      found(manifest("association", ["effect"]), inside("association", `import * as Effect from "effect/Effect"`))
    ).toEqual([])
  })
})

describe("the socket", () => {
  const socket = `import * as Socket from "effect/socket/Socket"`
  const at = (path: string) =>
    found(manifest("association", ["effect"]), file(`packages/association/${path}`, ...head, socket))

  it("is imported by transport.ts, the test equipment and the tests", () => {
    expect(at("src/internal/transport.ts")).toEqual([])
    expect(at("src/testing/Memory.ts")).toEqual([])
    expect(at("src/node/TlsTransport.ts")).toEqual([])
    expect(at("test/UpperLayer.test.ts")).toEqual([])
  })

  it("is imported by no other file", () => {
    const message =
      "imports effect/socket/Socket: only association/src/internal/transport.ts, node and testing beside it do (socket)"
    expect(at("src/Association.ts")).toEqual([`packages/association/src/Association.ts:6: ${message}`])
    expect(at("src/UpperLayer.ts")).toEqual([`packages/association/src/UpperLayer.ts:6: ${message}`])
    expect(found(manifest("services", ["effect"]), inside("services", socket))).toEqual([
      `packages/services/src/internal/x.ts:1: ${message}`
    ])
  })
})

describe("Node", () => {
  const lines = [`import "node:fs"`, `import "fs"`, `import "@effect/platform-node/NodeSocket"`]

  it("is imported by the applications and by tests", () => {
    const dependencies = ["fs", "@effect/platform-node"]
    expect(found(manifest("cli", dependencies), inside("cli", ...lines))).toEqual([])
    expect(found(manifest("bench", dependencies), inside("bench", ...lines))).toEqual([])
    expect(found(manifest("data", []), file("packages/data/test/x.test.ts", ...lines))).toEqual([])
  })

  it("is imported by Node's side of the association, on which it depends as a peer", () => {
    const manifest = {
      path: "packages/association/package.json",
      source: JSON.stringify({ peerDependencies: { "@effect/platform-node": "1" } })
    }
    const side = "packages/association/src/node/x.ts"
    expect(found(manifest, file(side, ...head, ...lines.filter((line) => !line.includes('"fs"'))))).toEqual([])
    expect(found(manifest, file("packages/services/src/node/x.ts", ...head, lines[0] ?? ""))).toEqual([
      "packages/services/src/node/x.ts:6: imports node:fs: services runs wherever its caller's layers do (node)"
    ])
  })

  it("is imported by nothing else", () => {
    const at = "packages/services/src/internal/x.ts"
    expect(found(manifest("services", ["fs", "@effect/platform-node"]), inside("services", ...lines))).toEqual([
      `${at}:1: imports node:fs: services runs wherever its caller's layers do (node)`,
      `${at}:2: imports fs: services runs wherever its caller's layers do (node)`,
      `${at}:3: imports @effect/platform-node/NodeSocket: services runs wherever its caller's layers do (node)`
    ])
  })
})

describe("casts", () => {
  const at = (line: number, message: string) => `packages/cli/src/internal/x.ts:${line}: ${message} (casts)`
  const silent = "this cast does not give its reason in a comment beside it"

  it("give their reason beside them or right above", () => {
    expect(
      found(
        inside(
          "cli",
          "export const a = u as string // only strings get here",
          "// only strings get here",
          "export const b = u as string",
          "export const c = f(",
          "  // only strings get here",
          "  u as string",
          ")",
          "// only strings get here",
          "export const d = f(",
          "  u as string",
          ")"
        )
      )
    ).toEqual([])
  })

  it("are refused without one", () => {
    expect(
      found(
        inside(
          "cli",
          "// two lines above",
          "",
          "export const a = u as string",
          "/** A docstring. */",
          "export const b = u as string",
          "// -----------",
          "export const c = u as unknown as string",
          "export const d = <string>u"
        )
      )
    ).toEqual([
      at(3, silent),
      at(5, silent),
      at(7, silent),
      at(7, silent),
      at(8, "a cast is written with as, and gives its reason")
    ])
  })

  it("are not what `as const`, `satisfies` and the names of imports and exports are", () => {
    expect(
      found(
        inside(
          "cli",
          `import * as A from "./a.ts"`,
          `import { b as c } from "./b.ts"`,
          "export const d = [A, c] as const satisfies ReadonlyArray<unknown>",
          "export { d as e }",
          `export const f = "u as string" + \`\${d.length} as any!\` // as any`
        )
      )
    ).toEqual([])
  })

  it("have no cousins: any and !", () => {
    expect(found(inside("cli", "export const a = (u: any) => u", "export const b = a!"))).toEqual([
      at(1, "any turns the compiler off: use unknown"),
      at(2, "! claims what the compiler cannot see: ask")
    ])
  })

  it("are the generator's business in generated files", () => {
    expect(found(file("packages/cli/src/internal/generated/x.ts", ...head, "const a = u as string"))).toEqual([])
  })
})

describe("what Node cannot erase", () => {
  it("is refused: enum and namespace", () => {
    expect(found(inside("cli", "export enum A { B }", "export namespace C {}", "declare const enum D {}"))).toEqual([
      "packages/cli/src/internal/x.ts:1: an enum: write a union of literals (erasable)",
      "packages/cli/src/internal/x.ts:2: a namespace: a file is one (erasable)",
      "packages/cli/src/internal/x.ts:3: an enum: write a union of literals (erasable)"
    ])
  })

  it("is not a description of an untyped package", () => {
    expect(found(file("packages/cli/test/daikon.d.ts", `declare module "daikon" { export const x: string }`))).toEqual(
      []
    )
  })
})

describe("a file that does not parse", () => {
  it("is refused", () => {
    expect(found(inside("cli", "export const = 1")).map((line) => line.slice(0, 34))).toEqual([
      "packages/cli/src/internal/x.ts:1: "
    ])
  })
})

describe("names", () => {
  it.each(["utils.ts", "helpers.ts", "common.ts", "types.ts", "constants.ts", "util/Pdu.ts", "Types.test.ts"])(
    "refuse %s",
    (name) => {
      const part = name.split(/[./]/)[0]
      const path = `packages/cli/src/internal/${name}`
      expect(found(file(path, "export {}"))).toEqual([`${path}:1: "${part}" is no concept: name what it holds (names)`])
    }
  )

  it("let a word be part of a concept's name", () => {
    expect(found(file("packages/data/src/internal/CommonExtendedNegotiation.ts", "export {}"))).toEqual([])
  })
})

describe("documentation", () => {
  const doc = ["/**", " * One sentence.", " *", " * @category models", " * @since 0.1.0", " */"]
  const refused = (...lines: ReadonlyArray<string>) =>
    found(manifest("services", []), file("packages/services/src/Storage.ts", ...lines))
  const at = (line: number, message: string) => `packages/services/src/Storage.ts:${line}: ${message} (documentation)`

  it("opens a module with what it is, and its version", () => {
    expect(refused(`import * as A from "./A.ts"`, ...doc, "export const a = A")).toEqual([
      at(1, "does not open with what it is")
    ])
    expect(refused("/** What it is. */", "", ...doc, "export const a = 1")).toEqual([
      at(1, "its opening has no @since")
    ])
  })

  it("stands before each export", () => {
    expect(refused(...head, "", "export const a = 1", "export type B = 1", "// C", "export interface C {}")).toEqual([
      at(7, "a has no docstring"),
      at(8, "B has no docstring"),
      at(10, "C has no docstring")
    ])
    expect(refused(...head, "const a = 1", "export { a as b }", "export default a")).toEqual([
      at(7, "b has no docstring"),
      at(8, "default has no docstring")
    ])
  })

  it("has a category and a version", () => {
    expect(
      refused(
        ...head,
        "",
        "/** A. @since 0.1.0 */",
        "export const a = 1",
        "/** B. @category b */",
        "export const b = 1"
      )
    ).toEqual([at(8, "the docstring of a has no @category"), at(10, "the docstring of b has no @since")])
  })

  it("has a sentence, which a type and a value of one name share", () => {
    const tags = ["/**", " * @category a", " * @since 0.1.0", " */"]
    expect(refused(...head, ...doc, "export const A = 1", ...tags, "export type A = 1")).toEqual([])
    expect(refused(...head, ...tags, "export const A = 1", ...tags, "export type B = 1")).toEqual([
      at(10, "the docstring of A has no sentence"),
      at(15, "the docstring of B has no sentence")
    ])
  })

  it("may be followed by a word to the formatter", () => {
    expect(refused(...head, "", ...doc, "// oxfmt-ignore", "export const a = 1")).toEqual([])
    expect(refused(...head, "", "// oxfmt-ignore", "export const a = 1")).toEqual([at(8, "a has no docstring")])
  })

  it("stands once for the overloads of a function", () => {
    const overloads = [
      "export function f(a: 1): 1",
      "export function f(a: 2): 2",
      "export function f(a: 1 | 2) { return a }"
    ]
    expect(refused(...head, ...doc, ...overloads)).toEqual([])
  })

  it("is not asked of what is internal or private", () => {
    expect(refused(...head, "", "/** A. @internal */", "export const a = 1", "const b = a", "void b")).toEqual([])
    expect(found(inside("services", "export const a = 1"))).toEqual([])
    expect(found(file("packages/bench/src/main.ts", "export const a = 1"))).toEqual([])
  })

  it("is asked of what a published module passes on whole", () => {
    expect(
      found(
        manifest("services", []),
        file("packages/services/src/Storage.ts", ...head, `export * from "./internal/generated/sopClasses.ts"`),
        file("packages/services/src/internal/generated/sopClasses.ts", ...head, "export const a = 1")
      )
    ).toEqual(["packages/services/src/internal/generated/sopClasses.ts:6: a has no docstring (documentation)"])
  })

  it("leaves a barrel to re-export", () => {
    const barrel = (...lines: ReadonlyArray<string>) =>
      found(manifest("services", []), file("packages/services/src/index.ts", ...head, ...lines))
    expect(barrel(`export * as Storage from "./Storage.ts"`)).toEqual([])
    expect(barrel(`export * from "./Storage.ts"`, "export const a = 1")).toEqual([
      "packages/services/src/index.ts:6: re-exports everything: name the namespace (documentation)",
      "packages/services/src/index.ts:7: a barrel only re-exports (documentation)"
    ])
  })
})

describe("the map", () => {
  const page = (...lines: ReadonlyArray<string>): SourceFile => file("ARCHITECTURE.md", ...lines)
  const pdu = file("packages/protocol/src/Pdu.ts", ...head)

  it("has each module that others may import", () => {
    expect(found(page("| PDUs | `protocol/src/Pdu.ts` |"), pdu)).toEqual([])
    expect(found(page("| PDUs | `Pdu` beside it |"), pdu)).toEqual([])
    expect(found(page("PDUs are somewhere"), pdu)).toEqual([
      "packages/protocol/src/Pdu.ts:1: is not on the map (ARCHITECTURE.md) (map)"
    ])
    expect(found(page("Nothing"), file("packages/association/src/node/TcpTransport.ts"))).toEqual([
      "packages/association/src/node/TcpTransport.ts:1: is not on the map (ARCHITECTURE.md) (map)"
    ])
  })

  it("may leave out what is private, a barrel, and what the command is made of", () => {
    const barrel = file("packages/protocol/src/index.ts", ...head)
    expect(found(page("Nothing"), inside("data", ""), barrel, file("packages/cli/src/main.ts", ...head))).toEqual([])
  })

  it("names no file that is not there", () => {
    expect(found(page("Here:", "`protocol/src/Pdu.ts`, `internal/gone.ts`"), pdu)).toEqual([
      "ARCHITECTURE.md:2: internal/gone.ts is not there (map)"
    ])
  })
})

describe("machines", () => {
  // Written in parts, so that this file keeps the rule.
  const slash = "/"

  it.each(["work", "tmp", "root", "home"])("are not named by a path under %s", (folder) => {
    const path = `${slash}${folder}`
    expect(found(file("README.md", "fine", `see ${path}${slash}x`))).toEqual([
      `README.md:2: ${path} is a path of one machine (machines)`
    ])
  })

  it("are not named by the host of a registry", () => {
    const host = ["https:", "", ["registry", "example", "org"].join(".")].join(slash)
    expect(found(file("pnpm-lock.yaml", `  resolution: {tarball: ${host}${slash}a.tgz}`))).toEqual([
      `pnpm-lock.yaml:1: ${host} is the host of a registry (machines)`
    ])
    const mirror = ["deb", "example", "org"].join(".")
    expect(found(file(".ci/run", `echo ${mirror}`))).toEqual([
      `.ci/run:1: ${mirror} is the host of a registry (machines)`
    ])
  })

  it("are not what a relative path or a page names", () => {
    expect(
      found(file("README.md", "src/work/x ./tmp ../home https://example.org/work https://dicom.nema.org/root"))
    ).toEqual([])
  })
})

describe("tests", () => {
  const at = (line: number, mark: string) => `packages/cli/test/x.test.ts:${line}: a test marked ${mark} (tests)`
  const refused = (...lines: ReadonlyArray<string>) => found(file("packages/cli/test/x.test.ts", ...lines))

  it("are all run", () => {
    expect(
      refused(
        `it.only("a", () => {})`,
        `it.effect.skip("a", f)`,
        `describe.todo("a")`,
        `test["skip"]("a", f)`,
        `it.only.each([1])("a", f)`,
        `layer(L).skip("a", f)`,
        `it("a", { skip: true }, f)`
      )
    ).toEqual([at(1, "only"), at(2, "skip"), at(3, "todo"), at(4, "skip"), at(5, "only"), at(6, "skip"), at(7, "skip")])
  })

  it("may depend on what the machine has", () => {
    expect(refused(`it.skipIf(missing)("a", f)`, `it.runIf(found)("a", f)`, "Stream.skip(1)", "queue.only")).toEqual([])
  })
})
