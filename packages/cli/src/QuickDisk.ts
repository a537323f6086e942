/**
 * The disk as `dicom serve` and `dicom store` use it: what it does at once is asked of it at once, since a call to a thread
 * costs more than the memory of the system does. A disk that is slower is left to threads for a while, so that no
 * association waits for what another one stores.
 *
 * @since 0.1.0
 */
import type { StorageFolder } from "@effect-dicom/services"
import * as Effect from "effect/Effect"
import { systemError } from "effect/PlatformError"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as NodeFs from "node:fs"
import { performance } from "node:perf_hooks"

/** How long a call may take that is made at once, in milliseconds: on a flush, a disk that spins takes a hundred times. */
const patience = { flush: 0.5, other: 10 } as const

/**
 * As many calls are left to threads after one that took longer, and twice as many after the next. On a busy machine a call
 * may take long for want of a processor: as many quick ones in a row as the next break would have make the first of it.
 */
const firstBreak = 16
const longestBreak = 1 << 20

/** Whether calls of a kind are quick. */
class Pace {
  readonly #patience: number
  readonly #now: () => number
  #left = 0
  #nextBreak = firstBreak
  #inARow = 0

  constructor(patience: number, now: () => number) {
    this.#patience = patience
    this.#now = now
  }

  /** Asked before each call: whether it is to be made at once. */
  isQuick(): boolean {
    if (this.#left === 0) return true
    this.#left--
    return false
  }

  time<A>(call: () => A): A {
    const begun = this.#now()
    const result = call()
    if (this.#now() - begun > this.#patience) {
      this.#left = this.#nextBreak
      this.#nextBreak = Math.min(2 * this.#nextBreak, longestBreak)
      this.#inARow = 0
    } else if (++this.#inARow >= this.#nextBreak) {
      this.#nextBreak = firstBreak
      this.#inARow = 0
    }
    return result
  }
}

const failed =
  (method: string, path: string) =>
  (cause: unknown): PlatformError => {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined
    const _tag =
      code === "ENOENT"
        ? "NotFound"
        : code === "EACCES" || code === "EPERM" || code === "EROFS"
          ? "PermissionDenied"
          : code === "EEXIST"
            ? "AlreadyExists"
            : "Unknown"
    const said = cause instanceof Error ? { description: cause.message } : {}
    return systemError({ _tag, module: "QuickDisk", method, pathOrDescriptor: path, cause, ...said })
  }

/** The same by a thread. */
const byThread = <A>(call: (done: (error: Error | null, value: A) => void) => void): Effect.Effect<A, Error> =>
  Effect.callback((resume) =>
    call((error, value) => resume(error === null ? Effect.succeed(value) : Effect.fail(error)))
  )

/**
 * A disk that is held for a quick one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (now: () => number = () => performance.now()): StorageFolder.Disk => {
  /** Makes calls of a kind at once, as long as they are quick, and otherwise by threads. */
  const calls = (patience: number) => {
    const pace = new Pace(patience, now)
    return <A>(
      method: string,
      path: string,
      atOnce: () => A,
      later: (done: (error: Error | null, value: A) => void) => void
    ): Effect.Effect<A, PlatformError> =>
      Effect.suspend(() =>
        pace.isQuick()
          ? Effect.fromResult(pace.time(() => Result.try({ try: atOnce, catch: failed(method, path) })))
          : Effect.mapError(byThread(later), failed(method, path))
      )
  }
  const quick = calls(patience.other)
  const flush = calls(patience.flush)

  const write = (path: string, fd: number, bytes: Uint8Array): Effect.Effect<void, PlatformError> =>
    Effect.flatMap(
      quick<number>(
        "write",
        path,
        () => NodeFs.writeSync(fd, bytes),
        (done) => NodeFs.write(fd, bytes, done)
      ),
      (count) => (count === bytes.length ? Effect.void : write(path, fd, bytes.subarray(count)))
    )

  const open = (path: string, flag: "r" | "wx") =>
    Effect.map(
      Effect.acquireRelease(
        quick<number>(
          "open",
          path,
          () => NodeFs.openSync(path, flag),
          (done) => NodeFs.open(path, flag, done)
        ),
        (fd) =>
          Effect.orDie(
            quick<void>(
              "close",
              path,
              () => NodeFs.closeSync(fd),
              (done) => NodeFs.close(fd, (error) => done(error ?? null))
            )
          )
      ),
      (fd) => ({
        writeAll: (bytes: Uint8Array) => write(path, fd, bytes),
        sync: flush<void>(
          "sync",
          path,
          () => NodeFs.fsyncSync(fd),
          (done) => NodeFs.fsync(fd, (error) => done(error))
        )
      })
    )

  return {
    create: (path) => open(path, "wx"),
    directory: (path) => open(path, "r"),
    rename: (from, to) =>
      quick<void>(
        "rename",
        to,
        () => NodeFs.renameSync(from, to),
        (done) => NodeFs.rename(from, to, (error) => done(error))
      ),
    worthWriting: 1 << 14
  }
}

/**
 * What was read of a file.
 *
 * @category models
 * @since 0.1.0
 */
export interface Read {
  /** As much of the buffer as is filled: less than all of it where the file ends. */
  readonly bytes: Uint8Array
  /** Of the file, in bytes. */
  readonly size: number
}

/**
 * Reads from a place in a file into a buffer. Gives nothing where the disk is not held for a quick one, or refuses: whoever
 * asks then reads in another way, and is told why.
 *
 * @category constructors
 * @since 0.1.0
 */
export const reader = (
  now: () => number = () => performance.now()
): ((path: string, buffer: Uint8Array, position: number) => Read | undefined) => {
  const pace = new Pace(patience.other, now)
  const { O_NONBLOCK, O_RDONLY } = NodeFs.constants
  // A pipe that has taken the place of a file is not waited for.
  const flags = O_RDONLY | (O_NONBLOCK ?? 0)
  return (path, buffer, position) => {
    if (!pace.isQuick()) return undefined
    const read = pace.time(() =>
      Result.try((): Read | undefined => {
        const fd = NodeFs.openSync(path, flags)
        const filled = Result.try(() => {
          const stats = NodeFs.fstatSync(fd)
          if (!stats.isFile()) return undefined
          const wanted = Math.min(buffer.length, stats.size - position)
          let at = 0
          while (at < wanted) {
            const count = NodeFs.readSync(fd, buffer, at, wanted - at, position + at)
            if (count === 0) break
            at += count
          }
          return { bytes: buffer.subarray(0, at), size: stats.size }
        })
        NodeFs.closeSync(fd)
        return Result.getOrThrow(filled)
      })
    )
    return Result.getOrElse(read, () => undefined)
  }
}
