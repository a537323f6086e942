/**
 * Command sets (PS3.7 section 6.3.1) as what they are on the wire: elements of implicit VR little endian. What an
 * element is called and what its value means is the business of `CommandDictionary.ts`, and which of them make a
 * message that of `Command.ts` and of the file of each service.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * An element of a command set: its tag, group number in the upper 16 bits, and its value as bytes.
 *
 * @category models
 * @since 0.1.0
 */
export const Element = Schema.Struct({
  tag: Schema.Int.check(Schema.isBetween({ minimum: 0x00000001, maximum: 0xffffffff })),
  value: Schema.Uint8Array
})

/**
 * @category models
 * @since 0.1.0
 */
export type Element = typeof Element.Type

/**
 * The elements of a command set in wire order, without the group length (0000,0000), which only the bytes have.
 *
 * @category models
 * @since 0.1.0
 */
export const CommandSet = Schema.Array(Element)

/**
 * @category models
 * @since 0.1.0
 */
export type CommandSet = typeof CommandSet.Type

/**
 * Bytes that are not a command set.
 *
 * @category errors
 * @since 0.1.0
 */
export interface InvalidCommandSet {
  readonly _tag: "Invalid command set"
  /** What was wrong, and where, as one phrase. */
  readonly detail: string
}

/**
 * The tag as the standard prints it: `(0000,0100)`.
 *
 * @category formatting
 * @since 0.1.0
 */
export const formatTag = (tag: number): string => {
  const digits = tag.toString(16).toUpperCase().padStart(8, "0")
  return `(${digits.slice(0, 4)},${digits.slice(4)})`
}

// bytes 1-2  group number   0000H
// bytes 3-4  element number
// bytes 5-8  value length
// then the value

const groupLength = 0x00000000

/**
 * Decodes a whole command set. The values are views of the bytes.
 *
 * **Details**
 *
 * A group length is not needed, and when there is one its value is not tested. Elements that Annex E does not have are
 * kept. Descending tags are accepted, a tag that comes twice is not: section 6.3.1 wants each at most once, and two
 * would leave it open which one counts.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decode = (bytes: Uint8Array): Result.Result<CommandSet, InvalidCommandSet> => {
  const elements: Array<Element> = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let seen: Set<number> | undefined
  let grouped = false
  let highest = -1
  let at = 0
  while (at < bytes.length) {
    const start = at + headerLength
    if (start > bytes.length) {
      return invalid(`${bytes.length - at} bytes at offset ${at} are too few for an element; permitted: 8 and more`)
    }
    const tag = view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true)
    const length = view.getUint32(at + 4, true)
    const left = bytes.length - start
    if (length > left) {
      return invalid(`element ${formatTag(tag)} at offset ${at} has length ${length}; ${left} bytes are left`)
    }
    // Ascending tags, the only order that the standard permits, cannot repeat: no set is needed to see that.
    if (tag > highest) highest = tag
    else seen ??= new Set([...(grouped ? [groupLength] : []), ...elements.map((element) => element.tag)])
    if (seen !== undefined) {
      if (seen.has(tag)) return invalid(`element ${formatTag(tag)} at offset ${at} comes a second time`)
      seen.add(tag)
    }
    at = start + length
    if (tag === groupLength) grouped = true
    else elements.push({ tag, value: bytes.subarray(start, at) })
  }
  return Result.succeed(elements)
}

const invalid = (detail: string): Result.Result<never, InvalidCommandSet> =>
  Result.fail({ _tag: "Invalid command set", detail })

/**
 * The bytes of a command set: the group length, then the elements in the order given.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encode = (commandSet: CommandSet): Uint8Array => {
  let length = 0
  for (const element of commandSet) length += headerLength + element.value.length
  const bytes = begin(length)
  let at = beginLength
  for (const { tag, value } of commandSet) {
    at = putHeader(bytes, at, tag, value.length)
    bytes.set(value, at)
    at += value.length
  }
  return bytes
}

/**
 * How many bytes an element has before its value.
 *
 * @internal
 */
export const headerLength = 8

/**
 * Where the first element after the group length begins.
 *
 * @internal
 */
export const beginLength = headerLength + 4

/**
 * Room for elements of so many bytes in all, after the group length that says so.
 *
 * @internal
 */
export const begin = (length: number): Uint8Array => {
  const bytes = new Uint8Array(beginLength + length)
  putU32(bytes, putHeader(bytes, 0, groupLength, 4), length)
  return bytes
}

/**
 * Puts what comes before a value of so many bytes; gives where the value begins.
 *
 * @internal
 */
export const putHeader = (bytes: Uint8Array, at: number, tag: number, length: number): number => {
  bytes[at] = tag >>> 16
  bytes[at + 1] = tag >>> 24
  bytes[at + 2] = tag
  bytes[at + 3] = tag >>> 8
  putU32(bytes, at + 4, length)
  return at + headerLength
}

const putU32 = (bytes: Uint8Array, at: number, n: number): void => {
  bytes[at] = n
  bytes[at + 1] = n >>> 8
  bytes[at + 2] = n >>> 16
  bytes[at + 3] = n >>> 24
}

/**
 * Puts the elements into the order of their tags, the only one that the standard permits (PS3.7 section 6.3.1).
 *
 * @category operations
 * @since 0.1.0
 */
export const ascending = (commandSet: CommandSet): CommandSet =>
  isAscending(commandSet) ? commandSet : commandSet.toSorted((a, b) => a.tag - b.tag)

const isAscending = (commandSet: CommandSet): boolean => {
  let highest = 0
  for (let i = 0; i < commandSet.length; i++) {
    const tag = commandSet[i]?.tag ?? 0
    if (tag < highest) return false
    highest = tag
  }
  return true
}

/**
 * The element with a tag, if there is one.
 *
 * @category getters
 * @since 0.1.0
 */
export const find = (commandSet: CommandSet, tag: number): Element | undefined => {
  for (let i = 0; i < commandSet.length; i++) if (commandSet[i]?.tag === tag) return commandSet[i]
  return undefined
}
