/**
 * The Print Management service class (PS3.4 Annex H), as user and as provider: the two Meta SOP classes, of which one has
 * to be there, and the optional SOP classes. What a printer makes of films is its own business, and so is the hierarchy
 * of the instances; the statuses are `PrintStatus.ts`'s.
 *
 * **Details**
 *
 * Under a Meta SOP class film sessions, film boxes, image boxes and the printer share a presentation context, and the
 * commands name the SOP class that is meant (section H.3.2). The retired SOP classes, VOI LUT Box among them (section
 * H.4.7), are left out.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import type { Uid } from "@effect-dicom/data/Uid"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import * as Schema from "effect/Schema"
import { enumeratedValues } from "./internal/enumeratedValues.ts"
import { configuration } from "./internal/printerConfiguration.ts"
import { Reference as sopInstanceReference, references } from "./internal/sopInstanceReference.ts"
import * as Operation from "./Operation.ts"
import * as PrintStatus from "./PrintStatus.ts"
import * as ServiceClass from "./ServiceClass.ts"

const { type1, type1C, type2, type2C, type3 } = DataSetSchema

// -----------------------------------------------------------------------------
// attributes
// -----------------------------------------------------------------------------

/**
 * A reference to an instance, as an item of a sequence.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Reference = sopInstanceReference

/**
 * The attributes of a film session, of N-CREATE and of N-SET (PS3.4 Table H.4-2).
 *
 * @category attributes
 * @since 0.1.0
 */
export const FilmSession = DataSetSchema.Struct({
  numberOfCopies: type3(Attribute.NumberOfCopies),
  printPriority: type3(Attribute.PrintPriority, enumeratedValues("HIGH", "MED", "LOW")),
  mediumType: type3(Attribute.MediumType),
  filmDestination: type3(Attribute.FilmDestination),
  filmSessionLabel: type3(Attribute.FilmSessionLabel),
  memoryAllocation: type3(Attribute.MemoryAllocation),
  ownerId: type3(Attribute.OwnerID)
})

const presentation = {
  magnificationType: type3(Attribute.MagnificationType),
  smoothingType: type3(Attribute.SmoothingType),
  minDensity: type3(Attribute.MinDensity),
  maxDensity: type3(Attribute.MaxDensity),
  configurationInformation: type3(Attribute.ConfigurationInformation),
  referencedPresentationLut: type3(Attribute.ReferencedPresentationLUTSequence, references)
}

const ofFilm = {
  ...presentation,
  borderDensity: type3(Attribute.BorderDensity),
  emptyImageDensity: type3(Attribute.EmptyImageDensity),
  trim: type3(Attribute.Trim, enumeratedValues("YES", "NO")),
  illumination: type3(Attribute.Illumination),
  reflectedAmbientLight: type3(Attribute.ReflectedAmbientLight),
  iccProfile: type3(Attribute.ICCProfile)
}

/**
 * The attributes of a film box that N-CREATE gives (PS3.4 Table H.4-6).
 *
 * @category attributes
 * @since 0.1.0
 */
export const FilmBox = DataSetSchema.Struct({
  imageDisplayFormat: type1(Attribute.ImageDisplayFormat),
  referencedFilmSession: type1(Attribute.ReferencedFilmSessionSequence, references),
  filmOrientation: type3(Attribute.FilmOrientation, enumeratedValues("PORTRAIT", "LANDSCAPE")),
  filmSizeId: type3(Attribute.FilmSizeID),
  annotationDisplayFormatId: type3(Attribute.AnnotationDisplayFormatID),
  requestedResolutionId: type3(Attribute.RequestedResolutionID),
  ...ofFilm
})

/**
 * What the printer made of a film box: the boxes for images, and for annotations if these were negotiated (PS3.4 Table
 * H.4-6).
 *
 * @category attributes
 * @since 0.1.0
 */
export const FilmBoxCreated = DataSetSchema.Struct({
  referencedImageBoxes: type1(Attribute.ReferencedImageBoxSequence, references),
  referencedBasicAnnotationBoxes: type2C(Attribute.ReferencedBasicAnnotationBoxSequence, references)
})

/**
 * The attributes of a film box that N-SET may change (PS3.4 Table H.4-7).
 *
 * @category attributes
 * @since 0.1.0
 */
export const FilmBoxModifications = DataSetSchema.Struct(ofFilm)

