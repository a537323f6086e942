/**
 * The calls of a service class's client: a typed value becomes a request, the response a typed value or an error.
 */
import { Association, AssociationError, Dimse } from "@effect-dicom/association"
import type { Tag } from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_FIND from "@effect-dicom/protocol/C_FIND"
import * as C_GET from "@effect-dicom/protocol/C_GET"
import * as C_MOVE from "@effect-dicom/protocol/C_MOVE"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as N_ACTION from "@effect-dicom/protocol/N_ACTION"
import * as N_CREATE from "@effect-dicom/protocol/N_CREATE"
import * as N_DELETE from "@effect-dicom/protocol/N_DELETE"
import * as N_EVENT_REPORT from "@effect-dicom/protocol/N_EVENT_REPORT"
import * as N_GET from "@effect-dicom/protocol/N_GET"
import * as N_SET from "@effect-dicom/protocol/N_SET"
import type * as Command from "@effect-dicom/protocol/Command"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Operation } from "../Operation.ts"
import type {
  CallError,
  CallOptions,
  Completed,
  FindOptions,
  GetOptions,
  Match,
  MoveOptions,
  Retrieved
} from "../OperationCall.ts"
import * as ServiceError from "../ServiceError.ts"
import * as ServiceStatus from "../ServiceStatus.ts"
import type { Instance, StoreOptions } from "../Storage.ts"
import * as content from "./content.ts"
import * as Deflated from "./deflated.ts"
import { serve } from "../ServiceClassProvider.ts"
import { failedInstances } from "../SubOperations.ts"
import { details } from "./details.ts"
import { even } from "./evenLength.ts"

type Statuses = ServiceStatus.ServiceStatus

/** What a normalized call says. */
interface Parameters extends CallOptions {
  readonly sopInstanceUid?: Uid
  readonly dataSet?: unknown
  readonly attributes?: ReadonlyArray<Tag>
}

/** The call of an operation, whose own parameters `Operation.Calls` has. */
export const call = (
  association: Association.Association,
  operation: Operation,
  sopClasses: ReadonlyArray<Uid>
): unknown => {
  const own = operation.sopClasses ?? sopClasses
  switch (operation.service) {
    case "C-STORE":
      return <E, R>(instance: Instance<E, R>, options?: StoreOptions) =>
        store(association, operation, instance, options)
    case "C-FIND":
      return (identifier: unknown, options?: FindOptions<Statuses>) =>
        find(association, operation, own, identifier, options)
    case "C-GET":
    case "C-MOVE":
      return <R>(identifier: unknown, options?: GetOptions<R> & Partial<MoveOptions>) =>
        retrieve(association, operation, own, identifier, options)
    default:
      return operation.output.presence === "bytes"
        ? (parameters?: Parameters) => streamed(association, operation, own, parameters)
        : (parameters?: Parameters) => single(association, operation, own, parameters)
  }
}

/** The accepted context of the first of some SOP classes that has one. */
const contextOf = (
  association: Association.Association,
  sopClasses: ReadonlyArray<Uid>,
  chosen: Uid | undefined
): Result.Result<PresentationContext.Accepted, AssociationError.NoPresentationContext> => {
  for (const sopClass of chosen === undefined ? sopClasses : [chosen]) {
    const context = Association.context(association, sopClass)
    if (Result.isSuccess(context)) return context
  }
  return Result.fail(new AssociationError.NoPresentationContext({ abstractSyntax: chosen ?? sopClasses.join(" or ") }))
}

// -----------------------------------------------------------------------------
// one response
// -----------------------------------------------------------------------------

type Single = Exclude<Dimse.OneResponse, { readonly _tag: "C-STORE-RQ" }>

const request = (operation: Operation, sopClassUid: Uid, parameters: Parameters, messageId: number): Single => {
  // the casts: the types of the calls ask for an instance where there must be one
  const sopInstanceUid = parameters.sopInstanceUid as Uid
  const typeId = operation.typeId ?? 0
  const affected = { messageId, affectedSopClassUid: sopClassUid, affectedSopInstanceUid: sopInstanceUid }
  const requested = { messageId, requestedSopClassUid: sopClassUid, requestedSopInstanceUid: sopInstanceUid }
  switch (operation.service) {
    case "N-EVENT-REPORT":
      return N_EVENT_REPORT.request({ ...affected, eventTypeId: typeId })
    case "N-GET": {
      const [first, ...rest] = parameters.attributes ?? []
      return N_GET.request(
        first === undefined ? requested : { ...requested, attributeIdentifierList: [first, ...rest] }
      )
    }
    case "N-SET":
      return N_SET.request(requested)
    case "N-ACTION":
      return N_ACTION.request({ ...requested, actionTypeId: typeId })
    case "N-CREATE":
      return parameters.sopInstanceUid === undefined
        ? N_CREATE.request({ messageId, affectedSopClassUid: sopClassUid })
        : N_CREATE.request(affected)
    case "N-DELETE":
      return N_DELETE.request(requested)
    default:
      return C_ECHO.request({ messageId })
  }
}

