/**
 * What the command line knows of `dicom anonymize`: its flags and its help. Anonymize.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Flags from "./Flags.ts"
import * as Help from "./Help.ts"
import * as LimitFlag from "./LimitFlag.ts"

/**
 * `dicom anonymize`: writes files without what identifies the patient.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "anonymize",
  {
    paths: Flags.paths,
    output: Flag.String("output").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("DIR"),
      Flag.withDescription(
        "Write the new files into this folder, each as <SOP Instance UID>.dcm; - is the standard output, for one file"
      )
    ),
    profile: Flag.String("profile").pipe(
      Flag.withMetavar("OPTIONS"),
      Flag.withDescription(
        "Options of the profile, with commas between them: retain-safe-private, retain-uids, retain-device-identity, " +
          "retain-institution-identity, retain-patient-characteristics, retain-full-dates, retain-modified-dates, " +
          "clean-descriptors, clean-structured-content, clean-graphics (default: none)"
      ),
      Flag.optional,
      Flag.map(Flags.absent)
    ),
    key: Flag.String("key").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription(
        "The secret that new UIDs, patients and moved dates are made with: the same gives the same " +
          "(default: another for each run, which is forgotten)"
      ),
      Flag.optional,
      Flag.map(Flags.absent)
    ),
    keyFile: Flag.String("key-file").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("The same, from a file, so that no list of processes shows it"),
      Flag.optional,
      Flag.map(Flags.absent)
    ),
    pseudonyms: Flag.Boolean("pseudonyms").pipe(
      Flag.withDefault(true),
      Flag.withDescription(
        "Give each patient an ID and a name made with the key; --no-pseudonyms gives none (default: give)"
      )
    ),
    safePrivate: Flag.String("safe-private").pipe(
      Flag.withMetavar("ATTRIBUTE"),
      Flag.withDescription(
        'With retain-safe-private, retain this too, as in "ACME 1.1:0019,0c", or without ",0c" all of that ' +
          'creator\'s group; with ",UI" or another VR after it where files do not say it; may be repeated'
      ),
      Flag.between(0, 1000)
    ),
    report: Flag.String("report").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription(
        "Write what was done to each element to this file, one JSON object for each file, once all are written"
      ),
      Flag.optional,
      Flag.map(Flags.absent)
    ),
    limits: LimitFlag.flag,
    ...Flags.folders,
    ...Flags.telling
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./Anonymize.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Write DICOM files without what identifies the patient (PS3.15 Annex E).",
      "By the Basic Application Level Confidentiality Profile, and its options. The same UID becomes the same UID in all\n" +
        "files of a run, and of all runs with the same key.\n" +
        "Pixels are not looked at: text in them, and faces, stay.\n" +
        "PATH - is the standard input.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Write files without what identifies the patient"),
  Command.withExamples([
    { command: "dicom anonymize study/ --output anonymous", description: "A folder, by the profile alone" },
    {
      command:
        "dicom anonymize study/ -o anonymous --key-file trial.key --profile retain-modified-dates,clean-descriptors",
      description: "For a trial: more files of the same patients may follow later"
    },
    {
      command: "dicom anonymize image.dcm --output anonymous --report report.jsonl",
      description: "See what was done to each element"
    }
  ])
)
