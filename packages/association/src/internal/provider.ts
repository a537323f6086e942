/**
 * The service provider of one association: the state machine at work, its deadlines, and what the peer is to be sent. All
 * of it is plain and synchronous, and knows no transport; whoever has one hands over what is in `output`, and closes it
 * when `closing` is set.
 */
import * as A_ABORT from "@effect-dicom/protocol/A_ABORT"
import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import type * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import * as StateMachine from "@effect-dicom/protocol/StateMachine"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as AssociationError from "../AssociationError.ts"
import type { Settings } from "../Settings.ts"
import type { End, Issue, Receiver, Step } from "../UpperLayer.ts"
import { Deadlines } from "./deadlines.ts"
import type { Timer } from "./deadlines.ts"
import { endOf } from "./ending.ts"

/** The association's own deadlines, and the time in which the peer's last words are awaited once it takes nothing more. */
export type Deadline = Exclude<AssociationError.Deadline, "TLS handshake" | "cancel"> | "linger"

const limited = ["connect", "artim", "negotiation", "pdu", "write", "idle", "linger"] as const

type Limits = { readonly [S in (typeof limited)[number]]: number }

/** The times that settings allow, in milliseconds. Settings are few, and shared by many associations. */
const limitsOf = (settings: Settings): Limits => {
  let limits = known.get(settings)
  if (limits === undefined) {
    limits = {
      connect: Duration.toMillis(settings.connect),
      artim: Duration.toMillis(settings.artim),
      negotiation: Duration.toMillis(settings.negotiation),
      pdu: Duration.toMillis(settings.pdu),
      write: Duration.toMillis(settings.write),
      idle: Duration.toMillis(settings.idle),
      linger: Duration.toMillis(settings.linger)
    }
    known.set(settings, limits)
  }
  return limits
}
const known = new WeakMap<Settings, Limits>()

export class Provider {
  readonly role: StateMachine.Role
  readonly traffic = { pdusReceived: 0, pdusSent: 0, bytesReceived: 0, bytesSent: 0 }
  readonly limits: Limits
  readonly deadlines: Deadlines<Deadline>
  protected machine: StateMachine.Machine
  /** What is to be sent, as views. */
  protected output: Array<Uint8Array> = []
  /** Whether the transport connection is to be closed once that is sent. */
  protected closing = false
  protected ended: End | undefined
  protected readonly receiver: Receiver
  private readonly observer: ((step: Step) => void) | undefined
  private readonly parser: Pdu.Parser
  private tolerances: ReadonlyArray<Leniency.Tolerated> = []
  private collision = false
  /** When something was last sent or received. */
  protected activeAt = 0
  /** How the associations that the user's own bounds break off end. */
  private readonly bounds: { operation?: () => End | undefined; release?: () => End | undefined } = {}

  constructor(
    initial: StateMachine.Machine,
    receiver: Receiver,
    settings: Settings,
    timer: Timer,
    observer: ((step: Step) => void) | undefined
  ) {
    this.role = initial.role
    this.machine = initial
    this.receiver = receiver
    this.observer = observer
    this.limits = limitsOf(settings)
    this.deadlines = new Deadlines<Deadline>(timer, this.expired)
    // An observer may keep what it is told.
    this.parser = Pdu.parser({ ...settings, lent: observer === undefined })
  }

  state(): StateMachine.State {
    return this.machine.state
  }

  permitted(): ReadonlyArray<StateMachine.RequestLabel> {
    return StateMachine.permitted(this.machine)
  }

  tolerated(): ReadonlyArray<Leniency.Tolerated> {
    return [...this.parser.tolerated, ...this.tolerances]
  }

  now(): number {
    return this.deadlines.now()
  }

  bound(what: "operation" | "release", at: number = Infinity, end?: () => End | undefined): void {
    if (end !== undefined) this.bounds[what] = end
    this.deadlines.set(what, at)
  }

  // ---------------------------------------------------------------------------
  // the machine
  // ---------------------------------------------------------------------------

  /** Takes a step; gives what was wrong with it. `as` makes the end that it brings about where the event does not tell. */
  protected happen(event: StateMachine.Event, as?: () => End): AssociationError.IllegalPrimitive | undefined {
    const before = this.machine
    const stepped = StateMachine.step(before, event)
    if (Result.isFailure(stepped)) return stepped.failure
    const [machine, commands] = stepped.success
    this.machine = machine
    if (this.observer !== undefined) {
      this.observer({ role: machine.role, event, before: before.state, after: machine.state, commands })
    }
    let issue: Issue | undefined
    for (let i = 0; i < commands.length; i++) {
      const command = commands[i] as StateMachine.Command // i is within bounds
      if (command._tag === "Issue") issue = command
      else this.perform(command)
    }
    if (machine.state !== before.state) this.moved(event, before.state, commands, as)
    if (issue === undefined) return undefined
    if (issue.tolerated !== undefined) this.tolerances = [...this.tolerances, ...issue.tolerated]
    // Last, since whoever takes it may issue a primitive before it returns; no action issues more than one.
    const reaction = this.receiver.issue(issue)
    if (reaction !== undefined) this.happen(reaction)
    return undefined
  }

