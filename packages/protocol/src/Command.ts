/**
 * The command of a DIMSE message (PS3.7 section 6.3.1): which of the messages of PS3.7 section 9.3 a command set is, as
 * a typed value, and the bytes of such a value. Its transport in fragments is the business of `Message.ts`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as C_CANCEL from "./C_CANCEL.ts"
import * as C_ECHO from "./C_ECHO.ts"
import * as C_STORE from "./C_STORE.ts"
import * as Dictionary from "./CommandDictionary.ts"
import * as CommandSet from "./CommandSet.ts"
import type { AnyDefinition } from "./internal/message.ts"
import { invalid, missing, noDataSet, read } from "./internal/message.ts"
import type * as Leniency from "./Leniency.ts"
import type * as Status from "./Status.ts"

/** The services whose messages are known. */
const services = [C_ECHO, C_STORE, C_CANCEL] as const

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
 * The elements of a command, by ascending tag.
 *
 * @category codecs
 * @since 0.1.0
 */
export const toCommandSet = (command: Command): CommandSet.CommandSet =>
  // never undefined: a command's tag is that of one of the services' messages
  byTag.get(command._tag)?.write(command) ?? []

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
 * The bytes of a command, group length included. A number that its field cannot hold is cut to 16 bits: what comes from
 * elsewhere is checked by the message's schema.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encode = (command: Command): Uint8Array => CommandSet.encode(toCommandSet(command))

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
  const sopClass = CommandSet.find(command.commandSet, Dictionary.AffectedSOPClassUID.tag)
  return CommandSet.encode([
    ...(sopClass === undefined ? [] : [sopClass]),
    { tag: Dictionary.CommandField.tag, value: Dictionary.CommandField.write(commandField | 0x8000) },
    {
      tag: Dictionary.MessageIDBeingRespondedTo.tag,
      value: Dictionary.MessageIDBeingRespondedTo.write(messageId)
    },
    { tag: Dictionary.CommandDataSetType.tag, value: Dictionary.CommandDataSetType.write(noDataSet) },
    { tag: Dictionary.Status.tag, value: Dictionary.Status.write(status) }
  ])
}
