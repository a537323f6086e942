/**
 * `dicom get` and `dicom move`: have a peer send what matches keys, here on the same association, or to a destination
 * (C-GET, C-MOVE; PS3.4 sections C.4.2 and C.4.3).
 *
 * @since 0.1.0
 */
import type { Association } from "@effect-dicom/association"
import type * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import type { Uid } from "@effect-dicom/data/Uid"
import type { AETitle } from "@effect-dicom/protocol/AETitle"
import * as Status from "@effect-dicom/protocol/Status"
import { ServiceClass, Storage, SubOperations } from "@effect-dicom/services"
import type { OperationCall, ServiceStatus } from "@effect-dicom/services"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as CallFailure from "./CallFailure.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import type * as Progress from "./Progress.ts"
import * as QueryModel from "./QueryModel.ts"
import * as Requestor from "./Requestor.ts"
import * as Serve from "./Serve.ts"
import * as TransferSyntaxNames from "./TransferSyntaxNames.ts"

/**
 * What both subcommands say.
 *
 * @category options
 * @since 0.1.0
 */
export interface Asking extends Requestor.Options, QueryModel.Options {
  readonly extended?: string | undefined
  /** Transfer syntaxes that are proposed for the request. */
  readonly propose?: string | undefined
  readonly priority: "LOW" | "MEDIUM" | "HIGH"
  /** After how many instances a request is cancelled. */
  readonly cancelAfter?: number | undefined
  /** How often each request is made. */
  readonly repeat: number
  /** The folder for what comes here; it is dropped without one. */
  readonly output?: string | undefined
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  /** Where progress is shown. Default: `process.stderr`. */
  readonly terminal?: Progress.Terminal | undefined
}

/**
 * What the command line says of `dicom get`.
 *
 * @category options
 * @since 0.1.0
 */
export interface GetOptions extends Asking {
  /** The storage SOP classes that are taken. */
  readonly storage?: string | undefined
  /** The transfer syntaxes that they are taken in. */
  readonly accept?: string | undefined
}

/**
 * What the command line says of `dicom move`.
 *
 * @category options
 * @since 0.1.0
 */
export interface MoveOptions extends Asking {
  readonly destination?: AETitle | undefined
  /** A port of this machine on which what is moved is taken. */
  readonly listen?: number | undefined
  readonly listenHost: string
  /** The transfer syntaxes that are taken there. */
  readonly accept?: string | undefined
}

type Told = Pick<OperationCall.Retrieved<ServiceStatus.ServiceStatus>, "subOperations" | "failed"> & {
  readonly status: ServiceStatus.Any
}

// -----------------------------------------------------------------------------
// dicom get
// -----------------------------------------------------------------------------

/** How many presentation contexts are left beside that of the request (PS3.8 section 9.3.2.2: 128 in all). */
const most = 127

/**
 * The transfer syntaxes that are taken: the uncompressed ones first, and of these the one that says the VRs. Those that
 * are retired are left out, since DCMTK takes no more than 50 in a context.
 */
const syntaxes: ReadonlyArray<Uid> = [
  ...new Set([
    TransferSyntax.ExplicitVRLittleEndian.uid,
    TransferSyntax.ImplicitVRLittleEndian.uid,
    TransferSyntax.ExplicitVRBigEndian.uid,
    ...TransferSyntax.all.map(({ uid }) => uid).filter((uid) => UidRegistry.find(uid)?.retired === false)
  ])
]

/**
 * What is not taken unless it is asked for, because there is no room: measurements of eyes, protocols and their approval,
 * the second generation of radiotherapy, DICOS, DICONDE, and what hangs, colours and implants.
 */
const rare =
  /^1\.2\.840\.10008\.5\.1\.4\.(?:[34]\d\.|1\.1\.(?:(?:78|79|80|81|82|501|601)\.|88\.7\d$|20[01]\.|481\.[12]\d$|131$))/

const common: ReadonlyArray<Uid> = SopClass.storageInForce.filter((uid) => !rare.test(uid))

/**
 * Gets instances into a folder, and fails where not all came.
 *
 * @category operations
 * @since 0.1.0
 */
