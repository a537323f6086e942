/**
 * The Storage service class (PS3.4 Annex B), as user and as provider. Instances are streams of bytes in the transfer
 * syntax that was agreed; what is in them is the business of whoever sends or takes them.
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import type { AssociationError, Dimse } from "@effect-dicom/association"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Status from "@effect-dicom/protocol/Status"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ServiceClassProvider } from "./ServiceClassProvider.ts"

/**
 * A SOP instance to be stored: which it is, and its data set in a transfer syntax.
 *
 * @category models
 * @since 0.1.0
 */
export interface Instance<E = never, R = never> {
  readonly sopClassUid: Uid
  readonly sopInstanceUid: Uid
  readonly transferSyntaxUid: Uid
  /** The data set's bytes: views, or a stream of them. */
  readonly dataSet: Dimse.DataSet<E, R>
}

/**
 * @category options
 * @since 0.1.0
 */
export interface StoreOptions {
  /** Default: "MEDIUM". */
  readonly priority?: C_STORE.RQ["priority"]
  /** On whose C-MOVE this is a sub-operation (PS3.7 section 9.1.1.1). */
  readonly moveOriginator?: {
    readonly aeTitle: NonNullable<C_STORE.RQ["moveOriginatorAETitle"]>
    readonly messageId: number
  }
}

/**
 * Stores an instance with the peer (C-STORE), and gives its status. The presentation context is the one of the instance's
 * SOP class and transfer syntax. A deflated data set of odd length gets the null byte that PS3.5 section A.5 asks for.
 *
 * @category operations
 * @since 0.1.0
 */
export const store = Effect.fn("Storage.store")(function* <E = never, R = never>(
  association: Association.Association,
  instance: Instance<E, R>,
  options: StoreOptions = {}
): Effect.fn.Return<Status.Status, AssociationError.NoPresentationContext | Dimse.OperationError | E, R> {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid } = instance
  const context = yield* Effect.fromResult(Association.context(association, sopClassUid, transferSyntaxUid))
  const { command } = yield* association.dimse.invoke(
    context.id,
    (messageId) =>
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
      }),
    TransferSyntax.fromUid(transferSyntaxUid).deflated ? even(instance.dataSet) : instance.dataSet
  )
  return command.status
})

/** A deflated data set of an odd length, as files hold them, with the null byte that makes it even (PS3.5 section A.5). */
const even = <E, R>(dataSet: Dimse.DataSet<E, R>): Dimse.DataSet<E, R> => {
  if (!Stream.isStream(dataSet)) {
    return dataSet.reduce((length, view) => length + view.length, 0) % 2 === 0 ? dataSet : [...dataSet, nullByte]
  }
  return Stream.suspend(() => {
    let length = 0
    const counted = Stream.map(dataSet, (view) => {
      length += view.length
      return view
    })
    return Stream.concat(
      counted,
      Stream.suspend(() => (length % 2 === 0 ? Stream.empty : Stream.make(nullByte)))
    )
  })
}

const nullByte = new Uint8Array(1)

// -----------------------------------------------------------------------------
// proposals
// -----------------------------------------------------------------------------

/**
 * The presentation contexts that storing these instances needs: one for each SOP class and transfer syntax that occur,
 * in lists of at most 128, each for an association of its own.
 *
 * **Details**
 *
 * A context proposes one transfer syntax, so that the answer says of each whether it is accepted (PS3.8 section 7.1.1.13).
 *
 * @category contexts
 * @since 0.1.0
 */
export const presentationContexts = (
  instances: Iterable<Pick<Instance, "sopClassUid" | "transferSyntaxUid">>
): ReadonlyArray<ReadonlyArray<{ readonly abstractSyntax: Uid; readonly transferSyntaxes: ReadonlyArray<Uid> }>> => {
  const contexts = new Map<string, { readonly abstractSyntax: Uid; readonly transferSyntaxes: ReadonlyArray<Uid> }>()
  for (const { sopClassUid, transferSyntaxUid } of instances) {
    const key = `${sopClassUid} ${transferSyntaxUid}`
    if (!contexts.has(key)) contexts.set(key, { abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntaxUid] })
  }
  const all = [...contexts.values()]
  const lists: Array<typeof all> = []
  for (let i = 0; i < all.length; i += 128) lists.push(all.slice(i, i + 128))
  return lists
}

// -----------------------------------------------------------------------------
// the provider
// -----------------------------------------------------------------------------

/**
 * An instance that the peer stores.
 *
 * @category models
 * @since 0.1.0
 */
export interface Received {
  readonly sopClassUid: Uid
  readonly sopInstanceUid: Uid
  readonly transferSyntaxUid: Uid
  readonly association: Association.Association
  /** The data set's bytes as they arrive. */
  readonly dataSet: Stream.Stream<Uint8Array, AssociationError.Broken>
  /** The same, a batch at a time: all views that have arrived, one or more. Ends with `Cause.Done`. */
  readonly pull: Effect.Effect<readonly [Uint8Array, ...Array<Uint8Array>], AssociationError.Broken | Cause.Done>
}

/**
 * @category options
 * @since 0.1.0
 */
export interface ProviderOptions {
  /** The SOP classes that are taken. Default: every storage SOP class of PS3.6 Annex A, in force or retired. */
  readonly sopClasses?: Iterable<Uid>
  /** The transfer syntaxes that are taken, the preferred ones first. Default: all of PS3.6 Annex A. */
  readonly transferSyntaxes?: ReadonlyArray<Uid>
}

/**
 * Takes instances. The handler reads an instance's bytes and gives the status; what it has not read is dropped.
 *
 * @category providers
 * @since 0.1.0
 */
export const provider = <R>(
  handler: (received: Received) => Effect.Effect<Status.Status, AssociationError.Broken, R>,
  options: ProviderOptions = {}
): ServiceClassProvider<R> => {
  const transferSyntaxes = options.transferSyntaxes ?? TransferSyntax.all.map((syntax) => syntax.uid)
  const sopClasses = options.sopClasses ?? [...SopClass.storageInForce, ...SopClass.storageRetired]
  return {
    supported: Array.from(sopClasses, (abstractSyntax) => ({ abstractSyntax, transferSyntaxes })),
    perform: (incoming, association) => {
      const { command, context } = incoming
      if (command._tag !== "C-STORE-RQ") {
        return Effect.succeed(Association.answer(command, Status.failures.unrecognizedOperation))
      }
      if (command.affectedSopClassUid !== context.abstractSyntax) {
        return Effect.succeed(C_STORE.response(command, C_STORE.failures.dataSetDoesNotMatchSopClass))
      }
      return Effect.map(
        handler({
          sopClassUid: command.affectedSopClassUid,
          sopInstanceUid: command.affectedSopInstanceUid,
          transferSyntaxUid: context.transferSyntax,
          association,
          dataSet: incoming.dataSet,
          pull: incoming.pull
        }),
        (status) => C_STORE.response(command, status)
      )
    }
  }
}

/**
 * Receives instances and keeps nothing of them: for measurements and rehearsals.
 *
 * @category providers
 * @since 0.1.0
 */
export const ignoring: ServiceClassProvider = provider(() => Effect.succeed(Status.success))
