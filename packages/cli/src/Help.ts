/**
 * What the help of every subcommand has in common: how it is laid out, and the exit codes at its end. And what the command
 * knows of itself, for the subcommands that print that.
 *
 * @since 0.1.0
 */
import type * as Completions from "effect/cli/Completions"
import type * as HelpDoc from "effect/cli/HelpDoc"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExitCode from "./ExitCode.ts"

/**
 * The exit codes, one a line.
 *
 * @category formatting
 * @since 0.1.0
 */
export const exitCodes: string = [
  "Exit codes:",
  ...ExitCode.legend.map(([code, meaning]) => `${String(code).padStart(5)}  ${meaning}`)
].join("\n")

/**
 * Paragraphs under the heading of the help, which indents their first line only.
 *
 * @category formatting
 * @since 0.1.0
 */
export const paragraphs = (...texts: ReadonlyArray<string>): string =>
  texts.join("\n\n").replaceAll("\n", "\n  ").replaceAll("\n  \n", "\n\n")

/**
 * What the command knows of itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface Documentation {
  readonly version: string
  /** What `--help` prints of a subcommand, or of the command where there is no path, before it is laid out. */
  readonly document: (path: ReadonlyArray<string>) => Effect.Effect<HelpDoc.HelpDoc>
  /** Its subcommands, flags and arguments. */
  readonly descriptor: () => Completions.CommandDescriptor
}

const nothing = new Error("there is no command")

/**
 * What the command knows of itself. Default: nothing can be had.
 *
 * @category services
 * @since 0.1.0
 */
export const Documents: Context.Reference<Documentation> = Context.Reference<Documentation>(
  "@effect-dicom/cli/Help/Documents",
  {
    defaultValue: () => ({
      version: "",
      document: () => Effect.die(nothing),
      descriptor: () => {
        throw nothing
      }
    })
  }
)