  private perform(command: Exclude<StateMachine.Command, Issue>): void {
    switch (command._tag) {
      case "Send": {
        this.traffic.pdusSent++
        const views = Pdu.views(command.pdu)
        for (let i = 0; i < views.length; i++) this.output.push(views[i] as Uint8Array) // i is within bounds
        return
      }
      case "StartArtim":
        return this.arm("ARTIM", this.limits.artim)
      case "StopArtim":
        return this.deadlines.clear("ARTIM")
      case "CloseTransport":
        this.closing = true
        return
      case "OpenTransport":
        return
    }
  }

  private moved(
    event: StateMachine.Event,
    before: StateMachine.State,
    commands: ReadonlyArray<StateMachine.Command>,
    as?: () => End
  ): void {
    const { deadlines } = this
    // Silence is idleness while data may be transferred; a release has bounds of its own.
    if (before === "Sta6") deadlines.clear("idle")
    switch (this.machine.state) {
      case "Sta2":
      case "Sta4":
        return this.arm("negotiation", this.limits.negotiation)
      case "Sta6":
        deadlines.clear("negotiation")
        this.active()
        return this.arm("idle", this.limits.idle)
      case "Sta9":
      case "Sta10":
        this.collision = true
        return
      case "Sta1":
      case "Sta13":
        deadlines.clear("negotiation")
        deadlines.clear("operation")
        deadlines.clear("release")
        if (this.machine.state === "Sta1") {
          deadlines.clear("ARTIM")
          deadlines.clear("PDU")
        }
        if (this.ended === undefined && before !== "Sta1") {
          this.ended = as === undefined ? endOf(event, before, commands, this.collision) : as()
          this.receiver.end(this.ended)
        }
        return
    }
  }

  // ---------------------------------------------------------------------------
  // what the transport brings
  // ---------------------------------------------------------------------------

  /** All that a chunk brings about. The chunk is only lent, and what is issued is good for that turn. */
  protected hear(chunk: Uint8Array): void {
    this.traffic.bytesReceived += chunk.length
    const events = this.parser.push(this.observer === undefined ? chunk : new Uint8Array(chunk))
    this.traffic.pdusReceived += events.length
    for (let i = 0; i < events.length; i++) {
      this.happen(events[i] as Pdu.Pdu | InvalidPdu.InvalidPdu) // i is within bounds
      if (this.closing) break
    }
    if (this.parser.pending === 0 || this.machine.state === "Sta13") this.deadlines.clear("PDU")
    else if (events.length > 0 || !this.deadlines.isSet("PDU")) this.arm("PDU", this.limits.pdu)
  }

  /** The transport connection is closed. */
  protected gone(as?: () => End): void {
    if (this.machine.state !== "Sta1") this.happen({ _tag: "Transport connection closed" }, as)
  }

  /** While our own handler holds up the reading, neither the PDU nor the silence is the peer's doing. */
  protected paused(): void {
    this.deadlines.clear("PDU")
  }

  protected resumed(): void {
    this.active()
    if (this.parser.pending > 0) this.arm("PDU", this.limits.pdu)
  }

  // ---------------------------------------------------------------------------
  // deadlines
  // ---------------------------------------------------------------------------

  protected active(): void {
    this.activeAt = this.deadlines.now()
  }

  protected arm(deadline: Deadline, milliseconds: number): void {
    this.deadlines.set(deadline, this.deadlines.now() + milliseconds)
  }

  protected timedOut(deadline: AssociationError.Deadline, milliseconds: number): () => End {
    return () => new AssociationError.TimedOut({ deadline, milliseconds })
  }

  private readonly expired = (deadline: Deadline): void => this.expire(deadline)

  /** What a deadline that has passed brings about. */
  protected expire(deadline: Deadline): void {
    const { deadlines, limits } = this
    switch (deadline) {
      case "ARTIM":
        this.happen({ _tag: "ARTIM timer expired" }, this.timedOut("ARTIM", limits.artim))
        return
      case "PDU": {
        const held = `a PDU of which ${this.parser.pending} bytes came was not complete within ${limits.pdu} ms`
        this.happen(InvalidPdu.make("reason-not-specified", held), this.timedOut("PDU", limits.pdu))
        return
      }
      case "negotiation":
        this.happen(A_ABORT.request, this.timedOut("negotiation", limits.negotiation))
        return
      case "idle": {
        const at = (this.receiver.busy() ? deadlines.now() : this.activeAt) + limits.idle
        if (at > deadlines.now()) deadlines.set("idle", at)
        else this.happen(A_ABORT.request, this.timedOut("idle", limits.idle))
        return
      }
      case "operation":
      case "release": {
        const end = this.bounds[deadline]?.()
        if (end !== undefined) this.happen(A_ABORT.request, () => end)
        return
      }
      case "connect":
      case "write":
      case "linger":
        // These are the transport's.
        return
    }
  }
}
