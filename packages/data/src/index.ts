/**
 * The values of DICOM: UIDs, transfer syntaxes, elements and files (PS3.5, PS3.6, PS3.10).
 *
 * @since 0.1.0
 */
export * as Element from "./Element.ts"
export * as FileFormat from "./FileFormat.ts"
export * as FileMetaInformation from "./FileMetaInformation.ts"
export * as SopClass from "./SopClass.ts"
export * as Tag from "./Tag.ts"
export * as TransferSyntax from "./TransferSyntax.ts"
export * as Uid from "./Uid.ts"
export * as UidRegistry from "./UidRegistry.ts"
export * as Vr from "./Vr.ts"
