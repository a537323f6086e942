/**
 * DICOM service classes, typed (PS3.4).
 *
 * @since 0.1.0
 */
export * as ApplicationInformation from "./ApplicationInformation.ts"
export * as DataSetStream from "./DataSetStream.ts"
export * as DisplaySystem from "./DisplaySystem.ts"
export * as GeneralStatus from "./GeneralStatus.ts"
export * as ModalityWorklist from "./ModalityWorklist.ts"
export * as Operation from "./Operation.ts"
export * as OperationCall from "./OperationCall.ts"
export * as OperationHandler from "./OperationHandler.ts"
export * as PrintManagement from "./PrintManagement.ts"
export * as PrintStatus from "./PrintStatus.ts"
export * as QueryRetrieve from "./QueryRetrieve.ts"
export * as RTMachineVerification from "./RTMachineVerification.ts"
export * as SendingJournal from "./SendingJournal.ts"
export * as ServiceClass from "./ServiceClass.ts"
export * as ServiceClassProvider from "./ServiceClassProvider.ts"
export * as ServiceError from "./ServiceError.ts"
export * as ServiceStatus from "./ServiceStatus.ts"
export * as Storage from "./Storage.ts"
export * as StorageFolder from "./StorageFolder.ts"
export * as StorageSending from "./StorageSending.ts"
export * as SubOperations from "./SubOperations.ts"
export * as Verification from "./Verification.ts"
