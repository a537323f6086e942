/**
 * What the command line knows of `dicom store`: its flags and its help. Store.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Calling from "./Calling.ts"
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
    ...Flags.peerBeforePaths,
    paths: Flags.paths,
    halt: Flag.Boolean("halt").pipe(
      Flag.withDefault(true),
      Flag.withDescription("Stop after the first instance that is refused; --no-halt goes on (default: stop)")
    ),
    propose: Flags.optional(
      "propose",
      "SYNTAXES",
      "Propose these transfer syntaxes, keywords or UIDs with commas, in place of those that the instances are in; what is not " +
        "compressed is sent in the first that is accepted"
    ),
    associations: Flag.Int("associations").pipe(
      Flag.withSchema(Flags.whole("The number of associations", "a number", 1, 64)),
      Flag.withMetavar("N"),
      Flag.withDefault(1),
      Flag.withDescription("Send over so many associations at the same time (default 1)")
    ),
    retry: Flag.Int("retry").pipe(
      Flag.withSchema(Flags.whole("The number of times", "a number", 0, 1000)),
      Flag.withMetavar("N"),
      Flag.withDefault(0),
      Flag.withDescription("Try so often again, with growing waits, where the peer is busy or out of reach (default 0)")
    ),
    journal: Flag.String("journal").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("Remember in this file what was stored, and leave that out the next time"),
      Flag.optional,
      Flag.map(Flags.absent)
    ),
    repeat: Flags.repeat("Send each of them this many times on one association (default 1)"),
    ...Flags.folders,
    ...Calling.flags
  },
  (input) => Calling.run(input, () => import("./Store.ts").then(({ run }) => run))
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Send the DICOM instances in files and folders to a peer (C-STORE).",
      "Each is sent in the transfer syntax it is in, byte for byte, unless --propose says others. Files that are not DICOM are told of and left out.\n" +
        "More than 128 kinds of instances take more than one association.\n" +
        "Ctrl-C aborts within an instance, and releases between two; with --associations, --retry or --journal it lets what\n" +
        "is being sent finish, and releases; a second one aborts.",
      Help.whereExitCodes
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
