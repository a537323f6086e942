/**
 * A server of providers in memory, and the associations that a test requests of it.
 */
import { Association, AssociationServer, UpperLayer } from "@effect-dicom/association"
import { InMemory } from "@effect-dicom/association/testing"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataElement from "@effect-dicom/data/DataElement"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Socket from "effect/socket/Socket"
import { ServiceClassProvider } from "../src/index.ts"

export interface Joined {
  readonly server: AssociationServer.AssociationServer["Service"]
  readonly connect: Effect.Effect<Socket.Socket>
}

/** A server of these providers; a write waits for the reader when so many bytes are unread. */
export const serve = Effect.fnUntraced(function* (
  providers: ReadonlyArray<ServiceClassProvider.ServiceClassProvider>,
  options: ServiceClassProvider.Options = {},
  capacity?: number
): Effect.fn.Return<Joined, never, Scope.Scope> {
  const listener = yield* InMemory.server({ lends: true, ...(capacity === undefined ? {} : { capacity }) })
  const context = yield* Layer.build(
    Layer.provide(ServiceClassProvider.layer(providers, options), Layer.succeed(UpperLayer.Listener, listener))
  )
  return { server: Context.get(context, AssociationServer.AssociationServer), connect: listener.connect }
})

/** An association with the server, over a connection that `wire` may spoil. */
export const request = (
  joined: Pick<Joined, "connect">,
  presentationContexts: Association.RequestOptions["presentationContexts"],
  more: Partial<Association.RequestOptions> & { readonly wire?: (socket: Socket.Socket) => Socket.Socket } = {}
): Effect.Effect<Association.Association, Effect.Error<ReturnType<typeof Association.request>>, Scope.Scope> => {
  const { wire = (socket) => socket, ...options } = more
  return Effect.flatMap(joined.connect, (socket) =>
    Effect.provideService(
      Association.request({ callingAETitle: "SCU", calledAETitle: "SCP", presentationContexts, ...options }),
      UpperLayer.Transport,
      wire(socket)
    )
  )
}

/** Bytes that tell where they are. */
export const pattern = (length: number, seed = 1): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + seed) & 0xff
  return bytes
}

/** The identifier of a study that is to be retrieved. */
export const study: DataSet.DataSet = DataSet.make(TransferSyntax.ExplicitVRLittleEndian, [
  DataElement.value(Attribute.QueryRetrieveLevel.tag, "CS", new TextEncoder().encode("STUDY ")),
  DataElement.value(Attribute.StudyInstanceUID.tag, "UI", new TextEncoder().encode("1.2.3\0"))
])
