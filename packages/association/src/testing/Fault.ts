/**
 * What can happen to bytes on their way: they are cut off, late, split, joined, damaged, lost, or held up. A fault is
 * a value; faults compose, and a socket is put under one in either direction. Time is the clock's, so a test clock
 * decides how late "late" is.
 *
 * Offsets are those of one direction's bytes, counted from 0 at the beginning of each connection.
 *
 * **Example** (An A-ASSOCIATE-RQ that arrives a byte every two seconds and is never completed)
 *
 * ```ts
 * import { Fault, InMemory } from "@effect-dicom/association/testing"
 * import { Effect } from "effect"
 *
 * const slow = Fault.compose(Fault.split(1), Fault.delay("2 seconds"), Fault.stall(50))
 *
 * const program = Effect.gen(function*() {
 *   const [left, right] = yield* InMemory.ends()
 *   return [Fault.outgoing(left, slow), right] as const
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Socket from "effect/socket/Socket"
import { bytesOf, closeError, readError, writeError } from "./internal/socket.ts"

// -----------------------------------------------------------------------------
// the model
// -----------------------------------------------------------------------------

/** What a fault makes of bytes: bytes, and what happens between them. */
type Piece =
  | Uint8Array
  | { readonly _tag: "Pause"; readonly duration: Duration.Input }
  | { readonly _tag: "Cut"; readonly how: "FIN" | "reset" }
  | { readonly _tag: "Stall"; readonly held: boolean }

interface Course {
  /** What becomes of the chunks of one write or one pull; called once with none at the beginning. */
  readonly push: (chunks: ReadonlyArray<Uint8Array>) => ReadonlyArray<Piece>
  /** What is still held when the stream ends. */
  readonly end: () => ReadonlyArray<Piece>
}

const Begin: unique symbol = Symbol.for("@effect-dicom/association/testing/Fault")

/**
 * Something that happens to one direction of a connection.
 *
 * @category models
 * @since 0.1.0
 */
export interface Fault {
  readonly [Begin]: () => Course
}

const nothing = (): ReadonlyArray<Piece> => []

/** A fault that treats each chunk by itself, knowing the offset of its first byte. */
const eachChunk = (f: (chunk: Uint8Array, offset: number) => ReadonlyArray<Piece>): Fault => ({
  [Begin]: () => {
    let offset = 0
    return {
      push: (chunks) =>
        chunks.flatMap((chunk) => {
          const pieces = f(chunk, offset)
          offset += chunk.length
          return pieces
        }),
      end: nothing
    }
  }
})

/** A fault that lets so many bytes pass, then something happen, then nothing pass; `held` tells if there was more. */
const after = (bytes: number, then: (held: boolean) => ReadonlyArray<Piece>): Fault => ({
  [Begin]: () => {
    let left = bytes
    let happened = false
    return {
      push: (chunks) => {
        if (happened) return []
        const pieces: Array<Piece> = []
        for (const chunk of chunks) {
          if (left > 0) pieces.push(chunk.subarray(0, left))
          left -= chunk.length
        }
        if (left <= 0) {
          happened = true
          pieces.push(...then(left < 0))
        }
        return pieces
      },
      end: nothing
    }
  }
})

// -----------------------------------------------------------------------------
// faults
// -----------------------------------------------------------------------------

/**
 * The connection ends after so many bytes, in both directions: in order, or by a reset, in which bytes on their way
 * may be lost too.
 *
 * @category faults
 * @since 0.1.0
 */
export const cut = (bytes: number, how: "FIN" | "reset" = "FIN"): Fault => after(bytes, () => [{ _tag: "Cut", how }])

/**
 * Bytes after the first so many vanish, unnoticed by whoever wrote them. The end of the connection is still seen.
 *
 * @category faults
 * @since 0.1.0
 */
export const swallow = (bytes: number): Fault => after(bytes, nothing)

/**
 * After so many bytes nothing moves any more, neither bytes nor the end of the connection: a pull or a write waits
 * until its own side closes.
 *
 * @category faults
 * @since 0.1.0
 */
export const stall = (bytes: number): Fault => after(bytes, (held) => [{ _tag: "Stall", held }])

/**
 * Each chunk is late by so much, and those behind it with it.
 *
 * @category faults
 * @since 0.1.0
 */
export const delay = (duration: Duration.Input): Fault => eachChunk((chunk) => [{ _tag: "Pause", duration }, chunk])

/**
 * Chunks come in parts of at most so many bytes, 1 or more.
 *
 * @category faults
 * @since 0.1.0
 */
