/**
 * The statuses of the Print Management service class (PS3.4 section H.4), by SOP class and DIMSE service.
 *
 * @since 0.1.0
 */
import * as GeneralStatus from "./GeneralStatus.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

const MemoryAllocationNotSupported = ServiceStatus.warning(0xb600, "Memory allocation not supported")
const Demagnified = ServiceStatus.warning(
  0xb604,
  "Image size is larger than image box size, the image has been demagnified"
)
const DensityOutOfRange = ServiceStatus.warning(
  0xb605,
  "Requested Min Density or Max Density outside of printer's operating range. " +
    "The printer will use its respective minimum or maximum density value instead"
)
const Cropped = ServiceStatus.warning(
  0xb609,
  "Image size is larger than the Image Box size. The Image has been cropped to fit"
)
const Decimated = ServiceStatus.warning(
  0xb60a,
  "Image size or Combined Print Image size is larger than the Image Box size. " +
    "Image or Combined Print Image has been decimated to fit"
)
const ImageTooLarge = ServiceStatus.failure(0xc603, "Failed: Image size is larger than image box size")
const InsufficientMemory = ServiceStatus.failure(0xc605, "Failed: Insufficient memory in printer to store the image")
const CombinedImageTooLarge = ServiceStatus.failure(
  0xc613,
  "Failed: Combined Print Image size is larger than the Image Box size"
)
const FilmBoxNotPrinted = ServiceStatus.failure(
  0xc616,
  "Failed: There is an existing Film Box that has not been printed and N-ACTION at the Film Session level is not supported. " +
    "A new Film Box will not be created when a previous Film Box has not been printed"
)

/**
 * The statuses of N-CREATE of a film session (PS3.4 Table H.4.1.2.1.2-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const FilmSessionCreateStatus = ServiceStatus.make({
  ...GeneralStatus.create,
  MemoryAllocationNotSupported
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FilmSessionCreateStatus = ServiceStatus.Type<typeof FilmSessionCreateStatus>

/**
 * The statuses of N-SET of a film session (PS3.4 Table H.4.1.2.1.2-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const FilmSessionSetStatus = ServiceStatus.make({
  ...GeneralStatus.setAttributes,
  MemoryAllocationNotSupported
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FilmSessionSetStatus = ServiceStatus.Type<typeof FilmSessionSetStatus>

/**
 * The statuses of N-ACTION of a film session (PS3.4 Table H.4-4).
 *
 * @category statuses
 * @since 0.1.0
 */
export const FilmSessionPrintStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  CollationNotSupported: ServiceStatus.warning(0xb601, "Film session printing (collation) is not supported"),
  EmptyPage: ServiceStatus.warning(
    0xb602,
    "Film Session SOP Instance hierarchy does not contain Image Box SOP Instances (empty page)"
  ),
  Demagnified,
  Cropped,
  Decimated,
  NoFilmBox: ServiceStatus.failure(
    0xc600,
    "Failed: Film Session SOP Instance hierarchy does not contain Film Box SOP Instances"
  ),
  PrintQueueFull: ServiceStatus.failure(0xc601, "Failed: Unable to create Print Job SOP Instance; print queue is full"),
  ImageTooLarge,
  CombinedImageTooLarge
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FilmSessionPrintStatus = ServiceStatus.Type<typeof FilmSessionPrintStatus>

/**
 * The statuses of N-CREATE of a film box (PS3.4 Table H.4.2.2.1.2-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const FilmBoxCreateStatus = ServiceStatus.make({
  ...GeneralStatus.create,
  DensityOutOfRange,
  FilmBoxNotPrinted
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FilmBoxCreateStatus = ServiceStatus.Type<typeof FilmBoxCreateStatus>

/**
 * The statuses of N-SET of a film box (PS3.4 Table H.4.2.2.1.2-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const FilmBoxSetStatus = ServiceStatus.make({
  ...GeneralStatus.setAttributes,
  DensityOutOfRange,
  FilmBoxNotPrinted
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FilmBoxSetStatus = ServiceStatus.Type<typeof FilmBoxSetStatus>

/**
 * The statuses of N-ACTION of a film box (PS3.4 Table H.4-9).
 *
 * @category statuses
 * @since 0.1.0
 */
