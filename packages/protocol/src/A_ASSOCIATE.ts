/**
 * The A-ASSOCIATE service, which begins an association (PS3.8 section 7.1): its primitive, its three PDUs, their
 * codecs, and the steps between the two. When each may be issued is the state machine's business, not this file's.
 *
 * | parameter                                   | request | indication | response | confirmation |
 * | ------------------------------------------- | ------- | ---------- | -------- | ------------ |
 * | Mode                                        | UF      | MF(=)      |          |              |
 * | Application Context Name                    | M       | M(=)       | M        | M(=)         |
 * | Calling AE Title                            | M       | M(=)       | M        | M(=)         |
 * | Called AE Title                             | M       | M(=)       | M        | M(=)         |
 * | Responding AE Title                         |         |            | MF       | MF(=)        |
 * | User Information                            | M       | M(=)       | M        | M(=)         |
 * | Result                                      |         |            | M        | M(=)         |
 * | Result Source                               |         |            |          | M            |
 * | Diagnostic                                  |         |            | U        | C(=)         |
 * | Calling Presentation Address                | M       | M(=)       |          |              |
 * | Called Presentation Address                 | M       | M(=)       |          |              |
 * | Responding Presentation Address             |         |            | MF       | MF(=)        |
 * | Presentation Context Definition List        | M       | M(=)       |          |              |
 * | Presentation Context Definition Result List |         |            | M        | M(=)         |
 * | Presentation Requirements                   | UF      | UF(=)      | UF       | UF(=)        |
 * | Session Requirements                        | UF      | UF(=)      | UF       | UF(=)        |
 *
 * Where we depart from the table: presentation addresses are known to the transport and carried by no PDU, so they are
 * optional; a response that rejects has a source, since a provider's local limit is the application's to know; a
 * confirmation has the AE titles only when the answer's reserved fields hold some.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as AETitle from "./AETitle.ts"
import { fixed } from "./internal/fixed.ts"
import * as internal from "./internal/uid.ts"
import * as Wire from "./internal/wire.ts"
import * as InvalidPdu from "./InvalidPdu.ts"
import * as Leniency from "./Leniency.ts"
import * as PresentationContext from "./PresentationContext.ts"
import * as PresentationContextItem from "./PresentationContextItem.ts"
import * as Rejection from "./Rejection.ts"
import * as UserInformation from "./UserInformation.ts"

// -----------------------------------------------------------------------------
// the parameters
// -----------------------------------------------------------------------------

/**
 * Mode: fixed to "normal" (PS3.8 section 7.1.1.1).
 *
 * @category parameters
 * @since 0.1.0
 */
export const Mode = fixed("A-ASSOCIATE mode", "normal")

/**
 * Application Context Name: DICOM has one (PS3.7 section A.2.1).
 *
 * @category parameters
 * @since 0.1.0
 */
export const ApplicationContextName = fixed("A-ASSOCIATE application context name", "1.2.840.10008.3.1.1.1")

/**
 * Presentation Requirements: fixed to the presentation kernel (PS3.8 section 7.1.1.15).
 *
 * @category parameters
 * @since 0.1.0
 */
export const PresentationRequirements = fixed("A-ASSOCIATE presentation requirements", "Presentation Kernel")

/**
 * Session Requirements: fixed to none, the kernel (PS3.8 section 7.1.1.16).
 *
 * @category parameters
 * @since 0.1.0
 */
export const SessionRequirements = fixed("A-ASSOCIATE session requirements", "")

/**
 * The Result of a response that accepts (PS3.8 section 7.1.1.7).
 *
 * @category parameters
 * @since 0.1.0
 */
export const AcceptedResult = fixed("A-ASSOCIATE result", "accepted")

/**
 * The Result Source of an acceptance: always the user (PS3.8 section 7.1.1.8).
 *
 * @category parameters
 * @since 0.1.0
 */
export const AcceptedSource = fixed("A-ASSOCIATE result source", "DICOM UL service-user")

const mode = Mode.make("normal")
const applicationContextName = ApplicationContextName.make("1.2.840.10008.3.1.1.1")
const presentationRequirements = PresentationRequirements.make("Presentation Kernel")
const sessionRequirements = SessionRequirements.make("")

