import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as DicomJson from "@effect-dicom/data/DicomJson"
import { QueryRetrieve } from "@effect-dicom/services"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import { join } from "node:path"
import { Columns } from "../src/Output.ts"
import { dicom, folder, providing, Reader } from "./command.ts"

const json = (dataSet: DataSet.DataSet): DicomJson.DicomJson => Result.getOrThrow(DicomJson.encode(dataSet))

const studies = QueryRetrieve.make("Study Root", {
  identifier: QueryRetrieve.Identifier.study,
  match: QueryRetrieve.Match.study
})

/** A peer with studies 1 to n of patients, which also keeps the identifiers that it was asked with. */
const archive = Effect.fnUntraced(function* (n: number) {
  let sent = 0
  const port = yield* providing(
    studies.handlers({
      find: () =>
        Stream.range(1, n).pipe(
          Stream.tap(() => Effect.sync(() => sent++)),
          Stream.map((i) => ({
            identifier: { level: "STUDY" as const, patientId: `PAT ${i}`, studyId: `S${i}`, studyDescription: "Müller" }
          }))
        )
    })
  )
  return { port, sent: () => sent }
})

describe("dicom find", { timeout: 20000 }, () => {
  it.live("prints matches with tabs between columns, and counts them on stderr", () =>
    Effect.gen(function* () {
      const { port } = yield* archive(2)
      assert.deepStrictEqual(yield* dicom("find", "127.0.0.1", port, "PatientID=PAT*", "StudyID", "--only-keys"), {
        exitCode: 0,
        out: ["PatientID\tStudyID", "PAT 1\tS1", "PAT 2\tS2"],
        err: ["2 matches"]
      })
    })
  )

  it.live("aligns them on a terminal", () =>
    Effect.gen(function* () {
      const { port } = yield* archive(1)
      const { out } = yield* Effect.provideService(
        dicom("find", `127.0.0.1:${port}`, "-k", "0010,0020", "-k", "StudyID", "--only-keys"),
        Columns,
        80
      )
      assert.deepStrictEqual(out, ["PatientID  StudyID", "PAT 1      S1"])
    })
  )

  it.live("prints DICOM JSON, one object a line", () =>
    Effect.gen(function* () {
      const { port } = yield* archive(2)
      const { err, exitCode, out } = yield* dicom("find", `127.0.0.1:${port}`, "--json")
      assert.deepStrictEqual(
        [exitCode, ...err.map((line) => JSON.parse(line))],
        [0, { type: "summary", matches: 2, cancelled: false, association: "Released" }]
      )
      assert.deepStrictEqual(
        out.map((line) => JSON.parse(line)["00100020"]),
        [
          { vr: "LO", Value: ["PAT 1"] },
          { vr: "LO", Value: ["PAT 2"] }
        ]
      )
    })
  )

  it.live("--quiet prints the matches and counts nothing, and with --json too", () =>
    Effect.gen(function* () {
      const { port } = yield* archive(2)
      const find = ["find", "127.0.0.1", port, "PatientID", "--only-keys", "--quiet"]
      assert.deepStrictEqual(yield* dicom(...find), { exitCode: 0, out: ["PatientID", "PAT 1", "PAT 2"], err: [] })
      const { err, exitCode, out } = yield* dicom(...find, "--json")
      assert.deepStrictEqual([exitCode, out.length, err], [0, 2, []])
    })
  )

  it.live("--repeat prints once what the columns are, in a pipe and on a terminal", () =>
    Effect.gen(function* () {
      const { port } = yield* archive(1)
      const find = dicom("find", "127.0.0.1", port, "PatientID", "StudyID", "--only-keys", "--repeat", "3")
      assert.deepStrictEqual(yield* find, {
        exitCode: 0,
        out: ["PatientID\tStudyID", "PAT 1\tS1", "PAT 1\tS1", "PAT 1\tS1"],
        err: ["3 matches"]
      })
      const { out } = yield* Effect.provideService(find, Columns, 80)
      assert.deepStrictEqual(out, ["PatientID  StudyID", "PAT 1      S1", "PAT 1      S1", "PAT 1      S1"])
    })
  )

  const unusable = [
    ["a folder", "/", "it is a folder"],
    ["a device", "/dev/null", "it is no file"],
    ["within a file", "/etc/passwd/keys", "a part of its path is no folder"],
    ["one that is not there", "/nowhere/keys", "there is no such file or folder"]
  ] as const
  for (const [name, path, refusal] of unusable) {
    it.live.skipIf(process.platform !== "linux")(`a file of keys that is none, ${name}: exit code 7`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* dicom("find", "127.0.0.1", "1", "--keys", path), {
          exitCode: 7,
          out: [],
          err: [`Cannot read ${path}: ${refusal}. Give a file that can be read with --keys.`]
        })
      })
    )
  }

  it.live("a file of keys with nothing in it: exit code 7", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "keys")
      Fs.writeFileSync(path, "")
      const { err, exitCode } = yield* dicom("find", "127.0.0.1", "1", "--keys", path)
      assert.deepStrictEqual(
        [exitCode, err],
        [7, [`Cannot read ${path}: it is empty. Give a file that can be read with --keys.`]]
      )
    })
  )

  it.live("asks with the keys of a file, those of the command line in their place, and customary ones", () =>
    Effect.gen(function* () {
      const asked: Array<DicomJson.DicomJson> = []
      const port = yield* providing(
        QueryRetrieve.patientRoot.handlers({
          find: ({ identifier }) => {
            asked.push(json(identifier))
            return Stream.empty
          }
        })
      )
      const directory = yield* folder
      const keys = join(directory, "keys.json")
      Fs.writeFileSync(keys, JSON.stringify({ PatientName: "A*", PatientID: "1", QueryRetrieveLevel: "PATIENT" }))
      const { err, exitCode, out } = yield* dicom(
        ...["find", `127.0.0.1:${port}`, "--model", "patient", "--keys", keys, "PatientID=2", "--only-keys"]
      )
      assert.deepStrictEqual([exitCode, out, err], [0, [], ["0 matches"]])
      yield* dicom("find", `127.0.0.1:${port}`, "--model", "patient", "--level", "patient", "--repeat", "2")
      const customary = {
        "00080052": { vr: "CS", Value: ["PATIENT"] },
        "00100010": { vr: "PN" },
        "00100020": { vr: "LO" },
        "00100030": { vr: "DA" },
        "00100040": { vr: "CS" }
      }
      assert.deepStrictEqual(asked, [
        {
          "00080052": { vr: "CS", Value: ["PATIENT"] },
          "00100010": { vr: "PN", Value: [{ Alphabetic: "A*" }] },
          "00100020": { vr: "LO", Value: ["2"] }
        },
        customary,
        customary
      ])
    })
  )

  it.live("takes models, levels and priorities in capitals too", () =>
    Effect.gen(function* () {
      const { port } = yield* archive(1)
      const find = ["find", "127.0.0.1", port, "PatientID", "--only-keys", "--quiet", "--model", "STUDY"]
      const ran = { exitCode: 0, out: ["PatientID", "PAT 1"], err: [] }
      assert.deepStrictEqual(yield* dicom(...find, "--level", "STUDY", "--priority", "High"), ran)
      assert.deepStrictEqual(yield* dicom(...find, "-l", "Study"), ran)
      const { err, exitCode } = yield* dicom(...find, "--level", "FRAME")
      assert.deepStrictEqual([exitCode, err.at(-1)], [2, "See dicom find --help."])
    })
  )

  it.live("asks at the level of the flag, at that of the file without one, and at the study level without either", () =>
    Effect.gen(function* () {
      const asked: Array<string | undefined> = []
      const port = yield* providing(
        QueryRetrieve.studyRoot.handlers({
          find: ({ identifier }) => {
            const level = json(identifier)["00080052"]
            asked.push(JSON.stringify(level))
            return Stream.empty
          }
        })
      )
      const directory = yield* folder
      const [bare, series] = [join(directory, "bare.json"), join(directory, "series.json")]
      Fs.writeFileSync(bare, JSON.stringify({ PatientName: "A*" }))
      Fs.writeFileSync(series, JSON.stringify({ StudyInstanceUID: "1.2", QueryRetrieveLevel: "SERIES" }))
      const find = ["find", `127.0.0.1:${port}`, "--keys"]
      for (const args of [[bare], [series], [series, "--level", "image", "SeriesInstanceUID=1.3"]]) {
        const { err, exitCode } = yield* dicom(...find, ...args)
        assert.deepStrictEqual([exitCode, err], [0, ["0 matches"]])
      }
      assert.deepStrictEqual(
        asked,
        ["STUDY", "SERIES", "IMAGE"].map((level) => JSON.stringify({ vr: "CS", Value: [level] }))
      )
    })
  )

  it.live("the level of a key or of a file says what is asked for beside it, and the flag counts more", () =>
    Effect.gen(function* () {
      const asked: Array<ReadonlyArray<string>> = []
      const port = yield* providing(
        QueryRetrieve.studyRoot.handlers({
          find: ({ identifier }) => {
            asked.push(Object.keys(json(identifier)))
            return Stream.empty
          }
        })
      )
      const find = ["find", `127.0.0.1:${port}`, "0008,0052=SERIES", "StudyInstanceUID=1.2"]
      yield* dicom(...find)
      yield* dicom(...find, "SeriesInstanceUID=1.3", "--level", "image", "--only-keys")
      assert.deepStrictEqual(asked, [
        ["00080052", "00080060", "0008103E", "0020000D", "0020000E", "00200011"],
        ["00080052", "0020000D", "0020000E"]
      ])
    })
  )

  it.live("--unchecked and --extended relational send a query without the unique keys of the levels above", () =>
    Effect.gen(function* () {
      const asked: Array<ReadonlyArray<string>> = []
      const port = yield* providing(
        QueryRetrieve.studyRoot.handlers({
          find: ({ identifier }) => {
            asked.push(Object.keys(json(identifier)))
            return Stream.empty
          }
        })
      )
      const find = ["find", `127.0.0.1:${port}`, "--level", "series", "Modality=MR", "--only-keys"]
      for (const args of [["--unchecked"], ["--extended", "relational"]]) {
        assert.deepStrictEqual((yield* dicom(...find, ...args)).exitCode, 0)
      }
      assert.deepStrictEqual(asked, [
        ["00080052", "00080060"],
        ["00080052", "00080060"]
      ])
    })
  )

  it.live("without a level the unique keys lead to it: the study, one below it that is asked for, or the patient", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const keep = (identifier: DataSet.DataSet) => {
        const level = json(identifier)["00080052"]
        asked.push(String(level !== undefined && "Value" in level ? level.Value?.[0] : undefined))
        return Stream.empty
      }
      const port = yield* providing(
        QueryRetrieve.studyRoot.handlers({ find: ({ identifier }) => keep(identifier) }),
        QueryRetrieve.patientRoot.handlers({ find: ({ identifier }) => keep(identifier) })
      )
      for (const [level, ...args] of [
        ["STUDY", "PatientName=DOE*"],
        ["STUDY", "StudyInstanceUID=1.2"],
        ["SERIES", "StudyInstanceUID=1.2", "SeriesInstanceUID"],
        ["STUDY", "SeriesInstanceUID"],
        ["IMAGE", "StudyInstanceUID=1.2", "SeriesInstanceUID=1.3", "SOPInstanceUID"],
        ["PATIENT", "--model", "patient", "PatientName=DOE*"],
        ["PATIENT", "--model", "patient", "PatientID=4*"],
        ["STUDY", "--model", "patient", "PatientID=4711"],
        ["STUDY", "--model", "patient", "PatientName=DOE*", "--extended", "relational"]
      ] as const) {
        asked.length = 0
        const { exitCode } = yield* dicom("find", `127.0.0.1:${port}`, ...args)
        assert.deepStrictEqual([exitCode, asked], [0, [level]], args.join(" "))
      }
    })
  )

  it.live("--cancel-after cancels the query, and releases", () =>
    Effect.gen(function* () {
      const { port, sent } = yield* archive(100000)
      const { err, exitCode, out } = yield* dicom(
        ...["find", `127.0.0.1:${port}`, "PatientID", "--only-keys", "--cancel-after", "2"]
      )
      assert.deepStrictEqual([exitCode, out, err], [0, ["PatientID", "PAT 1", "PAT 2"], ["2 matches, then cancelled"]])
      assert.isBelow(sent(), 100000)
    })
  )

  it.live("--max prints so many and counts them all", () =>
    Effect.gen(function* () {
      const { port } = yield* archive(3)
      const { err, out } = yield* dicom("find", `127.0.0.1:${port}`, "PatientID", "--only-keys", "--max", "1")
      assert.deepStrictEqual([out, err], [["PatientID", "PAT 1"], ["3 matches"]])
    })
  )

  it.live("--max is of what --output writes too", () =>
    Effect.gen(function* () {
      const { port } = yield* archive(3)
      const directory = join(yield* folder, "found")
      const { err } = yield* dicom("find", `127.0.0.1:${port}`, "--output", directory, "--max", "2")
      assert.deepStrictEqual(err, ["3 matches"])
      assert.deepStrictEqual(Fs.readdirSync(directory), ["rsp0001.dcm", "rsp0002.dcm"])
    })
  )

  it.live("--output writes each match as a file", () =>
    Effect.gen(function* () {
      const { port } = yield* archive(2)
      const directory = join(yield* folder, "found")
      yield* dicom("find", `127.0.0.1:${port}`, "--output", directory)
      assert.deepStrictEqual(Fs.readdirSync(directory), ["rsp0001.dcm", "rsp0002.dcm"])
      const file = Result.getOrThrow(FileFormat.decode(Fs.readFileSync(join(directory, "rsp0002.dcm"))))
      assert.deepStrictEqual(DataSet.get(file.dataSet, Attribute.PatientID), Result.succeed("PAT 2"))
    })
  )

  it.live("--extended is negotiated, and --propose says in which syntax", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const port = yield* providing(
        QueryRetrieve.studyRoot.handlers(
          {
            find: ({ context, extendedNegotiation }) => {
              seen.push(extendedNegotiation, context.transferSyntax)
              return Stream.empty
            }
          },
          { extendedNegotiation: { find: (proposed) => proposed } }
        )
      )
      const at = `127.0.0.1:${port}`
      yield* dicom("find", at, "--extended", "relational,fuzzy", "--propose", "ImplicitVRLittleEndian")
      assert.deepStrictEqual(seen[1], "1.2.840.10008.1.2")
      assert.deepInclude(seen[0], { relationalQueries: true, dateTimeMatching: false, fuzzySemanticMatching: true })
    })
  )

  it.live("what of --extended the peer does not agree to is told", () =>
    Effect.gen(function* () {
      const handlers = { find: () => Stream.empty }
      const some = yield* providing(
        QueryRetrieve.studyRoot.handlers(handlers, {
          extendedNegotiation: { find: (proposed) => ({ ...proposed, fuzzySemanticMatching: false }) }
        })
      )
      const none = yield* providing(QueryRetrieve.studyRoot.handlers(handlers))
      for (const [port, refused] of [
        [some, ["ANY-SCP did not agree to fuzzy: it may answer as if that had not been asked for."]],
        [none, ["ANY-SCP did not agree to relational, fuzzy: it may answer as if that had not been asked for."]]
      ] as const) {
        const find = ["find", `127.0.0.1:${port}`, "--extended", "relational,fuzzy"]
        assert.deepStrictEqual((yield* dicom(...find)).err, [...refused, "0 matches"])
        assert.deepStrictEqual((yield* dicom(...find, "--quiet")).err, [])
      }
    })
  )

  it.live("a failure of the peer is exit code 6, with its comment", () =>
    Effect.gen(function* () {
      const port = yield* providing(
        studies.handlers({ find: () => Stream.fail(QueryRetrieve.FindStatus.of.UnableToProcess(0xc001)) })
      )
      const { err, exitCode } = yield* dicom("find", `127.0.0.1:${port}`, "--json")
      assert.strictEqual(exitCode, 6)
      assert.deepStrictEqual(JSON.parse(err.at(-1) ?? ""), {
        type: "error",
        code: 6,
        tag: "Refused",
        message:
          "ANY-SCP refused. The operation ended with Failure C001H, Failed: Unable to process. See what its log says.",
        parameters: { status: "C001H", name: "UnableToProcess" }
      })
    })
  )

  it.live("where nobody reads on, the query is cancelled, no other is asked, and the association is released", () =>
    Effect.gen(function* () {
      const { port, sent } = yield* archive(100000)
      const { err, exitCode } = yield* Effect.provideService(
        dicom("find", `127.0.0.1:${port}`, "PatientID", "--only-keys", "--repeat", "2", "--verbose"),
        Reader,
        1
      )
      assert.deepStrictEqual([exitCode, err.at(-1)], [0, "2 matches, not all of them read"])
      assert.isBelow(sent(), 100000)
    })
  )

  it.live("--unchecked sends a value that is wrong, as it is, and that of a file is sent so too", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      const port = yield* providing(
        QueryRetrieve.studyRoot.handlers({
          find: ({ identifier }) => {
            asked.push(json(identifier)["00080020"])
            return Stream.empty
          }
        })
      )
      const { exitCode } = yield* dicom(
        ...["find", `127.0.0.1:${port}`, "StudyDate=2026.01.31", "--only-keys", "--unchecked"]
      )
      const odd = { vr: "DA", Value: ["2026.01.31"] }
      assert.deepStrictEqual([exitCode, asked], [0, [odd]])
      const keys = join(yield* folder, "answer.json")
      Fs.writeFileSync(keys, JSON.stringify({ "00080020": odd }))
      yield* dicom("find", `127.0.0.1:${port}`, "--keys", keys, "--only-keys")
      assert.deepStrictEqual(asked, [odd, odd])
    })
  )

  const wrong = (name: string, args: ReadonlyArray<string>, sentence: string) =>
    it.live(name, () =>
      Effect.gen(function* () {
        const { err, exitCode } = yield* dicom("find", "127.0.0.1:1", ...args)
        assert.deepStrictEqual([exitCode, err], [2, [sentence]])
      })
    )
  wrong(
    "a level that the model does not have",
    ["--level", "patient"],
    'The model "study" has no level "patient", but study, series, image. Give one of them with --level, ' +
      "or --model patient."
  )
  wrong(
    "a level without a value of the unique key above it",
    ["--level", "series", "Modality=MR", "StudyInstanceUID"],
    'A query at the level "series" is within one study, said by its unique key. Give one value of StudyInstanceUID, as in ' +
      "StudyInstanceUID=1.2.3, or --extended relational where the peer can do without, or --unchecked to send it as it is."
  )
  wrong(
    "a level with wildcards in the unique key above it",
    ["--model", "patient", "--level", "study", "PatientID=4*"],
    'A query at the level "study" is within one patient, said by its unique key. Give one value of PatientID, as in ' +
      "PatientID=1.2.3, or --extended relational where the peer can do without, or --unchecked to send it as it is."
  )
  wrong(
    "a level without values of several unique keys above it",
    ["--model", "patient", "--level", "image", "SeriesInstanceUID=1.2"],
    'A query at the level "image" is within one patient, one study, said by their unique keys. Give one value of PatientID, ' +
      "StudyInstanceUID, as in PatientID=1.2.3, or --extended relational where the peer can do without, or --unchecked to " +
      "send it as it is."
  )
  wrong(
    "a word that is not negotiated",
    ["--extended", "clairvoyance"],
    '"clairvoyance" cannot be negotiated here. Give some of relational, datetime, fuzzy, timezone, multiframe, empty, ' +
      "multiple with --extended."
  )
  wrong(
    "a word of extended negotiation that an object has",
    ["--extended", "constructor"],
    '"constructor" cannot be negotiated here. Give some of relational, datetime, fuzzy, timezone, multiframe, empty, ' +
      "multiple with --extended."
  )
  wrong(
    "a transfer syntax that there is not",
    ["--propose", "ExplicitVRMiddleEndian"],
    '"ExplicitVRMiddleEndian" is no transfer syntax. Give keywords or UIDs, as in --propose ImplicitVRLittleEndian.'
  )
})

