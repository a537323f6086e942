/**
 * `dicom dump`: prints what is in files, as `dcmdump` lays it out or as DICOM JSON.
 *
 * @since 0.1.0
 */
import * as DataSetReader from "@effect-dicom/data/DataSetReader"
import type * as Limits from "@effect-dicom/data/Limits"
import * as Dictionary from "@effect-dicom/data/Dictionary"
import * as Tag from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Vr from "@effect-dicom/data/Vr"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as DcmtkNames from "./DcmtkNames.ts"
import * as DicomFile from "./DicomFile.ts"
import { DumpJson } from "./DumpJson.ts"
import { Census, DumpLines } from "./DumpLines.ts"
import { prefix } from "./DumpValue.ts"
import type { Style } from "./DumpValue.ts"
import { ElementOrder } from "./ElementOrder.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as FileSearch from "./FileSearch.ts"
import { Irregularities } from "./Irregularities.ts"
import { Output } from "./Output.ts"
import type { ReaderGone } from "./Output.ts"

/**
 * What the command line says of `dicom dump`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends FileSearch.Options {
  readonly paths: ReadonlyArray<string>
  readonly json: boolean
  /** Whether long values are printed to their end. */
  readonly all: boolean
  /** Tags, as "gggg,eeee" or by keyword: only these are printed. */
  readonly search: ReadonlyArray<string>
  readonly uidNames: boolean
  /** Of "auto", lines are coloured on a terminal, unless NO_COLOR is in the environment. */
  readonly color: "auto" | "always" | "never"
  /** In JSON, values of more bytes than this are referred to by a BulkDataURI. */
  readonly bulkAbove: number
  /** Whether what can be read of a damaged file is printed. */
  readonly lenient: boolean
  /** What a data set may cost; those not given are those of `DicomFile`. */
  readonly limits?: Partial<Limits.Limits>
  readonly quiet: boolean
}

/**
 * Prints all of it, and fails where a file could not be read. It ends where whoever reads what is printed reads no more.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = (options: Options): Effect.Effect<void, Failure.Failure, FileSystem.FileSystem | Path.Path> =>
  Effect.scoped(Effect.catchTag(printed(options), "ReaderGone", () => Effect.void))

const printed = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<void, Failure.Failure | ReaderGone, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const search = yield* Effect.forEach(options.search, tagOf)
  const named = options.paths.filter((path) => path !== DicomFile.standardInput)
  const found = yield* FileSearch.find(named, options)
  const input = named.length < options.paths.length ? [yield* Effect.result(DicomFile.fromInput)] : []
  const output = yield* Output
  const style: Style = { color: isColored(options.color), all: options.all, uidNames: options.uidNames }
  let errors = 0
  let isDamaged = false
  const refuse = (error: DicomFile.UnreadableFile): Effect.Effect<void> => {
    errors++
    isDamaged ||= error.isDamaged === true
    return Console.error(error.message)
  }
  for (const { detail, path } of found.unreadable) yield* refuse(new DicomFile.UnreadableFile({ path, detail }))
  for (const result of input) if (Result.isFailure(result)) yield* refuse(result.failure)
  const places: ReadonlyArray<DicomFile.Place> = [
    ...input.flatMap((result) => (Result.isSuccess(result) ? [result.success] : [])),
    ...found.files.map((path) => ({ path, name: path }))
  ]
  for (const [i, place] of places.entries()) {
    const several = places.length > 1 && !options.json
    if (several) yield* output(`${i === 0 ? "" : "\n"}# dicom dump (${i + 1}/${places.length}): ${place.name}\n`)
    yield* Effect.catchTag(
      options.json ? json(place, options) : text(place, options, style, new Set(search)),
      "UnreadableFile",
      refuse
    )
  }
  if (errors > 0) {
    const which = errors === 1 ? "A file was" : `${errors} files were`
    const advice =
      options.lenient || !isDamaged ? "" : " With --lenient, what can be read of a damaged file is printed."
    return yield* Failure.make(codes.files, `${which} not printed.${advice}`)
  }
})

const tagOf = (text: string): Effect.Effect<Tag.Tag, Failure.Failure> => {
  const match = /^\(?([0-9a-f]{4}),?([0-9a-f]{4})\)?$/i.exec(text)
  if (match !== null) {
    return Effect.succeed(Tag.make(Number.parseInt(match[1] ?? "", 16), Number.parseInt(match[2] ?? "", 16)))
  }
  const entry = Dictionary.fromKeyword(text)
  return entry === undefined
    ? Effect.fail(
        Failure.make(codes.usage, `"${text}" is no attribute. Give a tag such as 0010,0020, or a keyword as PatientID.`)
      )
    : Effect.succeed(Dictionary.tag(entry))
}

const isColored = (color: Options["color"]): boolean =>
  color === "always" || (color === "auto" && process.stdout.isTTY === true && !process.env["NO_COLOR"])

type Events = ReadonlyArray<DataSetReader.Event>

/** Tells of what is not as it should be, and does not hinder. */
const warn = (options: Options, { name }: DicomFile.Place, irregularities: Irregularities): Effect.Effect<void> =>
  options.quiet
    ? Effect.void
    : Effect.forEach(irregularities.lines(), (line) => Console.error(`warning: ${name}: ${line}`), { discard: true })

/**
 * Opens a file and goes through all of it once: a damaged one is found before anything is printed, and what is printed
 * of something says what comes behind it.
 */
