/**
 * Data sets as streams of bytes: what a peer sends while it sends it, or a file too large to hold. A thin layer over
 * `DataSetReader`, which does the reading and knows no streams.
 *
 * @since 0.1.0
 */
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetReader from "@effect-dicom/data/DataSetReader"
import type { InvalidDataSet } from "@effect-dicom/data/InvalidDataSet"
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"

/**
 * Reads a stream of chunks of any size as the events of a data set: its elements, items and fragments in order. Nothing is
 * kept, so that memory is bounded by the largest value that is not a bulk value.
 *
 * **Example** (The elements of an instance while it arrives)
 *
 * ```ts
 * import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
 * import { DataSetStream, Storage } from "@effect-dicom/services"
 *
 * const elements = (received: Storage.Received) =>
 *   DataSetStream.events(received.dataSet, { transferSyntax: TransferSyntax.fromUid(received.transferSyntaxUid) })
 * ```
 *
 * @category streaming
 * @since 0.1.0
 */
export const events = <E, R>(
  chunks: Stream.Stream<Uint8Array, E, R>,
  options: DataSetReader.Options & { readonly bulk?: DataSetReader.BulkOptions }
): Stream.Stream<DataSetReader.Event, E | InvalidDataSet, R> => Stream.pipeThroughChannel(chunks, channel(options))

/**
 * The same as a channel: chunks in, events out.
 *
 * @category streaming
 * @since 0.1.0
 */
export const channel = <E = never>(
  options: DataSetReader.Options & { readonly bulk?: DataSetReader.BulkOptions }
): Channel.Channel<
  readonly [DataSetReader.Event, ...Array<DataSetReader.Event>],
  E | InvalidDataSet,
  void,
  readonly [Uint8Array, ...Array<Uint8Array>],
  E
> =>
  Channel.fromTransform((upstream) =>
    Effect.sync(() => {
      const reader = DataSetReader.events(options)
      let ended = false
      const some = (
        events: ReadonlyArray<DataSetReader.Event>
      ): Pull.Pull<readonly [DataSetReader.Event, ...Array<DataSetReader.Event>], E | InvalidDataSet> => {
        const [first, ...rest] = events
        if (first !== undefined) return Effect.succeed([first, ...rest])
        return ended ? Cause.done() : pull
      }
      const pull: Pull.Pull<readonly [DataSetReader.Event, ...Array<DataSetReader.Event>], E | InvalidDataSet> =
        Effect.suspend(() => {
          if (ended) return Cause.done()
          return Effect.flatMap(
            Pull.catchDone(upstream, () => Effect.succeed(undefined)),
            (chunks) => {
              const read: Array<DataSetReader.Event> = []
              if (chunks === undefined) ended = true
              for (const chunk of chunks ?? []) {
                const pushed = reader.push(chunk)
                if (Result.isFailure(pushed)) return Effect.fail(pushed.failure)
                for (const event of pushed.success) read.push(event)
              }
              if (!ended) return some(read)
              return Effect.flatMap(Effect.fromResult(reader.end()), some)
            }
          )
        })
      return pull
    })
  )

/**
 * Reads a stream of chunks as a data set, without joining them.
 *
 * @category streaming
 * @since 0.1.0
 */
export const read = <E, R>(
  chunks: Stream.Stream<Uint8Array, E, R>,
  options: DataSetReader.Options
): Effect.Effect<DataSet, E | InvalidDataSet, R> =>
  Effect.suspend(() => {
    const reader = DataSetReader.make(options)
    return Effect.andThen(
      Stream.runForEach(chunks, (chunk) => Effect.fromResult(reader.push(chunk))),
      Effect.suspend(() => Effect.fromResult(reader.end()))
    )
  })
