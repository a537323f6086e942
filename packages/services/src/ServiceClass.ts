/**
 * Service classes as values (PS3.4): SOP classes, operations with their data sets and statuses, extended negotiation.
 * From such a value come the proposal for an association, the client, and the provider. The standard's are in this
 * package, one module each; a private one is made the same way.
 *
 * @since 0.1.0
 */
import type { Association } from "@effect-dicom/association"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Command from "@effect-dicom/protocol/Command"
import type { SopClassExtendedNegotiation } from "@effect-dicom/protocol/ExtendedNegotiation"
import type { RoleSelection } from "@effect-dicom/protocol/RoleSelection"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as invoking from "./internal/invoking.ts"
import * as performing from "./internal/performing.ts"
import type { Operation } from "./Operation.ts"
import type { Call } from "./OperationCall.ts"
import type { Handler } from "./OperationHandler.ts"
import type { ServiceClassProvider } from "./ServiceClassProvider.ts"

/**
 * The operations of a service class, by name.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operations {
  readonly [name: string]: Operation
}

type Simplify<A> = { readonly [K in keyof A]: A[K] }

/** The names of the operations that are invoked by one side. */
type Of<Ops extends Operations, By extends "SCU" | "SCP"> = {
  [K in keyof Ops]: Ops[K]["invokedBy"] extends By ? K : never
}[keyof Ops]

/** The names of the operations that a provider may leave out. */
type UserOptional<Ops extends Operations> = {
  [K in keyof Ops]: Ops[K]["usage"] extends "M" ? never : K
}[keyof Ops]

/**
 * The calls of one side: those of the operations that it invokes.
 *
 * @category models
 * @since 0.1.0
 */
export type Client<Ops extends Operations, By extends "SCU" | "SCP" = "SCU"> = {
  readonly [K in Of<Ops, By>]: Call<Ops[K]>
}

/**
 * The handlers of the operations that the other side invokes; those of usage U may be left out, and are then answered
 * with 0211H, unrecognized operation.
 *
 * @category models
 * @since 0.1.0
 */
export type Handlers<Ops extends Operations, By extends "SCU" | "SCP" = "SCU", R = unknown> = Simplify<
  { readonly [K in Exclude<Of<Ops, By>, UserOptional<Ops>>]: Handler<Ops[K], R> } & {
    readonly [K in Extract<Of<Ops, By>, UserOptional<Ops>>]?: Handler<Ops[K], R>
  }
>

type RequirementsOf<H> = H extends (request: never) => infer A
  ? A extends Effect.Effect<infer _A, infer _E, infer R>
    ? R
    : A extends Stream.Stream<infer _A, infer _E, infer R>
      ? R
      : never
  : never

/**
 * What handlers require of the environment.
 *
 * @category models
 * @since 0.1.0
 */
export type Requirements<H> = { [K in keyof H]-?: RequirementsOf<H[K]> }[keyof H]

/** A handler of an operation that the class does not have. */
type NoOther<H, Names> = { readonly [K in Exclude<keyof H, Names>]: never }

/** The application information of the operations that have some, by their names. */
type Negotiation<Ops extends Operations> = {
  readonly [
    K in keyof Ops as Ops[K] extends Operation<infer _K, infer _I, infer _O, infer _S, infer _U, infer _B, infer X>
      ? [X] extends [never]
        ? never
        : K
      : never
  ]: Ops[K] extends Operation<infer _K, infer _I, infer _O, infer _S, infer _U, infer _B, infer X> ? X : never
}

/**
 * Which presentation contexts.
 *
 * @category options
 * @since 0.1.0
 */
export interface ContextOptions {
  /** Which of the SOP classes. Default: all of the service class. */
  readonly sopClasses?: ReadonlyArray<Uid>
  /** The preferred ones first. Default: those of the service class. */
  readonly transferSyntaxes?: ReadonlyArray<Uid>
}

/**
 * What a requestor proposes.
 *
 * @category options
 * @since 0.1.0
 */
export interface ProposalOptions<Ops extends Operations> extends ContextOptions {
  /** What the requestor is for the SOP classes: the other role is negotiated. Default: SCU. */
  readonly role?: "SCU" | "SCP" | "both"
  /** What is proposed in extended negotiation, by operation. */
  readonly extendedNegotiation?: Partial<Negotiation<Ops>>
}

/**
 * How a provider takes part.
 *
 * @category options
 * @since 0.1.0
 */
