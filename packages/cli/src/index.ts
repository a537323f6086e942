/**
 * The `dicom` command, and what it is made of.
 *
 * @since 0.1.0
 */
export * as Anonymize from "./Anonymize.ts"
export * as Conversation from "./Conversation.ts"
export * as Convert from "./Convert.ts"
export * as DcmtkNames from "./DcmtkNames.ts"
export * as Dicom from "./Dicom.ts"
export * as DicomFile from "./DicomFile.ts"
export * as Dump from "./Dump.ts"
export * as DumpLines from "./DumpLines.ts"
export * as DumpValue from "./DumpValue.ts"
export * as DurableFile from "./DurableFile.ts"
export * as Echo from "./Echo.ts"
export * as ExitCode from "./ExitCode.ts"
export * as Failure from "./Failure.ts"
export * as FileSearch from "./FileSearch.ts"
export * as InstanceFile from "./InstanceFile.ts"
export * as Progress from "./Progress.ts"
export * as Requestor from "./Requestor.ts"
export * as Serve from "./Serve.ts"
export * as Stop from "./Stop.ts"
export * as Store from "./Store.ts"
export * as StoreReport from "./StoreReport.ts"
