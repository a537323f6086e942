/**
 * The invoking side of an exchange: the requests that await their responses, the window that bounds them, and their
 * deadlines.
 */
import * as C_CANCEL from "@effect-dicom/protocol/C_CANCEL"
import type * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import * as AssociationError from "../AssociationError.ts"
import type { Answer, DataSet, Deadlines, Dimse, OperationError, ResponsesOptions } from "../Dimse.ts"
import type { End, UpperLayer } from "../UpperLayer.ts"
import { Inflow } from "./inflow.ts"
import { length, type Outflow } from "./outflow.ts"
import { Window } from "./window.ts"

/** A request that has been given a message id and whose last response has not come. */
export interface Pending {
  readonly contextId: number
  readonly request: Command.Request
  readonly response: Command.Response["_tag"]
  /** Where its responses go: the one, or those of which there may be many. */
  readonly to: Deferred.Deferred<Answer, AssociationError.Broken> | Inflow<Answer>
  /** Whether something of the request may have been sent: then there will be a response. */
  begun: boolean
  /** Nobody waits for it any more. */
  abandoned: boolean
  cancelled: boolean
  /** When it has waited too long, in milliseconds; not before it is sent. */
  due: number
  /** How long it may wait for the next response, and when it is to be over. */
  between: number
  end: number
  /** The times that `due` was made of. */
  allowed: number
  total: number
}

export interface Invoking extends Pick<Dimse, "invoke" | "responses" | "cancel"> {
  /** The request that a response is for. */
  readonly awaiting: (response: Command.Response) => Pending | undefined
  /** A response has arrived whole. */
  readonly answered: (one: Pending, answer: Answer, length: number) => void
  /** Tells everyone who waits that the association has ended. */
  readonly end: (why: () => AssociationError.Broken) => void
  /** Whether somebody waits for the end of an operation. */
  readonly outstanding: () => boolean
  /** Whether somebody waits for what only the peer can bring. */
  readonly awaits: () => boolean
  /** Whether more responses are held than should be, by some factor. */
  readonly full: (factor: number) => boolean
}

export interface Options {
  readonly layer: () => UpperLayer
  readonly send: Outflow["message"]
  /** How many operations may be outstanding, 0 for no limit. */
  readonly window: number
  /** How long an operation may wait for a response, in milliseconds. */
  readonly operation: number
  /** How many bytes of responses are held for a consumer. */
  readonly held: number
  readonly later: (tell: () => void) => void
  /** How the association has ended, if it has. */
  readonly ended: () => (() => AssociationError.Broken) | undefined
  /** Whether the transport is left unread, so that silence is no fault of the peer's. */
  readonly heldUp: () => boolean
  /** Something that held up the reading may do so no longer. */
  readonly changed: () => void
  readonly begins: () => void
  readonly settled: () => void
}

/** A data set up to this many bytes is taken by the transport or bounded by its deadline; not worth a race. */
const promptLength = 1 << 16

/** What a response takes besides its data set, in bytes. */
const responseLength = 512

/** The message ids that there are, of which one is left for the next operation (PS3.7 Table E.1-1). */
const mostOutstanding = 0xfffe

