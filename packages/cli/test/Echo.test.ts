import { Association } from "@effect-dicom/association"
import { ReadyMade } from "@effect-dicom/association/testing"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Status from "@effect-dicom/protocol/Status"
import { ServiceError, Verification } from "@effect-dicom/services"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { accepting, dicom, providing, scripted, serving } from "./command.ts"

const Line = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))
const parse = Schema.decodeUnknownSync(Line)

describe("dicom echo", { timeout: 20000 }, () => {
  it.live("prints the answer", () =>
    Effect.gen(function* () {
      const port = yield* serving()
      const { err, exitCode, out } = yield* dicom("echo", "127.0.0.1", port, "--call", "ARCHIVE")
      assert.deepStrictEqual([exitCode, err, out.length], [0, [], 1])
      assert.match(out[0] ?? "", new RegExp(`^ARCHIVE at 127.0.0.1:${port}: Success 0000H, [0-9.]+ ms$`))
    })
  )

  it.live("--repeat asks on one association, and --json gives an object for each answer and one for all", () =>
    Effect.gen(function* () {
      const port = yield* serving()
      const { exitCode, out } = yield* dicom("echo", "127.0.0.1", port, "--repeat", "3", "--json")
      assert.strictEqual(exitCode, 0)
      const lines = out.map((line) => parse(line))
      assert.deepStrictEqual(
        lines.map(({ count, status, type }) => [type, count, status]),
        [
          ["echo", 1, "Success 0000H"],
          ["echo", 2, "Success 0000H"],
          ["echo", 3, "Success 0000H"],
          ["summary", 3, undefined]
        ]
      )
      assert.strictEqual(lines[3]?.["association"], "Released")
    })
  )

  it.live("prints an address of IPv6 in brackets", () =>
    Effect.gen(function* () {
      const port = yield* serving({ host: "::1" })
      assert.match(
        (yield* dicom("echo", "::1", port)).out[0] ?? "",
        new RegExp(`^ANY-SCP at \\[::1\\]:${port}: Success`)
      )
      assert.match((yield* dicom("echo", "::1")).err[0] ?? "", /Give HOST PORT, \[::1\]:PORT, or such a name\.$/)
    })
  )

  it.live("--propose says in which transfer syntaxes", () =>
    Effect.gen(function* () {
      const agreed: Array<string> = []
      const port = yield* providing({
        supported: [Verification.presentationContext],
        perform: (incoming, association) => {
          agreed.push(incoming.context.transferSyntax)
          return Verification.provider.perform(incoming, association)
        }
      })
      for (const propose of ["ExplicitVRBigEndian,ImplicitVRLittleEndian", "1.2.840.10008.1.2.1"]) {
        assert.deepStrictEqual((yield* dicom("echo", "127.0.0.1", port, "--propose", propose)).exitCode, 0)
      }
      assert.deepStrictEqual(agreed, ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"])
      const { err, exitCode } = yield* dicom("echo", "127.0.0.1", port, "--propose", "ExplicitVRBigEndian")
      assert.deepStrictEqual(
        [exitCode, err],
        [
          8,
          [
            "ANY-SCP accepted no presentation context for Verification SOP Class (1.2.840.10008.1.1). See which SOP classes " +
              "and transfer syntaxes it is set up for."
          ]
        ]
      )
    })
  )

  it.live("--quiet prints nothing when all is well", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* dicom("echo", "127.0.0.1", yield* serving(), "--quiet"), {
        exitCode: 0,
        out: [],
        err: []
      })
    })
  )

  it.live("--verbose tells who the peer is, and how many contexts it accepted", () =>
    Effect.gen(function* () {
      const { err, exitCode } = yield* dicom("echo", "127.0.0.1", yield* serving(), "--verbose", "--call", "ARCHIVE")
      const name = Association.implementation.versionName
      assert.deepStrictEqual(
        [exitCode, err],
        [0, [`association with ARCHIVE (${name}): 1 of 1 presentation contexts accepted`]]
      )
    })
  )

  it.live("--abort ends with an A-ABORT in place of the release", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const script = Effect.gen(function* () {
        const peer = yield* accepting(accept)
        yield* peer.expect("P-DATA-TF")
        yield* peer.send(ReadyMade.echoRSP())
        yield* peer.expect("A-ABORT", { source: "service-user" })
      })
      const [{ exitCode }] = yield* Effect.all([dicom("echo", "127.0.0.1", port, "--abort"), script], {
        concurrency: 2
      })
      assert.strictEqual(exitCode, 0)
    })
  )

  it.live("no one listens: exit code 3", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(serving())
      assert.deepStrictEqual(yield* dicom("echo", "127.0.0.1", port), {
        exitCode: 3,
        out: [],
        err: [
          `No connection to 127.0.0.1:${port}: connection refused. Is a DICOM application listening there? Check host and port.`
        ]
      })
    })
  )

  it.live("with --json a failure is an object on stderr, with the tag and the parameters of what happened", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const script = Effect.gen(function* () {
        const peer = yield* accept
        yield* peer.expect("A-ASSOCIATE-RQ")
        yield* peer.send(
          ReadyMade.associateRJ({
            result: "rejected-transient",
            source: "DICOM UL service-provider (Presentation related function)",
            diagnostic: "temporary-congestion"
          })
        )
        yield* peer.expectClosed()
      })
      const [ran] = yield* Effect.all([dicom("echo", "127.0.0.1", port, "--json"), script], { concurrency: 2 })
      assert.deepStrictEqual([ran.exitCode, ran.out.length, ran.err.length], [4, 1, 1])
      assert.deepStrictEqual(parse(ran.out[0]), {
        type: "summary",
        success: false,
        count: 0,
        milliseconds: null,
        association: null
      })
      assert.deepStrictEqual(parse(ran.err[0]), {
        type: "error",
        code: 4,
        tag: "Rejected",
        message:
          "The peer rejected the association: temporary-congestion (rejected-transient, " +
          "DICOM UL service-provider (Presentation related function)); it may accept later. Try again when it is less busy.",
        parameters: {
          by: "peer",
          result: "rejected-transient",
          source: "DICOM UL service-provider (Presentation related function)",
          diagnostic: "temporary-congestion"
        }
      })
    })
  )

  it.live("the peer says nothing to the request: exit code 3", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const script = Effect.gen(function* () {
        const peer = yield* accept
        yield* peer.expect("A-ASSOCIATE-RQ")
        yield* peer.expect("A-ABORT")
      })
      const [ran] = yield* Effect.all([dicom("echo", "127.0.0.1", port, "--acse-timeout", "0.2"), script], {
        concurrency: 2
      })
      assert.deepStrictEqual(ran, {
        exitCode: 3,
        out: [],
        err: [
          `The negotiation deadline passed: the association was not established within 200 ms (127.0.0.1:${port}). ` +
            "Is it a DICOM application? If it is only slow, give it more time with --acse-timeout."
        ]
      })
    })
  )

  const rejections = [
    [
      "called-AE-title-not-recognized",
      "called-AE-title-not-recognized (rejected-permanent, DICOM UL service-user). " +
        'It was called "ANY-SCP": give the AE title it goes by with --call.'
    ],
    [
      "calling-AE-title-not-recognized",
      "calling-AE-title-not-recognized (rejected-permanent, DICOM UL service-user). " +
        'This side called itself "DICOM-TOOLKIT": give a title the peer knows with --aetitle.'
    ],
    [
      "no-reason-given",
      "no-reason-given (rejected-permanent, DICOM UL service-user). " +
        "See the peer's configuration for what it accepts, and from whom."
    ]
  ] as const
  for (const [diagnostic, sentence] of rejections) {
    it.live(`the peer rejects for ${diagnostic}: exit code 4, and what to do`, () =>
      Effect.gen(function* () {
        const { accept, port } = yield* scripted
        const script = Effect.gen(function* () {
          const peer = yield* accept
          yield* peer.expect("A-ASSOCIATE-RQ")
          yield* peer.send(
            ReadyMade.associateRJ({
              result: "rejected-permanent",
              source: "DICOM UL service-user",
              diagnostic
            })
          )
          yield* peer.expectClosed()
        })
        const [ran] = yield* Effect.all([dicom("echo", "127.0.0.1", port), script], { concurrency: 2 })
        assert.deepStrictEqual(ran, { exitCode: 4, out: [], err: [`The peer rejected the association: ${sentence}`] })
      })
    )
  }

  it.live("the peer aborts: exit code 5", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const script = Effect.gen(function* () {
        const peer = yield* accepting(accept)
        yield* peer.expect("P-DATA-TF")
        yield* peer.send(ReadyMade.abort("service-provider", "unexpected-PDU"))
      })
      const [ran] = yield* Effect.all([dicom("echo", "127.0.0.1", port), script], { concurrency: 2 })
      assert.deepStrictEqual(ran, {
        exitCode: 5,
        out: [],
        err: [
          `The peer's provider aborted the association: unexpected-PDU (127.0.0.1:${port}). ` +
            "It did not accept something that was sent; its log may say what."
        ]
      })
    })
  )

  const faults = [
    ["an HTTP server", ReadyMade.httpGet, [], "unrecognized-PDU", "Is it a DICOM application? Check host and port."],
    ["a TLS peer", ReadyMade.tlsClientHello, [], "unrecognized-PDU", "Is it a DICOM application? Check host and port."],
    [
      "a PDU that says it is of 4 GiB",
      ReadyMade.header(0x04, 0xffffffff),
      [],
      "invalid-PDU-parameter-value",
      "It is the peer that has to be corrected: see what its log says."
    ],
    [
      "a P-DATA-TF somewhat longer than was agreed",
      ReadyMade.header(0x04, 200000),
      [],
      "invalid-PDU-parameter-value",
      "If the peer cannot be corrected, try --lenient."
    ],
    [
      "the same, with --lenient as it is, and of no length that this lets pass",
      ReadyMade.header(0x04, 0x200000),
      ["--lenient"],
      "invalid-PDU-parameter-value",
      "It is the peer that has to be corrected: see what its log says."
    ]
  ] as const
  for (const [name, bytes, args, reason, advice] of faults) {
    it.live(`--lenient is proposed only where it may help: ${name}`, () =>
      Effect.gen(function* () {
        const { accept, port } = yield* scripted
        const script = Effect.gen(function* () {
          const peer = yield* accepting(accept)
          yield* peer.expect("P-DATA-TF")
          yield* peer.send(bytes)
          yield* peer.expect("A-ABORT")
        })
        const [{ err, exitCode }] = yield* Effect.all([dicom("echo", "127.0.0.1", port, ...args), script], {
          concurrency: 2
        })
        assert.deepStrictEqual([exitCode, err.length], [5, 1])
        assert.isTrue(err[0]?.endsWith(`(${reason}). ${advice}`), err[0])
      })
    )
  }

  it.live("what the peer says of a failure is in the answer, in the sentence, and in the object of --json", () =>
    Effect.gen(function* () {
      const port = yield* providing(
        Verification.serviceClass.handlers({
          echo: () =>
            Effect.fail(
              ServiceError.refused(Verification.VerificationStatus.of.ProcessingFailure(), {
                errorComment: "The database is away"
              })
            )
        })
      )
      const ran = yield* dicom("echo", "127.0.0.1", port)
      assert.deepStrictEqual(
        [ran.exitCode, ran.out.map((line) => line.replace(/[0-9.]+ ms$/, "TIME")), ran.err],
        [
          6,
          [`ANY-SCP at 127.0.0.1:${port}: Failure 0110H, Processing failure: The database is away, TIME`],
          [
            "ANY-SCP answered the C-ECHO with Failure 0110H, Processing failure: The database is away. " +
              "See what its log says."
          ]
        ]
      )
      const json = yield* dicom("echo", "127.0.0.1", port, "--json")
      const { milliseconds: _, ...answer } = parse(json.out[0])
      assert.deepStrictEqual(answer, {
        type: "echo",
        count: 1,
        status: "Failure 0110H, Processing failure",
        errorComment: "The database is away"
      })
    })
  )

  it.live("the peer answers with a failure: exit code 6, and the association is released", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const script = Effect.gen(function* () {
        const peer = yield* accepting(accept)
        yield* peer.expect("P-DATA-TF")
        const response = C_ECHO.response(C_ECHO.request({ messageId: 1 }), Status.failures.processingFailure)
        yield* peer.send(ReadyMade.command(1, response))
        yield* peer.expect("A-RELEASE-RQ")
        yield* peer.send(ReadyMade.releaseRP)
      })
      const [ran] = yield* Effect.all([dicom("echo", "127.0.0.1", port, "--quiet"), script], { concurrency: 2 })
      assert.deepStrictEqual(ran, {
        exitCode: 6,
        out: [],
        err: ["ANY-SCP answered the C-ECHO with Failure 0110H, Processing failure. See what its log says."]
      })
    })
  )

  it.live("the peer accepts no context for verification: exit code 8", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const script = Effect.gen(function* () {
        const peer = yield* accept
        yield* peer.expect("A-ASSOCIATE-RQ")
        yield* peer.send(
          ReadyMade.associateAC({
            presentationContexts: [
              { id: 1, result: "abstract-syntax-not-supported", transferSyntax: "1.2.840.10008.1.2" }
            ]
          })
        )
        yield* peer.expect("A-RELEASE-RQ")
        yield* peer.send(ReadyMade.releaseRP)
      })
      const [{ err, exitCode }] = yield* Effect.all([dicom("echo", "127.0.0.1", port), script], { concurrency: 2 })
      assert.deepStrictEqual(
        [exitCode, err],
        [
          8,
          [
            "ANY-SCP accepted no presentation context for Verification SOP Class (1.2.840.10008.1.1). " +
              "See which SOP classes and transfer syntaxes it is set up for."
          ]
        ]
      )
    })
  )

  it.live("all is answered but the release is not: exit code 3, said so", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const script = Effect.gen(function* () {
        const peer = yield* accepting(accept)
        yield* peer.expect("P-DATA-TF")
        yield* peer.send(ReadyMade.echoRSP())
        yield* peer.expect("A-RELEASE-RQ")
        yield* peer.expect("A-ABORT")
      })
      const [{ err, exitCode }] = yield* Effect.all(
        [dicom("echo", "127.0.0.1", port, "--quiet", "--acse-timeout", "2"), script],
        { concurrency: 2 }
      )
      assert.deepStrictEqual(
        [exitCode, err],
        [
          3,
          [
            "All was answered, but the association was not released: The release deadline passed: no answer to the release " +
              `within 2000 ms (127.0.0.1:${port}). If it is only slow, give it more time with --acse-timeout.`
          ]
        ]
      )
    })
  )
})
