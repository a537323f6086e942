/**
 * The Instance Availability Notification service class (PS3.4 Annex R), as user and as provider: who has instances tells
 * another where they can be retrieved. When it does, and what the other makes of it, is their own business.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Schema from "effect/Schema"
import * as GeneralStatus from "./GeneralStatus.ts"
import { codes } from "./internal/codedEntry.ts"
import { enumeratedValues } from "./internal/enumeratedValues.ts"
import { reference } from "./internal/sopInstanceReference.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

const { type1, type2, type3 } = DataSetSchema

/**
 * The statuses of N-CREATE (PS3.4 section R.3.2.1.4): none of its own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const CreateStatus = ServiceStatus.make(GeneralStatus.create)

/**
 * @category statuses
 * @since 0.1.0
 */
export type CreateStatus = ServiceStatus.Type<typeof CreateStatus>

/**
 * The attributes of a notification (PS3.4 Table R.3.2-1). A user sends no others.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Attributes = DataSetSchema.Struct({
  referencedPerformedProcedureStep: type2(
    Attribute.ReferencedPerformedProcedureStepSequence,
    Schema.Array(
      DataSetSchema.Struct({
        ...reference,
        performedWorkitemCode: type2(Attribute.PerformedWorkitemCodeSequence, codes)
      })
    )
  ),
  studyInstanceUid: type1(Attribute.StudyInstanceUID),
  referencedSeries: type1(
    Attribute.ReferencedSeriesSequence,
    Schema.Array(
      DataSetSchema.Struct({
        seriesInstanceUid: type1(Attribute.SeriesInstanceUID),
        referencedSop: type1(
          Attribute.ReferencedSOPSequence,
          Schema.Array(
            DataSetSchema.Struct({
              ...reference,
              instanceAvailability: type1(
                Attribute.InstanceAvailability,
                enumeratedValues("ONLINE", "NEARLINE", "OFFLINE", "UNAVAILABLE")
              ),
              retrieveAETitle: type1(Attribute.RetrieveAETitle),
              retrieveLocationUid: type3(Attribute.RetrieveLocationUID),
              retrieveUri: type3(Attribute.RetrieveURI),
              retrieveUrl: type3(Attribute.RetrieveURL),
              storageMediaFileSetId: type3(Attribute.StorageMediaFileSetID),
              storageMediaFileSetUid: type3(Attribute.StorageMediaFileSetUID)
            })
          )
        )
      })
    )
  )
})

/**
 * The service class. A notification is an instance that the user creates, under a UID of its choice.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass = ServiceClass.make("Instance Availability Notification", {
  sopClasses: [SopClass.InstanceAvailabilityNotification],
  operations: { create: Operation.create({ statuses: CreateStatus, attributes: Attributes }) }
})
