/**
 * The disk as `dicom serve` uses it: what it takes at once is given to it at once, since a call to a thread costs more than
 * a write into the memory of the system does. A disk that does not is written to by threads for a while, so that no
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

/** As many calls are left to threads after the first one that took longer; twice as many after the next. */
const firstBreak = 500
const longestBreak = 1 << 20

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
    return systemError({ _tag, module: "QuickDisk", method, pathOrDescriptor: path, cause })
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
    let left = 0
    let nextBreak = firstBreak
    return <A>(
      method: string,
      path: string,
      atOnce: () => A,
      later: (done: (error: Error | null, value: A) => void) => void
    ): Effect.Effect<A, PlatformError> =>
      Effect.suspend(() => {
        if (left > 0) {
          left--
          return Effect.mapError(byThread(later), failed(method, path))
        }
        const begun = now()
        const called = Result.try({ try: atOnce, catch: failed(method, path) })
        if (now() - begun > patience) {
          left = nextBreak
          nextBreak = Math.min(2 * nextBreak, longestBreak)
        }
        return Effect.fromResult(called)
      })
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
