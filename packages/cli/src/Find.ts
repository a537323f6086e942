/**
 * `dicom find`: asks a peer for what matches keys (C-FIND; PS3.4 Annex C), and prints it. How it is asked and printed is for
 * `dicom worklist` too.
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import type * as DataSet from "@effect-dicom/data/DataSet"
import * as DicomJson from "@effect-dicom/data/DicomJson"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import * as Uid from "@effect-dicom/data/Uid"
import * as Status from "@effect-dicom/protocol/Status"
import type { OperationCall, ServiceClass, ServiceError, ServiceStatus } from "@effect-dicom/services"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as CallFailure from "./CallFailure.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as MatchTable from "./MatchTable.ts"
import * as NewUid from "./NewUid.ts"
import { Columns, Output, type ReaderGone } from "./Output.ts"
import * as OutputFolder from "./OutputFolder.ts"
import type * as QueryIdentifier from "./QueryIdentifier.ts"
import * as QueryModel from "./QueryModel.ts"
import * as Requestor from "./Requestor.ts"
import * as StatusDetails from "./StatusDetails.ts"
import * as TransferSyntaxNames from "./TransferSyntaxNames.ts"

/**
 * What both subcommands say.
 *
 * @category options
 * @since 0.1.0
 */
export interface Asking extends Requestor.Options, QueryIdentifier.Options {
  /** Asks for no attribute but those that are given. */
  readonly onlyKeys: boolean
  /** What is proposed in extended negotiation, by the words of the flag. */
  readonly extended?: string | undefined
  /** Transfer syntaxes that are proposed. */
  readonly propose?: string | undefined
  readonly priority: "LOW" | "MEDIUM" | "HIGH"
  /** Prints all columns, however wide the terminal is. */
  readonly wide?: boolean | undefined
  /** How many matches are taken before the query is cancelled. */
  readonly cancelAfter?: number | undefined
  /** How many matches are printed; those after them are counted. */
  readonly max?: number | undefined
  /** A folder for a file of each match. */
  readonly output?: string | undefined
  /** How often each query is asked. */
  readonly repeat: number
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
}

/**
 * What the command line says of `dicom find`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends Asking, QueryModel.Options {}

/**
 * What is asked, and how.
 *
 * @category models
 * @since 0.1.0
 */
export interface Query {
  readonly proposal: ServiceClass.Proposal
  readonly sopClass: Uid.Uid
  readonly identifiers: ReadonlyArray<DataSet.DataSet>
  /** Tells what of extended negotiation the peer did not agree to. */
  readonly negotiated: (association: Association.Association) => Effect.Effect<void>
  readonly find: (association: Association.Association) => Finding
}

/**
 * Asks with an identifier: the `find` of a client.
 *
 * @category models
 * @since 0.1.0
 */
export type Finding = (
  identifier: DataSet.DataSet,
  options: Pick<OperationCall.FindOptions<ServiceStatus.ServiceStatus>, "priority"> & {
    readonly onFinal: (final: {
      readonly status: ServiceStatus.Any
      readonly details: ServiceError.Details
    }) => Effect.Effect<void>
  }
) => Stream.Stream<{ readonly identifier: DataSet.DataSet; readonly status: ServiceStatus.Any }, CallFailure.Cause>

// -----------------------------------------------------------------------------
// dicom find
// -----------------------------------------------------------------------------

/**
 * Asks by a query model, prints what matches, and fails where the peer does.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const { model } = options
  const serviceClass = QueryModel.serviceClasses[model]
  const extended = yield* QueryModel.extended(options.extended, QueryModel.findWords)
  const transferSyntaxes = yield* TransferSyntaxNames.parse(options.propose, "--propose")
  const sopClass = QueryModel.sopClasses[model].find
  const identifiers = yield* QueryModel.identifiers(
    { ...options, relational: extended?.relationalQueries === true },
    (level) => (options.onlyKeys ? [] : QueryModel.returnKeys(model, level))
  )
  yield* ask(options, {
    sopClass,
    identifiers,
    proposal: serviceClass.proposal({
      sopClasses: [sopClass],
      ...(transferSyntaxes === undefined ? {} : { transferSyntaxes }),
      ...(extended === undefined ? {} : { extendedNegotiation: { find: extended } })
    }),
    negotiated: (association) =>
      QueryModel.tellRefused(options, QueryModel.findWords, serviceClass.negotiated(association, "find")),
    find: (association) => serviceClass.client(association).find
  })
})

// -----------------------------------------------------------------------------
// asking
// -----------------------------------------------------------------------------

/**
 * Asks, prints what matches, tells how many there were, and fails where the peer does.
 *
 * @category operations
 * @since 0.1.0
 */
