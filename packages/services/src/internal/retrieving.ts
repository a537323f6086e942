/**
 * How a provider performs a C-GET or C-MOVE: the instances of the handler are stored one after the other, on the same
 * association or on one with the move destination, and each sub-operation is counted and reported.
 */
import { Association } from "@effect-dicom/association"
import type { AssociationError, Dimse } from "@effect-dicom/association"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import type * as Command from "@effect-dicom/protocol/Command"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Status from "@effect-dicom/protocol/Status"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Move, Refusal } from "../OperationHandler.ts"
import type { SubOperations } from "../ServiceError.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import type { Instance, StoreOptions } from "../Storage.ts"
import { readDataSet } from "./content.ts"
import { storageContext, storing } from "./invoking.ts"
import type { Handled } from "./performing.ts"
import { isBroken, refusing, response } from "./refusing.ts"

type Failing = Refusal<ServiceStatus> | AssociationError.Broken

/** The count of an operation's sub-operations, and the responses that tell it. */
export interface Report {
  readonly begin: (total: number) => void
  readonly ended: (sopInstanceUid: Uid, status: Status.Status | undefined) => void
  readonly pending: () => Dimse.Reply
  readonly final: (context: PresentationContext.Accepted) => Dimse.Reply
  readonly cancelled: (context: PresentationContext.Accepted) => Dimse.Reply
  readonly refused: (context: PresentationContext.Accepted, refusal: Refusal<ServiceStatus>) => Dimse.Reply
}

export const report = (command: Command.Request): Report => {
  let remaining = 0
  let completed = 0
  let warning = 0
  const failed: Array<Uid> = []
  const counts = (): SubOperations => ({ completed, failed: failed.length, warning })
  const withFailed = (answer: Command.Response, context: PresentationContext.Accepted): Dimse.Reply => {
    if (failed.length === 0) return answer
    const list = DataSet.with(
      DataSet.empty(TransferSyntax.fromUid(context.transferSyntax)),
      Attribute.FailedSOPInstanceUIDList,
      failed
    )
    return Result.isSuccess(list) ? { command: answer, dataSet: DataSet.write(list.success) } : answer
  }
  return {
    begin: (total) => {
      remaining = total
    },
    ended: (sopInstanceUid, status) => {
      remaining--
      if (status?._tag === "Success") completed++
      else if (status?._tag === "Warning") warning++
      else failed.push(sopInstanceUid)
    },
    pending: () => response(command, Status.pending, { subOperations: { remaining, ...counts() } }),
    final: (context) => {
      const allFailed = failed.length > 0 && completed === 0 && warning === 0
      const status = allFailed ? 0xa702 : failed.length > 0 || warning > 0 ? 0xb000 : 0x0000
      return withFailed(response(command, Status.fromCode(status), { subOperations: counts() }), context)
    },
    cancelled: (context) =>
      withFailed(response(command, Status.cancel, { subOperations: { remaining, ...counts() } }), context),
    refused: (context, refusal) => withFailed(refusing(command, refusal, { subOperations: counts() }), context)
  }
}

/** The responses to a C-GET or C-MOVE. */
export const perform = <R>(
  { handler, operation }: Handled<R>,
  incoming: Dimse.Incoming,
  association: Association.Association,
  request: object,
  report: Report
): Stream.Stream<Dimse.Reply, AssociationError.Broken, R> => {
  const { command, context } = incoming
  const stored =
    operation.service === "C-GET"
      ? get(
          // the cast: the handler is of this operation
          (handler as (request: object) => Stream.Stream<Instance<unknown>, Failing, R>)(request),
          incoming,
          association,
          report
        )
      : Stream.unwrap(
          Effect.map(
            // the cast: the handler is of this operation
            (handler as (request: object) => Effect.Effect<Move<Failing>, Failing, R>)({
              ...request,
              ...(command._tag === "C-MOVE-RQ" ? { destination: command.moveDestination } : {})
            }),
            (asked) => move(asked, command, association, report)
          )
        )
  return stored.pipe(
    Stream.concat(Stream.suspend(() => Stream.succeed(report.final(context)))),
    Stream.catch((error) => (isBroken(error) ? Stream.fail(error) : Stream.succeed(report.refused(context, error))))
  )
}

