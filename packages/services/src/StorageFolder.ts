/**
 * A folder that keeps what a storage provider takes, each instance a file of PS3.10: written beside its name as it
 * arrives, and under its name only when it is complete and on the disk. Success is said after that and not before.
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import type { AssociationError } from "@effect-dicom/association"
import * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import * as Uid from "@effect-dicom/data/Uid"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Status from "@effect-dicom/protocol/Status"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Pull from "effect/Pull"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { traced } from "./internal/traced.ts"
import type * as Storage from "./Storage.ts"

/**
 * A folder in which instances are stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface StorageFolder {
  readonly directory: string
  /** Where an instance is, or will be: `<SOP Instance UID>.dcm`. */
  readonly path: (sopInstanceUid: Uid.Uid) => string
  /**
   * Stores an instance; the handler of `Storage.provider`. The same instance twice replaces the file by its like. What
   * the disk refuses is answered with "Refused: Out of resources" and logged; an association that ends before the last
   * byte leaves nothing.
   */
  readonly store: (received: Storage.Received) => Effect.Effect<Status.Status, AssociationError.Broken>
}

/**
 * What a folder asks of the disk, while instances arrive. Default: the `FileSystem`, of which each call is one to a thread
 * of its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Disk {
  /** Creates a file, which must not be there yet; it is closed with the scope. */
  readonly create: (
    path: string
  ) => Effect.Effect<Pick<FileSystem.File, "writeAll" | "sync">, PlatformError, Scope.Scope>
  readonly rename: (from: string, to: string) => Effect.Effect<void, PlatformError>
  /** Opens a directory, whose names are on the disk after its `sync`. */
  readonly directory: (path: string) => Effect.Effect<Pick<FileSystem.File, "sync">, PlatformError, Scope.Scope>
  /** What arrives in so many bytes or more is written as it is; what is shorter is gathered first. */
  readonly worthWriting: number
}

/**
 * Who writes into a folder: that of a name whose process runs no more has left nothing that anybody needs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Writer {
  /** Lower-case letters and digits. */
  readonly name: string
  /** Whether the writer of a name may still be at work; true where that cannot be known. */
  readonly isRunning: (name: string) => boolean
}

/**
 * Which folder, and how it is written.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  readonly directory: string
  readonly disk?: Disk
  /** Who this is. What writers that run no more have left unfinished is then removed. Default: nobody, nothing is. */
  readonly writer?: Writer
  /** Is told of each instance that is stored. */
  readonly onStored?: (stored: Stored) => Effect.Effect<void>
}

/**
 * An instance that has been stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface Stored {
  readonly path: string
  readonly sopClassUid: Uid.Uid
  readonly sopInstanceUid: Uid.Uid
  readonly transferSyntaxUid: Uid.Uid
  /** The length of the data set, in bytes. */
  readonly length: number
}

/** Bytes that one write to the disk holds. */
const bufferLength = 1 << 18

/** Buffers kept for the next instance; more are made when more are needed, and dropped. */
const buffersKept = 16

/** The names of files that are being written: `.<SOP Instance UID>.<writer>-<run>-<number>.part`. */
const unfinished = /^\.[0-9.]+\.([0-9a-z]+)-([0-9a-z]+)-[0-9]+\.part$/

/** The runs of this process. */
const runs = new Set<string>()

