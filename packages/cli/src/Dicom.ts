/**
 * The `dicom` command: joins its subcommands, and says how a wrong command line is told of. The flags of a subcommand are
 * in the file of its name with "Command"; what it does is imported when it is run.
 *
 * @since 0.1.0
 */
import * as CliConfig from "effect/cli/CliConfig"
import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import type * as HelpDoc from "effect/cli/HelpDoc"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as AnonymizeCommand from "./AnonymizeCommand.ts"
import * as CommitCommand from "./CommitCommand.ts"
import * as CompletionsCommand from "./CompletionsCommand.ts"
import * as ConvertCommand from "./ConvertCommand.ts"
import * as DumpCommand from "./DumpCommand.ts"
import * as EchoCommand from "./EchoCommand.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as FindCommand from "./FindCommand.ts"
import * as Flags from "./Flags.ts"
import * as GetCommand from "./GetCommand.ts"
import * as Help from "./Help.ts"
import * as JsonNotes from "./JsonNotes.ts"
import * as ManCommand from "./ManCommand.ts"
import * as MoveCommand from "./MoveCommand.ts"
import * as MppsCommand from "./MppsCommand.ts"
import { Columns } from "./Output.ts"
import * as PasscodeCommand from "./PasscodeCommand.ts"
import * as PeersCommand from "./PeersCommand.ts"
import * as ServeCommand from "./ServeCommand.ts"
import * as StoreCommand from "./StoreCommand.ts"
import * as TheirOptions from "./TheirOptions.ts"
import * as WorklistCommand from "./WorklistCommand.ts"

/**
 * The command with its subcommands.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make("dicom").pipe(
  Command.withDescription(
    Help.paragraphs(
      "DICOM over the network, and in files.",
      "`dicom SUBCOMMAND --help` tells more of each.",
      Help.exitCodes
    )
  ),
  Command.withExamples([
    { command: "dicom serve --output incoming", description: "In one terminal: take instances" },
    { command: "dicom echo localhost 11112", description: "In another: ask whether it is there" },
    { command: "dicom store localhost 11112 study/", description: "and send it a folder" },
    { command: 'dicom find archive "PatientName=DOE*"', description: "Ask an archive what it has" },
    { command: "dicom dump study/", description: "Print what is in files" }
  ]),
  Command.withSubcommands([
    EchoCommand.command,
    StoreCommand.command,
    FindCommand.command,
    GetCommand.command,
    MoveCommand.command,
    WorklistCommand.command,
    MppsCommand.command,
    CommitCommand.command,
    ServeCommand.command,
    DumpCommand.command,
    ConvertCommand.command,
    AnonymizeCommand.command,
    PeersCommand.command,
    PasscodeCommand.command,
    CompletionsCommand.command,
    ManCommand.command
  ])
)

/**
 * Runs the command. A command line that is wrong is told on stderr, in a line, and fails with exit code 2. With `--json`
 * whatever is told on stderr is an object, and the sentence of a failure that was told so is empty.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = (
  args: ReadonlyArray<string>,
  version: string
): Effect.Effect<void, Failure.Failure, Command.Environment> => {
  const json = isJson(args)
  return Console.consoleWith((console) => {
    const mistaken = TheirOptions.mistaken(args)
    if (mistaken.length > 0) {
      const [first = ""] = args
      const where = /^[a-z]+$/.test(first) ? `dicom ${first}` : "dicom"
      return Effect.flatMap(wrong(json, console, mistaken, where), () =>
        Effect.fail(Failure.make(ExitCode.codes.usage, ""))
      )
    }
    const ran = Command.runWith(command, { version })(args).pipe(
      Effect.provideService(CliOutput.Presenter, presenter(json, console, args)),
      Effect.provideService(CliConfig.CliConfig, config()),
      Effect.provideServiceEffect(Help.Documents, documents(version))
    )
    return Effect.catch(json ? JsonNotes.telling(ran, console) : ran, (error) => {
      if (error._tag !== "Failure") return Effect.fail(Failure.make(ExitCode.codes.usage, ""))
      return json && error.sentence !== ""
        ? Effect.andThen(Console.error(Failure.toJson(error)), Effect.fail(Failure.rephrase(error, error.exitCode, "")))
        : Effect.fail(error)
    })
  })
}

/**
 * Whether a command line asks for JSON, be it right or wrong otherwise.
 *
 * @category guards
 * @since 0.1.0
 */
