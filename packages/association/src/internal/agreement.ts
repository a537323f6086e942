/**
 * What the two sides of an association have agreed on, read from the answer or made from a decision (PS3.8 section 7.1,
 * PS3.7 Annex D.3).
 */
import * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import * as AsynchronousOperationsWindow from "@effect-dicom/protocol/AsynchronousOperationsWindow"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as PresentationContextNegotiation from "@effect-dicom/protocol/PresentationContextNegotiation"
import type { RoleSelection } from "@effect-dicom/protocol/RoleSelection"
import type * as UserInformation from "@effect-dicom/protocol/UserInformation"
import * as Context from "effect/Context"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type * as Association from "../Association.ts"
import type { Settings } from "../Settings.ts"
import * as UserIdentity from "../UserIdentity.ts"

/** How this implementation names itself (PS3.7 section D.3.3.2). */
export const implementation = {
  classUid: "2.25.171837824605390157601114929365732752079",
  versionName: "EFFECT-DICOM-0.1"
} as const

export interface Agreement {
  readonly callingAETitle: string
  readonly calledAETitle: string
  readonly accepted: ReadonlyArray<PresentationContext.Accepted>
  readonly refused: Association.Association["refused"]
  readonly oddities: ReadonlyArray<PresentationContextNegotiation.Oddity>
  readonly peer: UserInformation.Received
  readonly principal: Context.Context<never>
  /** How many operations this side may have outstanding, and how many the peer. */
  readonly window: AsynchronousOperationsWindow.AsynchronousOperationsWindow
}

/** What this side says of itself where its user says nothing else. Made once for settings, which are few. */
export const ownInformation = (settings: Settings): UserInformation.Input => {
  let information = own.get(settings)
  if (information === undefined) {
    information = Object.freeze({
      maximumLength: settings.maximumLength,
      implementationClassUid: implementation.classUid,
      implementationVersionName: implementation.versionName
    })
    own.set(settings, information)
  }
  return information
}
const own = new WeakMap<Settings, UserInformation.Input>()

/** What a requestor reads in the answer to its request. */
export const fromAnswer = (request: A_ASSOCIATE.Request, confirmation: A_ASSOCIATE.AcceptConfirmation): Agreement => {
  const { accepted, oddities, refused } = PresentationContextNegotiation.accepted(
    request.presentationContexts,
    confirmation.presentationContextResults,
    {
      proposed: request.userInformation.roleSelections,
      answered: confirmation.userInformation.roleSelections
    }
  )
  return {
    callingAETitle: request.callingAETitle,
    calledAETitle: request.calledAETitle,
    accepted,
    refused,
    oddities,
    peer: confirmation.userInformation,
    principal: Context.empty(),
    window: AsynchronousOperationsWindow.agreed(
      request.userInformation.asynchronousOperationsWindow,
      confirmation.userInformation.asynchronousOperationsWindow
    )
  }
}

/** What an acceptor answers by its decision, and what that agrees on; or what of the answer cannot be said. */
export const fromDecision = (
  primitive: A_ASSOCIATE.Indication,
  decision: Extract<Association.Decision, { readonly _tag: "accept" }>,
  settings: Settings
): Result.Result<
  { readonly response: A_ASSOCIATE.AcceptResponse; readonly agreement: Agreement },
  Schema.SchemaError
> => {
  // A window is answered only where one is proposed (PS3.7 section D.3.3.3).
  const own = decision.userInformation?.asynchronousOperationsWindow
  const proposed = primitive.userInformation.asynchronousOperationsWindow
  const window =
    own === undefined || proposed === undefined
      ? undefined
      : AsynchronousOperationsWindow.agreed(proposed, AsynchronousOperationsWindow.opposite(own))
  const { accepted, answers, roleSelections } = PresentationContextNegotiation.negotiate(
    primitive.presentationContexts,
    decision.supported,
    { ...decision.options, roleSelections: primitive.userInformation.roleSelections }
  )
  const response = A_ASSOCIATE.acceptIndication(primitive, {
    presentationContextResults: answers,
    userInformation: answeredInformation(settings, roleSelections, decision.userInformation, window)
  })
  return Result.map(response, (response) => ({
    response,
    agreement: {
      callingAETitle: primitive.callingAETitle,
      calledAETitle: primitive.calledAETitle,
      accepted,
      refused: accepted.length === answers.length ? [] : refusedOf(primitive.presentationContexts, answers),
      oddities: [],
      peer: withoutProof(primitive.userInformation),
      principal: decision.principal ?? Context.empty(),
      window: AsynchronousOperationsWindow.opposite(window ?? AsynchronousOperationsWindow.synchronous)
    }
  }))
}

const refusedOf = (
  proposed: ReadonlyArray<PresentationContext.Proposed>,
  answers: ReadonlyArray<PresentationContext.Answer>
): Agreement["refused"] => {
  const abstractSyntaxes = new Map(proposed.map((context) => [context.id, context.abstractSyntax]))
  return answers
    .filter((answer) => answer.result !== "acceptance")
    .map(({ id, result }) => ({ id, abstractSyntax: abstractSyntaxes.get(id) ?? "", result }))
}

/** A handle is shown and logged: what proves its user's identity is not on it. */
const withoutProof = (information: UserInformation.Received): UserInformation.Received =>
  information.userIdentity === undefined
    ? information
    : { ...information, userIdentity: UserIdentity.stripped(information.userIdentity) }

/** Where there is nothing to be said beside it, what this side says of itself is one and the same value. */
const answeredInformation = (
  settings: Settings,
  roleSelections: ReadonlyArray<RoleSelection>,
  more: Partial<UserInformation.Input> | undefined,
  window: AsynchronousOperationsWindow.AsynchronousOperationsWindow | undefined
): UserInformation.Input => {
  const information = ownInformation(settings)
  if (more === undefined && roleSelections.length === 0) return information
  const { asynchronousOperationsWindow: _, ...rest } = more ?? {}
  return {
    ...information,
    roleSelections,
    ...rest,
    ...(window === undefined ? {} : { asynchronousOperationsWindow: window })
  }
}