// -----------------------------------------------------------------------------
// the primitive
// -----------------------------------------------------------------------------

const Address = Schema.optionalKey(Schema.String)

const requestParameters = {
  mode: Mode,
  applicationContextName: ApplicationContextName,
  callingAETitle: AETitle.AETitle,
  calledAETitle: AETitle.AETitle
}

const requestAddresses = {
  callingPresentationAddress: Address,
  calledPresentationAddress: Address
}

const requirements = {
  presentationRequirements: PresentationRequirements,
  sessionRequirements: SessionRequirements
}

/**
 * The schema of an A-ASSOCIATE request.
 *
 * @category models
 * @since 0.1.0
 */
export const Request = Schema.TaggedStruct("A-ASSOCIATE request", {
  ...requestParameters,
  userInformation: UserInformation.OfRequest,
  ...requestAddresses,
  /** Presentation Context Definition List. */
  presentationContexts: PresentationContext.DefinitionList,
  ...requirements
})

/**
 * Issued by the association-requestor.
 *
 * @category models
 * @since 0.1.0
 */
export type Request = typeof Request.Type

/**
 * The schema of an A-ASSOCIATE indication.
 *
 * **Gotchas**
 *
 * An indication that a leniency let pass may break it: a blank title, an even context id, a malformed UID.
 *
 * @category models
 * @since 0.1.0
 */
export const Indication = Schema.TaggedStruct("A-ASSOCIATE indication", {
  ...requestParameters,
  userInformation: UserInformation.Received,
  ...requestAddresses,
  /** Presentation Context Definition List. */
  presentationContexts: Schema.Array(PresentationContext.ReceivedProposed),
  ...requirements
})

/**
 * Tells the acceptor's user what the requestor asks for.
 *
 * @category models
 * @since 0.1.0
 */
export type Indication = typeof Indication.Type

/**
 * The schema of an A-ASSOCIATE response that accepts.
 *
 * @category models
 * @since 0.1.0
 */
export const AcceptResponse = Schema.TaggedStruct("A-ASSOCIATE response (accept)", {
  applicationContextName: ApplicationContextName,
  callingAETitle: AETitle.AETitle,
  calledAETitle: AETitle.AETitle,
  /** The called AE title (PS3.8 section 7.1.1.5). */
  respondingAETitle: AETitle.AETitle,
  userInformation: UserInformation.OfResponse,
  result: AcceptedResult,
  respondingPresentationAddress: Address,
  /** Presentation Context Definition Result List. */
  presentationContextResults: PresentationContext.ResultList,
  ...requirements
}).check(
  Schema.makeFilter((response) =>
    response.respondingAETitle === response.calledAETitle
      ? undefined
      : {
          path: ["respondingAETitle"],
          issue:
            `responding AE title is ${Wire.show(response.respondingAETitle)}; ` +
            `permitted: the called AE title, ${Wire.show(response.calledAETitle)}`
        }
  )
)

/**
 * Issued by an acceptor that accepts.
 *
 * @category models
 * @since 0.1.0
 */
export type AcceptResponse = typeof AcceptResponse.Type

/**
 * The schema of an A-ASSOCIATE response that rejects.
 *
 * @category models
 * @since 0.1.0
 */
export const RejectResponse = Rejection.tagged("A-ASSOCIATE response (reject)")

/**
 * Issued by an acceptor that rejects.
 *
 * @category models
 * @since 0.1.0
 */
export type RejectResponse = { readonly _tag: "A-ASSOCIATE response (reject)" } & Rejection.Rejection

/**
 * The schema of an A-ASSOCIATE confirmation that accepts.
 *
 * @category models
 * @since 0.1.0
 */
