/**
 * PDUs and bytes for the scripts of a {@link ScriptedPeer}. Nothing here is checked: a script says legal things and
 * illegal ones with the same words. Each PDU is a plain value, so what is not an option is changed by a spread.
 *
 * @since 0.1.0
 */
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as A_ABORT from "@effect-dicom/protocol/A_ABORT"
import type * as A_ASSOCIATE_PDU from "@effect-dicom/protocol/A_ASSOCIATE_PDU"
import * as A_RELEASE from "@effect-dicom/protocol/A_RELEASE"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Command from "@effect-dicom/protocol/Command"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import type * as Rejection from "@effect-dicom/protocol/Rejection"
import type * as UserInformationItem from "@effect-dicom/protocol/UserInformationItem"

// -----------------------------------------------------------------------------
// A-ASSOCIATE
// -----------------------------------------------------------------------------

/**
 * What an A-ASSOCIATE-RQ or -AC of a script says otherwise than the ready-made one.
 *
 * @category models
 * @since 0.1.0
 */
export interface AssociateOptions {
  /** Padded with spaces to sixteen characters. */
  readonly callingAETitle?: string
  /** Padded with spaces to sixteen characters. */
  readonly calledAETitle?: string
  readonly applicationContextName?: string
  /** In bytes; 0 is no limit. */
  readonly maximumLength?: number
  /** Sub-items of the user information, after the maximum length and the implementation class UID. */
  readonly subItems?: ReadonlyArray<UserInformationItem.SubItem>
  /** Items after the user information. */
  readonly items?: ReadonlyArray<A_ASSOCIATE_PDU.RQ["items"][number] & A_ASSOCIATE_PDU.AC["items"][number]>
}

/**
 * A context of a script's A-ASSOCIATE-RQ.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProposedContext {
  readonly id: number
  readonly abstractSyntax: string
  readonly transferSyntaxes: ReadonlyArray<string>
}

/**
 * A context of a script's A-ASSOCIATE-AC.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnsweredContext {
  readonly id: number
  readonly result: PresentationContext.ResultReason
  /** Without one the item has no transfer syntax sub-item. */
  readonly transferSyntax?: string
}

/**
 * The context of Verification that {@link associateRQ} proposes: id 1, Implicit VR Little Endian.
 *
 * @category A-ASSOCIATE
 * @since 0.1.0
 */
export const verificationContext: ProposedContext = {
  id: 1,
  abstractSyntax: SopClass.Verification,
  transferSyntaxes: [TransferSyntax.ImplicitVRLittleEndian.uid]
}

/**
 * The context of CT Image Storage that {@link associateRQ} proposes: id 3, Explicit and Implicit VR Little Endian.
 *
 * @category A-ASSOCIATE
 * @since 0.1.0
 */
export const storageContext: ProposedContext = {
  id: 3,
  abstractSyntax: SopClass.CTImageStorage,
  transferSyntaxes: [TransferSyntax.ExplicitVRLittleEndian.uid, TransferSyntax.ImplicitVRLittleEndian.uid]
}

const title = (aeTitle: string): string => aeTitle.padEnd(16, " ")

const implementationClassUid = "2.25.203640463046471839262480653107465109204"

const userInformation = (options: AssociateOptions): UserInformationItem.Item => ({
  _tag: "User Information Item",
  subItems: [
    { _tag: "Maximum Length Sub-Item", maximumLengthReceived: options.maximumLength ?? 16384 },
    { _tag: "Implementation Class UID Sub-Item", implementationClassUid },
    ...(options.subItems ?? [])
  ]
})

const applicationContext = (options: AssociateOptions) => ({
  _tag: "Application Context Item" as const,
  applicationContextName: options.applicationContextName ?? "1.2.840.10008.3.1.1.1"
})

const transferSyntax = (uid: string) => ({ _tag: "Transfer Syntax Sub-Item" as const, transferSyntaxName: uid })

