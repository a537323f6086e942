/**
 * `dicom serve`: answers verification and takes instances into a folder (PS3.4 Annexes A and B).
 *
 * @since 0.1.0
 */
import { AccessControl, Association, AssociationServer, UpperLayer } from "@effect-dicom/association"
import type { AssociationError, Authenticator } from "@effect-dicom/association"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import type { Uid } from "@effect-dicom/data/Uid"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as PresentationContextNegotiation from "@effect-dicom/protocol/PresentationContextNegotiation"
import * as Status from "@effect-dicom/protocol/Status"
import { ServiceClassProvider, Storage, StorageFolder, Verification } from "@effect-dicom/services"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { createHash } from "node:crypto"
import { hostname } from "node:os"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as QuickDisk from "./QuickDisk.ts"
import { Stop } from "./Stop.ts"
import * as TransferSyntaxNames from "./TransferSyntaxNames.ts"
import * as Transport from "./Transport.ts"
import type * as Users from "./Users.ts"

/**
 * What the command line says of `dicom serve`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  readonly host: string
  /** 0 for a free one. */
  readonly port: number
  /** The flags that say where it listens. */
  readonly by?: Failure.Listening["by"]
  readonly aetitle: string
  /** The folder that keeps what is stored; without one, everything is received and dropped. */
  readonly output?: string | undefined
  readonly maxAssociations?: number | undefined
  /** Default: 400, or twice as many as associations where that is more. */
  readonly maxConnections?: number | undefined
  readonly maxPdu?: number | undefined
  /** For the A-ASSOCIATE-RQ after the connection, in seconds. */
  readonly acseTimeout?: number | undefined
  /** How long nothing may come, in seconds. */
  readonly idleTimeout?: number | undefined
  /** How long associations may go on once the server is to stop, in seconds. */
  readonly grace?: number | undefined
  /** Takes any SOP class and transfer syntax that is proposed, in the registry or not. */
  readonly promiscuous?: boolean | undefined
  /** The transfer syntaxes that instances are taken in, keywords or UIDs with commas, the preferred one first. */
  readonly accept?: string | undefined
  /** Addresses and networks with commas; calls from elsewhere are rejected. */
  readonly from?: string | undefined
  /** AE titles with commas; calls by others are rejected. */
  readonly callers?: string | undefined
  /** Rejects calls for another AE title. */
  readonly checkAetitle?: boolean | undefined
  /** Over TLS, with these keys and certificates. */
  readonly secured?: Transport.Tls | undefined
  /** Rejects calls by an AE title that the caller's certificate does not name. */
  readonly checkCertificate?: boolean | undefined
  /** Rejects whoever it does not know. */
  readonly authenticator?: Authenticator.Authenticator<Users.User> | undefined
  readonly lenient?: boolean | undefined
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
}

/** Where instances are kept, and what is told of it. */
type Telling = Pick<Options, "json" | "output" | "verbose">

