/**
 * Messages on their way to the peer: whole ones in one gathered write, longer ones as their data set comes.
 */
import * as A_ABORT from "@effect-dicom/protocol/A_ABORT"
import * as Command from "@effect-dicom/protocol/Command"
import * as Message from "@effect-dicom/protocol/Message"
import * as P_DATA from "@effect-dicom/protocol/P_DATA"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import type { DataSet, OperationError } from "../Dimse.ts"
import type { UpperLayer } from "../UpperLayer.ts"
import { Window } from "./window.ts"

/** About as many bytes as one gathered write holds, where a data set is longer. */
export const writeLength = 1 << 20

export interface Outflow {
  /**
   * Sends a message. Messages do not mix: one waits for the one before it. `begins` is called when its turn has come and
   * its first bytes are there: before that nothing of it is sent.
   */
  readonly message: <E = never, R = never>(
    contextId: number,
    command: Command.Command,
    dataSet?: DataSet<E, R>,
    begins?: () => void
  ) => Effect.Effect<void, OperationError | E, R>
  /** Sends messages that are packed already, in one gathered write; `begins` is called when their turn has come. */
  readonly whole: (requests: ReadonlyArray<P_DATA.Request>, begins?: () => void) => Effect.Effect<void, OperationError>
  /** How often the last bytes of messages have been given to the layer. */
  readonly completed: () => number
}

export const outflow = (layer: () => UpperLayer, maximumLength: number): Outflow => {
  const turn = new Window(1)
  let completed = 0
  /** Gives the layer the last bytes of messages. */
  const complete = (requests: ReadonlyArray<P_DATA.Request>): Effect.Effect<void, OperationError> => {
    completed++
    return layer().issueAll(requests)
  }
  const inTurn = <E, R>(send: Effect.Effect<void, E, R>): Effect.Effect<void, E, R> => {
    const guest = { placed: false }
    return Effect.onExit(
      Effect.suspend(() => (turn.takeNow(guest) ? send : Effect.andThen(turn.take(guest), send))),
      // oxlint-disable-next-line no-unused-vars -- Effect calls a function of one parameter as it is, and wraps another
      (_) => {
        turn.give(guest)
        return Effect.void
      }
    )
  }
  // What goes out in one piece needs no turn of its own where nothing else is on its way.
  const inPiece = (send: () => Effect.Effect<void, OperationError>): Effect.Effect<void, OperationError> =>
    Effect.suspend(() => (turn.full || layer().writing() ? inTurn(Effect.suspend(send)) : send()))

  const whole: Outflow["whole"] = (requests, begins) =>
    inPiece(() => {
      begins?.()
      return complete(requests)
    })

  // A message of which a part has been sent can be completed or the association ended; there is no third way.
  const breakOff = Effect.suspend(() => Effect.ignore(layer().issue(A_ABORT.request)))

  const message = <E = never, R = never>(
    contextId: number,
    command: Command.Command,
    dataSet?: DataSet<E, R>,
    begins?: () => void
  ): Effect.Effect<void, OperationError | E, R> => {
    const bytes = Command.encode(command, dataSet !== undefined)
    if (dataSet !== undefined && Stream.isStream(dataSet)) {
      return inTurn(stream(contextId, bytes, dataSet, begins))
    }
    return length(dataSet) <= writeLength
      ? inPiece(() => {
          begins?.()
          return complete(Message.pack(contextId, bytes, dataSet, maximumLength))
        })
      : inTurn(stream(contextId, bytes, Stream.fromIterable(dataSet ?? []), begins))
  }

  const stream = <E, R>(
    contextId: number,
    bytes: Uint8Array,
    dataSet: Stream.Stream<Uint8Array, E, R>,
    begins?: () => void
  ): Effect.Effect<void, OperationError | E, R> =>
    Effect.scoped(
      Effect.gen(function* () {
        const pull = yield* Stream.toPull(dataSet)
        const fragment = Message.maximumFragmentLength(maximumLength)
        let next = yield* Pull.catchDone(pull, () => Effect.succeed(undefined))
        // From here to the last fragment there is no way back.
        begins?.()
        yield* Effect.gen(function* () {
          let requests = [...Message.pack(contextId, bytes, undefined, maximumLength)]
          let held: Array<Uint8Array> = []
          let heldLength = 0
          // Where the source's chunks are short: the first of what is held, gathered, and how much it is.
          let gathered: Uint8Array | undefined
          let gatheredLength = 0
          const issueWhole = Effect.suspend(() => {
            const whole = heldLength - (heldLength % fragment)
            const [full, rest] = split(held, whole)
            for (const pdu of Message.dataPdus(contextId, full, false, maximumLength)) {
              requests.push(P_DATA.request(pdu.presentationDataValues))
            }
            const now = requests
            requests = []
            held = rest
            heldLength -= whole
            gathered = undefined
            gatheredLength = 0
            return layer().issueAll(now)
          })
          while (next !== undefined) {
            for (const view of next) {
              for (let at = 0; at < view.length; at += writeLength) {
                const piece = view.subarray(at, at + writeLength)
                held.push(piece)
                heldLength += piece.length
                if (heldLength >= writeLength && heldLength >= fragment) yield* issueWhole
              }
            }
            if (heldLength >= fragment) yield* issueWhole
            // The source may use its buffers again, so what is kept is copied: less than a fragment.
            if (heldLength > gatheredLength) {
              gathered ??= new Uint8Array(fragment)
              for (const view of gatheredLength === 0 ? held : held.slice(1)) {
                gathered.set(view, gatheredLength)
                gatheredLength += view.length
              }
              held = [gathered.subarray(0, gatheredLength)]
            }
            next = yield* Pull.catchDone(pull, () => Effect.succeed(undefined))
          }
          for (const pdu of Message.dataPdus(contextId, held, true, maximumLength)) {
            requests.push(P_DATA.request(pdu.presentationDataValues))
          }
          yield* complete(requests)
        }).pipe(Effect.onError(() => breakOff))
      })
    )

  return { message, whole, completed: () => completed }
}

/** Bytes in all. */
export const length = (views: ReadonlyArray<Uint8Array> | undefined): number => {
  let total = 0
  for (const view of views ?? []) total += view.length
  return total
}

const split = (
  views: ReadonlyArray<Uint8Array>,
  at: number
): readonly [before: Array<Uint8Array>, after: Array<Uint8Array>] => {
  const before: Array<Uint8Array> = []
  const after: Array<Uint8Array> = []
  let left = at
  for (const view of views) {
    if (left >= view.length) before.push(view)
    else if (left <= 0) after.push(view)
    else {
      before.push(view.subarray(0, left))
      after.push(view.subarray(left))
    }
    left -= view.length
  }
  return [before, after]
}
