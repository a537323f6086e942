/**
 * `dicom anonymize`: writes files without what identifies a patient, by the profile of PS3.15 Annex E and its options, and
 * tells what was done to them. What the profile does is `Deidentification` of the data package's business.
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as Deidentification from "@effect-dicom/data/Deidentification"
import * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Tag from "@effect-dicom/data/Tag"
import * as TagPath from "@effect-dicom/data/TagPath"
import * as Uid from "@effect-dicom/data/Uid"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { createHmac, randomBytes } from "node:crypto"
import { deflateRawSync } from "node:zlib"
import * as DicomFile from "./DicomFile.ts"
import * as DurableFile from "./DurableFile.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as FileSearch from "./FileSearch.ts"

/**
 * @category options
 * @since 0.1.0
 */
export interface Options extends FileSearch.Options {
  readonly paths: ReadonlyArray<string>
  /** The folder for the new files: each is `<SOP Instance UID>.dcm`. */
  readonly output: string
  /** Names of {@link profiles}, commas between them; none is the Basic Profile alone. */
  readonly profile: string | undefined
  /** UIDs, pseudonyms and moved dates are the same with the same key; without one no two runs are alike. */
  readonly key: string | undefined
  /** A file whose bytes are the key. */
  readonly keyFile: string | undefined
  /** Whether each patient gets an ID and a name that are made of the key. */
  readonly pseudonyms: boolean
  /** Private attributes that are safe: `CREATOR:gggg`, or `CREATOR:gggg,ee`. */
  readonly safePrivate: ReadonlyArray<string>
  /** Where what was done to each element is written, one JSON object for each file. */
  readonly report: string | undefined
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
}

/**
 * The options of PS3.15 section E.3 as they are named on the command line.
 *
 * @category options
 * @since 0.1.0
 */
export const profiles: {
  readonly [name: string]: NonNullable<Deidentification.Settings["options"]>[number] | Deidentification.DateOption
} = {
  "retain-safe-private": "Retain Safe Private",
  "retain-uids": "Retain UIDs",
  "retain-device-identity": "Retain Device Identity",
  "retain-institution-identity": "Retain Institution Identity",
  "retain-patient-characteristics": "Retain Patient Characteristics",
  "retain-full-dates": "full",
  "retain-modified-dates": "modified",
  "clean-descriptors": "Clean Descriptors",
  "clean-structured-content": "Clean Structured Content",
  "clean-graphics": "Clean Graphics"
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

const usage = (sentence: string) => Effect.fail(Failure.make(codes.usage, sentence))

// -----------------------------------------------------------------------------
// settings
// -----------------------------------------------------------------------------

const settingsOf = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Deidentification.Settings, Failure.Failure, FileSystem.FileSystem> {
  const chosen = new Set<NonNullable<Deidentification.Settings["options"]>[number]>()
  let dates: Deidentification.DateOption | undefined
  for (const name of (options.profile ?? "").split(",").map((name) => name.trim())) {
    if (name === "" || name === "basic") continue
    const option = Object.hasOwn(profiles, name) ? profiles[name] : undefined
    if (option === undefined) {
      const known = Object.keys(profiles).join(", ")
      return yield* usage(
        name === "clean-pixel-data" || name === "clean-recognizable-visual-features"
          ? `--profile ${name} needs somebody who looks at the pixels, which this command does not. Leave it out.`
          : `"${name}" is no option of the profile. Give some of ${known}, with commas between them.`
      )
    }
    if (option !== "full" && option !== "modified") chosen.add(option)
    else if (dates === undefined || dates === option) dates = option
    else return yield* usage("Dates are full or modified. Give retain-full-dates or retain-modified-dates, not both.")
  }
  const safePrivate: Array<Deidentification.SafePrivate> = []
  for (const text of options.safePrivate) {
    const [, creator, group, element] = /^(.+):([0-9a-f]{3}[13579bdf])(?:,([0-9a-f]{2}))?$/i.exec(text) ?? []
    if (creator === undefined || group === undefined) {
      return yield* usage(
        `"${text}" is no private attribute. Give its creator, its odd group and two digits of its element, ` +
          'as in --safe-private "ACME 1.1:0019,0c".'
      )
    }
    const of = { creator, group: Number.parseInt(group, 16) }
    safePrivate.push(element === undefined ? of : { ...of, element: Number.parseInt(element, 16) })
  }
  if (safePrivate.length > 0 && !chosen.has("Retain Safe Private")) {
    return yield* usage("--safe-private says what is safe to retain. Give --profile retain-safe-private too.")
  }
  const key = yield* keyOf(options)
  return {
    hash: (text) => createHmac("sha256", key).update(text).digest(),
    options: [...chosen],
    ...(dates === undefined ? undefined : { dates }),
    pseudonyms: options.pseudonyms,
    safePrivate
  }
})

