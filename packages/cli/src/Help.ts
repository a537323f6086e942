/**
 * What the help of every subcommand has in common: how it is laid out, and where the exit codes are told. And what the
 * command knows of itself, for the subcommands that print that.
 *
 * @since 0.1.0
 */
import * as CliOutput from "effect/cli/CliOutput"
import type * as Completions from "effect/cli/Completions"
import type * as HelpDoc from "effect/cli/HelpDoc"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { stripVTControlCharacters } from "node:util"
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
 * Where they are told, for the help of a subcommand.
 *
 * @category formatting
 * @since 0.1.0
 */
export const whereExitCodes: string = "Exit codes: see `dicom --help`."

/**
 * The lines of a help within so many columns of a terminal, 40 at least: what a line is too long for goes on under its second
 * column, or under its beginning. Commands are left whole, to be copied.
 *
 * @category formatting
 * @since 0.1.0
 */
export const wrapped = (text: string, columns: number): string => {
  const width = Math.max(columns, 40)
  return joined(text.split("\n"), width)
    .map((line) => (CliOutput.displayWidth(line) <= width || isCommand(line) ? line : wrappedLine(line, width)))
    .join("\n")
}

/** Whether a line is prose: nothing in columns, and no command. */
const isProse = (line: string): boolean => /^ {2}\S+(?: \S+)*$/.test(line) && !isCommand(line)

/** The lines, of a sentence that goes on in the next one both as one where either is too long. */
const joined = (lines: ReadonlyArray<string>, width: number): ReadonlyArray<string> => {
  const sentences: Array<Array<string>> = []
  for (const line of lines) {
    const before = sentences.at(-1)
    const last = before?.at(-1)
    if (before !== undefined && last !== undefined && isProse(last) && isProse(line) && /^ {2}[a-z(]/.test(line)) {
      before.push(line)
    } else sentences.push([line])
  }
  return sentences.flatMap((sentence) =>
    sentence.some((line) => CliOutput.displayWidth(line) > width)
      ? [sentence.map((line, i) => (i === 0 ? line : line.slice(2))).join(" ")]
      : sentence
  )
}

const isCommand = (line: string): boolean => /^ +dicom /.test(stripVTControlCharacters(line))

const wrappedLine = (line: string, width: number): string => {
  const head = /^ *(?:\S(?: ?\S)* {2,}(?=\S))?/.exec(line)?.[0] ?? ""
  const column = CliOutput.displayWidth(head)
  const isNarrow = column > width / 2
  const margin = " ".repeat(isNarrow ? 6 : column)
  const lines: Array<string> = isNarrow ? [head.trimEnd()] : []
  let current = isNarrow ? margin : head
  let isEmpty = true
  for (const word of line.slice(head.length).split(" ")) {
    if (!isEmpty && CliOutput.displayWidth(current) + 1 + CliOutput.displayWidth(word) > width) {
      lines.push(current)
      current = margin
      isEmpty = true
    }
    current += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, current].join("\n")
}

/**
 * A help with a line left free above its examples, also where they follow the subcommands.
 *
 * @category formatting
 * @since 0.1.0
 */
export const spaced = (text: string): string =>
  text
    .split("\n")
    .flatMap((line, i, lines) =>
      stripVTControlCharacters(line) === "EXAMPLES" && lines[i - 1] !== "" ? ["", line] : [line]
    )
    .join("\n")

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
  /** Its subcommands, flags and arguments, and the flags that all of them have. */
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
