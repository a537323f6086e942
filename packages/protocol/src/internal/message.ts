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
const otherElements = (known: ReadonlySet<number>): Schema.declare<CommandSet.CommandSet> =>
  Schema.declare<CommandSet.CommandSet>(isCommandSet, {
    expected: "elements of a command set",
    toCodecArbitrary: () =>
      Schema.link<CommandSet.CommandSet>()(
        CommandSet.CommandSet,
        SchemaTransformation.transform({
          decode: (commandSet: CommandSet.CommandSet) =>
            others(known, [...new Map(commandSet.map((element) => [element.tag, element])).values()]),
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

const others = (known: ReadonlySet<number>, commandSet: CommandSet.CommandSet): CommandSet.CommandSet =>
  CommandSet.ascending(commandSet.filter((element) => !known.has(element.tag)))

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
  /** The elements of a message of this definition, by ascending tag. */
  readonly write: (message: AnyMessage, hasDataSet: boolean) => CommandSet.CommandSet
  /** Whether a data set follows a message of this definition. */
  readonly dataSet: (message: AnyMessage) => Presence
}

export interface Definition<Tag extends string, P extends Parameters> extends AnyDefinition {
  /** The message, its conditions checked. */
  readonly schema: Schema.TaggedStruct<Tag, Fields<P>>
}

/** The value of Command Data Set Type that says that none follows (PS3.7 Table E.1-1). */
export const noDataSet = 0x0101

const dataSetType = (value: number): CommandSet.Element => ({
  tag: Dictionary.CommandDataSetType.tag,
  value: Dictionary.CommandDataSetType.write(value)
})

export const define = <const Tag extends string, const P extends Parameters>(
  tag: Tag,
  commandField: number,
  dataSet: Presence | Condition,
  parameters: P
): Definition<Tag, P> => {
  const entries = Object.entries(parameters)
  const known = new Set([
    Dictionary.CommandField.tag,
    Dictionary.CommandDataSetType.tag,
    ...entries.map(([, parameter]) => parameter.field.tag)
  ])
  const fixed = { tag: Dictionary.CommandField.tag, value: Dictionary.CommandField.write(commandField) }
  const following = dataSetType(0x0001)
  const notFollowing = dataSetType(noDataSet)
  // What is written, in the order of the tags.
  const rows = [
    { tag: fixed.tag, element: () => fixed },
    { tag: following.tag, element: (hasDataSet: boolean) => (hasDataSet ? following : notFollowing) },
    ...entries.map(([name, { field }]) => ({ tag: field.tag, name, field }))
  ].toSorted((a, b) => a.tag - b.tag)
  const conditions = entries.flatMap(([name, { field, usage }]) =>
    typeof usage === "string" ? [] : [{ name, field, condition: usage }]
  )

  /** What of a message is not as its condition has it. */
  const unmet = (message: AnyMessage, hasDataSet: boolean | undefined): Unmet | undefined => {
    const { status } = message
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
      for (const [name, { field, usage }] of entries) {
        const value = read(commandSet, field, judge)
        if (Result.isFailure(value)) return Result.fail(value.failure)
        if (value.success !== undefined) message[name] = value.success
        else if (usage === "M") return Result.fail(missing(commandSet, field, tag))
      }
      if (conditions.length > 0 || typeof dataSet !== "string") {
        const type = Result.getOrUndefined(read(commandSet, Dictionary.CommandDataSetType))
        const broken = unmet(message, type === undefined ? undefined : type !== noDataSet)
        if (broken !== undefined) {
          const { field, there, what } = broken
          if (!Dictionary.admits(judge, "unmetCondition", about(field, what)))
            return Result.fail(invalid(there ? "invalid element value" : "missing element", commandSet, field, what))
        }
      }
      const rest = others(known, commandSet)
      if (rest.length > 0) message.otherElements = copy(rest)
      return Result.succeed(message)
    },
    write: (message, hasDataSet) => {
      const values: Readonly<Record<string, unknown>> = { ...message }
      const elements: Array<CommandSet.Element> = []
      for (const row of rows) {
        if ("element" in row) elements.push(row.element(hasDataSet))
        else if (values[row.name] !== undefined)
          elements.push({ tag: row.tag, value: row.field.write(values[row.name]) })
      }
      const rest = message.otherElements?.filter((element) => !known.has(element.tag)) ?? []
      return rest.length === 0 ? elements : CommandSet.ascending([...elements, ...rest])
    }
  }
}

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
  commandSet.map((element) => ({ tag: element.tag, value: new Uint8Array(element.value) }))
