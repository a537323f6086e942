import * as Uid from "@effect-dicom/data/Uid"
import * as C_CANCEL from "@effect-dicom/protocol/C_CANCEL"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_FIND from "@effect-dicom/protocol/C_FIND"
import * as C_GET from "@effect-dicom/protocol/C_GET"
import * as C_MOVE from "@effect-dicom/protocol/C_MOVE"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as N_ACTION from "@effect-dicom/protocol/N_ACTION"
import * as N_CREATE from "@effect-dicom/protocol/N_CREATE"
import * as N_DELETE from "@effect-dicom/protocol/N_DELETE"
import * as N_EVENT_REPORT from "@effect-dicom/protocol/N_EVENT_REPORT"
import * as N_GET from "@effect-dicom/protocol/N_GET"
import * as N_SET from "@effect-dicom/protocol/N_SET"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fixtures from "./fixtures/commandSets.ts"

const { echoRQ, storeRQ } = fixtures

const us = (tag: number, ...values: ReadonlyArray<number>): CommandSet.Element => ({
  tag,
  value: Uint8Array.from(values.flatMap((value) => [value & 0xff, value >>> 8]))
})

const ui = (tag: number, text: string): CommandSet.Element => ({
  tag,
  value: Uint8Array.from(text, (character) => character.charCodeAt(0))
})

const verification = ui(0x0002, "1.2.840.10008.1.1\0")

const from = (...commandSet: ReadonlyArray<CommandSet.Element>): Command.Command =>
  Result.getOrThrow(Command.fromCommandSet(commandSet))

const error = (...commandSet: ReadonlyArray<CommandSet.Element>): Command.InvalidCommand => {
  const result = Command.fromCommandSet(commandSet)
  if (Result.isSuccess(result)) throw new Error(`expected an invalid command, not a ${result.success._tag}`)
  return result.failure
}

const dataSet = (...values: ReadonlyArray<number>): boolean =>
  Result.getOrThrow(Command.hasDataSet([us(0x0800, ...values)]))

/** PS3.7 Table E.1-1, Command Field, each with the module of its service. */
const commandFields = [
  [0x0001, C_STORE],
  [0x0020, C_FIND],
  [0x0010, C_GET],
  [0x0021, C_MOVE],
  [0x0030, C_ECHO],
  [0x0100, N_EVENT_REPORT],
  [0x0110, N_GET],
  [0x0120, N_SET],
  [0x0130, N_ACTION],
  [0x0140, N_CREATE],
  [0x0150, N_DELETE]
] as const

const messages = Schema.Union([
  C_STORE.Message,
  C_FIND.Message,
  C_GET.Message,
  C_MOVE.Message,
  C_ECHO.Message,
  C_CANCEL.Message,
  N_EVENT_REPORT.Message,
  N_GET.Message,
  N_SET.Message,
  N_ACTION.Message,
  N_CREATE.Message,
  N_DELETE.Message
])

const requests = [
  ["C-STORE-RQ", fixtures.storeRQ],
  ["C-FIND-RQ", fixtures.findRQ],
  ["C-GET-RQ", fixtures.getRQ],
  ["C-MOVE-RQ", fixtures.moveRQ],
  ["C-ECHO-RQ", fixtures.echoRQ],
  ["N-EVENT-REPORT-RQ", fixtures.nEventReportRQ],
  ["N-GET-RQ", fixtures.nGetRQ],
  ["N-SET-RQ", fixtures.nSetRQ],
  ["N-ACTION-RQ", fixtures.nActionRQ],
  ["N-CREATE-RQ", fixtures.nCreateRQ],
  ["N-DELETE-RQ", fixtures.nDeleteRQ]
] as const

const recorded = Object.values(fixtures)

const request = (bytes: Uint8Array): Command.Request => {
  const command = Result.getOrThrow(Command.decode(bytes))
  if (!Command.isRequest(command)) throw new Error(`a ${command._tag} is no request`)
  return command
}

const byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))