export const AcceptConfirmation = Schema.TaggedStruct("A-ASSOCIATE confirmation (accept)", {
  /** As it was received; "" where there was none. */
  applicationContextName: Schema.String,
  callingAETitle: Schema.optionalKey(AETitle.AETitle),
  calledAETitle: Schema.optionalKey(AETitle.AETitle),
  respondingAETitle: Schema.optionalKey(AETitle.AETitle),
  userInformation: UserInformation.Received,
  result: AcceptedResult,
  resultSource: AcceptedSource,
  respondingPresentationAddress: Address,
  /** Presentation Context Definition Result List. */
  presentationContextResults: Schema.Array(PresentationContext.ReceivedAnswer),
  ...requirements
})

/**
 * Tells the requestor's user that the association is established.
 *
 * @category models
 * @since 0.1.0
 */
export type AcceptConfirmation = typeof AcceptConfirmation.Type

/**
 * The schema of an A-ASSOCIATE confirmation that rejects.
 *
 * @category models
 * @since 0.1.0
 */
export const RejectConfirmation = Rejection.taggedReceived("A-ASSOCIATE confirmation (reject)")

/**
 * Tells the requestor's user that the association is rejected, by whom and why.
 *
 * @category models
 * @since 0.1.0
 */
export type RejectConfirmation = { readonly _tag: "A-ASSOCIATE confirmation (reject)" } & Rejection.ReceivedRejection

/**
 * The primitive in all its forms; the tags are the row labels of PS3.8 Table 9-10.
 *
 * @category models
 * @since 0.1.0
 */
export const Primitive = Schema.Union([
  Request,
  Indication,
  AcceptResponse,
  RejectResponse,
  AcceptConfirmation,
  RejectConfirmation
])

/**
 * @category models
 * @since 0.1.0
 */
export type Primitive = Request | Indication | AcceptResponse | RejectResponse | AcceptConfirmation | RejectConfirmation

/**
 * What a caller gives for a request; plain strings and numbers, which are checked.
 *
 * @category constructors
 * @since 0.1.0
 */
export interface RequestInput {
  readonly callingAETitle: string
  readonly calledAETitle: string
  readonly presentationContexts: ReadonlyArray<typeof PresentationContext.Proposed.Encoded>
  readonly userInformation: UserInformation.Input
  readonly callingPresentationAddress?: string
  readonly calledPresentationAddress?: string
}

/**
 * An A-ASSOCIATE request, or what is wrong with it: parameter, value and what is permitted.
 *
 * **Example**
 *
 * ```ts
 * import { A_ASSOCIATE } from "@effect-dicom/protocol"
 *
 * const request = A_ASSOCIATE.request({
 *   callingAETitle: "WORKSTATION",
 *   calledAETitle: "ARCHIVE",
 *   presentationContexts: [{ id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] }],
 *   userInformation: { maximumLength: 131072, implementationClassUid: "1.2.3.4" }
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (input: RequestInput): Result.Result<Request, Schema.SchemaError> =>
  decodeRequest({
    _tag: "A-ASSOCIATE request",
    mode,
    applicationContextName,
    presentationRequirements,
    sessionRequirements,
    ...input,
    userInformation: UserInformation.complete(input.userInformation)
  })

const decodeRequest = Schema.decodeUnknownResult(Request)

/**
 * What a caller gives for a response that accepts; plain strings and numbers, which are checked.
 *
 * @category constructors
 * @since 0.1.0
 */
export interface AcceptInput {
  readonly callingAETitle: string
  readonly calledAETitle: string
  readonly presentationContextResults: ReadonlyArray<typeof PresentationContext.Answer.Encoded>
  readonly userInformation: UserInformation.Input
  readonly respondingPresentationAddress?: string
}

/**
 * An A-ASSOCIATE response that accepts, or what is wrong with it: parameter, value and what is permitted.
 *
 * @category constructors
 * @since 0.1.0
 */
export const accept = (input: AcceptInput): Result.Result<AcceptResponse, Schema.SchemaError> =>
  decodeAcceptResponse({
    _tag: "A-ASSOCIATE response (accept)",
    applicationContextName,
    respondingAETitle: input.calledAETitle,
    result: acceptedResult,
    presentationRequirements,
    sessionRequirements,
    ...input,
    userInformation: UserInformation.complete(input.userInformation)
  })

const decodeAcceptResponse = Schema.decodeUnknownResult(AcceptResponse)