const image = {
  samplesPerPixel: type1(Attribute.SamplesPerPixel),
  photometricInterpretation: type1(Attribute.PhotometricInterpretation),
  rows: type1(Attribute.Rows),
  columns: type1(Attribute.Columns),
  pixelAspectRatio: type1C(Attribute.PixelAspectRatio),
  bitsAllocated: type1(Attribute.BitsAllocated),
  bitsStored: type1(Attribute.BitsStored),
  highBit: type1(Attribute.HighBit),
  pixelRepresentation: type1(Attribute.PixelRepresentation),
  pixelData: type1(Attribute.PixelData)
}

const inBox = {
  imageBoxPosition: type1(Attribute.ImageBoxPosition),
  polarity: type3(Attribute.Polarity, enumeratedValues("NORMAL", "REVERSE")),
  magnificationType: presentation.magnificationType,
  smoothingType: presentation.smoothingType,
  requestedImageSize: type3(Attribute.RequestedImageSize),
  requestedDecimateCropBehavior: type3(
    Attribute.RequestedDecimateCropBehavior,
    enumeratedValues("DECIMATE", "CROP", "FAIL")
  )
}

/**
 * The attributes of a grayscale image box (PS3.4 Table H.4-10). An image of `null` erases the one that is there.
 *
 * @category attributes
 * @since 0.1.0
 */
export const GrayscaleImageBox = DataSetSchema.Struct({
  image: type2(Attribute.BasicGrayscaleImageSequence, Schema.Array(DataSetSchema.Struct(image))),
  ...inBox,
  ...presentation
})

/**
 * The attributes of a color image box (PS3.4 Table H.4-11). An image of `null` erases the one that is there.
 *
 * @category attributes
 * @since 0.1.0
 */
export const ColorImageBox = DataSetSchema.Struct({
  image: type2(
    Attribute.BasicColorImageSequence,
    Schema.Array(DataSetSchema.Struct({ ...image, planarConfiguration: type1(Attribute.PlanarConfiguration) }))
  ),
  ...inBox
})

/**
 * The attributes of an annotation box (PS3.4 Table H.4-13). A text of `null` erases the one that is there.
 *
 * @category attributes
 * @since 0.1.0
 */
export const AnnotationBox = DataSetSchema.Struct({
  annotationPosition: type1(Attribute.AnnotationPosition),
  textString: type3(Attribute.TextString)
})

/**
 * What N-ACTION answers where the printer has print jobs (PS3.4 Tables H.4-3 and H.4-8).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Printed = DataSetSchema.Struct({
  referencedPrintJob: type3(Attribute.ReferencedPrintJobSequencePullStoredPrint, references)
})

/**
 * The attributes of a printer that N-GET gives, those that were asked for (PS3.4 Table H.4-17).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Printer = DataSetSchema.Struct({
  printerStatus: type1C(Attribute.PrinterStatus, enumeratedValues("NORMAL", "WARNING", "FAILURE")),
  printerStatusInfo: type3(Attribute.PrinterStatusInfo),
  printerName: type3(Attribute.PrinterName),
  manufacturer: type3(Attribute.Manufacturer),
  manufacturerModelName: type3(Attribute.ManufacturerModelName),
  deviceSerialNumber: type3(Attribute.DeviceSerialNumber),
  softwareVersions: type3(Attribute.SoftwareVersions),
  dateOfLastCalibration: type3(Attribute.DateOfLastCalibration),
  timeOfLastCalibration: type3(Attribute.TimeOfLastCalibration)
})

/**
 * The information of a printer's events Warning and Failure (PS3.4 Table H.4-16).
 *
 * @category attributes
 * @since 0.1.0
 */
export const PrinterEvent = DataSetSchema.Struct({
  printerStatusInfo: type1(Attribute.PrinterStatusInfo),
  filmDestination: type3(Attribute.FilmDestination),
  printerName: type3(Attribute.PrinterName)
})

/**
 * The attributes of a print job that N-GET gives, those that were asked for (PS3.4 Table H.4-15).
 *
 * @category attributes
 * @since 0.1.0
 */
export const PrintJob = DataSetSchema.Struct({
  executionStatus: type1C(Attribute.ExecutionStatus, enumeratedValues("PENDING", "PRINTING", "DONE", "FAILURE")),
  executionStatusInfo: type3(Attribute.ExecutionStatusInfo),
  printPriority: type3(Attribute.PrintPriority, enumeratedValues("HIGH", "MED", "LOW")),
  creationDate: type3(Attribute.CreationDate),
  creationTime: type3(Attribute.CreationTime),
  printerName: type3(Attribute.PrinterName),
  originator: type3(Attribute.Originator)
})