export const ask = Effect.fnUntraced(function* (
  options: Asking,
  query: Query
): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const course = Requestor.course()
  const keep = options.output === undefined ? undefined : yield* keeping(options.output, query.sopClass)
  const asked: Asked = { count: 0, cancelled: false, failed: false, unread: false, left: new Set(), heading: undefined }
  const work = Effect.gen(function* () {
    const { presentationContexts, userInformation } = query.proposal
    const association = yield* Requestor.open(options, course, presentationContexts, userInformation)
    yield* query.negotiated(association)
    const find = query.find(association)
    const questions = yield* Effect.forEach(query.identifiers, (identifier) =>
      Effect.map(printing(options, identifier, asked), (print) => ({ identifier, print }))
    )
    course.cancelled = "C-FIND"
    const askAll = Effect.gen(function* () {
      for (let time = 0; time < options.repeat; time++) {
        for (const { identifier, print } of questions) yield* askOne(options, find, identifier, asked, print, keep)
      }
    })
    // Whoever reads no more wants no more either.
    yield* Effect.catchTag(askAll, "ReaderGone", () => Effect.sync(() => void (asked.unread = true)))
    course.cancelled = undefined
  }).pipe(
    Effect.scoped,
    Effect.onInterrupt(() => Effect.sync(() => void (asked.cancelled = true))),
    Effect.tapError(() => Effect.sync(() => void (asked.failed = true))),
    Effect.mapError((error) => (error._tag === "Failure" ? error : CallFailure.make(error, options)))
  )
  yield* Requestor.concluding(
    work,
    Effect.suspend(() => tell(options, course, asked))
  )
  const bad = Requestor.badEnding(options, course)
  if (bad !== undefined) return yield* bad
})

/** What came of all queries. */
interface Asked {
  /** Matches. */
  count: number
  /** Whether a query was cancelled once there were enough. */
  cancelled: boolean
  /** Whether the last query failed. */
  failed: boolean
  /** Whether nobody read all that was to be printed. */
  unread: boolean
  /** The columns that there was no room for. */
  readonly left: Set<string>
  /** What was printed above the columns last. */
  heading: string | undefined
}

/** Tells how many matches there were: on stderr, stdout being for them alone. */
const tell = (options: Asking, course: Requestor.Course, asked: Asked): Effect.Effect<void> => {
  const { outcome } = course
  if (options.quiet) return Effect.void
  if (!options.json) return asked.failed && asked.count === 0 ? Effect.void : Console.error(summary(asked))
  return Console.error({
    type: "summary",
    matches: asked.count,
    cancelled: asked.cancelled || asked.unread,
    association: outcome?._tag ?? null
  })
}

const summary = ({ cancelled, count, left, unread }: Asked): string => {
  const end = unread ? ", not all of them read" : cancelled ? ", then cancelled" : ""
  const narrow = left.size === 0 ? "" : `; not shown: ${[...left].join(", ")} (--wide prints all)`
  return `${count} match${count === 1 ? "" : "es"}${end}${narrow}`
}

