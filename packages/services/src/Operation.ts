/**
 * The operations and notifications that a service class consists of: which DIMSE service each is, what its data sets
 * are, which statuses it ends with, who invokes it, and whether a provider must have it. What a client's call and a
 * provider's handler are follows from that: see `OperationCall.ts` and `OperationHandler.ts`.
 *
 * @since 0.1.0
 */
import type { AssociationError } from "@effect-dicom/association"
import type { DataSet } from "@effect-dicom/data/DataSet"
import type { Uid } from "@effect-dicom/data/Uid"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { Calls } from "./OperationCall.ts"
import type * as ServiceStatus from "./ServiceStatus.ts"

// -----------------------------------------------------------------------------
// data sets
// -----------------------------------------------------------------------------

/**
 * A data set of an operation's messages: its schema, nothing for the `DataSet` itself, and whether it is there, or passes as
 * bytes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Content<out T> {
  readonly presence: "required" | "optional" | "none" | "bytes"
  readonly schema: Schema.Codec<T, DataSet> | undefined
}

/**
 * What an operation's options may give for a data set: a schema of one that is required, or a {@link Content}.
 *
 * @category models
 * @since 0.1.0
 */
export type Given = Content<unknown> | Schema.Codec<unknown, DataSet>

/**
 * The type of what was given.
 *
 * @category models
 * @since 0.1.0
 */
export type TypeOf<G extends Given> =
  G extends Content<infer T> ? T : G extends Schema.Codec<infer T, DataSet> ? T : never

/**
 * A value as it is given to be sent: what may be `null` may be left out, at any depth, and is sent empty, as an attribute
 * of type 2 is whose value is not known (PS3.5 section 7.4.3).
 *
 * @category models
 * @since 0.1.0
 */
export type Sent<T> = T extends AsIs
  ? T
  : T extends ReadonlyArray<unknown>
    ? { readonly [K in keyof T]: Sent<T[K]> }
    : keyof T extends string
      ? Simplify<
          { readonly [K in keyof T as null extends T[K] ? never : K]: Sent<T[K]> } & {
            readonly [K in keyof T as null extends T[K] ? K : never]?: Sent<T[K]>
          }
        >
      : T

/** What has no keys of its own, as far as what is sent goes. */
type AsIs =
  | Bytes
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | ArrayBufferView
  | DataSet
  | ((...parameters: never) => unknown)

type Simplify<A> = { readonly [K in keyof A]: A[K] }

/**
 * A data set as it is, that is required.
 *
 * @category data sets
 * @since 0.1.0
 */
export const dataSet: Content<DataSet> = { presence: "required", schema: undefined }

/**
 * The bytes of a data set in the transfer syntax of the presentation context, as they come and go.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bytes extends Stream.Stream<Uint8Array, AssociationError.Broken> {}

/**
 * A data set that is required, and passes as bytes: what is sent is not made whole before, and what a handler gets, or a
 * client in a response, is read as it is taken, without a limit. What a client has not taken when its scope closes is
 * dropped. The matches of a C-FIND are whole before their bytes are given.
 *
 * @category data sets
 * @since 0.1.0
 */
export const bytes: Content<Bytes> = { presence: "bytes", schema: undefined }

/**
 * No data set.
 *
 * @category data sets
 * @since 0.1.0
 */
export const none: Content<undefined> = { presence: "none", schema: undefined }

/**
 * A data set that may be there: of a schema, or as it is.
 *
 * @category data sets
 * @since 0.1.0
 */
export const optional: {
  (): Content<DataSet | undefined>
  <T>(schema: Schema.Codec<T, DataSet>): Content<T | undefined>
} = <T>(schema?: Schema.Codec<T, DataSet>): Content<T | undefined> => ({ presence: "optional", schema })

const content = (given: Given | undefined, otherwise: Content<unknown>): Content<never> =>
  // the cast: the type parameters of the operation say what it is
  (given === undefined
    ? otherwise
    : "presence" in given
      ? given
      : { presence: "required", schema: given }) as Content<never>

// -----------------------------------------------------------------------------
// operations
// -----------------------------------------------------------------------------

/**
 * The DIMSE services (PS3.7 chapters 9 and 10).
 *
 * @category models
 * @since 0.1.0
 */
export type Service = keyof Calls<never, never, ServiceStatus.ServiceStatus>

