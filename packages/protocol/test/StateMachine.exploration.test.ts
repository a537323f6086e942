/**
 * Two machines joined by two ordered channels, explored exhaustively.
 *
 * Each user may issue any primitive at any time. The transport connection may be refused, may break at any time, losing
 * what is on its way or not, and what is on its way when one end closes may be lost. A PDU may arrive garbled, and an
 * A-ASSOCIATE-RQ may be of another protocol version. The ARTIM timer may expire whenever it runs.
 *
 * The space is finite because a channel holds at most four P-DATA-TF PDUs that have not been read. Every other PDU
 * takes its sender to a state it does not come back from, or (AA-7) answers an A-ASSOCIATE-RQ or something garbled,
 * after which nothing can be read as a PDU. One association is covered: an A-ASSOCIATE request after it would ask for
 * another.
 */
import * as StateMachine from "@effect-dicom/protocol/StateMachine"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { invalidPdu, primitives, unacceptable } from "./fixtures/events.ts"

const unreadData = 4

/** One end: a machine, its timer, and what is on its way to it. */
interface End {
  readonly machine: StateMachine.Machine
  readonly artim: boolean
  /** Whether what it sends reaches the other end. */
  readonly linked: boolean
  /** Whether it got something that is not a PDU: nothing after that can be read as one. */
  readonly lost: boolean
  readonly inbox: ReadonlyArray<StateMachine.Event>
  /** It was given an A-RELEASE confirmation. */
  readonly confirmed: boolean
  /** It was given an A-RELEASE indication in answer to its A-RELEASE request (AR-8). */
  readonly collided: boolean
}

interface World {
  readonly requestor: End
  readonly acceptor: End
  readonly transport: "none" | "opening" | "opened"
  /** An A-ABORT was sent, or the transport connection lost or garbled something. */
  readonly brokenOff: boolean
}

type Side = "requestor" | "acceptor"
const sides: ReadonlyArray<Side> = ["requestor", "acceptor"]
const other = { requestor: "acceptor", acceptor: "requestor" } as const

const closed: StateMachine.Event = { _tag: "Transport connection closed" }

const end = (machine: StateMachine.Machine): End => ({
  machine,
  artim: false,
  linked: false,
  lost: false,
  inbox: [],
  confirmed: false,
  collided: false
})

const start: World = {
  requestor: end(StateMachine.requestor()),
  acceptor: end(StateMachine.acceptor()),
  transport: "none",
  brokenOff: false
}

const change = (world: World, side: Side, changes: Partial<End>): World => ({
  ...world,
  [side]: { ...world[side], ...changes }
})

/** The other end stops being able to send, and learns of it after what is on its way (or without it). */
const unlink = (world: World, side: Side, keep: boolean): World =>
  world[side].linked
    ? change(world, side, { linked: false, inbox: keep ? [...world[side].inbox, closed] : [closed] })
    : world

const isPdu = (event: StateMachine.Event): boolean => !event._tag.startsWith("Transport")

/** What cannot be, whatever happens. */
const violations = new Set<string>()

const perform = (before: World, side: Side, event: StateMachine.Event): ReadonlyArray<World> => {
  const result = StateMachine.step(before[side].machine, event)
  if (Result.isFailure(result)) return []
  const [machine, commands] = result.success
  let worlds: ReadonlyArray<World> = [change(before, side, { machine })]
  const each = (f: (world: World) => ReadonlyArray<World>) => {
    worlds = worlds.flatMap(f)
  }
  if (event._tag === "Transport connection closed") each((world) => [change(world, side, { linked: false })])
  for (const command of commands) {
    switch (command._tag) {
      case "OpenTransport":
        each((world) => [{ ...world, transport: "opening" }])
        break
      case "StartArtim":
        each((world) => [change(world, side, { artim: true })])
        break
      case "StopArtim":
        each((world) => [change(world, side, { artim: false })])
        break
      case "Send":
        each((world) => [
          {
            ...(world[side].linked && !world[other[side]].lost
              ? change(world, other[side], { inbox: [...world[other[side]].inbox, command.pdu] })
              : world),
            brokenOff: world.brokenOff || command.pdu._tag === "A-ABORT"
          }
        ])
        break
      case "CloseTransport":
        each((world) => {
          const unread = world[side].inbox.some(isPdu)
          const here = change({ ...world, transport: "opened" }, side, { linked: false, inbox: [] })
          const there = unlink(here, other[side], true)
          // closing a connection with something unread resets it, and the other end may lose what it has not read
          return unread ? [there, { ...unlink(here, other[side], false), brokenOff: true }] : [there]
        })
        break
      case "Issue":
        if (command.primitive._tag === "P-DATA indication" && before[side].confirmed) {
          violations.add(`a P-DATA indication after a confirmation in ${before[side].machine.state}`)
        }
        if (command.primitive._tag === "A-RELEASE confirmation") {
          each((world) => [change(world, side, { confirmed: true })])
        }
        if (command.primitive._tag === "A-RELEASE indication" && before[side].machine.state === "Sta7") {
          each((world) => [change(world, side, { collided: true })])
        }
    }
  }
  return worlds
}

