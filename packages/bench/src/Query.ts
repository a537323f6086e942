/**
 * What is asked and what is found where queries are measured: 2000 matches of the composite object instance level, as
 * dcmqrscp has them, and of the study level, with about thirty attributes.
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DS from "@effect-dicom/data/DS"
import * as IS from "@effect-dicom/data/IS"
import * as PersonName from "@effect-dicom/data/PersonName"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import { QueryRetrieve } from "@effect-dicom/services"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Instance from "./Instance.ts"

/** How many matches there are. */
export const count = 2000

/** Queries by Study Root. */
export const findSopClassUid = SopClass.StudyRootQueryRetrieveInformationModelFind

/** Of images, typed. */
export const images = QueryRetrieve.make("Study Root", {
  identifier: QueryRetrieve.Identifier.image,
  match: QueryRetrieve.Match.image
})

/** Of studies, typed. */
export const studies = QueryRetrieve.make("Study Root", {
  identifier: QueryRetrieve.Identifier.study,
  match: QueryRetrieve.Match.study
})

/** Asks for the images of the series in which all instances are that are measured with. */
export const imageKeys: typeof QueryRetrieve.Identifier.image.Type = {
  level: "IMAGE",
  studyInstanceUid: AttributeMatching.singleValue(Instance.studyInstanceUid),
  seriesInstanceUid: AttributeMatching.singleValue(Instance.seriesInstanceUid),
  sopInstanceUid: AttributeMatching.universal,
  instanceNumber: AttributeMatching.universal
}

/** Asks for studies. */
export const studyKeys: typeof QueryRetrieve.Identifier.study.Type = {
  level: "STUDY",
  studyInstanceUid: AttributeMatching.universal
}

/** What a retrieval of the study asks for. */
export const study: DataSet.DataSet = Result.getOrThrow(
  DataSet.withAll(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), [
    [Attribute.QueryRetrieveLevel, "STUDY"],
    [Attribute.StudyInstanceUID, Instance.studyInstanceUid]
  ])
)

/** The n-th image. */
export const image = (n: number): typeof QueryRetrieve.Match.image.Type => ({
  level: "IMAGE",
  retrieveAETitle: ["ANY-SCP"],
  studyInstanceUid: Instance.studyInstanceUid,
  seriesInstanceUid: Instance.seriesInstanceUid,
  sopInstanceUid: Instance.uid(2, n),
  instanceNumber: number(1)
})

const name = (familyName: string, givenName: string): PersonName.PersonName =>
  Result.getOrThrow(PersonName.make({ alphabetic: { familyName, givenName } }))

const number = (value: number): IS.IS => Result.getOrThrow(IS.fromNumber(value))

/** The study of the n-th patient. */
export const matchedStudy = (n: number): typeof QueryRetrieve.Match.study.Type => ({
  level: "STUDY",
  retrieveAETitle: ["ARCHIVE"],
  instanceAvailability: "ONLINE",
  patientName: name("MEASURED", `MARY${n}`),
  patientId: `BENCH-${n}`,
  issuerOfPatientId: "BENCH",
  patientBirthDate: { year: 1970, month: 1, day: 1 },
  patientBirthTime: null,
  patientSex: "F",
  otherPatientNames: [name("MEASURED", "MOLLY")],
  ethnicGroup: null,
  patientComments: "Made up for measuring",
  numberOfPatientRelatedStudies: number(3),
  numberOfPatientRelatedSeries: number(9),
  numberOfPatientRelatedInstances: number(2700),
  studyDate: { year: 2024, month: 2, day: 29 },
  studyTime: { hour: 12, minute: 0, second: 0 },
  accessionNumber: `A${n}`,
  studyId: String(n),
  studyInstanceUid: Instance.uid(5, n),
  modalitiesInStudy: ["CT", "SR"],
  sopClassesInStudy: [Instance.sopClassUid],
  referringPhysicianName: name("REFERRING", "PHYSICIAN"),
  studyDescription: "CT of the chest",
  nameOfPhysiciansReadingStudy: [name("READING", "PHYSICIAN")],
  patientAge: { value: 54, unit: "Y" },
  patientSize: Result.getOrThrow(DS.fromNumber(1.7)),
  patientWeight: Result.getOrThrow(DS.fromNumber(70)),
  occupation: null,
  numberOfStudyRelatedSeries: number(3),
  numberOfStudyRelatedInstances: number(900)
})

/** The bytes of a match or a key in implicit VR little endian. */
export const bytes = (dataSet: DataSet.DataSet): Uint8Array =>
  DataSet.toBytes(Result.getOrThrow(DataSet.transcode(dataSet, TransferSyntax.ImplicitVRLittleEndian)))

/** The bytes of a study. */
export const studyBytes = (n: number): Uint8Array =>
  bytes(Result.getOrThrow(Schema.encodeResult(QueryRetrieve.Match.study)(matchedStudy(n))))

/** The bytes of keys. */
export const keyBytes = {
  image: (): Uint8Array => bytes(Result.getOrThrow(Schema.encodeResult(QueryRetrieve.Identifier.image)(imageKeys))),
  study: (): Uint8Array => bytes(Result.getOrThrow(Schema.encodeResult(QueryRetrieve.Identifier.study)(studyKeys)))
} as const