/**
 * An A-ASSOCIATE-RQ from `REQUESTOR` to `ACCEPTOR` with {@link verificationContext} and {@link storageContext} and a
 * maximum length of 16384.
 *
 * **Example** (An even presentation context id)
 *
 * ```ts
 * import { ReadyMade } from "@effect-dicom/association/testing"
 *
 * ReadyMade.associateRQ({ presentationContexts: [{ ...ReadyMade.verificationContext, id: 2 }] })
 * ```
 *
 * @category A-ASSOCIATE
 * @since 0.1.0
 */
export const associateRQ = (
  options: AssociateOptions & { readonly presentationContexts?: ReadonlyArray<ProposedContext> } = {}
): A_ASSOCIATE_PDU.RQ => ({
  _tag: "A-ASSOCIATE-RQ",
  protocolVersion: 1,
  calledAETitle: title(options.calledAETitle ?? "ACCEPTOR"),
  callingAETitle: title(options.callingAETitle ?? "REQUESTOR"),
  items: [
    applicationContext(options),
    ...(options.presentationContexts ?? [verificationContext, storageContext]).map((context) => ({
      _tag: "Presentation Context Item (A-ASSOCIATE-RQ)" as const,
      id: context.id,
      subItems: [
        { _tag: "Abstract Syntax Sub-Item" as const, abstractSyntaxName: context.abstractSyntax },
        ...context.transferSyntaxes.map(transferSyntax)
      ]
    })),
    userInformation(options),
    ...(options.items ?? [])
  ]
})

/**
 * An A-ASSOCIATE-AC that accepts {@link verificationContext} with Implicit and {@link storageContext} with Explicit VR
 * Little Endian.
 *
 * @category A-ASSOCIATE
 * @since 0.1.0
 */
export const associateAC = (
  options: AssociateOptions & { readonly presentationContexts?: ReadonlyArray<AnsweredContext> } = {}
): A_ASSOCIATE_PDU.AC => ({
  _tag: "A-ASSOCIATE-AC",
  protocolVersion: 1,
  calledAETitle: title(options.calledAETitle ?? "ACCEPTOR"),
  callingAETitle: title(options.callingAETitle ?? "REQUESTOR"),
  items: [
    applicationContext(options),
    ...(options.presentationContexts ?? acceptedContexts).map((context) => ({
      _tag: "Presentation Context Item (A-ASSOCIATE-AC)" as const,
      id: context.id,
      result: context.result,
      subItems: context.transferSyntax === undefined ? [] : [transferSyntax(context.transferSyntax)]
    })),
    userInformation(options),
    ...(options.items ?? [])
  ]
})

const acceptedContexts: ReadonlyArray<AnsweredContext> = [
  { id: 1, result: "acceptance", transferSyntax: TransferSyntax.ImplicitVRLittleEndian.uid },
  { id: 3, result: "acceptance", transferSyntax: TransferSyntax.ExplicitVRLittleEndian.uid }
]

/**
 * An A-ASSOCIATE-RJ: permanent, by the service-user, no reason given, unless told otherwise.
 *
 * @category A-ASSOCIATE
 * @since 0.1.0
 */
export const associateRJ = (
  rejection: Rejection.ReceivedRejection = {
    result: "rejected-permanent",
    source: "DICOM UL service-user",
    diagnostic: "no-reason-given"
  }
): A_ASSOCIATE_PDU.RJ => ({ _tag: "A-ASSOCIATE-RJ", ...rejection })

// -----------------------------------------------------------------------------
// A-RELEASE and A-ABORT
// -----------------------------------------------------------------------------

/**
 * An A-RELEASE-RQ (PS3.8 section 9.3.6).
 *
 * @category A-RELEASE and A-ABORT
 * @since 0.1.0
 */
export const releaseRQ: A_RELEASE.RQ = A_RELEASE.RQ

/**
 * An A-RELEASE-RP (PS3.8 section 9.3.7).
 *
 * @category A-RELEASE and A-ABORT
 * @since 0.1.0
 */
