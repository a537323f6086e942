/**
 * The Status of a response (PS3.7 Annex C): its class, as a closed sum, and its code, always kept. What a service class
 * adds to these codes stands with that service: see `C_STORE.ts`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The class of a code (PS3.7 Annex C). A code of no other class is a failure.
 */
const classOf = (code: number): "Success" | "Pending" | "Cancel" | "Warning" | "Failure" => {
  if (code === 0x0000) return "Success"
  if (code === 0xff00 || code === 0xff01) return "Pending"
  if (code === 0xfe00) return "Cancel"
  if ((code & 0xf000) === 0xb000 || code === 0x0001 || code === 0x0107 || code === 0x0116) return "Warning"
  return "Failure"
}

/**
 * A Status (0000,0900) by its class (PS3.7 Annex C), with the 16-bit code as sent.
 *
 * @category models
 * @since 0.1.0
 */
export const Status = Schema.TaggedUnion({
  Success: { code: Schema.Literal(0x0000) },
  Pending: { code: Schema.Literals([0xff00, 0xff01]) },
  Cancel: { code: Schema.Literal(0xfe00) },
  Warning: {
    code: Schema.Union([
      Schema.Literals([0x0001, 0x0107, 0x0116]),
      Schema.Int.check(Schema.isBetween({ minimum: 0xb000, maximum: 0xbfff }))
    ])
  },
  Failure: {
    code: Schema.Int.check(
      Schema.isBetween({ minimum: 0x0000, maximum: 0xffff }),
      Schema.makeFilter(
        (code: number) =>
          classOf(code) === "Failure" || `Status ${formatCode(code)} is of class ${classOf(code)}, not Failure`
      )
    )
  }
})

/**
 * @category models
 * @since 0.1.0
 */
export type Status = typeof Status.Type

/**
 * A status of the class Success (PS3.7 Annex C).
 *
 * @category models
 * @since 0.1.0
 */
export type Success = (typeof Status.cases)["Success"]["Type"]

/**
 * A status of the class Pending: more responses follow (PS3.7 Annex C).
 *
 * @category models
 * @since 0.1.0
 */
export type Pending = (typeof Status.cases)["Pending"]["Type"]

/**
 * A status of the class Cancel (PS3.7 Annex C).
 *
 * @category models
 * @since 0.1.0
 */
export type Cancel = (typeof Status.cases)["Cancel"]["Type"]

/**
 * A status of the class Warning (PS3.7 Annex C).
 *
 * @category models
 * @since 0.1.0
 */
export type Warning = (typeof Status.cases)["Warning"]["Type"]

/**
 * A status of the class Failure (PS3.7 Annex C).
 *
 * @category models
 * @since 0.1.0
 */
export type Failure = (typeof Status.cases)["Failure"]["Type"]

/**
 * The Status of a code. Total: of a larger number the lower 16 bits count.
 *
 * **Example**
 *
 * ```ts
 * import * as Status from "@effect-dicom/protocol/Status"
 *
 * Status.fromCode(0xa700) // { _tag: "Failure", code: 0xa700 }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromCode = (code: number): Status => {
  const code16 = code & 0xffff
  if (code16 === 0x0000) return success
  // the cast states what `classOf` has just found: this tag is the one whose codes include this code
  return { _tag: classOf(code16), code: code16 } as Status
}

/**
 * The code of a Status, 0000H to FFFFH.
 *
 * @category getters
 * @since 0.1.0
 */
export const code = (status: Status): number => status.code

/**
 * The operation was carried out (0000H; PS3.7 section C.1).
 *
 * @category constructors
 * @since 0.1.0
 */
export const success: Success = { _tag: "Success", code: 0x0000 }

/**
 * More responses follow (FF00H; PS3.7 section C.2).
 *
 * @category constructors
 * @since 0.1.0
 */
export const pending: Pending = { _tag: "Pending", code: 0xff00 }

/**
 * More responses follow, and optional keys were not matched as asked (FF01H; PS3.4 section C.4.1.1.4).
 *
 * @category constructors
 * @since 0.1.0
 */
export const pendingWithWarning: Pending = { _tag: "Pending", code: 0xff01 }

/**
 * The operation was cancelled (FE00H; PS3.7 section C.3).
 *
 * @category constructors
 * @since 0.1.0
 */
export const cancel: Cancel = { _tag: "Cancel", code: 0xfe00 }

/**
 * The warning of a code, if the code is of that class.
 *
 * @category constructors
 * @since 0.1.0
 */
export const warning = (code: number): Warning | undefined => {
  const status = fromCode(code)
  return status._tag === "Warning" ? status : undefined
}

