/**
 * A DIMSE message as the standard defines one: a Command Field, whether a data set follows, and parameters with their
 * usage. Its schema, its reader and its writer all come from that one definition.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { InvalidCommand } from "../Command.ts"
import type { Field } from "../CommandDictionary.ts"
import * as Dictionary from "../CommandDictionary.ts"
import * as CommandSet from "../CommandSet.ts"
import type * as Leniency from "../Leniency.ts"
import * as Status from "../Status.ts"

/** Whether a part of a message shall be there, may be there, or shall not be there. */
export type Presence = "required" | "optional" | "none"

/**
 * The condition of a part of a response: its presence by the status, and by whether a data set follows, where that is
 * known.
 */
export type Condition = (status: Status.Status, hasDataSet: boolean | undefined) => Presence

/** A parameter: M, mandatory, U, user option, or C, conditional (PS3.7 section 5.4). */
export interface Parameter<S extends Schema.Constraint, F extends Schema.Constraint = S> {
  readonly usage: "M" | "U" | Condition
  readonly field: Field<F>
  readonly schema: S
}

export const M = <S extends Schema.Constraint>(field: Field<S>): Parameter<S> => ({
  usage: "M",
  field,
  schema: field.schema
})

export const U = <S extends Schema.Constraint>(field: Field<S>): Parameter<Schema.optionalKey<S>, S> => ({
  usage: "U",
  field,
  schema: Schema.optionalKey(field.schema)
})

export const C = <S extends Schema.Constraint>(
  field: Field<S>,
  condition: Condition
): Parameter<Schema.optionalKey<S>, S> => ({ usage: condition, field, schema: Schema.optionalKey(field.schema) })

type Parameters = Readonly<Record<string, Parameter<Schema.Constraint, Schema.Constraint>>>

type Fields<P extends Parameters> = { readonly [K in keyof P]: P[K]["schema"] } & {
  readonly otherElements: Schema.optionalKey<Schema.declare<CommandSet.CommandSet>>
}

const isCommandSet = Schema.is(CommandSet.CommandSet)

/** What a message has besides the elements it knows: at least one, by ascending tag, and none that it knows. */
const otherElements = (known: ReadonlyMap<number, Row>): Schema.declare<CommandSet.CommandSet> =>
  Schema.declare<CommandSet.CommandSet>(isCommandSet, {
    expected: "elements of a command set",
    toCodecArbitrary: () =>
      Schema.link<CommandSet.CommandSet>()(
        CommandSet.CommandSet,
        SchemaTransformation.transform({
          decode: (commandSet: CommandSet.CommandSet) =>
            CommandSet.ascending(
              [...new Map(commandSet.map((element) => [element.tag, element])).values()].filter(
                ({ tag }) => !known.has(tag)
              )
            ),
          encode: (commandSet: CommandSet.CommandSet) => commandSet
        })
      )
  }).check(
    Schema.makeFilter((commandSet: CommandSet.CommandSet) => {
      if (commandSet.length === 0) return "otherElements is empty; permitted: one element and more, or no such key"
      for (const [i, { tag }] of commandSet.entries()) {
        const before = commandSet[i - 1]
        const what = `otherElements has ${CommandSet.formatTag(tag)}`
        if (known.has(tag)) return `${what}; permitted: what is no parameter of the message`
        if (before !== undefined && before.tag >= tag) return `${what} out of order; permitted: ascending tags`
      }
      return true
    })
  )

/** A message of any definition. */
export interface AnyMessage {
  readonly _tag: string
  readonly status?: Status.Status
  readonly otherElements?: CommandSet.CommandSet
}

/** What is known of a message without its type: enough to read and to write it. */
export interface AnyDefinition {
  readonly tag: string
  readonly commandField: number
  readonly read: (
    commandSet: CommandSet.CommandSet,
    judge: Leniency.Judge | undefined
  ) => Result.Result<AnyMessage, InvalidCommand>
  /** The bytes of a message of this definition, its elements by ascending tag. */
  readonly write: (message: AnyMessage, hasDataSet: boolean) => Uint8Array
  /** Whether a data set follows a message of this definition. */
  readonly dataSet: (message: AnyMessage) => Presence
}

export interface Definition<Tag extends string, P extends Parameters> extends AnyDefinition {
  /** The message, its conditions checked. */
  readonly schema: Schema.TaggedStruct<Tag, Fields<P>>
}

