/**
 * Service class providers as values (PS3.4): what one supports and how it performs. Several make one, which answers each
 * request by the abstract syntax of its presentation context.
 *
 * @since 0.1.0
 */
import { Association, AssociationServer, Dimse } from "@effect-dicom/association"
import type { AssociationError, UpperLayer } from "@effect-dicom/association"
import type { Uid } from "@effect-dicom/data/Uid"
import type { AsynchronousOperationsWindow } from "@effect-dicom/protocol/AsynchronousOperationsWindow"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as PresentationContextNegotiation from "@effect-dicom/protocol/PresentationContextNegotiation"
import * as Status from "@effect-dicom/protocol/Status"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

/**
 * A provider of one or more SOP classes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServiceClassProvider<R = never> {
  /** The SOP classes and their transfer syntaxes, the preferred ones first. */
  readonly supported: ReadonlyArray<PresentationContext.Supported>
  /** Answers a request: with one response, or with many. */
  readonly perform: (
    incoming: Dimse.Incoming,
    association: Association.Association
  ) => Effect.Effect<Dimse.Reply, AssociationError.Broken, R> | Dimse.Performance<R>
  /** Whether a request of a supported SOP class is for this provider, where another supports it too. Default: it is. */
  readonly performs?: (incoming: Dimse.Incoming) => boolean
  /** What is answered to the Service-class-application-information of a SOP class; nothing where it is not supported. */
  readonly extendedNegotiation?: (sopClassUid: Uid, proposed: Uint8Array) => Uint8Array | undefined
}

/**
 * A provider, or the key of one: such as the `provider` of a service class, which its `layer` provides.
 *
 * @category models
 * @since 0.1.0
 */
export type Source<R = never> = ServiceClassProvider<R> | Context.Key<R, ServiceClassProvider>

/** What the performing of a source requires. */
type RequirementsOf<S> =
  S extends Context.Key<infer _I, ServiceClassProvider> ? never : S extends ServiceClassProvider<infer R> ? R : never

/** The keys among the sources. */
type KeysOf<S> = S extends Context.Key<infer I, ServiceClassProvider> ? I : never

type Resolvable<R, K> = ServiceClassProvider<R> | Effect.Effect<ServiceClassProvider<R>, never, K>

/**
 * One provider of what several provide. Where several support a SOP class, the first is asked whose the request is.
 *
 * @category combinators
 * @since 0.1.0
 */
export const together = <R>(providers: ReadonlyArray<ServiceClassProvider<R>>): ServiceClassProvider<R> => {
  const byAbstractSyntax = new Map<string, Array<ServiceClassProvider<R>>>()
  const supported = new Map<string, PresentationContext.Supported>()
  for (const provider of providers) {
    for (const context of provider.supported) {
      const others = byAbstractSyntax.get(context.abstractSyntax)
      if (others === undefined) byAbstractSyntax.set(context.abstractSyntax, [provider])
      else others.push(provider)
      const before = supported.get(context.abstractSyntax)
      supported.set(context.abstractSyntax, before === undefined ? context : bothRoles(before, context))
    }
  }
  return {
    supported: [...supported.values()],
    perform: (incoming, association) => {
      const provider = byAbstractSyntax
        .get(incoming.context.abstractSyntax)
        ?.find((provider) => provider.performs?.(incoming) ?? true)
      return provider === undefined
        ? Effect.succeed(Association.answer(incoming.command, Status.failures.sopClassNotSupported))
        : provider.perform(incoming, association)
    },
    extendedNegotiation: (sopClassUid, proposed) => {
      for (const provider of byAbstractSyntax.get(sopClassUid) ?? []) {
        const answered = provider.extendedNegotiation?.(sopClassUid, proposed)
        if (answered !== undefined) return answered
      }
      return undefined
    }
  }
}

/** A SOP class that several support: the transfer syntaxes of the first, and the roles of each. */
const bothRoles = (
  one: PresentationContext.Supported,
  other: PresentationContext.Supported
): PresentationContext.Supported => {
  if (one.requestorRole === undefined && other.requestorRole === undefined) return one
  const a = one.requestorRole ?? scuOnly
  const b = other.requestorRole ?? scuOnly
  return { ...one, requestorRole: { scu: a.scu || b.scu, scp: a.scp || b.scp } }
}

const scuOnly = { scu: true, scp: false }

