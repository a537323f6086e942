/**
 * DICOM associations as scoped Effects over any socket, the exchange of DIMSE messages over them, and who may have one (PS3.7,
 * PS3.8, PS3.15).
 *
 * @since 0.1.0
 */
export * as AccessControl from "./AccessControl.ts"
export * as Association from "./Association.ts"
export * as AssociationError from "./AssociationError.ts"
export * as AssociationPool from "./AssociationPool.ts"
export * as AssociationServer from "./AssociationServer.ts"
export * as Authenticator from "./Authenticator.ts"
export * as ClosingPolicy from "./ClosingPolicy.ts"
export * as Dimse from "./Dimse.ts"
export * as Release from "./Release.ts"
export * as Retry from "./Retry.ts"
export * as TlsProfile from "./TlsProfile.ts"
export * as TransportPeer from "./TransportPeer.ts"
export * as UpperLayer from "./UpperLayer.ts"
export * as UserIdentity from "./UserIdentity.ts"
