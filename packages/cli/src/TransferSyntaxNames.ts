/**
 * Transfer syntaxes as they are typed: keywords of PS3.6 Annex A or UIDs, with commas between them.
 *
 * @since 0.1.0
 */
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Effect from "effect/Effect"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"

/**
 * The UIDs of a list; nothing for none.
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (
  list: string | undefined,
  flag: string
): Effect.Effect<ReadonlyArray<Uid> | undefined, Failure.Failure> => {
  if (list === undefined) return Effect.succeed(undefined)
  return Effect.forEach(list.split(","), (part) => {
    const name = part.trim()
    const found = TransferSyntax.all.find(
      ({ keyword, uid }) => uid === name || keyword.toLowerCase() === name.toLowerCase()
    )
    return found === undefined
      ? Effect.fail(
          Failure.make(
            codes.usage,
            `"${name}" is no transfer syntax. Give keywords or UIDs, as in ${flag} ImplicitVRLittleEndian.`
          )
        )
      : Effect.succeed(found.uid)
  })
}
