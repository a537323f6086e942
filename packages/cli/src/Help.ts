/**
 * What the help of every subcommand has in common: how it is laid out, and the exit codes at its end.
 *
 * @since 0.1.0
 */
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
