/**
 * Unique identifiers (PS3.5 section 9): what one is, how it is written in a string and in bytes. What a particular UID
 * stands for is not this file's business: see `UidRegistry.ts`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Latin1 from "./Latin1.ts"

/** The longest UID, in characters (PS3.5 section 9.1). */
const maximumLength = 64

/** The components, and the periods between them. */
const wellFormed = /^(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+$/

/** Gives the rule of PS3.5 section 9.1 that a string breaks, or nothing. */
const broken = (value: string): string | undefined =>
  // In a process's first thousand files and messages a loop takes five times as long as the expression: it is not compiled.
  value.length <= maximumLength && wellFormed.test(value) ? undefined : ruleBrokenBy(value)

const ruleBrokenBy = (value: string): string => {
  if (value.length === 0 || value.length > maximumLength) return "1 to 64 characters"
  let start = 0
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code === 0x2e) {
      if (i === start) return "every component has a digit"
      start = i + 1
    } else if (code < 0x30 || code > 0x39) {
      return "digits 0-9 and periods only"
    } else if (i === start + 1 && value.charCodeAt(start) === 0x30) {
      return "no component of more than one digit begins with 0"
    }
  }
  return start === value.length ? "every component has a digit" : "a root and a suffix, so at least two components"
}

/** Gives the rule of ISO/IEC 8824-1 that a string of this form breaks, or nothing: PS3.5 section 9 takes the tree from there. */
const outsideTree = (value: string): string | undefined => {
  const [root = "", second = ""] = value.split(".", 2)
  if (root !== "0" && root !== "1" && root !== "2") return "a first component of 0, 1 or 2"
  return root !== "2" && (second.length > 2 || Number(second) > 39)
    ? "a second component to 39 under 0 and 1"
    : undefined
}

/**
 * A unique identifier: 1 to 64 characters, components of digits separated by periods, none with a leading zero, at
 * least two of them (PS3.5 sections 9 and 9.1).
 *
 * **Gotchas**
 *
 * The schema's own `make` throws, as every schema's does; {@link make} returns a `Result`.
 *
 * @category models
 * @since 0.1.0
 */
export const Uid = Schema.String.check(
  Schema.makeFilter(
    (value: string) => {
      const rule = broken(value)
      return rule === undefined || describe(value, rule)
    },
    {
      expected: "a UID (PS3.5 section 9.1)",
      toJsonSchema: () => ({ pattern: "^(0|[1-9][0-9]*)(\\.(0|[1-9][0-9]*))+$", maxLength: maximumLength }),
      arbitraryConstraint: {
        patterns: [
          { source: "^(([01]\\.[1-3]?[0-9])|(2\\.(0|[1-9][0-9]{0,8})))(\\.(0|[1-9][0-9]{0,8})){0,5}$", flags: "" }
        ]
      }
    }
  )
).pipe(Schema.brand("Uid"))

/**
 * @category models
 * @since 0.1.0
 */
export type Uid = typeof Uid.Type

const describe = (value: string, rule: string): string =>
  `${JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value)} is not a UID: permitted is ${rule}`

/**
 * A string or bytes that are not a UID: what was given, and the rule of PS3.5 section 9 that it breaks.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidUid extends Schema.TaggedError<InvalidUid>()("InvalidUid", {
  value: Schema.String,
  rule: Schema.String
}) {
  override get message(): string {
    return describe(this.value, this.rule)
  }
}

/**
 * Whether a string is a UID as PS3.5 section 9.1 has it.
 *
 * @category guards
 * @since 0.1.0
 */
export const isUid = (value: string): value is Uid => broken(value) === undefined

/**
 * Makes a UID of a string: one that is new. It has a place in the tree of ISO/IEC 8824-1 (PS3.5 section 9), so its first
 * component is 0, 1 or 2, and its second at most 39 under 0 and 1; of what others made, {@link fromText} and
 * {@link fromBytes} do not ask that, as PS3.5 section 9.1 does not.
 *
 * **Example**
 *
 * ```ts
 * import * as Uid from "@effect-dicom/data/Uid"
 * import * as Result from "effect/Result"
 *
 * Result.getOrThrow(Uid.make("1.2.840.10008.1.1")) // the SOP Class of Verification
 * Uid.make("1.02.3") // a failure: no component of more than one digit begins with 0
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (value: string): Result.Result<Uid, InvalidUid> =>
  withoutFault(value, broken(value) ?? outsideTree(value))

const withoutFault = (value: string, rule: string | undefined): Result.Result<Uid, InvalidUid> =>
  rule === undefined
    ? // the cast states what was just found
      Result.succeed(value as Uid)
    : Result.fail(new InvalidUid({ value, rule }))

/**
 * Reads a UID that somebody made, from a string without padding.
 *
 * @category codecs
 * @since 0.1.0
 */
export const fromText = (value: string): Result.Result<Uid, InvalidUid> => withoutFault(value, broken(value))

/**
 * Makes a UID of a string that is known to be one, such as a literal; throws an {@link InvalidUid} otherwise.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeUnsafe = (value: string): Uid => Result.getOrThrow(make(value))

/**
 * Decodes the bytes of a UID field, without the padding at their end: one NUL is the standard's (PS3.5 section 9.1),
 * more and spaces are what some peers send.
 *
 * @category codecs
 * @since 0.1.0
 */
export const fromBytes = (
  bytes: Uint8Array,
  start: number = 0,
  end: number = bytes.length
): Result.Result<Uid, InvalidUid> => fromText(text(bytes, start, end))

/**
 * The characters of a UID field without the padding at their end, whether or not they make a UID: for what must be
 * shown or kept although it is wrong.
 *
 * @category codecs
 * @since 0.1.0
 */
export const text = (bytes: Uint8Array, start: number = 0, end: number = bytes.length): string => {
  let last = end
  while (last > start && (bytes[last - 1] === 0x00 || bytes[last - 1] === 0x20)) last--
  // A field may claim any length: past what could be a UID the rest adds nothing but cost.
  return Latin1.decode(bytes, start, Math.min(last, start + 4 * maximumLength))
}

/**
 * The bytes of a UID, one for each character, without padding: as in a PDU (PS3.8 Annex F).
 *
 * @category codecs
 * @since 0.1.0
 */
export const toBytes = (uid: Uid): Uint8Array => {
  const bytes = new Uint8Array(uid.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = uid.charCodeAt(i)
  return bytes
}

/**
 * The bytes of a UID padded with one NUL to an even length: as in a data set (PS3.5 section 9.1).
 *
 * @category codecs
 * @since 0.1.0
 */
export const toPaddedBytes = (uid: Uid): Uint8Array => {
  const bytes = new Uint8Array(uid.length + (uid.length & 1))
  for (let i = 0; i < uid.length; i++) bytes[i] = uid.charCodeAt(i)
  return bytes
}
