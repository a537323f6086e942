/**
 * The files that the rules are held against: a list of paths and texts, read from Git or written by hand in a test.
 */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** A text file. The path is relative to the root of the repository, with slashes. */
export interface SourceFile {
  readonly path: string
  readonly source: string
}

const NUL = String.fromCharCode(0)

/** The files of a working tree that Git tracks or would track. Binary files, those with a zero byte, are left out. */
export const read = (root: string): ReadonlyArray<SourceFile> =>
  execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024
  })
    .split(NUL)
    .filter((path) => path !== "" && existsSync(join(root, path)))
    .map((path) => ({ path, source: readFileSync(join(root, path), "utf8") }))
    .filter(({ source }) => !source.includes(NUL))
