/**
 * What an identifier of a retrieval by levels has to say, whoever the handler is (PS3.4 sections C.4.2.1.4 and C.4.3.1.3):
 * a level that the model has, and the unique key of that level. Without it, a handler that matches keys would
 * give all there is. The unique keys above the level, which peers leave out, are left to the handler.
 *
 * It is what a provider reads; what a client sends is sent as it is.
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { enumeratedValues } from "./enumeratedValues.ts"

/** The levels of the query/retrieve information models (PS3.4 section C.6). */
export type Level = "PATIENT" | "STUDY" | "SERIES" | "IMAGE"

const withoutWildCard = Schema.String.check(
  Schema.makeFilter((text: string) => !/[*?]/.test(text) || "no wild card in a unique key")
)

const listOf = <A extends Attribute.Any<"UI">>(attribute: A) => ({ ...attribute, vm: "1-n" as const })

const uniqueKeys = {
  PATIENT: { key: DataSetSchema.type1(Attribute.PatientID, withoutWildCard) },
  STUDY: { key: DataSetSchema.type1(listOf(Attribute.StudyInstanceUID)) },
  SERIES: { key: DataSetSchema.type1(listOf(Attribute.SeriesInstanceUID)) },
  IMAGE: { key: DataSetSchema.type1(listOf(Attribute.SOPInstanceUID)) }
} as const

const uniqueKey = (level: Level): ((dataSet: DataSet) => Result.Result<unknown, Schema.SchemaError>) =>
  Schema.decodeResult(DataSetSchema.Struct(uniqueKeys[level]))

const levelOf = (
  levels: readonly [Level, ...ReadonlyArray<Level>]
): ((dataSet: DataSet) => Result.Result<{ readonly level: Level }, Schema.SchemaError>) =>
  Schema.decodeResult(
    DataSetSchema.Struct({ level: DataSetSchema.type1(Attribute.QueryRetrieveLevel, enumeratedValues(...levels)) })
  )

/** What is read and given is a data set by its type. */
const whole = Schema.declare((u: unknown): u is DataSet => Predicate.isObject(u))

/** The identifier of a C-GET or C-MOVE of a model with these levels. */
export const retrieved = (levels: readonly [Level, ...ReadonlyArray<Level>]): Schema.Codec<DataSet> => {
  const read = levelOf(levels)
  return whole.pipe(
    Schema.decodeTo(
      whole,
      SchemaTransformation.transformEffect({
        decode: (dataSet: DataSet) =>
          Result.flatMap(read(dataSet), ({ level }) => uniqueKey(level)(dataSet)).pipe(
            Result.map(() => dataSet),
            Result.mapError(({ issue }) => issue),
            Effect.fromResult
          ),
        encode: (dataSet: DataSet) => Effect.succeed(dataSet)
      })
    )
  )
}
