/**
 * Both ends of an association in one program, over each kind of transport, with a record of what each machine did.
 */
import { it } from "@effect/vitest"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type * as StateMachine from "@effect-dicom/protocol/StateMachine"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as NetAddress from "effect/net/NetAddress"
import * as Scope from "effect/Scope"
import type * as Socket from "effect/socket/Socket"
import type * as SocketServer from "effect/socket/SocketServer"
import { readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Association from "@effect-dicom/association/Association"
import { TcpListener, TcpTransport } from "@effect-dicom/association/node"
import { InMemory } from "@effect-dicom/association/testing"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"

// -----------------------------------------------------------------------------
// transports
// -----------------------------------------------------------------------------

/** The two ends of a transport connection; the acceptor's is there once the requestor has connected. */
export interface Ends {
  readonly requestor: Socket.Socket
  readonly acceptor: Effect.Effect<Socket.Socket>
}

export interface Network {
  readonly name: string
  readonly ends: Effect.Effect<Ends, unknown, Scope.Scope>
  /** Under the test clock where nothing real is involved. */
  readonly test: typeof it.effect
}

const listening = Effect.fnUntraced(function* (
  server: SocketServer.SocketServer["Service"],
  connect: (address: NetAddress.SocketAddress) => Effect.Effect<Socket.Socket>
) {
  const accepted = Deferred.makeUnsafe<Socket.Socket>()
  yield* Effect.forkScoped(server.run((socket) => Effect.andThen(Deferred.succeed(accepted, socket), Effect.never)))
  return { requestor: yield* connect(server.address), acceptor: Deferred.await(accepted) }
})

const port = (address: NetAddress.SocketAddress): number => (NetAddress.isUnixPathAddress(address) ? 0 : address.port)

export const memory: Network = {
  name: "in memory",
  ends: Effect.map(InMemory.ends({ lends: true }), ([requestor, acceptor]) => ({
    requestor,
    acceptor: Effect.succeed(acceptor)
  })),
  test: it.effect
}

export const tcp: Network = {
  name: "over TCP",
  ends: Effect.flatMap(TcpListener.make({ host: "127.0.0.1", port: 0 }), (server) =>
    listening(server, (address) => TcpTransport.make({ host: "127.0.0.1", port: port(address) }))
  ),
  test: it.live
}

/** As many programs have it, with the sockets of `@effect/platform-node`. */
export const effectTcp: Network = {
  name: "over TCP of Effect",
  ends: Effect.flatMap(NodeSocketServer.make({ host: "127.0.0.1", port: 0 }), (server) =>
    listening(server, (address) => NodeSocket.makeNet({ host: "127.0.0.1", port: port(address), noDelay: true }))
  ),
  test: it.live
}

export const unix: Network = {
  name: "over a Unix socket",
  ends: Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "dicom-"))),
      (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
    )
    const path = join(folder, "socket")
    return yield* listening(yield* TcpListener.make({ path }), () => TcpTransport.make({ path }))
  }),
  test: it.live
}

const pem = (name: string): string => readFileSync(new URL(`./fixtures/${name}.pem`, import.meta.url), "utf8")

export const tls: Network = {
  name: "over TLS",
  ends: Effect.suspend(() => {
    const cert = pem("localhost.cert")
    return Effect.flatMap(
      NodeSocketServer.makeTls({ host: "127.0.0.1", port: 0, cert, key: pem("localhost.key") }),
      (server) =>
        listening(server, (address) =>
          NodeSocket.makeTls({ host: "127.0.0.1", port: port(address), ca: cert, servername: "localhost" })
        )
    )
  }),
  test: it.live
}

// -----------------------------------------------------------------------------
// the record
// -----------------------------------------------------------------------------

export const requestor = "association-requestor"
export const acceptor = "association-acceptor"

/** What the machines under it did. */
export class Record {
  readonly steps: Array<UpperLayer.Step> = []
  private readonly reaching = new Map<string, Deferred.Deferred<void>>()

  readonly observe = (step: UpperLayer.Step): void => {
    this.steps.push(step)
    Deferred.doneUnsafe(this.deferred(step.role, step.after), Effect.void)
  }