/** The value of Command Data Set Type that says that none follows (PS3.7 Table E.1-1). */
export const noDataSet = 0x0101

/** One of the other values, which say that one does. */
const someDataSet = 0x0001

/** An element that a message of a definition may have: a parameter, with its name, or one that every message has. */
interface Row {
  readonly tag: number
  readonly name?: string
  readonly field: Field<Schema.Constraint>
}

export const define = <const Tag extends string, const P extends Parameters>(
  tag: Tag,
  commandField: number,
  dataSet: Presence | Condition,
  parameters: P
): Definition<Tag, P> => {
  const entries = Object.entries(parameters)
  // What is written, in the order of the tags.
  const rows: ReadonlyArray<Row> = [
    { tag: Dictionary.CommandField.tag, field: Dictionary.CommandField },
    { tag: Dictionary.CommandDataSetType.tag, field: Dictionary.CommandDataSetType },
    ...entries.map(([name, { field }]) => ({ tag: field.tag, name, field }))
  ].toSorted((a, b) => a.tag - b.tag)
  const known: ReadonlyMap<number, Row> = new Map(rows.map((row) => [row.tag, row]))
  const mandatory = entries.flatMap(([name, { field, usage }]) => (usage === "M" ? [{ name, field }] : []))
  const conditions = entries.flatMap(([name, { field, usage }]) =>
    typeof usage === "string" ? [] : [{ name, field, condition: usage }]
  )

  /** What of a message is not as its condition has it. */
  const unmet = (message: AnyMessage, hasDataSet: boolean | undefined): Unmet | undefined => {
    const { status } = message
    if (dataSet === "none" && hasDataSet === true) {
      return {
        field: Dictionary.CommandDataSetType,
        there: true,
        what: `says that a data set follows; ${tag} must not have one`
      }
    }
    if (status === undefined) return undefined
    for (const { condition, field, name } of conditions) {
      const presence = condition(status, hasDataSet)
      // the cast lets a parameter be asked for by its name, which is one of this definition's
      const there = message[name as keyof AnyMessage] !== undefined
      if (there ? presence === "none" : presence === "required")
        return { field, there, what: `${there ? "has a value" : "has no value"}; ${permitted(presence, status)}` }
    }
    if (typeof dataSet === "string" || hasDataSet === undefined) return undefined
    const presence = dataSet(status, hasDataSet)
    return (hasDataSet ? presence === "none" : presence === "required")
      ? {
          field: Dictionary.CommandDataSetType,
          there: hasDataSet,
          what: `says that ${hasDataSet ? "a" : "no"} data set follows; ${permitted(presence, status)}`
        }
      : undefined
  }
  const permitted = (presence: Presence, status: Status.Status): string =>
    `${tag} with status ${Status.format(status)} must ${presence === "none" ? "not " : ""}have one`

  const met = (message: unknown): true | string => {
    // the cast states what the schema has checked before: this is a message of this definition
    const broken = unmet(message as AnyMessage, undefined)
    return broken === undefined || about(broken.field, broken.what)
  }

  const schemas = Object.fromEntries(entries.map(([name, parameter]) => [name, parameter.schema]))
  // the cast restores what `Object.fromEntries` forgets: each name has the schema of its own parameter
  const fields = { ...schemas, otherElements: Schema.optionalKey(otherElements(known)) } as Fields<P>
  const schema = Schema.TaggedStruct(tag, fields)
  return {
    tag,
    commandField,
    schema: conditions.length === 0 ? schema : schema.check(Schema.makeFilter(met)),
    dataSet: (message) => {
      if (typeof dataSet === "string") return dataSet
      return message.status === undefined ? "optional" : dataSet(message.status, undefined)
    },
    read: (commandSet, judge) => {
      const message: Record<string, unknown> & AnyRead = { _tag: tag }
      let others: Array<CommandSet.Element> | undefined
      for (let i = 0; i < commandSet.length; i++) {
        const element = commandSet[i] as CommandSet.Element // i is within bounds
        const row = known.get(element.tag)
        if (row === undefined) (others ??= []).push(element)
        // Of a tag that comes twice, the first counts.
        else if (row.name !== undefined && message[row.name] === undefined) {
          const value = row.field.read(element.value, judge)
          if (Result.isFailure(value)) {
            return Result.fail(invalid("invalid element value", commandSet, row.field, value.failure))
          }
          if (value.success !== undefined) message[row.name] = value.success
        }
      }
      for (let i = 0; i < mandatory.length; i++) {
        const row = mandatory[i]
        if (row !== undefined && message[row.name] === undefined) {
          return Result.fail(missing(commandSet, row.field, tag))
        }
      }
      if (conditions.length > 0 || dataSet === "none" || typeof dataSet !== "string") {
        const type = Result.getOrUndefined(read(commandSet, Dictionary.CommandDataSetType))
        const broken = unmet(message, type === undefined ? undefined : type !== noDataSet)
        if (broken !== undefined) {
          const { field, there, what } = broken
          // Of the messages that may be pending, only a C-FIND-RSP is so because of its data set.
          const lacksIdentifier =
            !there && field === Dictionary.CommandDataSetType && message.status?._tag === "Pending"
          const quirk = lacksIdentifier ? "pendingWithoutIdentifier" : "unmetCondition"
          if (!Dictionary.admits(judge, quirk, about(field, what)))
            return Result.fail(invalid(there ? "invalid element value" : "missing element", commandSet, field, what))
        }
      }
      if (others !== undefined) message.otherElements = copy(CommandSet.ascending(others))
      return Result.succeed(message)
    },
    write: (message, hasDataSet) => {
      // the cast lets parameters be asked for by their names
      const values = message as AnyMessage & Readonly<Record<string, unknown>>
      let length = 0
      for (let i = 0; i < rows.length; i++) {
        const { field, name } = rows[i] as Row // i is within bounds
        const value = name === undefined ? 0 : values[name]
        if (value !== undefined) length += CommandSet.headerLength + field.size(value)
      }
      const bytes = CommandSet.begin(length)
      let at = CommandSet.beginLength
      for (let i = 0; i < rows.length; i++) {
        const { field, name, tag } = rows[i] as Row // i is within bounds
        let value: unknown
        if (name !== undefined) value = values[name]
        else if (tag === Dictionary.CommandField.tag) value = commandField
        else value = hasDataSet ? someDataSet : noDataSet
        if (value === undefined) continue
        const size = field.size(value)
        at = CommandSet.putHeader(bytes, at, tag, size)
        field.put(value, bytes, at)
        at += size
      }
      const others = message.otherElements?.filter((element) => !known.has(element.tag)) ?? []
      return others.length === 0 ? bytes : CommandSet.encode(CommandSet.ascending([...elementsOf(bytes), ...others]))
    }
  }
}