export const get = Effect.fnUntraced(function* (
  options: GetOptions
): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const request = yield* requestOf(options)
  const sopClasses = (yield* storageClasses(options.storage)) ?? common
  const accepted = (yield* TransferSyntaxNames.parse(options.accept, "--accept")) ?? syntaxes
  // One context for each syntax, where there is room, leaves what is compressed as it is, and what is not too.
  const contexts =
    sopClasses.length * accepted.length <= most
      ? sopClasses.flatMap((abstractSyntax) => accepted.map((one) => ({ abstractSyntax, transferSyntaxes: [one] })))
      : sopClasses.map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: accepted }))
  const { userInformation } = Storage.serviceClass.proposal({ sopClasses, role: "SCP" })
  const proposal = ServiceClass.propose([request.proposal("get"), { presentationContexts: contexts, userInformation }])
  yield* retrieve(options, request, proposal, "C-GET", (ask) =>
    Effect.gen(function* () {
      const store = yield* Serve.storing({ ...options, verbose: options.verbose || options.json })
      const refused = yield* Deferred.make<never, Failure.Failure>()
      // What this side cannot keep is no fault of the peer's, and the next instance would fare no better.
      const keep: Serve.Store = (received) =>
        Effect.tap(store(received), (status) =>
          status._tag === "Failure" ? Deferred.fail(refused, notKept(options.output)) : Effect.void
        )
      const storage = Storage.provider(keep, { sopClasses, transferSyntaxes: accepted })
      yield* Effect.raceFirst(
        ask((client, identifier) => client.get(identifier, { storage, priority: options.priority })),
        Deferred.await(refused)
      )
    })
  )
})

const notKept = (output: string | undefined): Failure.Failure =>
  Failure.make(
    codes.files,
    `An instance could not be kept in ${output ?? "memory"}, and the request was cancelled. Make room there, or give another ` +
      "folder with --output; then get the rest."
  )

/** The storage SOP classes of a list of keywords, with or without "Storage", or UIDs. */
const storageClasses = (list: string | undefined): Effect.Effect<ReadonlyArray<Uid> | undefined, Failure.Failure> => {
  if (list === undefined) return Effect.succeed(undefined)
  const known = [...SopClass.storageInForce, ...SopClass.storageRetired]
  return Effect.forEach(list.split(","), (part) => {
    const name = part.trim().toLowerCase()
    const found = known.find((uid) => {
      const keyword = UidRegistry.find(uid)?.keyword.toLowerCase() ?? ""
      return uid === name || keyword === name || keyword === `${name}storage` || keyword === `${name}imagestorage`
    })
    return found === undefined
      ? Effect.fail(
          Failure.make(
            codes.usage,
            `"${part.trim()}" is no storage SOP class. Give keywords or UIDs, as in --storage CTImageStorage,MR.`
          )
        )
      : Effect.succeed(found)
  })
}

// -----------------------------------------------------------------------------
// dicom move
// -----------------------------------------------------------------------------

/**
 * Has instances moved to a destination, which may be here, and fails where not all were.
 *
 * @category operations
 * @since 0.1.0
 */
export const move = Effect.fnUntraced(function* (
  options: MoveOptions
): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const { listen } = options
  // the cast: the AE title of this side was read as one
  const destination = options.destination ?? (listen === undefined ? undefined : (options.aetitle as AETitle))
  if (destination === undefined) {
    return yield* Failure.make(
      codes.usage,
      "It is not said where instances are to be moved. Give --destination AETITLE, or --listen PORT to take them here."
    )
  }
  const request = yield* requestOf(options)
  yield* retrieve(options, request, request.proposal("move"), "C-MOVE", (ask) =>
    Effect.gen(function* () {
      if (listen !== undefined) {
        yield* Serve.start({
          ...options,
          verbose: options.verbose || options.json,
          host: options.listenHost,
          port: listen,
          by: { host: "--listen-host", port: "--listen" },
          aetitle: destination,
          // All was sent when the peer has answered; what it leaves open after that is not waited for long.
          grace: 3
        })
      }
      yield* ask((client, identifier) => client.move(identifier, { destination, priority: options.priority }))
    })
  )
})

// -----------------------------------------------------------------------------
// both
// -----------------------------------------------------------------------------

type Client = ReturnType<(typeof QueryModel.serviceClasses)[keyof typeof QueryModel.serviceClasses]["client"]>

