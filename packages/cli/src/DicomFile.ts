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
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { createInflateRaw } from "node:zlib"
import * as Failure from "./Failure.ts"

/**
 * A file that cannot be read, or is not DICOM.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnreadableFile extends Schema.TaggedError<UnreadableFile>()("UnreadableFile", {
  path: Schema.String,
  detail: Schema.String
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
  /** In bytes. */
  readonly size: number
  /** Everything before the data set. */
  readonly head: Uint8Array
  readonly format: FileFormat.FileFormat
  /** The bytes of the data set, inflated. */
  readonly chunks: Stream.Stream<Uint8Array, UnreadableFile>
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
 * @category operations
 * @since 0.1.0
 */
export const open = Effect.fnUntraced(
  function* (path: string): Effect.fn.Return<DicomFile, UnreadableFile | PlatformError, FileSystem.FileSystem> {
    const fs = yield* FileSystem.FileSystem
    const info = yield* fs.stat(path)
    if (info.type === "Directory") return yield* new UnreadableFile({ path, detail: "it is a folder" })
    const size = Number(info.size)
    let wanted = headLength
    while (true) {
      const bytes = yield* range(path, 0, Math.min(wanted, size))
      const format = yield* Effect.mapError(
        Effect.fromResult(FileFormat.read(bytes, { size })),
        (error) => new UnreadableFile({ path, detail: error.message })
      )
      if (format._tag === "Need more") {
        if (bytes.length >= size) return yield* new UnreadableFile({ path, detail: "it ends within its head" })
        wanted = Math.max(format.size, 2 * wanted)
        continue
      }
      const { dataSetOffset, transferSyntax } = format
      const raw = fs
        .stream(path, { offset: dataSetOffset, chunkSize })
        .pipe(Stream.mapError((error) => new UnreadableFile({ path, detail: Failure.refusalOf(error) })))
      return {
        path,
        size,
        head: new Uint8Array(bytes.subarray(0, dataSetOffset)),
        format,
        chunks: Stream.map(transferSyntax.deflated ? inflated(path, raw) : raw, plain),
        length: transferSyntax.deflated ? undefined : size - dataSetOffset
      }
    }
  },
  (effect, path) =>
    Effect.catchTag(effect, "PlatformError", (error) =>
      Effect.fail(new UnreadableFile({ path, detail: Failure.refusalOf(error) }))
    )
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

/** PS3.5 section A.5; what follows the end of the deflated bytes is padding. */
const inflated = (
  path: string,
  raw: Stream.Stream<Uint8Array, UnreadableFile>
): Stream.Stream<Uint8Array, UnreadableFile> => {
  const most = Limits.defaults.inflatedSize
  return Stream.suspend(() => {
    let size = 0
    return raw.pipe(
      NodeStream.pipeThroughDuplex({
        evaluate: () => createInflateRaw({ chunkSize }),
        onError: (error) =>
          new UnreadableFile({
            path,
            detail: `its data set cannot be inflated: ${error instanceof Error ? error.message : String(error)}`
          })
      }),
      Stream.mapEffect((chunk) => {
        size += chunk.length
        return size > most
          ? Effect.fail(new UnreadableFile({ path, detail: `its data set inflates to more than ${most} bytes` }))
          : Effect.succeed(chunk)
      })
    )
  })
}

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

/**
 * Feeds a reader with the whole data set, and gives its last answer; `onAnswer` gets those before.
 *
 * @category operations
 * @since 0.1.0
 */
export const feed = <A, B>(
  file: DicomFile,
  reader: Reader<A, B>,
  onAnswer: (answer: A) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<B, UnreadableFile> => {
  const answer = <C>(result: Result.Result<C, InvalidDataSet>): Effect.Effect<C, UnreadableFile> =>
    result._tag === "Success"
      ? Effect.succeed(result.success)
      : Effect.fail(new UnreadableFile({ path: file.path, detail: result.failure.message }))
  return Effect.andThen(
    Stream.runForEach(file.chunks, (chunk) => Effect.flatMap(answer(reader.push(chunk)), onAnswer)),
    Effect.suspend(() => answer(reader.end()))
  )
}
