/**
 * The calls of a client: what an operation takes, what it gives, and what it fails with.
 *
 * @since 0.1.0
 */
import type { AssociationError, Dimse } from "@effect-dicom/association"
import type { DataSet } from "@effect-dicom/data/DataSet"
import type { Tag } from "@effect-dicom/data/Tag"
import type { Uid } from "@effect-dicom/data/Uid"
import type { AETitle } from "@effect-dicom/protocol/AETitle"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Bytes, Operation, Sent } from "./Operation.ts"
import type { ServiceClassProvider } from "./ServiceClassProvider.ts"
import type * as ServiceError from "./ServiceError.ts"
import type * as ServiceStatus from "./ServiceStatus.ts"
import type { Instance, StoreOptions } from "./Storage.ts"

/**
 * What any call may say.
 *
 * @category options
 * @since 0.1.0
 */
export interface CallOptions {
  /** The SOP class whose presentation context is used. Default: the first of the operation's that was accepted. */
  readonly sopClass?: Uid
  readonly deadlines?: Dimse.Deadlines
}

/**
 * What a call with many responses may say.
 *
 * @category options
 * @since 0.1.0
 */
export interface CancellableOptions extends CallOptions {
  /** Also how long the last response may take once the stream was left, whatever the instances of a C-GET are at. */
  readonly deadlines?: Dimse.ResponsesOptions
}

/**
 * How a C-FIND is asked.
 *
 * @category options
 * @since 0.1.0
 */
export interface FindOptions<S extends ServiceStatus.ServiceStatus> extends CancellableOptions {
  /** Default: "MEDIUM". */
  readonly priority?: "LOW" | "MEDIUM" | "HIGH"
  /** Is told the status that the matches end with, which is success or a warning. */
  readonly onFinal?: (final: Completed<undefined, S>) => Effect.Effect<void>
}

/**
 * An operation that was carried out, with or without a warning.
 *
 * @category models
 * @since 0.1.0
 */
export interface Completed<out Out, S extends ServiceStatus.ServiceStatus> {
  readonly status: ServiceStatus.OfClass<S, "Success" | "Warning"> | ServiceStatus.Unlisted<"Success" | "Warning">
  /** The response's data set. */
  readonly dataSet: Out
  /**
   * The SOP instance as the response names it. Of an N-CREATE it is the one that was made: absent only where the request
   * left the choice and the peer does not say what it chose.
   */
  readonly sopInstanceUid?: Uid
  readonly details: ServiceError.Details
}

/**
 * A match of a C-FIND.
 *
 * @category models
 * @since 0.1.0
 */
export interface Match<out Out, S extends ServiceStatus.ServiceStatus> {
  readonly identifier: Out
  readonly status: ServiceStatus.OfClass<S, "Pending"> | ServiceStatus.Unlisted<"Pending">
}

/**
 * How a C-GET is asked, and what takes its instances.
 *
 * @category options
 * @since 0.1.0
 */
export interface GetOptions<R> extends CancellableOptions {
  /** Default: "MEDIUM". */
  readonly priority?: "LOW" | "MEDIUM" | "HIGH"
  /**
   * What takes the instances: the association is served with it until the last response. Default: nothing, whoever serves
   * the association takes them.
   */
  readonly storage?: ServiceClassProvider<R>
}

/**
 * How a C-MOVE is asked, and where its instances go.
 *
 * @category options
 * @since 0.1.0
 */
export interface MoveOptions extends CancellableOptions {
  /** Where the instances are to be stored. */
  readonly destination: AETitle
  /** Default: "MEDIUM". */
  readonly priority?: "LOW" | "MEDIUM" | "HIGH"
}

/**
 * How far a C-GET or C-MOVE has come; the last one has a status that is not pending.
 *
 * @category models
 * @since 0.1.0
 */
export interface Retrieved<S extends ServiceStatus.ServiceStatus> {
  readonly status:
    | ServiceStatus.OfClass<S, "Pending" | "Success" | "Warning">
    | ServiceStatus.Unlisted<"Pending" | "Success" | "Warning">
  /** Absent where the response does not say. */
  readonly subOperations?: ServiceError.SubOperations
  /** The instances that failed, of a last response. */
  readonly failed: ReadonlyArray<Uid>
}

