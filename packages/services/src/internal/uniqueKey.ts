/** The SOP Instance UID as the unique key of a retrieval: one UID, or a list of them (PS3.4 section C.2.2.2.2). */
import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"

export type Uids = readonly [Uid, ...ReadonlyArray<Uid>]

/** Refuses none. */
export const Uids = Schema.NonEmptyArray(Schema.toType(Uid))

export const uidsOf = (matching: AttributeMatching.Matching<"UI"> | undefined): Uids => {
  const uids =
    matching?._tag === "Single Value Matching"
      ? [matching.value]
      : matching?._tag === "List of UID Matching"
        ? matching.uids
        : []
  // the cast: the schema that comes next refuses none
  return uids as unknown as Uids
}

export const matching = ([first, second, ...others]: Uids): AttributeMatching.Matching<"UI"> =>
  second === undefined ? AttributeMatching.singleValue(first) : AttributeMatching.listOfUid(first, second, ...others)
