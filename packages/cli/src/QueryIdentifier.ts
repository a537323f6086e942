/**
 * The identifiers that a command line asks with: keys that are typed, in place of those of a file, and what is asked for
 * besides; and whether their values can match anything (PS3.4 section C.2.2.2).
 *
 * @since 0.1.0
 */
import * as AttributeValue from "@effect-dicom/data/AttributeValue"
import * as DA from "@effect-dicom/data/DA"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as Dictionary from "@effect-dicom/data/Dictionary"
import * as DT from "@effect-dicom/data/DT"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import type { InvalidValue } from "@effect-dicom/data/InvalidValue"
import * as IS from "@effect-dicom/data/IS"
import * as TM from "@effect-dicom/data/TM"
import * as Uid from "@effect-dicom/data/Uid"
import type { Vr } from "@effect-dicom/data/Vr"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as GivenFile from "./GivenFile.ts"
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
  /** Takes dates, times, whole numbers and UIDs that are none, too. */
  readonly unchecked?: boolean | undefined
}

/**
 * The identifiers: one, or one for each file. `always` are keys in any of them, in place of others; `defaults` gives those
 * that are there where others are not.
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = Effect.fnUntraced(function* (
  options: Options,
  always: ReadonlyArray<string>,
  defaults: (identifier: DataSet.DataSet) => Effect.Effect<ReadonlyArray<string>, Failure.Failure>
): Effect.fn.Return<ReadonlyArray<DataSet.DataSet>, Failure.Failure, FileSystem.FileSystem> {
  const typed = yield* Effect.forEach([...options.keys, ...options.where, ...always], (key) =>
    usable(QueryKeys.parse(key))
  )
  // What a file has may be what a peer has answered, odd as that may be.
  if (options.unchecked !== true) yield* check(yield* usable(QueryKeys.put(QueryKeys.empty, typed)))
  const bases = options.keysFile.length === 0 ? [QueryKeys.empty] : yield* Effect.forEach(options.keysFile, fromFile)
  return yield* Effect.forEach(
    bases,
    Effect.fnUntraced(function* (base) {
      const filled = yield* usable(QueryKeys.put(base, typed))
      const besides = yield* Effect.forEach(yield* defaults(filled), (key) => usable(QueryKeys.parse(key)))
      return yield* usable(
        QueryKeys.put(
          filled,
          besides.filter(({ path }) => !isThere(filled, path))
        )
      )
    })
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

// -----------------------------------------------------------------------------
// values
// -----------------------------------------------------------------------------

type Parse = (text: string) => Result.Result<unknown, InvalidValue | Uid.InvalidUid>

/** A value, or what looks like a range of them; a DT may have hyphens without being one. */
const orRange =
  (parse: Parse, parseRange: Parse): Parse =>
  (text) =>
    Result.orElse(parse(text), (error) => {
      const range = text.includes("-") ? parseRange(text) : undefined
      return range === undefined || (Result.isFailure(range) && text.split("-").length !== 2)
        ? Result.fail(error)
        : range
    })

const parsers: ReadonlyMap<string, Parse> = new Map<Vr, Parse>([
  ["DA", orRange(DA.parse, DA.parseRange)],
  ["DT", orRange(DT.parse, DT.parseRange)],
  ["IS", IS.parse],
  ["TM", orRange(TM.parse, TM.parseRange)],
  ["UI", Uid.fromText]
])

const check = (identifier: DataSet.DataSet): Effect.Effect<void, Failure.Failure> => {
  const wrong = firstWrong(identifier, "")
  return wrong === undefined
    ? Effect.void
    : Effect.fail(
        Failure.make(
          codes.usage,
          `The key ${JSON.stringify(wrong.key)} is wrong: ${wrong.detail}. Correct it, or give --unchecked to send it as it is.`
        )
      )
}

/** The first value that is none of its VR, an empty one being universal matching. */
const firstWrong = (
  identifier: DataSet.DataSet,
  before: string
): { readonly key: string; readonly detail: string } | undefined => {
  for (const { tag, vr } of DataSet.elements(identifier)) {
    const way = `${before}${Dictionary.keyword(tag)}`
    for (const [i, item] of (DataSet.items(identifier, tag) ?? []).entries()) {
      const inner = firstWrong(item, `${way}[${i}].`)
      if (inner !== undefined) return inner
    }
    const parse = parsers.get(vr)
    const text = parse === undefined ? undefined : Result.getOrUndefined(AttributeValue.text(identifier, tag))?.text
    if (parse === undefined || text === undefined) continue
    const value = text.replace(/[\0 ]+$/, "")
    if (value === "") continue
    for (const one of value.split("\\")) {
      const parsed = parse(one)
      if (Result.isFailure(parsed)) return { key: `${way}=${value}`, detail: parsed.failure.message.replace(/\.$/, "") }
    }
  }
  return undefined
}

// -----------------------------------------------------------------------------
// files
// -----------------------------------------------------------------------------

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
  const bytes = yield* GivenFile.read("--keys", path)
  const text = /^\s*[{[]/.test(new TextDecoder().decode(bytes.subarray(0, 64)))
    ? new TextDecoder().decode(bytes)
    : undefined
  if (text !== undefined) {
    const source = yield* Effect.mapError(Effect.fromResult(JsonSource.parse(text)), (error) => failed(error.message))
    return yield* Effect.mapError(Effect.fromResult(QueryKeys.fromJson(source.value)), (error) => failed(error.message))
  }
  const file = yield* Effect.mapError(Effect.fromResult(FileFormat.decode(bytes)), (error) => failed(error.message))
  return file.dataSet
})
