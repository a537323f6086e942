/**
 * Programs as child processes: servers that are ended with their scope, and clients that are waited for and timed. Each runs
 * with `TCP_NODELAY=1`, without which DCMTK as Debian builds it waits 44 ms before each answer.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Net from "node:net"
import { fileURLToPath } from "node:url"

/** A program and its arguments. */
export interface Program {
  readonly file: string
  readonly args: ReadonlyArray<string>
}

/** A module of this package, or another file, run by the Node that runs this. */
export const node = (file: string, ...args: ReadonlyArray<string>): Program => ({
  file: process.execPath,
  args: [fileURLToPath(new URL(file, import.meta.url)), ...args]
})

/** A program that is found by its name. */
export const command = (file: string, ...args: ReadonlyArray<string>): Program => ({ file, args })

/** Whether a program can be started at all. */
export const isInstalled = (file: string): boolean =>
  ChildProcess.spawnSync(file, ["--version"], { stdio: "ignore" }).error === undefined

const spawn = ({ args, file }: Program): ChildProcess.ChildProcessWithoutNullStreams =>
  ChildProcess.spawn(file, args, { env: { ...process.env, TCP_NODELAY: "1" } })

/** The most memory that a process has held, in bytes; only Linux tells. */
const peakOf = (pid: number | undefined): number | undefined => {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(Fs.readFileSync(`/proc/${pid}/status`, "utf8"))
    return found === null ? undefined : Number(found[1]) * 1024
  } catch {
    return undefined
  }
}

/** The processor time that a process and its ended children have used, in milliseconds; only Linux tells. */
const processorTimeOf = (pid: number | undefined): number | undefined => {
  try {
    // What follows the name in brackets begins with the third field; the times are the 14th to the 17th, in hundredths.
    const fields = Fs.readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0)
  } catch {
    return undefined
  }
}

/** A server that listens. */
export interface Server {
  readonly port: number
  /** The most memory that it has held so far, in bytes. */
  readonly peak: Effect.Effect<number | undefined>
  /** The processor time that it has used so far, in milliseconds. */
  readonly processorTime: Effect.Effect<number | undefined>
}

export const freePort = Effect.callback<number>((resume) => {
  const server = Net.createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const listens = (port: number): Effect.Effect<boolean> =>
  Effect.callback<boolean>((resume) => {
    const socket = Net.connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.succeed(true))
    })
    socket.once("error", () => resume(Effect.succeed(false)))
  })

/** Starts a server on a free port and waits until it listens. Leaving the scope ends it. */
export const serve = (program: (port: string) => Program): Effect.Effect<Server, never, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* freePort
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(program(String(port)))),
      (child) =>
        Effect.callback<void>((resume) => {
          if (child.exitCode !== null) return resume(Effect.void)
          child.once("exit", () => resume(Effect.void))
          child.kill("SIGKILL")
        })
    )
    let errors = ""
    child.stdout.resume()
    child.stderr.on("data", (chunk) => {
      errors += String(chunk)
    })
    while (!(yield* listens(port))) {
      if (child.exitCode !== null) return yield* Effect.die(new Error(`a server did not start: ${errors}`))
      yield* Effect.sleep("20 millis")
    }
    return {
      port,
      peak: Effect.sync(() => peakOf(child.pid)),
      processorTime: Effect.sync(() => processorTimeOf(child.pid))
    }
  })

/** How a client ended. */
export interface Ended {
  readonly seconds: number
  readonly output: string
  /** The most memory that it was seen to hold, in bytes. */
  readonly peak: number | undefined
}

/** Runs a client to its end. It is expected to succeed. */
export const run = (program: Program): Effect.Effect<Ended> =>
  Effect.callback<Ended>((resume) => {
    const begun = performance.now()
    const child = spawn(program)
    let output = ""
    let errors = ""
    let peak: number | undefined
    const look = setInterval(() => {
      peak = peakOf(child.pid) ?? peak
    }, 10)
    child.stdout.on("data", (chunk) => {
      output += String(chunk)
    })
    child.stderr.on("data", (chunk) => {
      errors += String(chunk)
    })
    child.once("error", (error) => resume(Effect.die(error)))
    child.once("close", (code) => {
      clearInterval(look)
      const seconds = (performance.now() - begun) / 1000
      resume(
        code === 0
          ? Effect.succeed({ seconds, output, peak })
          : Effect.die(new Error(`${program.file} ${program.args.join(" ")} ended with ${code}: ${errors}`))
      )
    })
    return Effect.sync(() => {
      clearInterval(look)
      child.kill("SIGKILL")
    })
  })
