/**
 * `dicom anonymize`: writes files without what identifies a patient, by the profile of PS3.15 Annex E and its options, and
 * tells what was done to them. What the profile does is `Deidentification` of the data package's business.
 *
 * @since 0.1.0
 */
import type * as Deidentification from "@effect-dicom/data/Deidentification"
import type * as Limits from "@effect-dicom/data/Limits"
import * as TagPath from "@effect-dicom/data/TagPath"
import type * as Uid from "@effect-dicom/data/Uid"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as AnonymizedFile from "./AnonymizedFile.ts"
import * as ConfidentialityProfile from "./ConfidentialityProfile.ts"
import * as DicomFile from "./DicomFile.ts"
import * as DurableFile from "./DurableFile.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as FileSearch from "./FileSearch.ts"
import { BinaryOutput } from "./Output.ts"
import * as OutputFolder from "./OutputFolder.ts"
import * as Progress from "./Progress.ts"

/**
 * What the command line says of `dicom anonymize`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends FileSearch.Options, ConfidentialityProfile.Options {
  /** `-` is the standard input. */
  readonly paths: ReadonlyArray<string>
  /** The folder for the new files: each is `<SOP Instance UID>.dcm`. `-` is the standard output, for one file. */
  readonly output: string
  /** Where what was done to each element is written, one JSON object for each file. */
  readonly report: string | undefined
  /** What a data set may cost; those not given are those of `DicomFile`. */
  readonly limits?: Partial<Limits.Limits>
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  /** Where progress is shown; by default standard error. */
  readonly terminal?: Progress.Terminal | undefined
}

/**
 * What became of the files.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tally {
  readonly anonymized: number
  /** Files that were not DICOM, or could not be read. */
  readonly failed: number
  /** Files that tell of instances and are none. */
  readonly skipped: number
}

const standardOutput = "-"

const usage = (sentence: string) => Effect.fail(Failure.make(codes.usage, sentence))

const plural = (count: number, one: string, many: string = `${one}s`): string => `${count} ${count === 1 ? one : many}`

const silent: Progress.Terminal = { write: () => {} }

// -----------------------------------------------------------------------------
// which files
// -----------------------------------------------------------------------------

/** A file that is to be read. */
interface Source extends DicomFile.Place {
  /** Without symbolic links. */
  readonly real: string
  /** In bytes. */
  readonly size: number
}

interface Sources {
  readonly files: ReadonlyArray<Source>
  readonly unreadable: FileSearch.Found["unreadable"]
}

/** Each file once, by however many links it was found. */
const sourcesOf = Effect.fnUntraced(function* (options: Options) {
  const fs = yield* FileSystem.FileSystem
  const { files, unreadable } = yield* FileSearch.find(
    options.paths.filter((path) => path !== DicomFile.standardInput),
    options
  )
  const places: Array<DicomFile.Place> = files.map((path) => ({ path, name: path }))
  if (options.paths.includes(DicomFile.standardInput)) {
    const input = yield* Effect.mapError(DicomFile.fromInput, ({ detail, path }) =>
      Failure.make(codes.files, `The ${path} cannot be read: ${detail}. Give a file.`)
    )
    places.unshift(input)
  }
  const sources = new Map<string, Source>()
  for (const place of places) {
    const real = yield* Effect.orElseSucceed(fs.realPath(place.path), () => place.path)
    const size = yield* Effect.orElseSucceed(
      Effect.map(fs.stat(place.path), (info) => Number(info.size)),
      () => 0
    )
    if (!sources.has(real)) sources.set(real, { ...place, real, size })
  }
  return { files: [...sources.values()], unreadable } satisfies Sources
})

/** Files of a folder that were written there by a run before: not what is meant by a folder above it. */
const isWritten = Effect.fnUntraced(function* (options: Options, folder: string) {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const isIn = (path: string): boolean => path === folder || path.startsWith(folder + paths.sep)
  const given = yield* Effect.forEach(options.paths, (path) => Effect.option(fs.realPath(path)))
  const inside = given.flatMap((path) => (path._tag === "Some" && isIn(path.value) ? [path.value] : []))
  return (real: string): boolean =>
    isIn(real) && !inside.some((path) => real === path || real.startsWith(path + paths.sep))
})

// -----------------------------------------------------------------------------
// the report
// -----------------------------------------------------------------------------

type Counts = { readonly [A in Deidentification.Done["action"]]?: number }

const countsOf = (done: ReadonlyArray<Deidentification.Done>): Counts => {
  const counts: { [A in Deidentification.Done["action"]]?: number } = {}
  for (const { action } of done) counts[action] = (counts[action] ?? 0) + 1
  return counts
}

/** What was done to each element, without any value. */
const lineOf = (path: string, output: string, { done, notDone }: AnonymizedFile.AnonymizedFile): string =>
  JSON.stringify({
    path,
    output,
    elements: done.map(({ action, keyword, path, rule, vr }) => ({
      tag: TagPath.format(path),
      keyword,
      vr,
      action,
      rule
    })),
    notDone
  })

