/**
 * Other implementations to talk to: the processes of DCMTK, and our own side over TCP.
 */
import { Association, AssociationServer, type UpperLayer } from "@effect-dicom/association"
import { TcpListener, TcpTransport } from "@effect-dicom/association/node"
import * as Status from "@effect-dicom/protocol/Status"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import { ServiceClassProvider, Storage, Verification } from "../../src/index.ts"

// -----------------------------------------------------------------------------
// which there are
// -----------------------------------------------------------------------------

/** Whether what a test needs is missing, and may be; with EFFECT_DICOM_REQUIRE_PEERS=1 it may not. */
export const isMissing = (there: boolean): boolean => !there && process.env["EFFECT_DICOM_REQUIRE_PEERS"] !== "1"

const isThere = (command: string): boolean => ChildProcess.spawnSync(command, ["--version"]).error === undefined

export const isDcmtkThere: boolean = isThere("storescp")

export const isOrthancThere: boolean = isThere("Orthanc")

export const isOdilThere: boolean = isThere("odil")

// -----------------------------------------------------------------------------
// processes
// -----------------------------------------------------------------------------

export interface Ended {
  readonly code: number | null
  readonly output: string
}

const spawn = (command: string, args: ReadonlyArray<string>, cwd?: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = ChildProcess.spawn(command, args, {
        cwd,
        // Without it DCMTK waits 40 ms for each acknowledgement.
        env: { ...process.env, TCP_NODELAY: "1" },
        stdio: ["ignore", "pipe", "pipe"]
      })
      let output = ""
      const listeners = new Set<() => void>()
      const add = (chunk: Buffer) => {
        output += chunk.toString("latin1")
        for (const listener of listeners) listener()
      }
      const says = (text: string) =>
        Effect.callback<void>((resume) => {
          const listener = () => {
            if (!output.includes(text)) return
            listeners.delete(listener)
            resume(Effect.void)
          }
          listeners.add(listener)
          listener()
        }).pipe(
          Effect.timeoutOrElse({
            duration: "10 seconds",
            orElse: () => Effect.die(new Error(`${command} did not say ${JSON.stringify(text)}, but:\n${output}`))
          })
        )
      child.stdout.on("data", add)
      child.stderr.on("data", add)
      const ended = new Promise<Ended>((resolve) => {
        child.once("close", (code) => resolve({ code, output }))
        child.once("error", ({ message }) => resolve({ code: null, output: message }))
      })
      return { says, ended: Effect.promise(() => ended), child }
    }),
    ({ child, ended }) =>
      Effect.suspend(() => {
        child.kill("SIGKILL")
        return ended
      })
  )

/** Runs a command to its end. */
export const run = (command: string, args: ReadonlyArray<string>): Effect.Effect<Ended> =>
  Effect.scoped(Effect.flatMap(spawn(command, args), ({ ended }) => ended))

/** A command that runs until its scope is left. */
export const background = (command: string, args: ReadonlyArray<string>): Effect.Effect<void, never, Scope.Scope> =>
  Effect.asVoid(spawn(command, args))

/** A port on which nobody listens. */
export const freePort: Effect.Effect<number> = Effect.callback<number>((resume) => {
  const server = Net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

const connects = (port: number) =>
  Effect.callback<void, Error>((resume) => {
    const socket = Net.connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.void)
    })
    socket.once("error", (error) => resume(Effect.fail(error)))
    return Effect.sync(() => socket.destroy())
  })

/** Waits until somebody listens on a port. */
export const awaitListener = (port: number): Effect.Effect<void, Error> =>
  Effect.retry(connects(port), { schedule: Schedule.spaced("20 millis"), times: 500 })

export interface Listening {
  readonly port: number
  /** Waits until it has said so. */
  readonly says: (text: string) => Effect.Effect<void>
}

/** A command that listens on the port that is its last argument, once it does. */
export const listening = Effect.fnUntraced(function* (
  command: string,
  args: ReadonlyArray<string>,
  cwd?: string
): Effect.fn.Return<Listening, Error, Scope.Scope> {
  const port = yield* freePort
  const process = yield* spawn(command, [...args, String(port)], cwd)
  yield* awaitListener(port)
  return { port, says: process.says }
})

