/**
 * Service class providers as values (PS3.4): what one supports and how it performs. Several make one, which answers each
 * request by the abstract syntax of its presentation context.
 *
 * @since 0.1.0
 */
import { Association, AssociationServer } from "@effect-dicom/association"
import type { AssociationError, Dimse, UpperLayer } from "@effect-dicom/association"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Status from "@effect-dicom/protocol/Status"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
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
  /** Answers a request, with one response or with a stream of them. */
  readonly perform: (incoming: Dimse.Incoming, association: Association.Association) => ReturnType<Dimse.Performer<R>>
}

/**
 * One provider of what several provide. Where two support a SOP class, the first is asked.
 *
 * @category combinators
 * @since 0.1.0
 */
export const together = <R>(providers: ReadonlyArray<ServiceClassProvider<R>>): ServiceClassProvider<R> => {
  const byAbstractSyntax = new Map<string, ServiceClassProvider<R>>()
  const supported: Array<PresentationContext.Supported> = []
  for (const provider of providers) {
    for (const context of provider.supported) {
      if (byAbstractSyntax.has(context.abstractSyntax)) continue
      byAbstractSyntax.set(context.abstractSyntax, provider)
      supported.push(context)
    }
  }
  return {
    supported,
    perform: (incoming, association) => {
      const provider = byAbstractSyntax.get(incoming.context.abstractSyntax)
      return provider === undefined
        ? Effect.succeed(Association.answer(incoming.command, Status.failures.sopClassNotSupported))
        : provider.perform(incoming, association)
    }
  }
}

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
export const layer = <R = never, I = never, D = never>(
  providers: ReadonlyArray<ServiceClassProvider<R>>,
  options: Omit<AssociationServer.Options<R, I, D>, "handler" | "supported"> = {}
): Layer.Layer<
  AssociationServer.AssociationServer,
  never,
  UpperLayer.Listener | Exclude<Exclude<R, I> | D, Scope.Scope>
> => {
  const provider = together(providers)
  return AssociationServer.layer({
    ...options,
    supported: provider.supported,
    handler: (association) => serve(association, provider)
  })
}