/** Stores an instance, counts that, and gives the pending response that follows. */
const storeOne = (
  association: Association.Association,
  instance: Instance<unknown>,
  report: Report,
  options: StoreOptions
): Effect.Effect<Dimse.Reply> =>
  Effect.map(
    // The association with the user may be at its end too: what is sent next finds that out.
    Effect.catch(
      Effect.map(
        Effect.flatMap(inAcceptedSyntax(association, instance), (one) => storing(association, one, options)),
        ({ answer }) => answer.command.status
      ),
      (cause) => Effect.as(Effect.logInfo("A sub-operation failed", cause), undefined)
    ),
    (status) => {
      report.ended(instance.sopInstanceUid, status)
      return report.pending()
    }
  )

/**
 * On the association with the user a sub-operation that is under way is carried through when the user cancels: an
 * instance of which a part was sent could be broken off only with the association.
 */
const carriedThrough = (
  store: Effect.Effect<Dimse.Reply>,
  incoming: Dimse.Incoming,
  association: Association.Association
): Effect.Effect<Dimse.Reply> =>
  Effect.flatMap(Effect.forkChild(store, { startImmediately: true }), (fiber) => {
    const cancelled = Effect.raceFirst(Effect.as(incoming.cancelled, true), Effect.succeed(false))
    const over = Effect.raceFirst(Effect.asVoid(Fiber.await(fiber)), Effect.asVoid(association.ended))
    const through = Effect.flatMap(cancelled, (is) => (is ? over : Effect.void))
    return Effect.onInterrupt(Fiber.join(fiber), () =>
      // In a fiber of its own, since nothing can be raced in a finalizer.
      Effect.flatMap(Effect.forkDetach(through, { startImmediately: true }), Fiber.join).pipe(
        Effect.andThen(Fiber.interrupt(fiber))
      )
    )
  })

const isPlain = (syntax: TransferSyntax.TransferSyntax): boolean => !syntax.encapsulated && !syntax.deflated

/**
 * The instance in a transfer syntax that was accepted for it: its own, or where both are uncompressed another, for which
 * its data set is held whole.
 */
const inAcceptedSyntax = (
  association: Association.Association,
  instance: Instance<unknown>
): Effect.Effect<Instance<unknown>, unknown> => {
  const { sopClassUid, transferSyntaxUid } = instance
  const from = TransferSyntax.fromUid(transferSyntaxUid)
  if (!isPlain(from) || Result.isSuccess(storageContext(association, sopClassUid, transferSyntaxUid))) {
    return Effect.succeed(instance)
  }
  for (const { abstractSyntax, transferSyntax } of association.contexts.values()) {
    const to = TransferSyntax.fromUid(transferSyntax)
    if (abstractSyntax !== sopClassUid || !isPlain(to)) continue
    if (Result.isFailure(storageContext(association, sopClassUid, transferSyntax))) continue
    const views: Effect.Effect<ReadonlyArray<Uint8Array>, unknown> = Stream.isStream(instance.dataSet)
      ? Stream.runCollect(Stream.map(instance.dataSet, (view) => view.slice()))
      : Effect.succeed(instance.dataSet)
    return Effect.flatMap(views, (views) =>
      Effect.fromResult(
        Result.flatMap(readDataSet(views, { transferSyntax: transferSyntaxUid }), (dataSet) =>
          Result.map(DataSet.transcode(dataSet, to), (transcoded) => ({
            ...instance,
            transferSyntaxUid: transferSyntax,
            dataSet: DataSet.write(transcoded)
          }))
        )
      )
    )
  }
  return Effect.succeed(instance)
}