/**
 * What a call can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type CallError<S extends ServiceStatus.ServiceStatus> =
  | ServiceError.Refused<
      ServiceStatus.OfClass<S, "Failure" | "Cancel"> | ServiceStatus.Unlisted<"Failure" | "Cancel" | "Pending">
    >
  | ServiceError.Unreadable
  | ServiceError.Unwritable
  | AssociationError.NoPresentationContext
  | Dimse.OperationError

interface OfInstance extends CallOptions {
  readonly sopInstanceUid: Uid
}

type WithDataSet<In> = [In] extends [undefined]
  ? unknown
  : undefined extends In
    ? { readonly dataSet?: Sent<In> }
    : { readonly dataSet: Sent<In> }

/** Bytes come as long as the scope is open. */
type Calling<Out, S extends ServiceStatus.ServiceStatus> = Effect.Effect<
  Completed<Out, S>,
  CallError<S>,
  [Out] extends [Bytes] ? Scope.Scope : never
>

/**
 * The data set of an N-GET that asks for some attributes: as it came, since a schema of all of them does not hold of it.
 * Their values are read from it by attribute (`DataSet.get`).
 *
 * @category models
 * @since 0.1.0
 */
export type Asked<Out> = Out extends Bytes | undefined ? Out : DataSet

/**
 * The call of an N-GET: of all attributes, or of those that are asked for. An empty list stands for all, as in the request
 * (PS3.7 section 10.1.2).
 *
 * @category models
 * @since 0.1.0
 */
export interface GetAttributes<Out, S extends ServiceStatus.ServiceStatus> {
  (parameters: OfInstance & { readonly attributes?: undefined }): Calling<Out, S>
  (parameters: OfInstance & { readonly attributes: ReadonlyArray<Tag> }): Calling<Asked<Out>, S>
}

/**
 * The calls of a client, by DIMSE service.
 *
 * @category models
 * @since 0.1.0
 */
export interface Calls<In, Out, S extends ServiceStatus.ServiceStatus> {
  readonly "C-ECHO": (options?: CallOptions) => Calling<Out, S>
  readonly "C-STORE": <E = never, R = never>(
    instance: Instance<E, R>,
    options?: StoreOptions
  ) => Effect.Effect<Completed<Out, S>, CallError<S> | E, R>
  readonly "C-FIND": (identifier: Sent<In>, options?: FindOptions<S>) => Stream.Stream<Match<Out, S>, CallError<S>>
  /** The last element is of the last response: success, or a warning where sub-operations failed. */
  readonly "C-GET": <R = never>(
    identifier: Sent<In>,
    options?: GetOptions<R>
  ) => Stream.Stream<Retrieved<S>, CallError<S>, R>
  /** The last element is of the last response: success, or a warning where sub-operations failed. */
  readonly "C-MOVE": (identifier: Sent<In>, options: MoveOptions) => Stream.Stream<Retrieved<S>, CallError<S>>
  readonly "N-EVENT-REPORT": (parameters: OfInstance & WithDataSet<In>) => Calling<Out, S>
  readonly "N-GET": GetAttributes<Out, S>
  readonly "N-SET": (parameters: OfInstance & WithDataSet<In>) => Calling<Out, S>
  readonly "N-ACTION": (parameters: OfInstance & WithDataSet<In>) => Calling<Out, S>
  readonly "N-CREATE": (
    parameters: CallOptions & {
      /** Absent where the peer is to choose one. */
      readonly sopInstanceUid?: Uid
    } & WithDataSet<In>
  ) => Calling<Out, S>
  readonly "N-DELETE": (parameters: OfInstance) => Calling<Out, S>
}

/**
 * The call of an operation.
 *
 * @category models
 * @since 0.1.0
 */
export type Call<O extends Operation> =
  O extends Operation<infer K, infer In, infer Out, infer S> ? Calls<In, Out, S>[K] : never
