/**
 * The values of DICOM: UIDs, transfer syntaxes, elements and files (PS3.5, PS3.6, PS3.10).
 *
 * @since 0.1.0
 */
export * as Uid from "./Uid.ts"
