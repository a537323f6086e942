/**
 * The `dicom` command: its subcommands, their flags and what `--help` says. What a subcommand does is imported when it is
 * run.
 *
 * @since 0.1.0
 */
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as Argument from "effect/cli/Argument"
import * as CliConfig from "effect/cli/CliConfig"
import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ExitCode from "./ExitCode.ts"
import * as Failure from "./Failure.ts"

// -----------------------------------------------------------------------------
// flags
// -----------------------------------------------------------------------------

const whole = (name: string, what: string, minimum: number, maximum: number) =>
  Schema.Int.check(
    Schema.makeFilter(
      (value: number) =>
        (value >= minimum && value <= maximum) || `${name} is ${value}; permitted: ${what}, ${minimum} to ${maximum}`
    )
  )

const port = (minimum: number) => whole("The port", "a TCP port", minimum, 65535)

const Seconds = Schema.Finite.check(
  Schema.makeFilter(
    (value: number) => (value > 0 && value <= 86400) || `it is ${value}; permitted: more than 0, up to 86400 seconds`
  )
)

const MaximumLength = Schema.Int.check(
  Schema.makeFilter(
    (value: number) =>
      value === 0 ||
      (value >= 1024 && value <= 0x1000000) ||
      `the maximum length is ${value}; permitted: 1024 to 16777216 bytes, or 0 for no limit`
  )
)

const absent = <A>(option: Option.Option<A>): A | undefined => Option.getOrUndefined(option)

const seconds = (name: string, description: string) =>
  Flag.Finite(name).pipe(
    Flag.withSchema(Seconds),
    Flag.withMetavar("SECONDS"),
    Flag.withDescription(description),
    Flag.optional,
    Flag.map(absent)
  )

const length = (name: string, description: string) =>
  Flag.Int(name).pipe(
    Flag.withSchema(MaximumLength),
    Flag.withMetavar("BYTES"),
    Flag.withDescription(description),
    Flag.optional,
    Flag.map(absent)
  )

const title = (name: string, alias: string, preset: AETitle.AETitle, description: string) =>
  Flag.String(name).pipe(
    Flag.withAlias(alias),
    Flag.withSchema(AETitle.AETitle),
    Flag.withMetavar("AETITLE"),
    Flag.withDefault(preset),
    Flag.withDescription(`${description} (default ${preset})`)
  )

const yes = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDefault(false), Flag.withoutNegation, Flag.withDescription(description))

const telling = {
  json: yes("json", "Print JSON, one object a line"),
  verbose: Flag.withAlias(yes("verbose", "Tell more"), "v"),
  quiet: Flag.withAlias(yes("quiet", "Tell nothing but failures"), "q")
}

const folders = {
  recurse: Flag.Boolean("recurse").pipe(
    Flag.withDefault(true),
    Flag.withDescription("Search folders within folders; --no-recurse does not (default: search)")
  ),
  pattern: Flag.String("scan-pattern").pipe(
    Flag.withMetavar("PATTERN"),
    Flag.withDescription('In folders take only files of such names, as in "*.dcm"'),
    Flag.optional,
    Flag.map(absent)
  )
}

const requesting = {
  aetitle: title("aetitle", "a", AETitle.AETitle.make("DICOM-TOOLKIT"), "The AE title of this side"),
  call: title("call", "c", AETitle.AETitle.make("ANY-SCP"), "The AE title of the peer"),
  timeout: seconds("timeout", "Give up connecting after this time (default 15)"),
  acseTimeout: seconds("acse-timeout", "Give up waiting for the association, or for its release (default 30, 10)"),
  dimseTimeout: seconds("dimse-timeout", "Give up waiting for an answer (default 30)"),
  maxPdu: length("max-pdu", "The longest P-DATA-TF that is received (default 131072)"),
  maxSendPdu: length("max-send-pdu", "The longest P-DATA-TF that is sent (default 131072, and what the peer allows)"),
  abort: yes("abort", "Abort the association at the end instead of releasing it"),
  lenient: yes("lenient", "Let pass what known peers do wrong and no harm comes of")
}

const peer = {
  host: Argument.String("HOST").pipe(Argument.withDescription("The name or the address of the peer")),
  port: Argument.Int("PORT").pipe(
    Argument.withSchema(port(1)),
    Argument.withDescription("Its port; 104 and 11112 are customary")
  )
}

// -----------------------------------------------------------------------------
// subcommands
// -----------------------------------------------------------------------------

