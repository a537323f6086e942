/**
 * DICOM files as the command reads them: the head at once, the data set in chunks, inflated where it is deflated, so that
 * a file may be larger than memory. What is in a data set is not this file's business.
 *
 * @since 0.1.0
 */
import * as FileFormat from "@effect-dicom/data/FileFormat"
import type { InvalidDataSet } from "@effect-dicom/data/InvalidDataSet"
import * as Limits from "@effect-dicom/data/Limits"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createInflateRaw } from "node:zlib"
import * as Failure from "./Failure.ts"
import { Input } from "./Input.ts"

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
  /** Leniently, why the last chunks that were read are not all of them, if they are not. */
  readonly damage: () => string | undefined
  /** How long the data set is, in bytes; nothing where it is deflated. */
  readonly length: number | undefined
}

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
    options: { readonly lenient: boolean; readonly name?: string }
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
      let damage: string | undefined
      const whole = Stream.suspend(() => {
        damage = undefined
        // Of a data set without elements there may be nothing to inflate.
        if (!transferSyntax.deflated || size === dataSetOffset) return raw
        if (options.lenient !== true) return inflated(name, raw)
        return inflated(name, Stream.flatMap(raw, pieces)).pipe(
          Stream.catchTag("UninflatableFile", (error) => {
            damage = error.detail
            return Stream.empty
          })
        )
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
        damage: () => damage,
        length: transferSyntax.deflated ? undefined : size - dataSetOffset
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

/** PS3.5 section A.5; what follows the end of the deflated bytes is padding. */
const inflated = (
  path: string,
  raw: Stream.Stream<Uint8Array, UnreadableFile>
): Stream.Stream<Uint8Array, UnreadableFile | UninflatableFile> => {
  const most = Limits.defaults.inflatedSize
  return Stream.suspend(() => {
    let size = 0
    return raw.pipe(
      NodeStream.pipeThroughDuplex({
        evaluate: () => createInflateRaw({ chunkSize }),
        onError: (error) =>
          new UninflatableFile({
            detail: `its data set cannot be inflated: ${error instanceof Error ? error.message : String(error)}`
          })
      }),
      Stream.mapEffect((chunk: Uint8Array) => {
        size += chunk.length
        return size > most
          ? Effect.fail(new UnreadableFile({ path, detail: `its data set inflates to more than ${most} bytes` }))
          : Effect.succeed(chunk)
      })
    )
  })
}

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
 * to do before the next. A reader whose answers count must keep nothing of the chunks.
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
        detail: failure.message,
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
