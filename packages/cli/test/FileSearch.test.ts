import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import * as FileSearch from "../src/FileSearch.ts"
import { folder } from "./command.ts"

/** A folder with these files, and what is found of it when it is searched. */
const searching = Effect.fnUntraced(function* (names: ReadonlyArray<string>) {
  const root = yield* folder
  for (const name of names) {
    mkdirSync(join(root, name, ".."), { recursive: true })
    writeFileSync(join(root, name), "")
  }
  const find = (paths: ReadonlyArray<string>, options: Partial<FileSearch.Options> = {}) =>
    FileSearch.find(
      paths.map((path) => join(root, path)),
      { recurse: true, ...options }
    ).pipe(
      Effect.map(({ files, unreadable }) => ({
        files: files.map((file) => relative(root, file)),
        unreadable: unreadable.map(({ detail, path }) => [relative(root, path), detail])
      })),
      Effect.provide(NodeServices.layer)
    )
  return { root, find }
})

describe("FileSearch", () => {
  it.live("numbers in names count as numbers, and files come in that order", () =>
    Effect.gen(function* () {
      const { find } = yield* searching(["b/1.dcm", "10.dcm", "2.dcm"])
      assert.deepStrictEqual(yield* find(["."]), { files: ["2.dcm", "10.dcm", "b/1.dcm"], unreadable: [] })
    })
  )

  it.live("hidden files are left out of folders, and taken when they are named", () =>
    Effect.gen(function* () {
      const { find } = yield* searching([".hidden", ".folder/a", "a"])
      assert.deepStrictEqual((yield* find(["."])).files, ["a"])
      assert.deepStrictEqual((yield* find([".hidden"])).files, [".hidden"])
    })
  )

  it.live("a file is found once, however often it is named", () =>
    Effect.gen(function* () {
      const { find } = yield* searching(["a", "b"])
      assert.deepStrictEqual((yield* find(["b", ".", "a"])).files, ["b", "a"])
    })
  )

  it.live("a link to a folder above it does not lead around for ever", () =>
    Effect.gen(function* () {
      const { find, root } = yield* searching(["one/a"])
      symlinkSync(root, join(root, "one", "up"))
      assert.deepStrictEqual((yield* find(["."])).files, ["one/a"])
    })
  )

  it.live("a pattern is for names within folders: * is any characters, ? is one, and case does not matter", () =>
    Effect.gen(function* () {
      const { find } = yield* searching(["IM1.DCM", "im22.dcm", "im2.dcm.txt", "notes"])
      assert.deepStrictEqual((yield* find(["."], { pattern: "im?.dcm" })).files, ["IM1.DCM"])
      assert.deepStrictEqual((yield* find([".", "notes"], { pattern: "*.dcm" })).files, [
        "IM1.DCM",
        "im22.dcm",
        "notes"
      ])
    })
  )

  it.live("a path that leads nowhere is told of, and the others are searched", () =>
    Effect.gen(function* () {
      const { find } = yield* searching(["a"])
      assert.deepStrictEqual(yield* find(["nowhere", "a"]), {
        files: ["a"],
        unreadable: [["nowhere", "there is no such file or folder"]]
      })
    })
  )

  it.live("what is neither file nor folder is told of where it is named, and left out of folders", () =>
    Effect.gen(function* () {
      const { find, root } = yield* searching(["a"])
      execFileSync("mkfifo", [join(root, "pipe")])
      assert.deepStrictEqual(yield* find(["pipe", "."]), {
        files: ["a"],
        unreadable: [["pipe", "it is neither a file nor a folder"]]
      })
    })
  )
})
