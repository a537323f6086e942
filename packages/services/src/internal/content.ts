/**
 * The data set of a message as an operation says it is: written in the transfer syntax of the presentation context, and
 * read from it.
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import type { Tag } from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as Stream from "effect/Stream"
import type { Bytes, Content } from "../Operation.ts"
import { fill } from "./leftOut.ts"

/** What is wrong with a data set. */
export interface Invalid {
  readonly detail: string
  readonly cause?: unknown
  /** The attributes that the schema refuses. */
  readonly attributes: ReadonlyArray<DataSetSchema.Refused>
}

interface Codec<T> {
  readonly encode: (value: unknown) => Result.Result<DataSet.DataSet, Schema.SchemaError>
  readonly decode: (dataSet: DataSet.DataSet) => Result.Result<T, Schema.SchemaError>
}

/** Both ways of a schema, made once. */
const codecs = new WeakMap<object, Codec<unknown>>()

const codecOf = <T>(schema: Schema.Codec<T, DataSet.DataSet>): Codec<T> => {
  // the cast: what is kept for a schema is made of it
  const known = codecs.get(schema) as Codec<T> | undefined
  if (known !== undefined) return known
  const encode = Schema.encodeUnknownResult(schema)
  const filled = fill(SchemaAST.toType(schema.ast))
  const made: Codec<T> = {
    encode: filled === undefined ? encode : (value) => encode(filled(value)),
    decode: Schema.decodeResult(schema)
  }
  codecs.set(schema, made)
  return made
}

const absent: Invalid = { detail: "there is none, and there must be one", attributes: [] }

/** A data set as it is sent: whole, or as bytes that come. */
export type Written = ReadonlyArray<Uint8Array> | Bytes

/** The bytes of a value's data set, of only these attributes where some are asked for; nothing where it has none. */
export const write = (
  content: Content<unknown>,
  value: unknown,
  context: PresentationContext.Accepted,
  asked?: ReadonlyArray<Tag>
): Result.Result<Written | undefined, Invalid> => {
  if (content.presence === "none") return Result.succeed(undefined)
  if (value === undefined) return content.presence === "optional" ? Result.succeed(undefined) : Result.fail(absent)
  // the cast: the operation's type is the bytes
  if (content.presence === "bytes") return Result.succeed(value as Bytes)
  const encoded =
    content.schema === undefined
      ? // the cast: without a schema the operation's type is the data set
        Result.succeed(value as DataSet.DataSet)
      : codecOf(content.schema).encode(value)
  if (Result.isFailure(encoded)) return Result.fail(refused(encoded.failure))
  const dataSet = asked === undefined ? encoded.success : only(encoded.success, asked)
  const transcoded = DataSet.transcode(dataSet, TransferSyntax.fromUid(context.transferSyntax))
  return Result.isSuccess(transcoded)
    ? Result.succeed(DataSet.write(transcoded.success))
    : Result.fail({ detail: transcoded.failure.message, cause: transcoded.failure, attributes: [] })
}

/** Of a data set what is asked for, and the character set, without which its text could not be read. */
const only = (dataSet: DataSet.DataSet, asked: ReadonlyArray<Tag>): DataSet.DataSet => {
  const tags = new Set<number>([...asked, Attribute.SpecificCharacterSet.tag])
  return DataSet.filter(dataSet, ({ tag }) => tags.has(tag))
}

/** Whether there has to be a data set. */
export const isOwed = ({ presence }: Content<unknown>): boolean => presence === "required" || presence === "bytes"

/** The value of a data set's views, or of none. */
export const read = <T>(
  content: Content<T>,
  views: ReadonlyArray<Uint8Array> | undefined,
  context: PresentationContext.Accepted
): Result.Result<T, Invalid> => {
  if (content.presence === "none" || views === undefined) {
    // the cast: where there need be none, the type has undefined
    return isOwed(content) ? Result.fail(absent) : Result.succeed(undefined as T)
  }
  // the cast: the operation's type is the bytes
  if (content.presence === "bytes") return Result.succeed(Stream.fromIterable(views) as Bytes as T)
  const dataSet = readDataSet(views, context)
  if (Result.isFailure(dataSet)) return Result.fail(dataSet.failure)
  // the cast: without a schema the operation's type is the data set
  if (content.schema === undefined) return Result.succeed(dataSet.success as T)
  return Result.mapError(codecOf<T>(content.schema).decode(dataSet.success), refused)
}

/** The data set of views. */
export const readDataSet = (
  views: ReadonlyArray<Uint8Array>,
  context: Pick<PresentationContext.Accepted, "transferSyntax">
): Result.Result<DataSet.DataSet, Invalid> => {
  const reader = DataSetReader.make({ transferSyntax: TransferSyntax.fromUid(context.transferSyntax) })
  for (const view of views) {
    const pushed = reader.push(view)
    if (Result.isFailure(pushed)) return Result.fail(broken(pushed.failure))
  }
  return Result.mapError(reader.end(), broken)
}

const broken = (error: Error): Invalid => ({ detail: error.message, cause: error, attributes: [] })

const refused = (error: Schema.SchemaError): Invalid => {
  const attributes = DataSetSchema.refused(error)
  const detail = attributes.length === 0 ? error.message : attributes.map(({ error }) => error.message).join("; ")
  return { detail, cause: error, attributes }
}