describe("Command", () => {
  it("decodes what DCMTK sent", () => {
    assert.deepStrictEqual(Result.getOrThrow(Command.decode(echoRQ)), C_ECHO.request({ messageId: 1 }))
    assert.deepStrictEqual(Result.getOrThrow(Command.decode(storeRQ)), {
      _tag: "C-STORE-RQ",
      messageId: 1,
      affectedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.4.1.1.481.3"),
      affectedSopInstanceUid: Uid.makeUnsafe("1.2.826.0.1.3680043.8.498.2010020400001"),
      priority: "MEDIUM"
    })
  })

  it("encodes what it decoded to the same bytes", () => {
    for (const bytes of recorded) {
      const commandSet = Result.getOrThrow(CommandSet.decode(bytes))
      const hasDataSet = Result.getOrThrow(Command.hasDataSet(commandSet))
      // that a data set follows may be said in many ways, of which we say 0001H
      const expected = CommandSet.encode(
        commandSet.map((element) => (element.tag === 0x0800 && hasDataSet ? us(0x0800, 0x0001) : element))
      )
      assert.deepStrictEqual(Command.encode(Result.getOrThrow(Command.decode(bytes)), hasDataSet), expected)
    }
  })

  it("has for each service the Command Field of PS3.7 Table E.1-1, and its most significant bit in the response", () => {
    for (const [code, service] of commandFields) {
      const cases: Readonly<Record<string, unknown>> = service.Message.cases
      const [rq, rsp] = Object.keys(cases)
      // an empty message of each names itself: "... has no value; C-STORE-RQ must have one"
      const named = [code, code | 0x8000].map((field) => error(us(0x0100, field)).detail.split(" ").at(-4))
      assert.deepStrictEqual(named, [rq, rsp])
    }
  })

  it.each(requests)("responds to a %s with the response of its service", (tag, bytes) => {
    const command = request(bytes)
    assert.strictEqual(command._tag, tag)
    const response = Command.respond(command, Status.failures.processingFailure)
    assert.strictEqual(response._tag, tag.replace("-RQ", "-RSP"))
    assert.deepStrictEqual(Command.decode(Command.encode(response)), Result.succeed<Command.Command>(response))
    assert.isTrue(Command.isResponse(response))
    assert.isFalse(Command.isRequest(response))
    assert.isFalse(Command.isResponse(command))
  })

  it("takes a C-CANCEL-RQ for neither a request nor a response: nothing answers it", () => {
    const cancel = C_CANCEL.request({ messageIdBeingRespondedTo: 1 })
    assert.isFalse(Command.isRequest(cancel))
    assert.isFalse(Command.isResponse(cancel))
    // @ts-expect-error a C-CANCEL-RQ has no response
    const respond = () => Command.respond(cancel, Status.success)
    assert.throws(respond)
  })

  it("gives the response to a request its own type", () => {
    const find = C_FIND.request({ messageId: 1, affectedSopClassUid: C_ECHO.verificationSopClass })
    const response: C_FIND.RSP = Command.respond(find, Status.cancel)
    assert.strictEqual(response._tag, "C-FIND-RSP")
    // @ts-expect-error the response to a C-FIND-RQ is no C-MOVE-RSP
    const other: C_MOVE.RSP = Command.respond(find, Status.cancel)
    assert.deepStrictEqual<unknown>(other, response)
    const any: Command.Response = Command.respond<Command.Request>(find, Status.cancel)
    assert.deepStrictEqual<unknown>(any, response)
  })

  it("keeps a Message ID in a response, a use that is retired, among the other elements", () => {
    const commandSet = [...Result.getOrThrow(CommandSet.decode(fixtures.moveRSP)), us(0x0110, 1)]
    assert.deepStrictEqual(from(...commandSet).otherElements, [us(0x0110, 1)])
  })

  it("refuses bytes that are not a command set, at whatever byte they end", () => {
    for (let length = 0; length < storeRQ.length; length++) {
      assert.isTrue(Result.isFailure(Command.decode(storeRQ.subarray(0, length))), `${length} bytes`)
    }
    const result = Command.decode(storeRQ.subarray(0, 20))
    assert.deepStrictEqual(
      result,
      Result.fail<CommandSet.InvalidCommandSet>({
        _tag: "Invalid command set",
        detail: "element (0000,0002) at offset 12 has length 30; 0 bytes are left"
      })
    )
  })

  it("keeps unknown elements, and sends them again in their places", () => {
    const commandSet = [
      verification,
      us(0x0100, 0x0030),
      us(0x0110, 7),
      us(0x0700, 2),
      us(0x0800, 0x0101),
      us(0x5180, 9),
      ui(0x00091010, "private!")
    ]
    const bytes = CommandSet.encode(commandSet)
    const command = Result.getOrThrow(Command.decode(bytes))
    assert.deepStrictEqual(command, {
      _tag: "C-ECHO-RQ",
      messageId: 7,
      affectedSopClassUid: C_ECHO.verificationSopClass,
      otherElements: [us(0x0700, 2), us(0x5180, 9), ui(0x00091010, "private!")]
    })
    assert.deepStrictEqual(Command.encode(command), bytes)
  })

  it("keeps no view of the bytes it decoded", () => {
    const bytes = CommandSet.encode([
      verification,
      us(0x0100, 0x0030),
      us(0x0110, 7),
      us(0x0800, 0x0101),
      us(0x5180, 9)
    ])
    const command = Result.getOrThrow(Command.decode(bytes))
    const unknown = CommandSet.encode([us(0x0100, 0x0777), us(0x0110, 7)])
    const refused = Command.decode(unknown)
    bytes.fill(0xff)
    unknown.fill(0xff)
    assert.deepStrictEqual(command.otherElements, [us(0x5180, 9)])
    assert.isTrue(Result.isFailure(refused) && refused.failure._tag === "Invalid command")
    if (Result.isFailure(refused) && refused.failure._tag === "Invalid command") {
      assert.deepStrictEqual(refused.failure.commandSet, [us(0x0100, 0x0777), us(0x0110, 7)])
    }
  })

  it("takes a C-ECHO-RQ with a Priority and two Message IDs, and reads the first", () => {
    const command = from(verification, us(0x0100, 0x0030), us(0x0110, 5, 6), us(0x0700, 0), us(0x0800, 0x0101))
    assert.deepStrictEqual(command, { ...C_ECHO.request({ messageId: 5 }), otherElements: [us(0x0700, 0)] })
  })

  it("puts the elements of a command into ascending order, with the data set type of the message", () => {
    const command = from(
      us(0x0800, 0xfefe),
      us(0x0110, 5),
      us(0x0100, 0x0001),
      us(0x0700, 0),
      ui(0x1000, "1.2"),
      ui(0x0002, "1.3")
    )
    assert.deepStrictEqual(Command.toCommandSet(command), [
      ui(0x0002, "1.3\0"),
      us(0x0100, 0x0001),
      us(0x0110, 5),
      us(0x0700, 0),
      us(0x0800, 0x0001),
      ui(0x1000, "1.2\0")
    ])
  })

  it("says that a data set follows for any type but 0101H", () => {
    assert.deepStrictEqual(
      [0x0101, 0x0001, 0x0000, 0xfefe, 0x0102].map((type) => dataSet(type)),
      [false, true, true, true, true]
    )
    assert.isFalse(dataSet(0x0101, 0x0001))
  })

  it("says that a command set does not tell whether a data set follows", () => {
    const result = Command.hasDataSet([us(0x0100, 0x0030)])
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) {
      assert.strictEqual(
        result.failure.detail,
        "CommandDataSetType (0000,0800) has no value; a command set must have one"
      )
    }
  })

  it("names the mandatory element that is missing or has no value", () => {
    assert.deepStrictEqual(error(verification, us(0x0100, 0x0030), us(0x0800, 0x0101)), {
      _tag: "Invalid command",
      cause: "missing element",
      tag: 0x0110,
      keyword: "MessageID",
      detail: "MessageID (0000,0110) has no value; C-ECHO-RQ must have one",
      commandSet: [verification, us(0x0100, 0x0030), us(0x0800, 0x0101)]
    })
    assert.strictEqual(
      error(ui(0x0002, ""), us(0x0100, 0x0030), us(0x0110, 1)).detail,
      "AffectedSOPClassUID (0000,0002) has no value; C-ECHO-RQ must have one"
    )
    assert.strictEqual(error().detail, "CommandField (0000,0100) has no value; a command set must have one")
    for (const missing of [0x0002, 0x0110, 0x0700, 0x1000]) {
      const commandSet = Result.getOrThrow(CommandSet.decode(storeRQ)).filter(({ tag }) => tag !== missing)
      assert.strictEqual(error(...commandSet).tag, missing)
      assert.strictEqual(error(...commandSet).cause, "missing element")
    }
  })

  it("takes the first of elements that come twice in a command set that was not decoded", () => {
    const command = from(verification, us(0x0110, 5), us(0x0100, 0x0030), us(0x0110, 6), us(0x0800, 0x0101))
    assert.deepStrictEqual(command, C_ECHO.request({ messageId: 5 }))
  })

  it("names the element whose value is wrong", () => {
    const wrongLength = error(verification, us(0x0100, 0x0030), { tag: 0x0110, value: Uint8Array.of(1) })
    assert.strictEqual(wrongLength.cause, "invalid element value")
    assert.strictEqual(wrongLength.detail, "MessageID (0000,0110) has length 1; permitted: 2")
    assert.strictEqual(
      error(ui(0x0002, "1.2.x"), us(0x0100, 0x0030), us(0x0110, 1)).detail,
      'AffectedSOPClassUID (0000,0002) is "1.2.x", which is not a UID'
    )
    assert.strictEqual(
      error({ tag: 0x0100, value: Uint8Array.of(0x30) }).detail,
      "CommandField (0000,0100) has length 1; permitted: 2"
    )
  })

  it("keeps a malformed UID, and reports it, where the policy says so", () => {
    const judge = Leniency.judge({ ...Leniency.strict, malformedUid: "accept and warn" })
    const command = Command.fromCommandSet([ui(0x0002, "1.2.x"), us(0x0100, 0x0030), us(0x0110, 1)], judge)
    assert.isTrue(Result.isSuccess(command))
    assert.deepStrictEqual(judge.tolerated, [
      { quirk: "malformedUid", detail: 'AffectedSOPClassUID is "1.2.x", which is not a UID' }
    ])
  })

  it("takes an optional element without a value for an absent one", () => {
    const response = from(
      us(0x0100, 0x8030),
      us(0x0120, 3),
      us(0x0800, 0x0101),
      us(0x0900, 0),
      ui(0x0002, ""),
      ui(0x0902, " ")
    )
    assert.deepStrictEqual(response, { _tag: "C-ECHO-RSP", messageIdBeingRespondedTo: 3, status: Status.success })
  })

  it("names the Command Field of a message that is not known", () => {
    const unknown = error(verification, us(0x0100, 0x0777), us(0x0110, 1), us(0x0800, 0x0101))
    assert.strictEqual(unknown.cause, "unrecognized operation")
    assert.strictEqual(unknown.detail, "CommandField (0000,0100) is 0777H, a message that is not known")
  })

  it("refuses a request with a response of its own kind, whatever the request", () => {
    const refused = Command.refusal(
      error(verification, us(0x0100, 0x0777), us(0x0110, 9), us(0x0800, 0x0001)),
      Status.failures.unrecognizedOperation
    )
    assert.deepStrictEqual(
      refused === undefined ? undefined : CommandSet.decode(refused),
      Result.succeed([verification, us(0x0100, 0x8777), us(0x0120, 9), us(0x0800, 0x0101), us(0x0900, 0x0211)])
    )
    const store = Command.refusal(
      error(us(0x0100, 0x0001), us(0x0110, 9), us(0x0800, 0x0001)),
      Status.failures.mistypedArgument
    )
    assert.deepStrictEqual(
      store === undefined ? undefined : Command.decode(store),
      Result.succeed<Command.Command>({
        _tag: "C-STORE-RSP",
        messageIdBeingRespondedTo: 9,
        status: Status.failures.mistypedArgument
      })
    )
  })

  it("refuses an N- request with the SOP class that it requested as the affected one", () => {
    const refused = Command.refusal(
      error({ ...verification, tag: 0x0003 }, us(0x0100, 0x0110), us(0x0110, 9), us(0x0800, 0x0101)),
      Status.failures.mistypedArgument
    )
    assert.deepStrictEqual(
      refused === undefined ? undefined : Command.decode(refused),
      Result.succeed<Command.Command>({
        _tag: "N-GET-RSP",
        messageIdBeingRespondedTo: 9,
        affectedSopClassUid: C_ECHO.verificationSopClass,
        status: Status.failures.mistypedArgument
      })
    )
  })

  it("does not refuse what has no Message ID, is a response, or is a C-CANCEL-RQ", () => {
    const refusal = (...commandSet: ReadonlyArray<CommandSet.Element>) =>
      Command.refusal(error(...commandSet), Status.failures.mistypedArgument)
    assert.isUndefined(refusal(us(0x0100, 0x0030)))
    assert.isUndefined(refusal(us(0x0100, 0x8030), us(0x0110, 1)))
    assert.isUndefined(refusal(us(0x0100, 0x0fff), us(0x0110, 1)))
    assert.isUndefined(refusal(us(0x0110, 1)))
  })

  it.prop(
    "decodes what it encodes, and what it decodes is a value of the schema",
    [messages, Schema.Boolean],
    ([command, given]) => {
      // Where one is required, as with a status Pending, a command that says there is none cannot be read.
      const hasDataSet = given || Command.dataSet(command) === "required"
      const decoded = Result.getOrThrow(Command.decode(Command.encode(command, hasDataSet)))
      assert.deepStrictEqual(decoded, command)
      assert.isTrue(Schema.is(messages)(decoded))
    }
  )

  it.prop(
    "reports nothing of a message that its schema takes and that has the data set that it wants",
    [messages],
    ([command]) => {
      const judge = Leniency.judge({ ...Leniency.strict, unmetCondition: "reject" })
      assert.deepStrictEqual(Command.decode(Command.encode(command), judge), Result.succeed(command))
      assert.deepStrictEqual(judge.tolerated, [])
    }
  )

  it.prop(
    "says that a data set follows where it is told so, and else where one is required",
    [messages, Schema.Boolean],
    ([command, told]) => {
      const says = (hasDataSet?: boolean) => Command.hasDataSet(Command.toCommandSet(command, hasDataSet))
      assert.deepStrictEqual(says(told), Result.succeed(told))
      assert.deepStrictEqual(says(), Result.succeed(Command.dataSet(command) === "required"))
    }
  )

  it.prop(
    "responds to any request with the service's own response, of the given status and nothing that was not asked for",
    [messages, Status.Status],
    ([command, status]) => {
      if (!Command.isRequest(command)) return
      const response: Command.Response = Command.respond(command, status)
      assert.strictEqual(response._tag, command._tag.replace("-RQ", "-RSP"))
      assert.strictEqual(response.messageIdBeingRespondedTo, command.messageId)
      assert.deepStrictEqual(response.status, status)
      const requested = Command.toCommandSet(command).map(({ value }) => value.toString())
      for (const { tag, value } of Command.toCommandSet(response)) {
        if (tag === 0x0100 || tag === 0x0800 || tag === 0x0900) continue
        assert.include(requested, value.toString())
      }
    }
  )

  it.prop(
    "gives a value for any elements of a known message",
    [CommandSet.CommandSet, Schema.Literals([0x0fff, ...commandFields.flatMap(([code]) => [code, code | 0x8000])])],
    ([commandSet, commandField]) => {
      const result = Command.fromCommandSet([us(0x0100, commandField), ...commandSet])
      assert.isTrue(Result.isSuccess(result) || result.failure._tag === "Invalid command")
    }
  )

  it.prop(
    "gives a value for what DCMTK sent with any bytes of it changed and any of it cut off",
    [
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: recorded.length - 1 })),
      Schema.Array(Schema.Tuple([byte, byte])),
      byte
    ],
    ([which, changes, length]) => {
      const bytes = recorded[which]?.slice(0, length + 1) ?? new Uint8Array(0)
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      const result = Command.decode(bytes)
      if (Result.isSuccess(result)) {
        assert.deepStrictEqual(Command.decode(Command.encode(result.success, true)), result)
      } else {
        assert.isTrue(result.failure._tag === "Invalid command set" || result.failure._tag === "Invalid command")
      }
    }
  )
})
