/**
 * DICOM files as the command reads them: the head at once, the data set in chunks, inflated where it is deflated, so that
 * a file may be larger than memory. What is in a data set is not this file's business.
 *
 * @since 0.1.0
 */
import type * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import type { InvalidDataSet } from "@effect-dicom/data/InvalidDataSet"
import * as Limits from "@effect-dicom/data/Limits"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import { identity } from "effect/Function"
import * as Pull from "effect/Pull"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createDeflateRaw, createInflateRaw } from "node:zlib"
import * as Deflation from "./Deflation.ts"
import * as Failure from "./Failure.ts"
import { Input } from "./Input.ts"
import * as LimitFlag from "./LimitFlag.ts"

/**
 * A file that cannot be read, or is not DICOM.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnreadableFile extends Schema.TaggedError<UnreadableFile>()("UnreadableFile", {
  path: Schema.String,
  detail: Schema.String,
  /** Whether a lenient reader may read some of it. */
  isDamaged: Schema.optionalKey(Schema.Boolean)
}) {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

/**
 * A file whose head was read.
 *
 * @category models
 * @since 0.1.0
 */
export interface DicomFile {
  readonly path: string
  /** What it is called in messages. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** Everything before the data set. */
  readonly head: Uint8Array
  readonly format: FileFormat.FileFormat
  /** The bytes of the data set, inflated; leniently, as many of them as can be. */
  readonly chunks: Stream.Stream<Uint8Array, UnreadableFile>
  /** The same, each chunk in the place of the one before: nothing of it can be kept. */
  readonly passing: Stream.Stream<Uint8Array, UnreadableFile>
  /** Once the chunks have been read: what is not as it should be with what they were inflated from, by kind. */
  readonly irregularity: () => { readonly kind: string; readonly detail: string } | undefined
  /** How its data set is to be read: of a deflated one the size is not known. */
  readonly reading: DataSetReader.Options
}

/**
 * What a data set of a file may cost, where nobody says more or less: 4 GiB inflated, and otherwise as `Limits` has it.
 *
 * **Details**
 *
 * Files are read in chunks, so that what is inflated costs time and no memory. 4 GiB is more than the longest value that a
 * data set holds, and what real deflated files (segmentations, annotations, reports) stay below; a bomb, of which each byte
 * inflates to a thousand, ends there after some seconds.
 *
 * @category defaults
 * @since 0.1.0
 */
export const limits: Limits.Limits = Limits.make({ inflatedSize: 0x100000000 })

/** As much of a file as is read at first, in bytes; it nearly always has the whole head. */
const headLength = 1 << 16

/** What is read at once, in bytes. */
const chunkSize = 1 << 18

/**
 * Reads the head of a file.
 *
 * **Details**
 *
 * With `lenient`, a deflated data set ends where it cannot be inflated any further.
 *
 * @category operations
 * @since 0.1.0
 */
export const open = Effect.fnUntraced(
  function* (
    path: string,
    options: { readonly lenient: boolean; readonly name?: string; readonly limits?: Partial<Limits.Limits> }
  ): Effect.fn.Return<DicomFile, UnreadableFile | PlatformError, FileSystem.FileSystem> {
    const fs = yield* FileSystem.FileSystem
    const name = options.name ?? path
    const unreadable = (detail: string): UnreadableFile => new UnreadableFile({ path: name, detail })
    const info = yield* fs.stat(path)
    if (info.type === "Directory") return yield* unreadable("it is a folder")
    if (info.type !== "File") return yield* unreadable("it is neither a file nor a folder")
    const size = Number(info.size)
    let wanted = headLength
    while (true) {
      const bytes = yield* range(path, 0, Math.min(wanted, size))
      const format = yield* Effect.mapError(Effect.fromResult(FileFormat.read(bytes, { size })), (error) =>
        unreadable(error.message)
      )
      if (format._tag === "Need more") {
        if (bytes.length >= size) return yield* unreadable("it ends within its head")
        wanted = Math.max(format.size, 2 * wanted)
        continue
      }
      const { dataSetOffset, transferSyntax } = format
      const refused = (error: PlatformError): UnreadableFile => unreadable(Failure.refusalOf(error))
      const raw = Stream.mapError(fs.stream(path, { offset: dataSetOffset, chunkSize }), refused)
      const allowed = { ...limits, ...options.limits }
      let told: ReturnType<DicomFile["irregularity"]>
      const whole = Stream.suspend(() => {
        told = undefined
        // Of a data set without elements there may be nothing to inflate.
        if (!transferSyntax.deflated || size === dataSetOffset) return raw
        const passing = Stream.mapError(inOneBuffer(fs, path, dataSetOffset), refused)
        const ended = Effect.fnUntraced(
          function* (deflatedSize: number) {
            const behind = size - dataSetOffset - deflatedSize
            const isPad = behind === 1 && (size - dataSetOffset) % 2 === 0 && (yield* range(path, size - 1, 1))[0] === 0
            if (behind > 0 && !isPad) told = { kind: "trailing bytes", detail: behindOf(behind) }
          },
          Effect.provideService(FileSystem.FileSystem, fs),
          Effect.mapError(refused)
        )
        const bytes = inflated(name, options.lenient ? Stream.flatMap(passing, pieces) : passing, allowed, ended)
        if (!options.lenient) return bytes
        return Stream.catchTag(bytes, "UninflatableFile", ({ detail }) => {
          told = { kind: "damage", detail }
          return Stream.empty
        })
      })
      const chunks = whole.pipe(
        Stream.mapError((error) =>
          error._tag === "UnreadableFile"
            ? error
            : new UnreadableFile({ path: name, detail: error.detail, isDamaged: true })
        ),
        Stream.map(plain)
      )
      return {
        path,
        name,
        size,
        head: new Uint8Array(bytes.subarray(0, dataSetOffset)),
        format,
        chunks,
        passing: transferSyntax.deflated ? chunks : Stream.mapError(inOneBuffer(fs, path, dataSetOffset), refused),
        irregularity: () => told,
        reading: {
          transferSyntax,
          limits: allowed,
          lenient: options.lenient,
          ...(transferSyntax.deflated ? undefined : { size: size - dataSetOffset })
        }
      }
    }
  },
  (effect, path, { name = path }) =>
    Effect.catchTag(effect, "PlatformError", (error) =>
      Effect.fail(new UnreadableFile({ path: name, detail: Failure.refusalOf(error) }))
    )
)

/**
 * The argument that stands for the standard input.
 *
 * @category standard input
 * @since 0.1.0
 */
export const standardInput = "-"

/**
 * Where a file is, and what it is called in messages.
 *
 * @category standard input
 * @since 0.1.0
 */
export interface Place {
  readonly path: string
  readonly name: string
}

/**
 * The place of what comes from the standard input, until the scope is left: a file, since it is gone through twice, and may
 * be larger than memory.
 *
 * @category standard input
 * @since 0.1.0
 */
export const fromInput: Effect.Effect<Place, UnreadableFile, FileSystem.FileSystem | Scope.Scope> = Effect.gen(
  function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* fs.makeTempFileScoped({ prefix: "dicom-" })
    yield* Stream.run(yield* Input, fs.sink(path))
    return { path, name: "standard input" }
  }
).pipe(
  Effect.catchTag("PlatformError", (error) =>
    Effect.fail(new UnreadableFile({ path: "standard input", detail: Failure.refusalOf(error) }))
  )
)