const exitCodes = [
  "Exit codes:",
  ...ExitCode.legend.map(([code, meaning]) => `${String(code).padStart(5)}  ${meaning}`)
].join("\n")

/** Paragraphs under the heading of the help, which indents their first line only. */
const paragraphs = (...texts: ReadonlyArray<string>): string =>
  texts.join("\n\n").replaceAll("\n", "\n  ").replaceAll("\n  \n", "\n\n")

const echo = Command.make(
  "echo",
  {
    ...peer,
    ...requesting,
    repeat: Flag.Int("repeat").pipe(
      Flag.withSchema(whole("The number", "a number of questions", 1, 1000000000)),
      Flag.withMetavar("TIMES"),
      Flag.withDefault(1),
      Flag.withDescription("Ask this many times on one association (default 1)")
    ),
    interval: Flag.Finite("interval").pipe(
      Flag.withSchema(Seconds),
      Flag.withMetavar("SECONDS"),
      Flag.withDefault(0),
      Flag.withDescription("Wait this long between two questions (default: do not wait)")
    ),
    ...telling
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./Echo.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription(
    paragraphs(
      "Ask a peer whether it is there (C-ECHO).",
      "The association is released at the end. Ctrl-C between two questions releases it too.",
      exitCodes
    )
  ),
  Command.withShortDescription("Ask a peer whether it is there (C-ECHO)"),
  Command.withExamples([
    { command: "dicom echo localhost 11112", description: "Ask the server on this machine" },
    {
      command: "dicom echo pacs.example.org 104 --call ARCHIVE --aetitle WORKSTATION",
      description: "Ask by AE titles"
    },
    { command: "dicom echo localhost 11112 --repeat 1000 --json", description: "Measure, for a program to read" }
  ])
)

const store = Command.make(
  "store",
  {
    ...peer,
    paths: Argument.String("PATH").pipe(
      Argument.withDescription("Files, and folders with files in them"),
      Argument.variadic({ min: 1 })
    ),
    ...requesting,
    halt: Flag.Boolean("halt").pipe(
      Flag.withDefault(true),
      Flag.withDescription("Stop after the first instance that is refused; --no-halt goes on (default: stop)")
    ),
    ...folders,
    ...telling
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./Store.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription(
    paragraphs(
      "Send the DICOM instances in files and folders to a peer (C-STORE).",
      "Each is sent in the transfer syntax it is in, byte for byte. Files that are not DICOM are told of and left out.\n" +
        "More than 128 kinds of instances take more than one association.\n" +
        "Ctrl-C aborts within an instance, and releases between two.",
      exitCodes
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

const serve = Command.make(
  "serve",
  {
    port: Flag.Int("port").pipe(
      Flag.withAlias("p"),
      Flag.withSchema(port(0)),
      Flag.withMetavar("PORT"),
      Flag.withDefault(11112),
      Flag.withDescription("Listen on this port; 0 picks a free one (default 11112)")
    ),
    host: Flag.String("host").pipe(
      Flag.withMetavar("ADDRESS"),
      Flag.withDefault("127.0.0.1"),
      Flag.withDescription("Listen on this address; 0.0.0.0 is every IPv4 address of the machine (default 127.0.0.1)")
    ),
    output: Flag.String("output").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("DIR"),
      Flag.withDescription("Keep what is stored in this folder, each instance as <SOP Instance UID>.dcm"),
      Flag.optional,
      Flag.map(absent)
    ),
    ignore: yes("ignore", "Receive instances and drop them"),
    aetitle: title("aetitle", "a", AETitle.AETitle.make("ANY-SCP"), "The AE title of this side"),
    checkAetitle: yes("check-aetitle", "Reject calls for another AE title"),
    promiscuous: yes("promiscuous", "Take instances of any SOP class in any transfer syntax, known or not"),
    maxAssociations: Flag.Int("max-associations").pipe(
      Flag.withSchema(whole("The number", "a number of associations", 1, 100000)),
      Flag.withMetavar("NUMBER"),
      Flag.withDescription("Reject more associations than this at the same time (default 200)"),
      Flag.optional,
      Flag.map(absent)
    ),
    maxPdu: length("max-pdu", "The longest P-DATA-TF that is received (default 131072)"),
    acseTimeout: seconds("acse-timeout", "Close a connection on which no association is asked for (default 30)"),
    idleTimeout: seconds("idle-timeout", "Abort an association on which nothing happens (default 60)"),
    grace: seconds("grace", "Let open associations finish when stopping, and abort them after this time (default 10)"),
    lenient: requesting.lenient,
    ...telling
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
    return Effect.flatMap(
      Effect.promise(() => import("./Serve.ts")),
      ({ run }) => run(input)
    )
  }
).pipe(
  Command.withDescription(
    paragraphs(
      "Answer C-ECHO, and take instances by C-STORE into a folder.",
      "Prints one line with its address once it listens.\n" +
        "An instance is acknowledged when it is complete and on the disk.\n" +
        "Ctrl-C lets open associations finish, and takes no more; a second one ends them at once.",
      exitCodes
    )
  ),
  Command.withShortDescription("Answer C-ECHO, and take instances into a folder"),
  Command.withExamples([
    { command: "dicom serve --output incoming", description: "Listen on port 11112 of this machine only" },
    {
      command: "dicom serve --host 0.0.0.0 --port 104 --aetitle ARCHIVE --check-aetitle --output incoming",
      description: "Be reached from elsewhere"
    },
    { command: "dicom serve --port 0 --ignore --json", description: "For a test: a free port, nothing kept" }
  ])
)

const dump = Command.make(
  "dump",
  {
    paths: Argument.String("PATH").pipe(
      Argument.withDescription("Files, and folders with files in them"),
      Argument.variadic({ min: 1 })
    ),
    json: yes("json", "Print DICOM JSON (PS3.18 Annex F), one data set a line"),
    all: Flag.withAlias(yes("print-all", "Print long values to their end (default: their beginning)"), "L"),
    search: Flag.String("search").pipe(
      Flag.withAlias("P"),
      Flag.withMetavar("TAG"),
      Flag.withDescription(
        'Print only this attribute, as in "0010,0020" or PatientID, wherever it is; may be repeated'
      ),
      Flag.between(0, 1000)
    ),
    uidNames: Flag.Boolean("uid-names").pipe(
      Flag.withDefault(true),
      Flag.withDescription("Print UIDs of the registry by name; --no-uid-names prints them as they are")
    ),
    color: Flag.Literals("color", ["auto", "always", "never"]).pipe(
      Flag.withDefault("auto" as const),
      Flag.withDescription("Colour the lines (default auto: on a terminal, unless NO_COLOR is set)")
    ),
    bulkAbove: Flag.Int("bulk-above").pipe(
      Flag.withSchema(whole("The length", "a number of bytes", 0, 0x10000000)),
      Flag.withMetavar("BYTES"),
      Flag.withDefault(0x1000000),
      Flag.withDescription(
        "In JSON, refer to longer values by where they are in the file (default 16777216; compressed pixels always)"
      )
    ),
    lenient: yes("lenient", "Print what can be read of a damaged file"),
    ...folders,
    quiet: Flag.withAlias(yes("quiet", "Tell nothing of what is irregular"), "q")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./Dump.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription(
    paragraphs(
      "Print what is in DICOM files: tag, VR, value, length in bytes, multiplicity and keyword.",
      "Of a damaged file nothing is printed without --lenient. Irregularities are told on stderr.",
      exitCodes
    )
  ),
  Command.withShortDescription("Print what is in DICOM files"),
  Command.withExamples([
    { command: "dicom dump image.dcm", description: "Print a file" },
    { command: "dicom dump study/ --search PatientID --search 0020,000d", description: "Print two attributes of many" },
    { command: "dicom dump image.dcm --json", description: "For a program to read" }
  ])
)

const convert = Command.make(
  "convert",
  {
    input: Argument.String("IN").pipe(Argument.withDescription("A DICOM file")),
    output: Argument.String("OUT").pipe(
      Argument.withDescription("The file to write; one that is there is replaced once the new one is complete")
    ),
    syntax: Flag.String("syntax").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription(
        "Write in this transfer syntax: ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, " +
          "DeflatedExplicitVRLittleEndian, or a UID (default: leave every byte as it is)"
      ),
      Flag.optional,
      Flag.map(absent)
    ),
    quiet: telling.quiet
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./Convert.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription(
    paragraphs(
      "Write a DICOM file in another transfer syntax.",
      "Between the uncompressed ones: pixels are neither compressed nor decompressed.\n" +
        "A file without File Meta Information gets one with --syntax.",
      exitCodes
    )
  ),
  Command.withShortDescription("Write a DICOM file in another transfer syntax"),
  Command.withExamples([
    {
      command: "dicom convert in.dcm out.dcm --syntax ExplicitVRLittleEndian",
      description: "Change the transfer syntax"
    },
    { command: "dicom convert in.dcm out.dcm", description: "Check a file, and write it as it is" }
  ])
)

const anonymize = Command.make(
  "anonymize",
  {
    paths: Argument.String("PATH").pipe(
      Argument.withDescription("Files, and folders with files in them"),
      Argument.variadic({ min: 1 })
    ),
    output: Flag.String("output").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("DIR"),
      Flag.withDescription("Write the new files into this folder, each as <SOP Instance UID>.dcm")
    ),
    profile: Flag.String("profile").pipe(
      Flag.withMetavar("OPTIONS"),
      Flag.withDescription(
        "Options of the profile, with commas between them: retain-safe-private, retain-uids, retain-device-identity, " +
          "retain-institution-identity, retain-patient-characteristics, retain-full-dates, retain-modified-dates, " +
          "clean-descriptors, clean-structured-content, clean-graphics (default: none)"
      ),
      Flag.optional,
      Flag.map(absent)
    ),
    key: Flag.String("key").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription(
        "The secret that new UIDs, patients and moved dates are made with: the same gives the same " +
          "(default: another for each run, which is forgotten)"
      ),
      Flag.optional,
      Flag.map(absent)
    ),
    keyFile: Flag.String("key-file").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("The same, from a file, so that no list of processes shows it"),
      Flag.optional,
      Flag.map(absent)
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
        'With retain-safe-private, retain this too, as in "SIEMENS MR HEADER:0019,0c", or without ",0c" all of that ' +
          "creator's group; may be repeated"
      ),
      Flag.between(0, 1000)
    ),
    report: Flag.String("report").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("Write what was done to each element to this file, one JSON object for each file"),
      Flag.optional,
      Flag.map(absent)
    ),
    ...folders,
    ...telling
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./Anonymize.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription(
    paragraphs(
      "Write DICOM files without what identifies the patient (PS3.15 Annex E).",
      "By the Basic Application Level Confidentiality Profile, and its options. The same UID becomes the same UID in all\n" +
        "files of a run, and of all runs with the same key.\n" +
        "Pixels are not looked at: text in them, and faces, stay.",
      exitCodes
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

/**
 * The command with its subcommands.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make("dicom").pipe(
  Command.withDescription(
    paragraphs("DICOM over the network, and in files.", "`dicom SUBCOMMAND --help` tells more of each.", exitCodes)
  ),
  Command.withExamples([
    { command: "dicom serve --output incoming", description: "In one terminal: take instances" },
    { command: "dicom echo localhost 11112", description: "In another: ask whether it is there" },
    { command: "dicom store localhost 11112 study/", description: "and send it a folder" },
    { command: "dicom dump study/", description: "Print what is in files" }
  ]),
  Command.withSubcommands([echo, store, serve, dump, convert, anonymize])
)

/**
 * Runs the command. A command line that is wrong is told on stderr, in a line, and fails with exit code 2.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = (
  args: ReadonlyArray<string>,
  version: string
): Effect.Effect<void, Failure.Failure, Command.Environment> =>
  Command.runWith(command, { version })(args).pipe(
    Effect.provideService(CliOutput.Presenter, presenter),
    Effect.provideService(
      CliConfig.CliConfig,
      CliConfig.make({
        builtIns: [GlobalFlag.Help, versionFlag, GlobalFlag.Completions, GlobalFlag.LogLevel]
      })
    ),
    Effect.catch((error) =>
      error._tag === "Failure" ? Effect.fail(error) : Effect.fail(Failure.make(ExitCode.codes.usage, ""))
    )
  )

/** Effect's own takes -v, which is --verbose here as it is with DCMTK. */
const versionFlag = GlobalFlag.Action({
  flag: yes("version", "Show version information"),
  run: (_, { version }) => Console.log(`dicom ${version}`)
})

const presenter: CliOutput.Presenter = {
  present: (event) => {
    const where = "commandPath" in event ? event.commandPath.join(" ") : "dicom"
    switch (event._tag) {
      case "Version":
        return Console.log(`${event.name} ${event.version}`)
      case "InvalidInvocation":
        return Console.error(`${event.errors.map((error) => oneLine(error)).join("\n")}\nSee ${where} --help.`)
      default:
        return CliOutput.defaultPresenter.present(event)
    }
  }
}

const oneLine = (error: CliError.CliError): string =>
  error.message
    .split("\n")
    .map((line) => line.trim())
    .join(" ")
    .replace("Expected: Schema validation failed: ", "")