/**
 * An A-ASSOCIATE response that accepts an indication, or what is wrong with it.
 *
 * **Details**
 *
 * The AE titles are the indication's, and the results those of a negotiation of its contexts. Both are taken as they are:
 * what a leniency let pass in the question (a blank title, an even context id) stands in the answer too.
 *
 * @category constructors
 * @since 0.1.0
 */
export const acceptIndication = (
  indication: Indication,
  response: {
    readonly presentationContextResults: ReadonlyArray<PresentationContext.Answer>
    readonly userInformation: UserInformation.Input
  }
): Result.Result<AcceptResponse, Schema.SchemaError> =>
  Result.map(
    decodeUserInformationOfResponse(UserInformation.complete(response.userInformation)),
    (userInformation): AcceptResponse => ({
      _tag: "A-ASSOCIATE response (accept)",
      applicationContextName,
      callingAETitle: indication.callingAETitle,
      calledAETitle: indication.calledAETitle,
      respondingAETitle: indication.calledAETitle,
      userInformation,
      result: acceptedResult,
      presentationContextResults: response.presentationContextResults,
      presentationRequirements,
      sessionRequirements
    })
  )

const decodeUserInformationOfResponse = Schema.decodeUnknownResult(UserInformation.OfResponse)

const acceptedResult = AcceptedResult.make("accepted")
const acceptedSource = AcceptedSource.make("DICOM UL service-user")

/**
 * An A-ASSOCIATE response that rejects, or what is wrong with it.
 *
 * **Example**
 *
 * ```ts
 * import { A_ASSOCIATE } from "@effect-dicom/protocol"
 *
 * const response = A_ASSOCIATE.reject({
 *   result: "rejected-permanent",
 *   source: "DICOM UL service-user",
 *   diagnostic: "calling-AE-title-not-recognized"
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const reject = (rejection: Rejection.Rejection): Result.Result<RejectResponse, Schema.SchemaError> =>
  decodeRejectResponse({ _tag: "A-ASSOCIATE response (reject)", ...rejection })

const decodeRejectResponse = Schema.decodeUnknownResult(RejectResponse)

// -----------------------------------------------------------------------------
// the PDUs
// -----------------------------------------------------------------------------

/**
 * Application Context Item (PS3.8 sections 9.3.2.1 and 9.3.3.1).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const ApplicationContextItem = Schema.TaggedStruct("Application Context Item", {
  applicationContextName: Wire.Text
})

const applicationContextType = 0x10

/** An AE title field as it stood: sixteen characters, one for each byte. */
const TitleField = Wire.Text.check(Schema.isMinLength(16), Schema.isMaxLength(16))

/**
 * A-ASSOCIATE-RQ (PS3.8 section 9.3.2, Table 9-11), its items as they stood. Reserved bytes are not kept.
 *
 * @category PDUs
 * @since 0.1.0
 */
export const RQ = Schema.TaggedStruct("A-ASSOCIATE-RQ", {
  /** Bytes 7-8: bit 0 is version 1. */
  protocolVersion: Wire.TwoBytes,
  /** Bytes 11-26, padding included. */
  calledAETitle: TitleField,
  /** Bytes 27-42, padding included. */
  callingAETitle: TitleField,
  items: Schema.Array(
    Schema.Union([
      ApplicationContextItem,
      PresentationContextItem.ItemRQ,
      UserInformation.Item,
      Wire.unknown([applicationContextType, PresentationContextItem.itemTypeRQ, UserInformation.itemType])
    ])
  )
})

/**
 * @category PDUs
 * @since 0.1.0
 */
export type RQ = typeof RQ.Type

/**
 * A-ASSOCIATE-AC (PS3.8 section 9.3.3, Table 9-17), its items as they stood.
 *
 * @category PDUs
 * @since 0.1.0
 */
