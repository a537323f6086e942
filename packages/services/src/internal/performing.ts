/**
 * How a provider performs the operations of a service class: a request becomes a typed value for the handler, what the
 * handler gives the response, and what it fails with the final one.
 */
import { Dimse } from "@effect-dicom/association"
import type { Association, AssociationError } from "@effect-dicom/association"
import type { Uid } from "@effect-dicom/data/Uid"
import type * as Command from "@effect-dicom/protocol/Command"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Status from "@effect-dicom/protocol/Status"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Operation } from "../Operation.ts"
import type { Handlings, Refusal, Replied } from "../OperationHandler.ts"
import * as ServiceStatus from "../ServiceStatus.ts"
import * as content from "./content.ts"
import * as Deflated from "./deflated.ts"
import { tags } from "./details.ts"
import { isBroken, refusing, response } from "./refusing.ts"
import * as retrieving from "./retrieving.ts"

type Statuses = ServiceStatus.ServiceStatus

/** An operation with its handler. */
export interface Handled<R> {
  readonly operation: Operation
  // `never`: what the handler takes is made for its operation
  readonly handler: Handlings<never, unknown, Statuses, never, R>[Operation["service"]]
  /** What was agreed on in extended negotiation for a SOP class. */
  readonly extendedNegotiation: (association: Association.Association, sopClassUid: Uid) => unknown
  /** The longest data set of a request that is held, in bytes. */
  readonly longestDataSet: number | undefined
}

/** The SOP class that a command names. */
export const sopClassOf = (command: Command.Request): Uid =>
  "affectedSopClassUid" in command ? command.affectedSopClassUid : command.requestedSopClassUid

const typeIdOf = (command: Command.Request): number | undefined => {
  if (command._tag === "N-ACTION-RQ") return command.actionTypeId
  return command._tag === "N-EVENT-REPORT-RQ" ? command.eventTypeId : undefined
}

const instanceOf = (command: Command.Request): Uid | undefined => {
  if ("affectedSopInstanceUid" in command) return command.affectedSopInstanceUid
  return "requestedSopInstanceUid" in command ? command.requestedSopInstanceUid : undefined
}

/**
 * The operation that a request is of, or the failure where there is none (PS3.7 section C.5). A Meta SOP class has several
 * SOP classes in one context: one that it has, without a handler for the operation, is recognized all the same.
 */
export const select = <R>(
  operations: ReadonlyArray<Operation>,
  handled: ReadonlyArray<Handled<R>>,
  sopClasses: ReadonlyArray<Uid>,
  command: Command.Request,
  context: PresentationContext.Accepted
): Handled<R> | Status.Failure => {
  const { abstractSyntax } = context
  const isOfContext = (operation: Operation): boolean => (operation.sopClasses ?? sopClasses).includes(abstractSyntax)
  const ofService = handled.filter(
    ({ operation }) => `${operation.service}-RQ` === command._tag && isOfContext(operation)
  )
  if (ofService.length === 0) return Status.failures.unrecognizedOperation
  const named = sopClassOf(command)
  const isNamed = (operation: Operation): boolean => (operation.affects ?? abstractSyntax) === named
  const ofSopClass = ofService.filter(({ operation }) => isNamed(operation))
  if (ofSopClass.length === 0) {
    if (operations.some((operation) => isOfContext(operation) && isNamed(operation))) {
      return Status.failures.unrecognizedOperation
    }
    if (command._tag === "C-STORE-RQ") return { _tag: "Failure", code: 0xa900 }
    return command._tag.startsWith("C-") ? Status.failures.sopClassNotSupported : Status.failures.noSuchSopClass
  }
  const typeId = typeIdOf(command)
  return (
    ofSopClass.find(({ operation }) => operation.typeId === typeId) ??
    (command._tag === "N-EVENT-REPORT-RQ" ? Status.failures.noSuchEventType : Status.failures.noSuchActionType)
  )
}

type Performed<R> = Effect.Effect<Dimse.Reply, AssociationError.Broken, R> | Dimse.Performance<R>

/** Performs a request by the handler of its operation. */
export const perform = <R>(
  handled: Handled<R>,
  incoming: Dimse.Incoming,
  association: Association.Association
): Performed<R> => {
  const performed = performing(handled, incoming, association)
  if (!Deflated.isDeflated(incoming.context)) return performed
  if (Effect.isEffect(performed)) return Effect.flatMap(performed, deflated)
  const { onCancel, onDeadline, responses } = performed
  return {
    responses: Stream.mapEffect(responses, deflated),
    ...(onCancel === undefined ? {} : { onCancel: Effect.flatMap(onCancel, deflated) }),
    ...(onDeadline === undefined ? {} : { onDeadline: Effect.flatMap(onDeadline, deflated) })
  }
}