const keyOf = Effect.fnUntraced(function* ({
  key,
  keyFile
}: Options): Effect.fn.Return<Uint8Array, Failure.Failure, FileSystem.FileSystem> {
  if (key !== undefined && keyFile !== undefined) return yield* usage("There is one key. Give --key or --key-file.")
  if (key !== undefined) {
    return key === "" ? yield* usage("The key is empty. Give one that nobody guesses.") : new TextEncoder().encode(key)
  }
  if (keyFile === undefined) return randomBytes(32)
  const fs = yield* FileSystem.FileSystem
  const bytes = yield* Effect.mapError(fs.readFile(keyFile), (error) =>
    Failure.make(codes.files, `The key ${keyFile} cannot be read: ${Failure.refusalOf(error)}. Give another file.`)
  )
  return bytes.length === 0
    ? yield* usage(`The key ${keyFile} is empty. Give a file of bytes that nobody guesses.`)
    : bytes
})

// -----------------------------------------------------------------------------
// one file
// -----------------------------------------------------------------------------

/** Values, and fragments, of more bytes than this stay in the file until they are written. */
const threshold = 1 << 16

/** A file that was read, and what is to be written of it. */
interface Anonymized {
  readonly sopInstanceUid: Uid.Uid
  readonly bytes: Stream.Stream<Uint8Array, PlatformError>
  readonly done: ReadonlyArray<Deidentification.Done>
  readonly notDone: ReadonlyArray<Deidentification.NotDone>
}

const uidOf = <Bulk>(dataSet: DataSet.DataSet<Bulk>, tag: Tag.Tag): Uid.Uid | undefined => {
  const bytes = DataSet.element(dataSet, tag)?.bytes ?? new Uint8Array(0)
  return Result.getOrElse(Uid.fromBytes(bytes), () => undefined)
}

const anonymized = Effect.fnUntraced(function* (
  path: string,
  settings: Deidentification.Settings
): Effect.fn.Return<Anonymized | "DICOMDIR", DicomFile.UnreadableFile, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const file = yield* DicomFile.open(path, { lenient: false })
  const { dataSetOffset, transferSyntax } = file.format
  const dataSet = yield* DicomFile.feed(
    file,
    DataSetReader.make({
      transferSyntax,
      ...(file.length === undefined ? undefined : { size: file.length }),
      // What was inflated is nowhere to be read again.
      bulk: { threshold: transferSyntax.deflated ? Infinity : threshold, source: path, origin: dataSetOffset }
    })
  )
  const meta = file.format.metaInformation?.fields
  const sopClassUid = uidOf(dataSet, Tag.SOPClassUID) ?? meta?.mediaStorageSopClassUid
  if (sopClassUid === SopClass.MediaStorageDirectoryStorage) return "DICOMDIR"
  const result = Deidentification.deidentify(dataSet, settings)
  if (Result.isFailure(result)) return yield* new DicomFile.UnreadableFile({ path, detail: result.failure.message })
  const { done, notDone } = result.success
  const { mediaStorageSopInstanceUid: named } = meta ?? {}
  const sopInstanceUid =
    uidOf(result.success.dataSet, Tag.SOPInstanceUID) ??
    (named === undefined || settings.options?.includes("Retain UIDs") === true
      ? named
      : Deidentification.mapUid(settings.hash, named))
  if (sopClassUid === undefined || sopInstanceUid === undefined) {
    return yield* new DicomFile.UnreadableFile({ path, detail: "it is no SOP Instance" })
  }
  const head = yield* Effect.mapError(
    Effect.fromResult(
      FileMetaInformation.make({
        mediaStorageSopClassUid: sopClassUid,
        mediaStorageSopInstanceUid: sopInstanceUid,
        transferSyntaxUid: transferSyntax.uid,
        implementationClassUid: Uid.makeUnsafe(Association.implementation.classUid),
        implementationVersionName: Association.implementation.versionName
      })
    ),
    (error) => new DicomFile.UnreadableFile({ path, detail: error.message })
  )
  const body = Stream.flatMap(
    Stream.fromIterable(DataSet.write(result.success.dataSet)),
    (piece): Stream.Stream<Uint8Array, PlatformError> =>
      piece instanceof Uint8Array
        ? Stream.succeed(piece)
        : fs.stream(path, { offset: piece.offset, bytesToRead: piece.length, chunkSize: 1 << 18 })
  )
  return {
    sopInstanceUid,
    bytes: Stream.concat(
      Stream.succeed(FileMetaInformation.encode(head)),
      transferSyntax.deflated ? deflated(body) : body
    ),
    done,
    notDone
  }
})

/** PS3.5 section A.5: padded to an even length. There is no more of it than was inflated. */
const deflated = (body: Stream.Stream<Uint8Array, PlatformError>): Stream.Stream<Uint8Array, PlatformError> =>
  Stream.fromEffect(
    Effect.map(Stream.runCollect(body), (pieces) => {
      const bytes = deflateRawSync(Buffer.concat([...pieces]))
      return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, new Uint8Array(1)])
    })
  )

// -----------------------------------------------------------------------------
// the report
// -----------------------------------------------------------------------------