const get = <E, R>(
  instances: Stream.Stream<Instance<unknown>, E, R>,
  incoming: Dimse.Incoming,
  association: Association.Association,
  report: Report
): Stream.Stream<Dimse.Reply, E, R> =>
  Stream.unwrap(
    Effect.map(Stream.runCollect(instances), (all) => {
      report.begin(all.length)
      return Stream.mapEffect(Stream.fromIterable(all), (instance) =>
        carriedThrough(storeOne(association, instance, report, {}), incoming, association)
      )
    })
  )

/** How many presentation contexts an association can have. */
const maximumContexts = 128

const move = <E>(
  { instances, options, transport }: Move<E>,
  command: Command.Request,
  association: Association.Association,
  report: Report
): Stream.Stream<Dimse.Reply, E> =>
  Stream.unwrap(
    Effect.map(Stream.runCollect(instances), (all) => {
      report.begin(all.length)
      // The cast: this side has checked the title when it read the request.
      const aeTitle = association.callingAETitle as NonNullable<StoreOptions["moveOriginator"]>["aeTitle"]
      const moveOriginator = { aeTitle, messageId: command.messageId }
      return Stream.flatMap(Stream.fromIterable(groups(all)), ({ contexts, instances }) =>
        Stream.unwrap(
          Effect.map(
            Effect.gen(function* () {
              const services = yield* Layer.build(transport)
              return yield* Effect.provideContext(
                Association.request({
                  callingAETitle: association.calledAETitle,
                  ...options,
                  calledAETitle: command._tag === "C-MOVE-RQ" ? command.moveDestination : "",
                  presentationContexts: contexts
                }),
                services
              )
            }).pipe(Effect.result),
            (opened): Stream.Stream<Dimse.Reply> => {
              if (Result.isSuccess(opened)) {
                return Stream.mapEffect(Stream.fromIterable(instances), (instance) =>
                  storeOne(opened.success, instance, report, { moveOriginator })
                )
              }
              for (const { sopInstanceUid } of instances) report.ended(sopInstanceUid, undefined)
              return Stream.fromEffect(
                Effect.as(Effect.logInfo("No association with the move destination", opened.failure), report.pending())
              )
            }
          )
        )
      )
    })
  )

/** What any application entity takes that takes uncompressed data sets (PS3.5 section 10.1). */
const littleEndian: ReadonlyArray<Uid> = [
  TransferSyntax.ExplicitVRLittleEndian.uid,
  TransferSyntax.ImplicitVRLittleEndian.uid
]

interface Group {
  readonly contexts: Array<{ readonly abstractSyntax: Uid; readonly transferSyntaxes: ReadonlyArray<Uid> }>
  readonly instances: Array<Instance<unknown>>
}

/** Instances in their order, parted where one association would have too many presentation contexts. */
const groups = (instances: ReadonlyArray<Instance<unknown>>): ReadonlyArray<Group> => {
  const all: Array<Group> = []
  let known = new Set<string>()
  let group: Group | undefined
  for (const instance of instances) {
    const { sopClassUid, transferSyntaxUid } = instance
    const key = `${sopClassUid} ${transferSyntaxUid}`
    if (group === undefined || (group.contexts.length > maximumContexts - 2 && !known.has(key))) {
      group = { contexts: [], instances: [] }
      known = new Set()
      all.push(group)
    }
    if (!known.has(key)) {
      known.add(key)
      group.contexts.push({ abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntaxUid] })
      // A context of its own, so that the instance's own transfer syntax is used where it is accepted.
      const others = littleEndian.filter((uid) => uid !== transferSyntaxUid)
      if (isPlain(TransferSyntax.fromUid(transferSyntaxUid))) {
        group.contexts.push({ abstractSyntax: sopClassUid, transferSyntaxes: others })
      }
    }
    group.instances.push(instance)
  }
  return all
}
