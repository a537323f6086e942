/**
 * The Inventory Query/Retrieve service class (PS3.4 Annex JJ), as user and as provider. That inventories are made is the
 * business of `StorageManagement`, and that they are stored, of `NonPatientObjectStorage`.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as InformationModel from "./InformationModel.ts"
import { keys, values } from "./internal/queryFields.ts"

/**
 * The attributes of an inventory, of which a query may ask those of its Inventory entity (PS3.4 section JJ.2; PS3.3
 * Table C.38.1-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const attributes = {
  sopClassUid: Attribute.SOPClassUID,
  sopInstanceUid: Attribute.SOPInstanceUID,
  contentDate: Attribute.ContentDate,
  contentTime: Attribute.ContentTime,
  scopeOfInventory: Attribute.ScopeOfInventorySequence,
  transactionUid: Attribute.TransactionUID,
  inventoryPurpose: Attribute.InventoryPurpose,
  inventoryInstanceDescription: Attribute.InventoryInstanceDescription,
  inventoryLevel: Attribute.InventoryLevel,
  inventoryCompletionStatus: Attribute.InventoryCompletionStatus,
  numberOfStudyRecordsInInstance: Attribute.NumberOfStudyRecordsInInstance,
  totalNumberOfStudyRecords: Attribute.TotalNumberOfStudyRecords
} as const

/**
 * The identifier of a query, as keys.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Identifier = DataSetSchema.Struct(keys(attributes))

/**
 * The identifier of a match, as values.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Match = DataSetSchema.Struct(values(attributes))

const sopClasses = {
  find: SopClass.InventoryFind,
  get: SopClass.InventoryGet,
  move: SopClass.InventoryMove
} as const

/**
 * The service class with identifiers of schemas of one's own, such as {@link Identifier} and {@link Match}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: InformationModel.Make<"Inventory"> = (identifiers) =>
  InformationModel.make("Inventory", sopClasses, identifiers)

/**
 * The service class, a query's identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass: InformationModel.InformationModel<"Inventory"> = make()
