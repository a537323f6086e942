/**
 * The A-ASSOCIATE service, which begins an association (PS3.8 section 7.1): its primitive. Its three PDUs, and the steps
 * between the two, are in `A_ASSOCIATE_PDU.ts`. When each may be issued is the state machine's business, not this file's.
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
import * as Wire from "./internal/wire.ts"
import * as PresentationContext from "./PresentationContext.ts"
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
/** @internal */
export const applicationContextName = ApplicationContextName.make("1.2.840.10008.3.1.1.1")
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
 * The schema of an A-ASSOCIATE request (PS3.8 section 7.1).
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
 * The schema of an A-ASSOCIATE indication (PS3.8 section 7.1).
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
 * The schema of an A-ASSOCIATE response that accepts (PS3.8 section 7.1).
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
 * The schema of an A-ASSOCIATE confirmation that accepts (PS3.8 section 7.1).
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
export const request = (input: RequestInput): Result.Result<Request, Schema.SchemaError> => {
  const plain = plainRequest(input)
  return plain === undefined
    ? decodeRequest({ ...fixedOfRequest, ...input, userInformation: UserInformation.complete(input.userInformation) })
    : Result.succeed(plain)
}

const fixedOfRequest = {
  _tag: "A-ASSOCIATE request",
  mode,
  applicationContextName,
  presentationRequirements,
  sessionRequirements
} as const

const decodeRequest = Schema.decodeUnknownResult(Request)

/**
 * The request where its parameters are plainly right; nothing where the schema is to say what it is. To ask the schema
 * takes ten times as long, and milliseconds the first time, when a process has an association to make.
 */
const plainRequest = (input: RequestInput): Request | undefined => {
  for (const name in input) if (!plainParameters.has(name)) return undefined
  const { calledAETitle, callingAETitle } = input
  if (typeof callingAETitle !== "string" || !AETitle.isAETitle(callingAETitle)) return undefined
  if (typeof calledAETitle !== "string" || !AETitle.isAETitle(calledAETitle)) return undefined
  const presentationContexts = PresentationContext.plainDefinitionList(input.presentationContexts)
  const userInformation = UserInformation.plain(input.userInformation)
  return presentationContexts === undefined || userInformation === undefined
    ? undefined
    : { ...fixedOfRequest, callingAETitle, calledAETitle, userInformation, presentationContexts }
}

const plainParameters: ReadonlySet<string> = new Set<keyof RequestInput>([
  "callingAETitle",
  "calledAETitle",
  "presentationContexts",
  "userInformation"
])

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
  Result.map(informationOfResponse(response.userInformation), (userInformation): AcceptResponse => ({
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
  }))

const informationOfResponse = (
  input: UserInformation.Input
): Result.Result<AcceptResponse["userInformation"], Schema.SchemaError> => {
  const plain = UserInformation.plain(input)
  return plain === undefined ? decodeOfResponse(UserInformation.complete(input)) : Result.succeed(plain)
}

const decodeOfResponse = Schema.decodeUnknownResult(UserInformation.OfResponse)

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

/**
 * An indication of what a PDU says, with what is fixed.
 *
 * @internal
 */
export const indication = (
  said: Pick<Indication, "callingAETitle" | "calledAETitle" | "userInformation" | "presentationContexts">
): Indication => ({
  _tag: "A-ASSOCIATE indication",
  mode,
  applicationContextName,
  presentationRequirements,
  sessionRequirements,
  ...said
})

/**
 * A confirmation of what a PDU says, with what is fixed.
 *
 * @internal
 */
export const acceptConfirmation = (
  said: Omit<
    AcceptConfirmation,
    "_tag" | "result" | "resultSource" | "presentationRequirements" | "sessionRequirements"
  >
): AcceptConfirmation => ({
  _tag: "A-ASSOCIATE confirmation (accept)",
  result: acceptedResult,
  resultSource: acceptedSource,
  presentationRequirements,
  sessionRequirements,
  ...said
})