/** What a person has to look at, over all files. */
interface Open {
  /** Files whose pixels nobody has looked at. */
  pixels: number
  /** Of those, files that say that there is something to clean. */
  readonly burned: Array<string>
  readonly recognizable: Array<string>
  /** Other things that were not done, and in how many files. */
  readonly others: Map<string, number>
}

const add = (open: Open, name: string, notDone: ReadonlyArray<Deidentification.NotDone>): void => {
  for (const { detail, option, says } of notDone) {
    if (option === "Clean Pixel Data") open.pixels++
    if (option === "Clean Pixel Data" && says === "YES") open.burned.push(name)
    if (option === "Clean Recognizable Visual Features" && says === "YES") open.recognizable.push(name)
    if (option === "Clean Graphics") {
      const what = `${option}: ${detail}`
      open.others.set(what, (open.others.get(what) ?? 0) + 1)
    }
  }
}

/** As many names as are told at once. */
const most = 5

const named = (names: ReadonlyArray<string>): string =>
  names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${names.length - most} more`

const warnings = ({ burned, others, pixels, recognizable }: Open): ReadonlyArray<string> => {
  const says = (names: ReadonlyArray<string>, what: string, keyword: string): ReadonlyArray<string> =>
    names.length === 0
      ? []
      : [
          `${names.length === 1 ? "1 file says" : `${names.length} files say`} that pixels show ${what} ` +
            `(${keyword} is YES), and nothing was done about it: ${named(names)}`
        ]
  return [
    ...(pixels === 0
      ? []
      : [`the pixels of ${plural(pixels, "file")} were not looked at: text and faces that they show are there still`]),
    ...says(burned, "text", "BurnedInAnnotation"),
    ...says(recognizable, "who it is", "RecognizableVisualFeatures"),
    ...[...others].map(([what, count]) => `${what}, in ${plural(count, "file")}`)
  ]
}

// -----------------------------------------------------------------------------
// the command
// -----------------------------------------------------------------------------

const unwritable = (path: string, error: PlatformError, before = 0): Failure.Failure => {
  const why =
    error.reason._tag === "PermissionDenied"
      ? "it is not permitted"
      : error.reason._tag === "AlreadyExists"
        ? "it is a file"
        : Failure.refusalOf(error)
  const others = before === 0 ? "" : `${plural(before, "file was", "files were")} anonymized before. `
  return Failure.make(codes.files, `${path} cannot be written: ${why}. ${others}Give another place.`)
}

/** What is wrong with options that each alone are right. */
const misused = ({ json, output, report }: Options, { files, unreadable }: Sources): string | undefined => {
  if (report === "-") return "The report is a file. Give its name with --report."
  if (output !== standardOutput) return undefined
  if (json) return "With --json the standard output is for JSON. Give a folder with --output."
  const count = files.length + unreadable.length
  return count > 1
    ? `The standard output takes 1 file, and there are ${count}. Give a folder with --output, or 1 file.`
    : undefined
}

/** Prints as long as somebody reads. */
const print = (bytes: AnonymizedFile.AnonymizedFile["bytes"]) =>
  Effect.flatMap(BinaryOutput, (output) => Stream.runForEach(bytes, (piece) => output(new Uint8Array(piece)))).pipe(
    Effect.catchTag("ReaderGone", () => Effect.void)
  )

/**
 * Anonymises all files and tells of it; fails where one was left out. Files that are there already under their new names
 * are replaced.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Tally, Failure.Failure, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const settings = yield* ConfidentialityProfile.settings(options)
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const sources = yield* sourcesOf(options)
  const wrong = misused(options, sources)
  if (wrong !== undefined) return yield* usage(wrong)
  const toFolder = options.output !== standardOutput
  const { report } = options
  const place = report && (yield* Effect.orElseSucceed(fs.realPath(report), () => report))
  if (sources.files.some(({ real }) => real === place)) {
    return yield* usage(`${report} is one of the files to be read. Give the report another name.`)
  }
  let folder = ""
  let files = sources.files
  if (toFolder) {
    const refused = Effect.mapError((error: PlatformError) => unwritable(options.output, error))
    yield* refused(OutputFolder.make(options.output))
    folder = yield* refused(fs.realPath(options.output))
    const isOld = yield* isWritten(options, folder)
    files = files.filter(({ real }) => !isOld(real))
  }
  const old = sources.files.length - files.length
  const inputs = new Set(files.map(({ real }) => real))
  const written = new Set<string>()
  const open: Open = { pixels: 0, burned: [], recognizable: [], others: new Map() }
  const progress = Progress.make(
    options.quiet || options.json || options.verbose || !toFolder ? silent : (options.terminal ?? process.stderr),
    yield* Clock.Clock,
    { instances: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) }
  )
  let anonymized = 0
  let failed = 0
  let skipped = 0

  const note = (text: string): Effect.Effect<void> => {
    progress.clear()
    return Console.error(text)
  }

  const leaveOut = (path: string, detail: string): Effect.Effect<void> => {
    failed++
    return options.json
      ? Console.log(JSON.stringify({ type: "instance", path, outcome: "failed", detail }))
      : note(`${path}: ${detail}`)
  }

  /** Files that are one SOP Instance, in several transfer syntaxes perhaps, get numbers. */
  const nameOf = (uid: Uid.Uid, number = 1): string => {
    const name = paths.join(folder, `${uid}${number === 1 ? "" : `-${number}`}.dcm`)
    return written.has(name) ? nameOf(uid, number + 1) : name
  }

  /** Gives the line of the report, or an empty one. */
  const one = Effect.fnUntraced(function* (source: Source) {
    const path = source.name
    const result = yield* AnonymizedFile.make(source, settings, options.limits)
    if (result === "DICOMDIR") {
      skipped++
      if (options.json)
        yield* Console.log(JSON.stringify({ type: "instance", path, outcome: "skipped", detail: result }))
      else if (!options.quiet) yield* note(`${path}: a DICOMDIR, left out: it tells of instances and is none`)
      return ""
    }
    const output = toFolder ? nameOf(result.sopInstanceUid) : "standard output"
    if (inputs.has(output)) {
      yield* leaveOut(path, `its new name is that of a file to be read, ${output}`)
      return ""
    }
    yield* toFolder
      ? Effect.catchTag(DurableFile.write(output, result.bytes), "PlatformError", (error) =>
          Effect.fail(unwritable(output, error, anonymized))
        )
      : print(result.bytes)
    written.add(output)
    anonymized++
    add(open, path, result.notDone)
    if (options.json) {
      yield* Console.log(
        JSON.stringify({
          type: "instance",
          path,
          outcome: "anonymized",
          output,
          elements: countsOf(result.done),
          notDone: result.notDone
        })
      )
    } else if (options.verbose) {
      const told = Object.entries(countsOf(result.done)).map(([action, count]) => `${count} ${action}`)
      const line = `${path} -> ${output}: ${told.join(", ")}`
      yield* toFolder ? Console.log(line) : Console.error(line)
    }
    return report === undefined ? "" : `${lineOf(path, output, result)}\n`
  })

  for (const { detail, path } of sources.unreadable) yield* leaveOut(path, detail)
  const encoder = new TextEncoder()
  const lines = Stream.mapEffect(Stream.fromIterable(files), (source) =>
    one(source).pipe(
      Effect.catchTag("UnreadableFile", ({ detail }) => Effect.as(leaveOut(source.name, detail), "")),
      Effect.map((line) => {
        progress.advance(source.size)
        progress.finish()
        return encoder.encode(line)
      })
    )
  )
  const work =
    report === undefined
      ? Stream.runDrain(lines)
      : DurableFile.write(report, lines).pipe(
          Effect.catchTag("PlatformError", (error) => Effect.fail(unwritable(report, error, anonymized))),
          Effect.flatMap((path) => DurableFile.settle(paths.dirname(path)))
        )
  yield* Effect.ensuring(work, Effect.sync(progress.clear))
  if (toFolder) yield* DurableFile.settle(folder)
  const tally: Tally = { anonymized, failed, skipped }
  if (options.json) yield* Console.log(JSON.stringify({ type: "summary", ...tally }))
  if (old > 0 && !options.quiet) {
    const are = old === 1 ? "is in it and was" : "are in it and were"
    yield* Console.error(`${options.output} is for what is written: ${plural(old, "file")} that ${are} not read`)
  }
  if (!options.json && !options.quiet) {
    for (const warning of warnings(open)) yield* Console.error(`warning: ${warning}`)
    if (toFolder && anonymized > 0)
      yield* Console.log(`anonymized ${plural(anonymized, "file")} into ${options.output}`)
  }
  const failure = failureOf(tally, options.paths)
  return failure === undefined ? tally : yield* failure
}, Effect.scoped)

const failureOf = ({ anonymized, failed }: Tally, paths: ReadonlyArray<string>): Failure.Failure | undefined => {
  const hint = "Give DICOM files, or folders that hold some."
  const leftOut = plural(failed, "file was", "files were")
  if (failed > 0 && anonymized > 0) {
    return Failure.make(
      codes.files,
      `${leftOut} left out, and ${plural(anonymized, "file was", "files were")} anonymized. ` +
        `Leave ${failed === 1 ? "it" : "them"} out of the command, or choose by name with --scan-pattern.`
    )
  }
  if (failed > 0) return Failure.make(codes.files, `${leftOut} left out, and none was anonymized. ${hint}`)
  if (anonymized > 0) return undefined
  const where = paths.map((path) => (path === DicomFile.standardInput ? "the standard input" : path)).join(", ")
  return Failure.make(codes.files, `There is no DICOM instance in ${where}. ${hint}`)
}
