import * as C_CANCEL from "@effect-dicom/protocol/C_CANCEL"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Message from "@effect-dicom/protocol/Message"
import * as P_DATA from "@effect-dicom/protocol/P_DATA"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { echoRQ, storeRQ } from "./fixtures/commandSets.ts"

type PDV = P_DATA.PresentationDataValue

const command = (fragment: ReadonlyArray<Uint8Array>, last = true, contextId = 1): PDV => ({
  contextId,
  type: "command",
  last,
  fragment
})

const data = (fragment: ReadonlyArray<Uint8Array>, last = true, contextId = 1): PDV => ({
  contextId,
  type: "data",
  last,
  fragment
})

const us = (tag: number, ...values: ReadonlyArray<number>): CommandSet.Element => ({
  tag,
  value: Uint8Array.from(values.flatMap((value) => [value & 0xff, value >>> 8]))
})

/** A C-STORE-RQ with another Command Data Set Type. */
const storeRQWith = (dataSetType: number): Uint8Array =>
  CommandSet.encode(
    Result.getOrThrow(CommandSet.decode(storeRQ)).map((element) =>
      element.tag === 0x0800 ? us(0x0800, dataSetType) : element
    )
  )

const assembler = (options: Partial<Message.Options> = {}) => Message.assembler({ contextIds: [1, 3], ...options })

const incomplete = { _tag: "Incomplete" } as const satisfies Message.Event

const echo: Message.Event = {
  _tag: "Command",
  contextId: 1,
  command: C_ECHO.request({ messageId: 1 }),
  dataSet: false
}

const store: Message.Event = {
  _tag: "Command",
  contextId: 1,
  command: Result.getOrThrow(Command.decode(storeRQ)),
  dataSet: true
}

const invalid = (reason: (Message.Event & { readonly _tag: "Invalid" })["reason"], detail: string): Message.Event => ({
  _tag: "Invalid",
  reason,
  detail
})

const within = (what: string, part: "command" | "data"): string =>
  `${what} came within a message of presentation context 1 whose ${part} is not complete`

const join = (views: ReadonlyArray<Uint8Array>): Uint8Array => Uint8Array.from(views.flatMap((view) => [...view]))

/** Bytes 0, 1, 2 ... as views of one buffer, cut at the places given. */
const counting = (length: number, ...cuts: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const bytes = Uint8Array.from({ length }, (_, i) => i)
  return [0, ...cuts].map((cut, i) => bytes.subarray(cut, cuts[i] ?? length))
}

const values = (pdus: ReadonlyArray<P_DATA.TF>): ReadonlyArray<PDV> => {
  for (const pdu of pdus) assert.strictEqual(pdu.presentationDataValues.length, 1)
  return pdus.flatMap((pdu) => pdu.presentationDataValues)
}

const lengths = (pdus: ReadonlyArray<P_DATA.TF>): ReadonlyArray<number> =>
  values(pdus).map((value) => join(value.fragment).length)