/** A directory that is removed with its scope. */
export const temporary: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-dicom-"))),
  (directory) => Effect.sync(() => Fs.rmSync(directory, { recursive: true, force: true }))
)

/** dcmqrscp with nothing in it, which knows hosts of its configuration file to move to. Gives its port. */
export const archive = Effect.fnUntraced(function* (
  hosts: ReadonlyArray<string> = [],
  flags: ReadonlyArray<string> = []
): Effect.fn.Return<number, Error, Scope.Scope> {
  const directory = yield* temporary
  const database = Path.join(directory, "database")
  Fs.mkdirSync(database)
  const configuration = Path.join(directory, "dcmqrscp.cfg")
  Fs.writeFileSync(
    configuration,
    [
      ...["MaxPDUSize = 16384", "MaxAssociations = 16", "HostTable BEGIN", ...hosts, "HostTable END"],
      ...["AETable BEGIN", `ANY-SCP ${database} RW (200, 1024mb) ANY`, "AETable END", ""]
    ].join("\n")
  )
  return (yield* listening("dcmqrscp", [...flags, "-c", configuration])).port
})

// -----------------------------------------------------------------------------
// our own side
// -----------------------------------------------------------------------------

export interface Kept {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  readonly callingAETitle: string
  readonly bytes: Uint8Array
}

export interface Serving {
  readonly port: number
  readonly server: AssociationServer.AssociationServer["Service"]
  /** What has been stored, in the order in which it came. */
  readonly kept: Array<Kept>
  /** How each association that began has ended. */
  readonly ends: Array<string>
}

/** Verification and Storage over TCP, keeping in memory what is stored. */
export const serving = Effect.fnUntraced(function* (
  options: Omit<AssociationServer.Options<never>, "handler" | "supported"> & {
    readonly status?: Status.Status
  } = {}
): Effect.fn.Return<Serving, unknown, Scope.Scope> {
  const kept: Array<Kept> = []
  const ends: Array<string> = []
  const storing = Storage.provider(
    Effect.fnUntraced(function* (received) {
      const { association, sopClassUid, sopInstanceUid, transferSyntaxUid } = received
      const bytes = Buffer.concat(yield* Stream.runCollect(received.dataSet))
      kept.push({ sopClassUid, sopInstanceUid, transferSyntaxUid, callingAETitle: association.callingAETitle, bytes })
      return options.status ?? Status.success
    })
  )
  const provider = ServiceClassProvider.together([Verification.provider, storing])
  const layer = AssociationServer.layer({
    ...options,
    supported: provider.supported,
    handler: (association) =>
      Effect.ensuring(
        ServiceClassProvider.serve(association, provider),
        Effect.map(association.ended, (end) => ends.push(end._tag))
      )
  })
  const context = yield* Layer.build(Layer.provide(layer, TcpListener.layer({ host: "127.0.0.1", port: 0 })))
  const server = Context.get(context, AssociationServer.AssociationServer)
  return { port: portOf(server.address), server, kept, ends }
})

/** Storage over TCP by a provider of the test's own. */
export const storing = (
  provider: ServiceClassProvider.ServiceClassProvider
): Effect.Effect<{ readonly port: number }, unknown, Scope.Scope> =>
  Effect.map(
    Layer.build(
      Layer.provide(
        ServiceClassProvider.layer([Verification.provider, provider]),
        TcpListener.layer({ host: "127.0.0.1", port: 0 })
      )
    ),
    (context) => ({ port: portOf(Context.get(context, AssociationServer.AssociationServer).address) })
  )

const portOf = (address: UpperLayer.Address): number => ("port" in address ? Number(address.port) : 0)

/** Requests an association of whoever listens on a port. */
export const associate = (
  port: number,
  presentationContexts: Association.RequestOptions["presentationContexts"],
  more: Partial<Association.RequestOptions> = {}
) =>
  Effect.provide(
    Association.request({ callingAETitle: "EFFECT", calledAETitle: "ANY-SCP", presentationContexts, ...more }),
    TcpTransport.layer({ host: "127.0.0.1", port })
  )
