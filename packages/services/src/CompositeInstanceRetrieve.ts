/**
 * The retrievals of composite instances by SOP Instance UID alone: Composite Instance Root Retrieve, of instances and
 * frames (PS3.4 Annex Y), and Composite Instance Retrieve Without Bulk Data (PS3.4 Annex Z), as user and as provider. That
 * frames are made an instance of their own (PS3.4 section Y.3.2) is the business of the handler.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import type * as Tag from "@effect-dicom/data/Tag"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { make as makeApplicationInformation } from "./ApplicationInformation.ts"
import { enumeratedValues } from "./internal/enumeratedValues.ts"
import { matching, Uids, uidsOf } from "./internal/uniqueKey.ts"
import * as Operation from "./Operation.ts"
import { level, view } from "./QueryRetrieve.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"
import * as SubOperations from "./SubOperations.ts"

// -----------------------------------------------------------------------------
// statuses
// -----------------------------------------------------------------------------

const ofFrames = {
  FramesNotFound: ServiceStatus.failure(0xaa00, "Failed: None of the frames requested were found in the SOP Instance"),
  UnableToCreateObject: ServiceStatus.failure(0xaa01, "Failed: Unable to create new object for this SOP Class"),
  UnableToExtractFrames: ServiceStatus.failure(0xaa02, "Failed: Unable to extract frames"),
  NotTimeBased: ServiceStatus.failure(
    0xaa03,
    "Failed: Time-based request received for a non-time-based original SOP Instance"
  ),
  InvalidRequest: ServiceStatus.failure(0xaa04, "Failed: Invalid Request")
} as const

/**
 * The statuses of C-GET in Composite Instance Root Retrieve (PS3.4 section Y.4.2.1.4).
 *
 * @category statuses
 * @since 0.1.0
 */
export const GetStatus = ServiceStatus.make({ ...SubOperations.GetStatus.rows, ...ofFrames })

/**
 * @category statuses
 * @since 0.1.0
 */
export type GetStatus = ServiceStatus.Type<typeof GetStatus>

/**
 * The statuses of C-MOVE in Composite Instance Root Retrieve (PS3.4 section Y.4.1.1.4).
 *
 * @category statuses
 * @since 0.1.0
 */
