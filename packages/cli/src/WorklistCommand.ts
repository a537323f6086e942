/**
 * What the command line knows of `dicom worklist`: its flags and its help. Worklist.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Calling from "./Calling.ts"
import * as Flags from "./Flags.ts"
import * as Help from "./Help.ts"
import * as QueryFlags from "./QueryFlags.ts"

/**
 * `dicom worklist`: ask for scheduled procedure steps (Modality Worklist).
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "worklist",
  {
    ...QueryFlags.peerAndKeys,
    date: Flags.optional(
      "date",
      "DATE",
      'Steps that begin on this day or in this range: "20260131", "20260101-20260131", "today"'
    ),
    modality: Flags.optional("modality", "CODE", "Steps of this modality, such as CT"),
    station: Flags.optional("station", "AETITLE", "Steps of the station with this AE title"),
    patient: Flags.optional("patient", "NAME", 'Steps of patients of this name, as in "DOE^*"'),
    patientId: Flags.optional("patient-id", "ID", "Steps of the patient with this ID"),
    accession: Flags.optional("accession", "NUMBER", "Steps of this accession number"),
    ...QueryFlags.matching("fuzzy, timezone")
  },
  (input) => Calling.run(input, () => import("./Worklist.ts").then(({ run }) => run))
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Ask a peer for scheduled procedure steps: the Modality Worklist (C-FIND).",
      "Flags are for what is usually asked; keys as `dicom find` takes them are for everything else. Those of the step, as\n" +
        '"ScheduledStationName=ROOM1", go into the Scheduled Procedure Step Sequence by themselves.',
      "Items are printed as `dicom find` prints matches.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Ask for scheduled procedure steps (Modality Worklist)"),
  Command.withExamples([
    { command: "dicom worklist ris --date today --modality CT", description: "What CT has to do today" },
    {
      command: "dicom worklist RIS@ris.example.org:104 --station CT1 --json",
      description: "What one station has to do, for a program to read"
    }
  ])
)
