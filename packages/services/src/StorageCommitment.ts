/**
 * The Storage Commitment service class, push model (PS3.4 Annex J), as user and as provider: a user asks a provider to
 * keep instances safe, and is told the result by a notification, on the same association, a later one, or one that the
 * provider requests. What safekeeping is, and for how long, is the provider's own business.
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import type { UpperLayer } from "@effect-dicom/association"
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import type { Uid } from "@effect-dicom/data/Uid"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import * as Status from "@effect-dicom/protocol/Status"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as GeneralStatus from "./GeneralStatus.ts"
import * as commitmentTransactions from "./internal/commitmentTransactions.ts"
import { reference } from "./internal/sopInstanceReference.ts"
import * as Operation from "./Operation.ts"
import type * as OperationCall from "./OperationCall.ts"
import type * as OperationHandler from "./OperationHandler.ts"
import * as ServiceClass from "./ServiceClass.ts"
import type * as ServiceClassProvider from "./ServiceClassProvider.ts"
import * as ServiceError from "./ServiceError.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

const { type1, type1C, type3 } = DataSetSchema

// -----------------------------------------------------------------------------
// statuses
// -----------------------------------------------------------------------------

/**
 * The statuses of N-ACTION (PS3.4 section J.3.2.1.4): none of its own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const RequestStatus = ServiceStatus.make(GeneralStatus.action)

/**
 * @category statuses
 * @since 0.1.0
 */
export type RequestStatus = ServiceStatus.Type<typeof RequestStatus>

/**
 * The statuses of N-EVENT-REPORT (PS3.4 section J.3.3.1.4): none of its own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const ResultStatus = ServiceStatus.make(GeneralStatus.eventReport)

/**
 * @category statuses
 * @since 0.1.0
 */
export type ResultStatus = ServiceStatus.Type<typeof ResultStatus>

/**
 * Why an instance is not kept (PS3.3 section C.14.1.1), as a table: `FailureReason.of.NoSuchObjectInstance().code` is what
 * a result says of an instance, and `ServiceStatus.meaning(FailureReason, { code })` what one means.
 *
 * @category statuses
 * @since 0.1.0
 */
