/**
 * The Repository Query SOP class (PS3.4 section C.6.4), as user and as provider: the Study Root model asked for all that a
 * repository has, in as many queries as it takes.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import { keys, values } from "./internal/queryFields.ts"
import * as Operation from "./Operation.ts"
import * as QueryRetrieve from "./QueryRetrieve.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

/**
 * The statuses of C-FIND: those of Query/Retrieve (PS3.4 Table C.4-1), one for a query that cannot be gone on with, and one
 * for matches that are not all (PS3.4 section C.6.4.5).
 *
 * @category statuses
 * @since 0.1.0
 */
export const FindStatus = ServiceStatus.make({
  ...QueryRetrieve.FindStatus.rows,
  InvalidPriorRecordKey: ServiceStatus.failure(0xa710, "Invalid prior record key"),
  ResponseLimitReached: ServiceStatus.warning(
    0xb001,
    "Matching reached response limit, subsequent request may return additional matches"
  )
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FindStatus = ServiceStatus.Type<typeof FindStatus>

/** What a query says of itself: after which record it goes on, and how many it wants at most (PS3.4 section C.6.4.1). */
const parameters = {
  view: QueryRetrieve.view,
  recordKey: DataSetSchema.key(Attribute.RecordKey),
  priorRecordKey: DataSetSchema.type3(Attribute.PriorRecordKey),
  maximumNumberOfRecords: DataSetSchema.type3(Attribute.MaximumNumberOfRecords)
} as const

const { patientId } = QueryRetrieve.patientAttributes
const { studyInstanceUid } = QueryRetrieve.studyAttributes
const { seriesInstanceUid } = QueryRetrieve.seriesAttributes
const study = { ...QueryRetrieve.patientAttributes, ...QueryRetrieve.studyAttributes } as const
const series = { patientId, studyInstanceUid, ...QueryRetrieve.seriesAttributes } as const
const image = { patientId, studyInstanceUid, seriesInstanceUid, ...QueryRetrieve.imageAttributes } as const
const record = { recordKey: Attribute.RecordKey, fileAccessUri: Attribute.FileAccessURI } as const

/**
 * The identifiers of queries by level, as keys.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Identifier = {
  study: DataSetSchema.Struct({ level: QueryRetrieve.level("STUDY"), ...parameters, ...keys(study) }),
  series: DataSetSchema.Struct({ level: QueryRetrieve.level("SERIES"), ...parameters, ...keys(series) }),
  image: DataSetSchema.Struct({ level: QueryRetrieve.level("IMAGE"), ...parameters, ...keys(image) })
} as const

/**
 * The identifiers of matches by level, as values; the record key of the last is the prior record key of the next query.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Match = {
  study: DataSetSchema.Struct({ level: QueryRetrieve.level("STUDY"), ...values({ ...study, ...record }) }),
  series: DataSetSchema.Struct({ level: QueryRetrieve.level("SERIES"), ...values({ ...series, ...record }) }),
  image: DataSetSchema.Struct({ level: QueryRetrieve.level("IMAGE"), ...values({ ...image, ...record }) })
} as const

/**
 * The Repository Query as a service class.
 *
 * @category models
 * @since 0.1.0
 */
export type RepositoryQuery<In, Out> = ServiceClass.ServiceClass<
  "Repository Query",
  {
    readonly find: Operation.Operation<
      "C-FIND",
      In,
      Out,
      typeof FindStatus,
      "M",
      "SCU",
      QueryRetrieve.FindApplicationInformation
    >
  }
>

/**
 * The service class with identifiers of schemas of one's own, such as {@link Identifier} and {@link Match} have; data sets
 * where none are given. A handler that stops at a limit fails with `ResponseLimitReached`; the user is told by `onFinal`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <
  In extends Operation.Given = Operation.Content<DataSet>,
  Out extends Operation.Given = Operation.Content<DataSet>
>(
  identifiers: QueryRetrieve.Identifiers<In, Out> = {}
): RepositoryQuery<Operation.TypeOf<In>, Operation.TypeOf<Out>> =>
  ServiceClass.make("Repository Query", {
    sopClasses: [SopClass.RepositoryQuery],
    operations: {
      find: Operation.find<typeof FindStatus, "M", QueryRetrieve.FindApplicationInformation, In, Out>({
        ...identifiers,
        statuses: FindStatus,
        extendedNegotiation: QueryRetrieve.FindApplicationInformation
      })
    }
  })

/**
 * The service class, its identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass: RepositoryQuery<DataSet, DataSet> = make()
