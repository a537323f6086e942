/**
 * The same sixty patients behind dcmqrscp, behind wlmscpfs, and behind providers of ours that match with
 * `IdentifierMatching`; what they answer to the same queries. Where they differ, the standard says why.
 */
import { Attribute, type CharacterSet, DataSet, IdentifierMatching } from "@effect-dicom/data"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Path from "node:path"
import { ModalityWorklist, QueryRetrieve, ServiceClassProvider, Storage } from "../../src/index.ts"
import { archive, ascii, holding, japanese, latin1, type Texts, utf8, worklist, writeWorklist } from "./generated.ts"
import * as Peers from "./peers.ts"

const skip = Peers.isMissing(Peers.isDcmtkThere)
const name = (sentence: string): string => (skip ? `${sentence} (skipped: DCMTK is not installed)` : sentence)

const {
  AccessionNumber,
  InstanceNumber,
  ModalitiesInStudy,
  Modality,
  PatientBirthDate,
  PatientID,
  PatientName,
  PatientSex,
  QueryRetrieveLevel,
  ScheduledProcedureStepStartDate,
  ScheduledProcedureStepStartTime,
  ScheduledStationAETitle,
  SeriesInstanceUID,
  SeriesNumber,
  SOPInstanceUID,
  StudyDate,
  StudyDescription,
  StudyInstanceUID,
  StudyTime
} = Attribute

const textOf = (dataSet: DataSet.DataSet, { tag }: Attribute.Attribute): string =>
  Result.getOrThrow(DataSet.text(dataSet, tag))?.text.replace(/[\0 ]+$/, "") ?? ""

/** Whether case matters in names is an implementation's to say (PS3.4 section C.2.2.2.1); with DCMTK it does. */
const options: IdentifierMatching.Options = { caseSensitiveNames: true }

// -----------------------------------------------------------------------------
// queries
// -----------------------------------------------------------------------------

const unique = { PATIENT: PatientID, STUDY: StudyInstanceUID, SERIES: SeriesInstanceUID, IMAGE: SOPInstanceUID }
type Level = keyof typeof unique | "WORKLIST"

interface Query {
  readonly level: Level
  readonly texts: Texts
  readonly set?: CharacterSet.CharacterSet
}

const identifierOf = ({ level, set = ascii, texts }: Query): DataSet.DataSet => {
  if (level !== "WORKLIST") return holding(set, [[QueryRetrieveLevel, level], [unique[level], ""], ...texts])
  const isOfStep = ([{ tag }]: Texts[number]) => !isOfPatient.has(tag)
  const step: Texts = [ScheduledStationAETitle, ScheduledProcedureStepStartDate, ScheduledProcedureStepStartTime].map(
    (attribute) => [attribute, ""]
  )
  return holding(
    set,
    [[PatientID, ""], ...texts.filter((text) => !isOfStep(text))],
    [[Attribute.ScheduledProcedureStepSequence, [...step, ...texts.filter(isOfStep)]]]
  )
}
/** What is not of the scheduled procedure step: sequence matching is of the rest (PS3.4 section C.2.2.2.6). */
const isOfPatient = new Set([PatientName.tag, PatientID.tag, PatientBirthDate.tag, PatientSex.tag, AccessionNumber.tag])

const each = (
  level: Level,
  attribute: Attribute.Attribute,
  values: ReadonlyArray<string>,
  more: Texts = [],
  set: CharacterSet.CharacterSet = ascii
): ReadonlyArray<Query> => values.map((value) => ({ level, texts: [...more, [attribute, value]], set }))

const inStudy: Texts = [[StudyInstanceUID, "1.2.3.5"]]
const inSeries: Texts = [...inStudy, [SeriesInstanceUID, "1.2.3.5.1"]]

const namesThatAgree = [
  ...["", "*", "DOE^JOHN", "DOE*", "D?E*", "*J*", "SM?TH*", "DOE", "DO?", "*ANN", "doe", "O'B*", "??", "SMITH^MARY"],
  ...["Yamada*", "Wang^XiaoDong=*", "Yamada^Tarou=*=*", "SMYTH ", "DOE^JOHN*", "Buc*"]
]