/** The elements of a command set that was written here. */
export const elementsOf = (bytes: Uint8Array): CommandSet.CommandSet =>
  Result.getOrElse(CommandSet.decode(bytes), () => [])

interface Unmet {
  readonly field: Field<Schema.Constraint>
  readonly there: boolean
  readonly what: string
}

/** A message that is being read. */
interface AnyRead {
  _tag: string
  status?: Status.Status
  otherElements?: CommandSet.CommandSet
}

/** The value of a field, or nothing where the element is absent or has none. */
export const read = <S extends Schema.Constraint>(
  commandSet: CommandSet.CommandSet,
  field: Field<S>,
  judge?: Leniency.Judge
): Result.Result<S["Type"] | undefined, InvalidCommand> => {
  const element = CommandSet.find(commandSet, field.tag)
  if (element === undefined) return Result.succeed(undefined)
  const value = field.read(element.value, judge)
  return Result.isSuccess(value)
    ? Result.succeed(value.success)
    : Result.fail(invalid("invalid element value", commandSet, field, value.failure))
}

export const missing = (
  commandSet: CommandSet.CommandSet,
  field: Field<Schema.Constraint>,
  message: string
): InvalidCommand => invalid("missing element", commandSet, field, `has no value; ${message} must have one`)

/** The error about one element of a command set; the values that it keeps are copies. */
export const invalid = (
  cause: InvalidCommand["cause"],
  commandSet: CommandSet.CommandSet,
  field: Field<Schema.Constraint>,
  what: string
): InvalidCommand => ({
  _tag: "Invalid command",
  cause,
  tag: field.tag,
  keyword: field.keyword,
  detail: about(field, what),
  commandSet: copy(commandSet)
})

const about = (field: Field<Schema.Constraint>, what: string): string =>
  `${field.keyword} ${CommandSet.formatTag(field.tag)} ${what}`

const copy = (commandSet: CommandSet.CommandSet): CommandSet.CommandSet =>
  commandSet.map(({ tag, value }) => ({ tag, value: new Uint8Array(value) }))
