/** What a printer is configured for (PS3.4 Table H.4-26), as N-GET gives it. */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as Schema from "effect/Schema"

const { type1, type1C, type2 } = DataSetSchema

const medium = {
  mediumType: type1(Attribute.MediumType),
  filmSizeId: type1(Attribute.FilmSizeID),
  minDensity: type1C(Attribute.MinDensity),
  maxDensity: type1(Attribute.MaxDensity)
}

const displayFormat = DataSetSchema.Struct({
  rows: type1C(Attribute.Rows),
  columns: type1C(Attribute.Columns),
  imageDisplayFormat: type1(Attribute.ImageDisplayFormat),
  filmOrientation: type1(Attribute.FilmOrientation),
  filmSizeId: type1(Attribute.FilmSizeID),
  printerResolutionId: type1(Attribute.PrinterResolutionID),
  printerPixelSpacing: type1(Attribute.PrinterPixelSpacing),
  requestedImageSizeFlag: type1(Attribute.RequestedImageSizeFlag)
})

export const configuration = DataSetSchema.Struct({
  printerConfigurations: type1(
    Attribute.PrinterConfigurationSequence,
    Schema.Array(
      DataSetSchema.Struct({
        sopClassesSupported: type1(Attribute.SOPClassesSupported),
        maximumMemoryAllocation: type1(Attribute.MaximumMemoryAllocation),
        memoryBitDepth: type1(Attribute.MemoryBitDepth),
        printingBitDepth: type1(Attribute.PrintingBitDepth),
        mediaInstalled: type1(
          Attribute.MediaInstalledSequence,
          Schema.Array(DataSetSchema.Struct({ itemNumber: type1(Attribute.ItemNumber), ...medium }))
        ),
        otherMediaAvailable: type2(Attribute.OtherMediaAvailableSequence, Schema.Array(DataSetSchema.Struct(medium))),
        supportedImageDisplayFormats: type1(
          Attribute.SupportedImageDisplayFormatsSequence,
          Schema.Array(displayFormat)
        ),
        defaultPrinterResolutionId: type1(Attribute.DefaultPrinterResolutionID),
        defaultMagnificationType: type1(Attribute.DefaultMagnificationType),
        otherMagnificationTypesAvailable: type2(Attribute.OtherMagnificationTypesAvailable),
        defaultSmoothingType: type2(Attribute.DefaultSmoothingType),
        otherSmoothingTypesAvailable: type2(Attribute.OtherSmoothingTypesAvailable),
        configurationInformationDescription: type2(Attribute.ConfigurationInformationDescription),
        maximumCollatedFilms: type1(Attribute.MaximumCollatedFilms),
        decimateCropResult: type1(Attribute.DecimateCropResult),
        manufacturer: type1(Attribute.Manufacturer),
        manufacturerModelName: type1(Attribute.ManufacturerModelName),
        printerName: type1(Attribute.PrinterName)
      })
    )
  )
})
