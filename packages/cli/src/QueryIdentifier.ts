/**
 * The identifiers that a command line asks with: keys that are typed, in place of those of a file, and what is asked for
 * besides.
 *
 * @since 0.1.0
 */
import * as DataSet from "@effect-dicom/data/DataSet"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as Result from "effect/Result"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as JsonSource from "./JsonSource.ts"
import * as QueryKeys from "./QueryKeys.ts"

/**
 * What the command line says of an identifier.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** Keys. */
  readonly keys: ReadonlyArray<string>
  /** Keys too, by a flag. */
  readonly where: ReadonlyArray<string>
  /** Files with keys: DICOM files, or JSON. Each is an identifier of its own. */
  readonly keysFile: ReadonlyArray<string>
}

/**
 * The identifiers: one, or one for each file. `always` are keys in any of them, in place of others; `defaults` are those
 * that are there where others are not.
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = Effect.fnUntraced(function* (
  options: Options,
  always: ReadonlyArray<string>,
  defaults: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<DataSet.DataSet>, Failure.Failure, FileSystem.FileSystem> {
  const typed = yield* Effect.forEach([...options.keys, ...options.where, ...always], (key) =>
    usable(QueryKeys.parse(key))
  )
  const bases = options.keysFile.length === 0 ? [QueryKeys.empty] : yield* Effect.forEach(options.keysFile, fromFile)
  const besides = yield* Effect.forEach(defaults, (key) => usable(QueryKeys.parse(key)))
  return yield* Effect.forEach(bases, (base) =>
    Effect.flatMap(usable(QueryKeys.put(base, typed)), (filled) =>
      usable(
        QueryKeys.put(
          filled,
          besides.filter(({ path }) => !isThere(filled, path))
        )
      )
    )
  )
})

const usable = <A>(result: Result.Result<A, QueryKeys.InvalidKey>): Effect.Effect<A, Failure.Failure> =>
  Effect.mapError(Effect.fromResult(result), (error) => Failure.make(codes.usage, `${error.message}.`))

const isThere = (dataSet: DataSet.DataSet, path: QueryKeys.QueryKey["path"]): boolean => {
  const [first, ...rest] = path
  if (first === undefined || DataSet.element(dataSet, first.tag) === undefined) return first === undefined
  const item = rest.length === 0 ? undefined : DataSet.items(dataSet, first.tag)?.[first.item]
  return item === undefined ? rest.length === 0 : isThere(item, rest)
}

/**
 * Reads the data set of a file: of a DICOM file, or of JSON as `QueryKeys.fromJson` takes it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromFile = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<DataSet.DataSet, Failure.Failure, FileSystem.FileSystem> {
  const failed = (detail: string) =>
    Failure.make(codes.files, `${path} cannot be used: ${detail}. Give a DICOM file, or JSON.`)
  const fs = yield* FileSystem.FileSystem
  const bytes = yield* Effect.mapError(fs.readFile(path), (error) => failed(Failure.refusalOf(error)))
  const text = /^\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64)))
    ? new TextDecoder().decode(bytes)
    : undefined
  if (text !== undefined) {
    const source = yield* Effect.mapError(Effect.fromResult(JsonSource.parse(text)), (error) => failed(error.message))
    return yield* Effect.mapError(Effect.fromResult(QueryKeys.fromJson(source.value)), (error) => failed(error.message))
  }
  const file = yield* Effect.mapError(Effect.fromResult(FileFormat.decode(bytes)), (error) => failed(error.message))
  return file.dataSet
})
