/**
 * A judge that lets everything pass and reports nothing: for what a codec does with values that break the standard.
 */
import * as Leniency from "@effect-dicom/protocol/Leniency"

const accepting: Leniency.Leniency = {
  releaseLength: "accept",
  trailingBytes: "accept",
  nulPaddedAETitle: "accept",
  blankAETitle: "accept",
  irregularAETitle: "accept",
  paddedUid: "accept",
  malformedUid: "accept",
  evenPresentationContextId: "accept",
  repeatedPresentationContextId: "accept",
  noPresentationContexts: "accept",
  proposedContextWithoutTransferSyntax: "accept",
  refusedContextWithoutTransferSyntax: "accept",
  unknownItem: "accept",
  repeatedItem: "accept",
  noUserInformation: "accept",
  noMaximumLength: "accept",
  smallMaximumLength: "accept",
  noImplementationClassUid: "accept",
  irregularImplementationVersionName: "accept",
  unknownRole: "accept",
  unknownUserIdentityType: "accept",
  emptyUserIdentityField: "accept",
  otherApplicationContextInAnswer: "accept",
  overlongPData: "accept",
  emptyFragment: "accept",
  oddFragment: "accept",
  unmetCondition: "accept",
  pendingWithoutIdentifier: "accept",
  minimumMaximumLength: 0,
  overlongPDataCap: 2 ** 32
}

export const judge = (): Leniency.Judge => Leniency.judge(accepting)

export { accepting }