const single = Effect.fnUntraced(function* (
  association: Association.Association,
  operation: Operation,
  sopClasses: ReadonlyArray<Uid>,
  parameters: Parameters = {}
): Effect.fn.Return<Completed<unknown, Statuses>, CallError<Statuses>> {
  const context = yield* Effect.fromResult(contextOf(association, sopClasses, parameters.sopClass))
  const dataSet = yield* written(operation, parameters.dataSet, context)
  const answer = yield* association.dimse.invoke(
    context.id,
    (messageId) => request(operation, operation.affects ?? context.abstractSyntax, parameters, messageId),
    dataSet,
    parameters.deadlines
  )
  const done = yield* completed(
    parameters.attributes === undefined ? operation : withoutSchema(operation),
    context,
    Deflated.isDeflated(context) ? yield* inflated(operation, answer) : answer
  )
  // A response need not name the instance that the request has named (PS3.7 section 10.1.5.1.4).
  return operation.service === "N-CREATE" &&
    done.sopInstanceUid === undefined &&
    parameters.sopInstanceUid !== undefined
    ? { ...done, sopInstanceUid: parameters.sopInstanceUid }
    : done
})

/** What answers where some attributes are asked for: the schema is one of all of them. */
const withoutSchema = (operation: Operation): Operation => ({
  ...operation,
  output: { ...operation.output, schema: undefined }
})

/** The same, where the response's data set is taken as it arrives, as long as the scope is open. */
const streamed = Effect.fnUntraced(function* (
  association: Association.Association,
  operation: Operation,
  sopClasses: ReadonlyArray<Uid>,
  parameters: Parameters = {}
): Effect.fn.Return<Completed<unknown, Statuses>, CallError<Statuses>, Scope.Scope> {
  const context = yield* Effect.fromResult(contextOf(association, sopClasses, parameters.sopClass))
  const dataSet = yield* written(operation, parameters.dataSet, context)
  const arriving = yield* Deferred.make<Dimse.Arriving, CallError<Statuses>>()
  yield* association.dimse
    .receive(
      context.id,
      (messageId) => request(operation, operation.affects ?? context.abstractSyntax, parameters, messageId),
      // What is not taken when the scope closes is dropped.
      (response) => Effect.andThen(Deferred.succeed(arriving, response), Effect.never),
      dataSet,
      parameters.deadlines
    )
    .pipe(
      Effect.catchCause((cause) => Deferred.failCause(arriving, cause)),
      Effect.forkScoped({ startImmediately: true })
    )
  const response = yield* Deferred.await(arriving)
  const { command } = response
  const status = ServiceStatus.fromStatus(operation.statuses, command.status)
  if (isCompleted(status) && response.hasDataSet) return ended(command, status, response.dataSet)
  const views = response.hasDataSet ? yield* Effect.orElseSucceed(Dimse.collect(response), () => undefined) : undefined
  return yield* completed(operation, context, { command, dataSet: views })
})

const written = (
  operation: Operation,
  value: unknown,
  context: PresentationContext.Accepted
): Effect.Effect<content.Written | undefined, ServiceError.Unwritable> =>
  Effect.flatMap(
    Effect.fromResult(
      Result.mapError(
        content.write(operation.input, value, context),
        ({ cause, detail }) =>
          new ServiceError.Unwritable({
            of: `${operation.service}-RQ`,
            detail,
            ...(cause === undefined ? {} : { cause })
          })
      )
    ),
    (dataSet): Effect.Effect<content.Written | undefined> =>
      dataSet === undefined || Stream.isStream(dataSet) || !Deflated.isDeflated(context)
        ? Effect.succeed(dataSet)
        : Deflated.deflate(dataSet)
  )

/** A response of a deflated transfer syntax with its data set inflated; one that is taken as bytes stays as it is. */
const inflated = <C extends Dimse.Response>(
  operation: Operation,
  answer: Dimse.Answer<C>
): Effect.Effect<Dimse.Answer<C>, ServiceError.Unreadable> =>
  answer.dataSet === undefined || operation.output.presence === "bytes"
    ? Effect.succeed(answer)
    : Effect.mapBoth(Deflated.inflate(answer.dataSet), {
        onSuccess: (dataSet) => ({ ...answer, dataSet }),
        onFailure: (invalid) => unreadable(operation, invalid)
      })

