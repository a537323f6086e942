/**
 * The command dictionary (PS3.7 Annex E): what each element of a command set is called, and its value as a value.
 * Retired elements (section E.2) are not here: a command set keeps them as it keeps any other that is not known.
 *
 * @since 0.1.0
 */
import * as Uid from "@effect-dicom/data/Uid"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as AETitle from "./AETitle.ts"
import * as Leniency from "./Leniency.ts"
import * as ResponseStatus from "./Status.ts"

/**
 * A row of PS3.7 Table E.1-1.
 *
 * @category models
 * @since 0.1.0
 */
export interface Field<S extends Schema.Constraint> {
  /** Group number in the upper 16 bits (0000H for all), element number in the lower. */
  readonly tag: number
  readonly keyword: string
  readonly vr: Vr
  readonly vm: "1" | "1-n"
  readonly schema: S
  /**
   * The value of the bytes, nothing where they have none, or the rule that they break. Where one value is permitted and
   * more are sent, the first.
   */
  read(bytes: Uint8Array, judge?: Leniency.Judge): Result.Result<S["Type"] | undefined, string>
  /** The bytes of a value, padded to an even length. */
  write(value: S["Type"]): Uint8Array
}

/**
 * The value representations that a command element may have (PS3.5 section 6.2).
 *
 * @category models
 * @since 0.1.0
 */
export type Vr = "AE" | "AT" | "LO" | "UI" | "UL" | "US"

// -----------------------------------------------------------------------------
// values
// -----------------------------------------------------------------------------

const uint16 = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff }))

/**
 * How urgent an operation is (PS3.7 Table E.1-1). A code that the standard does not have is kept.
 *
 * @category models
 * @since 0.1.0
 */
export const PriorityValue = Schema.Union([
  Schema.Literals(["LOW", "MEDIUM", "HIGH"]),
  Schema.Struct({ unknown: Schema.Int.check(Schema.isBetween({ minimum: 0x0003, maximum: 0xffff })) })
])

/**
 * @category models
 * @since 0.1.0
 */
export type PriorityValue = typeof PriorityValue.Type

const priorities = ["MEDIUM", "HIGH", "LOW"] as const

/**
 * A comment of 1 to 64 characters of the default repertoire or of ISO 8859-1, without control characters and backslash,
 * and without spaces at its ends, which are not significant (PS3.5 Table 6.2-1, LO).
 *
 * @category models
 * @since 0.1.0
 */
export const Comment = Schema.String.check(
  Schema.makeFilter(
    (value: string) =>
      (/^[\x20-\x5b\x5d-\x7e\xa0-\xff]{1,64}$/.test(value) && !value.startsWith(" ") && !value.endsWith(" ")) ||
      `${JSON.stringify(value)} is not a comment; permitted: 1 to 64 characters up to U+00FF, no control character, ` +
        "no backslash, no space at either end",
    {
      expected: "1 to 64 characters without control characters, backslash and spaces at the ends",
      arbitraryConstraint: {
        patterns: [{ source: "^[!-~\u00a0-\u00ff]([ -~\u00a0-\u00ff]{0,62}[!-~\u00a0-\u00ff])?$", flags: "" }]
      }
    }
  )
)

/**
 * Tags, each with its group number in the upper 16 bits.
 *
 * @category models
 * @since 0.1.0
 */
export const Tags = Schema.NonEmptyArray(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffffffff })))

// -----------------------------------------------------------------------------
// value representations
// -----------------------------------------------------------------------------

const noValue = Result.succeed(undefined)

const us = (tag: number, keyword: string): Field<typeof uint16> => ({
  tag,
  keyword,
  vr: "US",
  vm: "1",
  schema: uint16,
  read: readUS,
  write: writeUS
})

const readUS = (bytes: Uint8Array): Result.Result<number | undefined, string> => {
  const [low, high] = bytes
  if (low === undefined) return noValue
  return high === undefined || bytes.length % 2 === 1
    ? Result.fail(`has length ${bytes.length}; permitted: 2`)
    : Result.succeed(low | (high << 8))
}

const writeUS = (value: number): Uint8Array => Uint8Array.of(value, value >>> 8)

const ui = (tag: number, keyword: string): Field<typeof Uid.Uid> => ({
  tag,
  keyword,
  vr: "UI",
  vm: "1",
  schema: Uid.Uid,
  read: (bytes, judge) => {
    const text = Uid.text(bytes, 0, firstValue(bytes))
    if (text === "") return noValue
    if (Uid.isUid(text)) return Result.succeed(text)
    const detail = `is ${JSON.stringify(text)}, which is not a UID`
    return admits(judge, "malformedUid", `${keyword} ${detail}`)
      ? // the policy let pass what the schema would not
        Result.succeed(text as Uid.Uid)
      : Result.fail(detail)
  },
  write: Uid.toPaddedBytes
})

