/**
 * The command dictionary (PS3.7 Annex E): what each element of a command set is called, and its value as a value.
 * Retired elements (section E.2) are not here: a command set keeps them as it keeps any other that is not known.
 *
 * @since 0.1.0
 */
import * as Latin1 from "@effect-dicom/data/Latin1"
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
  /**
   * How many bytes {@link write} gives.
   *
   * @internal
   */
  size(value: S["Type"]): number
  /**
   * Puts what {@link write} gives into bytes that are zero.
   *
   * @internal
   */
  put(value: S["Type"], bytes: Uint8Array, at: number): void
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

/** A field, whose `write` is what its `size` and `put` make. */
const field = <S extends Schema.Constraint>(row: Omit<Field<S>, "write">): Field<S> => ({
  ...row,
  write: (value) => {
    const bytes = new Uint8Array(row.size(value))
    row.put(value, bytes, 0)
    return bytes
  }
})

const us = (tag: number, keyword: string): Field<typeof uint16> =>
  field({ tag, keyword, vr: "US", vm: "1", schema: uint16, read: readUS, size: sizeUS, put: putUS })

const readUS = (bytes: Uint8Array): Result.Result<number | undefined, string> => {
  const { length } = bytes
  if (length === 0) return noValue
  return length % 2 === 1
    ? Result.fail(`has length ${length}; permitted: 2`)
    : Result.succeed((bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8))
}

const sizeUS = (): number => 2

const putUS = (value: number, bytes: Uint8Array, at: number): void => {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
}

const ui = (tag: number, keyword: string): Field<typeof Uid.Uid> => {
  // Message after message is of one SOP class: what is the same again is not looked at again.
  let last: Uid.Uid | undefined
  return field({
    tag,
    keyword,
    vr: "UI",
    vm: "1",
    schema: Uid.Uid,
    read: (bytes, judge) => {
      const value = text(bytes, 0)
      if (value === last) return Result.succeed(last)
      if (value === "") return noValue
      if (Uid.isUid(value)) return Result.succeed((last = value))
      const detail = `is ${JSON.stringify(value)}, which is not a UID`
      return admits(judge, "malformedUid", `${keyword} ${detail}`)
        ? // the policy let pass what the schema would not
          Result.succeed(value as Uid.Uid)
        : Result.fail(detail)
    },
    size: sizeText,
    put: putText
  })
}

/** @internal */
export const admits = (judge: Leniency.Judge | undefined, quirk: Leniency.Quirk, detail: string): boolean =>
  Leniency.admits(judge ?? Leniency.judge(Leniency.strict), quirk, detail)

const backslash = 0x5c

/** The characters of a first value from `start` on, without the spaces and NULs at its end. */
const text = (bytes: Uint8Array, start: number): string => {
  const first = bytes.indexOf(backslash)
  let end = first === -1 ? bytes.length : first
  while (end > start && isPadding(bytes[end - 1])) end--
  // A value may be as long as the command set; what is past any permitted length is not read.
  return Latin1.decode(bytes, start, Math.min(end, start + 256))
}

/** The first value of a text, without the spaces and NULs around it. */
const trimmed = (bytes: Uint8Array): string => {
  let start = 0
  while (start < bytes.length && isPadding(bytes[start])) start++
  return text(bytes, start)
}

const isPadding = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x00

const sizeText = (value: string): number => value.length + (value.length & 1)

/** A UID's padding is the NUL that is there already. */
const putText = (value: string, bytes: Uint8Array, at: number): void => {
  for (let i = 0; i < value.length; i++) bytes[at + i] = value.charCodeAt(i)
}

const putSpaced = (value: string, bytes: Uint8Array, at: number): void => {
  putText(value, bytes, at)
  if (value.length % 2 === 1) bytes[at + value.length] = 0x20
}

const ae = (tag: number, keyword: string): Field<typeof AETitle.AETitle> =>
  field({
    tag,
    keyword,
    vr: "AE",
    vm: "1",
    schema: AETitle.AETitle,
    read: (bytes, judge) => {
      const value = trimmed(bytes)
      if (value === "") return noValue
      if (AETitle.isAETitle(value)) return Result.succeed(value)
      const detail = `is ${JSON.stringify(value)}, which is not an AE title`
      return admits(judge, "irregularAETitle", `${keyword} ${detail}`)
        ? // the policy let pass what the schema would not
          Result.succeed(value as AETitle.AETitle)
        : Result.fail(detail)
    },
    size: sizeText,
    put: putSpaced
  })

const at = (tag: number, keyword: string): Field<typeof Tags> =>
  field({
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
    size: (tags) => tags.length * 4,
    put: (tags, bytes, at) => {
      tags.forEach((tag, i) => {
        putUS(tag >>> 16, bytes, at + 4 * i)
        putUS(tag & 0xffff, bytes, at + 4 * i + 2)
      })
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
export const Priority: Field<typeof PriorityValue> = field({
  tag: 0x00000700,
  keyword: "Priority",
  vr: "US",
  vm: "1",
  schema: PriorityValue,
  read: (bytes) => {
    const code = readUS(bytes)
    if (Result.isFailure(code)) return Result.fail(code.failure)
    if (code.success === undefined) return noValue
    return Result.succeed(priorities[code.success] ?? { unknown: code.success })
  },
  size: sizeUS,
  put: (priority, bytes, at) =>
    putUS(typeof priority === "string" ? priorities.indexOf(priority) : priority.unknown, bytes, at)
})

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
export const Status: Field<typeof ResponseStatus.Status> = field({
  tag: 0x00000900,
  keyword: "Status",
  vr: "US",
  vm: "1",
  schema: ResponseStatus.Status,
  read: (bytes) => {
    const code = readUS(bytes)
    if (Result.isFailure(code)) return Result.fail(code.failure)
    if (code.success === undefined) return noValue
    return Result.succeed(ResponseStatus.fromCode(code.success))
  },
  size: sizeUS,
  put: (status, bytes, at) => putUS(status.code, bytes, at)
})

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
export const ErrorComment: Field<typeof Comment> = field({
  tag: 0x00000902,
  keyword: "ErrorComment",
  vr: "LO",
  vm: "1",
  schema: Comment,
  read: (bytes) => {
    const value = trimmed(bytes)
      .replace(/[^\x20-\x7e\xa0-\xff]/g, "?")
      .slice(0, 64)
      .replace(/ +$/, "")
    return value === "" ? noValue : Result.succeed(value)
  },
  size: sizeText,
  put: putSpaced
})

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