export interface HandlerOptions<Ops extends Operations> extends ContextOptions {
  /** What is agreed to of what a peer proposes in extended negotiation. Default: nothing is answered. */
  readonly extendedNegotiation?: {
    readonly [K in keyof Negotiation<Ops>]?: (proposed: Negotiation<Ops>[K]) => Negotiation<Ops>[K]
  }
  /**
   * The longest data set of a request that is held, in bytes; a longer one is refused. Those of C-STORE, and of operations
   * of `Operation.bytes`, are not held. Default: 16 MiB.
   */
  readonly longestDataSet?: number
}

/**
 * A part of the options of `Association.request`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Proposal {
  readonly presentationContexts: ReadonlyArray<{
    readonly abstractSyntax: Uid
    readonly transferSyntaxes: ReadonlyArray<Uid>
  }>
  readonly userInformation: {
    readonly roleSelections: ReadonlyArray<RoleSelection>
    readonly sopClassExtendedNegotiations: ReadonlyArray<SopClassExtendedNegotiation>
  }
}

/**
 * The provider of a service class of this name, as a service.
 *
 * @category services
 * @since 0.1.0
 */
export interface Provided<out Name extends string> {
  readonly _: unique symbol
  readonly name: Name
}

/**
 * A service class.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServiceClass<Name extends string, Ops extends Operations> {
  readonly name: Name
  readonly sopClasses: ReadonlyArray<Uid>
  readonly operations: Ops
  /** The presentation contexts to propose. */
  readonly presentationContexts: (options?: ContextOptions) => Proposal["presentationContexts"]
  /**
   * The same with roles and extended negotiation: to be spread into the options of `Association.request`. Throws where a
   * value of extended negotiation is not of its schema, which only a schema with checks lets happen.
   */
  readonly proposal: (options?: ProposalOptions<Ops>) => Proposal
  /** The operations, as an SCU invokes them. */
  readonly client: (association: Association.Association) => Client<Ops>
  /** The notifications, as an SCP invokes them: on the association on which the peer is the SCU, or one of its own. */
  readonly notifier: (association: Association.Association) => Client<Ops, "SCP">
  /** What the peer answered to what was proposed in extended negotiation for an operation's SOP classes. */
  readonly negotiated: <K extends keyof Negotiation<Ops>>(
    association: Association.Association,
    operation: K
  ) => Negotiation<Ops>[K] | undefined
  /** The provider that answers an SCU by these handlers. */
  readonly handlers: <const H extends Handlers<Ops>>(
    handlers: H & NoOther<H, Of<Ops, "SCU">>,
    options?: HandlerOptions<Ops>
  ) => ServiceClassProvider<Requirements<H>>
  /** What answers the notifications of an SCP: an SCU serves its association with it, or listens for associations. */
  readonly notificationHandlers: <const H extends Handlers<Ops, "SCP">>(
    handlers: H & NoOther<H, Of<Ops, "SCP">>,
    options?: HandlerOptions<Ops>
  ) => ServiceClassProvider<Requirements<H>>
  /** The provider as a service; `ServiceClassProvider.layer` takes it in the place of a provider. */
  readonly provider: Context.Key<Provided<Name>, ServiceClassProvider>
  /** A layer of {@link provider} by these handlers, whose requirements it takes from where it is built. */
  readonly layer: <const H extends Handlers<Ops>>(
    handlers: H & NoOther<H, Of<Ops, "SCU">>,
    options?: HandlerOptions<Ops>
  ) => Layer.Layer<Provided<Name>, never, Requirements<H>>
}

const littleEndian = [TransferSyntax.ExplicitVRLittleEndian.uid, TransferSyntax.ImplicitVRLittleEndian.uid]