/**
 * The failure of a code, if the code is of that class.
 *
 * @category constructors
 * @since 0.1.0
 */
export const failure = (code: number): Failure | undefined => {
  const status = fromCode(code)
  return status._tag === "Failure" ? status : undefined
}

/**
 * The warnings of PS3.7 section C.4 that any service may give, under the standard's names.
 *
 * @category constructors
 * @since 0.1.0
 */
export const warnings = {
  attributeListError: { _tag: "Warning", code: 0x0107 },
  attributeValueOutOfRange: { _tag: "Warning", code: 0x0116 }
} as const satisfies Readonly<Record<string, Warning>>

const failed = <const Code extends number>(code: Code) => ({ _tag: "Failure", code }) as const

/**
 * The failures of PS3.7 section C.5 that any service may give, under the standard's names.
 *
 * **Example**
 *
 * ```ts
 * import * as Status from "@effect-dicom/protocol/Status"
 *
 * Status.failures.processingFailure // { _tag: "Failure", code: 0x0110 }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const failures = {
  noSuchAttribute: failed(0x0105),
  invalidAttributeValue: failed(0x0106),
  processingFailure: failed(0x0110),
  duplicateSopInstance: failed(0x0111),
  noSuchSopInstance: failed(0x0112),
  noSuchEventType: failed(0x0113),
  noSuchArgument: failed(0x0114),
  invalidArgumentValue: failed(0x0115),
  invalidSopInstance: failed(0x0117),
  noSuchSopClass: failed(0x0118),
  classInstanceConflict: failed(0x0119),
  missingAttribute: failed(0x0120),
  missingAttributeValue: failed(0x0121),
  sopClassNotSupported: failed(0x0122),
  noSuchActionType: failed(0x0123),
  notAuthorized: failed(0x0124),
  duplicateInvocation: failed(0x0210),
  unrecognizedOperation: failed(0x0211),
  mistypedArgument: failed(0x0212),
  resourceLimitation: failed(0x0213)
} as const satisfies Readonly<Record<string, Failure>>

/**
 * Whether the operation was carried out, with or without a warning.
 *
 * @category guards
 * @since 0.1.0
 */
export const isCompleted = (status: Status): status is Success | Warning =>
  status._tag === "Success" || status._tag === "Warning"

/**
 * Whether this is the status of a final response: any class but Pending.
 *
 * @category guards
 * @since 0.1.0
 */
export const isFinal = (status: Status): status is Exclude<Status, Pending> => status._tag !== "Pending"

const meanings: ReadonlyMap<number, string> = new Map([
  [0x0000, "Success"],
  [0x0105, "No such attribute"],
  [0x0106, "Invalid attribute value"],
  [0x0107, "Attribute list error"],
  [0x0110, "Processing failure"],
  [0x0111, "Duplicate SOP Instance"],
  [0x0112, "No such SOP Instance"],
  [0x0113, "No such event type"],
  [0x0114, "No such argument"],
  [0x0115, "Invalid argument value"],
  [0x0116, "Attribute value out of range"],
  [0x0117, "Invalid SOP Instance"],
  [0x0118, "No such SOP Class"],
  [0x0119, "Class-Instance conflict"],
  [0x0120, "Missing attribute"],
  [0x0121, "Missing attribute value"],
  [0x0122, "Refused: SOP Class not supported"],
  [0x0123, "No such action type"],
  [0x0124, "Refused: Not authorized"],
  [0x0210, "Duplicate invocation"],
  [0x0211, "Unrecognized operation"],
  [0x0212, "Mistyped argument"],
  [0x0213, "Resource limitation"],
  [0xfe00, "Cancel"],
  [0xff00, "Pending"],
  [0xff01, "Pending"]
])

/**
 * What a code means in any service (PS3.7 Annex C), or nothing where only its service class can tell.
 *
 * @category getters
 * @since 0.1.0
 */
export const meaning = (status: Status): string | undefined => meanings.get(status.code)

/**
 * The code of a status as the standard writes it: "A700H".
 *
 * @category formatting
 * @since 0.1.0
 */
export const formatCode = (code: number): string => `${code.toString(16).toUpperCase().padStart(4, "0")}H`

/**
 * Class, code and meaning as one phrase: "Failure 0122H, Refused: SOP Class not supported".
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = (status: Status): string => {
  const known = meaning(status)
  return known === undefined || known === status._tag
    ? `${status._tag} ${formatCode(status.code)}`
    : `${status._tag} ${formatCode(status.code)}, ${known}`
}
