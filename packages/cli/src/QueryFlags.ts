/**
 * The flags of the subcommands that ask by an identifier: its keys, the query model, and how it is asked.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Calling from "./Calling.ts"
import * as Flags from "./Flags.ts"

const models = ["patient", "study", "psonly"] as const
const levels = ["patient", "study", "series", "image"] as const

/**
 * A query model, by the name of its flag.
 *
 * @category models
 * @since 0.1.0
 */
export type Model = (typeof models)[number]

/**
 * A level of a query model, by the name of its flag.
 *
 * @category models
 * @since 0.1.0
 */
export type Level = (typeof levels)[number]

/**
 * Who is asked, and by which keys.
 *
 * @category flags
 * @since 0.1.0
 */
export const peerAndKeys = {
  ...Flags.peerBeforePaths,
  keys: Argument.String("KEY").pipe(
    Argument.withDescription('Keys: a keyword or tag, and a value to match, as in "PatientName=DOE*"'),
    Argument.variadic()
  ),
  where: Flag.String("where").pipe(
    Flag.withAlias("k"),
    Flag.withMetavar("KEY"),
    Flag.withDescription("A key, as findscu takes it; may be given again"),
    Flag.atLeast(0)
  ),
  keysFile: Flag.String("keys").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Keys from a DICOM file or from JSON; may be given again, and is asked one after the other"),
    Flag.atLeast(0)
  ),
  unchecked: Flags.yes(
    "unchecked",
    "Send keys as they are given: whatever dates, times, whole numbers and UIDs are, and without unique keys that are due"
  )
} as const

/**
 * The query model and the level.
 *
 * @category flags
 * @since 0.1.0
 */
export const model = {
  model: Flags.anyCase(
    "model",
    models,
    Flag.Literals("model", models).pipe(
      Flag.withAlias("m"),
      Flag.withDefault("study" as const),
      Flag.withDescription("The query model: Patient Root, Study Root, or Patient/Study Only (default study)")
    )
  ),
  level: Flags.anyCase(
    "level",
    levels,
    Flag.Literals("level", levels).pipe(
      Flag.withAlias("l"),
      Flag.withDescription(
        "The level (default that of the keys or of their file, or the one that their unique keys lead to)"
      ),
      Flag.optional,
      Flag.map(Flags.absent)
    )
  )
} as const

/** A number of something that need not be given. */
const count = (name: string, what: string, minimum: number, description: string): Flag.Flag<number | undefined> =>
  Flag.Int(name).pipe(
    Flag.withSchema(Flags.whole("The number", what, minimum, 1000000000)),
    Flag.withMetavar("N"),
    Flag.withDescription(description),
    Flag.optional,
    Flag.map(Flags.absent)
  )

/**
 * How it is asked.
 *
 * @category flags
 * @since 0.1.0
 */
export const asking = {
  propose: Flags.optional(
    "propose",
    "SYNTAXES",
    "Propose these transfer syntaxes, keywords or UIDs with commas, the preferred one first " +
      "(default ExplicitVRLittleEndian,ImplicitVRLittleEndian)"
  ),
  priority: Flags.anyCase(
    "priority",
    ["low", "medium", "high"],
    Flag.ChoiceWithValue("priority", [
      ["low", "LOW"],
      ["medium", "MEDIUM"],
      ["high", "HIGH"]
    ] as const).pipe(Flag.withDefault("MEDIUM" as const), Flag.withDescription("The priority (default medium)"))
  ),
  repeat: Flags.repeat("Ask this many times on one association (default 1)")
} as const

const extended = (words: string): Flag.Flag<string | undefined> =>
  Flags.optional("extended", "WORDS", `Propose in extended negotiation, with commas: ${words}`)

/**
 * How matches are asked for, which words there are of extended negotiation, and what is done with them.
 *
 * @category flags
 * @since 0.1.0
 */
export const matching = (words: string) => ({
  onlyKeys: Flags.yes("only-keys", "Ask for the attributes of keys only (default: for customary ones too)"),
  wide: Flags.yes("wide", "Print all columns to their end (default: on a terminal what fits)"),
  cancelAfter: count("cancel-after", "a number of matches", 1, "Cancel the query after this many matches (C-CANCEL)"),
  max: count(
    "max",
    "a number of matches",
    0,
    "Print this many matches of a query, and write no more, and count the others"
  ),
  output: Flags.output("Write each match as a DICOM file too, DIR/rsp0001.dcm and so on"),
  extended: extended(words),
  ...asking,
  ...Calling.flags
})

/**
 * How a C-GET or C-MOVE is asked for, and when it is cancelled.
 *
 * @category flags
 * @since 0.1.0
 */
export const retrieving = {
  extended: extended("relational, multiframe"),
  cancelAfter: count(
    "cancel-after",
    "a number of instances",
    1,
    "Cancel once the peer has told of this many instances (C-CANCEL); a few more may come"
  ),
  ...asking,
  ...Calling.flags
} as const
