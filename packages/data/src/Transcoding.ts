/**
 * Data sets put into other transfer syntaxes (PS3.5 section 10 and Annex A): between the uncompressed ones by VR. Pixels
 * are neither compressed nor decompressed here. `DataSet.ts` passes on what is here under its own name.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as DataSet from "./DataSet.ts"
import { type DataSetNode, isSameEncoding, node } from "./internal/dataSetTree.ts"
import { carried } from "./internal/groupLengths.ts"
import { conformDataSet, type Swapped, unit } from "./internal/transcode.ts"
import { PixelData } from "./Tag.ts"
import * as TagPath from "./TagPath.ts"
import type * as TransferSyntax from "./TransferSyntax.ts"

/**
 * A data set has pixel data that would have to be compressed, or decompressed, to be in another transfer syntax. That
 * is not done here: decompress the frames with a codec, set the pixel data, and transcode then.
 *
 * @category errors
 * @since 0.1.0
 */
export class PixelCodecNeeded extends Schema.TaggedError<PixelCodecNeeded>()("PixelCodecNeeded", {
  path: TagPath.TagPath,
  from: Schema.String,
  to: Schema.String
}) {
  override get message(): string {
    return `${TagPath.abbreviate(this.path)} is in ${this.from}; to be in ${this.to} it needs a codec for its pixels`
  }
}

/**
 * A data set has numbers that would have to be in the other byte order, and they are elsewhere. Put the bytes in their
 * place, or say what stands for them then ({@link TranscodeOptions}).
 *
 * @category errors
 * @since 0.1.0
 */
export class ValueElsewhere extends Schema.TaggedError<ValueElsewhere>()("ValueElsewhere", {
  path: TagPath.TagPath,
  vr: Schema.String,
  to: Schema.String
}) {
  override get message(): string {
    return `${TagPath.abbreviate(this.path)} ${this.vr} is elsewhere; to be in ${this.to} its numbers need another byte order`
  }
}

/**
 * Why a data set cannot be transcoded: the latter only where values may be elsewhere.
 *
 * @category errors
 * @since 0.1.0
 */
export type TranscodeError<Bulk = never> = PixelCodecNeeded | ([Bulk] extends [never] ? never : ValueElsewhere)

/**
 * How {@link transcode} treats what it cannot see.
 *
 * @category options
 * @since 0.1.0
 */
export interface TranscodeOptions<Bulk> {
  /**
   * What stands for numbers that are elsewhere when they are in the other byte order: numbers of so many bytes each.
   */
  readonly swapped?: (bulk: Bulk, vr: string, size: number) => Bulk
}

/**
 * Puts a data set into another transfer syntax: one of the uncompressed ones, deflated or not, or one with the same
 * compression. Numbers change their byte order by their VRs; what an implicit syntax leaves unsaid is UN in an explicit
 * one, and comes back as it was. A group length (gggg,0000) that is right stays right, and one that is wrong stays wrong:
 * what would be right only afterwards is changed. Of a data set with values that
 * are elsewhere those stay there.
 *
 * @category operations
 * @since 0.1.0
 */
export const transcode = <Bulk = never>(
  dataSet: DataSet.DataSet<Bulk>,
  transferSyntax: TransferSyntax.TransferSyntax,
  options: TranscodeOptions<Bulk> = {}
): Result.Result<DataSet.DataSet<Bulk>, TranscodeError<Bulk>> => {
  const whole = node(dataSet)
  const from = whole.transferSyntax
  if (from.uid === transferSyntax.uid) return Result.succeed(dataSet)
  const path = pixelsInTheWay(whole, transferSyntax)
  if (path !== undefined) return Result.fail(new PixelCodecNeeded({ path, from: from.name, to: transferSyntax.name }))
  // the cast: what stands for values in this data set is of this type
  const swapped = options.swapped as Swapped | undefined
  const swaps = from.byteOrder !== transferSyntax.byteOrder
  const numbers = swaps && swapped === undefined ? numbersElsewhere(whole) : undefined
  if (numbers !== undefined) {
    const error = new ValueElsewhere({ ...numbers, to: transferSyntax.name })
    // the cast: where nothing may be elsewhere, nothing is
    return Result.fail(error) as Result.Result<never, never>
  }
  const transcoded = isSameEncoding(from, transferSyntax)
    ? whole.labelled(transferSyntax, undefined)
    : carried(whole, conformDataSet(whole, transferSyntax, swapped))
  // the cast: nodes are data sets
  return Result.succeed(transcoded as unknown as DataSet.DataSet<Bulk>)
}

/** Numbers of more than a byte that are elsewhere; those in a UN have their own byte order. */
const numbersElsewhere = (
  dataSet: DataSetNode
): { readonly path: TagPath.TagPath; readonly vr: string } | undefined => {
  for (const { _tag, items, tag, vr } of dataSet.elements) {
    if (_tag === "Referenced" && unit(vr) > 1) return { path: [{ tag }], vr }
    if (items === undefined || vr === "UN") continue
    for (const [i, item] of items.entries()) {
      const found = numbersElsewhere(item)
      if (found !== undefined) return { path: [{ tag, item: i + 1 }, ...found.path], vr: found.vr }
    }
  }
  return undefined
}

/** Where there are fragments, which only their own syntax has; or outermost pixel data that is to be fragments. */
const pixelsInTheWay = (dataSet: DataSetNode, to: TransferSyntax.TransferSyntax): TagPath.TagPath | undefined => {
  for (const { _tag, items, tag } of dataSet.elements) {
    const native = tag === PixelData && to.encapsulated && dataSet.parent === undefined
    if (_tag === "Encapsulated" || native) return [{ tag }]
    if (items === undefined) continue
    for (const [i, item] of items.entries()) {
      const path = pixelsInTheWay(item, to)
      if (path !== undefined) return [{ tag, item: i + 1 }, ...path]
    }
  }
  return undefined
}
