import * as Uid from "@effect-dicom/data/Uid"
import * as C_CANCEL from "@effect-dicom/protocol/C_CANCEL"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { echoRQ, echoRSP, storeRQ, storeRSP } from "./fixtures/commandSets.ts"

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
    for (const bytes of [echoRQ, echoRSP, storeRQ, storeRSP]) {
      assert.deepStrictEqual(Command.encode(Result.getOrThrow(Command.decode(bytes))), bytes)
    }
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
    [Schema.Union([C_ECHO.Message, C_STORE.Message, C_CANCEL.Message])],
    ([command]) => {
      const decoded = Result.getOrThrow(Command.decode(Command.encode(command)))
      assert.deepStrictEqual(decoded, command)
      assert.isTrue(Schema.is(Schema.Union([C_ECHO.Message, C_STORE.Message, C_CANCEL.Message]))(decoded))
    }
  )

  it.prop(
    "gives a value for any elements of a known message",
    [CommandSet.CommandSet, Schema.Literals([0x0001, 0x8001, 0x0030, 0x8030, 0x0fff])],
    ([commandSet, commandField]) => {
      const result = Command.fromCommandSet([us(0x0100, commandField), ...commandSet])
      assert.isTrue(Result.isSuccess(result) || result.failure._tag === "Invalid command")
    }
  )

  it.prop(
    "gives a value for what DCMTK sent with any bytes of it changed and any of it cut off",
    [Schema.Literals([0, 1, 2, 3]), Schema.Array(Schema.Tuple([byte, byte])), byte],
    ([which, changes, length]) => {
      const bytes = [echoRQ, echoRSP, storeRQ, storeRSP][which]?.slice(0, length + 1) ?? new Uint8Array(0)
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      const result = Command.decode(bytes)
      if (Result.isSuccess(result)) {
        assert.deepStrictEqual(Command.decode(Command.encode(result.success)), result)
      } else {
        assert.isTrue(result.failure._tag === "Invalid command set" || result.failure._tag === "Invalid command")
      }
    }
  )
})