describe("Message.assembler", () => {
  it("gives a command that comes in one fragment", () => {
    assert.deepStrictEqual(assembler().push(command([echoRQ])), echo)
  })

  it("gives a command that comes in one fragment of several views", () => {
    assert.deepStrictEqual(assembler().push(command([echoRQ.subarray(0, 5), echoRQ.subarray(5)])), echo)
  })

  it("gives a command that comes in fragments of any length, odd ones and single bytes among them", () => {
    for (let length = 1; length <= echoRQ.length; length++) {
      const a = assembler()
      const events: Array<Message.Event> = []
      for (let at = 0; at < echoRQ.length; at += length) {
        events.push(a.push(command([echoRQ.subarray(at, at + length)], at + length >= echoRQ.length)))
        assert.strictEqual(a.between, at + length >= echoRQ.length)
      }
      assert.deepStrictEqual(
        events.slice(0, -1),
        events.slice(0, -1).map(() => incomplete)
      )
      assert.deepStrictEqual(events.at(-1), echo)
    }
  })

  it("gives a command whose last fragment is empty", () => {
    const a = assembler()
    assert.deepStrictEqual(a.push(command([echoRQ], false)), incomplete)
    assert.deepStrictEqual(a.push(command([])), echo)
  })

  it("holds no view of a fragment that it has been given", () => {
    const a = assembler()
    const chunk = echoRQ.slice()
    a.push(command([chunk.subarray(0, 30)], false))
    chunk.fill(0xff, 0, 30)
    assert.deepStrictEqual(a.push(command([chunk.subarray(30)])), echo)
  })

  it("gives the data of a message as it comes, the views themselves", () => {
    const a = assembler()
    const [first, second, third] = counting(30, 10, 20)
    assert.deepStrictEqual(a.push(command([storeRQ])), store)
    assert.isFalse(a.between)
    const fragment = first === undefined || second === undefined ? [] : [first, second]
    const event = a.push(data(fragment, false))
    assert.deepStrictEqual(event, { _tag: "Data", contextId: 1, fragment, last: false })
    if (event._tag === "Data") assert.strictEqual(event.fragment, fragment)
    assert.isFalse(a.between)
    const rest = third === undefined ? [] : [third]
    assert.deepStrictEqual(a.push(data(rest)), { _tag: "Data", contextId: 1, fragment: rest, last: true })
    assert.isTrue(a.between)
  })

  it("gives one message after another, on any accepted presentation context", () => {
    const a = assembler()
    assert.deepStrictEqual(a.push(command([echoRQ])), echo)
    assert.deepStrictEqual(a.push(command([echoRQ], true, 3)), { ...echo, contextId: 3 })
    assert.deepStrictEqual(a.push(command([storeRQ], true, 3)), { ...store, contextId: 3 })
    assert.deepStrictEqual(a.push(data([], true, 3)), { _tag: "Data", contextId: 3, fragment: [], last: true })
    assert.deepStrictEqual(a.push(command([echoRQ])), echo)
    assert.isTrue(a.between)
  })

  it("accepts an even presentation context id that was accepted", () => {
    assert.deepStrictEqual(assembler({ contextIds: [2] }).push(command([echoRQ], true, 2)), { ...echo, contextId: 2 })
  })

  it("accepts a command without group length", () => {
    assert.deepStrictEqual(assembler().push(command([echoRQ.subarray(12)])), echo)
  })

  it("expects data for any Command Data Set Type but 0101H", () => {
    for (const type of [0x0001, 0x0000, 0xfefe, 0x0102]) {
      const a = assembler()
      assert.deepStrictEqual(a.push(command([storeRQWith(type)])), store)
      assert.isFalse(a.between)
    }
    const a = assembler()
    assert.deepStrictEqual(a.push(command([storeRQWith(0x0101)])), { ...store, dataSet: false })
    assert.isTrue(a.between)
  })

  it("accepts a C-ECHO-RQ with a Priority and two Message IDs", () => {
    const bytes = CommandSet.encode(
      CommandSet.ascending([
        ...Result.getOrThrow(CommandSet.decode(echoRQ)).filter(({ tag }) => tag !== 0x0110),
        us(0x0110, 1, 2),
        us(0x0700, 0)
      ])
    )
    assert.deepStrictEqual(assembler().push(command([bytes])), {
      ...echo,
      command: { ...C_ECHO.request({ messageId: 1 }), otherElements: [us(0x0700, 0)] }
    })
  })

  it("gives a C-CANCEL-RQ like any other command", () => {
    const cancel = C_CANCEL.request({ messageIdBeingRespondedTo: 77 })
    assert.deepStrictEqual(assembler().push(command([Command.encode(cancel)])), {
      _tag: "Command",
      contextId: 1,
      command: cancel,
      dataSet: false
    })
  })

  it("gives a command set that is no known message as such, and goes on with its data and the next message", () => {
    const a = assembler()
    const event = a.push(command([CommandSet.encode([us(0x0100, 0x0777), us(0x0110, 4), us(0x0800, 0x0001)])]))
    assert.deepStrictEqual(event, {
      _tag: "InvalidCommand",
      contextId: 1,
      error: {
        _tag: "Invalid command",
        cause: "unrecognized operation",
        tag: 0x0100,
        keyword: "CommandField",
        detail: "CommandField (0000,0100) is 0777H, a message that is not known",
        commandSet: [us(0x0100, 0x0777), us(0x0110, 4), us(0x0800, 0x0001)]
      },
      dataSet: true
    })
    if (event._tag === "InvalidCommand") {
      assert.isDefined(Command.refusal(event.error, Status.failures.unrecognizedOperation))
    }
    assert.deepStrictEqual(a.push(data([])), { _tag: "Data", contextId: 1, fragment: [], last: true })
    assert.deepStrictEqual(a.push(command([echoRQ])), echo)
  })

  it("asks the judge that it is given about the values of a command", () => {
    const judge = Leniency.judge({ ...Leniency.strict, malformedUid: "accept and warn" })
    const bytes = echoRQ.slice()
    bytes[24] = 0x2e
    assert.strictEqual(assembler().push(command([bytes]))._tag, "InvalidCommand")
    assert.strictEqual(assembler({ judge }).push(command([bytes]))._tag, "Command")
    assert.deepStrictEqual(
      judge.tolerated.map(({ quirk }) => quirk),
      ["malformedUid"]
    )
  })

  it("refuses data where a message begins, as an unexpected parameter", () => {
    assert.deepStrictEqual(
      assembler().push(data([echoRQ])),
      invalid("unexpected-PDU-parameter", "a data fragment came where a command fragment begins a message")
    )
  })

  it("refuses data after a message that has none, as an unexpected parameter", () => {
    const a = assembler()
    a.push(command([echoRQ]))
    assert.deepStrictEqual(
      a.push(data([])),
      invalid("unexpected-PDU-parameter", "a data fragment came where a command fragment begins a message")
    )
  })

  it("refuses a command within the data of a message, and data within its command", () => {
    const a = assembler()
    a.push(command([storeRQ]))
    assert.deepStrictEqual(
      a.push(command([echoRQ])),
      invalid("unexpected-PDU-parameter", within("a command fragment of presentation context 1", "data"))
    )
    const b = assembler()
    b.push(command([echoRQ.subarray(0, 8)], false))
    assert.deepStrictEqual(
      b.push(data([echoRQ.subarray(8)])),
      invalid("unexpected-PDU-parameter", within("a data fragment of presentation context 1", "command"))
    )
  })

  it("refuses another presentation context id within a message", () => {
    const a = assembler()
    a.push(command([echoRQ.subarray(0, 8)], false))
    assert.deepStrictEqual(
      a.push(command([echoRQ.subarray(8)], true, 3)),
      invalid("unexpected-PDU-parameter", within("a command fragment of presentation context 3", "command"))
    )
    const b = assembler()
    b.push(command([storeRQ]))
    assert.deepStrictEqual(
      b.push(data([], true, 9)),
      invalid(
        "invalid-PDU-parameter-value",
        within("a data fragment of presentation context 9, which is not an accepted one,", "data")
      )
    )
  })

  it("refuses a presentation context that was not accepted, as an invalid parameter value", () => {
    assert.deepStrictEqual(
      assembler().push(command([echoRQ], true, 5)),
      invalid("invalid-PDU-parameter-value", "presentation context 5 is not an accepted one; accepted: 1, 3")
    )
    assert.deepStrictEqual(
      assembler({ contextIds: [] }).push(command([echoRQ])),
      invalid("invalid-PDU-parameter-value", "presentation context 1 is not an accepted one; accepted: none")
    )
  })

  it("refuses a command set that cannot be read, or does not tell whether data follows", () => {
    assert.deepStrictEqual(
      assembler().push(command([echoRQ.subarray(0, 20)])),
      invalid("invalid-PDU-parameter-value", "element (0000,0002) at offset 12 has length 18; 0 bytes are left")
    )
    assert.deepStrictEqual(
      assembler().push(command([])),
      invalid("invalid-PDU-parameter-value", "CommandDataSetType (0000,0800) has no value; a command set must have one")
    )
  })

  it("takes a command set of exactly the maximum length, and none longer, however it is cut", () => {
    const long = CommandSet.encode([
      ...Result.getOrThrow(CommandSet.decode(echoRQ)),
      { tag: 0x5180, value: new Uint8Array(100) }
    ])
    const error = invalid("invalid-PDU-parameter-value", `a command set is longer than ${long.length - 1} bytes`)
    assert.strictEqual(assembler({ maximumCommandLength: long.length }).push(command([long]))._tag, "Command")
    assert.deepStrictEqual(assembler({ maximumCommandLength: long.length - 1 }).push(command([long])), error)
    for (const maximumCommandLength of [long.length, long.length - 1]) {
      const a = assembler({ maximumCommandLength })
      let event: Message.Event = incomplete
      for (let at = 0; at < long.length; at += 50) {
        event = a.push(command([long.subarray(at, at + 50)], at + 50 >= long.length))
      }
      if (maximumCommandLength === long.length) assert.strictEqual(event._tag, "Command")
      else assert.deepStrictEqual(event, error)
    }
    const a = assembler()
    assert.deepStrictEqual(a.push(command([new Uint8Array(65_536)], false)), incomplete)
    assert.deepStrictEqual(
      a.push(command([Uint8Array.of(0)], false)),
      invalid("invalid-PDU-parameter-value", "a command set is longer than 65536 bytes")
    )
  })

  it("takes so many empty fragments in a message, command and data together, and no more", () => {
    const a = assembler({ maximumEmptyFragments: 3 })
    for (let message = 0; message < 3; message++) {
      assert.deepStrictEqual(a.push(command([], false)), incomplete)
      assert.deepStrictEqual(a.push(command([storeRQ])), store)
      assert.deepStrictEqual(a.push(data([], false)), { _tag: "Data", contextId: 1, fragment: [], last: false })
      a.push(data([new Uint8Array(0)], false))
      assert.deepStrictEqual(a.push(data([])), { _tag: "Data", contextId: 1, fragment: [], last: true })
    }
    a.push(command([storeRQ]))
    for (let i = 0; i < 3; i++) assert.strictEqual(a.push(data([], false))._tag, "Data")
    assert.deepStrictEqual(
      a.push(data([], false)),
      invalid("invalid-PDU-parameter-value", "a message has more than 3 empty fragments")
    )
  })

  it("gives the same to everything after what was invalid", () => {
    const a = assembler()
    const error = a.push(data([echoRQ]))
    assert.deepStrictEqual(a.push(command([echoRQ])), error)
    assert.deepStrictEqual(a.push(data([])), error)
  })

  it("takes a command set of 65,536 bytes in single bytes", () => {
    const bytes = CommandSet.encode([
      ...Result.getOrThrow(CommandSet.decode(echoRQ)),
      { tag: 0x5180, value: new Uint8Array(65_536 - echoRQ.length - 8) }
    ])
    assert.strictEqual(bytes.length, 65_536)
    const a = assembler()
    let event: Message.Event = incomplete
    for (let i = 0; i < bytes.length; i++) event = a.push(command([bytes.subarray(i, i + 1)], i === bytes.length - 1))
    assert.strictEqual(event._tag, "Command")
  })

  it.prop(
    "gives an event for any values, and stays at its first invalid one",
    [Schema.Array(P_DATA.PresentationDataValue)],
    ([pdvs]) => {
      const a = assembler({ contextIds: [0, 1, 2, 3, 255] })
      let failed: Message.Event | undefined
      for (const value of pdvs) {
        const event = a.push(value)
        if (failed !== undefined) assert.strictEqual(event, failed)
        if (event._tag === "Invalid") failed = event
      }
    }
  )
})

