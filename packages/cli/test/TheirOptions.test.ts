import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TheirOptions from "../src/TheirOptions.ts"
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

  it.live("are told of where they would be taken for files, or for other letters", () =>
    Effect.gen(function* () {
      for (const [args, option, here, subcommand] of [
        [
          ["store", "localhost", "104", "+sd", "/nowhere"],
          "+sd",
          "nothing: folders are searched as they are, folders within them too",
          "store"
        ],
        [["store", "-nh", "localhost", "104", "x.dcm"], "-nh", "--no-halt", "store"],
        [["store", "-xs", "localhost", "104", "x.dcm"], "-xs", "--propose JPEGLosslessSV1", "store"],
        [["serve", "-xe", "--ignore"], "-xe", "--accept ExplicitVRLittleEndian", "serve"],
        [["get", "localhost", "104", "+xt", "--ignore"], "+xt", "--accept JPEGLSLossless", "get"],
        [["echo", "+tls", "a.pem", "b.pem", "localhost", "104"], "+tls", "--tls, with --key and --cert", "echo"],
        [["move", "--no-port", "localhost", "104"], "--no-port", "nothing: without --listen there is none", "move"],
        [["find", "--dt-matching", "localhost", "104"], "--dt-matching", "--extended datetime", "find"]
      ] as const) {
        assert.deepStrictEqual(yield* dicom(...args), {
          exitCode: 2,
          out: [],
          err: [`${option} is an option of DCMTK or pynetdicom; here it is ${here}.`, `See dicom ${subcommand} --help.`]
        })
      }
    })
  )

  it.live("are told of in one object with --json", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* dicom("find", "-S", "-aec", "PACS", "localhost", "104", "--json")).err, [
        '{"type":"error","code":2,"tag":"usage","message":"-S is an option of DCMTK or pynetdicom; here it is --model ' +
          'study. -aec is an option of DCMTK or pynetdicom; here it is --call. See dicom find --help."}'
      ])
    })
  )

  it("are none where they are the values of flags, after --, or letters that belong together", () => {
    const { mistaken } = TheirOptions
    assert.deepStrictEqual(mistaken(["echo", "--password", "+pw", "localhost"]), [])
    assert.deepStrictEqual(mistaken(["store", "localhost", "104", "--", "+sd"]), [])
    assert.deepStrictEqual(mistaken(["echo", "-vc", "ARCHIVE", "localhost"]), [])
    assert.deepStrictEqual(TheirOptions.hints(["move", "-d", "ME", "--no-port"], new Set(["--no-port"])), [
      "--no-port is an option of DCMTK or pynetdicom; here it is nothing: without --listen there is none."
    ])
  })

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