/**
 * The bytes of a file from an offset on, so many or all, and each piece in the same buffer: a large file would leave thousands
 * of buffers for the collector. Who keeps a piece when the next is taken copies it.
 *
 * @category operations
 * @since 0.1.0
 */
export const inOneBuffer = (
  fs: FileSystem.FileSystem,
  path: string,
  offset: number,
  length: number = Infinity
): Stream.Stream<Uint8Array, PlatformError> =>
  Stream.unwrap(
    Effect.map(fs.open(path), (file) => {
      const buffer = new Uint8Array(Math.min(chunkSize, length))
      let position = offset
      const next = Effect.suspend(() =>
        file.read(buffer.subarray(0, offset + length - position), { position: BigInt(position) })
      )
      return Stream.fromPull(
        Effect.succeed(
          Effect.flatMap(next, (count) => {
            position += count
            return count === 0 ? Cause.done() : Effect.succeed([buffer.subarray(0, count)] as const)
          })
        )
      )
    })
  )

/** The same bytes as no Buffer, whose `slice` does not copy. */
const plain = (chunk: Uint8Array): Uint8Array => new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)

/** The bytes of a file from one to another, or to its end. */
const range = Effect.fnUntraced(function* (path: string, offset: number, length: number) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.open(path)
  const buffer = new Uint8Array(length)
  let at = 0
  while (at < length) {
    const count = yield* file.read(buffer.subarray(at), { position: BigInt(offset + at) })
    if (count === 0) break
    at += count
  }
  return buffer.subarray(0, at)
}, Effect.scoped)

