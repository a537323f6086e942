/**
 * What the command line knows of `dicom convert`: its flags and its help. Convert.ts is loaded when it is run.
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
 * `dicom convert`: writes a file in another transfer syntax.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "convert",
  {
    input: Argument.String("IN").pipe(Argument.withDescription("A DICOM file; - is the standard input")),
    output: Argument.String("OUT").pipe(
      Argument.withDescription(
        "The file to write, which replaces one that is there once it is complete; - is the standard output"
      )
    ),
    syntax: Flag.String("syntax").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription(
        "Write in this transfer syntax: ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, " +
          "DeflatedExplicitVRLittleEndian, or a UID (default: leave every byte as it is)"
      ),
      Flag.optional,
      Flag.map(Flags.absent)
    ),
    limits: LimitFlag.flag,
    quiet: Flags.telling.quiet
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./Convert.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Write a DICOM file in another transfer syntax.",
      "Between the uncompressed ones: pixels are neither compressed nor decompressed.\n" +
        "A file without File Meta Information gets one with --syntax.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Write a DICOM file in another transfer syntax"),
  Command.withExamples([
    {
      command: "dicom convert in.dcm out.dcm --syntax ExplicitVRLittleEndian",
      description: "Change the transfer syntax"
    },
    { command: "dicom convert in.dcm out.dcm", description: "Check a file, and write it as it is" }
  ])
)