  private deferred(role: StateMachine.Role, state: StateMachine.State): Deferred.Deferred<void> {
    const key = `${role} ${state}`
    const deferred = this.reaching.get(key) ?? Deferred.makeUnsafe<void>()
    this.reaching.set(key, deferred)
    return deferred
  }

  /** Waits until a side is, or has been, in a state. */
  readonly reached = (role: StateMachine.Role, state: StateMachine.State): Effect.Effect<void> =>
    Effect.suspend(() => Deferred.await(this.deferred(role, state)))

  /** The states a side went through, from Sta6 on. */
  readonly path = (role: StateMachine.Role): ReadonlyArray<StateMachine.State> => {
    const states = this.steps.filter((step) => step.role === role).map((step) => step.after)
    return states.slice(states.indexOf("Sta6")).filter((state, i, all) => state !== all[i - 1])
  }

  /** The PDUs that a side sent. */
  readonly sent = (role: StateMachine.Role): ReadonlyArray<string> =>
    this.steps
      .filter((step) => step.role === role)
      .flatMap((step) => step.commands.flatMap((command) => (command._tag === "Send" ? [command.pdu._tag] : [])))

  /** The primitives of a service that passed between the users and their providers, in order. */
  readonly primitives = (service: string): ReadonlyArray<string> =>
    this.steps.flatMap((step) => [
      ...(step.event._tag.startsWith(`${service} re`) ? [`${step.role}: ${step.event._tag}`] : []),
      ...step.commands.flatMap((command) =>
        command._tag === "Issue" && command.primitive._tag.startsWith(service)
          ? [`${step.role}: ${command.primitive._tag}`]
          : []
      )
    ])
}

// -----------------------------------------------------------------------------
// associations
// -----------------------------------------------------------------------------

export const verification = {
  abstractSyntax: SopClass.Verification,
  transferSyntaxes: [TransferSyntax.ImplicitVRLittleEndian.uid]
}

export const storage = {
  abstractSyntax: SopClass.CTImageStorage,
  transferSyntaxes: [TransferSyntax.ExplicitVRLittleEndian.uid]
}

export const requestOptions: Association.RequestOptions = {
  callingAETitle: "REQUESTOR",
  calledAETitle: "ACCEPTOR",
  presentationContexts: [verification, storage]
}

export const acceptOptions: Association.AcceptOptions = {
  decide: () => Effect.succeed(Association.accepting([verification, storage]))
}

export interface Side {
  readonly association: Association.Association
  /** Leaves the scope that the association was established in. */
  readonly leave: (exit?: Exit.Exit<unknown, unknown>) => Effect.Effect<void>
}

export interface Associated {
  readonly requestor: Side
  readonly acceptor: Side
  readonly record: Record
}

/** One side of an association in a scope of its own. */
export const side = Effect.fnUntraced(function* <E, R>(establish: Effect.Effect<Association.Association, E, R>) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const association = yield* Scope.provide(establish, scope)
  return { association, leave: (exit: Exit.Exit<unknown, unknown> = Exit.void) => Scope.close(scope, exit) }
})

/** An association whose two ends are in this program. */
export const associated = Effect.fnUntraced(function* (
  network: Network,
  options: {
    readonly requestor?: Partial<Association.RequestOptions>
    readonly acceptor?: Partial<Association.AcceptOptions>
  } = {}
): Effect.fn.Return<Associated, unknown, Scope.Scope> {
  const ends = yield* network.ends
  const record = new Record()
  const [accepted, requested] = yield* Effect.all(
    [
      side(Association.accept({ ...acceptOptions, ...options.acceptor })).pipe(
        Effect.provideServiceEffect(UpperLayer.Transport, ends.acceptor)
      ),
      side(Association.request({ ...requestOptions, ...options.requestor })).pipe(
        Effect.provideService(UpperLayer.Transport, ends.requestor)
      )
    ],
    { concurrency: 2 }
  ).pipe(Effect.provideService(UpperLayer.Observer, record.observe))
  return { requestor: requested, acceptor: accepted, record }
})