export const AC = Schema.TaggedStruct("A-ASSOCIATE-AC", {
  /** Bytes 7-8: bit 0 is version 1. */
  protocolVersion: Wire.TwoBytes,
  /** Bytes 11-26, reserved: the request's called AE title, never tested. */
  calledAETitle: TitleField,
  /** Bytes 27-42, reserved: the request's calling AE title, never tested. */
  callingAETitle: TitleField,
  items: Schema.Array(
    Schema.Union([
      ApplicationContextItem,
      PresentationContextItem.ItemAC,
      UserInformation.Item,
      Wire.unknown([applicationContextType, PresentationContextItem.itemTypeAC, UserInformation.itemType])
    ])
  )
})

/**
 * @category PDUs
 * @since 0.1.0
 */
export type AC = typeof AC.Type

/**
 * A-ASSOCIATE-RJ (PS3.8 section 9.3.4, Table 9-21).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const RJ = Rejection.taggedReceived("A-ASSOCIATE-RJ")

/**
 * @category PDUs
 * @since 0.1.0
 */
export type RJ = { readonly _tag: "A-ASSOCIATE-RJ" } & Rejection.ReceivedRejection

// -----------------------------------------------------------------------------
// from primitive to PDU
// -----------------------------------------------------------------------------

/**
 * The PDU of a request (AE-2 of PS3.8 Table 9-6).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const requestPdu = (request: Request): RQ => ({
  _tag: "A-ASSOCIATE-RQ",
  protocolVersion: 1,
  calledAETitle: AETitle.field(request.calledAETitle),
  callingAETitle: AETitle.field(request.callingAETitle),
  items: [
    { _tag: "Application Context Item", applicationContextName: request.applicationContextName },
    ...request.presentationContexts.map(PresentationContextItem.toItemRQ),
    UserInformation.toItem(request.userInformation)
  ]
})

/**
 * The PDU of a response that accepts (AE-7 of PS3.8 Table 9-6).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const acceptPdu = (response: AcceptResponse): AC => ({
  _tag: "A-ASSOCIATE-AC",
  protocolVersion: 1,
  calledAETitle: AETitle.field(response.calledAETitle),
  callingAETitle: AETitle.field(response.callingAETitle),
  items: [
    { _tag: "Application Context Item", applicationContextName: response.applicationContextName },
    ...response.presentationContextResults.map(PresentationContextItem.toItemAC),
    UserInformation.toItem(response.userInformation)
  ]
})

/**
 * The PDU of a response that rejects (AE-8 of PS3.8 Table 9-6).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const rejectPdu = (response: RejectResponse): RJ => ({ ...response, _tag: "A-ASSOCIATE-RJ" })

// -----------------------------------------------------------------------------
// from PDU to primitive
// -----------------------------------------------------------------------------

const permanent = (rejection: Rejection.Rejection): Result.Result<never, RJ> =>
  Result.fail({ _tag: "A-ASSOCIATE-RJ", ...rejection })

const result = "rejected-permanent"

/**
 * Whether the provider accepts a received A-ASSOCIATE-RQ (AE-6 of PS3.8 Table 9-6): the indication to issue, or the
 * A-ASSOCIATE-RJ to send.
 *
 * **Details**
 *
 * Of the protocol version bit 0 is tested and no other (PS3.8 section 9.3.2). What has no reason of its own in the
 * standard (no presentation context, a maximum length too small, ...) is rejected by the provider with no reason
 * given.
 *
 * @category PDUs
 * @since 0.1.0
 */
