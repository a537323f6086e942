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
import type * as Stream from "effect/Stream"
import { details } from "./internal/details.ts"
import { storing } from "./internal/invoking.ts"
import { traced } from "./internal/traced.ts"
import { make as makeApplicationInformation } from "./ApplicationInformation.ts"
import * as GeneralStatus from "./GeneralStatus.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import type { ServiceClassProvider } from "./ServiceClassProvider.ts"
import type { Answer } from "./ServiceError.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

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
 * How an instance is stored at a peer.
 *
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
  /** How long it may take: `total` bounds the reading of the data set too. */
  readonly deadlines?: Dimse.Deadlines
}

/**
 * Stores an instance with the peer (C-STORE), and gives its status. The presentation context is the one of the instance's
 * SOP class and transfer syntax. A deflated data set of odd length gets the null byte that PS3.5 section A.5 asks for.
 *
 * @category operations
 * @since 0.1.0
 */
export const store = <E = never, R = never>(
  association: Association.Association,
  instance: Instance<E, R>,
  options: StoreOptions = {}
): Effect.Effect<Status.Status, AssociationError.NoPresentationContext | Dimse.OperationError | E, R> =>
  traced(
    "Storage.store",
    Effect.map(storing(association, instance, options), ({ answer }) => answer.command.status)
  )

/**
 * The same, with what the peer says of the status: an Error Comment, the elements in which it found an error, an Error ID
 * (PS3.7 section 9.3.1.2, Annex C).
 *
 * **Example** (Store, and tell why not)
 *
 * ```ts
 * import type { Association } from "@effect-dicom/association"
 * import * as Status from "@effect-dicom/protocol/Status"
 * import { Storage } from "@effect-dicom/services"
 * import { Console, Effect } from "effect"
 *
 * const program = (association: Association.Association, instance: Storage.Instance) =>
 *   Effect.gen(function*() {
 *     const { details, status } = yield* Storage.storeWithDetails(association, instance)
 *     if (!Status.isCompleted(status)) yield* Console.error(Status.format(status), details.errorComment ?? "")
 *   })
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const storeWithDetails = <E = never, R = never>(
  association: Association.Association,
  instance: Instance<E, R>,
  options: StoreOptions = {}
): Effect.Effect<Answer, AssociationError.NoPresentationContext | Dimse.OperationError | E, R> =>
  traced(
    "Storage.storeWithDetails",
    Effect.map(storing(association, instance, options), ({ answer: { command } }) => ({
      status: command.status,
      details: details(command)
    }))
  )

// -----------------------------------------------------------------------------
// the service class
// -----------------------------------------------------------------------------

/**
 * The statuses of C-STORE in this service class (PS3.4 Table B.2-1, with those of PS3.7 section 9.1.1.1.9).
 *
 * @category statuses
 * @since 0.1.0
 */
export const StorageStatus = ServiceStatus.make({
  ...GeneralStatus.store,
  OutOfResources: ServiceStatus.failure([0xa700, 0xa7ff], "Refused: Out of resources"),
  DataSetDoesNotMatchSopClass: ServiceStatus.failure([0xa900, 0xa9ff], "Error: Data Set does not match SOP Class"),
  CannotUnderstand: ServiceStatus.failure([0xc000, 0xcfff], "Error: Cannot understand"),
  CoercionOfDataElements: ServiceStatus.warning(0xb000, "Coercion of Data Elements"),
  ElementsDiscarded: ServiceStatus.warning(0xb006, "Elements Discarded"),
  DataSetDoesNotMatchSopClassWarning: ServiceStatus.warning(0xb007, "Data Set does not match SOP Class")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type StorageStatus = ServiceStatus.Type<typeof StorageStatus>

/**
 * The Service-class-application-information of storage SOP classes (PS3.4 Table B.3-1): what is absent is level 0.
 *
 * @category extended negotiation
 * @since 0.1.0
 */
export const ApplicationInformation = makeApplicationInformation(
  {
    /** 0, 1 or 2; 3 is not significant, the requestor being an SCU only. */
    levelOfSupport: { levels: [0, 1, 2, 3] },
    reserved2: { reserved: 0 },
    /** Of digital signatures: 1 to 3, 0 is unspecified. */
    levelOfDigitalSignatureSupport: { levels: [0, 1, 2, 3] },
    reserved4: { reserved: 0 },
    /** 0: not coerced, 1: may be coerced, 2: not significant. */
    elementCoercion: { levels: [0, 1, 2] },
    reserved6: { reserved: 0 }
  },
  6
)

/**
 * The service class as a value: every storage SOP class of PS3.6 Annex A in every transfer syntax. An association's 128
 * contexts do not hold all of them: see {@link presentationContexts}.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass = ServiceClass.make("Storage", {
  sopClasses: [...SopClass.storageInForce, ...SopClass.storageRetired],
  transferSyntaxes: TransferSyntax.all.map((syntax) => syntax.uid),
  operations: { store: Operation.store({ statuses: StorageStatus, extendedNegotiation: ApplicationInformation }) }
})

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
  /**
   * The same, a batch at a time: all that has arrived. Its views are lent, and good until the next pull: what is to stay is
   * copied. Ends with `Cause.Done`.
   */
  readonly pull: Effect.Effect<readonly [Uint8Array, ...Array<Uint8Array>], AssociationError.Broken | Cause.Done>
}

/**
 * What a provider of Storage takes.
 *
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
