/**
 * The processes of a load test, and what they say: a line of JSON for each thing.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Readline from "node:readline"

export type Line = Readonly<Record<string, unknown>>

export interface Running {
  /** The next line. */
  readonly next: Effect.Effect<Line>
  /** Asks for a line, and gives it. */
  readonly ask: Effect.Effect<Line>
}

/** Runs a file of this folder. */
export const start = (file: string, ...args: ReadonlyArray<string>): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = ChildProcess.spawn(
        process.execPath,
        ["--expose-gc", "--no-warnings", Path.join(import.meta.dirname, file), ...args],
        { stdio: ["pipe", "pipe", "inherit"] }
      )
      const lines = Readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
      const next = Effect.promise(async () => {
        const line = await lines.next()
        if (line.done === true) throw new Error(`${file} has ended`)
        return JSON.parse(line.value) as Line // a line of JSON is an object here
      })
      const ask = Effect.suspend(() => {
        child.stdin.write("\n")
        return next
      })
      return { child, ended, next, ask }
    }),
    ({ child, ended }) =>
      Effect.andThen(
        Effect.sync(() => child.kill("SIGKILL")),
        Effect.promise(() => ended)
      )
  )

/** A number that a line has under a name. */
export const number = (line: Line, name: string): number => {
  const value = line[name]
  if (typeof value !== "number") throw new Error(`no number ${name} in ${JSON.stringify(line)}`)
  return value
}

/** A directory that is removed with its scope. */
export const temporary: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-dicom-load-"))),
  (directory) => Effect.sync(() => Fs.rmSync(directory, { recursive: true, force: true }))
)