/** A response with its data set deflated. */
const deflated = (reply: Dimse.Reply): Effect.Effect<Dimse.Reply> =>
  "command" in reply && reply.dataSet !== undefined && !Stream.isStream(reply.dataSet)
    ? Effect.map(Deflated.deflate(reply.dataSet), (dataSet) => ({ ...reply, dataSet }))
    : Effect.succeed(reply)

const performing = <R>(
  handled: Handled<R>,
  incoming: Dimse.Incoming,
  association: Association.Association
): Performed<R> => {
  const { operation } = handled
  const { command, context } = incoming
  const request = {
    command,
    context,
    association,
    sopClassUid: sopClassOf(command),
    extendedNegotiation: handled.extendedNegotiation(association, context.abstractSyntax)
  }
  switch (operation.service) {
    case "C-ECHO":
      return replying(handled, incoming, request)
    case "C-STORE":
      return replying(handled, incoming, {
        ...request,
        sopInstanceUid: instanceOf(command),
        transferSyntaxUid: context.transferSyntax,
        dataSet: incoming.dataSet,
        pull: incoming.pull
      })
    case "C-FIND":
      return {
        responses: Stream.unwrap(
          Effect.map(reading(handled, incoming), (read) =>
            "refusal" in read
              ? Stream.succeed(read.refusal)
              : finding(handled, incoming, { ...request, identifier: read.value })
          )
        )
      }
    case "C-GET":
    case "C-MOVE": {
      const report = new retrieving.Report(command, context)
      return {
        responses: Stream.unwrap(
          Effect.map(reading(handled, incoming), (read) =>
            "refusal" in read
              ? Stream.succeed(read.refusal)
              : retrieving.perform(handled, incoming, association, { ...request, identifier: read.value }, report)
          )
        ),
        onCancel: Effect.sync(() => report.cancelled()),
        onDeadline: Effect.sync(() => report.failed())
      }
    }
    default:
      return Effect.flatMap(reading(handled, incoming), (read) =>
        "refusal" in read
          ? Effect.succeed(read.refusal)
          : replying(handled, incoming, {
              ...request,
              sopInstanceUid: instanceOf(command),
              dataSet: read.value,
              ...(command._tag === "N-GET-RQ" ? { attributes: tags(command.attributeIdentifierList) } : {})
            })
      )
  }
}

// -----------------------------------------------------------------------------
// the request's data set
// -----------------------------------------------------------------------------

type Read = { readonly value: unknown } | { readonly refusal: Dimse.Reply }

const reading = <R>(
  { longestDataSet, operation }: Handled<R>,
  incoming: Dimse.Incoming
): Effect.Effect<Read, AssociationError.Broken> => {
  const { command, context, hasDataSet } = incoming
  const refused = (reason: content.Invalid): Read => ({ refusal: invalid(operation, command, reason) })
  const decode = (views: ReadonlyArray<Uint8Array> | undefined): Read => {
    const value = content.read(operation.input, views, context)
    return Result.isSuccess(value) ? { value: value.success } : refused(value.failure)
  }
  if (operation.input.presence === "none" || !hasDataSet) return Effect.sync(() => decode(undefined))
  if (operation.input.presence === "bytes") return Effect.succeed({ value: incoming.dataSet })
  const views = Dimse.collect(incoming, longestDataSet)
  const read = Deflated.isDeflated(context)
    ? Effect.flatMap(views, (views) => Effect.match(Deflated.inflate(views), { onFailure: refused, onSuccess: decode }))
    : Effect.map(views, decode)
  return read.pipe(
    Effect.catchTag("DataSetTooLong", (error) =>
      Effect.succeed({ refusal: response(command, outOfResources(operation), { errorComment: error.message }) })
    )
  )
}

const outOfResources = (operation: Operation): Status.Status =>
  operation.service.startsWith("C-") ? Status.fromCode(0xa700) : Status.failures.resourceLimitation

/** The response to a request whose data set is not what the operation says. */
const invalid = (operation: Operation, command: Command.Request, invalid: content.Invalid): Dimse.Reply => {
  const refused = invalid.attributes.map(({ error }) => error.tag)
  const [first] = invalid.attributes
  const status = ((): Status.Failure => {
    switch (operation.service) {
      case "N-SET":
      case "N-CREATE": {
        if (first === undefined) return Status.failures.invalidAttributeValue
        // The words that DataSetSchema has for what is not there.
        const { value } = first.error
        if (value === "absent" && operation.service === "N-CREATE") return Status.failures.missingAttribute
        return value === "absent" || value === "empty"
          ? Status.failures.missingAttributeValue
          : Status.failures.invalidAttributeValue
      }
      case "N-EVENT-REPORT":
      case "N-ACTION":
        return Status.failures.invalidArgumentValue
      default:
        return { _tag: "Failure", code: 0xa900 }
    }
  })()
  return response(command, status, {
    errorComment: first?.error.message ?? invalid.detail,
    ...(operation.service.startsWith("C-") ? { offendingElement: refused } : { attributeIdentifierList: refused })
  })
}

