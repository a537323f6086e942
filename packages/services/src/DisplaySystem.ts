/**
 * The Display System Management service class (PS3.4 Annex EE): what a display is and how it measured, as user and as
 * provider. Of the targets and the results of quality assurance there are the sequences; their items are data sets.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import type { Uid } from "@effect-dicom/data/Uid"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import * as Schema from "effect/Schema"
import * as GeneralStatus from "./GeneralStatus.ts"
import { codes } from "./internal/codedEntry.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

/**
 * The statuses of N-GET (PS3.4 section EE.2.2.1.3): those of PS3.7, and none of its own.
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
 * The instance of the SOP class, which every display system has (PS3.4 section EE.2.4).
 *
 * @category identifiers
 * @since 0.1.0
 */
export const sopInstanceUid: Uid = UidRegistry.DisplaySystemInstance

/**
 * An item of the Display Subsystem Sequence (PS3.4 Table EE.2.2.1-2).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Subsystem = DataSetSchema.Struct({
  displaySubsystemId: DataSetSchema.type1(Attribute.DisplaySubsystemID),
  displaySubsystemName: DataSetSchema.type2(Attribute.DisplaySubsystemName),
  displaySubsystemDescription: DataSetSchema.type2(Attribute.DisplaySubsystemDescription),
  displayDeviceTypeCode: DataSetSchema.type2(Attribute.DisplayDeviceTypeCodeSequence, codes),
  manufacturer: DataSetSchema.type2(Attribute.Manufacturer),
  deviceSerialNumber: DataSetSchema.type2(Attribute.DeviceSerialNumber),
  manufacturerModelName: DataSetSchema.type2(Attribute.ManufacturerModelName),
  systemStatus: DataSetSchema.type1(Attribute.SystemStatus),
  systemStatusComment: DataSetSchema.type2(Attribute.SystemStatusComment),
  displaySubsystemConfigurations: DataSetSchema.type2(Attribute.DisplaySubsystemConfigurationSequence),
  currentConfigurationId: DataSetSchema.type2(Attribute.CurrentConfigurationID),
  measurementEquipment: DataSetSchema.type2(Attribute.MeasurementEquipmentSequence)
})

/**
 * The attributes of a display system as N-GET gives them (PS3.4 Table EE.2.2.1-2): those that were asked for.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Attributes = DataSetSchema.Struct({
  manufacturer: DataSetSchema.type1C(Attribute.Manufacturer),
  institutionName: DataSetSchema.type1C(Attribute.InstitutionName),
  institutionAddress: DataSetSchema.type1C(Attribute.InstitutionAddress),
  deviceSerialNumber: DataSetSchema.type1C(Attribute.DeviceSerialNumber),
  stationName: DataSetSchema.type2C(Attribute.StationName),
  institutionalDepartmentName: DataSetSchema.type2C(Attribute.InstitutionalDepartmentName),
  institutionalDepartmentTypeCode: DataSetSchema.type3(Attribute.InstitutionalDepartmentTypeCodeSequence, codes),
  manufacturerModelName: DataSetSchema.type1C(Attribute.ManufacturerModelName),
  equipmentAdministrators: DataSetSchema.type2C(Attribute.EquipmentAdministratorSequence),
  numberOfDisplaySubsystems: DataSetSchema.type1C(Attribute.NumberOfDisplaySubsystems),
  displaySubsystems: DataSetSchema.type1C(Attribute.DisplaySubsystemSequence, Schema.Array(Subsystem)),
  targetLuminanceCharacteristics: DataSetSchema.type1C(Attribute.TargetLuminanceCharacteristicsSequence),
  qaResults: DataSetSchema.type1C(Attribute.QAResultsSequence)
})

/**
 * The service class. What N-GET gives is a data set, since it has the attributes that were asked for, whichever they
 * are; {@link Attributes} reads it.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass = ServiceClass.make("Display System Management", {
  sopClasses: [SopClass.DisplaySystem],
  operations: {
    get: Operation.getAttributes({ statuses: GetStatus, attributes: Operation.dataSet })
  }
})