/** The same of many. */
const allInflated = <C extends Dimse.Response, E>(
  operation: Operation,
  context: PresentationContext.Accepted,
  answers: Stream.Stream<Dimse.Answer<C>, E>
): Stream.Stream<Dimse.Answer<C>, E | ServiceError.Unreadable> =>
  Deflated.isDeflated(context) ? Stream.mapEffect(answers, (answer) => inflated(operation, answer)) : answers

const unreadable = (operation: Operation, { cause, detail }: content.Invalid): ServiceError.Unreadable =>
  new ServiceError.Unreadable({ of: `${operation.service}-RSP`, detail, ...(cause === undefined ? {} : { cause }) })

/** What a final response means. */
const completed = (
  operation: Operation,
  context: PresentationContext.Accepted,
  answer: Dimse.Answer
): Effect.Effect<Completed<unknown, Statuses>, CallError<Statuses>> => {
  const { command } = answer
  const status = ServiceStatus.fromStatus(operation.statuses, command.status)
  if (!isCompleted(status)) return Effect.fail(refused(operation, context, answer, status))
  const dataSet = content.read(operation.output, answer.dataSet, context)
  if (Result.isFailure(dataSet)) return Effect.fail(unreadable(operation, dataSet.failure))
  return Effect.succeed(ended(command, status, dataSet.success))
}

const ended = <T>(command: Command.Response, status: Ended, dataSet: T): Completed<T, Statuses> => ({
  status,
  dataSet,
  details: details(command),
  ...("affectedSopInstanceUid" in command && command.affectedSopInstanceUid !== undefined
    ? { sopInstanceUid: command.affectedSopInstanceUid }
    : {})
})

type Ended = ServiceStatus.OfClass<Statuses, "Success" | "Warning">

const isCompleted = (status: ServiceStatus.Any): status is Ended =>
  status.class === "Success" || status.class === "Warning"

const refused = (
  operation: Operation,
  context: PresentationContext.Accepted,
  answer: Dimse.Answer,
  status: ServiceStatus.Any
): Extract<CallError<Statuses>, { readonly _tag: "Refused" }> =>
  new ServiceError.Refused({
    status,
    meaning: ServiceStatus.meaning(operation.statuses, status),
    details: details(answer.command),
    dataSet:
      answer.dataSet === undefined ? undefined : Result.getOrUndefined(content.readDataSet(answer.dataSet, context))
  })

// -----------------------------------------------------------------------------
// C-STORE
// -----------------------------------------------------------------------------

/** Stores an instance, by the context of its SOP class and transfer syntax. */
export const store = Effect.fnUntraced(function* <E, R>(
  association: Association.Association,
  operation: Operation,
  instance: Instance<E, R>,
  options: StoreOptions = {}
): Effect.fn.Return<Completed<unknown, Statuses>, CallError<Statuses> | E, R> {
  const { context, answer } = yield* storing(association, instance, options)
  return yield* completed(operation, context, answer)
})

/** The context by which this side may store: where it is the acceptor, one for which the requestor is an SCP. */
export const storageContext = (
  association: Association.Association,
  sopClassUid: Uid,
  transferSyntaxUid: Uid
): Result.Result<PresentationContext.Accepted, AssociationError.NoPresentationContext> => {
  for (const context of association.contexts.values()) {
    const { abstractSyntax, requestorRole, transferSyntax } = context
    if (abstractSyntax !== sopClassUid || transferSyntax !== transferSyntaxUid) continue
    if (association.role === "association-requestor" ? requestorRole.scu : requestorRole.scp)
      return Result.succeed(context)
  }
  return Result.fail(
    new AssociationError.NoPresentationContext({ abstractSyntax: sopClassUid, transferSyntax: transferSyntaxUid })
  )
}

/** The exchange of a C-STORE. */
export const storing = <E, R>(
  association: Association.Association,
  instance: Instance<E, R>,
  options: StoreOptions
): Effect.Effect<
  { readonly context: PresentationContext.Accepted; readonly answer: Dimse.Answer<C_STORE.RSP> },
  AssociationError.NoPresentationContext | Dimse.OperationError | E,
  R
> => {
  const { dataSet, sopClassUid, sopInstanceUid, transferSyntaxUid } = instance
  const request = (messageId: number): C_STORE.RQ =>
    C_STORE.request({
      messageId,
      affectedSopClassUid: sopClassUid,
      affectedSopInstanceUid: sopInstanceUid,
      ...(options.priority === undefined ? {} : { priority: options.priority }),
      ...(options.moveOriginator === undefined
        ? {}
        : {
            moveOriginatorAETitle: options.moveOriginator.aeTitle,
            moveOriginatorMessageId: options.moveOriginator.messageId
          })
    })
  const whole = TransferSyntax.fromUid(transferSyntaxUid).deflated ? even(dataSet) : dataSet
  return Effect.flatMap(
    Effect.suspend(() => Effect.fromResult(storageContext(association, sopClassUid, transferSyntaxUid))),
    (context) =>
      Effect.map(association.dimse.invoke(context.id, request, whole, options.deadlines), (answer) => ({
        context,
        answer
      }))
  )
}