/**
 * Starts the server, which listens while the scope is open and is drained when it is left.
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<
  AssociationServer.AssociationServer["Service"],
  Failure.Failure,
  FileSystem.FileSystem | Path.Path | Scope.Scope
> {
  const transferSyntaxes = yield* TransferSyntaxNames.parse(options.accept, "--accept")
  const access = yield* admitting(options)
  const store = yield* storing(options)
  const listener = yield* Transport.listener(options, options.secured)
  const provided = provider(store, transferSyntaxes)
  // What is supported is made ready once, for all associations.
  const accepting = Association.accepting(PresentationContextNegotiation.support(provided.supported))
  const serve = {
    access,
    ...(options.authenticator === undefined ? {} : { authenticator: options.authenticator }),
    decide: (indication: Association.Indication) => Effect.succeed(decide(options, accepting, indication)),
    handler: (association: Association.Association) => ServiceClassProvider.serve(association, provided),
    ...(options.maxAssociations === undefined ? {} : { maximumAssociations: options.maxAssociations }),
    maximumConnections: options.maxConnections ?? Math.max(400, 2 * (options.maxAssociations ?? 0)),
    ...(options.grace === undefined ? {} : { grace: `${options.grace} seconds` as const })
  }
  return yield* AssociationServer.make(serve).pipe(
    Effect.provideService(UpperLayer.Listener, listener),
    UpperLayer.withSettings({
      ...(options.maxPdu === undefined ? {} : { maximumLength: options.maxPdu }),
      ...(options.acseTimeout === undefined
        ? {}
        : { artim: `${options.acseTimeout} seconds`, negotiation: `${options.acseTimeout} seconds` }),
      ...(options.idleTimeout === undefined ? {} : { idle: `${options.idleTimeout} seconds` }),
      ...(options.lenient === true ? { leniency: Leniency.lenient } : {})
    })
  )
})

/**
 * Serves until the command is told to stop; then drains, and says how that went. An interruption meanwhile aborts what is
 * still open.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  yield* Effect.scoped(
    Effect.gen(function* () {
      const server = yield* start(options)
      const stop = yield* Stop
      const { host, port } = where(server.address)
      yield* Console.log(
        options.json
          ? JSON.stringify({ type: "listening", host, port, aetitle: options.aetitle })
          : `listening on ${host.includes(":") ? `[${host}]` : host}:${port} as ${options.aetitle}`
      )
      yield* stop
      const open = yield* server.associations
      if (!options.quiet && open > 0) yield* Console.error(`Stopping: ${plural(open, "association")} may finish first.`)
      yield* Effect.onInterrupt(server.drain, () =>
        Effect.andThen(
          server.abort,
          options.quiet ? Effect.void : Console.error("Stopped: the associations that were open were aborted.")
        )
      )
      if (!options.quiet) yield* Console.error("Stopped: no association is open.")
    })
  )
})

/**
 * Where a server that listens on TCP is reached.
 *
 * @category getters
 * @since 0.1.0
 */
export const where = (address: UpperLayer.Address): { readonly host: string; readonly port: number } =>
  "port" in address ? { host: String(address.address), port: address.port } : { host: address.path, port: 0 }

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

// -----------------------------------------------------------------------------
// what is accepted
// -----------------------------------------------------------------------------

/** Who may call, as the flags say. */
const admitting = ({
  callers,
  checkCertificate,
  from
}: Options): Effect.Effect<AccessControl.AccessControl, Failure.Failure> => {
  const parts = (list: string | undefined): ReadonlyArray<string> => list?.split(",").map((part) => part.trim()) ?? []
  const wrong = parts(callers).find((title) => !Schema.is(AETitle.AETitle)(title))
  if (wrong !== undefined) {
    return Effect.fail(
      Failure.make(
        codes.usage,
        `${JSON.stringify(wrong)} is no AE title. Give titles of 1 to 16 ASCII characters, no backslash, with --callers.`
      )
    )
  }
  return Effect.map(
    Effect.mapError(Effect.fromResult(AccessControl.from(...parts(from))), () =>
      Failure.make(
        codes.usage,
        `Not all of ${JSON.stringify(from)} are addresses or networks. ` +
          "Give them with --from, as in 192.0.2.7,10.0.0.0/8."
      )
    ),
    (known) =>
      AccessControl.every(
        ...(from === undefined ? [] : [known]),
        ...(callers === undefined ? [] : [AccessControl.calling(...parts(callers))]),
        ...(checkCertificate === true ? [AccessControl.certificateNamesCallingAETitle] : [])
      )
  )
}

/** Whatever is proposed: verification, and everything else to be stored. */
const proposed = (
  contexts: ReadonlyArray<PresentationContext.Proposed>
): ReadonlyArray<PresentationContext.Supported> => {
  const byAbstractSyntax = new Map<Uid, Array<Uid>>()
  for (const { abstractSyntax, transferSyntaxes } of contexts) {
    const known = byAbstractSyntax.get(abstractSyntax)
    if (known === undefined) byAbstractSyntax.set(abstractSyntax, [...transferSyntaxes])
    else known.push(...transferSyntaxes)
  }
  return Array.from(byAbstractSyntax, ([abstractSyntax, transferSyntaxes]) =>
    abstractSyntax === SopClass.Verification ? Verification.presentationContext : { abstractSyntax, transferSyntaxes }
  )
}