/**
 * Makes a service class.
 *
 * **Example** (A private one)
 *
 * ```ts
 * import * as Uid from "@effect-dicom/data/Uid"
 * import { GeneralStatus, Operation, ServiceClass, ServiceStatus } from "@effect-dicom/services"
 *
 * const Calibration = ServiceClass.make("Calibration", {
 *   sopClasses: [Uid.makeUnsafe("2.25.299792458")],
 *   operations: {
 *     calibrate: Operation.action({
 *       actionTypeId: 1,
 *       statuses: ServiceStatus.make({ ...GeneralStatus.action, Busy: ServiceStatus.failure(0xc001, "Busy") })
 *     })
 *   }
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <const Name extends string, const Ops extends Operations>(
  name: Name,
  options: {
    readonly sopClasses: ReadonlyArray<Uid>
    readonly operations: Ops
    /** The preferred ones first. Default: Explicit, then Implicit VR Little Endian. */
    readonly transferSyntaxes?: ReadonlyArray<Uid>
  }
): ServiceClass<Name, Ops> => {
  const { operations, sopClasses } = options
  const all: ReadonlyArray<readonly [string, Operation]> = Object.entries(operations)

  const contexts = (chosen: ContextOptions = {}): Proposal["presentationContexts"] => {
    const transferSyntaxes = chosen.transferSyntaxes ?? options.transferSyntaxes ?? littleEndian
    return (chosen.sopClasses ?? sopClasses).map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes }))
  }

  /** The field that a value of an operation's extended negotiation is; a value that is none is a defect. */
  const information = (operation: string, { extendedNegotiation: codec }: Operation, value: unknown): Uint8Array => {
    const of = `the operation "${operation}" of the service class "${name}"`
    if (codec === undefined) throw new Error(`There is no extended negotiation for ${of}`)
    const encoded = Schema.encodeResult(codec)(value)
    if (Result.isSuccess(encoded)) return encoded.success
    const { failure } = encoded
    throw new Error(`What is negotiated for ${of} cannot be written: ${failure.message}`, { cause: failure })
  }

  const clientOf = (by: "SCU" | "SCP", association: Association.Association): object =>
    Object.fromEntries(
      all
        .filter(([, operation]) => operation.invokedBy === by)
        .map(([name, operation]) => [name, invoking.call(association, operation, sopClasses)])
    )

  const provide = (
    by: "SCU" | "SCP",
    handlers: Readonly<Record<string, unknown>>,
    options: HandlerOptions<Ops> = {}
  ): ServiceClassProvider => {
    const agreeing: Readonly<Record<string, ((proposed: unknown) => unknown) | undefined>> = {
      ...options.extendedNegotiation
    }
    const agree = (name: string, operation: Operation, sopClassUid: Uid, proposed: Uint8Array): unknown => {
      const { extendedNegotiation: codec, sopClasses: own = sopClasses } = operation
      const agreement = agreeing[name]
      if (codec === undefined || agreement === undefined || !own.includes(sopClassUid)) return undefined
      const decoded = Schema.decodeResult(codec)(proposed)
      return Result.isSuccess(decoded) ? agreement(decoded.success) : undefined
    }
    const handled = all.flatMap(([name, operation]): ReadonlyArray<performing.Handled<never>> => {
      const handler = handlers[name]
      if (operation.invokedBy !== by || handler === undefined) return []
      return [
        {
          operation,
          longestDataSet: options.longestDataSet,
          // the cast: the types of the handlers say that it is the operation's
          handler: handler as performing.Handled<never>["handler"],
          extendedNegotiation: ({ peer }, sopClassUid) => {
            const proposed = informationOf(peer.sopClassExtendedNegotiations, sopClassUid)
            return proposed === undefined ? undefined : agree(name, operation, sopClassUid, proposed)
          }
        }
      ]
    })
    // A SOP class of which nothing is handled is not supported, but of one that has only notifications nothing need be.
    const isHandled = ({ abstractSyntax }: { readonly abstractSyntax: Uid }): boolean => {
      const isOf = (operation: Operation): boolean => (operation.sopClasses ?? sopClasses).includes(abstractSyntax)
      return (
        handled.some(({ operation }) => isOf(operation)) ||
        (by === "SCU" && all.every(([, operation]) => operation.invokedBy === "SCP" || !isOf(operation)))
      )
    }
    const supported = contexts(options)
      .filter(isHandled)
      .map((context) => (by === "SCU" ? context : { ...context, requestorRole: { scu: false, scp: true } }))
    const gets = handled.some(({ operation }) => operation.service === "C-GET")
    return {
      supported: gets ? [...supported, ...stored()] : supported,
      performs: ({ command, context }) =>
        all.some(
          ([, operation]) =>
            operation.invokedBy === by &&
            `${operation.service}-RQ` === command._tag &&
            (operation.sopClasses ?? sopClasses).includes(context.abstractSyntax)
        ),
      extendedNegotiation: (sopClassUid, proposed) => {
        for (const [name, operation] of all) {
          const agreed = agree(name, operation, sopClassUid, proposed)
          if (agreed !== undefined) return information(name, operation, agreed)
        }
        return undefined
      },
      perform: (incoming, association) => {
        const { command, context } = incoming
        const operations = all.map(([, operation]) => operation)
        const selected = performing.select(operations, handled, sopClasses, command, context)
        return "operation" in selected
          ? performing.perform(selected, incoming, association)
          : Effect.succeed(Command.respond(command, selected))
      }
    }
  }

  const provider = Context.Service<Provided<Name>, ServiceClassProvider>(`@effect-dicom/services/ServiceClass/${name}`)

  const self: ServiceClass<Name, Ops> = {
    name,
    sopClasses,
    operations,
    presentationContexts: contexts,
    proposal: (options = {}) => {
      const { extendedNegotiation, role = "SCU" } = options
      const presentationContexts = contexts(options)
      const proposed: Readonly<Record<string, unknown>> = { ...extendedNegotiation }
      return {
        presentationContexts,
        userInformation: {
          roleSelections:
            role === "SCU"
              ? []
              : presentationContexts.map(({ abstractSyntax }) => ({
                  sopClassUid: abstractSyntax,
                  scuRole: role === "both",
                  scpRole: true
                })),
          sopClassExtendedNegotiations: all.flatMap(([name, operation]) => {
            const { sopClasses: own = sopClasses } = operation
            const value = proposed[name]
            if (value === undefined) return []
            const serviceClassApplicationInformation = information(name, operation, value)
            return presentationContexts
              .filter(({ abstractSyntax }) => own.includes(abstractSyntax))
              .map(({ abstractSyntax }) => ({ sopClassUid: abstractSyntax, serviceClassApplicationInformation }))
          })
        }
      }
    },
    // the cast restores what `Object.fromEntries` forgets: each name has the call of its own operation
    client: (association) => clientOf("SCU", association) as Client<Ops>,
    // the cast: as above
    notifier: (association) => clientOf("SCP", association) as Client<Ops, "SCP">,
    negotiated: ({ peer }, name) => {
      const operation = operations[name]
      const codec = operation?.extendedNegotiation
      for (const sopClass of operation?.sopClasses ?? sopClasses) {
        const answered = informationOf(peer.sopClassExtendedNegotiations, sopClass)
        if (answered === undefined || codec === undefined) continue
        // the cast: the codec is that of the operation of this name
        return Result.getOrUndefined(Schema.decodeResult(codec)(answered)) as never
      }
      return undefined
    },
    handlers: (handlers, options) => provide("SCU", handlers, options),
    notificationHandlers: (handlers, options) => provide("SCP", handlers, options),
    provider,
    layer: <const H extends Handlers<Ops>>(handlers: H, options?: HandlerOptions<Ops>) =>
      Layer.effect(
        provider,
        Effect.map(Effect.context<Requirements<H>>(), (context): ServiceClassProvider => {
          const required: ServiceClassProvider<Requirements<H>> = provide("SCU", handlers, options)
          return provideContext(required, context)
        })
      )
  }
  return self
}