const askOne = Effect.fnUntraced(function* (
  options: Asking,
  find: Finding,
  identifier: DataSet.DataSet,
  asked: Asked,
  print: Printing,
  keep: Keep | undefined
): Effect.fn.Return<void, CallFailure.Cause | Failure.Failure | ReaderGone> {
  let here = 0
  const matches = find(identifier, {
    priority: options.priority,
    onFinal: ({ details, status }) =>
      options.verbose
        ? Console.error(
            `final status: ${status._tag} ${Status.formatCode(status.code)}${StatusDetails.format(details)}`
          )
        : Effect.void
  })
  // Leaving the stream early cancels the query, and waits for its end.
  yield* matches.pipe(
    Stream.take(options.cancelAfter ?? Infinity),
    Stream.runForEach((match) =>
      Effect.gen(function* () {
        asked.count++
        here++
        if (here === options.cancelAfter) asked.cancelled = true
        if (here > (options.max ?? Infinity)) return
        yield* print.row(match.identifier)
        if (keep !== undefined) yield* keep(asked.count, match.identifier)
      })
    ),
    // What has come is printed, however it ends.
    Effect.onError(() => Effect.ignore(print.end)),
    Effect.andThen(print.end)
  )
})

/** How many rows are looked at before the layout is settled. */
const looked = 500

interface Printing {
  readonly row: (identifier: DataSet.DataSet) => Effect.Effect<void, ReaderGone>
  readonly end: Effect.Effect<void, ReaderGone>
}

/** Prints what matches an identifier, however often it is asked with: above the columns what they are, unless it is there. */
const printing = Effect.fnUntraced(function* (
  options: Asking,
  identifier: DataSet.DataSet,
  asked: Asked
): Effect.fn.Return<Printing> {
  const output = yield* Output
  if (options.json) {
    return {
      row: (match) =>
        output(`${DicomJson.stringify(Result.getOrThrow(DicomJson.encode(match, { lenient: true })).json)}\n`),
      end: Effect.void
    }
  }
  const width = yield* Columns
  const shown = MatchTable.columns(identifier)
  let waiting: Array<ReadonlyArray<string>> = []
  let layout: MatchTable.Layout | undefined
  const flush = Effect.suspend(() => {
    const rows = waiting
    waiting = []
    // Without any match there is no table.
    if (rows.length === 0) return Effect.void
    if (width !== undefined) layout ??= MatchTable.layout(shown, rows, options.wide === true ? Infinity : width)
    for (const name of layout?.left ?? []) asked.left.add(name)
    const heading = (layout?.heading ?? [MatchTable.line(MatchTable.names(shown), undefined)]).join("\n")
    const above = heading === asked.heading ? [] : [heading]
    asked.heading = heading
    return output([...above, ...rows.map((cells) => MatchTable.line(cells, layout))].join("\n") + "\n")
  })
  return {
    row: (match) => {
      waiting.push(MatchTable.row(match, shown))
      return width !== undefined && layout === undefined && waiting.length < looked ? Effect.void : flush
    },
    end: flush
  }
})

type Keep = (number: number, match: DataSet.DataSet) => Effect.Effect<void, Failure.Failure>

/** Writes matches as files, "rsp0001.dcm" and so on. */
const keeping = Effect.fnUntraced(function* (
  directory: string,
  sopClass: Uid.Uid
): Effect.fn.Return<Keep, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const refused = (path: string) => (error: PlatformError) =>
    Failure.make(codes.files, `Cannot write ${path}: ${Failure.refusalOf(error)}. Give another folder with --output.`)
  yield* Effect.mapError(OutputFolder.make(directory), refused(directory))
  return (number, match) => {
    const path = paths.join(directory, `rsp${String(number).padStart(4, "0")}.dcm`)
    const file = Result.flatMap(
      FileMetaInformation.make({
        mediaStorageSopClassUid: sopClass,
        mediaStorageSopInstanceUid: NewUid.make(),
        transferSyntaxUid: match.transferSyntax.uid,
        implementationClassUid: Uid.makeUnsafe(Association.implementation.classUid),
        implementationVersionName: Association.implementation.versionName
      }),
      (meta) => Result.flatMap(FileFormat.make(meta, match), (whole) => FileFormat.encode(whole))
    )
    if (Result.isFailure(file)) return Effect.fail(Failure.make(codes.internal, `${file.failure.message}.`))
    return Effect.mapError(fs.writeFile(path, Buffer.concat(file.success)), refused(path))
  }
})