/** Answered alike. */
const agreed: ReadonlyArray<Query> = [
  // universal, single value, wild card; names of several components and component groups; case
  ...each("PATIENT", PatientName, namesThatAgree),
  ...each("WORKLIST", PatientName, namesThatAgree),
  ...each("PATIENT", PatientID, ["P1", "P1*", "p1", "P?", "P5 ", ""]),
  ...each("PATIENT", PatientSex, ["F", "f", "?", "*"]),
  ...each("STUDY", AccessionNumber, ["A1", "a1", "A1*", "A?"]),
  ...each("STUDY", StudyDescription, ["HEAD", "head", "HE?D", "H*D", "ABDOMEN*", "ABDOMEN  2", "ABDOMEN 2", "CHEST?"]),
  ...each("STUDY", StudyDescription, ["CHEST*", "*", "???", ""]),
  ...each("SERIES", Modality, ["CT", "C*", "?R", "ct", "*"], inStudy),
  ...each("SERIES", SeriesNumber, ["1", "2", "*"], inStudy),
  ...each("IMAGE", InstanceNumber, ["007", "*"], inSeries),
  ...each("WORKLIST", Modality, ["CT", "XA", "*", ""]),
  ...each("WORKLIST", ScheduledStationAETitle, ["CT1", "MR1", "ct1", "CT1\\MR1"]),
  ...each("WORKLIST", PatientID, ["P1", "P1\\P2"]),
  ...each("WORKLIST", AccessionNumber, ["A1", "A1*"]),
  ...each("WORKLIST", PatientSex, ["F"]),
  // other character sets: of the key, and of what is matched
  ...each("PATIENT", PatientName, ["Buc^J\u00e9r\u00f4me", "Buc*"], [], latin1),
  ...each("WORKLIST", PatientName, ["Buc^J\u00e9r\u00f4me", "Buc*"], [], latin1),
  ...each("WORKLIST", PatientName, ["Buc*", "*\u738b*", "Wang^XiaoDong=\u738b^\u5c0f\u4e1c"], [], utf8),
  ...each("PATIENT", PatientName, ["Buc^J\u00e9r\u00f4me", "Buc*", "*\u738b*", "DOE^JOHN"], [], utf8),
  ...each("PATIENT", PatientName, ["Wang^XiaoDong=\u738b^\u5c0f\u4e1c"], [], utf8),
  ...each(
    "PATIENT",
    PatientName,
    ["*\u5c71\u7530*", "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce=\u3084\u307e\u3060^\u305f\u308d\u3046"],
    [],
    japanese
  ),
  // ranges, open and closed, of dates and of times, and of both; a date that is unknown
  ...each("PATIENT", PatientBirthDate, ["19700101", "19700101-19720301", "19740501-", "-19730401", "1970*", ""]),
  ...each("STUDY", StudyDate, ["20240101", "20240101-20240115", "20240115-", "-20240102", "20240201-20240101"]),
  ...each("STUDY", StudyTime, ["100000", "235959", "1000-1015", "103000.5", "1031-", "-0959", "1800-235959"]),
  ...each("STUDY", StudyTime, ["1000-1200"], [[StudyDate, "20240101-20240102"]]),
  ...each("WORKLIST", ScheduledProcedureStepStartDate, ["20240101", "20240101-20240115", "20240115-", "-20240102"]),
  ...each("WORKLIST", ScheduledProcedureStepStartTime, ["100000", "1000-1015", "103000.5", "1031-", "-0959"]),
  ...each(
    "WORKLIST",
    ScheduledProcedureStepStartTime,
    ["1800-235959"],
    [
      [PatientName, "D*"],
      [Modality, "CT"],
      [ScheduledProcedureStepStartDate, "20240101-"]
    ]
  ),
  // lists of UIDs
  ...each("STUDY", StudyInstanceUID, ["1.2.3.4", "1.2.3.4\\1.2.3.5", "1.2.3.4\\1.2.3.99", "1.2.3.*", "1.2.3"]),
  ...each("SERIES", SeriesInstanceUID, ["1.2.3.5.0\\1.2.3.5.1"], inStudy),
  ...each("IMAGE", SOPInstanceUID, ["1.2.3.5.1.1\\1.2.3.5.1.2"], inSeries),
  // keys of another level: those of the patient in the study level, and a series without its study, which is refused
  ...each("STUDY", PatientName, ["D*"], [[StudyDate, "20240101-"]]),
  ...each("SERIES", Modality, ["CT"])
]

const both = ["PATIENT", "WORKLIST"] as const

const trailing = "PS3.5 section 6.2, PN: trailing null components and their delimiters may be omitted"
const groups =
  "PS3.4 section C.2.2.2.4, note 3: an SCP matches on separate component groups, or interprets the entire value literally"
const character = "PS3.4 section C.2.2.2.4: ? shall match any single character, which may be of several bytes"
const encoding =
  "PS3.4 section C.2.2.2: Specific Character Set is never matched, it says how other attributes are encoded"
const unsupported =
  "PS3.4 section C.2.2.2: how an SCP matches is undefined where it does not support the character sets of the request"
const wild =
  "PS3.4 Table K.6-1 asks for single value matching of it, section C.2.2.2.4 lets AE, CS and LO have wild cards"
const upper = "PS3.5 section 6.2, CS: characters are upper case; no such value is an error, or matches nothing"
const precision =
  "PS3.5 section 6.2, TM: components may be omitted, and a minute or an hour has moments behind its first"
