/**
 * The DICOM upper layer and DIMSE as pure values (PS3.7, PS3.8).
 *
 * @since 0.1.0
 */
export * as A_ABORT from "./A_ABORT.ts"
export * as A_ASSOCIATE from "./A_ASSOCIATE.ts"
export * as A_RELEASE from "./A_RELEASE.ts"
export * as AETitle from "./AETitle.ts"
export * as AsynchronousOperationsWindow from "./AsynchronousOperationsWindow.ts"
export * as C_CANCEL from "./C_CANCEL.ts"
export * as C_ECHO from "./C_ECHO.ts"
export * as C_STORE from "./C_STORE.ts"
export * as Command from "./Command.ts"
export * as CommandDictionary from "./CommandDictionary.ts"
export * as CommandSet from "./CommandSet.ts"
export * as ExtendedNegotiation from "./ExtendedNegotiation.ts"
export * as InvalidPdu from "./InvalidPdu.ts"
export * as Leniency from "./Leniency.ts"
export * as Message from "./Message.ts"
export * as P_DATA from "./P_DATA.ts"
export * as Pdu from "./Pdu.ts"
export * as PresentationContext from "./PresentationContext.ts"
export * as Rejection from "./Rejection.ts"
export * as RoleSelection from "./RoleSelection.ts"
export * as StateMachine from "./StateMachine.ts"
export * as Status from "./Status.ts"
export * as UserIdentity from "./UserIdentity.ts"
export * as UserInformation from "./UserInformation.ts"