/**
 * An operation of a service class.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operation<
  out K extends Service = Service,
  out In = unknown,
  out Out = unknown,
  out S extends ServiceStatus.ServiceStatus = ServiceStatus.ServiceStatus,
  out U extends "M" | "U" = "M" | "U",
  out By extends "SCU" | "SCP" = "SCU" | "SCP",
  out X = unknown
> {
  readonly service: K
  /** The request's data set. */
  readonly input: Content<In>
  /** The response's data set. */
  readonly output: Content<Out>
  readonly statuses: S
  /** Whether a provider must have it (PS3.4 section 5.4). */
  readonly usage: U
  /** Who invokes it. */
  readonly invokedBy: By
  /** The Event Type ID or Action Type ID. */
  readonly typeId: number | undefined
  /** The SOP classes of the class that have it; absent for all. */
  readonly sopClasses: ReadonlyArray<Uid> | undefined
  /** The SOP class of the command where it is not that of the presentation context. */
  readonly affects: Uid | undefined
  /** What the Service-class-application-information of its SOP classes is. */
  readonly extendedNegotiation: Schema.Codec<X, Uint8Array> | undefined
}

/**
 * What all operations may say.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<S extends ServiceStatus.ServiceStatus, U extends "M" | "U", X> {
  /** The statuses that it ends with, and those of class Pending. */
  readonly statuses: S
  /** Whether a provider must have it. Default: M, it must. */
  readonly usage?: U
  /** The SOP classes that have it. Default: all of the service class. */
  readonly sopClasses?: ReadonlyArray<Uid>
  /** The SOP class of the command where it is not that of the presentation context, as with Meta SOP classes. */
  readonly affects?: Uid
  /** The Service-class-application-information of its SOP classes (PS3.7 section D.3.3.5). */
  readonly extendedNegotiation?: Schema.Codec<X, Uint8Array>
}

const make = <K extends Service, By extends "SCU" | "SCP">(
  service: K,
  invokedBy: By,
  options: Options<ServiceStatus.ServiceStatus, "M" | "U", unknown>,
  input: Content<never>,
  output: Content<never>,
  typeId?: number
): Operation<K, never, never, never, never, By, never> =>
  // the cast: the signatures of the constructors say what the type parameters are
  ({
    service,
    input,
    output,
    statuses: options.statuses,
    usage: options.usage ?? "M",
    invokedBy,
    typeId,
    sopClasses: options.sopClasses,
    affects: options.affects,
    extendedNegotiation: options.extendedNegotiation
  }) as Operation<K, never, never, never, never, By, never>

type Status = ServiceStatus.ServiceStatus
type Usage = "M" | "U"
type Whole = Content<DataSet>
type Perhaps = Content<DataSet | undefined>

/**
 * C-ECHO (PS3.7 section 9.1.5).
 *
 * @category constructors
 * @since 0.1.0
 */
export const echo = <S extends Status, const U extends Usage = "M", X = never>(
  options: Options<S, U, X>
): Operation<"C-ECHO", undefined, undefined, S, NoInfer<U>, "SCU", NoInfer<X>> =>
  make("C-ECHO", "SCU", options, content(none, none), content(none, none))

/**
 * C-STORE (PS3.7 section 9.1.1). Its data set goes and comes as bytes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const store = <S extends Status, const U extends Usage = "M", X = never>(
  options: Options<S, U, X>
): Operation<"C-STORE", undefined, undefined, S, NoInfer<U>, "SCU", NoInfer<X>> =>
  make("C-STORE", "SCU", options, content(none, none), content(none, none))

/**
 * C-FIND (PS3.7 section 9.1.2): the identifiers of the request and of the matches are data sets unless schemas are given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const find = <
  S extends Status,
  const U extends Usage = "M",
  X = never,
  In extends Given = Whole,
  Out extends Given = Whole
>(
  options: Options<S, U, X> & { readonly identifier?: In; readonly match?: Out }
): Operation<"C-FIND", TypeOf<In>, TypeOf<Out>, S, NoInfer<U>, "SCU", NoInfer<X>> =>
  make("C-FIND", "SCU", options, content(options.identifier, dataSet), content(options.match, dataSet))

/**
 * C-GET (PS3.7 section 9.1.3): the identifier of the request is a data set unless a schema is given. Its sub-operations
 * store with the user who asks, on the same association.
 *
 * @category constructors
 * @since 0.1.0
 */
export const get = <S extends Status, const U extends Usage = "M", X = never, In extends Given = Whole>(
  options: Options<S, U, X> & { readonly identifier?: In }
): Operation<"C-GET", TypeOf<In>, undefined, S, NoInfer<U>, "SCU", NoInfer<X>> =>
  make("C-GET", "SCU", options, content(options.identifier, dataSet), content(none, none))