class UninflatableFile extends Schema.TaggedError<UninflatableFile>()("UninflatableFile", { detail: Schema.String }) {}

/** What is inflated at once, in bytes: each is a buffer of its own, which the collector has to see to. */
const inflatedChunkSize = 1 << 17

/** What is said of bytes behind the deflated ones, the zero that makes those even (PS3.5 section A.5) not among them. */
const behindOf = (count: number): string => {
  const follow = count === 1 ? "a byte follows" : `${count} bytes follow`
  return `${follow} the end of the deflated data set; permitted: one zero that makes its length even`
}

/** What a file inflates to; of how many bytes is told where they end, since those behind are not all read. */
const inflated = (
  path: string,
  raw: Stream.Stream<Uint8Array, UnreadableFile>,
  { inflatedSize }: Limits.Limits,
  ended: (deflatedSize: number) => Effect.Effect<void, UnreadableFile>
): Stream.Stream<Uint8Array, UnreadableFile | UninflatableFile> =>
  Stream.suspend(() => {
    const inflate = createInflateRaw({ chunkSize: inflatedChunkSize })
    let size = 0
    return raw.pipe(
      (bytes) =>
        Deflation.through(
          bytes,
          () => inflate,
          (error) => new UninflatableFile({ detail: `its data set cannot be inflated: ${error.message}` })
        ),
      Stream.mapEffect((chunk: Uint8Array) => {
        size += chunk.length
        return size > inflatedSize
          ? Effect.fail(
              new UnreadableFile({
                path,
                detail: permitting(`its data set inflates to more than ${inflatedSize} bytes`, "inflatedSize")
              })
            )
          : Effect.succeed(chunk)
      }),
      Stream.onEnd(Effect.suspend(() => ended(inflate.bytesWritten)))
    )
  })

/** What was refused by a limit, and how more is permitted. */
const permitting = (detail: string, limit: keyof Limits.Limits): string =>
  `${detail}; --limit ${LimitFlag.nameOf(limit)}=NUMBER permits more`

/**
 * Deflates what is to be the data set of a file, padded to an even length (PS3.5 section A.5).
 *
 * @category operations
 * @since 0.1.0
 */
export const deflated = (
  path: string,
  bytes: Stream.Stream<Uint8Array, UnreadableFile>
): Stream.Stream<Uint8Array, UnreadableFile> =>
  Stream.suspend(() => {
    let size = 0
    return bytes.pipe(
      (bytes) =>
        Deflation.through(
          bytes,
          () => createDeflateRaw({ chunkSize: 1 << 16 }),
          (error) => new UnreadableFile({ path, detail: `it cannot be deflated: ${error.message}` })
        ),
      Stream.tap((chunk: Uint8Array) =>
        Effect.sync(() => {
          size += chunk.length
        })
      ),
      Stream.concat(Stream.suspend(() => (size % 2 === 0 ? Stream.empty : Stream.succeed(new Uint8Array(1)))))
    )
  })

/**
 * Where a part of a data set is, in bytes from its first.
 *
 * @category models
 * @since 0.1.0
 */
export interface Part {
  readonly offset: number
  readonly length: number
}

/**
 * The bytes of what was made of a data set: those that are there, and the parts that were left in the file, each read when
 * it is taken, and changed as you say.
 *
 * **Details**
 *
 * A deflated data set is inflated once more, in one go if its parts are in their order.
 *
 * @category operations
 * @since 0.1.0
 */
export const body = <P extends Part>(
  file: DicomFile,
  pieces: ReadonlyArray<Uint8Array | P>,
  changed: (
    bytes: Stream.Stream<Uint8Array, UnreadableFile>,
    part: P
  ) => Stream.Stream<Uint8Array, UnreadableFile> = identity
): Effect.Effect<Stream.Stream<Uint8Array, UnreadableFile>, never, FileSystem.FileSystem> =>
  Effect.map(FileSystem.FileSystem, (fs) =>
    Stream.unwrap(
      Effect.map(
        file.format.transferSyntax.deflated ? inflatedParts(file) : Effect.succeed(partsOf(fs, file)),
        (read) =>
          Stream.flatMap(Stream.fromIterable(pieces), (piece) =>
            piece instanceof Uint8Array ? Stream.succeed(piece) : changed(read(piece), piece)
          )
      )
    )
  )

type Parts = (part: Part) => Stream.Stream<Uint8Array, UnreadableFile>