/**
 * The information of a print job's events (PS3.4 Table H.4-14).
 *
 * @category attributes
 * @since 0.1.0
 */
export const PrintJobEvent = DataSetSchema.Struct({
  executionStatusInfo: type1(Attribute.ExecutionStatusInfo),
  filmSessionLabel: type3(Attribute.FilmSessionLabel),
  printerName: type3(Attribute.PrinterName)
})

const lut = DataSetSchema.Struct({
  presentationLut: type1C(Attribute.PresentationLUTSequence),
  presentationLutShape: type1C(Attribute.PresentationLUTShape, enumeratedValues("IDENTITY", "LIN OD"))
})

/**
 * @category attributes
 * @since 0.1.0
 */
export type PresentationLut = typeof lut.Type

/**
 * The attributes of a presentation LUT: a sequence of one table, or a shape, and not both (PS3.4 Table H.4-23).
 *
 * @category attributes
 * @since 0.1.0
 */
export const PresentationLut: Schema.Codec<PresentationLut, DataSet> = lut.check(
  Schema.makeFilter(({ presentationLut, presentationLutShape }) =>
    (presentationLut === undefined) === (presentationLutShape === undefined)
      ? "there is one of Presentation LUT Sequence and Presentation LUT Shape"
      : true
  )
)

/**
 * The configurations of a printer (PS3.4 Table H.4-26): its SOP classes, memory, media, formats and defaults.
 *
 * @category attributes
 * @since 0.1.0
 */
export const PrinterConfiguration = configuration

// -----------------------------------------------------------------------------
// identifiers
// -----------------------------------------------------------------------------

/**
 * The instance of the Printer SOP class (PS3.4 section H.4.6.5).
 *
 * @category identifiers
 * @since 0.1.0
 */
export const printerInstance: Uid = UidRegistry.PrinterInstance

/**
 * The instance of the Printer Configuration Retrieval SOP class (PS3.4 section H.4.11.4).
 *
 * @category identifiers
 * @since 0.1.0
 */
export const printerConfigurationInstance: Uid = UidRegistry.PrinterConfigurationRetrievalInstance

// -----------------------------------------------------------------------------
// the service classes
// -----------------------------------------------------------------------------

const ofSession = { affects: SopClass.BasicFilmSession } as const
const ofBox = { affects: SopClass.BasicFilmBox } as const
const ofPrinter = { affects: SopClass.Printer, statuses: PrintStatus.EventStatus } as const

const print = { actionTypeId: 1, information: Operation.none, reply: Operation.optional(Printed) } as const

const operations = {
  createFilmSession: Operation.create({
    ...ofSession,
    statuses: PrintStatus.FilmSessionCreateStatus,
    attributes: Operation.optional(FilmSession)
  }),
  setFilmSession: Operation.setAttributes({
    ...ofSession,
    statuses: PrintStatus.FilmSessionSetStatus,
    modifications: FilmSession
  }),
  deleteFilmSession: Operation.delete({ ...ofSession, statuses: PrintStatus.DeleteStatus }),
  printFilmSession: Operation.action({
    ...ofSession,
    ...print,
    statuses: PrintStatus.FilmSessionPrintStatus,
    usage: "U"
  }),
  createFilmBox: Operation.create({
    ...ofBox,
    statuses: PrintStatus.FilmBoxCreateStatus,
    attributes: FilmBox,
    created: FilmBoxCreated
  }),
  setFilmBox: Operation.setAttributes({
    ...ofBox,
    statuses: PrintStatus.FilmBoxSetStatus,
    modifications: FilmBoxModifications,
    usage: "U"
  }),
  deleteFilmBox: Operation.delete({ ...ofBox, statuses: PrintStatus.DeleteStatus }),
  printFilmBox: Operation.action({ ...ofBox, ...print, statuses: PrintStatus.FilmBoxPrintStatus }),
  getPrinter: Operation.getAttributes({
    affects: SopClass.Printer,
    statuses: PrintStatus.GetStatus,
    attributes: Operation.dataSet
  }),
  printerNormal: Operation.eventReport({ ...ofPrinter, eventTypeId: 1 }),
  printerWarning: Operation.eventReport({ ...ofPrinter, eventTypeId: 2, information: PrinterEvent }),
  printerFailure: Operation.eventReport({ ...ofPrinter, eventTypeId: 3, information: PrinterEvent })
}

