/**
 * A file as an instance to be stored: its head tells which instance it is, and its data set is read when it is sent.
 *
 * @since 0.1.0
 */
import * as Element from "@effect-dicom/data/Element"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Tag from "@effect-dicom/data/Tag"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { systemError } from "effect/PlatformError"
import type { PlatformError } from "effect/PlatformError"
import * as Stream from "effect/Stream"
import * as Failure from "./Failure.ts"
import * as QuickDisk from "./QuickDisk.ts"

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
  /** The data set itself, where it was read with the head and there was room to keep it. */
  readonly kept: Uint8Array | undefined
}

/**
 * Room for the data sets of small files, so that they are not read twice.
 *
 * @category models
 * @since 0.1.0
 */
export interface Room {
  /** In bytes. */
  left: number
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

/** Reads at once what it can: a file at a time, since it waits for nothing. */
const quick = QuickDisk.reader()

/** For heads that are read at once. */
const quickHead = new Uint8Array(headLength)

/**
 * Reads the head of a file, and keeps all of it if it is small and there is room.
 *
 * @category operations
 * @since 0.1.0
 */
export const inspect = (
  path: string,
  room: Room = { left: 0 }
): Effect.Effect<InstanceFile | NoInstance, never, FileSystem.FileSystem> =>
  Effect.suspend(() => {
    const told = inspectAtOnce(path, room)
    return told === undefined ? inspectByThreads(path, room) : Effect.succeed(told)
  })

/** Heads of files that threads read at the same time. */
const inspections = 16

/**
 * The same of many files: one after another where that can be done at once, and then those that threads have to read.
 *
 * @category operations
 * @since 0.1.0
 */
export const inspectAll = Effect.fnUntraced(function* (
  paths: ReadonlyArray<string>,
  room: Room = { left: 0 }
): Effect.fn.Return<ReadonlyArray<InstanceFile | NoInstance>, never, FileSystem.FileSystem> {
  const told: Array<InstanceFile | NoInstance | undefined> = []
  const left: Array<readonly [at: number, path: string]> = []
  yield* Effect.forEach(
    paths,
    (path, at) =>
      Effect.sync(() => {
        const one = inspectAtOnce(path, room)
        told.push(one)
        if (one === undefined) left.push([at, path])
      }),
    { discard: true }
  )
  yield* Effect.forEach(
    left,
    ([at, path]) =>
      Effect.map(inspectByThreads(path, room), (one) => {
        told[at] = one
      }),
    { concurrency: inspections, discard: true }
  )
  return told.filter((one) => one !== undefined)
})

const inspectAtOnce = (path: string, room: Room): InstanceFile | NoInstance | undefined => {
  const read = quick(path, quickHead, 0)
  const told = read === undefined ? undefined : instanceOf(path, read, room)
  return told === undefined || told._tag === "Need more" ? undefined : told
}

const inspectByThreads = (
  path: string,
  room: Room
): Effect.Effect<InstanceFile | NoInstance, never, FileSystem.FileSystem> =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const head = yield* headBuffer
      const file = yield* fs.open(path)
      const size = Number((yield* file.stat).size)
      let wanted = headLength
      while (true) {
        const length = Math.min(wanted, size)
        const bytes = yield* fill(file, length <= headLength ? head.subarray(0, length) : new Uint8Array(length), 0)
        const told = instanceOf(path, { bytes, size }, room)
        if (told._tag !== "Need more") return told
        if (bytes.length < wanted) return noInstance("no instance", path, "it ends within an element")
        wanted = Math.max(told.size, 2 * wanted)
      }
    })
  ).pipe(
    Effect.catch((error) => Effect.succeed<NoInstance>({ _tag: "unreadable", path, detail: Failure.refusalOf(error) }))
  )

/** What the beginning of a file tells, or how much more it takes. */
const instanceOf = (
  path: string,
  { bytes, size }: QuickDisk.Read,
  room: Room
): InstanceFile | NoInstance | Element.NeedMore => {
  const read = FileFormat.instance(bytes, { size })
  if (read._tag === "Failure") {
    const { detail, offset, reason } = read.failure
    return noInstance(reason === "not DICOM" ? reason : "no instance", path, `at byte ${offset}, ${detail}`)
  }
  const instance = read.success
  if (instance._tag === "Need more") return instance
  if (instance.sopClassUid === SopClass.MediaStorageDirectoryStorage) {
    return noInstance("DICOMDIR", path, "it tells of instances and is none")
  }
  const { dataSetOffset, transferSyntax } = instance.file
  // What the head tells of the pixel data shows a file that was cut there, before it replaces a whole one.
  const pixels = transferSyntax.deflated
    ? undefined
    : Element.find(bytes, dataSetOffset, transferSyntax, [Tag.PixelData], { size })
  if (pixels?._tag === "Failure") return noInstance("no instance", path, pixels.failure.message)
  const keeps = bytes.length === size && size <= room.left
  if (keeps) room.left -= size
  return {
    _tag: "Instance" as const,
    path,
    sopClassUid: instance.sopClassUid,
    sopInstanceUid: instance.sopInstanceUid,
    transferSyntaxUid: transferSyntax.uid,
    dataSetOffset,
    length: size - dataSetOffset,
    kept: keeps ? copied(bytes.subarray(dataSetOffset)) : undefined
  }
}