export const acceptable = (
  rq: RQ,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict)
): Result.Result<Indication, RJ> => {
  const [user, acse] = Rejection.sources
  if ((rq.protocolVersion & 1) === 0) {
    return permanent({ result, source: acse, diagnostic: "protocol-version-not-supported" })
  }
  const { information, name } = applicationContextAndUserInformation(rq.items)
  const presentationContexts: Array<PresentationContext.ReceivedProposed> = []
  const ids = new Set<number>()
  for (const item of rq.items) {
    if (item._tag === "Presentation Context Item (A-ASSOCIATE-RQ)") {
      const proposed = PresentationContextItem.fromItemRQ(item)
      if (proposed !== undefined && !ids.has(proposed.id)) {
        ids.add(proposed.id)
        presentationContexts.push(proposed)
      }
    }
  }
  if (name !== applicationContextName) {
    return permanent({ result, source: user, diagnostic: "application-context-name-not-supported" })
  }
  const callingAETitle = AETitle.fromField(rq.callingAETitle, judge)
  if (Result.isFailure(callingAETitle)) {
    return permanent({ result, source: user, diagnostic: "calling-AE-title-not-recognized" })
  }
  const calledAETitle = AETitle.fromField(rq.calledAETitle, judge)
  if (Result.isFailure(calledAETitle)) {
    return permanent({ result, source: user, diagnostic: "called-AE-title-not-recognized" })
  }
  const detail = "no presentation context; permitted: 1 to 128"
  if (presentationContexts.length === 0 && !Leniency.admits(judge, "noPresentationContexts", detail)) {
    return permanent({ result, source: acse, diagnostic: "no-reason-given" })
  }
  const read = UserInformation.fromItem(information, judge)
  if (read.refused !== undefined) return permanent({ result, source: acse, diagnostic: "no-reason-given" })
  return Result.succeed({
    _tag: "A-ASSOCIATE indication",
    mode,
    applicationContextName,
    callingAETitle: callingAETitle.success,
    calledAETitle: calledAETitle.success,
    userInformation: read.information,
    presentationContexts,
    presentationRequirements,
    sessionRequirements
  })
}

/** The first item of each kind of which one is allowed. */
const applicationContextAndUserInformation = (items: (RQ | AC)["items"]) => {
  let name: string | undefined
  let information: UserInformation.Item | undefined
  for (const item of items) {
    if (item._tag === "Application Context Item") name ??= internal.uidOf(item.applicationContextName)
    else if (item._tag === "User Information Item") information ??= item
  }
  return { name, information }
}

const otherApplicationContext = (name: string | undefined): string =>
  `application context name is ${Wire.show((name ?? "").slice(0, 80))}; permitted: ${Wire.show(applicationContextName)}`

/** Titles of an answer are never tested: whatever is wrong with them is no news. */
const unjudged: Leniency.Leniency = { ...Leniency.strict, nulPaddedAETitle: "accept" }

