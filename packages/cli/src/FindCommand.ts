/**
 * What the command line knows of `dicom find`: its flags and its help. Find.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Calling from "./Calling.ts"
import * as Help from "./Help.ts"
import * as QueryFlags from "./QueryFlags.ts"

/**
 * `dicom find`: ask for what matches keys (C-FIND).
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "find",
  {
    ...QueryFlags.peerAndKeys,
    ...QueryFlags.model,
    ...QueryFlags.matching("relational, datetime, fuzzy, timezone, multiframe, empty, multiple")
  },
  (input) => Calling.run(input, () => import("./Find.ts").then(({ run }) => run))
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Ask a peer for patients, studies, series or instances that match keys (C-FIND).",
      'A key is a keyword or a tag, and a value: "PatientName=DOE*", "0010,0020=4711", "StudyDate=20260101-20261231".\n' +
        'Without a value it asks for the attribute: "BodyPartExamined". In sequences: "RequestAttributesSequence[0].ScheduledProcedureStepID".\n' +
        "A file with keys is a DICOM file or JSON, DICOM JSON or keywords and values; keys of the command line go before.",
      "Matches are printed as a table, with tabs where no terminal is, and with --json as DICOM JSON (PS3.18 Annex F),\n" +
        "one object a line. How many there were is told on stderr, unless --quiet is given.\n" +
        "Ctrl-C cancels the query, and waits three seconds at most for its end; a second one leaves at once. A reader that reads\n" +
        "no more cancels it too.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Ask for what matches keys (C-FIND)"),
  Command.withExamples([
    { command: 'dicom find archive "PatientName=DOE*" StudyDate=20260101-', description: "Studies since that day" },
    {
      command: "dicom find ARCHIVE@pacs.example.org:104 --level series StudyInstanceUID=1.2.3 --json",
      description: "The series of a study, for a program to read"
    },
    {
      command: "dicom find archive --model patient --level patient -k 0010,0020=4711 --only-keys --output found",
      description: "As findscu does it, with a file of each match"
    }
  ])
)