const integers = "PS3.5 section 6.2, IS: the string represents an integer, which may have a sign and leading zeros"
const several =
  "PS3.4 section C.2.2.2.8: that several values match is to be negotiated; without it they are no single value"
const periods = "PS3.5 section 6.2, DA: a date is yyyymmdd; yyyy.mm.dd is of the ACR-NEMA Standard before DICOM"
const optional = "PS3.4 section C.2.2.1.3: an SCP that does not support an optional key does not match it"

const jerome = "Buc^J\u00e9r\u00f4me"
const yamada = "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce=\u3084\u307e\u3060^\u305f\u308d\u3046"
const ofYamada = ["\u5c71\u7530*", "\u5c71\u7530^\u592a\u90ce", yamada, "*=\u5c71\u7530^\u592a\u90ce*"]
const under = ScheduledProcedureStepStartTime

/** Answered otherwise: why; to which queries; how many matches are ours, and theirs. */
const explained: ReadonlyArray<
  readonly [why: string, queries: ReadonlyArray<Query>, ours: number, theirs: number | "refused"]
> = [
  [trailing, both.flatMap((level) => each(level, PatientName, ["DOE^*^*"])), 10, 0],
  [trailing, both.flatMap((level) => each(level, PatientName, ["DOE^JOHN^", "DOE^"])), 5, 0],
  [groups, both.flatMap((level) => each(level, PatientName, ["Yamada^Tarou", "Wang^XiaoDong"])), 4, 0],
  [groups, both.flatMap((level) => each(level, PatientName, ["=*"])), 60, 0],
  [groups, both.flatMap((level) => each(level, PatientName, ofYamada, [], utf8)), 4, 0],
  [character, each("PATIENT", PatientName, ["Buc^J?r?me*"], [], utf8), 8, 0],
  [character, both.flatMap((level) => each(level, PatientName, ["Buc^J?r?me*"], [], latin1)), 8, 4],
  [character, each("WORKLIST", PatientName, ["Buc^J?r?me*"], [], utf8), 8, 4],
  [encoding, each("WORKLIST", PatientName, [jerome], [], utf8), 4, 0],
  [unsupported, each("WORKLIST", PatientName, ["*\u5c71\u7530*", yamada], [], japanese), 4, "refused"],
  [wild, each("WORKLIST", Modality, ["C*", "?R"]), 20, 0],
  [wild, each("WORKLIST", ScheduledStationAETitle, ["*1"]), 40, 0],
  [wild, each("WORKLIST", PatientID, ["P1*"]), 11, 0],
  [upper, each("WORKLIST", Modality, ["ct"]), 0, "refused"],
  [precision, [...each("STUDY", StudyTime, ["1030"]), ...each("WORKLIST", under, ["1030"])], 17, 9],
  [precision, [...each("STUDY", StudyTime, ["10"]), ...each("WORKLIST", under, ["10"])], 35, 18],
  [precision, [...each("STUDY", StudyTime, ["-1030"]), ...each("WORKLIST", under, ["-1030"])], 43, 35],
  [precision, [...each("STUDY", StudyTime, ["1800-2359"]), ...each("WORKLIST", under, ["1800-2359"])], 17, 8],
  [integers, each("SERIES", SeriesNumber, ["01", "+1"], inStudy), 1, 0],
  [integers, each("IMAGE", InstanceNumber, ["7"], inSeries), 1, 0],
  [several, [...each("PATIENT", PatientID, ["P1\\P2"]), ...each("STUDY", AccessionNumber, ["A1\\A2"])], 2, 0],
  [several, each("PATIENT", PatientSex, ["F\\M"]), 40, 0],
  [several, each("STUDY", StudyDate, ["20240101\\20240102"]), 24, 0],
  [periods, each("STUDY", StudyDate, ["2024.01.01"]), 0, 12],
  [periods, each("WORKLIST", ScheduledProcedureStepStartDate, ["2024.01.01"]), 0, "refused"],
  [optional, each("STUDY", ModalitiesInStudy, ["CT", "C*"]), 20, 60],
  [optional, each("STUDY", ModalitiesInStudy, ["CT\\MR"]), 40, 60]
]

// -----------------------------------------------------------------------------
// the providers
// -----------------------------------------------------------------------------

/** What the archive has at a level: at that of studies with the modalities of their series. */
const candidates = (level: keyof typeof unique): ReadonlyArray<DataSet.DataSet> =>
  archive.flatMap(({ whole }, i) => {
    const isFirst = archive.findIndex((one) => textOf(one.whole, unique[level]) === textOf(whole, unique[level])) === i
    if (!isFirst) return []
    const modalities = level === "STUDY" ? DataSet.with(whole, ModalitiesInStudy, [textOf(whole, Modality)]) : undefined
    return [modalities === undefined ? whole : Result.getOrThrow(modalities)]
  })