describe("Message, on the way out", () => {
  it("leaves room for the headers: the PDU-length of a full PDU is the peer's maximum length", () => {
    const pdus = Message.dataPdus(1, counting(50_000), true, 16_384)
    assert.deepStrictEqual(lengths(pdus), [16_378, 16_378, 16_378, 866])
    const [first] = pdus
    assert.isDefined(first)
    if (first !== undefined) {
      const bytes = P_DATA.encode(first)
      assert.strictEqual(new DataView(bytes.buffer, bytes.byteOffset).getUint32(2), 16_384)
    }
  })

  it("marks the last fragment and no other", () => {
    const last = (pdus: ReadonlyArray<P_DATA.TF>) => values(pdus).map((value) => value.last)
    assert.deepStrictEqual(last(Message.dataPdus(1, counting(30), true, 16)), [false, false, true])
    assert.deepStrictEqual(last(Message.dataPdus(1, counting(30), false, 16)), [false, false, false])
    assert.deepStrictEqual(last(Message.dataPdus(1, counting(20), true, 16)), [false, true])
  })

  it("sends an empty data set as one empty last fragment, and an empty part as nothing", () => {
    const empty: P_DATA.TF = { _tag: "P-DATA-TF", presentationDataValues: [data([])] }
    assert.deepStrictEqual(Message.dataPdus(1, [], true, 16_384), [empty])
    assert.deepStrictEqual(Message.dataPdus(1, [new Uint8Array(0)], true, 16_384), [empty])
    assert.deepStrictEqual(Message.dataPdus(1, [], false, 16_384), [])
  })

  it("keeps to its own maximum length where the peer has none", () => {
    assert.deepStrictEqual(lengths(Message.dataPdus(1, counting(200_000), true, 0)), [131_066, 68_934])
  })

  it("makes fragments even, whatever the maximum length", () => {
    assert.strictEqual(Message.maximumFragmentLength(16_384), 16_378)
    assert.strictEqual(Message.maximumFragmentLength(16_383), 16_376)
    assert.strictEqual(Message.maximumFragmentLength(8), 2)
    assert.strictEqual(Message.maximumFragmentLength(7), 1)
    assert.strictEqual(Message.maximumFragmentLength(1), 1)
    assert.deepStrictEqual(lengths(Message.dataPdus(1, counting(10), true, 11)), [4, 4, 2])
  })

  it("copies nothing: a view that fits is sent as it is, and one that does not as views of it", () => {
    const views = counting(64, 4, 10)
    const pdus = Message.dataPdus(1, views, true, 26)
    const sent = values(pdus).flatMap((value) => value.fragment)
    assert.strictEqual(sent[0], views[0])
    assert.strictEqual(sent[1], views[1])
    for (const view of sent) assert.strictEqual(view.buffer, views[0]?.buffer)
    assert.deepStrictEqual(
      sent.map((view) => view.length),
      [4, 6, 10, 20, 20, 4]
    )
    assert.deepStrictEqual(join(sent), join(views))
  })

  it("sends a command in as many PDUs as the peer's maximum length asks for", () => {
    assert.deepStrictEqual(Message.commandPdu(3, echoRQ, 16_384), [
      { _tag: "P-DATA-TF", presentationDataValues: [command([echoRQ], true, 3)] }
    ])
    assert.deepStrictEqual(lengths(Message.commandPdu(3, echoRQ, 36)), [30, 30, 8])
  })

  it("packs command and data into P-DATA requests of their own", () => {
    const dataSet = counting(6, 2)
    assert.deepStrictEqual(Message.pack(1, storeRQ, dataSet, 16_384), [
      { _tag: "P-DATA request", presentationDataValues: [command([storeRQ])] },
      { _tag: "P-DATA request", presentationDataValues: [data(dataSet)] }
    ])
    assert.deepStrictEqual(Message.pack(1, storeRQ, [], 16_384), [
      { _tag: "P-DATA request", presentationDataValues: [command([storeRQ])] },
      { _tag: "P-DATA request", presentationDataValues: [data([])] }
    ])
    assert.deepStrictEqual(Message.pack(1, echoRQ, undefined, 16_384), [
      { _tag: "P-DATA request", presentationDataValues: [command([echoRQ])] }
    ])
  })

  it("keeps an odd part as it is", () => {
    assert.deepStrictEqual(lengths(Message.dataPdus(1, counting(5), false, 10)), [4, 1])
  })

  const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

  it.prop(
    "is taken apart and put together again to the same message, for every split",
    {
      maximumLength: between(7, 300),
      dataSet: Schema.Array(Schema.Array(between(0, 255))),
      contextId: Schema.Literals([1, 3])
    },
    ({ contextId, dataSet, maximumLength }) => {
      const views = dataSet.map((bytes) => Uint8Array.from(bytes))
      const a = assembler({ maximumEmptyFragments: 0 })
      const requests = Message.pack(contextId, storeRQ, views, maximumLength)
      const commands: Array<Message.Event> = []
      const fragments: Array<Uint8Array> = []
      for (const [i, request] of requests.entries()) {
        assert.isAtMost(P_DATA.length(request.presentationDataValues), maximumLength)
        for (const value of request.presentationDataValues) {
          const event = a.push(value)
          assert.notStrictEqual(event._tag, "Invalid")
          if (event._tag === "Command") commands.push(event)
          if (event._tag === "Data") {
            fragments.push(...event.fragment)
            assert.strictEqual(event.last, i === requests.length - 1)
          }
        }
      }
      assert.isTrue(a.between)
      assert.deepStrictEqual(commands, [{ ...store, contextId }])
      assert.deepStrictEqual(join(fragments), join(views))
    }
  )
})
