/**
 * Data sets of messages in a deflated transfer syntax (PS3.5 section A.5), by what browsers have for that and Node has too:
 * Compression Streams. What is stored stays as it is.
 */
import * as Limits from "@effect-dicom/data/Limits"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Effect from "effect/Effect"
import type { Invalid } from "./content.ts"

interface Readable {
  readonly pipeThrough: (transform: Transform) => Readable
  readonly getReader: () => {
    readonly read: () => Promise<{ readonly done: boolean; readonly value?: Uint8Array }>
    readonly cancel: () => Promise<void>
  }
}
interface Transform {
  readonly readable: Readable
}
declare const Blob: new (parts: ReadonlyArray<Uint8Array>) => { readonly stream: () => Readable }
declare const CompressionStream: new (format: "deflate-raw") => Transform
declare const DecompressionStream: new (format: "deflate-raw") => Transform

type Views = ReadonlyArray<Uint8Array>

/** Whether data sets of a context are deflated. */
export const isDeflated = ({ transferSyntax }: Pick<PresentationContext.Accepted, "transferSyntax">): boolean =>
  TransferSyntax.fromUid(transferSyntax).deflated

/** Deflates a data set, to an even number of bytes. */
export const deflate = (views: Views): Effect.Effect<Views> =>
  Effect.map(Effect.orDie(through(() => new CompressionStream("deflate-raw"), views, Infinity)), (deflated) =>
    length(deflated) % 2 === 0 ? deflated : [...deflated, nullByte]
  )

const nullByte = new Uint8Array(1)

/** Inflates a data set, with or without a byte that makes it even, up to so many bytes. */
export const inflate = (
  views: Views,
  maximum: number = Limits.defaults.inflatedSize
): Effect.Effect<Views, Invalid> => {
  const inflated = (views: Views) => through(() => new DecompressionStream("deflate-raw"), views, maximum)
  return Effect.catch(inflated(views), (invalid) => {
    // Some platforms take the null byte for an error; whether it is one only shows without it.
    const full = views.filter((view) => view.length > 0)
    const last = full.pop()
    return invalid.cause === undefined || last?.at(-1) !== 0
      ? Effect.fail(invalid)
      : inflated([...full, last.subarray(0, -1)])
  })
}

const through = (transform: () => Transform, views: Views, maximum: number): Effect.Effect<Views, Invalid> =>
  Effect.acquireUseRelease(
    Effect.sync(() => new Blob(views).stream().pipeThrough(transform()).getReader()),
    Effect.fnUntraced(function* (reader): Effect.fn.Return<Views, Invalid> {
      const read = Effect.tryPromise({
        try: () => reader.read(),
        catch: (cause): Invalid => ({ detail: "it cannot be inflated", cause, attributes: [] })
      })
      const all: Array<Uint8Array> = []
      for (let held = 0; held <= maximum;) {
        const { value } = yield* read
        if (value === undefined) return all
        all.push(value)
        held += value.length
      }
      return yield* Effect.fail<Invalid>({ detail: `it inflates to more than ${maximum} bytes`, attributes: [] })
    }),
    // What is left of it is not wanted; after the last of it, or an error, there is nothing left.
    (reader) => Effect.ignore(Effect.tryPromise(() => reader.cancel()))
  )

const length = (views: Views): number => views.reduce((total, view) => total + view.length, 0)
