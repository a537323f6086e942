/**
 * What the command line knows of `dicom mpps`: its flags and its help. Mpps.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Calling from "./Calling.ts"
import * as Flags from "./Flags.ts"
import * as Help from "./Help.ts"
import * as QueryFlags from "./QueryFlags.ts"

/**
 * `dicom mpps`: makes and changes a performed procedure step.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "mpps",
  {
    ...QueryFlags.peerAndKeys,
    set: Flags.optional("set", "UID", "Change the step with this UID (default: make one)"),
    uid: Flags.optional("uid", "UID", "Make the step with this UID (default: a new one)"),
    status: Flags.anyCase(
      "status",
      ["in-progress", "completed", "discontinued"],
      Flag.ChoiceWithValue("status", [
        ["in-progress", "IN PROGRESS"],
        ["completed", "COMPLETED"],
        ["discontinued", "DISCONTINUED"]
      ] as const).pipe(
        Flag.withDescription("Its status (default of one that is made: in-progress)"),
        Flag.optional,
        Flag.map(Flags.absent)
      )
    ),
    propose: QueryFlags.asking.propose,
    repeat: Flags.repeat(
      "Make so many, each with a UID of its own, or change the same so often, on one association (default 1)"
    ),
    ...Calling.flags
  },
  (input) => Calling.run(input, () => import("./Mpps.ts").then(({ run }) => run))
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Make a modality performed procedure step (N-CREATE), or with --set change one (N-SET), and print its UID\n" +
        "(with --quiet nothing else).",
      "Attributes are given as `dicom find` takes keys, or in a file with --keys. What a new step must have and is not given\n" +
        "is made up (UID, ID, date and time, AE title) or empty. A step that is completed or discontinued ends now unless\n" +
        "PerformedProcedureStepEndDate and ...EndTime are given.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Make or change a performed procedure step (MPPS)"),
  Command.withExamples([
    {
      command: 'dicom mpps ris Modality=CT "PatientName=DOE^JANE" PatientID=4711',
      description: "Begin: prints the UID"
    },
    {
      command: "dicom mpps ris --set 2.25.1 --status completed --keys series.json",
      description: "End, with what was made"
    }
  ])
)
