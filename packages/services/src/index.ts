/**
 * DICOM service classes, typed (PS3.4).
 *
 * @since 0.1.0
 */
export * as DataSetStream from "./DataSetStream.ts"
export * as ServiceClassProvider from "./ServiceClassProvider.ts"
export * as Storage from "./Storage.ts"
export * as StorageFolder from "./StorageFolder.ts"
export * as Verification from "./Verification.ts"