export const FailureReason = ServiceStatus.make({
  ProcessingFailure: ServiceStatus.failure(0x0110, "Processing failure"),
  NoSuchObjectInstance: ServiceStatus.failure(0x0112, "No such object instance"),
  ClassInstanceConflict: ServiceStatus.failure(0x0119, "Class/Instance conflict"),
  ReferencedSopClassNotSupported: ServiceStatus.failure(0x0122, "Referenced SOP Class not supported"),
  DuplicateTransactionUid: ServiceStatus.failure(0x0131, "Duplicate transaction UID"),
  ResourceLimitation: ServiceStatus.failure(0x0213, "Resource limitation")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FailureReason = ServiceStatus.Type<typeof FailureReason>

// -----------------------------------------------------------------------------
// attributes
// -----------------------------------------------------------------------------

const media = {
  storageMediaFileSetId: type3(Attribute.StorageMediaFileSetID),
  storageMediaFileSetUid: type3(Attribute.StorageMediaFileSetUID)
}

/**
 * The information of a request (PS3.4 Table J.3-1): an instance is referenced once, and the medium is said either of all
 * or of each.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Request = DataSetSchema.Struct({
  transactionUid: type1(Attribute.TransactionUID),
  ...media,
  referencedSop: type1(Attribute.ReferencedSOPSequence, Schema.Array(DataSetSchema.Struct({ ...reference, ...media })))
})

/**
 * @category attributes
 * @since 0.1.0
 */
export type Request = typeof Request.Type

const whence = { retrieveAETitle: type3(Attribute.RetrieveAETitle), ...media }

const committed = Schema.Array(DataSetSchema.Struct({ ...reference, ...whence }))

/**
 * The information of the event Storage Commitment Request Successful (PS3.4 Table J.3-2).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Successful = DataSetSchema.Struct({
  transactionUid: type1(Attribute.TransactionUID),
  ...whence,
  referencedSop: type1(Attribute.ReferencedSOPSequence, committed)
})

/**
 * The information of the event Storage Commitment Request Complete - Failures Exist (PS3.4 Table J.3-2).
 *
 * @category attributes
 * @since 0.1.0
 */
export const FailuresExist = DataSetSchema.Struct({
  transactionUid: type1(Attribute.TransactionUID),
  ...whence,
  referencedSop: type1C(Attribute.ReferencedSOPSequence, committed),
  failedSop: type1(
    Attribute.FailedSOPSequence,
    Schema.Array(DataSetSchema.Struct({ ...reference, failureReason: type1(Attribute.FailureReason) }))
  )
})

/**
 * What became of a request: the instances that are kept, and those that are not, with the reason. Together they are those
 * of the request.
 *
 * @category models
 * @since 0.1.0
 */
export type Result = Omit<typeof Successful.Type, "referencedSop"> & {
  readonly referencedSop: (typeof Successful.Type)["referencedSop"]
  readonly failedSop: (typeof FailuresExist.Type)["failedSop"]
}

// -----------------------------------------------------------------------------
// the service class
// -----------------------------------------------------------------------------

/**
 * The instance of the SOP class, which every provider has (PS3.4 section J.3.5).
 *
 * @category identifiers
 * @since 0.1.0
 */
export const sopInstanceUid: Uid = UidRegistry.StorageCommitmentPushModelInstance

/**
 * The service class, as the messages have it.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass = ServiceClass.make("Storage Commitment", {
  sopClasses: [SopClass.StorageCommitmentPushModel],
  operations: {
    request: Operation.action({ statuses: RequestStatus, actionTypeId: 1, information: Request }),
    successful: Operation.eventReport({ statuses: ResultStatus, eventTypeId: 1, information: Successful }),
    failuresExist: Operation.eventReport({ statuses: ResultStatus, eventTypeId: 2, information: FailuresExist })
  }
})

// -----------------------------------------------------------------------------
// the provider
// -----------------------------------------------------------------------------

/**
 * What a report can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type ReportError = OperationCall.CallError<typeof ResultStatus>

/**
 * Reports a result on an association with the user: that of the request, or a later one. Which event it is follows from
 * whether there are failures.
 *
 * @category operations
 * @since 0.1.0
 */
export const report = (
  association: Association.Association,
  result: Result
): Effect.Effect<OperationCall.Completed<DataSet | undefined, typeof ResultStatus>, ReportError> => {
  const notifier = serviceClass.notifier(association)
  const { failedSop, referencedSop, ...rest } = result
  return failedSop.length === 0
    ? notifier.successful({ sopInstanceUid, dataSet: { ...rest, referencedSop } })
    : notifier.failuresExist({
        sopInstanceUid,
        dataSet: { ...rest, failedSop, ...(referencedSop.length === 0 ? {} : { referencedSop }) }
      })
}

/**
 * Reports a result on an association of its own, for which the provider proposes its role (PS3.4 section J.3.3.1.2). The
 * calling AE title is the one that the user called.
 *
 * **Example**
 *
 * ```ts
 * import type { Association } from "@effect-dicom/association"
 * import { StorageCommitment } from "@effect-dicom/services"
 *
 * const onItsOwn = (requested: Association.Association, result: StorageCommitment.Result) =>
 *   StorageCommitment.reportAnew(
 *     { callingAETitle: requested.calledAETitle, calledAETitle: requested.callingAETitle },
 *     result
 *   )
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const reportAnew = (
  options: Omit<Association.RequestOptions, "presentationContexts">,
  result: Result
): Effect.Effect<
  OperationCall.Completed<DataSet | undefined, typeof ResultStatus>,
  ReportError | Effect.Error<ReturnType<typeof Association.request>>,
  UpperLayer.Transport
> => {
  const { presentationContexts, userInformation } = serviceClass.proposal({ role: "SCP" })
  return Effect.scoped(
    Effect.flatMap(
      Association.request({
        ...options,
        presentationContexts,
        userInformation: { ...options.userInformation, ...userInformation }
      }),
      (association) => report(association, result)
    )
  )
}

/**
 * A way to the user of a request, for an association on which the provider reports.
 *
 * @category models
 * @since 0.1.0
 */
export interface Way {
  readonly transport: Layer.Layer<UpperLayer.Transport, unknown>
  /** How the association is requested. Default: as the AE title that the user called, of the AE title that it has. */
  readonly options?: Partial<Omit<Association.RequestOptions, "presentationContexts">>
}

/**
 * A result was not reported: the association of the request is over, and there is no other.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotReported extends Schema.TaggedError<NotReported>()("NotReported", {
  transactionUid: Schema.String,
  /** The AE title of the user. */
  user: Schema.String,
  /** Why there is no other association; absent where no way to the user is known. */
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    const { cause } = this
    const why =
      cause === undefined
        ? "no other way to it is known"
        : `another was of no use: ${cause instanceof Error ? cause.message : String(cause)}`
    return `The result of transaction ${this.transactionUid} was not reported to ${this.user}: its association is over, and ${why}`
  }
}