/** @internal */
export const admits = (judge: Leniency.Judge | undefined, quirk: Leniency.Quirk, detail: string): boolean =>
  Leniency.admits(judge ?? Leniency.judge(Leniency.strict), quirk, detail)

const backslash = 0x5c

const firstValue = (bytes: Uint8Array): number => {
  const end = bytes.indexOf(backslash)
  return end === -1 ? bytes.length : end
}

/** The first value of a text, without the spaces and NULs around it. */
const text = (bytes: Uint8Array): string => {
  let start = 0
  let end = firstValue(bytes)
  while (start < end && isPadding(bytes[start])) start++
  while (end > start && isPadding(bytes[end - 1])) end--
  let value = ""
  // A value may be as long as the command set; what is past any permitted length is not read.
  for (let i = start; i < Math.min(end, start + 256); i++) value += String.fromCharCode(bytes[i] ?? 0)
  return value
}

const isPadding = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x00

const writeText = (value: string): Uint8Array => {
  const bytes = new Uint8Array(value.length + (value.length & 1)).fill(0x20)
  for (let i = 0; i < value.length; i++) bytes[i] = value.charCodeAt(i)
  return bytes
}

const ae = (tag: number, keyword: string): Field<typeof AETitle.AETitle> => ({
  tag,
  keyword,
  vr: "AE",
  vm: "1",
  schema: AETitle.AETitle,
  read: (bytes, judge) => {
    const value = text(bytes)
    if (value === "") return noValue
    if (AETitle.isAETitle(value)) return Result.succeed(value)
    const detail = `is ${JSON.stringify(value)}, which is not an AE title`
    return admits(judge, "irregularAETitle", `${keyword} ${detail}`)
      ? // the policy let pass what the schema would not
        Result.succeed(value as AETitle.AETitle)
      : Result.fail(detail)
  },
  write: writeText
})

const at = (tag: number, keyword: string): Field<typeof Tags> => ({
  tag,
  keyword,
  vr: "AT",
  vm: "1-n",
  schema: Tags,
  read: (bytes) => {
    if (bytes.length % 4 !== 0) return Result.fail(`has length ${bytes.length}; permitted: a multiple of 4`)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const tagAt = (i: number): number => view.getUint16(i, true) * 0x10000 + view.getUint16(i + 2, true)
    if (bytes.length === 0) return noValue
    const tags: [number, ...Array<number>] = [tagAt(0)]
    for (let i = 4; i < bytes.length; i += 4) tags.push(tagAt(i))
    return Result.succeed(tags)
  },
  write: (tags) => {
    const bytes = new Uint8Array(tags.length * 4)
    const view = new DataView(bytes.buffer)
    tags.forEach((tag, i) => {
      view.setUint16(i * 4, tag >>> 16, true)
      view.setUint16(i * 4 + 2, tag & 0xffff, true)
    })
    return bytes
  }
})

// -----------------------------------------------------------------------------
// the fields: PS3.7 Table E.1-1
// -----------------------------------------------------------------------------

/**
 * Affected SOP Class UID (0000,0002).
 *
 * @category fields
 * @since 0.1.0
 */
export const AffectedSOPClassUID = ui(0x00000002, "AffectedSOPClassUID")

/**
 * Requested SOP Class UID (0000,0003).
 *
 * @category fields
 * @since 0.1.0
 */
export const RequestedSOPClassUID = ui(0x00000003, "RequestedSOPClassUID")

/**
 * Command Field (0000,0100): which message this is; a response has the most significant bit.
 *
 * @category fields
 * @since 0.1.0
 */
export const CommandField = us(0x00000100, "CommandField")

/**
 * Message ID (0000,0110), 0 to 65535.
 *
 * @category fields
 * @since 0.1.0
 */
export const MessageID = us(0x00000110, "MessageID")

/**
 * Message ID Being Responded To (0000,0120), 0 to 65535.
 *
 * @category fields
 * @since 0.1.0
 */
export const MessageIDBeingRespondedTo = us(0x00000120, "MessageIDBeingRespondedTo")

/**
 * Move Destination (0000,0600).
 *
 * @category fields
 * @since 0.1.0
 */
export const MoveDestination = ae(0x00000600, "MoveDestination")

/**
 * Priority (0000,0700).
 *
 * @category fields
 * @since 0.1.0
 */
