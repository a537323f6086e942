/**
 * Application Entity titles (PS3.5 section 6.2, VR AE; PS3.8 section 9.3.2): what one is, and its sixteen bytes in a
 * PDU.
 *
 * @since 0.1.0
 */
import * as Latin1 from "@effect-dicom/data/Latin1"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { show } from "./internal/wire.ts"
import * as Leniency from "./Leniency.ts"

/**
 * An AE title: 1 to 16 characters of the default repertoire without control characters and backslash. Spaces around it
 * are not significant, so it has none.
 *
 * **Example**
 *
 * ```ts
 * import { AETitle } from "@effect-dicom/protocol"
 *
 * const title = AETitle.AETitle.make("ANY-SCP")
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export const AETitle = Schema.String.check(
  Schema.makeFilter(
    (value: string) => {
      const rule = broken(value)
      return rule === undefined || `AE title is ${show(value)}; permitted: ${rule}`
    },
    {
      expected: "an AE title",
      arbitraryConstraint: { patterns: [{ source: "^[!-\\[\\]-~]([ -\\[\\]-~]{0,14}[!-\\[\\]-~])?$", flags: "" }] }
    }
  )
).pipe(Schema.brand("AETitle"))

/**
 * @category models
 * @since 0.1.0
 */
export type AETitle = typeof AETitle.Type

/** The rule that a string breaks, or nothing. */
const broken = (value: string): string | undefined => {
  if (value.length === 0 || value.length > 16) return "1 to 16 characters"
  let spaces = 0
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code < 0x20 || code > 0x7e) return "characters of the default repertoire, no control character"
    if (code === 0x5c) return "no backslash"
    if (code === 0x20) spaces++
  }
  if (spaces === value.length) return "not only spaces"
  return value.startsWith(" ") || value.endsWith(" ")
    ? "no space at either end, where it is not significant"
    : undefined
}

/**
 * Whether a string is an AE title.
 *
 * @category guards
 * @since 0.1.0
 */
export const isAETitle = (value: string): value is AETitle => broken(value) === undefined

/** The length of the field in a PDU, in bytes. */
const fieldLength = 16

/**
 * The sixteen characters of an AE title field: the title and spaces (PS3.8 section 9.3.2).
 *
 * @category codecs
 * @since 0.1.0
 */
export const field = (title: AETitle): string => title.padEnd(fieldLength, " ")

/**
 * The sixteen bytes of an AE title.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encode = (title: AETitle): Uint8Array => {
  const bytes = new Uint8Array(fieldLength).fill(0x20)
  for (let i = 0; i < title.length && i < fieldLength; i++) bytes[i] = title.charCodeAt(i)
  return bytes
}

/**
 * Reads an AE title field, one character for each of its bytes. Fails with the rule it breaks, as one phrase.
 *
 * **Gotchas**
 *
 * What a policy lets pass is kept as received and may break the schema: a blank title is given as "".
 *
 * @category codecs
 * @since 0.1.0
 */
export const fromField = (
  text: string,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict)
): Result.Result<AETitle, string> => {
  let end = text.length
  while (end > 0 && (text.charCodeAt(end - 1) === 0x20 || text.charCodeAt(end - 1) === 0x00)) end--
  let start = 0
  while (start < end && text.charCodeAt(start) === 0x20) start++
  const value = text.slice(start, end)
  if (text.indexOf("\u0000", end) !== -1) {
    const detail = `AE title is ${show(text)}; permitted: spaces at its end, not NUL`
    if (!Leniency.admits(judge, "nulPaddedAETitle", detail)) return Result.fail(detail)
  }
  if (isAETitle(value)) return Result.succeed(value)
  const quirk = value.length === 0 ? "blankAETitle" : "irregularAETitle"
  const rule = value.length === 0 ? "not only spaces" : broken(value)
  const detail = `AE title is ${show(text)}; permitted: ${rule}`
  return Leniency.admits(judge, quirk, detail)
    ? // the policy let pass what the schema would not
      Result.succeed(value as AETitle)
    : Result.fail(detail)
}

/**
 * Reads the sixteen bytes of an AE title field: {@link fromField} of bytes.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decode = (bytes: Uint8Array, judge?: Leniency.Judge): Result.Result<AETitle, string> => {
  if (bytes.length !== fieldLength) {
    return Result.fail(`AE title field has ${bytes.length} bytes; permitted: ${fieldLength}`)
  }
  return fromField(Latin1.decode(bytes), judge)
}
