/**
 * What the command line knows of `dicom serve`: its flags and its help. Serve.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as ExitCode from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as Flags from "./Flags.ts"
import * as Help from "./Help.ts"

/**
 * `dicom serve`: answers, and takes instances into a folder.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "serve",
  {
    port: Flag.Int("port").pipe(
      Flag.withAlias("p"),
      Flag.withSchema(Flags.port(0)),
      Flag.withMetavar("PORT"),
      Flag.withDefault(11112),
      Flag.withDescription("Listen on this port; 0 picks a free one (default 11112)")
    ),
    host: Flag.String("host").pipe(
      Flag.withMetavar("ADDRESS"),
      Flag.withDefault("127.0.0.1"),
      Flag.withDescription("Listen on this address; 0.0.0.0 is every IPv4 address of the machine (default 127.0.0.1)")
    ),
    output: Flags.output("Keep what is stored in this folder, each instance as <SOP Instance UID>.dcm"),
    ignore: Flags.yes("ignore", "Receive instances and drop them"),
    aetitle: Flags.title("aetitle", "a", AETitle.AETitle.make("ANY-SCP"), "The AE title of this side"),
    checkAetitle: Flags.yes("check-aetitle", "Reject calls for another AE title"),
    promiscuous: Flags.yes("promiscuous", "Take instances of any SOP class in any transfer syntax, known or not"),
    accept: Flags.optional(
      "accept",
      "SYNTAXES",
      "Take instances in these transfer syntaxes only, keywords or UIDs with commas, the preferred one first (default: all)"
    ),
    from: Flags.optional(
      "from",
      "ADDRESSES",
      "Reject calls from elsewhere than these addresses and networks, with commas, as in 192.0.2.7,10.0.0.0/8"
    ),
    callers: Flags.optional("callers", "AETITLES", "Reject calls by other AE titles than these, with commas"),
    maxAssociations: Flag.Int("max-associations").pipe(
      Flag.withSchema(Flags.whole("The number", "a number of associations", 1, 100000)),
      Flag.withMetavar("NUMBER"),
      Flag.withDescription("Reject more associations than this at the same time (default 200)"),
      Flag.optional,
      Flag.map(Flags.absent)
    ),
    maxConnections: Flag.Int("max-connections").pipe(
      Flag.withSchema(Flags.whole("The number", "a number of connections", 1, 200000)),
      Flag.withMetavar("NUMBER"),
      Flag.withDescription(
        "Close more connections than this at the same time, with an association or without " +
          "(default 400, or twice --max-associations where that is more)"
      ),
      Flag.optional,
      Flag.map(Flags.absent)
    ),
    maxPdu: Flags.maximumLength("max-pdu", "The longest P-DATA-TF that is received (default 131072)"),
    acseTimeout: Flags.seconds("acse-timeout", "Close a connection on which no association is asked for (default 30)"),
    idleTimeout: Flags.seconds("idle-timeout", "Abort an association on which nothing happens (default 60)"),
    grace: Flags.seconds(
      "grace",
      "Let open associations finish when stopping, and abort them after this time (default 10)"
    ),
    lenient: Flags.requesting.lenient,
    ...Flags.securing,
    checkCertificate: Flags.yes(
      "check-certificate",
      "Reject calls by an AE title that the caller's certificate does not name"
    ),
    users: Flags.optional(
      "users",
      "FILE",
      "Reject calls without the name and passcode of a user of this file, which dicom passcode makes"
    ),
    anonymous: Flags.yes("anonymous", "With --users: take calls that say nothing of a user too"),
    ...Flags.telling
  },
  (input) => {
    if (input.output === undefined && !input.ignore) {
      return Effect.fail(
        Failure.make(
          ExitCode.codes.usage,
          "It is not said where instances are to be kept. Give a folder with --output, or --ignore to drop them."
        )
      )
    }
    if (input.output !== undefined && input.ignore) {
      return Effect.fail(
        Failure.make(ExitCode.codes.usage, "--output keeps instances and --ignore drops them. Give one of the two.")
      )
    }
    if (input.checkCertificate && !(input.tls && input.verifyPeer)) {
      return Effect.fail(
        Failure.make(
          ExitCode.codes.usage,
          "--check-certificate is for certificates that are asked for and checked. Give --tls, without --no-verify-peer."
        )
      )
    }
    if (input.accept !== undefined && input.promiscuous) {
      return Effect.fail(
        Failure.make(
          ExitCode.codes.usage,
          "--promiscuous takes any transfer syntax and --accept some. Give one of the two."
        )
      )
    }
    if (input.anonymous && input.users === undefined) {
      return Effect.fail(
        Failure.make(
          ExitCode.codes.usage,
          "Without --users nobody is asked for a user. Give --users FILE, or leave out --anonymous."
        )
      )
    }
    return Effect.gen(function* () {
      const [Transport, Users, Serve] = yield* Effect.promise(() =>
        Promise.all([import("./Transport.ts"), import("./Users.ts"), import("./Serve.ts")])
      )
      const authenticator =
        input.users === undefined ? undefined : Users.authenticator(yield* Users.current(input.users), input)
      return yield* Serve.run({ ...input, authenticator, secured: yield* Transport.tls(input) })
    })
  }
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Answer C-ECHO, and take instances by C-STORE into a folder.",
      "Prints one line with its address once it listens.\n" +
        "An instance is acknowledged when it is complete and on the disk.\n" +
        "Ctrl-C lets open associations finish, and takes no more; a second one ends them at once. SIGTERM does the same.",
      "The exit code is 0 where it stopped so after one of them, also where associations had to be aborted when the time of\n" +
        "--grace had passed; after a second one it is 130 (Ctrl-C) or 143 (SIGTERM).",
      "The file of --users is read again when it has changed. A passcode comes over the network as it is, unless there is --tls.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Answer C-ECHO, and take instances into a folder"),
  Command.withExamples([
    { command: "dicom serve --output incoming", description: "Listen on port 11112 of this machine only" },
    {
      command: "dicom serve --host 0.0.0.0 --port 104 --aetitle ARCHIVE --check-aetitle --output incoming",
      description: "Be reached from elsewhere"
    },
    {
      command:
        "dicom serve --port 2762 --tls --key me.key.pem --cert me.cert.pem --cafile authority.pem --check-certificate " +
        "--output incoming",
      description: "Over TLS, for those only whose certificates name their AE titles"
    },
    { command: "dicom serve --port 0 --ignore --json", description: "For a test: a free port, nothing kept" }
  ])
)
