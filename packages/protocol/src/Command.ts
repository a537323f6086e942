/**
 * The command of a DIMSE message (PS3.7 section 6.3.1): which of the messages of PS3.7 section 9.3 a command set is, as
 * a typed value, and the bytes of such a value. Its transport in fragments is the business of `Message.ts`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as C_CANCEL from "./C_CANCEL.ts"
import * as C_ECHO from "./C_ECHO.ts"
import * as C_FIND from "./C_FIND.ts"
import * as C_GET from "./C_GET.ts"
import * as C_MOVE from "./C_MOVE.ts"
import * as C_STORE from "./C_STORE.ts"
import * as Dictionary from "./CommandDictionary.ts"
import * as CommandSet from "./CommandSet.ts"
import type { AnyDefinition } from "./internal/message.ts"
import { elementsOf, invalid, missing, noDataSet, read } from "./internal/message.ts"
import type * as Leniency from "./Leniency.ts"
import * as N_ACTION from "./N_ACTION.ts"
import * as N_CREATE from "./N_CREATE.ts"
import * as N_DELETE from "./N_DELETE.ts"
import * as N_EVENT_REPORT from "./N_EVENT_REPORT.ts"
import * as N_GET from "./N_GET.ts"
import * as N_SET from "./N_SET.ts"
import type * as Status from "./Status.ts"

/** The services, and the message that is none, in the order of PS3.7 sections 9.3 and 10.3. */
const services = [
  C_STORE,
  C_FIND,
  C_GET,
  C_MOVE,
  C_ECHO,
  C_CANCEL,
  N_EVENT_REPORT,
  N_GET,
  N_SET,
  N_ACTION,
  N_CREATE,
  N_DELETE
] as const

/**
 * A message's command.
 *
 * **Details**
 *
 * Elements that are not among a message's parameters are in its `otherElements`, and are sent again when it is encoded.
 *
 * @category models
 * @since 0.1.0
 */
export type Command = (typeof services)[number]["Message"]["Type"]

/**
 * A request: what an invoking user sends, and a response answers.
 *
 * @category models
 * @since 0.1.0
 */
export type Request = Extract<Command, { readonly messageId: number }>

/**
 * A response: what a performing user sends.
 *
 * @category models
 * @since 0.1.0
 */
export type Response = Extract<Command, { readonly messageIdBeingRespondedTo: number; readonly status: Status.Status }>

/**
 * The response to a request: that of the same service.
 *
 * @category models
 * @since 0.1.0
 */
export type ResponseTo<RQ extends Request> = RQ extends { readonly _tag: `${infer Service}-RQ` }
  ? Extract<Response, { readonly _tag: `${Service}-RSP` }>
  : never

/**
 * A command set that is none of the messages known here: which element says so, and what about it. It carries the whole
 * command set, for an answer (see {@link refusal}) or for a log.
 *
 * @category errors
 * @since 0.1.0
 */
export interface InvalidCommand {
  readonly _tag: "Invalid command"
  /** An unrecognized operation is a Command Field that no service here has. */
  readonly cause: "unrecognized operation" | "missing element" | "invalid element value"
  /** The element's tag. */
  readonly tag: number
  /** The element's keyword (PS3.7 Table E.1-1). */
  readonly keyword: string
  /** What was wrong, and where, as one phrase. */
  readonly detail: string
  readonly commandSet: CommandSet.CommandSet
}

const byCommandField: ReadonlyMap<number, AnyDefinition> = new Map(
  services
    .flatMap((service): ReadonlyArray<AnyDefinition> => service.definitions)
    .map((definition) => [definition.commandField, definition])
)

const byTag: ReadonlyMap<string, AnyDefinition> = new Map(
  [...byCommandField.values()].map((definition) => [definition.tag, definition])
)

/**
 * Reads a command set as the message that it is. Nothing of the result is a view of the command set's bytes.
 *
 * @category codecs
 * @since 0.1.0
 */
export const fromCommandSet = (
  commandSet: CommandSet.CommandSet,
  judge?: Leniency.Judge
): Result.Result<Command, InvalidCommand> => {
  const commandField = read(commandSet, Dictionary.CommandField)
  if (Result.isFailure(commandField)) return Result.fail(commandField.failure)
  if (commandField.success === undefined)
    return Result.fail(missing(commandSet, Dictionary.CommandField, "a command set"))
  const definition = byCommandField.get(commandField.success)
  if (definition === undefined) {
    const code = commandField.success.toString(16).toUpperCase().padStart(4, "0")
    return Result.fail(
      invalid("unrecognized operation", commandSet, Dictionary.CommandField, `is ${code}H, a message that is not known`)
    )
  }
  // the cast restores what the map forgets: the definition is of one of the services' messages, and made this one
  return definition.read(commandSet, judge) as Result.Result<Command, InvalidCommand>
}

/**
 * The elements of a command, by ascending tag. They say that a data set follows where one is required, unless told
 * otherwise.
 *
 * @category codecs
 * @since 0.1.0
 */
export const toCommandSet = (
  command: Command,
  hasDataSet: boolean = dataSet(command) === "required"
): CommandSet.CommandSet => elementsOf(encode(command, hasDataSet))

