/**
 * `dicom dump`: prints what is in files, as `dcmdump` lays it out or as DICOM JSON.
 *
 * @since 0.1.0
 */
import type * as DataElement from "@effect-dicom/data/DataElement"
import * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as Dictionary from "@effect-dicom/data/Dictionary"
import * as DicomJson from "@effect-dicom/data/DicomJson"
import * as Tag from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Vr from "@effect-dicom/data/Vr"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as DcmtkNames from "./DcmtkNames.ts"
import * as DicomFile from "./DicomFile.ts"
import { Census, DumpLines } from "./DumpLines.ts"
import { prefix } from "./DumpValue.ts"
import type { Style } from "./DumpValue.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as FileSearch from "./FileSearch.ts"

/**
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
  readonly quiet: boolean
}

/**
 * Prints all of it, and fails where a file could not be read.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const search = yield* Effect.forEach(options.search, tagOf)
  const found = yield* FileSearch.find(options.paths, options)
  const style: Style = { color: isColored(options.color), all: options.all, uidNames: options.uidNames }
  const errors = found.unreadable.map(({ detail, path }) => new DicomFile.UnreadableFile({ path, detail }))
  for (const error of errors) yield* Console.error(error.message)
  for (const [i, path] of found.files.entries()) {
    const several = found.files.length > 1 && !options.json
    if (several) yield* Console.log(`${i === 0 ? "" : "\n"}# dicom dump (${i + 1}/${found.files.length}): ${path}`)
    const printed = yield* Effect.result(
      options.json ? json(path, options) : text(path, options, style, new Set(search))
    )
    if (Result.isFailure(printed)) {
      errors.push(printed.failure)
      yield* Console.error(printed.failure.message)
    }
  }
  if (errors.length > 0) {
    const which = errors.length === 1 ? "A file was" : `${errors.length} files were`
    const advice = options.lenient ? "" : " With --lenient, what can be read of a damaged file is printed."
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

/** Tells of what is not as it should be, and does not hinder. */
const warn = (options: Options, path: string, details: ReadonlyArray<string>): Effect.Effect<void> =>
  options.quiet
    ? Effect.void
    : Effect.forEach(details, (detail) => Console.error(`warning: ${path}: ${detail}`), { discard: true })

// -----------------------------------------------------------------------------
// lines
// -----------------------------------------------------------------------------

/** Values of more bytes than this are looked at as they pass, and not gathered. */
const gathered = { short: 1 << 16, all: 1 << 26 } as const

/** Lines are printed so many characters at a time, or more. */
const batch = 1 << 16

const text = Effect.fnUntraced(function* (
  path: string,
  options: Options,
  style: Style,
  search: ReadonlySet<Tag.Tag>
): Effect.fn.Return<void, DicomFile.UnreadableFile, FileSystem.FileSystem> {
  const file = yield* DicomFile.open(path)
  const { dataSetOffset, irregularities, transferSyntax } = file.format
  yield* warn(
    options,
    path,
    irregularities.map(({ detail, kind }) => `${kind}: ${detail}`)
  )
  const reading = {
    transferSyntax,
    lenient: options.lenient,
    ...(file.length === undefined ? undefined : { size: file.length })
  }
  // What is before the lines of an item says how many there are; and a damaged file is found before anything is printed.
  const census = new Census()
  const counting = DataSetReader.events({ ...reading, bulk: { threshold: prefix } })
  const count = (events: ReadonlyArray<DataSetReader.Event>) => Effect.sync(() => events.forEach((e) => census.push(e)))
  yield* Effect.flatMap(DicomFile.feed(file, counting, count), count)
  yield* warn(
    options,
    path,
    counting.irregularities.map(({ message }) => message)
  )

  const printer = batches()
  if (search.size === 0) yield* printer.print(headLines(file, style))
  const lines = new DumpLines({ style, transferSyntax, origin: dataSetOffset, search }, census)
  const threshold = style.all ? gathered.all : gathered.short
  const reader = DataSetReader.events({ ...reading, bulk: { threshold } })
  const print = (events: ReadonlyArray<DataSetReader.Event>) =>
    Effect.suspend(() => {
      for (const event of events) lines.push(event)
      return printer.print(lines.take())
    })
  yield* Effect.flatMap(DicomFile.feed(file, reader, print), print)
  lines.end()
  yield* printer.print(lines.take())
  yield* printer.flush
})