export const MoveStatus = ServiceStatus.make({
  ...SubOperations.MoveStatus.rows,
  SubOperationsFailed: SubOperations.GetStatus.rows.SubOperationsFailed,
  ...ofFrames
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type MoveStatus = ServiceStatus.Type<typeof MoveStatus>

/**
 * The Service-class-application-information of these SOP classes (PS3.4 Tables Y.5.1-1 and Y.5.1-2, which section Z.5.1
 * refers to): that of the Query/Retrieve service class, whose byte for relational retrieval is reserved here.
 *
 * @category extended negotiation
 * @since 0.1.0
 */
export const ApplicationInformation = makeApplicationInformation({
  reserved: { reserved: 0 },
  enhancedMultiFrameImageConversion: "flag"
})

/**
 * @category extended negotiation
 * @since 0.1.0
 */
export type ApplicationInformation = typeof ApplicationInformation.Type

// -----------------------------------------------------------------------------
// identifiers
// -----------------------------------------------------------------------------

/**
 * Whole instances (PS3.4 Table Y.6-1).
 *
 * @category identifiers
 * @since 0.1.0
 */
export interface Instances {
  readonly level: "IMAGE"
  /** Only where the conversion to Enhanced Multi-Frame was negotiated. */
  readonly view?: "CLASSIC" | "ENHANCED"
  readonly sopInstanceUids: readonly [Uid, ...ReadonlyArray<Uid>]
}

const images = DataSetSchema.Struct({
  level: level("IMAGE"),
  view,
  sopInstanceUid: DataSetSchema.key(Attribute.SOPInstanceUID)
})

/**
 * @category identifiers
 * @since 0.1.0
 */
export const Instances: Schema.Codec<Instances, DataSet.DataSet> = images.pipe(
  Schema.decodeTo(
    Schema.Struct({
      level: Schema.Literal("IMAGE"),
      view: Schema.optionalKey(Schema.Literals(["CLASSIC", "ENHANCED"])),
      sopInstanceUids: Uids
    }),
    SchemaTransformation.transform<Instances, typeof images.Type>({
      decode: ({ sopInstanceUid, ...rest }) => ({ ...rest, sopInstanceUids: uidsOf(sopInstanceUid) }),
      encode: ({ sopInstanceUids, ...rest }) => ({ ...rest, sopInstanceUid: matching(sopInstanceUids) })
    })
  )
)

const ofOneInstance = {
  level: DataSetSchema.type1(Attribute.QueryRetrieveLevel, enumeratedValues("FRAME")),
  view,
  sopInstanceUid: DataSetSchema.type1(Attribute.SOPInstanceUID)
} as const

/**
 * Frames of one instance, by one of the frame level keys (PS3.4 Table Y.6-2): their numbers, from 1; first number, last
 * number and step; or the time range, in seconds.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Frames = Schema.Union([
  DataSetSchema.Struct({ ...ofOneInstance, simpleFrameList: DataSetSchema.type1(Attribute.SimpleFrameList) }),
  DataSetSchema.Struct({ ...ofOneInstance, calculatedFrameList: DataSetSchema.type1(Attribute.CalculatedFrameList) }),
  DataSetSchema.Struct({ ...ofOneInstance, timeRange: DataSetSchema.type1(Attribute.TimeRange) })
])

/**
 * @category identifiers
 * @since 0.1.0
 */
export type Frames = typeof Frames.Type

/**
 * What Composite Instance Root Retrieve is asked for.
 *
 * @category identifiers
 * @since 0.1.0
 */
export type Identifier = Instances | Frames

/**
 * @category identifiers
 * @since 0.1.0
 */
export const Identifier: Schema.Codec<Identifier, DataSet.DataSet> = Schema.Union([Instances, Frames])

// -----------------------------------------------------------------------------
// bulk data
// -----------------------------------------------------------------------------

/** Those of Table Z.1-1 that are one tag. */
const bulk: ReadonlyArray<Tag.Tag> = [
  Attribute.PixelData,
  Attribute.FloatPixelData,
  Attribute.DoubleFloatPixelData,
  Attribute.PixelDataProviderURL,
  Attribute.SpectroscopyData,
  Attribute.EncapsulatedDocument
].map(({ tag }) => tag)

/** Those that repeat, from group 6000H or 5000H in steps of two. */
const repeating = new Set<Tag.Tag>(
  Array.from({ length: 16 }, (_, i) =>
    [Attribute.OverlayData, Attribute.CurveData, Attribute.AudioSampleData].map(
      (attribute) => Attribute.repeated(attribute, i).tag
    )
  ).flat()
)

/**
 * An instance's data set without the attributes that a retrieval without bulk data leaves out (PS3.4 section Z.1.3): at the
 * top level pixel data and the like, and the waveform data of the items of a Waveform Sequence. What is in other sequences,
 * such as the pixel data of icons, stays, and so does everything else.
 *
 * @category operations
 * @since 0.1.0
 */
export const omitBulkData = <Bulk>(dataSet: DataSet.DataSet<Bulk>): DataSet.DataSet<Bulk> =>
  DataSet.updateItems(
    DataSet.filter(dataSet, ({ tag }) => !bulk.includes(tag) && !repeating.has(tag)),
    Attribute.WaveformSequence.tag,
    (item) => DataSet.remove(item, Attribute.WaveformData.tag)
  )

// -----------------------------------------------------------------------------
// the service classes
// -----------------------------------------------------------------------------

/**
 * Composite Instance Root Retrieve (PS3.4 section Y.6.1). Each of its two SOP classes stands by itself: a provider may
 * leave it out.
 *
 * @category service classes
 * @since 0.1.0
 */
export const root = ServiceClass.make("Composite Instance Root Retrieve", {
  sopClasses: [SopClass.CompositeInstanceRootRetrieveGet, SopClass.CompositeInstanceRootRetrieveMove],
  operations: {
    get: Operation.get({
      identifier: Identifier,
      usage: "U",
      statuses: GetStatus,
      sopClasses: [SopClass.CompositeInstanceRootRetrieveGet],
      extendedNegotiation: ApplicationInformation
    }),
    move: Operation.move({
      identifier: Identifier,
      usage: "U",
      statuses: MoveStatus,
      sopClasses: [SopClass.CompositeInstanceRootRetrieveMove],
      extendedNegotiation: ApplicationInformation
    })
  }
})

/**
 * Composite Instance Retrieve Without Bulk Data (PS3.4 section Z.6.1), whose handler gives instances that
 * {@link omitBulkData} has seen. The statuses are those of C-GET everywhere (PS3.4 section Z.4.2.1.4).
 *
 * @category service classes
 * @since 0.1.0
 */
export const withoutBulkData = ServiceClass.make("Composite Instance Retrieve Without Bulk Data", {
  sopClasses: [SopClass.CompositeInstanceRetrieveWithoutBulkDataGet],
  operations: {
    get: Operation.get({
      identifier: Instances,
      statuses: SubOperations.GetStatus,
      extendedNegotiation: ApplicationInformation
    })
  }
})