/**
 * C-MOVE (PS3.7 section 9.1.4): the identifier of the request is a data set unless a schema is given. Its sub-operations
 * store with the move destination, on an association of their own.
 *
 * @category constructors
 * @since 0.1.0
 */
export const move = <S extends Status, const U extends Usage = "M", X = never, In extends Given = Whole>(
  options: Options<S, U, X> & { readonly identifier?: In }
): Operation<"C-MOVE", TypeOf<In>, undefined, S, NoInfer<U>, "SCU", NoInfer<X>> =>
  make("C-MOVE", "SCU", options, content(options.identifier, dataSet), content(none, none))

/**
 * N-EVENT-REPORT (PS3.7 section 10.1.1), which the SCP invokes: the event's information and the reply are data sets that
 * may be there unless schemas are given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const eventReport = <
  S extends Status,
  const U extends Usage = "M",
  X = never,
  In extends Given = Perhaps,
  Out extends Given = Perhaps
>(
  options: Options<S, U, X> & { readonly eventTypeId: number; readonly information?: In; readonly reply?: Out }
): Operation<"N-EVENT-REPORT", TypeOf<In>, TypeOf<Out>, S, NoInfer<U>, "SCP", NoInfer<X>> =>
  make(
    "N-EVENT-REPORT",
    "SCP",
    options,
    content(options.information, optional()),
    content(options.reply, optional()),
    options.eventTypeId
  )

/**
 * N-GET (PS3.7 section 10.1.2): the attribute list of the response is a data set that may be there unless a schema is
 * given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const getAttributes = <S extends Status, const U extends Usage = "M", X = never, Out extends Given = Perhaps>(
  options: Options<S, U, X> & { readonly attributes?: Out }
): Operation<"N-GET", undefined, TypeOf<Out>, S, NoInfer<U>, "SCU", NoInfer<X>> =>
  make("N-GET", "SCU", options, content(none, none), content(options.attributes, optional()))

/**
 * N-SET (PS3.7 section 10.1.3): the modification list is a data set, the attribute list of the response one that may be
 * there, unless schemas are given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const setAttributes = <
  S extends Status,
  const U extends Usage = "M",
  X = never,
  In extends Given = Whole,
  Out extends Given = Perhaps
>(
  options: Options<S, U, X> & { readonly modifications?: In; readonly attributes?: Out }
): Operation<"N-SET", TypeOf<In>, TypeOf<Out>, S, NoInfer<U>, "SCU", NoInfer<X>> =>
  make("N-SET", "SCU", options, content(options.modifications, dataSet), content(options.attributes, optional()))

/**
 * N-ACTION (PS3.7 section 10.1.4): the action's information and the reply are data sets that may be there unless schemas
 * are given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const action = <
  S extends Status,
  const U extends Usage = "M",
  X = never,
  In extends Given = Perhaps,
  Out extends Given = Perhaps
>(
  options: Options<S, U, X> & { readonly actionTypeId: number; readonly information?: In; readonly reply?: Out }
): Operation<"N-ACTION", TypeOf<In>, TypeOf<Out>, S, NoInfer<U>, "SCU", NoInfer<X>> =>
  make(
    "N-ACTION",
    "SCU",
    options,
    content(options.information, optional()),
    content(options.reply, optional()),
    options.actionTypeId
  )

/**
 * N-CREATE (PS3.7 section 10.1.5): the attribute lists of the request and of the response are data sets that may be there
 * unless schemas are given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const create = <
  S extends Status,
  const U extends Usage = "M",
  X = never,
  In extends Given = Perhaps,
  Out extends Given = Perhaps
>(
  options: Options<S, U, X> & { readonly attributes?: In; readonly created?: Out }
): Operation<"N-CREATE", TypeOf<In>, TypeOf<Out>, S, NoInfer<U>, "SCU", NoInfer<X>> =>
  make("N-CREATE", "SCU", options, content(options.attributes, optional()), content(options.created, optional()))

const delete_ = <S extends Status, const U extends Usage = "M", X = never>(
  options: Options<S, U, X>
): Operation<"N-DELETE", undefined, undefined, S, NoInfer<U>, "SCU", NoInfer<X>> =>
  make("N-DELETE", "SCU", options, content(none, none), content(none, none))

export {
  /**
   * N-DELETE (PS3.7 section 10.1.6).
   *
   * @category constructors
   * @since 0.1.0
   */
  delete_ as delete
}