const decide = (
  options: Options,
  accepting: Association.Decision,
  { primitive }: Association.Indication
): Association.Decision => {
  if (options.checkAetitle === true && primitive.calledAETitle !== options.aetitle) {
    return Association.rejecting({
      result: "rejected-permanent",
      source: "DICOM UL service-user",
      diagnostic: "called-AE-title-not-recognized"
    })
  }
  return options.promiscuous === true ? Association.accepting(proposed(primitive.presentationContexts)) : accepting
}

/** Whatever was agreed that is not verification is stored. */
const provider = (
  store: Store,
  transferSyntaxes: ReadonlyArray<Uid> | undefined
): ServiceClassProvider.ServiceClassProvider => {
  const storage = Storage.provider(store, transferSyntaxes === undefined ? {} : { transferSyntaxes })
  return {
    supported: [Verification.presentationContext, ...storage.supported],
    perform: (incoming, association) =>
      (incoming.context.abstractSyntax === SopClass.Verification ? Verification.provider : storage).perform(
        incoming,
        association
      )
  }
}

// -----------------------------------------------------------------------------
// what is done with an instance
// -----------------------------------------------------------------------------

/**
 * What is done with an instance.
 *
 * @category models
 * @since 0.1.0
 */
export type Store = (received: Storage.Received) => Effect.Effect<Status.Status, AssociationError.Broken>

/**
 * Keeps instances in the folder of these options, or drops them where there is none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const storing = (
  options: Telling
): Effect.Effect<Store, Failure.Failure, FileSystem.FileSystem | Path.Path | Scope.Scope> => {
  const { output } = options
  if (output === undefined) {
    return Effect.succeed((received) => Effect.as(told(options, { ...received, path: undefined }), Status.success))
  }
  const disk = QuickDisk.make()
  return StorageFolder.make({ directory: output, disk, writer, onStored: (stored) => told(options, stored) }).pipe(
    Effect.tap(({ directory }) => probe(disk, directory)),
    Effect.map((folder) => folder.store),
    Effect.mapError((error) => {
      const { _tag } = error.reason
      const refusal =
        _tag === "AlreadyExists"
          ? "it is no folder"
          : _tag === "PermissionDenied"
            ? "writing there is not permitted"
            : _tag === "NotFound"
              ? "there can be no such folder"
              : Failure.refusalOf(error)
      return Failure.make(
        codes.files,
        `Cannot store into ${output}: ${refusal}. Give a folder that can be written to with --output.`
      )
    })
  )
}

/** Whether a file can be made in a folder: better found out now than when the first instance comes. */
const probe = Effect.fnUntraced(function* (disk: StorageFolder.Disk, directory: string) {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const path = paths.join(directory, `.0.${writer.name}-probe-0.part`)
  yield* Effect.ensuring(Effect.scoped(disk.create(path)), Effect.ignore(fs.remove(path, { force: true })))
})

/** Processes of other machines may write into the folder too, and of those nothing is known. */
const machine = createHash("sha256").update(hostname()).digest("hex").slice(0, 8)

/** A process of this machine: its name is that of the machine and its number. */
const writer: StorageFolder.Writer = {
  name: `${machine}p${process.pid}`,
  isRunning: (name) => {
    const [theirs, pid] = name.split("p")
    return theirs !== machine || isProcess(Number(pid))
  }
}

const isProcess = (pid: number): boolean =>
  Result.match(
    Result.try(() => process.kill(pid, 0)),
    {
      onSuccess: () => true,
      // It is there, but another's.
      onFailure: (error) => Predicate.hasProperty(error, "code") && error.code === "EPERM"
    }
  )

const told = (
  options: Telling,
  stored: Pick<StorageFolder.Stored, "sopClassUid" | "sopInstanceUid" | "transferSyntaxUid"> & {
    readonly path: string | undefined
    readonly length?: number
  }
): Effect.Effect<void> => {
  if (!options.verbose) return Effect.void
  const { length, path, sopClassUid, sopInstanceUid, transferSyntaxUid } = stored
  return Console.log(
    options.json
      ? JSON.stringify({ type: "stored", path, sopClassUid, sopInstanceUid, transferSyntaxUid, length })
      : `${path === undefined ? "received" : "stored"} ${sopInstanceUid}, ${UidRegistry.format(sopClassUid)}, ${UidRegistry.format(
          transferSyntaxUid
        )}`
  )
}