/** What is asked for, and what is proposed for it. */
const requestOf = Effect.fnUntraced(function* (options: Asking) {
  if (options.keys.length === 0 && options.where.length === 0 && options.keysFile.length === 0) {
    return yield* Failure.make(
      codes.usage,
      "It is not said what is to be retrieved. Give unique keys, as in StudyInstanceUID=1.2.3."
    )
  }
  const serviceClass = QueryModel.serviceClasses[options.model]
  const identifiers = yield* QueryModel.uniqueKeys(options)
  const extended = yield* QueryModel.extended(options.extended, QueryModel.retrieveWords)
  const transferSyntaxes = yield* TransferSyntaxNames.parse(options.propose, "--propose")
  return {
    identifiers,
    client: (association: Association.Association): Client => serviceClass.client(association),
    negotiated: (association: Association.Association, name: "get" | "move"): Effect.Effect<void> =>
      QueryModel.tellRefused(options, QueryModel.retrieveWords, serviceClass.negotiated(association, name)),
    proposal: (operation: "get" | "move") =>
      serviceClass.proposal({
        sopClasses: [QueryModel.sopClasses[options.model][operation]],
        ...(transferSyntaxes === undefined ? {} : { transferSyntaxes }),
        ...(extended === undefined ? {} : { extendedNegotiation: { [operation]: extended } })
      })
  }
})

/**
 * Retrieves over one association, tells what came of it, and fails where not all came. What is given around it is there
 * before the association is asked for.
 */
const retrieve = Effect.fnUntraced(function* <R>(
  options: Asking,
  request: Effect.Success<ReturnType<typeof requestOf>>,
  proposal: ServiceClass.Proposal,
  operation: "C-GET" | "C-MOVE",
  around: (
    ask: <R2>(
      call: (client: Client, identifier: DataSet.DataSet) => Stream.Stream<Told, CallFailure.Cause, R2>
    ) => Effect.Effect<void, CallFailure.Cause, R2 | Scope.Scope>
  ) => Effect.Effect<void, CallFailure.Cause | Failure.Failure, R>
) {
  const course = Requestor.course()
  const report = yield* reporting(options, operation === "C-GET" ? "got" : "moved")
  const work = Effect.scoped(
    around((call) =>
      Effect.gen(function* () {
        const { presentationContexts, userInformation } = proposal
        const association = yield* Requestor.open(options, course, presentationContexts, userInformation)
        yield* request.negotiated(association, operation === "C-GET" ? "get" : "move")
        const client = request.client(association)
        course.cancelled = operation
        for (let time = 0; time < options.repeat; time++) {
          for (const identifier of request.identifiers) {
            // Leaving the stream early cancels the request, and waits for its end.
            yield* Stream.runForEach(
              Stream.takeUntil(call(client, identifier), (told) => isEnough(options, told)),
              (told) => Effect.andThen(report.told(told), isEnough(options, told) ? report.cancelled : Effect.void)
            )
          }
        }
        course.cancelled = undefined
      })
    )
  )
  yield* Requestor.concluding(
    Effect.catch(
      Effect.onInterrupt(work, () => report.cancelled),
      (error) => (error._tag === "Failure" ? Effect.fail(error) : report.fail(error))
    ),
    Effect.suspend(() => report.summary(course))
  )
  if (report.incomplete()) {
    return yield* Failure.make(
      codes.incomplete,
      "Not all instances were retrieved. See what the peer's log says of those that failed."
    )
  }
  const bad = Requestor.badEnding(options, course)
  if (bad !== undefined) return yield* bad
  if (report.nothing()) {
    return yield* Failure.make(
      codes.incomplete,
      `${options.call} has no instance that matches. Look for what it has by the same keys with dicom find.`
    )
  }
})

const isEnough = ({ cancelAfter }: Asking, { status, subOperations }: Told): boolean => {
  if (cancelAfter === undefined || subOperations === undefined || status.class !== "Pending") return false
  const { completed, failed, remaining = 1, warning } = subOperations
  return remaining > 0 && completed + warning + failed >= cancelAfter
}

interface Report {
  readonly told: (told: Told) => Effect.Effect<void>
  /** No more is taken after what was told last. */
  readonly cancelled: Effect.Effect<void>
  /** The peer refused, or the association ended. */
  readonly fail: (error: CallFailure.Cause) => Effect.Effect<never, Failure.Failure>
  readonly failed: () => ReadonlyArray<Uid>
  readonly incomplete: () => boolean
  /** The peer has counted what it sent, and there was nothing. */
  readonly nothing: () => boolean
  readonly summary: (course: Requestor.Course) => Effect.Effect<void>
}

