/**
 * A deflated data set of an odd length, as files hold them, with the null byte that makes it even (PS3.5 section A.5).
 */
import type { Dimse } from "@effect-dicom/association"
import * as Stream from "effect/Stream"

export const even = <E, R>(dataSet: Dimse.DataSet<E, R>): Dimse.DataSet<E, R> => {
  if (!Stream.isStream(dataSet)) {
    return dataSet.reduce((length, view) => length + view.length, 0) % 2 === 0 ? dataSet : [...dataSet, nullByte]
  }
  return Stream.suspend(() => {
    let length = 0
    const counted = Stream.map(dataSet, (view) => {
      length += view.length
      return view
    })
    return Stream.concat(
      counted,
      Stream.suspend(() => (length % 2 === 0 ? Stream.empty : Stream.make(nullByte)))
    )
  })
}

const nullByte = new Uint8Array(1)
