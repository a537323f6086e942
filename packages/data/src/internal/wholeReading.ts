/** Reads a data set from all of its bytes, inflated where they are deflated (PS3.5 section A.5). */
import * as Result from "effect/Result"
import type { Lenient, ReadOptions } from "../DataSet.ts"
import type { Inflate } from "../Inflate.ts"
import { InvalidDataSet } from "../InvalidDataSet.ts"
import * as Limits from "../Limits.ts"
import { Builder } from "./dataSetBuilder.ts"
import { Machine, Met } from "./dataSetMachine.ts"
import { Whole } from "./source.ts"

/**
 * The data set, and what is wrong with its bytes: strictly, no more than zeros behind its last element, and bytes behind the
 * stream that it was inflated from.
 */
export const readWhole = (
  bytes: Uint8Array,
  options: ReadOptions & { readonly lenient?: boolean }
): Result.Result<Lenient, InvalidDataSet> => {
  const { inflate, lenient = false, transferSyntax } = options
  const limits = options.limits === undefined ? Limits.defaults : Limits.make(options.limits)
  let whole = bytes
  let behind: InvalidDataSet | undefined
  if (transferSyntax.deflated) {
    const inflated = inflatedOf(bytes, inflate, limits)
    if (Result.isFailure(inflated)) return Result.fail(inflated.failure)
    whole = inflated.success.whole
    behind = inflated.success.behind
  }
  const machine = new Machine(whole, { encoding: transferSyntax, limits, lenient, size: whole.length })
  const builder = new Builder(new Whole(whole), transferSyntax)
  const failure = build(machine, builder)
  if (failure !== undefined) return Result.fail(failure)
  const irregularities =
    behind === undefined || machine.irregularities.length >= limits.irregularities
      ? machine.irregularities
      : [...machine.irregularities, behind]
  return Result.succeed({ dataSet: builder.end(machine, whole.length), irregularities })
}

const inflatedOf = (
  bytes: Uint8Array,
  inflate: Inflate | undefined,
  limits: Limits.Limits
): Result.Result<{ readonly whole: Uint8Array; readonly behind: InvalidDataSet | undefined }, InvalidDataSet> => {
  if (inflate === undefined) {
    const detail = "nothing to inflate it with was given"
    return Result.fail(new InvalidDataSet({ reason: "deflated", path: [], offset: 0, detail }))
  }
  const inflated = inflate(bytes, limits.inflatedSize)
  if (Result.isFailure(inflated)) {
    const { detail, reason } = inflated.failure
    const limit = reason === "limit exceeded" ? ({ limit: "inflatedSize" } as const) : undefined
    return Result.fail(new InvalidDataSet({ reason, path: [], offset: 0, detail, ...limit }))
  }
  const { success } = inflated
  if (success instanceof Uint8Array) return Result.succeed({ whole: success, behind: undefined })
  const whole = success.bytes
  return Result.succeed({ whole, behind: behindOf(bytes, success.read, whole.length) })
}

/**
 * What follows the stream, if it is more than the zero that makes its length even. Some writers leave the end of a gzip
 * file there (RFC 1952), and every reader passes over it.
 */
const behindOf = (bytes: Uint8Array, end: number, offset: number): InvalidDataSet | undefined => {
  const count = bytes.length - end
  if (count <= 0 || (count === 1 && bytes[end] === 0 && bytes.length % 2 === 0)) return undefined
  const what = count === 1 ? "a byte follows" : `${count} bytes follow`
  const detail =
    `${what} the deflate stream, which ends at byte ${end} of the deflated bytes; permitted: one zero that makes their ` +
    "number even"
  return new InvalidDataSet({ reason: "trailing bytes", path: [], offset, detail })
}

const build = (machine: Machine, builder: Builder): InvalidDataSet | undefined => {
  for (;;) {
    switch (machine.step()) {
      case Met.Value:
        builder.value(machine)
        machine.position += machine.length
        break
      case Met.SequenceStart:
        builder.sequenceStart(machine)
        break
      case Met.ItemStart:
        builder.itemStart(machine)
        break
      case Met.ItemEnd:
      case Met.SequenceEnd:
      case Met.EncapsulatedEnd:
        builder.close(machine)
        break
      case Met.EncapsulatedStart:
        builder.encapsulatedStart(machine)
        break
      case Met.Fragment:
        builder.fragment(machine)
        machine.position += machine.length
        break
      case Met.End:
      case Met.Ignore:
        return undefined
      default:
        return machine.failure
    }
  }
}