describe("a key whose value is none of its VR is told of before anybody is asked", { timeout: 20000 }, () => {
  const wrong = (key: string, rule: string) =>
    it.live(key, () =>
      Effect.gen(function* () {
        const err = [
          `The key ${JSON.stringify(key)} is wrong: ${rule}. Correct it, or give --unchecked to send it as it is.`
        ]
        assert.deepStrictEqual(yield* dicom("find", "127.0.0.1:1", key), { exitCode: 2, out: [], err })
      })
    )
  wrong("StudyDate=2026-01-31", '"2026-01-31" is not of VR DA: permitted is a date as YYYYMMDD')
  wrong(
    "StudyDate=20260231-",
    '"20260231-" is not of VR DA: permitted is two values and a hyphen between them, of which one may be left out; ' +
      "each with a day of 01 to 28"
  )
  wrong("StudyTime=25", '"25" is not of VR TM: permitted is an hour of 00 to 23')
  wrong(
    "AcquisitionDateTime=yesterday",
    '"yesterday" is not of VR DT: permitted is a date and time as YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&ZZXX]'
  )
  wrong(
    "SeriesNumber=1*",
    '"1*" is not of VR IS: permitted is an integer of -2147483648 to 2147483647 in at most 12 characters'
  )
  wrong(
    "StudyInstanceUID=1.2\\1.02",
    '"1.02" is not a UID: permitted is no component of more than one digit begins with 0'
  )
  wrong(
    "RequestAttributesSequence[0].StudyInstanceUID=one",
    '"one" is not a UID: permitted is digits 0-9 and periods only'
  )

  it.live("dates, ranges of them, times with a zone and lists of UIDs are not", () =>
    Effect.gen(function* () {
      const { err } = yield* dicom(
        ...["find", "127.0.0.1:1", "StudyDate=20260101-", "StudyTime=08-1730", "SeriesNumber=1"],
        ...[
          "AcquisitionDateTime=20260101-0500-20270101",
          "StudyInstanceUID=1.2\\1.3",
          "PatientBirthDate=19700101\\19710101"
        ]
      )
      assert.match(err.join("\n"), /^No connection to 127\.0\.0\.1:1/)
    })
  )
})