export const releaseRP: A_RELEASE.RP = A_RELEASE.RP

/**
 * An A-ABORT, by the service-user unless told otherwise.
 *
 * @category A-RELEASE and A-ABORT
 * @since 0.1.0
 */
export const abort = (
  source: A_ABORT.Source = "service-user",
  reason: A_ABORT.ProviderReason = "reason-not-specified"
): A_ABORT.Pdu => ({ ...A_ABORT.userPdu, source, reason })

// -----------------------------------------------------------------------------
// P-DATA
// -----------------------------------------------------------------------------

/**
 * A P-DATA-TF of the presentation data values given.
 *
 * @category P-DATA
 * @since 0.1.0
 */
export const pData = (...presentationDataValues: ReadonlyArray<P_DATA.PresentationDataValue>): P_DATA.TF => ({
  _tag: "P-DATA-TF",
  presentationDataValues
})

/**
 * A fragment of a command set or of a data set; the last one unless told otherwise.
 *
 * @category P-DATA
 * @since 0.1.0
 */
export const pdv = (
  contextId: number,
  type: "command" | "data",
  fragment: Uint8Array,
  last: boolean = true
): P_DATA.PresentationDataValue => ({ contextId, type, last, fragment: [fragment] })

/**
 * A P-DATA-TF with a whole command set.
 *
 * @category P-DATA
 * @since 0.1.0
 */
export const command = (contextId: number, command: Command.Command): P_DATA.TF =>
  pData(pdv(contextId, "command", Command.encode(command)))

/**
 * A P-DATA-TF with a fragment of a data set; the last one unless told otherwise.
 *
 * @category P-DATA
 * @since 0.1.0
 */
export const data = (contextId: number, fragment: Uint8Array, last: boolean = true): P_DATA.TF =>
  pData(pdv(contextId, "data", fragment, last))

/**
 * A C-ECHO-RQ in a P-DATA-TF.
 *
 * @category P-DATA
 * @since 0.1.0
 */
export const echoRQ = (messageId: number = 1, contextId: number = verificationContext.id): P_DATA.TF =>
  command(contextId, C_ECHO.request({ messageId }))

/**
 * The C-ECHO-RSP with status Success to the C-ECHO-RQ of the same message id, in a P-DATA-TF.
 *
 * @category P-DATA
 * @since 0.1.0
 */
export const echoRSP = (messageId: number = 1, contextId: number = verificationContext.id): P_DATA.TF =>
  command(contextId, C_ECHO.response(C_ECHO.request({ messageId })))

// -----------------------------------------------------------------------------
// bytes that are no PDU
// -----------------------------------------------------------------------------

/**
 * The six bytes of a PDU's header (PS3.8 section 9.3.1), whatever is to follow it: `length` is what it claims.
 *
 * @category bytes
 * @since 0.1.0
 */
export const header = (type: number, length: number): Uint8Array =>
  Uint8Array.of(type, 0, length >>> 24, length >>> 16, length >>> 8, length)

/**
 * A PDU of a type that PS3.8 does not have, 09H unless told otherwise, with four bytes of content.
 *
 * @category bytes
 * @since 0.1.0
 */
export const unknownPdu = (type: number = 0x09): Uint8Array => Uint8Array.of(...header(type, 4), 0, 0, 0, 0)

/**
 * What an HTTP client begins with.
 *
 * @category bytes
 * @since 0.1.0
 */
export const httpGet: Uint8Array = Uint8Array.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", (character) =>
  character.charCodeAt(0)
)

/**
 * The first bytes of what a TLS client begins with: a handshake record with a ClientHello (RFC 8446 section 5.1).
 *
 * @category bytes
 * @since 0.1.0
 */
export const tlsClientHello: Uint8Array = Uint8Array.of(0x16, 3, 1, 0, 0x2f, 1, 0, 0, 0x2b, 3, 3)