/**
 * Whether a data set follows a command, as its service has it: "required" where the standard wants one, "none" where it
 * allows none, "optional" where its user chooses.
 *
 * **Example**
 *
 * ```ts
 * import { C_FIND, Command, Status } from "@effect-dicom/protocol"
 *
 * declare const request: C_FIND.RQ
 * Command.dataSet(request) // "required"
 * Command.dataSet(C_FIND.response(request, Status.pending)) // "required"
 * Command.dataSet(C_FIND.response(request)) // "none"
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const dataSet = (command: Command): "required" | "optional" | "none" =>
  byTag.get(command._tag)?.dataSet(command) ?? "none"

/**
 * Whether a data set follows a command set, or the error that it does not tell (PS3.7 Table E.1-1: Command Data Set
 * Type is 0101H where none does, and any other value where one does).
 *
 * @category getters
 * @since 0.1.0
 */
export const hasDataSet = (commandSet: CommandSet.CommandSet): Result.Result<boolean, InvalidCommand> => {
  const type = read(commandSet, Dictionary.CommandDataSetType)
  if (Result.isFailure(type)) return Result.fail(type.failure)
  return type.success === undefined
    ? Result.fail(missing(commandSet, Dictionary.CommandDataSetType, "a command set"))
    : Result.succeed(type.success !== noDataSet)
}

/**
 * Decodes a whole command set. Nothing of the result is a view of the bytes.
 *
 * **Example**
 *
 * ```ts
 * import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
 * import * as Command from "@effect-dicom/protocol/Command"
 *
 * Command.decode(Command.encode(C_ECHO.request({ messageId: 1 }))) // a success: the same C-ECHO-RQ
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const decode = (
  bytes: Uint8Array,
  judge?: Leniency.Judge
): Result.Result<Command, CommandSet.InvalidCommandSet | InvalidCommand> =>
  Result.flatMap(CommandSet.decode(bytes), (commandSet) => fromCommandSet(commandSet, judge))

/**
 * The bytes of a command, group length included. They say that a data set follows where one is required (see
 * {@link dataSet}), unless told otherwise. A number that its field cannot hold is cut to 16 bits: what comes from
 * elsewhere is checked by the message's schema.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encode = (command: Command, hasDataSet: boolean = dataSet(command) === "required"): Uint8Array =>
  // never undefined: a command's tag is that of one of the services' messages
  byTag.get(command._tag)?.write(command, hasDataSet) ?? CommandSet.begin(0)

/**
 * The tags of requests, and what makes the response to each.
 */
const responses: { readonly [T in Request["_tag"]]: Respond<Extract<Request, { readonly _tag: T }>> } = {
  "C-STORE-RQ": C_STORE.response,
  "C-FIND-RQ": C_FIND.response,
  "C-GET-RQ": C_GET.response,
  "C-MOVE-RQ": C_MOVE.response,
  "C-ECHO-RQ": C_ECHO.response,
  "N-EVENT-REPORT-RQ": N_EVENT_REPORT.response,
  "N-GET-RQ": N_GET.response,
  "N-SET-RQ": N_SET.response,
  "N-ACTION-RQ": N_ACTION.response,
  "N-CREATE-RQ": N_CREATE.response,
  "N-DELETE-RQ": N_DELETE.response
}

type Respond<RQ extends Request> = (request: RQ, status: Status.Status) => ResponseTo<RQ>

/**
 * Whether a command is a request.
 *
 * @category guards
 * @since 0.1.0
 */
export const isRequest = (command: Command): command is Request => "messageId" in command

/**
 * Whether a command is a response.
 *
 * @category guards
 * @since 0.1.0
 */
export const isResponse = (command: Command): command is Response => "status" in command

/**
 * The response to a request of any service: its status, what the standard wants mirrored of the request, and nothing
 * else. What a condition wants besides, such as the counts of a C-GET-RSP that is pending, is the service's own to say.
 *
 * **Example**
 *
 * ```ts
 * import { C_ECHO, Command, Status } from "@effect-dicom/protocol"
 *
 * Command.respond(C_ECHO.request({ messageId: 1 }), Status.failures.notAuthorized) // a C-ECHO-RSP
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const respond = <RQ extends Request>(request: RQ, status: Status.Status): ResponseTo<RQ> => {
  // the cast restores what the lookup by tag forgets: this makes the response to requests of this very tag
  const respond = responses[request._tag] as Respond<RQ>
  return respond(request, status)
}

/**
 * The bytes of the response that refuses an invalid command with a status, such as
 * {@link Status.failures.unrecognizedOperation}; nothing where it cannot be answered, because it is no request, has no
 * Message ID, or is a C-CANCEL-RQ.
 *
 * @category codecs
 * @since 0.1.0
 */
export const refusal = (command: InvalidCommand, status: Status.Failure): Uint8Array | undefined => {
  const commandField = Result.getOrUndefined(read(command.commandSet, Dictionary.CommandField))
  const messageId = Result.getOrUndefined(read(command.commandSet, Dictionary.MessageID))
  if (commandField === undefined || messageId === undefined) return undefined
  if (commandField >= 0x8000 || commandField === 0x0fff) return undefined
  const sopClass =
    CommandSet.find(command.commandSet, Dictionary.AffectedSOPClassUID.tag) ??
    CommandSet.find(command.commandSet, Dictionary.RequestedSOPClassUID.tag)
  return CommandSet.encode([
    ...(sopClass === undefined ? [] : [{ tag: Dictionary.AffectedSOPClassUID.tag, value: sopClass.value }]),
    { tag: Dictionary.CommandField.tag, value: Dictionary.CommandField.write(commandField | 0x8000) },
    {
      tag: Dictionary.MessageIDBeingRespondedTo.tag,
      value: Dictionary.MessageIDBeingRespondedTo.write(messageId)
    },
    { tag: Dictionary.CommandDataSetType.tag, value: Dictionary.CommandDataSetType.write(noDataSet) },
    { tag: Dictionary.Status.tag, value: Dictionary.Status.write(status) }
  ])
}
