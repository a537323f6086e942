/** References to instances (PS3.3 Table 10-11, SOP Instance Reference Macro), as fields and as items of a sequence. */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as Schema from "effect/Schema"

export const reference = {
  referencedSopClassUid: DataSetSchema.type1(Attribute.ReferencedSOPClassUID),
  referencedSopInstanceUid: DataSetSchema.type1(Attribute.ReferencedSOPInstanceUID)
} as const

export const Reference = DataSetSchema.Struct(reference)

export const references = Schema.Array(Reference)
