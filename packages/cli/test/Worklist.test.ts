import type * as DataSet from "@effect-dicom/data/DataSet"
import * as DicomJson from "@effect-dicom/data/DicomJson"
import { ModalityWorklist } from "@effect-dicom/services"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { dicom, providing } from "./command.ts"

const json = (dataSet: DataSet.DataSet): DicomJson.DicomJson => Result.getOrThrow(DicomJson.encode(dataSet))

/** A peer that keeps the identifiers that it was asked with. */
const worklist = Effect.gen(function* () {
  const asked: Array<DicomJson.DicomJson> = []
  const port = yield* providing(
    ModalityWorklist.make({ match: ModalityWorklist.Item }).handlers({
      find: ({ identifier }) => {
        asked.push(json(identifier))
        return Stream.make({ identifier: { patientId: "PAT 1", scheduledProcedureStep: [{ modality: "CT" }] } })
      }
    })
  )
  return { asked, port }
})

describe("dicom worklist", { timeout: 20000 }, () => {
  it.live("asks by handy flags, and prints the attributes of the step too", () =>
    Effect.gen(function* () {
      const { asked, port } = yield* worklist
      const { err, out } = yield* dicom(
        ...["worklist", `127.0.0.1:${port}`, "--modality", "CT", "--date", "20260101-20260131", "--station", "CT1"],
        ...["--patient", "DOE^*", "PatientID", "--only-keys"]
      )
      assert.deepStrictEqual(asked, [
        {
          "00100010": { vr: "PN", Value: [{ Alphabetic: "DOE^*" }] },
          "00100020": { vr: "LO" },
          "00400100": {
            vr: "SQ",
            Value: [
              {
                "00080060": { vr: "CS", Value: ["CT"] },
                "00400001": { vr: "AE", Value: ["CT1"] },
                "00400002": { vr: "DA", Value: ["20260101-20260131"] }
              }
            ]
          }
        }
      ])
      assert.deepStrictEqual(out, [
        "PatientName\tPatientID\tModality\tScheduledStationAETitle\tScheduledProcedureStepStartDate",
        "\tPAT 1\tCT\t\t"
      ])
      assert.deepStrictEqual(err, ["1 match"])
    })
  )

  it.live("keys of the step go into its sequence, written so or not, beside those that are there", () =>
    Effect.gen(function* () {
      const { asked, port } = yield* worklist
      yield* dicom(
        ...[
          "worklist",
          `127.0.0.1:${port}`,
          "Modality=MR",
          "-k",
          "0040,0010=ROOM1",
          "AccessionNumber=7",
          "--only-keys"
        ],
        "ScheduledProcedureStepSequence[0].ScheduledProcedureStepID",
        "ScheduledProtocolCodeSequence[0].CodeValue=1"
      )
      assert.deepStrictEqual(asked, [
        {
          "00080050": { vr: "SH", Value: ["7"] },
          "00400100": {
            vr: "SQ",
            Value: [
              {
                "00080060": { vr: "CS", Value: ["MR"] },
                "00400008": { vr: "SQ", Value: [{ "00080100": { vr: "SH", Value: ["1"] } }] },
                "00400009": { vr: "SH" },
                "00400010": { vr: "SH", Value: ["ROOM1"] }
              }
            ]
          }
        }
      ])
    })
  )

  it.live("a date that is mistyped is told of before anybody is asked", () =>
    Effect.gen(function* () {
      const { err, exitCode } = yield* dicom("worklist", "127.0.0.1:1", "--date", "2026-01-31")
      assert.deepStrictEqual(
        [exitCode, err],
        [2, ['"2026-01-31" is no date. Give --date 20260131, a range of dates as in 20260101-20260131, or today.']]
      )
    })
  )
})