/**
 * Opens a folder, and makes it if it is not there.
 *
 * **Example** (An SCP that stores into a folder)
 *
 * ```ts
 * import { ServiceClassProvider, Storage, StorageFolder } from "@effect-dicom/services"
 * import { Effect, Layer } from "effect"
 *
 * const server = Layer.unwrap(Effect.map(
 *   StorageFolder.make({ directory: "incoming" }),
 *   (folder) => ServiceClassProvider.layer([Storage.provider(folder.store)])
 * ))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fn("StorageFolder.make")(function* (
  options: Options
): Effect.fn.Return<StorageFolder, PlatformError, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const directory = paths.resolve(options.directory)
  yield* makeDirectory(fs, paths, directory)
  const disk = options.disk ?? {
    create: (path) => fs.open(path, { flag: "wx" }),
    rename: fs.rename,
    directory: (path) => fs.open(path, { flag: "r" }),
    worthWriting: bufferLength
  }
  // A renamed file is on the disk when its folder is: the one of that name now, another may have taken its place. Where a
  // folder cannot be flushed it need not be.
  const sync = Effect.scoped(Effect.flatMap(disk.directory(directory), (folder) => folder.sync))
  const isFlushed = yield* Effect.match(sync, { onSuccess: () => true, onFailure: () => false })
  const settle = yield* together(isFlushed ? sync : Effect.void)
  const buffers: Array<Uint8Array> = []
  const buffer = Effect.acquireRelease(
    Effect.sync(() => buffers.pop() ?? new Uint8Array(bufferLength)),
    (buffer) =>
      Effect.sync(() => {
        if (buffers.length < buffersKept) buffers.push(buffer)
      })
  )
  const path = (sopInstanceUid: Uid.Uid): string => paths.join(directory, `${sopInstanceUid}.dcm`)
  const run = yield* Effect.acquireRelease(
    Effect.map(Random.nextIntBetween(0, 0x7fffffff), (number) => {
      const run = number.toString(36)
      runs.add(run)
      return run
    }),
    (run) => Effect.sync(() => void runs.delete(run))
  )
  const { writer } = options
  let count = 0
  const partOf = (name: string): string =>
    paths.join(directory, `.${name}.${writer?.name ?? "0"}-${run}-${count++}.part`)
  if (writer !== undefined) {
    for (const name of yield* fs.readDirectory(directory)) {
      const [, by = "", theirs = ""] = unfinished.exec(name) ?? []
      const isLeft = by !== "" && !runs.has(theirs) && (by === writer.name || !writer.isRunning(by))
      if (isLeft) yield* Effect.ignore(fs.remove(paths.join(directory, name)))
    }
  }

  const write = Effect.fnUntraced(function* (received: Storage.Received, head: Uint8Array, partial: string) {
    const file = yield* disk.create(partial)
    const held = yield* buffer
    held.set(head)
    let used = head.length
    let length = 0
    const flush = Effect.suspend(() => {
      const full = held.subarray(0, used)
      used = 0
      return file.writeAll(full)
    })
    let views = yield* next(received)
    // What the disk is at work on is waited for: its file must not be closed under it, nor its buffer be given away.
    while (views !== undefined) {
      for (const view of views) {
        length += view.length
        if (view.length >= disk.worthWriting) {
          if (used > 0) yield* Effect.uninterruptible(flush)
          yield* Effect.uninterruptible(file.writeAll(view))
          continue
        }
        for (let at = 0; at < view.length;) {
          const taken = Math.min(view.length - at, held.length - used)
          held.set(view.subarray(at, at + taken), used)
          at += taken
          used += taken
          if (used === held.length) yield* Effect.uninterruptible(flush)
        }
      }
      views = yield* next(received)
    }
    if (used > 0) yield* Effect.uninterruptible(flush)
    yield* Effect.uninterruptible(file.sync)
    return length
  }, Effect.scoped)

  const stored = (received: Storage.Received): Effect.Effect<Status.Status, AssociationError.Broken> => {
    const { sopClassUid, sopInstanceUid, transferSyntaxUid } = received
    if (!Uid.isUid(sopInstanceUid)) return Effect.succeed(Status.failures.invalidSopInstance)
    const meta = metaInformation(received)
    if (Result.isFailure(meta)) return Effect.succeed(C_STORE.failures.cannotUnderstand)
    const target = path(sopInstanceUid)
    const partial = partOf(sopInstanceUid)
    return write(received, FileMetaInformation.encode(meta.success), partial).pipe(
      Effect.flatMap((length) =>
        disk
          .rename(partial, target)
          .pipe(
            Effect.andThen(settle),
            Effect.andThen(
              options.onStored?.({ path: target, sopClassUid, sopInstanceUid, transferSyntaxUid, length }) ??
                Effect.void
            )
          )
      ),
      Effect.as(Status.success),
      Effect.onError(() => Effect.ignore(fs.remove(partial, { force: true }))),
      Effect.catchTag("PlatformError", (error) =>
        Effect.as(
          Effect.logError(
            `Instance ${sopInstanceUid} could not be stored in ${options.directory}: ${refusalOf(error)}`
          ),
          C_STORE.failures.outOfResources
        )
      )
    )
  }
  const store = (received: Storage.Received) =>
    traced(
      "StorageFolder.store",
      Effect.suspend(() => stored(received))
    )

  return { directory, path, store }
})

/** What was made for associations, by SOP class and transfer syntax: to make one takes as long as to write 100 kB. */
const made = new WeakMap<Association.Association, Map<string, FileMetaInformation.FileMetaInformation>>()

