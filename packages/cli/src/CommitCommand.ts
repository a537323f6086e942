/**
 * What the command line knows of `dicom commit`: its flags and its help. Commit.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Calling from "./Calling.ts"
import * as Flags from "./Flags.ts"
import * as Help from "./Help.ts"

/**
 * `dicom commit`: asks a peer to commit to the storage of instances.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "commit",
  {
    ...Flags.peerBeforePaths,
    paths: Flags.paths,
    ...Flags.listening("Take the report on this port too, from peers that send it on an association of their own"),
    wait: Flag.Finite("wait").pipe(
      Flag.withSchema(Flags.Seconds),
      Flag.withMetavar("SECONDS"),
      Flag.withDefault(60),
      Flag.withDescription("Give up waiting for the report after this time (default 60)")
    ),
    repeat: Flags.repeat("Ask this many times on one association, each report awaited before the next (default 1)"),
    ...Flags.folders,
    ...Calling.flags
  },
  (input) => Calling.run(input, () => import("./Commit.ts").then(({ run }) => run))
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Ask a peer to commit to the storage of the instances in files and folders (Storage Commitment, N-ACTION), and wait\n" +
        "for its report (N-EVENT-REPORT) on the same association, and with --listen on another.",
      "What it did not commit to is told, and is exit code 10. A peer may take hours for its report: where none has come in\n" +
        "time that is exit code 12, nothing is known of the instances, and the same command may be given again later. Each\n" +
        "time is a transaction of its own, and asking twice does no harm.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Ask for commitment to the storage of instances"),
  Command.withExamples([
    { command: "dicom commit archive study/", description: "Ask for what was stored before" },
    {
      command: "dicom commit ARCHIVE@pacs.example.org:104 study/ --aetitle ME --listen 11113 --wait 600",
      description: "A report may come later, to this machine"
    }
  ])
)