export const invoking = (options: Options): Invoking => {
  const { changed, layer, later, operation, send } = options
  const pending = new Map<number, Pending>()
  /** Where the responses of those go that may have many. */
  const inflows = new Set<Inflow<Answer>>()
  const window = new Window(options.window === 0 ? mostOutstanding : Math.min(options.window, mostOutstanding))
  const end = Deferred.makeUnsafe<never, AssociationError.Broken>()
  let lastId = 0
  let live = 0
  let watched = Infinity

  const nextId = (): number => {
    do lastId = (lastId % 0xffff) + 1
    while (pending.has(lastId))
    return lastId
  }

  const begin = (contextId: number, request: Command.Request, to: Pending["to"]): Pending => {
    const one: Pending = {
      contextId,
      request,
      response: responseTo[request._tag],
      to,
      begun: false,
      abandoned: false,
      cancelled: false,
      due: Infinity,
      between: Infinity,
      end: Infinity,
      allowed: Infinity,
      total: Infinity
    }
    pending.set(request.messageId, one)
    live++
    options.begins()
    return one
  }

  // ---------------------------------------------------------------------------
  // the end of an operation
  // ---------------------------------------------------------------------------

  const abandon = (one: Pending): void => {
    if (one.abandoned) return
    one.abandoned = true
    live--
  }

  /** Its message id and its place are free again. */
  const settle = (one: Pending): void => {
    if (pending.get(one.request.messageId) !== one) return
    pending.delete(one.request.messageId)
    over(one)
  }
  const over = (one: Pending): void => {
    if (one.to instanceof Inflow) inflows.delete(one.to)
    abandon(one)
    window.give()
    options.settled()
  }

  const answered = (one: Pending, answer: Answer, length: number): void => {
    const { to } = one
    if (!(to instanceof Inflow)) {
      pending.delete(one.request.messageId)
      later(() => {
        Deferred.doneUnsafe(to, Effect.succeed(answer))
        over(one)
      })
      return
    }
    to.push(answer, length + responseLength)
    later(to.arrived.notify)
    if (Status.isFinal(answer.command.status)) {
      to.end("complete")
      pending.delete(one.request.messageId)
      later(() => over(one))
      return
    }
    // A peer that goes on answering after it was asked to stop has no more time for that.
    if (one.cancelled && one.abandoned) return
    allow(one, one.between)
  }

  // ---------------------------------------------------------------------------
  // deadlines
  // ---------------------------------------------------------------------------

  // Who waited in vain cannot tell a late response from a wrong one: the association is of no more use, and is aborted.
  const late = (): End | undefined => {
    watched = Infinity
    const now = layer().now()
    let next = Infinity
    for (const one of pending.values()) {
      if (one.due <= now) {
        // While our own consumer holds up the reading, the silence is not the peer's doing.
        if (one.end <= now || !options.heldUp() || awaits()) {
          const deadline = one.cancelled && one.abandoned ? "cancel" : "operation"
          return new AssociationError.TimedOut({ deadline, milliseconds: one.end <= now ? one.total : one.allowed })
        }
        allow(one, one.between)
      }
      next = Math.min(next, one.due)
    }
    watch(next)
    return undefined
  }

  /** The bound of the layer is set only for what comes before it; what is put off is found when it has passed. */
  const watch = (at: number): void => {
    if (at >= watched) return
    watched = at
    layer().bound("operation", at, late)
  }

  /** Gives an operation so many milliseconds from now to its next response. */
  const allow = (one: Pending, milliseconds: number): void => {
    one.allowed = milliseconds
    one.due = Math.min(layer().now() + milliseconds, one.end)
    watch(one.due)
  }

  const bound = (one: Pending, deadlines: Deadlines | undefined): void => {
    if (deadlines === undefined) {
      one.between = operation
      return allow(one, operation)
    }
    one.between = inMillis(deadlines.between, operation)
    one.total = inMillis(deadlines.total, Infinity)
    one.end = layer().now() + one.total
    allow(one, inMillis(deadlines.first, operation))
  }

  // ---------------------------------------------------------------------------
  // requests
  // ---------------------------------------------------------------------------

  const request = <E, R>(
    one: Pending,
    dataSet: DataSet<E, R> | undefined,
    deadlines: Deadlines | undefined
  ): Effect.Effect<void, OperationError | E, R> => {
    // Who has asked for the release may not respond any more: what is left is to see how the association ends.
    if (layer().state() === "Sta8") return Effect.void
    const sent = send(one.contextId, one.request, dataSet, () => {
      one.begun = true
      changed()
    })
    // A data set may be held up for as long as the peer likes, but not beyond the end of the association.
    const bounded =
      dataSet === undefined || (!Stream.isStream(dataSet) && length(dataSet) <= promptLength)
        ? sent
        : Effect.raceFirst(sent, Deferred.await(end))
    return bounded.pipe(
      // Where the association ended in the middle of it, that is what there is to tell.
      Effect.catchIf(
        (error) => error instanceof AssociationError.IllegalPrimitive,
        (error) => Effect.fail(options.ended()?.() ?? error)
      ),
      Effect.map(() => bound(one, deadlines))
    )
  }

  const invoke: Dimse["invoke"] = (contextId, command, dataSet, deadlines) => {
    type RQ = ReturnType<typeof command>
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(window.take), () => {
        let one: Pending | undefined
        return Effect.onError(
          restore(
            Effect.suspend(() => {
              const ended = options.ended()
              if (ended !== undefined) return Effect.fail(ended())
              const answer = Deferred.makeUnsafe<Answer, AssociationError.Broken>()
              one = begin(contextId, command(nextId()), answer)
              // The cast states what `awaiting` sees to: the response is of the request's own service.
              const response = Deferred.await(answer) as Effect.Effect<
                Answer<Command.ResponseTo<RQ>>,
                AssociationError.Broken
              >
              return Effect.flatMap(request(one, dataSet, deadlines), () => response)
            })
          ),
          (cause) =>
            Effect.sync(() => {
              if (one === undefined) return window.give()
              if (!one.begun || !Cause.hasInterruptsOnly(cause)) return settle(one)
              // Its response is dropped when it comes; until then it has its place.
              abandon(one)
              if (one.due === Infinity) bound(one, deadlines)
              options.settled()
            })
        )
      })
    )
  }

  const responses: Dimse["responses"] = (contextId, command, dataSet, given) => {
    type RQ = ReturnType<typeof command>
    type Responses = readonly [Answer<Command.ResponseTo<RQ>>, ...Array<Answer<Command.ResponseTo<RQ>>>]
    const asked = Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(window.take), () => {
        let one: Pending | undefined
        const inflow = new Inflow<Answer>(options.held, changed)
        const leave = Effect.suspend(() =>
          one === undefined ? Effect.sync(() => window.give()) : left(one, inflow, given)
        )
        return restore(
          Effect.suspend(() => {
            const ended = options.ended()
            if (ended !== undefined) return Effect.fail(ended())
            one = begin(contextId, command(nextId()), inflow)
            inflows.add(inflow)
            return request(one, dataSet, given)
          })
        ).pipe(
          Effect.onError((cause) => {
            if (one !== undefined && !Cause.hasInterruptsOnly(cause)) one.begun = false
            return leave
          }),
          Effect.andThen(Effect.addFinalizer(() => leave)),
          // The cast states what `awaiting` sees to: the responses are of the request's own service.
          Effect.as(Stream.fromPull(Effect.succeed(inflow.take as Pull.Pull<Responses, AssociationError.Broken>)))
        )
      })
    )
    return Stream.unwrap(asked)
  }

  /** Whoever wanted the responses is gone: the peer is asked to stop, and the last response is waited for. */
  const left = (one: Pending, inflow: Inflow<Answer>, given: ResponsesOptions | undefined): Effect.Effect<void> =>
    Effect.suspend(() => {
      inflow.discard()
      if (pending.get(one.request.messageId) !== one) return Effect.void
      if (!one.begun) return Effect.sync(() => settle(one))
      const asked = one.cancelled
      one.cancelled = true
      abandon(one)
      one.end = Infinity
      allow(one, inMillis(given?.cancelWithin, cancelWithin))
      options.settled()
      // In a fiber of its own, since it may be held up for as long as the peer likes.
      const ask = asked ? Effect.void : Effect.forkDetach(Effect.ignore(sendCancel(one)), { startImmediately: true })
      return Effect.andThen(ask, Effect.ignore(inflow.drain))
    })

  const sendCancel = (one: Pending): Effect.Effect<void, OperationError> =>
    send(one.contextId, C_CANCEL.request({ messageIdBeingRespondedTo: one.request.messageId }))

  const cancel = (messageId: number): Effect.Effect<void, OperationError> =>
    Effect.suspend(() => {
      const one = pending.get(messageId)
      if (one === undefined || one.cancelled || !one.begun || !(one.to instanceof Inflow)) return Effect.void
      one.cancelled = true
      return sendCancel(one)
    })

  const awaits = (): boolean => {
    for (const one of pending.values()) {
      if (one.begun && !one.abandoned && (!(one.to instanceof Inflow) || one.to.arrived.awaited)) return true
    }
    return false
  }

  return {
    invoke,
    responses,
    cancel,
    awaiting: (response) => {
      const one = pending.get(response.messageIdBeingRespondedTo)
      return one?.response === response._tag ? one : undefined
    },
    answered,
    end: (why) => {
      const all = [...pending.values()]
      pending.clear()
      inflows.clear()
      for (const one of all) {
        abandon(one)
        if (!(one.to instanceof Inflow)) Deferred.doneUnsafe(one.to, Effect.fail(why()))
        else {
          one.to.end(why)
          one.to.arrived.notify()
        }
      }
      Deferred.doneUnsafe(
        end,
        Effect.suspend(() => Effect.fail(why()))
      )
      window.open()
    },
    outstanding: () => live > 0,
    awaits,
    full: (factor) => {
      for (const inflow of inflows) if (inflow.full(factor)) return true
      return false
    }
  }
}

/** How long a peer that was asked to stop may take for its last response, in milliseconds. */
const cancelWithin = 10_000

const inMillis = (time: Duration.Input | undefined, otherwise: number): number =>
  time === undefined ? otherwise : Duration.toMillis(Duration.fromInputUnsafe(time))

/** The response to each request. */
export const responseTo: { readonly [T in Command.Request["_tag"]]: Command.Response["_tag"] } = {
  "C-STORE-RQ": "C-STORE-RSP",
  "C-FIND-RQ": "C-FIND-RSP",
  "C-GET-RQ": "C-GET-RSP",
  "C-MOVE-RQ": "C-MOVE-RSP",
  "C-ECHO-RQ": "C-ECHO-RSP",
  "N-EVENT-REPORT-RQ": "N-EVENT-REPORT-RSP",
  "N-GET-RQ": "N-GET-RSP",
  "N-SET-RQ": "N-SET-RSP",
  "N-ACTION-RQ": "N-ACTION-RSP",
  "N-CREATE-RQ": "N-CREATE-RSP",
  "N-DELETE-RQ": "N-DELETE-RSP"
}
