import * as A_ABORT from "@effect-dicom/protocol/A_ABORT"
import * as A_RELEASE from "@effect-dicom/protocol/A_RELEASE"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import * as StateMachine from "@effect-dicom/protocol/StateMachine"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { events, invalidPdu, primitives, unacceptable } from "./fixtures/events.ts"

// -----------------------------------------------------------------------------
// the table
// -----------------------------------------------------------------------------

/** A transcription of Table 9-10 on which two independent ones (pynetdicom's and DCMTK's) agree. */
const printed = readFileSync(new URL("./fixtures/table-9-10.tsv", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => line.split("\t"))
const [header = [], ...body] = printed
const rows = body.map(([label = "", ...cells]) => ({ label, cells }))
const states = header.slice(1) as ReadonlyArray<StateMachine.State> // compared with the module's own below
const labels = Object.keys(StateMachine.table) as ReadonlyArray<StateMachine.Label> // the keys of a constant

const machineIn = (
  state: StateMachine.State,
  role: StateMachine.Role = "association-requestor"
): StateMachine.Machine => ({
  state,
  role,
  leniency: Leniency.strict,
  ...(state === "Sta4" ? { proposal: events["A-ASSOCIATE-RQ"] } : {})
})

describe("Table 9-10", () => {
  it("has the rows and columns of the printed one, in its order", () => {
    expect(labels).toEqual(rows.map(({ label }) => label))
    expect(Object.keys(StateMachine.states)).toEqual(states)
  })

  it("has the cells of the printed one, blanks included", () => {
    const cells = labels.map((label) => [label, ...StateMachine.table[label].map((action) => action?.name ?? "")])
    expect(cells).toEqual(rows.map(({ cells, label }) => [label, ...cells]))
  })

  it("has 123 cells filled and 124 blank", () => {
    const cells = labels.flatMap((label) => [...StateMachine.table[label]])
    expect(cells.filter((cell) => cell !== undefined).length).toBe(123)
    expect(cells.filter((cell) => cell === undefined).length).toBe(124)
  })

  it("does not compile with a row of twelve cells, or with another event's action", () => {
    const _ = undefined
    const row: StateMachine.Row<A_RELEASE.Request> = [_, _, _, _, _, _, _, _, _, _, _, _, _]
    // @ts-expect-error twelve cells
    const twelve: StateMachine.Row<A_RELEASE.Request> = [_, _, _, _, _, _, _, _, _, _, _, _]
    const AE_3 = StateMachine.table["A-ASSOCIATE-AC"][4]
    // @ts-expect-error AE-3 is for an A-ASSOCIATE-AC
    const foreign: StateMachine.Row<A_RELEASE.Request> = [_, _, _, _, AE_3, _, _, _, _, _, _, _, _]
    expect([row.length, twelve.length, foreign.length]).toEqual([13, 12, 13])
  })
})

// -----------------------------------------------------------------------------
// the actions
// -----------------------------------------------------------------------------

/** Tables 9-6 to 9-9, transcribed apart from the source: action, condition, next state, commands. */
const definitions = `
AE-1  |           | Sta4  | OpenTransport
AE-2  |           | Sta5  | Send A-ASSOCIATE-RQ
AE-3  |           | Sta6  | Issue A-ASSOCIATE confirmation (accept)
AE-4  |           | Sta1  | Issue A-ASSOCIATE confirmation (reject), CloseTransport
AE-5  |           | Sta2  | StartArtim
AE-6  | accepted  | Sta3  | StopArtim, Issue A-ASSOCIATE indication
AE-6  | otherwise | Sta13 | StopArtim, Send A-ASSOCIATE-RJ, StartArtim
AE-7  |           | Sta6  | Send A-ASSOCIATE-AC
AE-8  |           | Sta13 | Send A-ASSOCIATE-RJ, StartArtim
DT-1  |           | Sta6  | Send P-DATA-TF
DT-2  |           | Sta6  | Issue P-DATA indication
AR-1  |           | Sta7  | Send A-RELEASE-RQ
AR-2  |           | Sta8  | Issue A-RELEASE indication
AR-3  |           | Sta1  | Issue A-RELEASE confirmation, CloseTransport
AR-4  |           | Sta13 | Send A-RELEASE-RP, StartArtim
AR-5  |           | Sta1  | StopArtim
AR-6  |           | Sta7  | Issue P-DATA indication
AR-7  |           | Sta8  | Send P-DATA-TF
AR-8  | requestor | Sta9  | Issue A-RELEASE indication
AR-8  | acceptor  | Sta10 | Issue A-RELEASE indication
AR-9  |           | Sta11 | Send A-RELEASE-RP
AR-10 |           | Sta12 | Issue A-RELEASE confirmation
AA-1  |           | Sta13 | Send A-ABORT service-user reason-not-specified, StartArtim
AA-2  |           | Sta1  | StopArtim, CloseTransport
AA-3  | user      | Sta1  | Issue A-ABORT indication, CloseTransport
AA-3  | provider  | Sta1  | Issue A-P-ABORT invalid-PDU-parameter-value, CloseTransport
AA-4  |           | Sta1  | Issue A-P-ABORT reason-not-specified
AA-5  |           | Sta1  | StopArtim
AA-6  |           | Sta13 |
AA-7  | known     | Sta13 | Send A-ABORT service-provider unexpected-PDU
AA-7  | invalid   | Sta13 | Send A-ABORT service-provider unrecognized-PDU
AA-8  | known     | Sta13 | Send A-ABORT service-provider unexpected-PDU, Issue A-P-ABORT unexpected-PDU, StartArtim
AA-8  | invalid   | Sta13 | Send A-ABORT service-provider unrecognized-PDU, Issue A-P-ABORT unrecognized-PDU, StartArtim
`
  .trim()
  .split("\n")
  .map((line) => {
    const [name = "", condition = "", next = "", commands = ""] = line.split("|").map((part) => part.trim())
    return { name, condition, commands, next }
  })

const applies = (condition: string, event: StateMachine.Event, role: StateMachine.Role): boolean => {
  switch (condition) {
    case "accepted":
      return event === events["A-ASSOCIATE-RQ"]
    case "otherwise":
      return event !== events["A-ASSOCIATE-RQ"]
    case "user":
      return event === A_ABORT.userPdu
    case "provider":
      return event !== A_ABORT.userPdu
    case "known":
      return event !== invalidPdu
    case "invalid":
      return event === invalidPdu
    case "requestor":
    case "acceptor":
      return role === `association-${condition}`
    default:
      return true
  }
}

const show = (command: StateMachine.Command): string => {
  switch (command._tag) {
    case "Send":
      return command.pdu._tag === "A-ABORT"
        ? `Send A-ABORT ${command.pdu.source} ${command.pdu.reason}`
        : `Send ${command.pdu._tag}`
    case "Issue":
      return command.primitive._tag === "A-P-ABORT indication"
        ? `Issue A-P-ABORT ${command.primitive.providerReason}`
        : `Issue ${command.primitive._tag}`
    default:
      return command._tag
  }
}

/** One event for every row, and the others on which an action depends. */
const samples: ReadonlyArray<StateMachine.Event> = [
  ...Object.values(events),
  unacceptable(events["A-ASSOCIATE-RQ"]),
  A_ABORT.providerPdu("invalid-PDU-parameter-value")
]
const roles = ["association-requestor", "association-acceptor"] as const

/** Every state, event and role, with the printed cell. */
const cases = roles.flatMap((role) =>
  samples.flatMap((event) =>
    states.map((state, index) => ({
      machine: machineIn(state, role),
      event,
      cell: rows.find(({ label }) => label === event._tag)?.cells[index] ?? ""
    }))
  )
)

const success = (result: ReturnType<typeof StateMachine.step>): StateMachine.Transition => Result.getOrThrow(result)

describe("Tables 9-6 to 9-9", () => {
  for (const { commands, condition, name, next } of definitions) {
    it(`${name}${condition && ` (${condition})`}: ${commands || "nothing"}; next state is ${next}`, () => {
      const here = cases.filter(({ cell, event, machine }) => cell === name && applies(condition, event, machine.role))
      expect(here.length).toBeGreaterThan(0)
      for (const { event, machine } of here) {
        const [after, asked] = success(StateMachine.step(machine, event))
        expect([after.state, asked.map(show).join(", ")]).toEqual([next, commands])
      }
    })
  }

  it("are all there, and none other is in the table", () => {
    const names = new Set(definitions.map(({ name }) => name))
    expect(names.size).toBe(28)
    const cells = labels.flatMap((label) => [...StateMachine.table[label]])
    expect(new Set(cells.flatMap((cell) => (cell === undefined ? [] : [cell.name])))).toEqual(names)
  })

  it("AE-1 and AE-5 say which side of the association a machine is on", () => {
    const [asked] = success(StateMachine.step(machineIn("Sta1", "association-acceptor"), events["A-ASSOCIATE request"]))
    expect(asked.role).toBe("association-requestor")
    const [connected] = success(StateMachine.step(machineIn("Sta1"), events["Transport connect indication"]))
    expect(connected.role).toBe("association-acceptor")
  })

  it("AE-2 sends what AE-1 was asked for", () => {
    const [opening] = success(StateMachine.step(StateMachine.requestor(), events["A-ASSOCIATE request"]))
    const [, commands] = success(StateMachine.step(opening, events["Transport connect confirm"]))
    expect(commands).toEqual([{ _tag: "Send", pdu: events["A-ASSOCIATE-RQ"] }])
  })

  it("AE-6 sends the A-ASSOCIATE-RJ that says why, and issues an indication with what was tolerated", () => {
    const pdu = { ...events["A-ASSOCIATE-RQ"], callingAETitle: "WORKSTATION\0\0\0\0\0" }
    const [, [, sent]] = success(StateMachine.step(machineIn("Sta2", "association-acceptor"), pdu))
    expect(sent).toEqual({
      _tag: "Send",
      pdu: {
        _tag: "A-ASSOCIATE-RJ",
        result: "rejected-permanent",
        source: "DICOM UL service-user",
        diagnostic: "calling-AE-title-not-recognized"
      }
    })
    const lenient = { ...machineIn("Sta2", "association-acceptor"), leniency: Leniency.lenient }
    const [, [, issued]] = success(StateMachine.step(lenient, pdu))
    expect(issued).toMatchObject({
      primitive: { _tag: "A-ASSOCIATE indication", callingAETitle: "WORKSTATION" },
      tolerated: [
        {
          quirk: "nulPaddedAETitle",
          detail: 'AE title is "WORKSTATION\\u0000\\u0000\\u0000\\u0000\\u0000"; permitted: spaces at its end, not NUL'
        }
      ]
    })
  })

  it("AE-3 and AE-6 mention nothing tolerated when there was nothing", () => {
    const awaiting = machineIn("Sta2", "association-acceptor")
    const [, indicated] = success(StateMachine.step(awaiting, events["A-ASSOCIATE-RQ"]))
    const [, confirmed] = success(StateMachine.step(machineIn("Sta5"), events["A-ASSOCIATE-AC"]))
    expect([...indicated, ...confirmed].map((command) => Object.keys(command))).toEqual([
      ["_tag"],
      ["_tag", "primitive"],
      ["_tag", "primitive"]
    ])
  })

  it("DT-1, DT-2, AR-6 and AR-7 pass presentation data values on as they are, and change no machine", () => {
    const { presentationDataValues } = events["P-DATA-TF"]
    const pass = (state: StateMachine.State, event: StateMachine.Event) => {
      const machine = machineIn(state)
      const [after, commands] = success(StateMachine.step(machine, event))
      expect(after).toBe(machine)
      return commands
    }
    const sent = [{ _tag: "Send", pdu: { _tag: "P-DATA-TF", presentationDataValues } }]
    const indicated = [{ _tag: "Issue", primitive: { _tag: "P-DATA indication", presentationDataValues } }]
    expect(pass("Sta6", primitives["P-DATA request"])).toEqual(sent)
    expect(pass("Sta8", primitives["P-DATA request"])).toEqual(sent)
    expect(pass("Sta6", events["P-DATA-TF"])).toEqual(indicated)
    expect(pass("Sta7", events["P-DATA-TF"])).toEqual(indicated)
  })
})

// -----------------------------------------------------------------------------
// blanks
// -----------------------------------------------------------------------------

describe("a blank cell", () => {
  const blanks = cases.filter(({ cell }) => cell === "")
  const isPrimitive = (event: StateMachine.Event): event is StateMachine.RequestPrimitive => event._tag in primitives

  it("refuses a user's primitive, and says what is permitted", () => {
    const refused = blanks.flatMap(({ event, machine }) => (isPrimitive(event) ? [{ event, machine }] : []))
    expect(refused.length).toBe(2 * (7 * 13 - 19))
    for (const { event, machine } of refused) {
      const column = states.indexOf(machine.state)
      const permitted = rows.flatMap(({ cells, label }) => (label in primitives && cells[column] !== "" ? [label] : []))
      const error = Result.merge(Result.flip(StateMachine.step(machine, event)))
      expect(error).toBeInstanceOf(StateMachine.IllegalPrimitive)
      expect(error).toMatchObject({ _tag: "IllegalPrimitive", primitive: event._tag, state: machine.state, permitted })
      expect(StateMachine.permitted(machine)).toEqual(permitted)
    }
  })

  it("lets any other event change nothing and ask for nothing", () => {
    const ignored = blanks.filter(({ event }) => !isPrimitive(event))
    expect(ignored.length).toBeGreaterThan(0)
    for (const { event, machine } of ignored) {
      const [after, commands] = success(StateMachine.step(machine, event))
      expect(after).toBe(machine)
      expect(commands).toEqual([])
    }
  })

  it("gives an error whose message says what was issued, where, and what would have been permitted", () => {
    const message = (state: StateMachine.State, primitive: StateMachine.RequestPrimitive) =>
      Result.getOrThrow(Result.flip(StateMachine.step(machineIn(state), primitive))).message
    expect(message("Sta7", primitives["P-DATA request"])).toBe(
      "P-DATA request is not permitted in Sta7 (Awaiting A-RELEASE-RP PDU); permitted: A-ABORT request"
    )
    expect(message("Sta8", primitives["A-RELEASE request"])).toBe(
      "A-RELEASE request is not permitted in Sta8 (Awaiting local A-RELEASE response primitive (from local user)); " +
        "permitted: P-DATA request, A-RELEASE response, A-ABORT request"
    )
    expect(message("Sta13", A_ABORT.request)).toBe(
      "A-ABORT request is not permitted in Sta13 " +
        "(Awaiting Transport Connection Close Indication (Association no longer exists)); permitted: nothing"
    )
  })
})

// -----------------------------------------------------------------------------
// types
// -----------------------------------------------------------------------------

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

describe("the types", () => {
  it("give primitives the tags that are the row labels", () => {
    const requests: Same<StateMachine.RequestPrimitive["_tag"], StateMachine.RequestLabel> = true
    const rowLabels: Same<keyof typeof StateMachine.table, StateMachine.Event["_tag"]> = true
    expect([requests, rowLabels]).toEqual([true, true])
    expect(StateMachine.requestLabels).toEqual(labels.filter((label) => label in primitives))
  })

  it("give IllegalPrimitive its primitive, state and what was permitted", () => {
    const fields: Same<
      Pick<StateMachine.IllegalPrimitive, "_tag" | "primitive" | "state" | "permitted">,
      {
        readonly _tag: "IllegalPrimitive"
        readonly primitive: StateMachine.RequestLabel
        readonly state: StateMachine.State
        readonly permitted: ReadonlyArray<StateMachine.RequestLabel>
      }
    > = true
    expect(fields).toBe(true)
    // @ts-expect-error no such state
    const state: StateMachine.State = "Sta14"
    expect(state in StateMachine.states).toBe(false)
  })
})

// -----------------------------------------------------------------------------
// A-RELEASE: the clauses of its contract, R1 to R14
// -----------------------------------------------------------------------------

type Side = "requestor" | "acceptor"
const other = { requestor: "acceptor", acceptor: "requestor" } as const

/**
 * Two machines of an established association and what is on its way between them. `log` tells what the users issued and
 * were given, in order.
 */
const association = () => {
  const machines = {
    requestor: machineIn("Sta6"),
    acceptor: machineIn("Sta6", "association-acceptor")
  }
  const onItsWay: Record<Side, Array<StateMachine.Event>> = { requestor: [], acceptor: [] }
  const log: Array<string> = []
  const given: Record<Side, Array<StateMachine.IndicationPrimitive>> = { requestor: [], acceptor: [] }
  const artim: Record<Side, boolean> = { requestor: false, acceptor: false }
  const closed: Record<Side, boolean> = { requestor: false, acceptor: false }
  const feed = (side: Side, event: StateMachine.Event) => {
    const [machine, commands] = success(StateMachine.step(machines[side], event))
    machines[side] = machine
    for (const command of commands) {
      if (command._tag === "Send") onItsWay[other[side]].push(command.pdu)
      if (command._tag === "CloseTransport") {
        closed[side] = true
        onItsWay[other[side]].push(events["Transport connection closed"])
      }
      if (command._tag === "StartArtim" || command._tag === "StopArtim") artim[side] = command._tag === "StartArtim"
      if (command._tag === "Issue") {
        given[side].push(command.primitive)
        log.push(`${side} gets ${command.primitive._tag}`)
      }
    }
  }
  const deliver = (side: Side) => onItsWay[side].splice(0).forEach((event) => feed(side, event))
  const issue = (side: Side, label: StateMachine.RequestLabel) => {
    log.push(`${side} issues ${label}`)
    feed(side, primitives[label])
  }
  /** Tries every primitive; gives those that were not refused. What is refused sends nothing and changes nothing. */
  const notRefused = (side: Side) =>
    StateMachine.requestLabels.filter((label) => {
      const before = machines[side]
      const result = StateMachine.step(before, primitives[label])
      if (Result.isSuccess(result)) return true
      expect(result.failure).toMatchObject({ _tag: "IllegalPrimitive", primitive: label, state: before.state })
      expect(result.failure.permitted).toEqual(StateMachine.permitted(before))
      expect(StateMachine.step(before, primitives[label])).toEqual(result)
      return false
    })
  const states = () => [machines.requestor.state, machines.acceptor.state]
  return { artim, closed, deliver, feed, given, issue, log, machines, notRefused, onItsWay, states }
}

/** Both users have issued an A-RELEASE request before either had the other's. */
const collision = () => {
  const ends = association()
  ends.issue("requestor", "A-RELEASE request")
  ends.issue("acceptor", "A-RELEASE request")
  ends.deliver("requestor")
  ends.deliver("acceptor")
  return ends
}

describe("A-RELEASE", () => {
  for (const side of ["requestor", "acceptor"] as const) {
    it(`R1 runs as request, indication, response, confirmation when the association-${side} starts it`, () => {
      const { deliver, issue, log, states } = association()
      issue(side, "A-RELEASE request")
      deliver(other[side])
      issue(other[side], "A-RELEASE response")
      deliver(side)
      deliver(other[side])
      expect(log).toEqual([
        `${side} issues A-RELEASE request`,
        `${other[side]} gets A-RELEASE indication`,
        `${other[side]} issues A-RELEASE response`,
        `${side} gets A-RELEASE confirmation`
      ])
      expect(states()).toEqual(["Sta1", "Sta1"])
    })
  }

  it("R2 lets the requestor issue nothing but an A-ABORT request until the confirmation", () => {
    const { issue, notRefused, onItsWay, states } = association()
    issue("requestor", "A-RELEASE request")
    expect(notRefused("requestor")).toEqual(["A-ABORT request"])
    expect(onItsWay.acceptor).toEqual([A_RELEASE.RQ])
    expect(states()).toEqual(["Sta7", "Sta6"])
  })

  it("R2 still gives the requestor P-DATA indications until the confirmation", () => {
    const { deliver, given, issue, notRefused, states } = association()
    issue("requestor", "A-RELEASE request")
    issue("acceptor", "P-DATA request")
    deliver("acceptor")
    issue("acceptor", "P-DATA request")
    deliver("requestor")
    const { presentationDataValues } = events["P-DATA-TF"]
    const indication = { _tag: "P-DATA indication", presentationDataValues }
    expect(given.requestor).toEqual([indication, indication])
    expect(states()).toEqual(["Sta7", "Sta8"])
    expect(notRefused("requestor")).toEqual(["A-ABORT request"])
  })

  it("R3 gives the acceptor an indication", () => {
    const { deliver, given, issue, states } = association()
    issue("requestor", "A-RELEASE request")
    deliver("acceptor")
    expect(given.acceptor).toEqual([A_RELEASE.indication])
    expect(states()).toEqual(["Sta7", "Sta8"])
  })

  it("R4 lets the acceptor respond, abort or send P-DATA after the indication, and nothing else", () => {
    const { deliver, issue, notRefused, onItsWay, states } = association()
    issue("requestor", "A-RELEASE request")
    deliver("acceptor")
    expect(notRefused("acceptor")).toEqual(["P-DATA request", "A-RELEASE response", "A-ABORT request"])
    issue("acceptor", "P-DATA request")
    expect(states()).toEqual(["Sta7", "Sta8"])
    expect(notRefused("acceptor")).toEqual(["P-DATA request", "A-RELEASE response", "A-ABORT request"])
    issue("acceptor", "A-RELEASE response")
    expect(onItsWay.requestor).toEqual([events["P-DATA-TF"], A_RELEASE.RP])
  })

  it("R5 has the acceptor answer with a response that is affirmative", () => {
    expect(primitives["A-RELEASE response"].result).toBe("affirmative")
    const negative = { ...A_RELEASE.response, result: "negative" } as const
    // @ts-expect-error there is no negative response
    const event: StateMachine.Event = negative
    expect(Schema.is(A_RELEASE.Primitive)(event)).toBe(false)
  })

  it("R6 lets the acceptor issue nothing after its response", () => {
    const { deliver, issue, notRefused, states } = association()
    issue("requestor", "A-RELEASE request")
    deliver("acceptor")
    issue("acceptor", "A-RELEASE response")
    expect(states()).toEqual(["Sta7", "Sta13"])
    expect(notRefused("acceptor")).toEqual([])
  })

  it("R7 gives the requestor a confirmation, affirmative", () => {
    const { closed, deliver, given, issue } = association()
    issue("requestor", "A-RELEASE request")
    deliver("acceptor")
    issue("acceptor", "A-RELEASE response")
    deliver("requestor")
    expect(given.requestor).toEqual([A_RELEASE.confirmation])
    expect(given.requestor).toMatchObject([{ result: "affirmative" }])
    expect(closed.requestor).toBe(true)
  })

  /** Every point of a release, reached anew. */
  const points: ReadonlyArray<readonly [string, () => ReturnType<typeof association>]> = [
    [
      "after the request",
      () => {
        const ends = association()
        ends.issue("requestor", "A-RELEASE request")
        return ends
      }
    ],
    [
      "after the indication",
      () => {
        const ends = association()
        ends.issue("requestor", "A-RELEASE request")
        ends.deliver("acceptor")
        return ends
      }
    ],
    ["in a collision", collision],
    [
      "in a collision after the first response",
      () => {
        const ends = collision()
        ends.issue("requestor", "A-RELEASE response")
        return ends
      }
    ],
    [
      "in a collision after the first confirmation",
      () => {
        const ends = collision()
        ends.issue("requestor", "A-RELEASE response")
        ends.deliver("acceptor")
        return ends
      }
    ]
  ]

  for (const [point, reach] of points) {
    for (const side of ["requestor", "acceptor"] as const) {
      it(`R8 lets the association-${side} break the release off ${point}; its peer gets an A-ABORT indication`, () => {
        const { closed, deliver, given, issue, notRefused, states } = reach()
        issue(side, "A-ABORT request")
        expect(notRefused(side)).toEqual([])
        deliver(other[side])
        expect(given[other[side]].at(-1)).toEqual(A_ABORT.userIndication)
        expect(closed[other[side]]).toBe(true)
        deliver(side)
        expect(states()).toEqual(["Sta1", "Sta1"])
        expect(given[side].filter(({ _tag }) => _tag === "A-ABORT indication")).toEqual([])
        expect(notRefused(side)).toEqual(["A-ASSOCIATE request"])
      })
    }
  }

  it("R9 gives both users an indication in a collision; the association-requestor responds first", () => {
    const { deliver, issue, log, notRefused, states } = collision()
    expect(states()).toEqual(["Sta9", "Sta10"])
    expect(notRefused("requestor")).toEqual(["A-RELEASE response", "A-ABORT request"])
    expect(notRefused("acceptor")).toEqual(["A-ABORT request"])
    issue("requestor", "A-RELEASE response")
    expect(states()).toEqual(["Sta11", "Sta10"])
    expect(notRefused("requestor")).toEqual(["A-ABORT request"])
    expect(notRefused("acceptor")).toEqual(["A-ABORT request"])
    deliver("acceptor")
    expect(states()).toEqual(["Sta11", "Sta12"])
    expect(notRefused("acceptor")).toEqual(["A-RELEASE response", "A-ABORT request"])
    issue("acceptor", "A-RELEASE response")
    expect(states()).toEqual(["Sta11", "Sta13"])
    expect(notRefused("acceptor")).toEqual([])
    deliver("requestor")
    expect(log).toEqual([
      "requestor issues A-RELEASE request",
      "acceptor issues A-RELEASE request",
      "requestor gets A-RELEASE indication",
      "acceptor gets A-RELEASE indication",
      "requestor issues A-RELEASE response",
      "acceptor gets A-RELEASE confirmation",
      "acceptor issues A-RELEASE response",
      "requestor gets A-RELEASE confirmation"
    ])
  })

  it("R10 releases a collided association on both sides, each confirmed, and closes the transport connection", () => {
    const { artim, closed, deliver, given, issue, states } = collision()
    issue("requestor", "A-RELEASE response")
    deliver("acceptor")
    issue("acceptor", "A-RELEASE response")
    expect(artim).toEqual({ requestor: false, acceptor: true })
    deliver("requestor")
    expect(closed.requestor).toBe(true)
    deliver("acceptor")
    expect(states()).toEqual(["Sta1", "Sta1"])
    expect(artim).toEqual({ requestor: false, acceptor: false })
    expect(given).toEqual({
      requestor: [A_RELEASE.indication, A_RELEASE.confirmation],
      acceptor: [A_RELEASE.indication, A_RELEASE.confirmation]
    })
  })

  it('R11 has reason "normal" in all four forms, and no user information', () => {
    const { deliver, given, issue } = association()
    issue("requestor", "A-RELEASE request")
    deliver("acceptor")
    issue("acceptor", "A-RELEASE response")
    deliver("requestor")
    const forms = [
      primitives["A-RELEASE request"],
      ...given.acceptor,
      primitives["A-RELEASE response"],
      ...given.requestor
    ]
    expect(forms.map((form) => Object.entries(form))).toEqual([
      [
        ["_tag", "A-RELEASE request"],
        ["reason", "normal"]
      ],
      [
        ["_tag", "A-RELEASE indication"],
        ["reason", "normal"]
      ],
      [
        ["_tag", "A-RELEASE response"],
        ["reason", "normal"],
        ["result", "affirmative"]
      ],
      [
        ["_tag", "A-RELEASE confirmation"],
        ["reason", "normal"],
        ["result", "affirmative"]
      ]
    ])
    // @ts-expect-error a reason typed by hand
    const byHand: StateMachine.Event = { _tag: "A-RELEASE request", reason: "urgent" }
    expect(Schema.is(A_RELEASE.Primitive)(byHand)).toBe(false)
  })

  it('R12 has no result in request and indication, and "affirmative" in response and confirmation', () => {
    const { deliver, given, issue } = collision()
    issue("requestor", "A-RELEASE response")
    deliver("acceptor")
    issue("acceptor", "A-RELEASE response")
    deliver("requestor")
    for (const side of ["requestor", "acceptor"] as const) {
      expect(given[side].map((primitive) => ("result" in primitive ? primitive.result : "absent"))).toEqual([
        "absent",
        "affirmative"
      ])
    }
    // @ts-expect-error a result typed by hand
    const byHand: StateMachine.Event = { ...A_RELEASE.request, _tag: "A-RELEASE response", result: "affirmative" }
    expect(byHand._tag).toBe("A-RELEASE response")
  })

  it("R13 is carried by two PDUs of ten bytes that hold neither reason nor result", () => {
    const { deliver, issue, onItsWay } = association()
    issue("requestor", "A-RELEASE request")
    expect(onItsWay.acceptor).toEqual([{ _tag: "A-RELEASE-RQ" }])
    expect(Pdu.encode(A_RELEASE.RQ)).toEqual(Uint8Array.of(0x05, 0, 0, 0, 0, 4, 0, 0, 0, 0))
    deliver("acceptor")
    issue("acceptor", "A-RELEASE response")
    expect(onItsWay.requestor).toEqual([{ _tag: "A-RELEASE-RP" }])
    expect(Pdu.encode(A_RELEASE.RP)).toEqual(Uint8Array.of(0x06, 0, 0, 0, 0, 4, 0, 0, 0, 0))
  })

  it("R13 breaks a release off when its PDU has a length other than 4", () => {
    const { feed, given, issue, onItsWay, states } = association()
    issue("requestor", "A-RELEASE request")
    const decoded = Pdu.decode(Uint8Array.of(0x06, 0, 0, 0, 0, 0))
    expect(Result.isFailure(decoded)).toBe(true)
    feed("requestor", Result.merge(decoded))
    expect(states()).toEqual(["Sta13", "Sta6"])
    expect(onItsWay.acceptor).toEqual([A_RELEASE.RQ, A_ABORT.providerPdu("invalid-PDU-parameter-value")])
    expect(given.requestor).toEqual([A_ABORT.providerIndication("invalid-PDU-parameter-value")])
  })

  for (const [point, reach] of points) {
    for (const side of ["requestor", "acceptor"] as const) {
      it(`R14 tells the association-${side} of a transport connection that closes ${point}`, () => {
        const { feed, given, machines } = reach()
        feed(side, events["Transport connection closed"])
        expect(machines[side].state).toBe("Sta1")
        expect(given[side].at(-1)).toEqual(A_ABORT.providerIndication("reason-not-specified"))
      })
    }
  }

  it("R14 bounds an acceptor's wait after its response by ARTIM, and ends when the transport connection closes", () => {
    const respond = () => {
      const ends = association()
      ends.issue("requestor", "A-RELEASE request")
      ends.deliver("acceptor")
      ends.issue("acceptor", "A-RELEASE response")
      return ends
    }
    const silent = respond()
    expect(silent.artim.acceptor).toBe(true)
    silent.feed("acceptor", events["ARTIM timer expired"])
    expect(silent.machines.acceptor.state).toBe("Sta1")
    expect(silent.closed.acceptor).toBe(true)
    expect(silent.artim.acceptor).toBe(false)
    const closing = respond()
    closing.feed("acceptor", events["Transport connection closed"])
    expect([closing.machines.acceptor.state, closing.artim.acceptor]).toEqual(["Sta1", false])
    expect(closing.given.acceptor).toEqual([A_RELEASE.indication])
  })
})

// -----------------------------------------------------------------------------
// totality
// -----------------------------------------------------------------------------

describe("step", () => {
  const Sequence = Schema.Array(Schema.Literals(samples.map((_, index) => index)))

  for (const start of [StateMachine.requestor, StateMachine.acceptor]) {
    it.prop(
      `gives a machine in one of the thirteen states for any sequence of events from ${start().role}`,
      [Sequence],
      ([sequence]) => {
        let machine = start()
        for (const index of sequence) {
          const event = samples[index] ?? invalidPdu
          const result = StateMachine.step(machine, event)
          if (Result.isSuccess(result)) machine = result.success[0]
          else expect(event._tag in primitives).toBe(true)
          expect(machine.state in StateMachine.states).toBe(true)
        }
      }
    )
  }

  for (const leniency of [Leniency.strict, Leniency.lenient]) {
    it.prop(
      `takes any PDU in any state, ${leniency === Leniency.strict ? "strictly" : "leniently"}`,
      [Pdu.Pdu, Schema.Literals(states), Schema.Literals(roles)],
      ([pdu, state, role]) => {
        const [machine, commands] = success(StateMachine.step({ ...machineIn(state, role), leniency }, pdu))
        expect(machine.state in StateMachine.states).toBe(true)
        for (const command of commands) if (command._tag === "Send") Pdu.encode(command.pdu)
      }
    )
  }
})