// -----------------------------------------------------------------------------
// C-FIND
// -----------------------------------------------------------------------------

const find = (
  association: Association.Association,
  operation: Operation,
  sopClasses: ReadonlyArray<Uid>,
  identifier: unknown,
  options: FindOptions<Statuses> = {}
): Stream.Stream<Match<unknown, Statuses>, CallError<Statuses>> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const context = yield* Effect.fromResult(contextOf(association, sopClasses, options.sopClass))
      const dataSet = yield* written(operation, identifier, context)
      const answers = association.dimse.responses(
        context.id,
        (messageId) =>
          C_FIND.request({
            messageId,
            affectedSopClassUid: operation.affects ?? context.abstractSyntax,
            ...(options.priority === undefined ? {} : { priority: options.priority })
          }),
        dataSet,
        options.deadlines
      )
      return Stream.flatMap(Stream.chunks(allInflated(operation, context, answers)), (batch) =>
        matches(operation, context, batch, options)
      )
    })
  )

/** The matches of a batch of responses, and what they end with where the last one is among them. */
const matches = (
  operation: Operation,
  context: PresentationContext.Accepted,
  batch: ReadonlyArray<Dimse.Answer<C_FIND.RSP>>,
  options: FindOptions<Statuses>
): Stream.Stream<Match<unknown, Statuses>, CallError<Statuses>> => {
  const found: Array<Match<unknown, Statuses>> = []
  const then = (end: Stream.Stream<never, CallError<Statuses>>) =>
    found.length === 0 ? end : Stream.concat(Stream.fromArray(found), end)
  for (const answer of batch) {
    const status = ServiceStatus.fromStatus(operation.statuses, answer.command.status)
    if (isPending(status)) {
      const identifier = content.read(operation.output, answer.dataSet, context)
      if (Result.isFailure(identifier)) return then(Stream.fail(unreadable(operation, identifier.failure)))
      found.push({ identifier: identifier.success, status })
    } else if (isCompleted(status)) {
      const final = { status, dataSet: undefined, details: details(answer.command) }
      return then(options.onFinal === undefined ? Stream.empty : Stream.fromEffectDrain(options.onFinal(final)))
    } else return then(Stream.fail(refused(operation, context, answer, status)))
  }
  return Stream.fromArray(found)
}

const isPending = (status: ServiceStatus.Any): status is ServiceStatus.OfClass<Statuses, "Pending"> =>
  status.class === "Pending"

// -----------------------------------------------------------------------------
// C-GET and C-MOVE
// -----------------------------------------------------------------------------

const retrieve = <R>(
  association: Association.Association,
  operation: Operation,
  sopClasses: ReadonlyArray<Uid>,
  identifier: unknown,
  options: GetOptions<R> & Partial<MoveOptions> = {}
): Stream.Stream<Retrieved<Statuses>, CallError<Statuses>, R> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const context = yield* Effect.fromResult(contextOf(association, sopClasses, options.sopClass))
      const dataSet = yield* written(operation, identifier, context)
      const { destination, priority = "MEDIUM", storage } = options
      if (storage !== undefined) {
        // Ends by itself with the association, and the operation too, which says why.
        yield* Effect.forkScoped(Effect.ignore(serve(association, storage)), { startImmediately: true })
      }
      const request = (messageId: number): C_GET.RQ | C_MOVE.RQ => {
        const common = { messageId, priority, affectedSopClassUid: operation.affects ?? context.abstractSyntax }
        return destination === undefined
          ? C_GET.request(common)
          : C_MOVE.request({ ...common, moveDestination: destination })
      }
      const answers = association.dimse.responses(context.id, request, dataSet, options.deadlines)
      return Stream.mapEffect(
        allInflated(operation, context, answers),
        (answer): Effect.Effect<Retrieved<Statuses>, CallError<Statuses>> => {
          const status = ServiceStatus.fromStatus(operation.statuses, answer.command.status)
          if (!isPending(status) && !isCompleted(status)) {
            return Effect.fail(refused(operation, context, answer, status))
          }
          const { subOperations } = details(answer.command)
          const list = answer.dataSet === undefined ? undefined : content.readDataSet(answer.dataSet, context)
          return list !== undefined && Result.isFailure(list)
            ? Effect.fail(unreadable(operation, list.failure))
            : Effect.succeed({
                status,
                ...(subOperations === undefined ? {} : { subOperations }),
                failed: list === undefined ? [] : failedInstances(list.success)
              })
        }
      )
    })
  )