/** What the two machines, the transport and users that do what they owe come to by themselves. */
const fairMoves = (world: World): ReadonlyArray<World> => {
  const moves: Array<World> = []
  if (world.transport === "opening") moves.push(...opening(world))
  for (const side of sides) {
    const { artim, inbox, machine } = world[side]
    const [head, ...rest] = inbox
    if (head !== undefined) moves.push(...perform(change(world, side, { inbox: rest }), side, head))
    if (head?._tag === "A-ASSOCIATE-RQ") {
      moves.push(...perform(change(world, side, { inbox: rest }), side, unacceptable(head)))
    }
    if (artim) moves.push(...perform(change(world, side, { artim: false }), side, { _tag: "ARTIM timer expired" }))
    for (const label of StateMachine.permitted(machine)) {
      const owed =
        label === "A-ASSOCIATE request"
          ? side === "requestor" && world.transport === "none"
          : label !== "A-ABORT request" && label !== "P-DATA request"
      if (owed) moves.push(...perform(world, side, primitives[label]))
    }
  }
  return moves
}

const opening = (world: World): ReadonlyArray<World> => {
  const opened: World = { ...world, transport: "opened" }
  const confirmed = change(opened, "requestor", { linked: true, inbox: [{ _tag: "Transport connect confirm" }] })
  return [
    change(confirmed, "acceptor", { linked: true, inbox: [{ _tag: "Transport connect indication" }] }),
    change(opened, "requestor", { inbox: [closed] })
  ]
}

/** What else may happen: users that send and abort, a transport connection that breaks and garbles. */
const otherMoves = (world: World): ReadonlyArray<World> => {
  const moves: Array<World> = []
  for (const side of sides) {
    const [head, ...rest] = world[side].inbox
    if (head !== undefined && isPdu(head)) {
      const garbled = change(world, side, { lost: true, inbox: rest.filter((event) => !isPdu(event)) })
      moves.push(...perform({ ...garbled, brokenOff: true }, side, invalidPdu))
    }
    moves.push(...perform(world, side, primitives["A-ABORT request"]))
    if (world[other[side]].inbox.filter(({ _tag }) => _tag === "P-DATA-TF").length < unreadData) {
      moves.push(...perform(world, side, primitives["P-DATA request"]))
    }
  }
  if (world.requestor.linked || world.acceptor.linked) {
    for (const [here, there] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false]
    ] as const) {
      moves.push({ ...unlink(unlink(world, "requestor", here), "acceptor", there), brokenOff: true })
    }
  }
  return moves
}

const isOver = (world: World): boolean =>
  world.transport === "opened" &&
  sides.every((side) => world[side].machine.state === "Sta1" && world[side].inbox.length === 0)

/** Two worlds with the same key go on alike: why an A-ABORT was sent changes nothing. */
const key = (world: World): string =>
  [
    world.transport,
    world.brokenOff,
    ...sides.map((side) => {
      const { artim, collided, confirmed, inbox, linked, lost, machine } = world[side]
      const events = inbox.map((event) => (event._tag === "A-ABORT" ? `${event._tag} ${event.source}` : event._tag))
      return [machine.state, machine.role, artim, linked, lost, confirmed, collided, ...events].join()
    })
  ].join("|")

interface Node {
  readonly world: World
  readonly fair: ReadonlyArray<number>
  readonly all: ReadonlyArray<number>
}

const explore = (): ReadonlyArray<Node> => {
  const worlds: Array<World> = [start]
  const indices = new Map([[key(start), 0]])
  const visit = (world: World): number => {
    const k = key(world)
    const index = indices.get(k) ?? worlds.push(world) - 1
    indices.set(k, index)
    return index
  }
  const nodes: Array<Node> = []
  for (let world = worlds[nodes.length]; world !== undefined; world = worlds[nodes.length]) {
    const fair = isOver(world) ? [] : fairMoves(world).map(visit)
    const all = isOver(world) ? [] : [...fair, ...otherMoves(world).map(visit)]
    nodes.push({ world, fair, all })
  }
  return nodes
}

