/**
 * What the command line knows of `dicom dump`: its flags and its help. Dump.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Flags from "./Flags.ts"
import * as Help from "./Help.ts"
import * as LimitFlag from "./LimitFlag.ts"

/**
 * `dicom dump`: prints files.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "dump",
  {
    paths: Flags.paths.pipe(Argument.withDescription("Files, and folders with files in them; - is the standard input")),
    json: Flags.yes("json", "Print DICOM JSON (PS3.18 Annex F), one data set a line"),
    all: Flag.withAlias(Flags.yes("print-all", "Print long values to their end (default: their beginning)"), "L"),
    search: Flag.String("search").pipe(
      Flag.withAlias("P"),
      Flag.withMetavar("TAG"),
      Flag.withDescription(
        'Print only this attribute, as in "0010,0020" or PatientID, wherever it is; may be repeated'
      ),
      Flag.between(0, 1000)
    ),
    uidNames: Flag.Boolean("uid-names").pipe(
      Flag.withDefault(true),
      Flag.withDescription("Print UIDs of the registry by name; --no-uid-names prints them as they are")
    ),
    color: Flag.Literals("color", ["auto", "always", "never"]).pipe(
      Flag.withDefault("auto" as const),
      Flag.withDescription("Colour the lines (default auto: on a terminal, unless NO_COLOR is set)")
    ),
    bulkAbove: Flag.Int("bulk-above").pipe(
      Flag.withSchema(Flags.whole("The length", "a number of bytes", 0, 0x10000000)),
      Flag.withMetavar("BYTES"),
      Flag.withDefault(0x1000000),
      Flag.withDescription(
        "In JSON, refer to longer values by where they are in the file (default 16777216; compressed pixels always); " +
          "nothing is referred to in a deflated file or the standard input"
      )
    ),
    lenient: Flags.yes("lenient", "Print what can be read of a damaged file"),
    limits: LimitFlag.flag,
    ...Flags.folders,
    quiet: Flag.withAlias(Flags.yes("quiet", "Tell nothing of what is irregular"), "q")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./Dump.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Print what is in DICOM files: tag, VR, value, length in bytes, multiplicity and keyword.",
      "Of a damaged file nothing is printed without --lenient. Irregularities are told on stderr.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Print what is in DICOM files"),
  Command.withExamples([
    { command: "dicom dump image.dcm", description: "Print a file" },
    { command: "dicom dump study/ --search PatientID --search 0020,000d", description: "Print two attributes of many" },
    { command: "dicom dump image.dcm --json", description: "For a program to read" }
  ])
)