/**
 * The confirmation that a received A-ASSOCIATE-AC or -RJ gives (AE-3 and AE-4 of PS3.8 Table 9-6).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const confirmation = (
  pdu: AC | RJ,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict)
): AcceptConfirmation | RejectConfirmation => {
  if (pdu._tag === "A-ASSOCIATE-RJ") return { ...pdu, _tag: "A-ASSOCIATE confirmation (reject)" }
  const { information, name } = applicationContextAndUserInformation(pdu.items)
  const presentationContextResults: Array<PresentationContext.ReceivedAnswer> = []
  for (const item of pdu.items) {
    if (item._tag === "Presentation Context Item (A-ASSOCIATE-AC)") {
      presentationContextResults.push(PresentationContextItem.fromItemAC(item))
    }
  }
  if (name !== applicationContextName) {
    Leniency.admits(judge, "otherApplicationContextInAnswer", otherApplicationContext(name))
  }
  const titles = Leniency.judge(unjudged)
  const callingAETitle = AETitle.fromField(pdu.callingAETitle, titles)
  const calledAETitle = AETitle.fromField(pdu.calledAETitle, titles)
  const read = UserInformation.fromItem(information, judge)
  return {
    _tag: "A-ASSOCIATE confirmation (accept)",
    applicationContextName: name ?? "",
    ...(Result.isSuccess(callingAETitle) && { callingAETitle: callingAETitle.success }),
    ...(Result.isSuccess(calledAETitle) && {
      calledAETitle: calledAETitle.success,
      respondingAETitle: calledAETitle.success
    }),
    userInformation: read.information,
    result: acceptedResult,
    resultSource: acceptedSource,
    presentationContextResults,
    presentationRequirements,
    sessionRequirements
  }
}

// -----------------------------------------------------------------------------
// the codecs
// -----------------------------------------------------------------------------
//
// byte   1      PDU-type          01H (RQ), 02H (AC)
// byte   2      reserved          sent as 00H, not tested
// bytes  3-6    PDU-length
// bytes  7-8    Protocol-version  bit 0
// bytes  9-10   reserved          sent as 0000H, not tested
// bytes  11-26  Called-AE-title (RQ); reserved, the same value, not tested (AC)
// bytes  27-42  Calling-AE-title (RQ); reserved, the same value, not tested (AC)
// bytes  43-74  reserved          sent as 00H, not tested
// bytes  75-    items             10H; 20H (RQ) or 21H (AC); 50H

const putAssociate = (w: Wire.Writer, pdu: RQ | AC): void => {
  Wire.putU16(w, pdu.protocolVersion)
  Wire.putZeros(w, 2)
  Wire.putText(w, pdu.calledAETitle)
  Wire.putText(w, pdu.callingAETitle)
  Wire.putZeros(w, 32)
}

const putItem = (w: Wire.Writer, item: (RQ | AC)["items"][number]): void => {
  switch (item._tag) {
    case "Application Context Item": {
      const opened = Wire.open(w, applicationContextType)
      Wire.putText(w, item.applicationContextName)
      return Wire.close(w, opened)
    }
    case "Presentation Context Item (A-ASSOCIATE-RQ)":
      return PresentationContextItem.putRQ(w, item)
    case "Presentation Context Item (A-ASSOCIATE-AC)":
      return PresentationContextItem.putAC(w, item)
    case "User Information Item":
      return UserInformation.put(w, item)
    case "Unknown":
      return Wire.putUnknown(w, item)
  }
}

const encodeAssociate = (type: number, pdu: RQ | AC): Uint8Array => {
  const w = Wire.writer()
  const opened = Wire.openPdu(w, type)
  putAssociate(w, pdu)
  for (const item of pdu.items) putItem(w, item)
  return Wire.closePdu(w, opened)
}

/**
 * The bytes of an A-ASSOCIATE-RQ.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encodeRQ = (pdu: RQ): Uint8Array => encodeAssociate(0x01, pdu)

/**
 * The bytes of an A-ASSOCIATE-AC.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encodeAC = (pdu: AC): Uint8Array => encodeAssociate(0x02, pdu)

const readApplicationContext = (c: Wire.Cursor): typeof ApplicationContextItem.Type => ({
  _tag: "Application Context Item",
  applicationContextName: Wire.text(c, Wire.left(c), "application context name")
})

const readItemRQ = (c: Wire.Cursor, itemType: number): RQ["items"][number] => {
  switch (itemType) {
    case applicationContextType:
      return readApplicationContext(c)
    case PresentationContextItem.itemTypeRQ:
      return PresentationContextItem.readRQ(c)
    case UserInformation.itemType:
      return UserInformation.read(c)
    default:
      return Wire.readUnknown(c, itemType, "A-ASSOCIATE-RQ")
  }
}

const readItemAC = (c: Wire.Cursor, itemType: number): AC["items"][number] => {
  switch (itemType) {
    case applicationContextType:
      return readApplicationContext(c)
    case PresentationContextItem.itemTypeAC:
      return PresentationContextItem.readAC(c)
    case UserInformation.itemType:
      return UserInformation.read(c)
    default:
      return Wire.readUnknown(c, itemType, "A-ASSOCIATE-AC")
  }
}

/** What may be there once only: two kinds of item, and each context id. */
const askAboutRepetition = (c: Wire.Cursor, items: (RQ | AC)["items"]): void => {
  let applicationContexts = 0
  let userInformations = 0
  const ids = new Set<number>()
  for (const item of items) {
    if (item._tag === "Application Context Item") applicationContexts++
    else if (item._tag === "User Information Item") userInformations++
    else if (item._tag !== "Unknown") {
      if (ids.has(item.id)) {
        const detail = `presentation context id ${item.id} is used twice; permitted: once`
        Wire.tolerate(c, "repeatedPresentationContextId", detail)
      }
      ids.add(item.id)
    }
  }
  if (applicationContexts > 1) {
    Wire.tolerate(c, "repeatedItem", `${applicationContexts} application context items; permitted: one`)
  }
  if (userInformations > 1)
    Wire.tolerate(c, "repeatedItem", `${userInformations} user information items; permitted: one`)
}

