/**
 * The handle of an association that is established: what was agreed on, and what its user may do. What becomes of that is
 * the endpoint's business.
 */
import * as A_ABORT from "@effect-dicom/protocol/A_ABORT"
import type * as Leniency from "@effect-dicom/protocol/Leniency"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import type * as PresentationContextNegotiation from "@effect-dicom/protocol/PresentationContextNegotiation"
import type * as StateMachine from "@effect-dicom/protocol/StateMachine"
import type * as UserInformation from "@effect-dicom/protocol/UserInformation"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Association from "../Association.ts"
import type * as AssociationError from "../AssociationError.ts"
import type * as Dimse from "../Dimse.ts"
import type * as Release from "../Release.ts"
import type * as UpperLayer from "../UpperLayer.ts"
import type * as Agreement from "./agreement.ts"

/** The side of an association whose handle it is. */
export interface Owner {
  readonly layer: UpperLayer.UpperLayer
  /** What the peer did otherwise than the standard says, up to now. */
  readonly tolerated: () => ReadonlyArray<Leniency.Tolerated>
  readonly release: (time: Duration.Duration) => Effect.Effect<Release.Outcome, AssociationError.IllegalPrimitive>
  readonly ended: Effect.Effect<Release.End>
}

/** How long a release may take where nobody says otherwise. */
export const tenSeconds: Duration.Duration = Duration.seconds(10)

export class Handle implements Association.Association {
  readonly role: StateMachine.Role
  readonly callingAETitle: string
  readonly calledAETitle: string
  readonly contexts: ReadonlyMap<number, PresentationContext.Accepted>
  readonly refused: Association.Association["refused"]
  readonly peer: UserInformation.Received
  readonly window: Association.Association["window"]
  readonly principal: Context.Context<never>
  readonly oddities: ReadonlyArray<PresentationContextNegotiation.Oddity>
  readonly dimse: Dimse.Dimse
  readonly traffic: UpperLayer.Traffic
  readonly #of: Owner

  constructor(
    of: Owner,
    agreement: Agreement.Agreement,
    contexts: ReadonlyMap<number, PresentationContext.Accepted>,
    dimse: Dimse.Dimse
  ) {
    this.#of = of
    this.role = of.layer.role
    this.callingAETitle = agreement.callingAETitle
    this.calledAETitle = agreement.calledAETitle
    this.contexts = contexts
    this.refused = agreement.refused
    this.peer = agreement.peer
    this.window = agreement.window
    this.principal = agreement.principal
    this.oddities = agreement.oddities
    this.dimse = dimse
    this.traffic = of.layer.traffic
  }

  get tolerated(): ReadonlyArray<Leniency.Tolerated> {
    return this.#of.tolerated()
  }

  get state(): Effect.Effect<StateMachine.State> {
    return Effect.sync(() => this.#of.layer.state())
  }

  get release(): Effect.Effect<Release.Outcome, AssociationError.IllegalPrimitive> {
    return this.#of.release(tenSeconds)
  }

  get releaseWithin(): Association.Association["releaseWithin"] {
    return (time) => this.#of.release(Duration.fromInputUnsafe(time))
  }

  get abort(): Effect.Effect<void, AssociationError.IllegalPrimitive> {
    return Effect.catchIf(
      this.#of.layer.issue(A_ABORT.request),
      (error) => error._tag !== "IllegalPrimitive",
      () => Effect.void
    )
  }

  get ended(): Effect.Effect<Release.End> {
    return this.#of.ended
  }
}
