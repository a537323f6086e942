/**
 * The handlers of a provider: what the request of an operation is to them, what they give, and what they may fail with.
 *
 * @since 0.1.0
 */
import type { Association, AssociationError, Dimse, UpperLayer } from "@effect-dicom/association"
import type { Tag } from "@effect-dicom/data/Tag"
import type { Uid } from "@effect-dicom/data/Uid"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import type { AETitle } from "@effect-dicom/protocol/AETitle"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import type { Operation, Sent, Service } from "./Operation.ts"
import type * as ServiceError from "./ServiceError.ts"
import type * as ServiceStatus from "./ServiceStatus.ts"
import type { Instance, Received } from "./Storage.ts"

/**
 * A request as a handler gets it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Incoming<K extends Service, out X> {
  readonly command: Extract<Dimse.Request, { readonly _tag: `${K}-RQ` }>
  readonly context: PresentationContext.Accepted
  readonly association: Association.Association
  /** The SOP class that the command names. */
  readonly sopClassUid: Uid
  /** What was agreed on for the SOP class in extended negotiation; nothing where the peer proposed nothing. */
  readonly extendedNegotiation: X | undefined
}

/**
 * A request about a SOP instance.
 *
 * @category models
 * @since 0.1.0
 */
export interface InstanceRequest<K extends Service, out In, out X> extends Incoming<K, X> {
  /** Of an N-CREATE that leaves the choice to the provider nothing. */
  readonly sopInstanceUid: K extends "N-CREATE" ? Uid | undefined : Uid
  readonly dataSet: In
}

/**
 * A request with an identifier.
 *
 * @category models
 * @since 0.1.0
 */
export interface IdentifierRequest<K extends Service, out In, out X> extends Incoming<K, X> {
  readonly identifier: In
}

/**
 * What a handler may fail with, which becomes the final response: a status of its class, bare or with details.
 *
 * @category errors
 * @since 0.1.0
 */
export type Refusal<S extends ServiceStatus.ServiceStatus> =
  | ServiceStatus.OfClass<S, "Failure" | "Cancel" | "Warning">
  | ServiceError.Refused<ServiceStatus.OfClass<S, "Failure" | "Cancel" | "Warning">>

/** What a response says beside its data set. */
interface Reply<S extends ServiceStatus.ServiceStatus> {
  /** Default: success. */
  readonly status?: ServiceStatus.OfClass<S, "Success" | "Warning">
  /** Of an N-CREATE the instance that was made: to be given where the request left the choice, which a user relies on. */
  readonly sopInstanceUid?: Uid
  readonly details?: ServiceError.Details
}

/**
 * What a handler gives for an operation that was carried out: nothing, where no data set need be in the response.
 *
 * @category models
 * @since 0.1.0
 */
export type Replied<Out, S extends ServiceStatus.ServiceStatus> = undefined extends Out
  ? void | (Reply<S> & { readonly dataSet?: Sent<Out> })
  : Reply<S> & { readonly dataSet: Sent<Out> }

type Handling<Request, Out, S extends ServiceStatus.ServiceStatus, R> = (
  request: Request
) => Effect.Effect<Replied<Out, S>, Refusal<S> | AssociationError.Broken, R>

/**
 * What a C-GET or C-MOVE is to retrieve.
 *
 * @category models
 * @since 0.1.0
 */
export interface Retrieval<out E> {
  /**
   * How many instances there are, which pending responses tell (PS3.4 sections C.4.2.1.6 and C.4.3.1.5). With a count the
   * instances are stored as they come; without one all of them are collected before the first is stored, and counted.
   *
   * What remains is told by it until more come than it says, and then by what has come; where fewer come it is set right
   * at the end, and nothing has failed. A stream that fails after some were stored ends the operation with its status and
   * the counts of those.
   */
  readonly count?: number
  /**
   * The instances. Their data sets are best given as streams, of which each is begun when the bytes of the one before it
   * have been taken, and so read while that is on its way. With a count the next instance is asked for no sooner, and no
   * more are held than a chunk of the stream has. An association with a move destination is requested for what is at hand:
   * where something of another SOP class or transfer syntax comes later, or so late that it has ended, another takes its
   * place.
   */
  readonly instances: Stream.Stream<Instance<unknown>, E>
}

/**
 * What a C-MOVE is to do.
 *
 * @category models
 * @since 0.1.0
 */
export interface Move<out E> extends Retrieval<E> {
  /** The transport to the move destination. */
  readonly transport: Layer.Layer<UpperLayer.Transport, unknown>
  /** How the association with the destination is requested. Default: as the AE title that the peer called. */
  readonly options?: Partial<Omit<Association.RequestOptions, "presentationContexts" | "calledAETitle">>
}

/**
 * The handlers of a provider, by DIMSE service.
 *
 * @category models
 * @since 0.1.0
 */
export interface Handlings<In, Out, S extends ServiceStatus.ServiceStatus, X, R> {
  readonly "C-ECHO": Handling<Incoming<"C-ECHO", X>, Out, S, R>
  readonly "C-STORE": (
    received: Received & Incoming<"C-STORE", X>
  ) => Effect.Effect<Replied<Out, S>, Refusal<S> | AssociationError.Broken, R>
  /** The matches; they end with success unless the stream fails. A match's status is the first pending one by default. */
  readonly "C-FIND": (
    request: IdentifierRequest<"C-FIND", In, X>
  ) => Stream.Stream<
    { readonly identifier: Sent<Out>; readonly status?: ServiceStatus.OfClass<S, "Pending"> },
    Refusal<S>,
    R
  >
  /**
   * The instances that are to be stored with the user, with their count or without: a stream alone has none. See
   * `SubOperations`.
   */
  readonly "C-GET": (
    request: IdentifierRequest<"C-GET", In, X>
  ) => Stream.Stream<Instance<unknown>, Refusal<S>, R> | Effect.Effect<Retrieval<Refusal<S>>, Refusal<S>, R>
  /** The instances, and a transport to the move destination; see `SubOperations`. */
  readonly "C-MOVE": (
    request: IdentifierRequest<"C-MOVE", In, X> & { readonly destination: AETitle }
  ) => Effect.Effect<Move<Refusal<S>>, Refusal<S>, R>
  readonly "N-EVENT-REPORT": Handling<InstanceRequest<"N-EVENT-REPORT", In, X>, Out, S, R>
  readonly "N-GET": Handling<
    InstanceRequest<"N-GET", In, X> & {
      /**
       * The attributes that are asked for; absent for all. What a handler gives beyond them, but for the character set, is
       * left out of the response, unless it gives bytes.
       */
      readonly attributes: ReadonlyArray<Tag> | undefined
    },
    Out,
    S,
    R
  >
  readonly "N-SET": Handling<InstanceRequest<"N-SET", In, X>, Out, S, R>
  readonly "N-ACTION": Handling<InstanceRequest<"N-ACTION", In, X>, Out, S, R>
  readonly "N-CREATE": Handling<InstanceRequest<"N-CREATE", In, X>, Out, S, R>
  readonly "N-DELETE": Handling<InstanceRequest<"N-DELETE", In, X>, Out, S, R>
}

/**
 * The handler of an operation, with what it requires of the environment.
 *
 * @category models
 * @since 0.1.0
 */
export type Handler<O extends Operation, R = unknown> =
  O extends Operation<infer K, infer In, infer Out, infer S, infer _U, infer _By, infer X>
    ? Handlings<In, Out, S, X, R>[K]
    : never