/**
 * A provider whose handlers are interrupted where they take too long, and their requests answered with processing failure;
 * see `Dimse.within`. For all providers of a server it is the matter of its options.
 *
 * **Example** (A query may take a minute to its first match)
 *
 * ```ts
 * import { QueryRetrieve, ServiceClassProvider } from "@effect-dicom/services"
 * import { Stream } from "effect"
 *
 * const archive = ServiceClassProvider.within(
 *   QueryRetrieve.studyRoot.handlers({ find: () => Stream.empty }),
 *   { first: "1 minute" }
 * )
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const within = <R>(
  provider: ServiceClassProvider<R>,
  deadlines: Dimse.PerformerDeadlines
): ServiceClassProvider<R> => ({
  ...provider,
  perform: (incoming, association) =>
    Dimse.within<R>((incoming) => provider.perform(incoming, association), deadlines)(incoming)
})

/**
 * Answers an association's requests until it ends.
 *
 * @category operations
 * @since 0.1.0
 */
export const serve = <R>(
  association: Association.Association,
  provider: ServiceClassProvider<R>
): Effect.Effect<void, AssociationError.Broken, R> =>
  Association.serve(association, (incoming) => provider.perform(incoming, association))

/**
 * What a server of providers may say.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<I = never, D = never> extends Omit<
  AssociationServer.Options<never, I, D>,
  "handler" | "supported"
> {
  /** How long handlers may take; see {@link within}. Default: as long as they like. */
  readonly deadlines?: Dimse.PerformerDeadlines
}

/**
 * A server of associations for these providers. Who may have one is the matter of `options.access`, and who their users
 * are that of `options.authenticator`, whose principal the providers find in their environment.
 *
 * **Example** (An SCP for verification)
 *
 * ```ts
 * import { ServiceClassProvider, Verification } from "@effect-dicom/services"
 *
 * const server = ServiceClassProvider.layer([Verification.provider])
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <const S extends Source<unknown>, I = never, D = never>(
  providers: ReadonlyArray<S>,
  options: Options<I, D> = {}
): Layer.Layer<
  AssociationServer.AssociationServer,
  never,
  UpperLayer.Listener | KeysOf<S> | Exclude<Exclude<RequirementsOf<S>, I> | D, Scope.Scope>
> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const resolved: Array<ServiceClassProvider<RequirementsOf<S>>> = []
      // the cast: what a source requires, its own type says
      for (const source of providers as ReadonlyArray<Resolvable<RequirementsOf<S>, KeysOf<S>>>) {
        resolved.push(Effect.isEffect(source) ? yield* source : source)
      }
      const { deadlines, ...server } = options
      const all = together(resolved)
      const provider = deadlines === undefined ? all : within(all, deadlines)
      const { extendedNegotiation, supported } = provider
      return AssociationServer.layer<RequirementsOf<S>, I, D>({
        decide: accepting(supported, extendedNegotiation, options.asynchronousOperationsWindow),
        ...server,
        supported,
        handler: (association) => serve(association, provider)
      })
    })
  )

/** Accepts, with the answers of the providers to what is proposed in extended negotiation. */
const accepting = (
  supported: ReadonlyArray<PresentationContext.Supported>,
  extendedNegotiation: ServiceClassProvider["extendedNegotiation"],
  asynchronousOperationsWindow: AsynchronousOperationsWindow | undefined
): ((indication: Association.Indication) => Effect.Effect<Association.Decision>) => {
  const support = PresentationContextNegotiation.support(supported)
  const window = asynchronousOperationsWindow === undefined ? undefined : { asynchronousOperationsWindow }
  const simply = Effect.succeed(Association.accepting(support, window === undefined ? {} : { userInformation: window }))
  return ({ primitive }) => {
    const answers = primitive.userInformation.sopClassExtendedNegotiations.flatMap(
      ({ serviceClassApplicationInformation, sopClassUid }) => {
        const answered = extendedNegotiation?.(sopClassUid, serviceClassApplicationInformation)
        return answered === undefined ? [] : [{ sopClassUid, serviceClassApplicationInformation: answered }]
      }
    )
    // A decision that is there at once, and not an effect still to be run, saves the association a race for its time.
    return answers.length === 0
      ? simply
      : Effect.succeed(
          Association.accepting(support, { userInformation: { ...window, sopClassExtendedNegotiations: answers } })
        )
  }
}