const partsOf =
  (fs: FileSystem.FileSystem, { format, name, path }: DicomFile): Parts =>
  ({ length, offset }) =>
    Stream.mapError(
      inOneBuffer(fs, path, format.dataSetOffset + offset, length),
      (error) => new UnreadableFile({ path: name, detail: Failure.refusalOf(error) })
    )

const inflatedParts = Effect.fnUntraced(function* (file: DicomFile): Effect.fn.Return<Parts, never, Scope.Scope> {
  const scope = yield* Scope.Scope
  type Chunks = Pull.Pull<readonly [Uint8Array, ...ReadonlyArray<Uint8Array>], UnreadableFile>
  let reading: { readonly chunks: Chunks; readonly scope: Scope.Closeable } | undefined
  let position = 0
  let rest: Array<Uint8Array> = []
  const begin = Effect.gen(function* () {
    if (reading !== undefined) yield* Scope.close(reading.scope, Exit.void)
    const own = yield* Scope.fork(scope)
    reading = { chunks: yield* Scope.provide(Stream.toPull(file.chunks), own), scope: own }
    position = 0
    rest = []
  })
  const shorter = (): Effect.Effect<never, UnreadableFile> =>
    Effect.fail(new UnreadableFile({ path: file.name, detail: "it has become shorter while it was read" }))
  const next = (from: number, to: number): Chunks =>
    Effect.suspend((): Chunks => {
      if (position === to) return Cause.done()
      const chunk = rest.shift()
      if (chunk === undefined) {
        if (reading === undefined) return shorter()
        return Effect.flatMap(Pull.catchDone(reading.chunks, shorter), (chunks) => {
          rest = [...chunks]
          return next(from, to)
        })
      }
      const end = position + chunk.length
      const part = chunk.subarray(Math.max(0, from - position), Math.max(0, to - position))
      if (end > to) rest.unshift(chunk.subarray(to - position))
      position = Math.min(end, to)
      return part.length === 0 ? next(from, to) : Effect.succeed([part])
    })
  return ({ length, offset }) =>
    Stream.fromPull(
      Effect.as(
        Effect.suspend(() => (reading === undefined || position > offset ? begin : Effect.void)),
        next(offset, offset + length)
      )
    )
})

/** Of what is inflated together, nothing is had if it cannot all be. */
const pieceLength = 1 << 10

const pieces = (chunk: Uint8Array): Stream.Stream<Uint8Array> =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(chunk.length / pieceLength) }, (_, i) =>
      chunk.subarray(i * pieceLength, (i + 1) * pieceLength)
    )
  )

/**
 * What takes chunks: a reader of `DataSetReader`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Reader<A, B> {
  readonly push: (chunk: Uint8Array) => Result.Result<A, InvalidDataSet>
  readonly end: () => Result.Result<B, InvalidDataSet>
}

/** As much as is given at once to a reader whose answers count, in bytes: what it answers is held until it is dealt with. */
const sliceLength = 1 << 14

/**
 * Feeds a reader with the whole data set, and gives its last answer; `onAnswer` gets those before, and may give something
 * to do before the next. A reader whose answers count must keep nothing of the chunks but copies.
 *
 * @category operations
 * @since 0.1.0
 */
export const feed = <A, B, E = never>(
  file: DicomFile,
  reader: Reader<A, B>,
  onAnswer?: (answer: A) => Effect.Effect<void, E> | undefined
): Effect.Effect<B, UnreadableFile | E> => {
  const refused = (failure: InvalidDataSet): Effect.Effect<never, UnreadableFile> =>
    Effect.fail(
      new UnreadableFile({
        path: file.name,
        detail: failure.limit === undefined ? failure.message : permitting(failure.message, failure.limit),
        isDamaged: failure.reason !== "limit exceeded" && failure.reason !== "undefined length"
      })
    )
  const take = (chunk: Uint8Array, from: number): Effect.Effect<void, UnreadableFile | E> => {
    for (let at = from; at < chunk.length;) {
      const end = onAnswer === undefined ? chunk.length : at + sliceLength
      const answer = reader.push(chunk.subarray(at, end))
      at = end
      if (answer._tag === "Failure") return refused(answer.failure)
      const more = onAnswer?.(answer.success)
      if (more !== undefined) return Effect.flatMap(more, () => take(chunk, at))
    }
    return Effect.void
  }
  return Effect.andThen(
    Stream.runForEach(onAnswer === undefined ? file.chunks : file.passing, (chunk) => take(chunk, 0)),
    Effect.suspend(() => {
      const last = reader.end()
      return last._tag === "Failure" ? refused(last.failure) : Effect.succeed(last.success)
    })
  )
}