export const isJson = (args: ReadonlyArray<string>): boolean => {
  const end = args.indexOf("--")
  return (end < 0 ? args : args.slice(0, end)).includes("--json")
}

const config = (): CliConfig.CliConfig.Service =>
  CliConfig.make({ builtIns: [GlobalFlag.Help, versionFlag, GlobalFlag.LogLevel] })

/** What shells complete by, those flags included, which stand anywhere and which Effect leaves out. */
const descriptor = (): Completions.CommandDescriptor => {
  const { flags } = Completions.fromCommand(
    Command.make("dicom", {
      help: Flag.withoutNegation(GlobalFlag.Help.flag),
      version: versionFlag.flag,
      logLevel: GlobalFlag.LogLevel.flag
    })
  )
  const withGlobal = (of: Completions.CommandDescriptor): Completions.CommandDescriptor => ({
    ...of,
    flags: [...of.flags, ...flags],
    subcommands: of.subcommands.map(withGlobal)
  })
  return withGlobal(Completions.fromCommand(command))
}

/** What `--help` would print, caught before it is printed, and what shells complete by. */
const documents = (version: string) =>
  Effect.map(Effect.context<Command.Environment>(), (environment) => ({
    version,
    descriptor,
    document: (path: ReadonlyArray<string>) =>
      Effect.suspend(() => {
        let document: HelpDoc.HelpDoc | undefined
        const present: CliOutput.Presenter["present"] = (event) =>
          Effect.sync(() => {
            if (event._tag === "Help") document = event.helpDoc
          })
        return Command.runWith(command, { version })([...path, "--help"]).pipe(
          Effect.provideService(CliOutput.Presenter, { present }),
          Effect.provideService(CliConfig.CliConfig, config()),
          Effect.provideContext(environment),
          Effect.ignore,
          Effect.flatMap(() =>
            document === undefined
              ? Effect.die(new Error(`there is no help of ${path.join(" ")}`))
              : Effect.succeed(document)
          )
        )
      })
  }))

/** Effect's own takes -v, which is --verbose here as it is with DCMTK. */
const versionFlag = GlobalFlag.Action({
  flag: Flags.yes("version", "Show version information"),
  run: (_, { version }) => Console.log(`dicom ${version}`)
})

const presenter = (json: boolean, console: Console.Console, args: ReadonlyArray<string>): CliOutput.Presenter => ({
  present: (event) => {
    const where = "commandPath" in event ? event.commandPath.join(" ") : "dicom"
    switch (event._tag) {
      case "Help":
        return Effect.flatMap(Columns, (columns) =>
          Effect.provideService(CliOutput.defaultPresenter.present(event), Console.Console, {
            ...console,
            log: (...values) => {
              const text = Help.spaced(values.join(" "))
              console.log(columns === undefined ? text : Help.wrapped(text, columns))
            }
          })
        )
      case "Version":
        return Console.log(`${event.name} ${event.version}`)
      case "InvalidInvocation": {
        const unrecognized = event.errors.flatMap((error) =>
          error._tag === "UnrecognizedOption" ? [error.option] : []
        )
        const hints = TheirOptions.hints(args, new Set(unrecognized))
        // What is said of options that are read letter by letter helps nobody.
        const errors = hints.length > 0 ? hints : event.errors.map((error) => oneLine(error))
        return wrong(json, console, errors, where)
      }
      default:
        return CliOutput.defaultPresenter.present(event)
    }
  }
})

/** Tells what is wrong with a command line. */
const wrong = (
  json: boolean,
  console: Console.Console,
  errors: ReadonlyArray<string>,
  where: string
): Effect.Effect<void> =>
  Effect.sync(() => {
    const said = errors
      .join("; ")
      .replaceAll(/([.?]);/g, "$1")
      .replace(/(?<![.?])$/, ".")
    console.error(
      json
        ? Failure.toJson(Failure.make(ExitCode.codes.usage, `${said} See ${where} --help.`))
        : `${errors.join("\n")}\nSee ${where} --help.`
    )
  })

const oneLine = (error: CliError.CliError): string =>
  error.message
    .split("\n")
    .map((line) => line.trim())
    .join(" ")
    .replace(/\s+/g, " ")
    .replace(/\s*Did you mean this\?(?: -\w)+$/, "")
    .replace(
      /\.?\s*Did you mean this\? (.+)$/,
      (_, names: string) => `. Did you mean ${names.split(" ").join(" or ")}?`
    )
    .replace("Expected: Schema validation failed: ", "")
    .replace("a string representing a finite number", "a number")