const nodes = explore()
const show = ({ world }: Node): string => key(world)

describe("two machines joined by two ordered channels", () => {
  it("are explored to the end", () => {
    const pairs = new Set(nodes.map(({ world }) => `${world.requestor.machine.state} ${world.acceptor.machine.state}`))
    const moves = nodes.reduce((sum, { all }) => sum + all.length, 0)
    console.log(`explored ${nodes.length} states of two machines and two channels, ${moves} moves, ${pairs.size} pairs`)
    const reached = (side: Side) =>
      Object.keys(StateMachine.states).filter((state) => nodes.some(({ world }) => world[side].machine.state === state))
    expect(reached("requestor")).toEqual(["Sta1", "Sta4", "Sta5", "Sta6", "Sta7", "Sta8", "Sta9", "Sta11", "Sta13"])
    expect(reached("acceptor")).toEqual(["Sta1", "Sta2", "Sta3", "Sta6", "Sta7", "Sta8", "Sta10", "Sta12", "Sta13"])
  })

  it("can reach Sta1 on both ends from every state", () => {
    const before = nodes.map((): Array<number> => [])
    nodes.forEach(({ all }, from) => all.forEach((to) => before[to]?.push(from)))
    const exits = new Set(nodes.flatMap(({ world }, index) => (isOver(world) ? [index] : [])))
    for (const index of exits) before[index]?.forEach((from) => exits.add(from))
    expect(nodes.filter((_, index) => !exits.has(index)).map(show)).toEqual([])
  })

  it("do reach Sta1 on both ends once what is on its way arrives and users do what they owe, in whatever order", () => {
    // Fair moves cannot go on for ever (they form no cycle), and where there is none left both ends are in Sta1.
    const stuck = nodes.filter(({ fair, world }) => fair.length === 0 && !isOver(world))
    expect(stuck.map(show)).toEqual([])
    const degree = nodes.map(() => 0)
    nodes.forEach(({ fair }) => fair.forEach((to) => (degree[to] = (degree[to] ?? 0) + 1)))
    const sorted = nodes.flatMap((_, index) => (degree[index] === 0 ? [index] : []))
    for (const index of sorted) {
      nodes[index]?.fair.forEach((to) => {
        degree[to] = (degree[to] ?? 0) - 1
        if (degree[to] === 0) sorted.push(to)
      })
    }
    expect(nodes.filter((_, index) => degree[index] !== 0).map(show)).toEqual([])
  })

  it("never indicate P-DATA after a confirmation", () => {
    expect(nodes.filter(({ world }) => sides.some((side) => world[side].confirmed)).length).toBeGreaterThan(0)
    expect(violations).toEqual(new Set())
  })

  it("end a collision that is not broken off as R10 says: both users confirmed", () => {
    const ends = nodes
      .map(({ world }) => world)
      .filter((world) => isOver(world) && !world.brokenOff && (world.requestor.collided || world.acceptor.collided))
    expect(ends.length).toBeGreaterThan(0)
    for (const world of ends) {
      expect(sides.map((side) => [world[side].collided, world[side].confirmed])).toEqual([
        [true, true],
        [true, true]
      ])
    }
  })

  it("run the ARTIM timer in Sta2 and Sta13, and nowhere else", () => {
    const wrong = nodes.filter(({ world }) =>
      sides.some((side) => world[side].artim !== ["Sta2", "Sta13"].includes(world[side].machine.state))
    )
    expect(wrong.map(show)).toEqual([])
  })

  it("have no transport connection left when they come to Sta1", () => {
    const wrong = nodes.filter(({ world }) =>
      sides.some((side) => {
        const { inbox, linked, machine } = world[side]
        return machine.state === "Sta1" && linked && inbox[0]?._tag !== "Transport connect indication"
      })
    )
    expect(wrong.map(show)).toEqual([])
  })

  it("are not changed by an illegal primitive, and send nothing", () => {
    const machines = new Map(
      nodes.flatMap(({ world }) =>
        sides.map((side): [string, StateMachine.Machine] => [side + world[side].machine.state, world[side].machine])
      )
    )
    for (const machine of machines.values()) {
      const before = structuredClone(machine)
      for (const label of StateMachine.requestLabels) {
        const result = StateMachine.step(machine, primitives[label])
        const legal = StateMachine.permitted(machine).includes(label)
        expect(Result.isSuccess(result)).toBe(legal)
        if (!legal) expect(Result.isFailure(result) && result.failure.state).toBe(machine.state)
      }
      expect(machine).toEqual(before)
    }
  })
})
