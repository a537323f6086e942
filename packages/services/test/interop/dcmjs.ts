/**
 * dcmjs-dimse as a client and as a server, over TCP and over TLS.
 */
// oxlint-disable-next-line import/no-unassigned-import -- it acts before dcmjs is loaded
import "./quiet.ts"
import DcmjsDimse from "dcmjs-dimse"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { identity, type Over } from "./over.ts"
import * as Peers from "./peers.ts"

const { Client, constants, log, Scp, Server } = DcmjsDimse
log.setLevel("silent")

const secured = (over: Over, name: string) =>
  over === "TCP"
    ? {}
    : { securityOptions: { ...identity(name), requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.2" } }

// -----------------------------------------------------------------------------
// its client
// -----------------------------------------------------------------------------

export interface Heard {
  readonly events: ReadonlyArray<string>
  /** The responses in the order in which they came. */
  readonly responses: ReadonlyArray<DcmjsDimse.responses.Response>
}

/** Sends requests over one association, one after the other, and gives what came of them when it is closed. */
export const ask = (
  over: Over,
  port: number,
  requests: ReadonlyArray<DcmjsDimse.requests.Request>,
  options: {
    /** Before it connects. */
    readonly prepare?: (client: DcmjsDimse.Client) => void
    readonly onResponse?: (client: DcmjsDimse.Client, request: DcmjsDimse.requests.Request) => void
    /** How long it keeps the association when all is answered, in milliseconds. */
    readonly linger?: number
  } = {}
): Effect.Effect<Heard> =>
  Effect.callback<Heard>((resume) => {
    const events: Array<string> = []
    const responses: Array<DcmjsDimse.responses.Response> = []
    const client = new Client()
    for (const request of requests) {
      request.on("response", (response: DcmjsDimse.responses.Response) => {
        responses.push(response)
        options.onResponse?.(client, request)
      })
      client.addRequest(request)
    }
    client.on("associationReleased", () => events.push("released"))
    client.on("associationRejected", () => events.push("rejected"))
    client.on("networkError", (error: Error) => events.push(`error ${error.message}`))
    client.on("closed", () => resume(Effect.succeed({ events, responses })))
    options.prepare?.(client)
    client.send("127.0.0.1", port, "DCMJS", "ANY-SCP", {
      ...secured(over, "modality1"),
      ...(options.linger === undefined ? {} : { associationLingerTimeout: options.linger })
    })
    return Effect.sync(() => client.abort())
  })

// -----------------------------------------------------------------------------
// its server
// -----------------------------------------------------------------------------

/** What a server does with requests; what it does not say is answered with 0110H by dcmjs-dimse. */
export type Behaviour = Partial<
  Pick<
    DcmjsDimse.Scp,
    | "cCancelRequest"
    | "cFindRequest"
    | "cGetRequest"
    | "cMoveRequest"
    | "cStoreRequest"
    | "nActionRequest"
    | "nCreateRequest"
    | "nDeleteRequest"
    | "nEventReportRequest"
    | "nGetRequest"
    | "nSetRequest"
  >
>

/** Listens and accepts all contexts with their first transfer syntax; the port. */
export const answering = (
  over: Over,
  behaviour: (scp: DcmjsDimse.Scp) => Behaviour
): Effect.Effect<number, Error, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* Peers.freePort
    class Provider extends Scp {
      constructor(...options: ConstructorParameters<typeof Scp>) {
        super(...options)
        Object.assign(this, behaviour(this))
      }
      override associationRequested(association: DcmjsDimse.association.Association): void {
        for (const { id } of association.getPresentationContexts()) {
          const context = association.getPresentationContext(id)
          context.setResult(constants.PresentationContextResult.Accept, context.getTransferSyntaxUids()[0])
        }
        this.sendAssociationAccept()
      }
      override associationReleaseRequested(): void {
        this.sendAssociationReleaseResponse()
      }
      override abort(): void {}
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const server = new Server(Provider)
        server.on("networkError", () => {})
        server.listen(port, secured(over, "archive"))
        return server
      }),
      (server) => Effect.sync(() => server.close())
    )
    yield* Peers.awaitListener(port)
    return port
  })
