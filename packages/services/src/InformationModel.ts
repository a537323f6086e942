/**
 * Information models of one entity, which are queried and retrieved as those of PS3.4 Annexes U, X, BB, HH, II and JJ are:
 * a C-FIND like a worklist's, a C-GET and a C-MOVE by SOP Instance UID. Each model has a module of its own; a private one
 * is made the same way.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { matching, Uids, uidsOf } from "./internal/uniqueKey.ts"
import * as ModalityWorklist from "./ModalityWorklist.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import type * as ServiceStatus from "./ServiceStatus.ts"
import * as SubOperations from "./SubOperations.ts"

/**
 * The statuses of C-FIND: those of a worklist (PS3.4 Table K.4-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const FindStatus: typeof ModalityWorklist.FindStatus = ModalityWorklist.FindStatus

/**
 * @category statuses
 * @since 0.1.0
 */
export type FindStatus = ModalityWorklist.FindStatus

/**
 * The Service-class-application-information of a SOP class with C-FIND: that of a worklist (PS3.4 section K.5.1). Those
 * with C-GET and C-MOVE have none.
 *
 * @category extended negotiation
 * @since 0.1.0
 */
export const ApplicationInformation: typeof ModalityWorklist.ApplicationInformation =
  ModalityWorklist.ApplicationInformation

/**
 * @category extended negotiation
 * @since 0.1.0
 */
export type ApplicationInformation = ModalityWorklist.ApplicationInformation

/**
 * What is retrieved: one SOP Instance UID, or a list of them.
 *
 * @category identifiers
 * @since 0.1.0
 */
export interface RetrieveIdentifier {
  readonly sopInstanceUids: readonly [Uid, ...ReadonlyArray<Uid>]
}

const unique = DataSetSchema.Struct({ sopInstanceUid: DataSetSchema.key(Attribute.SOPInstanceUID) })

/**
 * The identifier of a C-GET or C-MOVE (PS3.4 sections C.4.2.1.4 and C.4.3.1.3): there are no levels, and the SOP Instance
 * UID is the unique key.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const RetrieveIdentifier: Schema.Codec<RetrieveIdentifier, DataSet> = unique.pipe(
  Schema.decodeTo(
    Schema.Struct({ sopInstanceUids: Uids }),
    SchemaTransformation.transform<RetrieveIdentifier, typeof unique.Type>({
      decode: ({ sopInstanceUid }) => ({ sopInstanceUids: uidsOf(sopInstanceUid) }),
      encode: ({ sopInstanceUids }) => ({ sopInstanceUid: matching(sopInstanceUids) })
    })
  )
)

type Whole = Operation.Content<DataSet>

/**
 * A C-GET or C-MOVE of an information model. A provider may leave either out.
 *
 * @category models
 * @since 0.1.0
 */
export type Retrieve<K extends "C-GET" | "C-MOVE", S extends ServiceStatus.ServiceStatus> = Operation.Operation<
  K,
  RetrieveIdentifier,
  undefined,
  S,
  "U",
  "SCU",
  never
>

/**
 * An information model as a service class. Its three SOP classes stand each by itself: a provider may leave any out.
 *
 * @category models
 * @since 0.1.0
 */
export type InformationModel<Name extends string, In = DataSet, Out = DataSet> = ServiceClass.ServiceClass<
  Name,
  {
    readonly find: Operation.Operation<"C-FIND", In, Out, typeof FindStatus, "U", "SCU", ApplicationInformation>
    readonly get: Retrieve<"C-GET", typeof SubOperations.GetStatus>
    readonly move: Retrieve<"C-MOVE", typeof SubOperations.MoveStatus>
  }
>

/**
 * What a query's identifiers are: of schemas of one's own, such as the `Identifier` and `Match` of each model; data sets
 * where none are given.
 *
 * @category options
 * @since 0.1.0
 */
export interface Identifiers<In extends Operation.Given, Out extends Operation.Given> {
  readonly identifier?: In
  readonly match?: Out
}

/**
 * Makes a model's service class with identifiers of schemas of one's own, such as the `Identifier` and `Match` of its
 * module; data sets where none are given.
 *
 * @category models
 * @since 0.1.0
 */
export interface Make<Name extends string> {
  <In extends Operation.Given = Whole, Out extends Operation.Given = Whole>(
    identifiers?: Identifiers<In, Out>
  ): InformationModel<Name, Operation.TypeOf<In>, Operation.TypeOf<Out>>
}

/**
 * The SOP classes of a model, one for each operation.
 *
 * @category options
 * @since 0.1.0
 */
export interface SopClasses {
  readonly find: Uid
  readonly get: Uid
  readonly move: Uid
}

/**
 * An information model of a name and SOP classes.
 *
 * **Gotchas**
 *
 * A schema passes over the attributes that it does not declare: a provider that is to return what it was asked for takes
 * identifiers as data sets.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <
  const Name extends string,
  In extends Operation.Given = Whole,
  Out extends Operation.Given = Whole
>(
  name: Name,
  { find, get, move }: SopClasses,
  identifiers: Identifiers<In, Out> = {}
): InformationModel<Name, Operation.TypeOf<In>, Operation.TypeOf<Out>> =>
  ServiceClass.make(name, {
    sopClasses: [find, get, move],
    operations: {
      find: Operation.find<typeof FindStatus, "U", ApplicationInformation, In, Out>({
        ...identifiers,
        usage: "U",
        statuses: FindStatus,
        sopClasses: [find],
        extendedNegotiation: ApplicationInformation
      }),
      get: Operation.get({
        identifier: RetrieveIdentifier,
        usage: "U",
        statuses: SubOperations.GetStatus,
        sopClasses: [get]
      }),
      move: Operation.move({
        identifier: RetrieveIdentifier,
        usage: "U",
        statuses: SubOperations.MoveStatus,
        sopClasses: [move]
      })
    }
  })