export const split = (size: number): Fault =>
  eachChunk((chunk) => {
    const parts: Array<Uint8Array> = []
    for (let at = 0; at < chunk.length; at += Math.max(1, size)) parts.push(chunk.subarray(at, at + Math.max(1, size)))
    return parts
  })

/**
 * Chunks are split before the bytes at these offsets.
 *
 * @category faults
 * @since 0.1.0
 */
export const splitAt = (...offsets: ReadonlyArray<number>): Fault => {
  const sorted = offsets.toSorted((a, b) => a - b)
  return eachChunk((chunk, offset) => {
    const parts: Array<Uint8Array> = []
    let from = 0
    for (const point of sorted) {
      const to = point - offset
      if (to <= from || to >= chunk.length) continue
      parts.push(chunk.subarray(from, to))
      from = to
    }
    parts.push(chunk.subarray(from))
    return parts
  })
}

/**
 * The byte at an offset is changed: exclusive or with the mask, FFH unless told otherwise.
 *
 * @category faults
 * @since 0.1.0
 */
export const corrupt = (offset: number, mask: number = 0xff): Fault =>
  eachChunk((chunk, begin) => {
    const byte = chunk[offset - begin]
    if (byte === undefined) return [chunk]
    const damaged = new Uint8Array(chunk)
    damaged[offset - begin] = byte ^ mask
    return [damaged]
  })

const joined = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/**
 * The chunks of one write, or of one pull, come as one.
 *
 * @category faults
 * @since 0.1.0
 */
export const join: Fault = {
  [Begin]: () => ({
    push: (chunks) => (chunks.length < 2 ? chunks : [joined(chunks)]),
    end: nothing
  })
}

/**
 * Bytes are held until there are at least so many of them, and come as one chunk; the rest comes at the end of the
 * stream.
 *
 * **Gotchas**
 *
 * A conversation in which someone waits for an answer to what is held waits for ever.
 *
 * @category faults
 * @since 0.1.0
 */
export const gather = (size: number): Fault => ({
  [Begin]: () => {
    let held: Array<Uint8Array> = []
    let length = 0
    const flush = () => {
      const chunks = held
      held = []
      length = 0
      return chunks.length === 0 ? [] : [joined(chunks)]
    }
    return {
      push: (chunks) => {
        held.push(...chunks)
        length += chunks.reduce((sum, chunk) => sum + chunk.length, 0)
        return length >= size ? flush() : []
      },
      end: flush
    }
  }
})

/**
 * One fault after the other: what the first makes of the bytes goes through the second, and so on.
 *
 * @category combinators
 * @since 0.1.0
 */
export const compose = (...faults: ReadonlyArray<Fault>): Fault => ({
  [Begin]: () => {
    const courses = faults.map((fault) => fault[Begin]())
    const through = (pieces: ReadonlyArray<Piece>, course: Course): ReadonlyArray<Piece> => {
      const out: Array<Piece> = []
      let batch: Array<Uint8Array> = []
      const push = () => {
        if (batch.length > 0) out.push(...course.push(batch))
        batch = []
      }
      for (const piece of pieces) {
        if (piece instanceof Uint8Array) {
          batch.push(piece)
          continue
        }
        push()
        if (piece._tag === "Cut" && piece.how === "FIN") out.push(...course.end())
        out.push(piece)
      }
      push()
      return out
    }
    return {
      push: (chunks) => {
        let pieces: ReadonlyArray<Piece> = chunks
        for (const course of courses) {
          pieces = chunks.length === 0 ? [...through(pieces, course), ...course.push([])] : through(pieces, course)
        }
        return pieces
      },
      end: () => {
        let pieces: ReadonlyArray<Piece> = []
        for (const course of courses) pieces = [...through(pieces, course), ...course.end()]
        return pieces
      }
    }
  }
})

// -----------------------------------------------------------------------------
// sockets under a fault
// -----------------------------------------------------------------------------

const closedHere = (): Socket.SocketError => writeError("this end of the connection is closed")

const closeEvent = (how: "FIN" | "reset"): Socket.CloseEvent => new Socket.CloseEvent(how === "FIN" ? 1000 : 1006)

/**
 * A socket whose incoming bytes are under a fault. Each chunk that the fault makes is a pull of its own.
 *
 * @category combinators
 * @since 0.1.0
 */
