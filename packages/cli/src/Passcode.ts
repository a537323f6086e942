/**
 * `dicom passcode`: gives a user of `dicom serve --users FILE` a passcode.
 *
 * @since 0.1.0
 */
import * as Prompt from "effect/cli/Prompt"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type * as Terminal from "effect/Terminal"
import * as DurableFile from "./DurableFile.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as GivenFile from "./GivenFile.ts"
import * as Users from "./Users.ts"

/**
 * What the command line says of `dicom passcode`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  readonly file: string
  readonly name: string
  /** A file with the passcode. Default: DICOM_PASSWORD, or what is typed. */
  readonly passwordFile?: string | undefined
  /** Takes the user out of the file. */
  readonly remove: boolean
}

/**
 * Gives a user a passcode, in a file that is made where there is none, for its owner alone.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem | Path.Path | Terminal.Terminal> {
  const fs = yield* FileSystem.FileSystem
  const { file, name, remove } = options
  if (!/^[^:#\p{Cc}][^:\p{Cc}]*$/u.test(name)) {
    return yield* Failure.make(codes.usage, `${JSON.stringify(name)} is no name of a user. Give one without ":".`)
  }
  const refused = (error: PlatformError) =>
    Failure.make(codes.files, `Cannot write ${file}: ${Failure.refusalOf(error)}. Give a file that can be written.`)
  const text = yield* GivenFile.bytes(file).pipe(
    Effect.map((bytes) => new TextDecoder().decode(bytes)),
    Effect.catch((error) =>
      error.reason._tag === "NotFound" ? Effect.succeed(undefined) : Effect.fail(refused(error))
    )
  )
  const others = (text ?? "").split(/\r?\n/).filter((one) => one !== "" && !one.startsWith(`${name}:`))
  const isKnown = text?.split(/\r?\n/).some((one) => one.startsWith(`${name}:`)) === true
  if (remove && !isKnown) {
    return yield* Failure.make(codes.usage, `${file} has no user ${JSON.stringify(name)}. See which it has.`)
  }
  const lines = remove ? others : [...others, Users.format(name, yield* Users.verifierOf(yield* passcodeOf(options)))]
  const bytes = Stream.succeed(new TextEncoder().encode(lines.map((one) => `${one}\n`).join("")))
  yield* Effect.gen(function* () {
    // It keeps who may read it when it is written.
    if (text === undefined) yield* Effect.scoped(fs.open(file, { flag: "wx", mode: 0o600 }))
    yield* DurableFile.write(file, bytes)
  }).pipe(Effect.mapError(refused))
  yield* Console.log(`${remove ? "removed" : isKnown ? "changed" : "added"} ${name}`)
})

const passcodeOf = Effect.fnUntraced(function* ({ name, passwordFile }: Options) {
  if (passwordFile !== undefined) {
    const text = new TextDecoder().decode(yield* GivenFile.read("--password-file", passwordFile))
    return yield* nonEmpty(Redacted.make(text.replace(/\r?\n$/, ""), { label: "passcode" }), passwordFile)
  }
  const set = yield* Effect.orDie(Config.option(Config.Redacted("DICOM_PASSWORD")))
  if (Option.isSome(set)) return yield* nonEmpty(set.value, "DICOM_PASSWORD")
  if (process.stdin.isTTY !== true) {
    return yield* Failure.make(
      codes.usage,
      "There is no passcode. Type one at a terminal, or give it with --password-file or in DICOM_PASSWORD."
    )
  }
  const typed = yield* nonEmpty(yield* ask(`The passcode of ${name}:`), "What was typed")
  const again = yield* ask("Once more:")
  return Redacted.value(typed) === Redacted.value(again)
    ? typed
    : yield* Failure.make(
        codes.usage,
        "The passcode was typed differently the second time. Nothing was changed: try again."
      )
})

const nonEmpty = (passcode: Redacted.Redacted, where: string): Effect.Effect<Redacted.Redacted, Failure.Failure> =>
  Redacted.value(passcode) === ""
    ? Effect.fail(Failure.make(codes.usage, `${where} is empty. A user without a passcode is let in by anyone.`))
    : Effect.succeed(passcode)

/** Asks at the terminal, which shows nothing of what is typed. */
const ask = (message: string) =>
  Effect.catchTag(Prompt.run(Prompt.Hidden({ message })), "QuitError", () =>
    Effect.andThen(Console.error("Interrupted: nothing was changed."), Effect.interrupt)
  )
