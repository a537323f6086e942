/**
 * What the last event of an association means to its user. The upper layer knows no outcomes, only events.
 */
import type * as StateMachine from "@effect-dicom/protocol/StateMachine"
import * as AssociationError from "../AssociationError.ts"
import { named } from "../AssociationError.ts"
import type { End } from "../UpperLayer.ts"

/** What an event that ended an association means to the user. */
export const endOf = (
  event: StateMachine.Event,
  before: StateMachine.State,
  commands: ReadonlyArray<StateMachine.Command>,
  collision: boolean
): End => {
  if (event._tag === "A-ABORT request") return new AssociationError.AbortedLocally({})
  for (const command of commands) {
    if (command._tag !== "Send") continue
    if (command.pdu._tag === "A-ASSOCIATE-RJ") return AssociationError.rejected("local", command.pdu)
    if (command.pdu._tag === "A-ABORT") {
      return new AssociationError.AbortedByProvider({
        provider: "local",
        ...(event._tag === "Unrecognized or invalid PDU"
          ? { reason: named(event.reason), detail: event.detail }
          : { reason: "unexpected-PDU", detail: `${event._tag} in ${before}` })
      })
    }
  }
  switch (event._tag) {
    case "A-RELEASE-RP":
      return { _tag: "Released", by: "local", collision }
    case "A-RELEASE response":
      return { _tag: "Released", by: "peer", collision }
    case "A-ABORT":
      return event.source === "service-user"
        ? new AssociationError.AbortedByPeer({})
        : new AssociationError.AbortedByProvider({
            provider: "peer",
            reason: named(event.reason),
            ...(event.source === "service-provider" ? {} : { source: named(event.source) })
          })
    case "A-ASSOCIATE-RJ":
      return AssociationError.rejected("peer", event)
    default:
      return new AssociationError.TransportClosed({})
  }
}