export const incoming = (socket: Socket.Socket, fault: Fault): Socket.Socket =>
  Socket.make({
    writer: socket.writer,
    reader: Effect.gen(function* () {
      const inner = yield* Socket.readerBytes(socket)
      const writer = yield* socket.writer
      const closed = yield* Deferred.make<never, Socket.SocketError>()
      yield* Effect.addFinalizer(() => Deferred.fail(closed, closeError(1006)))
      const course = fault[Begin]()
      let pieces = [...course.push([])]
      let end: Socket.SocketError | undefined
      const pull: Effect.Effect<readonly [Uint8Array], Socket.SocketError> = Effect.suspend(() => {
        if (Deferred.isDoneUnsafe(closed)) return Deferred.await(closed)
        const piece = pieces[0]
        if (piece === undefined) return end === undefined ? Effect.andThen(more, pull) : Effect.fail(end)
        if (piece instanceof Uint8Array) {
          pieces.shift()
          return piece.length === 0 ? pull : Effect.succeed([piece] as const)
        }
        switch (piece._tag) {
          case "Pause":
            return Effect.andThen(
              Effect.raceFirst(Effect.sleep(piece.duration), Deferred.await(closed)),
              Effect.suspend(() => {
                if (pieces[0] === piece) pieces.shift()
                return pull
              })
            )
          case "Cut":
            pieces = []
            end = piece.how === "FIN" ? closeError(1000) : readError("connection reset by peer")
            return Effect.andThen(Effect.ignore(writer.write(closeEvent(piece.how))), pull)
          case "Stall":
            return Deferred.await(closed)
        }
      })
      const more = Effect.match(inner, {
        onSuccess: (chunks) => {
          // They may be lent, and pieces of them come later.
          pieces.push(...course.push(chunks.map((chunk) => new Uint8Array(chunk))))
        },
        onFailure: (error) => {
          end = error
          if (error.reason._tag === "SocketCloseError" && error.reason.code === 1000) pieces.push(...course.end())
        }
      })
      return { pull, upgrade: Socket.SocketUpgradeError.unsupported }
    })
  })

/**
 * A socket whose outgoing bytes are under a fault. Each chunk that the fault makes is a write of its own.
 *
 * **Details**
 *
 * A write succeeds when all of it has gone through the fault, so a delay is a delay for the writer too; writes keep
 * their order. A write that is interrupted leaves out what had not gone yet.
 *
 * @category combinators
 * @since 0.1.0
 */
export const outgoing = (socket: Socket.Socket, fault: Fault): Socket.Socket =>
  Socket.make({
    reader: socket.reader,
    writer: Effect.gen(function* () {
      const inner = yield* socket.writer
      const turn = yield* Semaphore.make(1)
      const closed = yield* Deferred.make<never, Socket.SocketError>()
      const course = fault[Begin]()
      const begin = course.push([])
      let begun = false
      let cutOff = false
      let stalled = false
      const pass = (piece: Piece): Effect.Effect<void, Socket.SocketError> => {
        if (cutOff || stalled) return Effect.void
        if (piece instanceof Uint8Array) return piece.length === 0 ? Effect.void : inner.write(piece)
        switch (piece._tag) {
          case "Pause":
            return Effect.raceFirst(Effect.sleep(piece.duration), Deferred.await(closed))
          case "Cut":
            cutOff = true
            return inner.write(closeEvent(piece.how))
          case "Stall":
            stalled = true
            return piece.held ? Deferred.await(closed) : Effect.void
        }
      }
      const passAll = (pieces: ReadonlyArray<Piece>) =>
        Effect.forEach(pieces, (piece) => Effect.suspend(() => pass(piece)), { discard: true })
      const writeAll = (chunks: ReadonlyArray<Uint8Array>) =>
        turn.withPermits(1)(
          Effect.suspend(() => {
            if (stalled || Deferred.isDoneUnsafe(closed)) return Deferred.await(closed)
            if (cutOff) return Effect.fail(writeError("the connection was cut"))
            const pieces = [...(begun ? [] : begin), ...course.push(chunks)]
            begun = true
            return passAll(pieces)
          })
        )
      yield* Effect.addFinalizer(() =>
        Effect.suspend(() => {
          const held = stalled || cutOff ? [] : course.end().filter((piece) => piece instanceof Uint8Array)
          return Effect.andThen(Deferred.fail(closed, closedHere()), Effect.ignore(passAll(held)))
        })
      )
      return {
        write: (chunk) =>
          Socket.isCloseEvent(chunk)
            ? Effect.andThen(Deferred.fail(closed, closedHere()), inner.write(chunk))
            : writeAll([bytesOf(chunk)]),
        writeAll: (chunks) => writeAll(chunks.map(bytesOf))
      }
    })
  })