export const Priority: Field<typeof PriorityValue> = {
  tag: 0x00000700,
  keyword: "Priority",
  vr: "US",
  vm: "1",
  schema: PriorityValue,
  read: (bytes) =>
    Result.map(readUS(bytes), (code) => (code === undefined ? undefined : (priorities[code] ?? { unknown: code }))),
  write: (priority) => writeUS(typeof priority === "string" ? priorities.indexOf(priority) : priority.unknown)
}

/**
 * Command Data Set Type (0000,0800): 0101H says that no data set follows, any other value that one does.
 *
 * @category fields
 * @since 0.1.0
 */
export const CommandDataSetType = us(0x00000800, "CommandDataSetType")

/**
 * Status (0000,0900).
 *
 * @category fields
 * @since 0.1.0
 */
export const Status: Field<typeof ResponseStatus.Status> = {
  tag: 0x00000900,
  keyword: "Status",
  vr: "US",
  vm: "1",
  schema: ResponseStatus.Status,
  read: (bytes) =>
    Result.map(readUS(bytes), (code) => (code === undefined ? undefined : ResponseStatus.fromCode(code))),
  write: (status) => writeUS(status.code)
}

/**
 * Offending Element (0000,0901): the elements in which an error was found.
 *
 * @category fields
 * @since 0.1.0
 */
export const OffendingElement = at(0x00000901, "OffendingElement")

/**
 * Error Comment (0000,0902). It is for people to read, so no text of it makes a message invalid: of a longer one the
 * first 64 characters are read, and characters that it may not have as a question mark.
 *
 * @category fields
 * @since 0.1.0
 */
export const ErrorComment: Field<typeof Comment> = {
  tag: 0x00000902,
  keyword: "ErrorComment",
  vr: "LO",
  vm: "1",
  schema: Comment,
  read: (bytes) => {
    const value = text(bytes)
      .replace(/[^\x20-\x7e\xa0-\xff]/g, "?")
      .slice(0, 64)
      .replace(/ +$/, "")
    return value === "" ? noValue : Result.succeed(value)
  },
  write: writeText
}

/**
 * Error ID (0000,0903), 0 to 65535.
 *
 * @category fields
 * @since 0.1.0
 */
export const ErrorID = us(0x00000903, "ErrorID")

/**
 * Affected SOP Instance UID (0000,1000).
 *
 * @category fields
 * @since 0.1.0
 */
export const AffectedSOPInstanceUID = ui(0x00001000, "AffectedSOPInstanceUID")

/**
 * Requested SOP Instance UID (0000,1001).
 *
 * @category fields
 * @since 0.1.0
 */
export const RequestedSOPInstanceUID = ui(0x00001001, "RequestedSOPInstanceUID")

/**
 * Event Type ID (0000,1002), 0 to 65535.
 *
 * @category fields
 * @since 0.1.0
 */
export const EventTypeID = us(0x00001002, "EventTypeID")

/**
 * Attribute Identifier List (0000,1005).
 *
 * @category fields
 * @since 0.1.0
 */
export const AttributeIdentifierList = at(0x00001005, "AttributeIdentifierList")

/**
 * Action Type ID (0000,1008), 0 to 65535.
 *
 * @category fields
 * @since 0.1.0
 */
export const ActionTypeID = us(0x00001008, "ActionTypeID")

/**
 * Number of Remaining Sub-operations (0000,1020), 0 to 65535.
 *
 * @category fields
 * @since 0.1.0
 */
export const NumberOfRemainingSuboperations = us(0x00001020, "NumberOfRemainingSuboperations")

/**
 * Number of Completed Sub-operations (0000,1021), 0 to 65535.
 *
 * @category fields
 * @since 0.1.0
 */
export const NumberOfCompletedSuboperations = us(0x00001021, "NumberOfCompletedSuboperations")

/**
 * Number of Failed Sub-operations (0000,1022), 0 to 65535.
 *
 * @category fields
 * @since 0.1.0
 */
export const NumberOfFailedSuboperations = us(0x00001022, "NumberOfFailedSuboperations")

/**
 * Number of Warning Sub-operations (0000,1023), 0 to 65535.
 *
 * @category fields
 * @since 0.1.0
 */
export const NumberOfWarningSuboperations = us(0x00001023, "NumberOfWarningSuboperations")

/**
 * Move Originator Application Entity Title (0000,1030).
 *
 * @category fields
 * @since 0.1.0
 */
export const MoveOriginatorApplicationEntityTitle = ae(0x00001030, "MoveOriginatorApplicationEntityTitle")

/**
 * Move Originator Message ID (0000,1031), 0 to 65535.
 *
 * @category fields
 * @since 0.1.0
 */
export const MoveOriginatorMessageID = us(0x00001031, "MoveOriginatorMessageID")
