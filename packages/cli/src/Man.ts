/**
 * `dicom man`: the man page of the command, made of what `--help` prints, in the language of man(7).
 *
 * @since 0.1.0
 */
import type * as HelpDoc from "effect/cli/HelpDoc"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ExitCode from "./ExitCode.ts"
import * as Help from "./Help.ts"
import { Output } from "./Output.ts"

/** Text as man(7) prints it: no escape, no request at the beginning of a line, hyphens that can be copied. */
const escaped = (text: string): string =>
  text
    .replaceAll("\\", "\\(rs")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/gm, "\\&")

/** Paragraphs; lines that are indented or follow each other as they are stay lines. */
const paragraphs = (text: string): string =>
  text
    .split("\n\n")
    .map((paragraph) => {
      const lines = paragraph.split("\n")
      return lines.length === 1 ? `.PP\n${escaped(paragraph)}` : `.PP\n.nf\n${escaped(paragraph)}\n.fi`
    })
    .join("\n")

const flag = ({ aliases, description, name, type }: HelpDoc.FlagDoc): string => {
  const names = [...aliases.map((alias) => (alias.startsWith("-") ? alias : `-${alias}`)), `--${name}`]
  const value = type === "boolean" ? "" : ` \\fI${escaped(type)}\\fR`
  return `.TP\n${names.map((one) => `\\fB${escaped(one)}\\fR`).join(", ")}${value}\n${escaped(text(description))}`
}

const argument = ({ description, name, required, variadic }: HelpDoc.ArgDoc): string =>
  `.TP\n\\fI${escaped(name)}\\fR${variadic ? " ..." : ""}${required ? "" : " (optional)"}\n${escaped(text(description))}`

const text = (description: Option.Option<string>): string => Option.getOrElse(description, () => "")

const example = ({ command, description }: HelpDoc.ExampleDoc): string =>
  `.TP\n${escaped(description ?? "")}\n\\fB${escaped(command)}\\fR`

/** Help without what is the same for all subcommands. */
const own = (description: string): string => paragraphs(plain(description.split("\n\n").filter(isOwn).join("\n\n")))

const isOwn = (paragraph: string): boolean => !paragraph.trimStart().startsWith("Exit codes:")

/** Without the indentation that `Help.paragraphs` makes. */
const plain = (description: string): string => description.replaceAll("\n  ", "\n")

/**
 * The page.
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = (
  version: string,
  root: HelpDoc.HelpDoc,
  subcommands: ReadonlyArray<readonly [name: string, short: string, document: HelpDoc.HelpDoc]>
): string =>
  [
    `.TH DICOM 1 "" "dicom ${escaped(version)}"`,
    ".SH NAME",
    "dicom \\- DICOM over the network, and in files",
    ".SH SYNOPSIS",
    ...subcommands.map(([, , document]) => `\\fB${escaped(document.usage)}\\fR\n.br`),
    ".SH DESCRIPTION",
    own(root.description),
    ...(root.examples ?? []).map(example),
    ".SH COMMANDS",
    ...subcommands.flatMap(([name, short, document]) => [
      `.SS "dicom ${name} \\- ${escaped(short).replaceAll('"', "\\(dq")}"`,
      own(document.description),
      ...(document.args ?? []).map(argument),
      ...document.flags.map(flag),
      ...(document.examples ?? []).map(example)
    ]),
    ".SH GLOBAL OPTIONS",
    ...(root.globalFlags ?? []).map(flag),
    ".SH EXIT STATUS",
    ...ExitCode.legend.map(([code, meaning]) => `.TP\n${code}\n${escaped(meaning)}`),
    ".SH ENVIRONMENT",
    ".TP\nEFFECT_DICOM_CONFIG\nThe configuration file that gives names to peers.",
    ".TP\nDICOM_PASSWORD\nThe password of \\-\\-user.",
    ".SH FILES",
    ".TP\n~/.config/effect\\-dicom/peers.json\nThe configuration file, in XDG_CONFIG_HOME if that is set.",
    ""
  ].join("\n")

/**
 * Prints the page.
 *
 * @category operations
 * @since 0.1.0
 */
export const run: Effect.Effect<void> = Effect.gen(function* () {
  const { document, version } = yield* Help.Documents
  const root = yield* document([])
  const listed = (root.subcommands ?? []).flatMap((group) => group.commands)
  const subcommands = yield* Effect.forEach(listed, ({ description, name, shortDescription }) =>
    Effect.map(document([name]), (found) => [name, shortDescription ?? description, found] as const)
  )
  const output = yield* Output
  yield* Effect.ignore(output(format(version, root, subcommands)))
})
