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
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Pull from "effect/Pull"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
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
 * @category options
 * @since 0.1.0
 */
export interface Options {
  readonly directory: string
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
  yield* fs.makeDirectory(directory, { recursive: true })
  // A renamed file is on the disk when its folder is. Where a folder cannot be flushed it need not be.
  const sync = yield* fs.open(directory, { flag: "r" }).pipe(
    Effect.tap((folder) => folder.sync),
    Effect.map((folder) => folder.sync),
    Effect.orElseSucceed(() => Effect.void)
  )
  const buffers: Array<Uint8Array> = []
  const buffer = Effect.acquireRelease(
    Effect.sync(() => buffers.pop() ?? new Uint8Array(bufferLength)),
    (buffer) =>
      Effect.sync(() => {
        if (buffers.length < buffersKept) buffers.push(buffer)
      })
  )
  const path = (sopInstanceUid: Uid.Uid): string => paths.join(directory, `${sopInstanceUid}.dcm`)
  // What a run that was killed has left behind is in nobody's way.
  const run = (yield* Random.nextIntBetween(0, 0x7fffffff)).toString(36)
  let count = 0

  const write = Effect.fnUntraced(function* (received: Storage.Received, head: Uint8Array, partial: string) {
    const file = yield* fs.open(partial, { flag: "wx" })
    const held = yield* buffer
    held.set(head)
    let used = head.length
    let length = 0
    let views = yield* next(received)
    // What the disk is at work on is waited for: its file must not be closed under it, nor its buffer be given away.
    while (views !== undefined) {
      for (const view of views) {
        length += view.length
        for (let at = 0; at < view.length;) {
          const taken = Math.min(view.length - at, held.length - used)
          held.set(view.subarray(at, at + taken), used)
          at += taken
          used += taken
          if (used === held.length) {
            yield* Effect.uninterruptible(file.writeAll(held))
            used = 0
          }
        }
      }
      views = yield* next(received)
    }
    if (used > 0) yield* Effect.uninterruptible(file.writeAll(held.subarray(0, used)))
    yield* Effect.uninterruptible(file.sync)
    return length
  }, Effect.scoped)

  const store = Effect.fn("StorageFolder.store")(function* (received: Storage.Received) {
    const { association, sopClassUid, sopInstanceUid, transferSyntaxUid } = received
    if (!Uid.isUid(sopInstanceUid)) return Status.failures.invalidSopInstance
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
    if (Result.isFailure(meta)) return C_STORE.failures.cannotUnderstand
    const target = path(sopInstanceUid)
    const partial = paths.join(directory, `.${sopInstanceUid}.${run}-${count++}.part`)
    return yield* write(received, FileMetaInformation.encode(meta.success), partial).pipe(
      Effect.flatMap((length) =>
        fs
          .rename(partial, target)
          .pipe(
            Effect.andThen(sync),
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
          Effect.logError(`Instance ${sopInstanceUid} could not be stored`, error),
          C_STORE.failures.outOfResources
        )
      )
    )
  })

  return { directory, path, store }
})

const next = (received: Storage.Received) => Pull.catchDone(received.pull, () => Effect.succeed(undefined))