/**
 * Basic Grayscale Print Management, a Meta SOP class (PS3.4 section H.3.2.2.1).
 *
 * **Details**
 *
 * A provider keeps film sessions, and the film boxes of each, which it answers with the image boxes that it makes of their
 * Image Display Format. Where a request leaves the choice of an instance, the handler gives the one that it chose.
 *
 * **Example** (The handler of a film box with one image)
 *
 * ```ts
 * import { SopClass, Uid } from "@effect-dicom/data"
 * import { PrintStatus } from "@effect-dicom/services"
 * import type { PrintManagement, ServiceClass } from "@effect-dicom/services"
 * import { Effect } from "effect"
 *
 * type Handlers = ServiceClass.Handlers<typeof PrintManagement.grayscale.operations>
 *
 * const createFilmBox: Handlers["createFilmBox"] = ({ dataSet, sopInstanceUid = Uid.makeUnsafe("2.25.7") }) =>
 *   dataSet.imageDisplayFormat === "STANDARD\\1,1"
 *     ? Effect.succeed({
 *         sopInstanceUid,
 *         dataSet: {
 *           referencedImageBoxes: [
 *             {
 *               referencedSopClassUid: SopClass.BasicGrayscaleImageBox,
 *               referencedSopInstanceUid: Uid.makeUnsafe("2.25.8")
 *             }
 *           ]
 *         }
 *       })
 *     : Effect.fail(PrintStatus.FilmBoxCreateStatus.of.InvalidAttributeValue())
 * ```
 *
 * @category service classes
 * @since 0.1.0
 */
export const grayscale = ServiceClass.make("Basic Grayscale Print Management", {
  sopClasses: [SopClass.BasicGrayscalePrintManagementMeta],
  operations: {
    ...operations,
    setImageBox: Operation.setAttributes({
      affects: SopClass.BasicGrayscaleImageBox,
      statuses: PrintStatus.GrayscaleImageBoxSetStatus,
      modifications: GrayscaleImageBox
    })
  }
})

/**
 * Basic Color Print Management, a Meta SOP class (PS3.4 section H.3.2.2.2).
 *
 * @category service classes
 * @since 0.1.0
 */
export const color = ServiceClass.make("Basic Color Print Management", {
  sopClasses: [SopClass.BasicColorPrintManagementMeta],
  operations: {
    ...operations,
    setImageBox: Operation.setAttributes({
      affects: SopClass.BasicColorImageBox,
      statuses: PrintStatus.ColorImageBoxSetStatus,
      modifications: ColorImageBox
    })
  }
})

/**
 * The Basic Annotation Box, optional (PS3.4 section H.4.4).
 *
 * @category service classes
 * @since 0.1.0
 */
export const annotationBox = ServiceClass.make("Basic Annotation Box", {
  sopClasses: [SopClass.BasicAnnotationBox],
  operations: {
    set: Operation.setAttributes({ statuses: PrintStatus.AnnotationBoxSetStatus, modifications: AnnotationBox })
  }
})

const ofJob = { statuses: PrintStatus.EventStatus, information: PrintJobEvent } as const

/**
 * The Print Job, optional (PS3.4 section H.4.5): its events come on the association on which the film was printed.
 *
 * @category service classes
 * @since 0.1.0
 */
export const printJob = ServiceClass.make("Print Job", {
  sopClasses: [SopClass.PrintJob],
  operations: {
    get: Operation.getAttributes({ statuses: PrintStatus.GetStatus, attributes: Operation.dataSet }),
    pending: Operation.eventReport({ ...ofJob, eventTypeId: 1 }),
    printing: Operation.eventReport({ ...ofJob, eventTypeId: 2 }),
    done: Operation.eventReport({ ...ofJob, eventTypeId: 3 }),
    failure: Operation.eventReport({ ...ofJob, eventTypeId: 4 })
  }
})

/**
 * The Presentation LUT, optional (PS3.4 section H.4.9).
 *
 * @category service classes
 * @since 0.1.0
 */
export const presentationLut = ServiceClass.make("Presentation LUT", {
  sopClasses: [SopClass.PresentationLUT],
  operations: {
    create: Operation.create({ statuses: PrintStatus.PresentationLutCreateStatus, attributes: PresentationLut }),
    delete: Operation.delete({ statuses: PrintStatus.DeleteStatus })
  }
})

/**
 * The Printer Configuration Retrieval, optional (PS3.4 section H.4.11).
 *
 * @category service classes
 * @since 0.1.0
 */
export const printerConfiguration = ServiceClass.make("Printer Configuration Retrieval", {
  sopClasses: [SopClass.PrinterConfigurationRetrieval],
  operations: {
    get: Operation.getAttributes({ statuses: PrintStatus.GetStatus, attributes: Operation.dataSet })
  }
})
