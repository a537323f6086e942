/**
 * The Non-Patient Object Storage service class (PS3.4 Annex GG), as user and as provider: what is stored, but is no
 * patient's. `Storage` sends and takes these SOP classes as well; this one has their own statuses.
 *
 * @since 0.1.0
 */
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import * as GeneralStatus from "./GeneralStatus.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

/**
 * The statuses of C-STORE in this service class (PS3.4 Table GG.4-1, with those of PS3.7 section 9.1.1.1.9).
 *
 * @category statuses
 * @since 0.1.0
 */
export const StoreStatus = ServiceStatus.make({
  ...GeneralStatus.store,
  OutOfResources: ServiceStatus.failure(0xa700, "Refused: Out of resources"),
  DataSetDoesNotMatchSopClass: ServiceStatus.failure(0xa900, "Error: Data Set does not match SOP Class"),
  CannotUnderstand: ServiceStatus.failure(0xc000, "Error: Cannot understand")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type StoreStatus = ServiceStatus.Type<typeof StoreStatus>

/**
 * The SOP classes of non-patient objects (PS3.4 Table GG.3-1).
 *
 * @category SOP classes
 * @since 0.1.0
 */
export const sopClasses: ReadonlyArray<Uid> = [
  SopClass.HangingProtocolStorage,
  SopClass.ColorPaletteStorage,
  SopClass.GenericImplantTemplateStorage,
  SopClass.ImplantAssemblyTemplateStorage,
  SopClass.ImplantTemplateGroupStorage,
  SopClass.CTDefinedProcedureProtocolStorage,
  SopClass.XADefinedProcedureProtocolStorage,
  SopClass.ProtocolApprovalStorage,
  SopClass.InventoryStorage
]

/**
 * The service class, in every transfer syntax.
 *
 * **Gotchas**
 *
 * A server that has a provider of this class and one of all storage SOP classes gives the first of them that it was given
 * the requests of these.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass = ServiceClass.make("Non-Patient Object Storage", {
  sopClasses,
  transferSyntaxes: TransferSyntax.all.map((syntax) => syntax.uid),
  operations: { store: Operation.store({ statuses: StoreStatus }) }
})
