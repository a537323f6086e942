/**
 * A file as an instance to be stored: its head tells which instance it is, and its data set is read when it is sent.
 *
 * @since 0.1.0
 */
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as SopClass from "@effect-dicom/data/SopClass"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Stream from "effect/Stream"
import * as Failure from "./Failure.ts"

/**
 * A file that holds an instance.
 *
 * @category models
 * @since 0.1.0
 */
export interface InstanceFile {
  readonly _tag: "Instance"
  readonly path: string
  readonly sopClassUid: Uid
  readonly sopInstanceUid: Uid
  readonly transferSyntaxUid: Uid
  /** Where the data set begins, in bytes. It ends with the file. */
  readonly dataSetOffset: number
  /** The length of the data set, in bytes. */
  readonly length: number
}

/**
 * A file that holds none, and why.
 *
 * @category models
 * @since 0.1.0
 */
export interface NoInstance {
  readonly _tag: "not DICOM" | "no instance" | "DICOMDIR" | "unreadable"
  readonly path: string
  readonly detail: string
}

/** As much of a file as is read at first, in bytes; it nearly always tells all. */
const headLength = 1 << 16

/**
 * Reads the head of a file.
 *
 * @category operations
 * @since 0.1.0
 */
export const inspect = (path: string): Effect.Effect<InstanceFile | NoInstance, never, FileSystem.FileSystem> =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const file = yield* fs.open(path)
      const size = Number((yield* file.stat).size)
      let wanted = headLength
      while (true) {
        const head = yield* readHead(file, Math.min(wanted, size))
        const read = FileFormat.instance(head, { size })
        if (read._tag === "Failure") {
          const { detail, offset, reason } = read.failure
          return noInstance(reason === "not DICOM" ? reason : "no instance", path, `at byte ${offset}, ${detail}`)
        }
        const instance = read.success
        if (instance._tag === "Need more") {
          if (head.length < wanted) return noInstance("no instance", path, "it ends within an element")
          wanted = Math.max(instance.size, 2 * wanted)
          continue
        }
        if (instance.sopClassUid === SopClass.MediaStorageDirectoryStorage) {
          return noInstance("DICOMDIR", path, "it tells of instances and is none")
        }
        return {
          _tag: "Instance" as const,
          path,
          sopClassUid: instance.sopClassUid,
          sopInstanceUid: instance.sopInstanceUid,
          transferSyntaxUid: instance.file.transferSyntax.uid,
          dataSetOffset: instance.file.dataSetOffset,
          length: size - instance.file.dataSetOffset
        }
      }
    })
  ).pipe(
    Effect.catch((error) => Effect.succeed<NoInstance>({ _tag: "unreadable", path, detail: Failure.refusalOf(error) }))
  )

const noInstance = (_tag: NoInstance["_tag"], path: string, detail: string): NoInstance => ({ _tag, path, detail })

const readHead = Effect.fnUntraced(function* (file: FileSystem.File, length: number) {
  const head = new Uint8Array(length)
  let at = 0
  while (at < length) {
    const count = yield* file.read(head.subarray(at), { position: BigInt(at) })
    if (count === 0) break
    at += count
  }
  return head.subarray(0, at)
})

/**
 * Buffers that files are read through, in turn. One is filled while what was read into another may still be on its way.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ring {
  readonly next: () => Uint8Array
}

/** The length of a buffer of the ring, in bytes. */
const bufferLength = 1 << 20

/**
 * A ring of buffers of 1 MiB each, made as they are needed. For one file at a time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ring = (count = 4): Ring => {
  const buffers: Array<Uint8Array> = []
  let turn = 0
  return {
    next: () => {
      const at = turn++ % count
      return (buffers[at] ??= new Uint8Array(bufferLength))
    }
  }
}

/**
 * The bytes of an instance's data set, as they are in the file: a small one in one view, a large one as a stream.
 *
 * @category operations
 * @since 0.1.0
 */
export const dataSet = (
  file: InstanceFile,
  ring: Ring,
  onRead: (bytes: number) => void = () => {}
): Effect.Effect<
  ReadonlyArray<Uint8Array> | Stream.Stream<Uint8Array, PlatformError, FileSystem.FileSystem>,
  PlatformError,
  FileSystem.FileSystem
> =>
  file.length < bufferLength
    ? Effect.map(
        Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFile(file.path)),
        (bytes) => {
          onRead(bytes.length - file.dataSetOffset)
          return [bytes.subarray(file.dataSetOffset)]
        }
      )
    : Effect.succeed(
        Stream.fromPull(
          Effect.gen(function* () {
            const fs = yield* FileSystem.FileSystem
            const source = yield* fs.open(file.path)
            let position = file.dataSetOffset
            const read: Effect.Effect<readonly [Uint8Array], PlatformError | Cause.Done> = Effect.suspend(() => {
              const buffer = ring.next()
              return Effect.flatMap(source.read(buffer, { position: BigInt(position) }), (count) => {
                if (count === 0) return Cause.done()
                position += count
                onRead(count)
                return Effect.succeed([buffer.subarray(0, count)] as const)
              })
            })
            return read
          })
        ).pipe(Stream.scoped)
      )