// -----------------------------------------------------------------------------
// what the handler gives
// -----------------------------------------------------------------------------

const replying = <R>(
  { handler, operation }: Handled<R>,
  incoming: Dimse.Incoming,
  request: object
): Effect.Effect<Dimse.Reply, AssociationError.Broken, R> => {
  const { command, context } = incoming
  // the cast: the request is made for this operation
  const handle = handler as (
    request: object
  ) => Effect.Effect<Replied<unknown, Statuses>, Refusal<Statuses> | AssociationError.Broken, R>
  return Effect.matchEffect(handle(request), {
    onFailure: (refusal) => (isBroken(refusal) ? Effect.fail(refusal) : Effect.succeed(refusing(command, refusal))),
    onSuccess: (given) => {
      const reply = given ?? {}
      const list = command._tag === "N-GET-RQ" ? tags(command.attributeIdentifierList) : undefined
      const asked = list?.length === 0 ? undefined : list
      const dataSet = content.write(operation.output, reply.dataSet, context, asked)
      if (Result.isFailure(dataSet)) return unwritable(command, dataSet.failure)
      const status = reply.status === undefined ? Status.success : ServiceStatus.toStatus(reply.status)
      const answer = response(command, status, reply.details)
      const named =
        reply.sopInstanceUid !== undefined && answer._tag === "N-CREATE-RSP"
          ? { ...answer, affectedSopInstanceUid: reply.sopInstanceUid }
          : answer
      return Effect.succeed(dataSet.success === undefined ? named : { command: named, dataSet: sent(dataSet.success) })
    }
  })
}

/** Bytes that break off leave a message that cannot be finished, which is a defect. */
const sent = (dataSet: content.Written): Dimse.DataSet => (Stream.isStream(dataSet) ? Stream.orDie(dataSet) : dataSet)

const unwritable = (command: Command.Request, { cause, detail }: content.Invalid): Effect.Effect<Command.Response> =>
  Effect.as(
    Effect.logError("A handler's data set could not be written; the request is answered with processing failure").pipe(
      Effect.annotateLogs({ request: command._tag, messageId: command.messageId, detail, cause })
    ),
    response(command, Status.failures.processingFailure)
  )

/** How many matches are written at once: a handler may give all of them in one chunk. */
const mostTogether = 1024

const finding = <R>(
  { handler, operation }: Handled<R>,
  incoming: Dimse.Incoming,
  request: object
): Stream.Stream<Dimse.Reply, AssociationError.Broken, R> => {
  const { command, context } = incoming
  // the cast: the request is made for this operation
  const handle = handler as (
    request: object
  ) => Stream.Stream<
    { readonly identifier: unknown; readonly status?: ServiceStatus.Any },
    Refusal<Statuses> | AssociationError.Broken,
    R
  >
  const pending = response(command, Status.pending)
  const replying = (
    matches: ReadonlyArray<{ readonly identifier: unknown; readonly status?: ServiceStatus.Any }>
  ): Stream.Stream<Dimse.Reply> => {
    const replies: Array<Dimse.Reply> = []
    for (const match of matches) {
      const dataSet = content.write(operation.output, match.identifier, context)
      if (Result.isFailure(dataSet)) {
        return Stream.concat(Stream.fromArray(replies), Stream.fromEffect(unwritable(command, dataSet.failure)))
      }
      const answer = match.status === undefined ? pending : response(command, ServiceStatus.toStatus(match.status))
      replies.push(dataSet.success === undefined ? answer : { command: answer, dataSet: sent(dataSet.success) })
    }
    return Stream.fromArray(replies)
  }
  return handle(request).pipe(
    Stream.chunks,
    Stream.flatMap((matches) =>
      matches.length <= mostTogether
        ? replying(matches)
        : Stream.flatMap(Stream.fromIterable(Arr.chunksOf(matches, mostTogether), { chunkSize: 1 }), replying)
    ),
    Stream.concat(Stream.succeed(response(command, Status.success))),
    Stream.catch((error) => (isBroken(error) ? Stream.fail(error) : Stream.succeed(refusing(command, error)))),
    // What cannot be written ends the matches.
    Stream.takeUntil((reply) => Status.isFinal("command" in reply ? reply.command.status : reply.status))
  )
}
