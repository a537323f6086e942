/**
 * Runs the command as a process: standard streams, signals and the exit code.
 *
 * @since 0.1.0
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Dicom from "./Dicom.ts"
import { codes } from "./ExitCode.ts"
import type { ExitCode } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as LogLines from "./LogLines.ts"
import { Signals, Stop } from "./Stop.ts"
import type { Signal } from "./Stop.ts"

/**
 * Runs the command and ends the process.
 *
 * @category operations
 * @since 0.1.0
 */
export const main = (args: ReadonlyArray<string>, version: string): void => {
  // Whoever read what is printed may have gone (`dicom store ... | head`): the work goes on without. A full disk is told of.
  let lost: Error | undefined
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") lost ??= error
  })
  process.stderr.on("error", () => {})
  const first = Deferred.makeUnsafe<Signal>()
  const second = Deferred.makeUnsafe<Signal>()
  let taken = false
  let signal: Signal | undefined
  let ended: ExitCode | undefined
  const program = Dicom.run(args, version).pipe(
    Effect.provideService(
      Stop,
      Effect.suspend(() => {
        taken = true
        return Deferred.await(first)
      })
    ),
    Effect.provideService(Signals, { first: Deferred.await(first), second: Deferred.await(second) }),
    Effect.provide([NodeServices.layer, Logger.layer([Logger.withConsoleError(LogLines.logger)])])
  )
  const fiber = Effect.runFork(program)
  // A fiber that waits for nothing but a promise does not keep the process alive.
  const alive = setInterval(() => {}, 2147483647)
  const leave = (): void => process.exit(ofSignal(signal))
  const onSignal = (name: Signal): void => {
    // Whoever reads what was printed may not read on.
    if (ended !== undefined) process.exit(ended)
    const before = signal
    signal = name
    if (before === undefined) {
      Deferred.doneUnsafe(first, Exit.succeed(name))
      if (!taken) fiber.interruptUnsafe()
    } else if (!Deferred.isDoneUnsafe(second)) {
      Deferred.doneUnsafe(second, Exit.succeed(name))
      fiber.interruptUnsafe()
      // Who took the first one on has more to end, and to tell of it.
      setTimeout(leave, taken ? 2000 : 200)
    } else leave()
  }
  process.on("SIGINT", onSignal)
  process.on("SIGTERM", onSignal)
  fiber.addObserver((exit) => {
    clearInterval(alive)
    const json = Dicom.isJson(args)
    let code = exitCode(exit, signal, json)
    ended = code
    // What was printed into a pipe may still be on its way, and would be lost.
    const last = () => {
      if (lost !== undefined && code === codes.success) {
        ended = code = codes.files
        const sentence = `What was to be printed could not be written: ${Failure.refusalOf(lost)}.`
        console.error(json ? Failure.toJson(Failure.make(code, sentence)) : sentence)
      }
      process.stderr.write("", () => process.exit(code))
    }
    // A stream tells of its error only after it has called back.
    process.stdout.write("", () => setImmediate(last))
  })
}

const ofSignal = (signal: Signal | undefined): ExitCode => (signal === "SIGTERM" ? codes.terminated : codes.interrupted)

const exitCode = (
  exit: Exit.Exit<void, { readonly exitCode: ExitCode; readonly sentence: string }>,
  signal: Signal | undefined,
  json: boolean
): ExitCode => {
  if (Exit.isSuccess(exit)) return codes.success
  if (Cause.hasInterruptsOnly(exit.cause)) return ofSignal(signal)
  const failure = exit.cause.reasons.find(Cause.isFailReason)?.error
  if (failure !== undefined) {
    if (failure.sentence !== "") console.error(failure.sentence)
    return failure.exitCode
  }
  const defect = Cause.squash(exit.cause)
  const reason = defect instanceof Error ? defect.message : String(defect)
  const sentence = `A fault of the command itself: ${reason}. Please report it.`
  console.error(json ? Failure.toJson(Failure.make(codes.internal, sentence)) : sentence)
  return codes.internal
}