/** The File Meta Information, and what is above the data set. */
const headLines = ({ format, head }: DicomFile.DicomFile, style: Style): ReadonlyArray<string> => {
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
    for (const line of dump.take()) lines.push(line)
  }
  lines.push("", "# Dicom-Data-Set", title(format.transferSyntax))
  return lines
}

/** Prints lines, many at a time. */
const batches = () => {
  let held: Array<string> = []
  let size = 0
  const flush = Effect.suspend(() => {
    if (held.length === 0) return Effect.void
    const text = held.join("\n")
    held = []
    size = 0
    return Console.log(text)
  })
  return {
    print: (lines: ReadonlyArray<string>): Effect.Effect<void> =>
      Effect.suspend(() => {
        for (const line of lines) {
          size += line.length + 1
          held.push(line)
        }
        return size < batch ? Effect.void : flush
      }),
    flush
  }
}

// -----------------------------------------------------------------------------
// JSON
// -----------------------------------------------------------------------------

type Reference = DataSetReader.BulkReference

const json = Effect.fnUntraced(function* (
  path: string,
  options: Options
): Effect.fn.Return<void, DicomFile.UnreadableFile, FileSystem.FileSystem> {
  const file = yield* DicomFile.open(path)
  const { dataSetOffset, irregularities, transferSyntax } = file.format
  yield* warn(
    options,
    path,
    irregularities.map(({ detail, kind }) => `${kind}: ${detail}`)
  )
  const reading = {
    transferSyntax,
    lenient: options.lenient,
    ...(file.length === undefined ? undefined : { size: file.length })
  }
  const url = pathToFileURL(resolve(path)).href
  // In a deflated file there are no bytes to refer to.
  const threshold = transferSyntax.deflated ? Infinity : options.bulkAbove
  const ranges = yield* encapsulatedRanges(file, reading)
  const reader = DataSetReader.make({ ...reading, bulk: { threshold, source: url, origin: dataSetOffset } })
  const dataSet = yield* DicomFile.feed(file, reader)
  yield* warn(
    options,
    path,
    reader.irregularities.map(({ message }) => message)
  )
  // Elements are encoded in the order of their bytes, and so are the ranges.
  let next = 0
  const uri = (element: DataElement.DataElement<Reference>): string | undefined => {
    const range = element._tag === "Referenced" ? element.reference : ranges[next++]
    return range === undefined ? undefined : `${url}?offset=${range.offset}&length=${range.length}`
  }
  const encoded = Result.getOrThrow(
    DicomJson.encode<Reference>(dataSet, { bulkData: { threshold: Infinity, uri }, lenient: true })
  )
  yield* warn(
    options,
    path,
    encoded.irregularities.map(({ message }) => message)
  )
  yield* Console.log(JSON.stringify(encoded.json))
})

interface Range {
  /** In bytes from the first of the file. */
  readonly offset: number
  /** In bytes. */
  readonly length: number
}

/** Where the items of encapsulated values are, of all that are in the file, in their order. */
const encapsulatedRanges = Effect.fnUntraced(function* (
  file: DicomFile.DicomFile,
  reading: DataSetReader.Options
): Effect.fn.Return<ReadonlyArray<Range>, DicomFile.UnreadableFile> {
  if (!file.format.transferSyntax.encapsulated) return []
  const { dataSetOffset } = file.format
  const ranges: Array<Range> = []
  let inside = false
  let begin: number | undefined
  let end = 0
  const take = (events: ReadonlyArray<DataSetReader.Event>) =>
    Effect.sync(() => {
      for (const event of events) {
        if (event._tag === "EncapsulatedStart") {
          inside = true
          begin = undefined
        } else if (inside && (event._tag === "Fragment" || event._tag === "Bulk")) {
          begin ??= event.offset
          end = event.offset + 8 + (event._tag === "Fragment" ? event.bytes.length : event.reference.length)
        } else if (event._tag === "EncapsulatedEnd") {
          inside = false
          const offset = begin ?? end
          ranges.push({ offset: dataSetOffset + offset, length: begin === undefined ? 0 : end - offset })
        }
      }
    })
  const reader = DataSetReader.events({ ...reading, bulk: { threshold: prefix } })
  yield* Effect.flatMap(DicomFile.feed(file, reader, take), take)
  return ranges
})