/** A response, as JSON. */
const printed = (
  type: "final" | "pending",
  status: ServiceStatus.Any,
  subOperations: Told["subOperations"]
): Effect.Effect<void> =>
  Console.log(JSON.stringify({ type, status: Status.formatCode(status.code), ...subOperations }))

const reporting = Effect.fnUntraced(function* (options: Asking, verb: "got" | "moved"): Effect.fn.Return<Report> {
  const clock = yield* Clock.Clock
  const begun = clock.currentTimeMillisUnsafe()
  const terminal = options.quiet || options.json ? undefined : (options.terminal ?? process.stderr)
  const totals = { completed: 0, warning: 0, failed: 0 }
  // What a request that goes on has come to.
  let running: Told["subOperations"]
  const failed: Array<Uid> = []
  let shown = false
  let cancelled = false
  let counted = false
  let failing = false
  const clear = (): void => {
    if (shown) terminal?.write("\r\u001b[2K")
    shown = false
  }
  const add = (counts: NonNullable<Told["subOperations"]>): void => {
    totals.completed += counts.completed
    totals.warning += counts.warning
    totals.failed += counts.failed
  }
  const list = (uids: ReadonlyArray<Uid>): Effect.Effect<void> => {
    failed.push(...uids)
    return options.json
      ? Effect.void
      : Effect.forEach(uids, (uid) => Console.error(`not ${verb}: ${uid}`), { discard: true })
  }
  return {
    told: ({ failed: uids, status, subOperations }) =>
      Effect.suspend(() => {
        const isFinal = status.class !== "Pending"
        clear()
        running = isFinal ? undefined : (subOperations ?? running)
        if (isFinal) counted = subOperations !== undefined
        if (isFinal && subOperations !== undefined) add(subOperations)
        if (options.json) {
          return Effect.andThen(list(uids), printed(isFinal ? "final" : "pending", status, subOperations))
        }
        if (isFinal) return list(uids)
        if (subOperations === undefined) return Effect.void
        const { completed, remaining = 0, warning } = subOperations
        const done = completed + warning
        const line = `${verb} ${done} of ${done + subOperations.failed + remaining}${subOperations.failed > 0 ? `, ${subOperations.failed} failed` : ""}`
        if (terminal?.isTTY === true) {
          shown = true
          terminal.write(`\r\u001b[2K${line}`)
          return Effect.void
        }
        return options.verbose ? Console.error(line) : Effect.void
      }),
    cancelled: Effect.sync(() => {
      clear()
      cancelled = true
    }),
    fail: (error) =>
      Effect.suspend(() => {
        clear()
        failing = true
        const counts = error._tag === "Refused" ? error.details.subOperations : undefined
        if (counts !== undefined) {
          running = undefined
          add(counts)
        }
        const { dataSet = undefined } = error._tag === "Refused" ? error : {}
        return Effect.andThen(
          Effect.andThen(
            dataSet === undefined ? Effect.void : list(SubOperations.failedInstances(dataSet)),
            options.json && error._tag === "Refused" ? printed("final", error.status, counts) : Effect.void
          ),
          Effect.fail(CallFailure.make(error, options))
        )
      }),
    failed: () => failed,
    incomplete: () => totals.failed > 0 || failed.length > 0,
    nothing: () => counted && !cancelled && totals.completed + totals.warning + totals.failed === 0,
    summary: (course) => {
      clear()
      if (running !== undefined) add(running)
      running = undefined
      const milliseconds = clock.currentTimeMillisUnsafe() - begun
      if (options.json) {
        return Console.log(
          JSON.stringify({
            type: "summary",
            ...totals,
            failedInstances: failed,
            cancelled,
            milliseconds: Math.round(milliseconds),
            association: course.outcome?._tag ?? null
          })
        )
      }
      // Where nothing came there is nothing to be told but why.
      const isNothing = failing && totals.completed + totals.warning + totals.failed === 0
      if (options.quiet || isNothing || course.outcome === undefined) return Effect.void
      const parts = [
        `${verb} ${totals.completed + totals.warning} in ${(milliseconds / 1000).toFixed(1)} s`,
        ...(totals.warning > 0 ? [`${totals.warning} with a warning`] : []),
        ...(totals.failed > 0 ? [`${totals.failed} failed`] : []),
        ...(cancelled ? ["cancelled"] : []),
        Requestor.ending(course.outcome)
      ]
      return Console.log(parts.join("; "))
    }
  }
})