/** What the user itself answers, or what no other association changes. */
type Answered = Extract<ReportError, { readonly _tag: "Refused" | "Unreadable" | "Unwritable" }>

const isAnswered = (error: unknown): error is Answered =>
  error instanceof ServiceError.Refused ||
  error instanceof ServiceError.Unreadable ||
  error instanceof ServiceError.Unwritable

/** Of a user that takes no reports on the association of its request: it performs nothing there. */
const isTakenElsewhere = (error: Answered): boolean =>
  error._tag === "Refused" &&
  (error.status.code === Status.failures.sopClassNotSupported.code ||
    error.status.code === Status.failures.unrecognizedOperation.code)

/**
 * Reports a result on the association of its request, once no operation is under way there, and where that is over, breaks,
 * or is not where the user takes reports, on another. A result may come twice so, where an answer was lost on the way.
 *
 * **Example** (Try again until the user can be reached)
 *
 * ```ts
 * import { Retry } from "@effect-dicom/association"
 * import type { Association } from "@effect-dicom/association"
 * import { StorageCommitment } from "@effect-dicom/services"
 * import { Effect, Schedule } from "effect"
 *
 * const reported = (
 *   requested: Association.Association,
 *   result: StorageCommitment.Result,
 *   way: StorageCommitment.Way
 * ) =>
 *   Effect.retry(StorageCommitment.reportBack(requested, result, way), {
 *     while: (error) => error._tag === "NotReported" && Retry.isTransient(error.cause),
 *     schedule: Retry.schedule({ cap: "10 minutes" }).pipe(Schedule.upTo({ times: 100 }))
 *   })
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const reportBack = (
  requested: Association.Association,
  result: Result,
  way?: Way
): Effect.Effect<OperationCall.Completed<DataSet | undefined, typeof ResultStatus>, Answered | NotReported> => {
  const user = requested.callingAETitle
  const notReported = (cause?: unknown): NotReported =>
    new NotReported({ transactionUid: result.transactionUid, user, ...(cause === undefined ? {} : { cause }) })
  const anew = (way: Way) =>
    reportAnew({ callingAETitle: requested.calledAETitle, calledAETitle: user, ...way.options }, result).pipe(
      Effect.provide(way.transport),
      Effect.mapError((error) => (isAnswered(error) ? error : notReported(error)))
    )
  return Effect.andThen(requested.dimse.quiet, report(requested, result)).pipe(
    Effect.catch((error) => {
      if (isAnswered(error) && (way === undefined || !isTakenElsewhere(error))) return Effect.fail(error)
      return way === undefined ? Effect.fail(notReported()) : anew(way)
    })
  )
}

/**
 * A request, as a provider gets it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Requested extends Request {
  readonly association: Association.Association
}

/**
 * A provider that answers a request when it has been received, and then, in the scope, commits and reports: `commit` says
 * what becomes of the instances, `reach` how the user is reached once its association is over, and `report` when and on
 * which association the user is told, by default at once with {@link reportBack}. What fails in reporting is logged.
 *
 * **Example** (Users whose addresses are known)
 *
 * ```ts
 * import { NodeSocket } from "@effect/platform-node"
 * import { StorageCommitment } from "@effect-dicom/services"
 * import * as Effect from "effect/Effect"
 *
 * const provider = StorageCommitment.provider({
 *   commit: ({ referencedSop }) => Effect.succeed({ referencedSop, failedSop: [] }),
 *   reach: ({ association }) =>
 *     Effect.succeed(
 *       association.callingAETitle === "MODALITY"
 *         ? { transport: NodeSocket.layerNet({ host: "10.0.0.7", port: 104, noDelay: true }) }
 *         : undefined
 *     )
 * })
 * ```
 *
 * @category providers
 * @since 0.1.0
 */