/** What is copied shares blocks of so many bytes: to allocate an array for each small file costs more than the copy. */
const blockLength = 1 << 18
let block = new Uint8Array(0)
let blockUsed = 0

const copied = (bytes: Uint8Array): Uint8Array => {
  if (blockUsed + bytes.length > block.length) {
    block = new Uint8Array(blockLength)
    blockUsed = 0
  }
  const copy = block.subarray(blockUsed, blockUsed + bytes.length)
  copy.set(bytes)
  blockUsed += bytes.length
  return copy
}

const heads: Array<Uint8Array> = []

/** A buffer for the head of a file, as long as the scope is open. */
const headBuffer = Effect.acquireRelease(
  Effect.sync(() => heads.pop() ?? new Uint8Array(headLength)),
  (buffer) => Effect.sync(() => void heads.push(buffer))
)

const noInstance = (_tag: NoInstance["_tag"], path: string, detail: string): NoInstance => ({ _tag, path, detail })

// -----------------------------------------------------------------------------
// data sets
// -----------------------------------------------------------------------------

/** The length of a buffer, in bytes: shorter data sets are read whole. */
const bufferLength = 1 << 20

/**
 * Buffers that data sets are read through, in turn: one is filled while what was read into another may still be on its
 * way.
 *
 * @category models
 * @since 0.1.0
 */
export interface Buffers {
  /** For a data set that is read whole. What is in it stays until the one after the next is read. */
  readonly whole: () => Uint8Array
  /** For the parts of a longer one. */
  readonly part: () => Uint8Array
}

/**
 * Buffers of 1 MiB each, made as they are needed, for files that are sent one after another.
 *
 * @category constructors
 * @since 0.1.0
 */
export const buffers = (): Buffers => ({ whole: ring(2), part: ring(3) })

const ring = (count: number): (() => Uint8Array) => {
  const made: Array<Uint8Array> = []
  let turn = 0
  return () => {
    const at = turn++ % count
    return (made[at] ??= new Uint8Array(bufferLength))
  }
}

/**
 * The bytes of an instance's data set, as they are in the file: a short one in one view, a longer one as a stream that
 * tells how much it has read.
 *
 * @category operations
 * @since 0.1.0
 */
export const dataSet = (
  file: InstanceFile,
  buffers: Buffers,
  onPart: (bytes: number) => void = () => {}
): Effect.Effect<
  ReadonlyArray<Uint8Array> | Stream.Stream<Uint8Array, PlatformError, FileSystem.FileSystem>,
  PlatformError,
  FileSystem.FileSystem
> =>
  file.kept !== undefined
    ? Effect.succeed([file.kept])
    : file.length <= bufferLength
      ? whole(file, buffers)
      : Effect.succeed(parts(file, buffers, onPart))

const whole = (
  file: InstanceFile,
  buffers: Buffers
): Effect.Effect<ReadonlyArray<Uint8Array>, PlatformError, FileSystem.FileSystem> =>
  Effect.suspend(() => {
    const buffer = buffers.whole().subarray(0, file.length)
    const read = quick(file.path, buffer, file.dataSetOffset)
    if (read === undefined) return wholeByThreads(file, buffer)
    return read.bytes.length === file.length ? Effect.succeed([read.bytes]) : changed(file)
  })

const wholeByThreads = Effect.fnUntraced(function* (file: InstanceFile, buffer: Uint8Array) {
  const fs = yield* FileSystem.FileSystem
  const source = yield* fs.open(file.path)
  const bytes = yield* fill(source, buffer, file.dataSetOffset)
  return bytes.length === file.length ? [bytes] : yield* changed(file)
}, Effect.scoped)

/** A file that is shorter than it was must not go for a whole instance. */
const changed = (file: InstanceFile): Effect.Effect<never, PlatformError> =>
  Effect.fail(
    systemError({
      _tag: "UnexpectedEof",
      module: "InstanceFile",
      method: "dataSet",
      description: "it has become shorter while it was read",
      pathOrDescriptor: file.path
    })
  )

const parts = (
  file: InstanceFile,
  buffers: Buffers,
  onPart: (bytes: number) => void
): Stream.Stream<Uint8Array, PlatformError, FileSystem.FileSystem> =>
  Stream.fromPull(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const source = yield* fs.open(file.path)
      let position = file.dataSetOffset
      const end = file.dataSetOffset + file.length
      type Read = Effect.Effect<readonly [Uint8Array], PlatformError | Cause.Done>
      const read: Read = Effect.suspend((): Read => {
        if (position === end) return Cause.done()
        const buffer = buffers.part().subarray(0, Math.min(bufferLength, end - position))
        return Effect.flatMap(source.read(buffer, { position: BigInt(position) }), (count) => {
          if (count === 0) return changed(file)
          position += count
          onPart(count)
          return Effect.succeed([buffer.subarray(0, count)] as const)
        })
      })
      return read
    })
  ).pipe(Stream.scoped)

/** Reads until a buffer is full or the file at its end, and gives what is filled of the buffer. */
const fill = Effect.fnUntraced(function* (file: FileSystem.File, buffer: Uint8Array, position: number) {
  let at = 0
  while (at < buffer.length) {
    const count = yield* file.read(buffer.subarray(at), { position: BigInt(position + at) })
    if (count === 0) break
    at += count
  }
  return buffer.subarray(0, at)
})
