/**
 * What the command line knows of `dicom get`: its flags and its help. Retrieve.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Calling from "./Calling.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as Flags from "./Flags.ts"
import * as Help from "./Help.ts"
import * as QueryFlags from "./QueryFlags.ts"

/**
 * `dicom get`: gets instances into a folder.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "get",
  {
    ...QueryFlags.peerAndKeys,
    ...QueryFlags.model,
    output: Flags.output("Keep what comes in this folder, each instance as <SOP Instance UID>.dcm"),
    ignore: Flags.yes("ignore", "Receive instances and drop them"),
    storage: Flags.optional(
      "storage",
      "CLASSES",
      "Take instances of these SOP classes, keywords or UIDs with commas, such as CT,MRImageStorage (default: 127 of PS3.6, " +
        "all but rare ones)"
    ),
    accept: Flags.optional(
      "accept",
      "SYNTAXES",
      "Take them in these transfer syntaxes, the preferred one first (default: all, the uncompressed ones first)"
    ),
    ...QueryFlags.retrieving
  },
  (input) => {
    if ((input.output === undefined) === !input.ignore) {
      return Effect.fail(
        Failure.make(codes.usage, "Instances are kept in a folder or dropped. Give one of --output and --ignore.")
      )
    }
    return Calling.run(input, () => import("./Retrieve.ts").then(({ get }) => get))
  }
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Get the instances that match unique keys from a peer, on the same association (C-GET).",
      "They are kept byte for byte in the transfer syntax they come in, as `dicom serve` keeps them.\n" +
        "An association has 128 presentation contexts: --storage says for which SOP classes, and where they and the transfer\n" +
        "syntaxes of --accept fit, there is one for each pair, so that nothing has to be decompressed.\n" +
        "Ctrl-C cancels (C-CANCEL), and waits three seconds at most for the end; a second one leaves at once.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Get instances into a folder (C-GET)"),
  Command.withExamples([
    { command: "dicom get archive StudyInstanceUID=1.2.3 --output study", description: "Get a study" },
    {
      command:
        "dicom get ARCHIVE@pacs.example.org:104 --level series StudyInstanceUID=1.2.3 SeriesInstanceUID=1.2.3.4 " +
        "--storage CT --output series",
      description: "Get a series of CT images, compressed or not as they are"
    }
  ])
)