const levels = Object.fromEntries(Object.keys(unique).map((level) => [level, candidates(level as "STUDY")])) // its keys

/** A search from above (PS3.4 section C.4.1.3.1.1): above the level is one patient, study and series. */
const find = ({ identifier }: { readonly identifier: DataSet.DataSet }) => {
  const level = textOf(identifier, QueryRetrieveLevel)
  const isUnderStudy = level === "SERIES" || level === "IMAGE"
  if (isUnderStudy && textOf(identifier, StudyInstanceUID) === "") {
    return Stream.fail(QueryRetrieve.FindStatus.of.UnableToProcess())
  }
  const query = IdentifierMatching.make(identifier, options)
  return Stream.fromIterable(levels[level] ?? []).pipe(
    Stream.filter(query.matches),
    Stream.map((candidate) => ({ identifier: query.response(candidate) }))
  )
}

const ours = Peers.storing(
  ServiceClassProvider.together([
    QueryRetrieve.patientRoot.handlers({ find }),
    QueryRetrieve.studyRoot.handlers({ find }),
    ModalityWorklist.serviceClass.handlers({
      find: ({ identifier }) => {
        const query = IdentifierMatching.make(identifier, options)
        return Stream.fromIterable(worklist).pipe(
          Stream.filter(query.matches),
          Stream.map((candidate) => ({ identifier: query.response(candidate) }))
        )
      }
    })
  ])
)

const dcmqrscp = Effect.gen(function* () {
  const port = yield* Peers.archive()
  const association = yield* Peers.associate(port, Storage.presentationContexts(archive).flat())
  for (const instance of archive) assert.deepStrictEqual(yield* Storage.store(association, instance), Status.success)
  yield* association.release
  return port
})

const wlmscpfs = Effect.gen(function* () {
  const directory = yield* Peers.temporary
  writeWorklist(Path.join(directory, "ANY-SCP"))
  return (yield* Peers.listening("wlmscpfs", ["-dfp", directory])).port
})

/** Asks whoever listens on the ports: by the Patient Root model for patients, by the Study Root model for the rest. */
const asking = Effect.fnUntraced(function* (ports: { readonly archive: number; readonly worklist: number }) {
  const ofArchive = yield* Peers.associate(ports.archive, [
    ...QueryRetrieve.patientRoot.presentationContexts(),
    ...QueryRetrieve.studyRoot.presentationContexts()
  ])
  const ofWorklist = yield* Peers.associate(ports.worklist, ModalityWorklist.serviceClass.presentationContexts())
  const patients = QueryRetrieve.patientRoot.client(ofArchive)
  const studies = QueryRetrieve.studyRoot.client(ofArchive)
  const items = ModalityWorklist.serviceClass.client(ofWorklist)
  return (query: Query) => {
    const identifier = identifierOf(query)
    const { level } = query
    const found: Stream.Stream<{ readonly identifier: DataSet.DataSet }, { readonly _tag: string }> =
      level === "WORKLIST" ? items.find(identifier) : (level === "PATIENT" ? patients : studies).find(identifier)
    const id = level === "WORKLIST" ? PatientID : unique[level]
    return Effect.match(Stream.runCollect(found), {
      onFailure: ({ _tag }): ReadonlyArray<string> | "refused" => {
        assert.strictEqual(_tag, "Refused")
        return "refused"
      },
      onSuccess: (matches) => matches.map(({ identifier }) => textOf(identifier, id)).toSorted()
    })
  }
})

describe("identifiers are matched as dcmqrscp and wlmscpfs match them", () => {
  it.live.skipIf(skip)(name("but for what the standard explains"), () =>
    Effect.gen(function* () {
      const { port } = yield* ours
      const askUs = yield* asking({ archive: port, worklist: port })
      const askThem = yield* asking({ archive: yield* dcmqrscp, worklist: yield* wlmscpfs })
      const told = ({ level, set, texts }: Query) =>
        [level, set?.terms.join("\\"), ...texts.map(([{ keyword }, value]) => `${keyword}=${value}`)].join(" ")
      for (const query of agreed) {
        assert.deepStrictEqual(yield* askUs(query), yield* askThem(query), told(query))
      }
      const counts = (matches: ReadonlyArray<string> | "refused") => (matches === "refused" ? matches : matches.length)
      for (const [why, queries, ours, theirs] of explained) {
        for (const query of queries) {
          const found = [counts(yield* askUs(query)), counts(yield* askThem(query))]
          assert.deepStrictEqual(found, [ours, theirs], `${told(query)}: ${why}`)
        }
      }
    })
  )
})
