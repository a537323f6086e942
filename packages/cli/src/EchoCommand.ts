/**
 * What the command line knows of `dicom echo`: its flags and its help. Echo.ts is loaded when it is run.
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
 * `dicom echo`: asks a peer whether it is there.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "echo",
  {
    ...Flags.peer,
    repeat: Flags.repeat("Ask this many times on one association (default 1)"),
    interval: Flag.Finite("interval").pipe(
      Flag.withSchema(Flags.Seconds),
      Flag.withMetavar("SECONDS"),
      Flag.withDefault(0),
      Flag.withDescription("Wait this long between two questions (default: do not wait)")
    ),
    propose: QueryFlags.asking.propose,
    ...Calling.flags
  },
  (input) => Calling.run(input, () => import("./Echo.ts").then(({ run }) => run))
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Ask a peer whether it is there (C-ECHO).",
      "The association is released at the end. Ctrl-C between two questions releases it too.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Ask a peer whether it is there (C-ECHO)"),
  Command.withExamples([
    { command: "dicom echo localhost 11112", description: "Ask the server on this machine" },
    {
      command: "dicom echo pacs.example.org 104 --call ARCHIVE --aetitle WORKSTATION",
      description: "Ask by AE titles"
    },
    {
      command: "dicom echo pacs.example.org 2762 --tls --cafile authority.pem --key me.key.pem --cert me.cert.pem",
      description: "Over TLS, both sides with certificates"
    },
    { command: "dicom echo localhost 11112 --repeat 1000 --json", description: "Measure, for a program to read" }
  ])
)