export const FilmBoxPrintStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  EmptyPage: ServiceStatus.warning(
    0xb603,
    "Film Box SOP Instance hierarchy does not contain Image Box SOP Instances (empty page)"
  ),
  Demagnified,
  Cropped,
  Decimated,
  PrintQueueFull: ServiceStatus.failure(0xc602, "Failed: Unable to create Print Job SOP Instance; print queue is full"),
  ImageTooLarge,
  CombinedImageTooLarge
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FilmBoxPrintStatus = ServiceStatus.Type<typeof FilmBoxPrintStatus>

/**
 * The statuses of N-SET of a grayscale image box (PS3.4 section H.4.3.1.2.1.2).
 *
 * @category statuses
 * @since 0.1.0
 */
export const GrayscaleImageBoxSetStatus = ServiceStatus.make({
  ...GeneralStatus.setAttributes,
  Demagnified,
  DensityOutOfRange,
  Cropped,
  Decimated,
  ImageTooLarge,
  InsufficientMemory,
  CombinedImageTooLarge
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type GrayscaleImageBoxSetStatus = ServiceStatus.Type<typeof GrayscaleImageBoxSetStatus>

/**
 * The statuses of N-SET of a color image box (PS3.4 section H.4.3.2.2.1.2).
 *
 * @category statuses
 * @since 0.1.0
 */
export const ColorImageBoxSetStatus = ServiceStatus.make({
  ...GeneralStatus.setAttributes,
  Demagnified,
  Cropped,
  Decimated,
  ImageTooLarge,
  InsufficientMemory,
  CombinedImageTooLarge
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type ColorImageBoxSetStatus = ServiceStatus.Type<typeof ColorImageBoxSetStatus>

/**
 * The statuses of N-SET of an annotation box (PS3.4 section H.4.4.2.1.2): those of PS3.7, and none of its own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const AnnotationBoxSetStatus = ServiceStatus.make(GeneralStatus.setAttributes)

/**
 * @category statuses
 * @since 0.1.0
 */
export type AnnotationBoxSetStatus = ServiceStatus.Type<typeof AnnotationBoxSetStatus>

/**
 * The statuses of N-CREATE of a presentation LUT (PS3.4 Table H.4.9.2.1.2-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const PresentationLutCreateStatus = ServiceStatus.make({
  ...GeneralStatus.create,
  DensityOutOfRange
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type PresentationLutCreateStatus = ServiceStatus.Type<typeof PresentationLutCreateStatus>

/**
 * The statuses of N-GET of a printer, its configuration or a print job (PS3.4 sections H.4.5.2.2.3, H.4.6.2.2.3 and
 * H.4.11.2.2.3): those of PS3.7, and none of their own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const GetStatus = ServiceStatus.make(GeneralStatus.getAttributes)

/**
 * @category statuses
 * @since 0.1.0
 */
export type GetStatus = ServiceStatus.Type<typeof GetStatus>

/**
 * The statuses of N-DELETE of a film session, a film box or a presentation LUT (PS3.4 sections H.4.1.2.3.1, H.4.2.2.3.2 and
 * H.4.9.2.2.1): those of PS3.7, and none of their own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const DeleteStatus = ServiceStatus.make(GeneralStatus.delete)

/**
 * @category statuses
 * @since 0.1.0
 */
export type DeleteStatus = ServiceStatus.Type<typeof DeleteStatus>

/**
 * The statuses of N-EVENT-REPORT of a printer or a print job (PS3.4 sections H.4.5.2.1.3 and H.4.6.2.1.3): those of PS3.7, and
 * none of their own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const EventStatus = ServiceStatus.make(GeneralStatus.eventReport)

/**
 * @category statuses
 * @since 0.1.0
 */
export type EventStatus = ServiceStatus.Type<typeof EventStatus>
