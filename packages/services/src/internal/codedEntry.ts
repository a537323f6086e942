/** Coded entries as items of a sequence (PS3.3 section 8.8), without their context group; a peer's may lack a meaning. */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as Schema from "effect/Schema"

export const code = DataSetSchema.Struct({
  codeValue: DataSetSchema.type1C(Attribute.CodeValue),
  codingSchemeDesignator: DataSetSchema.type1C(Attribute.CodingSchemeDesignator),
  codingSchemeVersion: DataSetSchema.type1C(Attribute.CodingSchemeVersion),
  codeMeaning: DataSetSchema.type3(Attribute.CodeMeaning)
})

export const codes = Schema.Array(code)