const metaInformation = (received: Storage.Received): ReturnType<typeof FileMetaInformation.make> => {
  const { association, sopClassUid, sopInstanceUid, transferSyntaxUid } = received
  const known = made.get(association) ?? new Map<string, FileMetaInformation.FileMetaInformation>()
  const key = `${sopClassUid} ${transferSyntaxUid}`
  const before = known.get(key)
  if (before !== undefined) return Result.succeed(FileMetaInformation.ofInstance(before, sopInstanceUid))
  const fields = {
    mediaStorageSopClassUid: sopClassUid,
    mediaStorageSopInstanceUid: sopInstanceUid,
    transferSyntaxUid,
    implementationClassUid: Uid.makeUnsafe(Association.implementation.classUid),
    implementationVersionName: Association.implementation.versionName
  }
  // An AE title that only leniency let pass is not one that a file may hold.
  const meta = Result.orElse(
    FileMetaInformation.make({ ...fields, sourceApplicationEntityTitle: association.callingAETitle }),
    () => FileMetaInformation.make(fields)
  )
  if (Result.isSuccess(meta)) made.set(association, known.set(key, meta.success))
  return meta
}

/** Makes a directory and those it is in. (Node's own way never ends where a parent can have none, as in /proc.) */
const makeDirectory = (
  fs: FileSystem.FileSystem,
  paths: Path.Path,
  directory: string
): Effect.Effect<void, PlatformError> =>
  fs.makeDirectory(directory).pipe(
    Effect.catchTag("PlatformError", (error) => {
      const parent = paths.dirname(directory)
      if (error.reason._tag === "NotFound" && parent !== directory) {
        return Effect.andThen(makeDirectory(fs, paths, parent), fs.makeDirectory(directory))
      }
      return Effect.flatMap(
        Effect.orElseSucceed(
          Effect.map(fs.stat(directory), ({ type }) => type === "Directory"),
          () => false
        ),
        (isThere) => (isThere ? Effect.void : Effect.fail(error))
      )
    })
  )

/** One flush for all who wait for one: it counts for whoever asked before it began. */
const together = Effect.fnUntraced(function* (flush: Effect.Effect<void, PlatformError>) {
  const lock = yield* Semaphore.make(1)
  let upcoming: Deferred.Deferred<void, PlatformError> | undefined
  return Effect.suspend(() => {
    if (upcoming !== undefined) return Deferred.await(upcoming)
    const mine = Deferred.makeUnsafe<void, PlatformError>()
    upcoming = mine
    return Effect.suspend(() => {
      upcoming = undefined
      return Effect.onExit(flush, (exit) => Deferred.done(mine, exit))
    }).pipe(lock.withPermits(1), Effect.uninterruptible)
  })
})

const next = (received: Storage.Received) => Pull.catchDone(received.pull, () => Effect.succeed(undefined))

/** What the disk refused, in a few words where it is what an operator can mend. */
const refusalOf = (error: PlatformError): string => {
  if (error.reason._tag === "NotFound") return "the folder is there no more"
  if (error.reason._tag === "PermissionDenied") return "it is not permitted"
  return error.message.includes("ENOSPC") ? "there is no room left" : error.message
}