type Counts = { readonly [A in Deidentification.Done["action"]]?: number }

const countsOf = (done: ReadonlyArray<Deidentification.Done>): Counts => {
  const counts: { [A in Deidentification.Done["action"]]?: number } = {}
  for (const { action } of done) counts[action] = (counts[action] ?? 0) + 1
  return counts
}

const plural = (count: number, one: string, many: string = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** What was done to each element, without any value. */
const lineOf = (path: string, output: string, { done, notDone }: Anonymized): string =>
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

// -----------------------------------------------------------------------------
// the command
// -----------------------------------------------------------------------------

const unwritable = (path: string, error: PlatformError): Failure.Failure =>
  Failure.make(
    codes.files,
    error.reason._tag === "PermissionDenied"
      ? `${path} cannot be written: it is not permitted. Give another place.`
      : `${path} cannot be written: ${Failure.refusalOf(error)}. Give another place.`
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
): Effect.fn.Return<Tally, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const settings = yield* settingsOf(options)
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const found = yield* FileSearch.find(options.paths, options)
  yield* Effect.mapError(fs.makeDirectory(options.output, { recursive: true }), (error) =>
    unwritable(options.output, error)
  )
  const folder = yield* Effect.mapError(fs.realPath(options.output), (error) => unwritable(options.output, error))
  const inputs = new Set(
    yield* Effect.forEach(found.files, (path) => Effect.orElseSucceed(fs.realPath(path), () => path))
  )
  const written = new Set<string>()
  const open = new Map<string, number>()
  let failed = 0
  let skipped = 0

  const leaveOut = (path: string, detail: string): Effect.Effect<void> => {
    failed++
    return options.json
      ? Console.log(JSON.stringify({ type: "instance", path, outcome: "failed", detail }))
      : Console.error(`${path}: ${detail}`)
  }

  /** Files that are one SOP Instance, in several transfer syntaxes perhaps, get numbers. */
  const nameOf = (uid: Uid.Uid, number = 1): string => {
    const name = paths.join(folder, `${uid}${number === 1 ? "" : `-${number}`}.dcm`)
    return written.has(name) ? nameOf(uid, number + 1) : name
  }

  /** Gives the line of the report, or an empty one. */
  const one = Effect.fnUntraced(function* (path: string) {
    const result = yield* anonymized(path, settings)
    if (result === "DICOMDIR") {
      skipped++
      if (options.json)
        yield* Console.log(JSON.stringify({ type: "instance", path, outcome: "skipped", detail: result }))
      else if (!options.quiet) yield* Console.error(`${path}: a DICOMDIR, left out: it tells of instances and is none`)
      return ""
    }
    const output = nameOf(result.sopInstanceUid)
    if (inputs.has(output)) {
      yield* leaveOut(path, `its new name is that of a file to be read, ${output}`)
      return ""
    }
    yield* DurableFile.write(output, result.bytes).pipe(
      Effect.catchTag("PlatformError", (error) => Effect.fail(unwritable(output, error)))
    )
    written.add(output)
    for (const { option } of result.notDone) open.set(option, (open.get(option) ?? 0) + 1)
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
      yield* Console.log(`${path} -> ${output}: ${told.join(", ")}`)
    }
    return `${lineOf(path, output, result)}\n`
  })

  for (const { detail, path } of found.unreadable) yield* leaveOut(path, detail)
  const encoder = new TextEncoder()
  const lines = Stream.mapEffect(Stream.fromIterable(found.files), (path) =>
    one(path).pipe(
      Effect.catchTag("UnreadableFile", ({ detail }) => Effect.as(leaveOut(path, detail), "")),
      Effect.map((line) => encoder.encode(line))
    )
  )
  if (options.report === undefined) yield* Stream.runDrain(lines)
  else {
    const { report } = options
    yield* DurableFile.write(report, lines).pipe(
      Effect.catchTag("PlatformError", (error) => Effect.fail(unwritable(report, error))),
      Effect.flatMap((path) => DurableFile.settle(paths.dirname(path)))
    )
  }
  yield* DurableFile.settle(folder)
  const tally: Tally = { anonymized: written.size, failed, skipped }
  if (options.json) yield* Console.log(JSON.stringify({ type: "summary", ...tally }))
  else if (!options.quiet) {
    for (const [option, count] of open) {
      yield* Console.error(`warning: ${option} was not done, in ${plural(count, "file")}: the report says why`)
    }
    yield* Console.log(`anonymized ${plural(tally.anonymized, "file")} into ${options.output}`)
  }
  if (failed > 0) {
    return yield* Failure.make(
      codes.files,
      `${plural(failed, "file was", "files were")} left out, and the others anonymized. ` +
        `Leave ${failed === 1 ? "it" : "them"} out of the command, or choose by name with --scan-pattern.`
    )
  }
  if (tally.anonymized === 0) {
    return yield* Failure.make(
      codes.files,
      `There is no DICOM instance in ${options.paths.join(", ")}. Give DICOM files, or folders that hold some.`
    )
  }
  return tally
})
