/**
 * What the command line knows of `dicom store`: its flags and its help. Store.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Flags from "./Flags.ts"
import * as Help from "./Help.ts"

/**
 * `dicom store`: sends files to a peer.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "store",
  {
    ...Flags.peer,
    paths: Flags.paths,
    ...Flags.requesting,
    halt: Flag.Boolean("halt").pipe(
      Flag.withDefault(true),
      Flag.withDescription("Stop after the first instance that is refused; --no-halt goes on (default: stop)")
    ),
    ...Flags.folders,
    ...Flags.telling
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./Store.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Send the DICOM instances in files and folders to a peer (C-STORE).",
      "Each is sent in the transfer syntax it is in, byte for byte. Files that are not DICOM are told of and left out.\n" +
        "More than 128 kinds of instances take more than one association.\n" +
        "Ctrl-C aborts within an instance, and releases between two.",
      Help.exitCodes
    )
  ),
  Command.withShortDescription("Send files and folders to a peer (C-STORE)"),
  Command.withExamples([
    { command: "dicom store localhost 11112 study/", description: "Send a folder" },
    {
      command: "dicom store pacs.example.org 104 --call ARCHIVE --aetitle WORKSTATION --no-halt a.dcm b.dcm",
      description: "Send two files, the second even if the first is refused"
    },
    {
      command: 'dicom store localhost 11112 study/ --scan-pattern "*.dcm" --json',
      description: "Send some, for a program to read"
    }
  ])
)