const surveyed = Effect.fnUntraced(function* (
  { name, path }: DicomFile.Place,
  options: Options,
  survey: { readonly push: (event: DataSetReader.Event) => void }
) {
  const file = yield* DicomFile.open(path, {
    lenient: options.lenient,
    name,
    limits: options.limits ?? {}
  })
  const irregularities = new Irregularities()
  for (const { detail, kind } of file.format.irregularities) irregularities.add(kind, () => `${kind}: ${detail}`)
  const reader = DataSetReader.events({ ...file.reading, bulk: { threshold: prefix } })
  const push = (events: Events): undefined => {
    for (const event of events) survey.push(event)
  }
  push(yield* DicomFile.feed(file, reader, push))
  const told = file.irregularity()
  if (told !== undefined) irregularities.add(told.kind, () => told.detail)
  for (const irregularity of reader.irregularities) irregularities.add(irregularity.reason, () => irregularity.message)
  return { file, irregularities }
})

/** Values of more bytes than this are printed as they pass, and not gathered. */
const threshold = 1 << 16

/** So many characters are printed at once, or more. */
const batch = 1 << 16

// -----------------------------------------------------------------------------
// lines
// -----------------------------------------------------------------------------

const text = Effect.fnUntraced(function* (
  place: DicomFile.Place,
  options: Options,
  style: Style,
  search: ReadonlySet<Tag.Tag>
): Effect.fn.Return<void, DicomFile.UnreadableFile | ReaderGone, FileSystem.FileSystem> {
  const census = new Census()
  const { file, irregularities } = yield* surveyed(place, options, census)
  yield* warn(options, place, irregularities)
  const { dataSetOffset, transferSyntax } = file.format
  const output = yield* Output
  const lines = new DumpLines({ style, transferSyntax, origin: dataSetOffset, search }, census)
  const reader = DataSetReader.events({ ...file.reading, bulk: { threshold } })
  const print = (events: Events): Effect.Effect<void, ReaderGone> | undefined => {
    for (const event of events) lines.push(event)
    return lines.length < batch ? undefined : output(lines.take())
  }
  if (search.size === 0) yield* output(headLines(file, style))
  print(yield* DicomFile.feed(file, reader, print))
  lines.end()
  yield* output(lines.take())
})

/** The File Meta Information, and what is above the data set. */
const headLines = ({ format, head, size }: DicomFile.DicomFile, style: Style): string => {
  const lines = ["", "# Dicom-File-Format", "", "# Dicom-Meta-Information-Header"]
  const title = ({ name, uid }: TransferSyntax.TransferSyntax): string =>
    `# Used TransferSyntax: ${DcmtkNames.titleOf(uid) ?? name}`
  // Behind the preamble and "DICM", where they are.
  const begin = [132, 4].find((at) => String.fromCharCode(...head.subarray(at - 4, at)) === "DICM") ?? 0
  if (head.length <= begin) lines.push("# Used TransferSyntax: Unknown Transfer Syntax")
  else {
    const transferSyntax = Vr.isName(head[begin + 4] ?? 0, head[begin + 5] ?? 0)
      ? TransferSyntax.ExplicitVRLittleEndian
      : TransferSyntax.ImplicitVRLittleEndian
    lines.push(title(transferSyntax))
    const reader = DataSetReader.events({ transferSyntax, lenient: true })
    const events = [reader.push(head.subarray(begin)), reader.end()].flatMap((result) =>
      Result.getOrElse(result, () => [])
    )
    const census = new Census()
    for (const event of events) census.push(event)
    const dump = new DumpLines({ style, transferSyntax, origin: begin, search: new Set() }, census)
    for (const event of events) dump.push(event)
    dump.end()
    lines.push(dump.take().slice(0, -1))
  }
  // Where there is nothing in it, DCMTK says what it would be read as.
  const used = size === head.length ? TransferSyntax.ExplicitVRLittleEndian : format.transferSyntax
  lines.push("", "# Dicom-Data-Set", title(used), "")
  return lines.join("\n")
}

// -----------------------------------------------------------------------------
// JSON
// -----------------------------------------------------------------------------

const json = Effect.fnUntraced(function* (
  place: DicomFile.Place,
  options: Options
): Effect.fn.Return<void, DicomFile.UnreadableFile | ReaderGone, FileSystem.FileSystem> {
  const order = new ElementOrder()
  const { file, irregularities } = yield* surveyed(place, options, order)
  const { dataSetOffset, transferSyntax } = file.format
  const output = yield* Output
  // In a deflated file, and in what was read from the standard input, there are no bytes to refer to.
  const isLasting = place.name === place.path && !transferSyntax.deflated
  const url = isLasting ? pathToFileURL(resolve(place.path)).href : undefined
  const bulkAbove = isLasting ? options.bulkAbove : Infinity
  const { limits = {} } = options
  const made = new DumpJson({ transferSyntax, url, origin: dataSetOffset, bulkAbove, limits }, order, irregularities)
  const bulk = { threshold: Math.min(threshold, bulkAbove), origin: dataSetOffset }
  const reader = DataSetReader.events({ ...file.reading, bulk })
  const print = (events: Events): Effect.Effect<void, ReaderGone> | undefined => {
    for (const event of events) made.push(event)
    return made.length < batch ? undefined : output(made.take())
  }
  print(yield* DicomFile.feed(file, reader, print))
  made.end()
  yield* output(`${made.take()}\n`)
  yield* warn(options, place, irregularities)
})