/** What a C-GET user has stored: it is the SCP for these (PS3.4 section C.5.3). */
const stored = (): ServiceClassProvider["supported"] => {
  // Explicit before Implicit, so that nothing that was known of the VRs is lost.
  const transferSyntaxes = [...new Set([...littleEndian, ...TransferSyntax.all.map((syntax) => syntax.uid)])]
  return [...SopClass.storageInForce, ...SopClass.storageRetired].map((abstractSyntax) => ({
    abstractSyntax,
    transferSyntaxes,
    requestorRole: { scu: false, scp: true }
  }))
}

const provideContext = <R>(provider: ServiceClassProvider<R>, context: Context.Context<R>): ServiceClassProvider => ({
  ...provider,
  perform: (incoming, association) => {
    const performed = provider.perform(incoming, association)
    return Effect.isEffect(performed)
      ? Effect.provideContext(performed, context)
      : {
          responses: Stream.provideContext(performed.responses, context),
          ...(performed.onCancel === undefined ? {} : { onCancel: Effect.provideContext(performed.onCancel, context) })
        }
  }
})

const informationOf = (
  negotiations: ReadonlyArray<SopClassExtendedNegotiation>,
  sopClassUid: Uid
): Uint8Array | undefined =>
  negotiations.find((negotiation) => negotiation.sopClassUid === sopClassUid)?.serviceClassApplicationInformation

/**
 * The proposals of several service classes as one.
 *
 * **Example**
 *
 * ```ts
 * import { Association } from "@effect-dicom/association"
 * import { ModalityWorklist, ServiceClass, Verification } from "@effect-dicom/services"
 *
 * const association = Association.request({
 *   callingAETitle: "CT1",
 *   calledAETitle: "RIS",
 *   ...ServiceClass.propose([Verification.serviceClass.proposal(), ModalityWorklist.serviceClass.proposal()])
 * })
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const propose = (proposals: Iterable<Proposal>): Proposal => {
  const several = [...proposals]
  return {
    presentationContexts: several.flatMap((one) => one.presentationContexts),
    userInformation: {
      roleSelections: several.flatMap((one) => one.userInformation.roleSelections),
      sopClassExtendedNegotiations: several.flatMap((one) => one.userInformation.sopClassExtendedNegotiations)
    }
  }
}
