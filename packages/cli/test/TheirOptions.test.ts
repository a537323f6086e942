import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { dicom } from "./command.ts"

describe("options of DCMTK and pynetdicom", () => {
  it.live("are told of by what they are here", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* dicom("find", "-aet", "ME", "-aec", "PACS", "-S", "localhost", "104"), {
        exitCode: 2,
        out: [],
        err: [
          "-aet is an option of DCMTK or pynetdicom; here it is --aetitle.",
          "-aec is an option of DCMTK or pynetdicom; here it is --call.",
          "-S is an option of DCMTK or pynetdicom; here it is --model study.",
          "See dicom find --help."
        ]
      })
    })
  )

  it.live("that are something else here are told of where their value gives them away", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* dicom("find", "localhost", "104", "--key", "PatientName=DOE*"), {
        exitCode: 2,
        out: [],
        err: ['--key is the private key for TLS. Give "PatientName=DOE*" as an argument, or with -k.']
      })
    })
  )

  it.live("that are neither theirs nor ours are not guessed at by one letter", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* dicom("echo", "-z", "localhost", "104")).err, [
        "Unrecognized flag: -z in command dicom echo",
        "See dicom echo --help."
      ])
    })
  )
})