export const provider = <R = never, E = ReportError, R2 = never>(options: {
  readonly commit: (requested: Requested) => Effect.Effect<Omit<Result, "transactionUid">, never, R>
  /** A way to the user, where one is known. Default: none is, and what cannot be reported on the association of the request is not. */
  readonly reach?: (requested: Requested) => Effect.Effect<Way | undefined, never, R>
  readonly report?: (result: Result, requested: Requested) => Effect.Effect<unknown, E, R2>
  /** What refuses a request before anything is done about it. Default: nothing. */
  readonly check?: (requested: Requested) => Effect.Effect<void, OperationHandler.Refusal<typeof RequestStatus>, R>
}): Effect.Effect<ServiceClassProvider.ServiceClassProvider<R | R2>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const { check, commit, reach } = options
    const report =
      options.report ??
      ((result: Result, requested: Requested) =>
        Effect.flatMap(reach?.(requested) ?? Effect.undefined, (way) => reportBack(requested.association, result, way)))
    return serviceClass.handlers({
      request: ({ association, dataSet }) => {
        const requested: Requested = { ...dataSet, association }
        const reporting = Effect.flatMap(commit(requested), (outcome): Effect.Effect<unknown, unknown, R | R2> =>
          report({ ...outcome, transactionUid: dataSet.transactionUid }, requested)
        )
        return Effect.andThen(
          check?.(requested) ?? Effect.void,
          Effect.asVoid(
            Effect.forkIn(
              Effect.catchCause(reporting, (cause) =>
                Effect.annotateLogs(Effect.logError("A storage commitment could not be reported", cause), {
                  transactionUid: dataSet.transactionUid
                })
              ),
              scope
            )
          )
        )
      }
    })
  })

// -----------------------------------------------------------------------------
// the user
// -----------------------------------------------------------------------------

/**
 * The transactions of a user whose results are awaited.
 *
 * @category models
 * @since 0.1.0
 */
export interface Transactions {
  /**
   * What takes the results: the user serves its associations with it, and listens with it for those that providers
   * request. A result of a transaction that nobody awaits is answered with 0115H, invalid argument value.
   */
  readonly provider: ServiceClassProvider.ServiceClassProvider
  /**
   * Requests commitment. Gives, when the provider has received the request, what waits for the result, whichever
   * association that comes on; it is awaited until the scope is closed. Who awaits it on this association serves it with
   * {@link provider}, unless {@link Transactions.commit} does, and awaits `dimse.quiet` before the release.
   */
  readonly request: (
    association: Association.Association,
    request: Request
  ) => Effect.Effect<Effect.Effect<Result>, OperationCall.CallError<typeof RequestStatus>, Scope.Scope>
  /**
   * Requests commitment and waits for the result, and until its report is answered, since the association may be released
   * next: as long as it takes, so a caller gives it a timeout.
   */
  readonly commit: (
    association: Association.Association,
    request: Request
  ) => Effect.Effect<Result, OperationCall.CallError<typeof RequestStatus>>
  /** Awaits the result of a transaction that was requested before, by another process of the user's. */
  readonly expect: (transactionUid: Uid) => Effect.Effect<Effect.Effect<Result>, never, Scope.Scope>
}

/**
 * Makes the registry of a user's transactions.
 *
 * **Example**
 *
 * ```ts
 * import type { Association } from "@effect-dicom/association"
 * import { StorageCommitment } from "@effect-dicom/services"
 * import * as Effect from "effect/Effect"
 *
 * const commit = (association: Association.Association, request: StorageCommitment.Request) =>
 *   Effect.gen(function* () {
 *     const transactions = yield* StorageCommitment.transactions
 *     return yield* Effect.timeout(transactions.commit(association, request), "1 minute")
 *   })
 * ```
 *
 * **Example** (Of a provider that reports on an association of its own)
 *
 * ```ts
 * import { Association } from "@effect-dicom/association"
 * import { TcpListener, TcpTransport } from "@effect-dicom/association/node"
 * import { ServiceClassProvider, StorageCommitment } from "@effect-dicom/services"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const commit = (request: StorageCommitment.Request) =>
 *   Effect.gen(function* () {
 *     const transactions = yield* StorageCommitment.transactions
 *     const reports = ServiceClassProvider.layer([transactions.provider])
 *     yield* Layer.build(Layer.provide(reports, TcpListener.layer({ port: 11113 })))
 *     const association = yield* Association.request({
 *       callingAETitle: "MODALITY",
 *       calledAETitle: "ARCHIVE",
 *       ...StorageCommitment.serviceClass.proposal()
 *     })
 *     return yield* Effect.timeout(transactions.commit(association, request), "1 minute")
 *   }).pipe(Effect.scoped, Effect.provide(TcpTransport.layer({ host: "10.0.0.8", port: 104 })))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const transactions: Effect.Effect<Transactions> = commitmentTransactions.make(serviceClass, ResultStatus)