const readTitles = (c: Wire.Cursor) => {
  const protocolVersion = Wire.u16(c, "protocol version")
  Wire.skip(c, 2, "reserved bytes")
  const calledAETitle = Wire.text(c, 16, "called AE title")
  const callingAETitle = Wire.text(c, 16, "calling AE title")
  Wire.skip(c, 32, "reserved bytes")
  return { protocolVersion, calledAETitle, callingAETitle }
}

/**
 * Decodes what follows the header of an A-ASSOCIATE-RQ.
 *
 * **Details**
 *
 * UIDs, context ids and the structure are judged here, so what is wrong with them is an invalid PDU. What the
 * standard has a rejection for is left to {@link acceptable}.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decodeRQ = (
  body: Uint8Array,
  judge?: Leniency.Judge,
  maximumItems?: number
): Result.Result<RQ, InvalidPdu.InvalidPdu> => {
  const c = Wire.cursor(body, judge, maximumItems)
  const titles = readTitles(c)
  const items = Wire.items(c, "A-ASSOCIATE-RQ", readItemRQ)
  askAboutRepetition(c, items)
  return c.failure === undefined ? Result.succeed({ _tag: "A-ASSOCIATE-RQ", ...titles, items }) : Result.fail(c.failure)
}

/** Fails on what a policy refuses; reports nothing, since {@link confirmation} will. */
const refuseAnswer = (c: Wire.Cursor, items: AC["items"]): void => {
  const judge = Leniency.judge(c.judge.leniency)
  const { information, name } = applicationContextAndUserInformation(items)
  if (name !== applicationContextName && !Leniency.admits(judge, "otherApplicationContextInAnswer", "")) {
    Wire.invalidValue(c, otherApplicationContext(name))
  }
  const { refused } = UserInformation.fromItem(information, judge)
  if (refused !== undefined) Wire.invalidValue(c, refused)
}

/**
 * Decodes what follows the header of an A-ASSOCIATE-AC.
 *
 * **Details**
 *
 * An answer cannot be rejected, so what {@link acceptable} rejects of a request is an invalid PDU here, titles aside.
 * What is tolerated is reported by {@link confirmation}.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decodeAC = (
  body: Uint8Array,
  judge?: Leniency.Judge,
  maximumItems?: number
): Result.Result<AC, InvalidPdu.InvalidPdu> => {
  const c = Wire.cursor(body, judge, maximumItems)
  const titles = readTitles(c)
  const items = Wire.items(c, "A-ASSOCIATE-AC", readItemAC)
  askAboutRepetition(c, items)
  if (c.failure === undefined) refuseAnswer(c, items)
  return c.failure === undefined ? Result.succeed({ _tag: "A-ASSOCIATE-AC", ...titles, items }) : Result.fail(c.failure)
}

// byte   1    PDU-type        03H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-6  PDU-length      4
// byte   7    reserved        sent as 00H, not tested
// byte   8    Result
// byte   9    Source
// byte  10    Reason/Diag.

/**
 * The ten bytes of an A-ASSOCIATE-RJ.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encodeRJ = (pdu: RJ): Uint8Array => Uint8Array.of(0x03, 0, 0, 0, 0, 4, 0, ...Rejection.toBytes(pdu))

/**
 * Decodes what follows the header of an A-ASSOCIATE-RJ.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decodeRJ = (
  body: Uint8Array,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict)
): Result.Result<RJ, InvalidPdu.InvalidPdu> => {
  const [, result, source, reason] = body
  if (result === undefined || source === undefined || reason === undefined || body.length > 4) {
    const detail = `A-ASSOCIATE-RJ has length ${body.length}; permitted: 4`
    if (
      result === undefined ||
      source === undefined ||
      reason === undefined ||
      !Leniency.admits(judge, "trailingBytes", detail)
    )
      return Result.fail(InvalidPdu.make("invalid-PDU-parameter-value", detail))
  }
  return Result.succeed({ _tag: "A-ASSOCIATE-RJ", ...Rejection.fromBytes(result, source, reason) })
}
