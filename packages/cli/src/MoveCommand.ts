/**
 * What the command line knows of `dicom move`: its flags and its help. Retrieve.ts is loaded when it is run.
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
 * `dicom move`: has a peer send instances to a destination.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "move",
  {
    ...QueryFlags.peerAndKeys,
    ...QueryFlags.model,
    destination: Flags.optionalTitle(
      "destination",
      "d",
      "The AE title that instances are moved to (default with --listen: that of this side)"
    ),
    ...Flags.listening("Be the destination: take instances on this port, for as long as it lasts"),
    output: Flags.output("With --listen: keep what comes in this folder (default: drop it)"),
    accept: Flags.optional(
      "accept",
      "SYNTAXES",
      "With --listen: take it in these transfer syntaxes only, the preferred one first (default: all)"
    ),
    ...QueryFlags.retrieving
  },
  (input) => {
    if (input.output !== undefined && input.listen === undefined) {
      return Effect.fail(
        Failure.make(codes.usage, "--output is for what comes here. Give --listen PORT too, or leave it out.")
      )
    }
    if (input.accept !== undefined && input.listen === undefined) {
      return Effect.fail(
        Failure.make(codes.usage, "--accept is for what comes here. Give --listen PORT too, or leave it out.")
      )
    }
    return Calling.run(input, () => import("./Retrieve.ts").then(({ move }) => move))
  }
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Have a peer send the instances that match unique keys to a destination (C-MOVE).",
      "The peer has to know where the destination is. With --listen it is here, and the peer has to know this machine\n" +
        "and port by the AE title of --destination.\n" +
        "Ctrl-C cancels (C-CANCEL), and waits three seconds at most for the end; a second one leaves at once.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Have a peer send instances to a destination (C-MOVE)"),
  Command.withExamples([
    {
      command: "dicom move archive StudyInstanceUID=1.2.3 --destination WORKSTATION",
      description: "Move a study to a workstation"
    },
    {
      command:
        "dicom move archive PatientID=4711 --model patient --level patient --listen 11113 --aetitle ME --output here",
      description: "All of a patient, to this machine"
    }
  ])
)
