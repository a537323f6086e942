/**
 * The ceiling: an SCP and an SCU that frame PDUs as PS3.8 says and do nothing else. They parse no more than they must to
 * answer, validate nothing, keep no state, and are no model for anything but speed.
 */
import * as Net from "node:net"

/** The maximum length that is announced: the same as ours. */
const maximumLength = 131072

interface Handler {
  /** A PDU that is not a P-DATA-TF. */
  readonly pdu: (type: number, body: Buffer) => void
  /** A piece of a fragment; `end` with the last piece of a value that has the last bit set. */
  readonly piece: (contextId: number, command: boolean, bytes: Buffer, end: boolean) => void
}

/** Takes chunks as they come; hands on views of them. */
const framing = (handler: Handler) => {
  const head = Buffer.alloc(6)
  let have = 0
  let mode: "PDU" | "value" | "fragment" | "body" = "PDU"
  let left = 0
  let wanted = 0
  let contextId = 0
  let control = 0
  let type = 0
  let body = Buffer.alloc(0)
  return (chunk: Buffer): void => {
    let at = 0
    while (at < chunk.length) {
      if (mode === "PDU" || mode === "value") {
        const taken = Math.min(6 - have, chunk.length - at)
        chunk.copy(head, have, at, at + taken)
        have += taken
        at += taken
        if (have < 6) return
        have = 0
        if (mode === "PDU") {
          type = head[0] ?? 0
          left = head.readUInt32BE(2)
          if (type === 4) mode = "value"
          else {
            mode = "body"
            body = Buffer.alloc(left)
            wanted = left
          }
        } else {
          wanted = head.readUInt32BE(0) - 2
          left -= 6 + wanted
          contextId = head[4] ?? 0
          control = head[5] ?? 0
          mode = "fragment"
          if (wanted > 0) continue
          handler.piece(contextId, (control & 1) === 1, body.subarray(0, 0), (control & 2) === 2)
          mode = left > 0 ? "value" : "PDU"
        }
        continue
      }
      const taken = Math.min(wanted, chunk.length - at)
      wanted -= taken
      if (mode === "fragment") {
        const end = wanted === 0 && (control & 2) === 2
        handler.piece(contextId, (control & 1) === 1, chunk.subarray(at, at + taken), end)
        if (wanted === 0) mode = left > 0 ? "value" : "PDU"
      } else {
        chunk.copy(body, left - wanted - taken, at, at + taken)
        if (wanted === 0) {
          mode = "PDU"
          handler.pdu(type, body)
        }
      }
      at += taken
    }
  }
}

const item = (type: number, ...parts: ReadonlyArray<Uint8Array | string>): Buffer => {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)))
  const bytes = Buffer.alloc(4 + body.length)
  bytes[0] = type
  bytes.writeUInt16BE(body.length, 2)
  body.copy(bytes, 4)
  return bytes
}

const pdu = (type: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const body = Buffer.concat(parts)
  const bytes = Buffer.alloc(6 + body.length)
  bytes[0] = type
  bytes.writeUInt32BE(body.length, 2)
  body.copy(bytes, 6)
  return bytes
}

const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(n)
  return bytes
}

const userInformation = item(0x50, item(0x51, u32(maximumLength)), item(0x52, "2.25.1"))
const applicationContext = item(0x10, "1.2.840.10008.3.1.1.1")
const release = pdu(0x05, Buffer.alloc(4))
const released = pdu(0x06, Buffer.alloc(4))

const us = (number: number, value: number): Buffer => {
  const bytes = Buffer.alloc(10)
  bytes.writeUInt16LE(number, 2)
  bytes.writeUInt32LE(2, 4)
  bytes.writeUInt16LE(value, 8)
  return bytes
}

const ui = (number: number, value: string): Buffer => {
  const bytes = Buffer.alloc(8 + value.length + (value.length % 2))
  bytes.writeUInt16LE(number, 2)
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write(value, 8, "latin1")
  return bytes
}

const commandSet = (...elements: ReadonlyArray<Buffer>): Buffer => {
  const body = Buffer.concat(elements)
  const group = Buffer.alloc(12)
  group.writeUInt32LE(4, 4)
  group.writeUInt32LE(body.length, 8)
  return Buffer.concat([group, body])
}

const pDataHeader = (contextId: number, control: number, length: number): Buffer => {
  const bytes = Buffer.allocUnsafe(12)
  bytes[0] = 4
  bytes[1] = 0
  bytes.writeUInt32BE(length + 6, 2)
  bytes.writeUInt32BE(length + 2, 6)
  bytes[10] = contextId
  bytes[11] = control
  return bytes
}

const commandPdu = (contextId: number, command: Buffer): Buffer =>
  Buffer.concat([pDataHeader(contextId, 3, command.length), command])

interface Command {
  readonly field: number
  readonly messageId: number
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly hasDataSet: boolean
}

const readCommand = (bytes: Buffer): Command => {
  let field = 0
  let messageId = 0
  let sopClassUid = ""
  let sopInstanceUid = ""
  let hasDataSet = false
  for (let at = 0; at + 8 <= bytes.length;) {
    const number = bytes.readUInt16LE(at + 2)
    const length = bytes.readUInt32LE(at + 4)
    const value = at + 8
    if (number === 0x0100) field = bytes.readUInt16LE(value)
    else if (number === 0x0110) messageId = bytes.readUInt16LE(value)
    else if (number === 0x0800) hasDataSet = bytes.readUInt16LE(value) !== 0x0101
    else if (number === 0x0002) sopClassUid = uidText(bytes, value, length)
    else if (number === 0x1000) sopInstanceUid = uidText(bytes, value, length)
    at = value + length
  }
  return { field, messageId, sopClassUid, sopInstanceUid, hasDataSet }
}

const uidText = (bytes: Buffer, at: number, length: number): string =>
  bytes.toString("latin1", at, bytes[at + length - 1] === 0 ? at + length - 1 : at + length)

/** Where an instance's bytes go. */
export interface Sink {
  readonly open: (sopClassUid: string, sopInstanceUid: string) => void
  readonly write: (bytes: Buffer) => void
  readonly close: () => void
}

/** An A-ASSOCIATE-AC that accepts every context with the wanted transfer syntax, or the first one proposed. */
const accept = (request: Buffer, wanted: string | undefined): Buffer => {
  const contexts: Array<Buffer> = []
  for (let at = 68; at < request.length;) {
    const end = at + 4 + request.readUInt16BE(at + 2)
    if (request[at] === 0x20) {
      const id = request[at + 4] ?? 0
      for (let sub = at + 8; sub < end; sub += 4 + request.readUInt16BE(sub + 2)) {
        if (request[sub] !== 0x40) continue
        const syntax = request.subarray(sub, sub + 4 + request.readUInt16BE(sub + 2))
        if (wanted !== undefined && syntax.toString("latin1", 4) !== wanted) continue
        contexts.push(item(0x21, Uint8Array.of(id, 0, 0, 0), syntax))
        break
      }
    }
    at = end
  }
  return pdu(0x02, request.subarray(0, 68), applicationContext, ...contexts, userInformation)
}

const implicitVrLittleEndian = "1.2.840.10008.1.2"

/** The responses to a C-FIND, all in one piece: a match each, and the last one. */
const responses = (contextId: number, to: Command, matches: ReadonlyArray<Uint8Array>): Buffer => {
  const response = (status: number, dataSet: number): Buffer =>
    commandPdu(
      contextId,
      commandSet(
        ui(0x0002, to.sopClassUid),
        us(0x0100, 0x8020),
        us(0x0120, to.messageId),
        us(0x0800, dataSet),
        us(0x0900, status)
      )
    )
  const pending = response(0xff00, 0x0001)
  const parts: Array<Uint8Array> = []
  for (const match of matches) parts.push(pending, pDataHeader(contextId, 2, match.length), match)
  return Buffer.concat([...parts, response(0, 0x0101)])
}

/**
 * Serves verification and storage; every connection has a sink of its own. Queries are answered with matches in implicit VR
 * little endian, where there are any.
 */
export const serve = (port: number, sink: () => Sink, matches?: ReadonlyArray<Uint8Array>): Net.Server =>
  Net.createServer({ noDelay: true }, (socket) => {
    const into = sink()
    let command: Command | undefined
    let gathered: Buffer | undefined
    const answer = (contextId: number, to: Command): void => {
      if (to.field === 0x0001) into.close()
      if (to.field === 0x0020) return void socket.write(responses(contextId, to, matches ?? []))
      socket.write(
        commandPdu(
          contextId,
          commandSet(
            ui(0x0002, to.sopClassUid),
            us(0x0100, to.field | 0x8000),
            us(0x0120, to.messageId),
            us(0x0800, 0x0101),
            us(0x0900, 0),
            ...(to.field === 0x0001 ? [ui(0x1000, to.sopInstanceUid)] : [])
          )
        )
      )
    }
    socket.on("error", () => socket.destroy())
    socket.on(
      "data",
      framing({
        pdu: (type, body) => {
          if (type === 0x01) socket.write(accept(body, matches === undefined ? undefined : implicitVrLittleEndian))
          else if (type === 0x05) socket.end(released)
          else socket.destroy()
        },
        piece: (contextId, isCommand, bytes, end) => {
          if (!isCommand) {
            into.write(bytes)
            if (end && command !== undefined) answer(contextId, command)
            return
          }
          gathered = gathered === undefined ? bytes : Buffer.concat([gathered, bytes])
          if (!end) return
          command = readCommand(gathered)
          gathered = undefined
          if (!command.hasDataSet) answer(contextId, command)
          else into.open(command.sopClassUid, command.sopInstanceUid)
        }
      })
    )
  }).listen(port, "127.0.0.1")

/** An association of the bare SCU. */
export interface User {
  readonly echo: () => Promise<void>
  /** Stores an instance whose data set comes in parts; a part is written before the next is asked for. */
  readonly store: (sopInstanceUid: string, parts: Iterable<Uint8Array>) => Promise<void>
  /** Asks with an identifier; gives how many matches came. */
  readonly find: (identifier: Uint8Array) => Promise<number>
  readonly release: () => Promise<void>
}

/** Associates with a peer for verification and one storage SOP class. */
export const associate = async (
  port: number,
  sopClassUid: string,
  transferSyntaxUid: string,
  host = "127.0.0.1"
): Promise<User> => {
  const socket = Net.connect({ port, host, noDelay: true })
  let arrived: (() => void) | undefined
  let failed: ((error: Error) => void) | undefined
  let fragment = 0
  let messageId = 0
  // While it is a query that is answered: the matches so far.
  let matches: number | undefined
  let gathered: Buffer | undefined
  const next = (): Promise<void> =>
    new Promise((resolve, reject) => {
      arrived = resolve
      failed = reject
    })
  const answered = (): void => {
    const resolve = arrived
    arrived = undefined
    failed = undefined
    resolve?.()
  }
  socket.on("error", (error) => failed?.(error))
  socket.on("close", () => failed?.(new Error("the peer closed the connection")))
  socket.on(
    "data",
    framing({
      pdu: (type, body) => {
        if (type === 0x02) fragment = maximumFragment(body)
        if (type === 0x02 || type === 0x06) answered()
        else failed?.(new Error(`a PDU of type ${type}`))
      },
      piece: (_contextId, isCommand, bytes, end) => {
        if (matches === undefined) {
          if (end) answered()
          return
        }
        if (!isCommand) return
        gathered = gathered === undefined ? bytes : Buffer.concat([gathered, bytes])
        if (!end) return
        if (readCommand(gathered).hasDataSet) matches++
        else answered()
        gathered = undefined
      }
    })
  )
  const context = (id: number, abstractSyntax: string, transferSyntax: string): Buffer =>
    item(0x20, Uint8Array.of(id, 0, 0, 0), item(0x30, abstractSyntax), item(0x40, transferSyntax))
  const fixed = Buffer.alloc(68)
  fixed[1] = 1
  fixed.write("ANY-SCP".padEnd(16), 4, "latin1")
  fixed.write("BARE-NODE".padEnd(16), 20, "latin1")
  const accepted = next()
  socket.write(
    pdu(
      0x01,
      fixed,
      applicationContext,
      context(1, "1.2.840.10008.1.1", "1.2.840.10008.1.2"),
      context(3, sopClassUid, transferSyntaxUid),
      userInformation
    )
  )
  await accepted
  const drained = (): Promise<void> => new Promise((resolve) => void socket.once("drain", resolve))
  const id = (): number => (messageId = (messageId % 0xffff) + 1)
  return {
    echo: () => {
      const answer = next()
      const elements = [ui(0x0002, "1.2.840.10008.1.1"), us(0x0100, 0x0030), us(0x0110, id()), us(0x0800, 0x0101)]
      socket.write(commandPdu(1, commandSet(...elements)))
      return answer
    },
    store: async (sopInstanceUid, parts) => {
      const answer = next()
      const elements = [
        ui(0x0002, sopClassUid),
        us(0x0100, 0x0001),
        us(0x0110, id()),
        us(0x0700, 0),
        us(0x0800, 0),
        ui(0x1000, sopInstanceUid)
      ]
      socket.cork()
      socket.write(commandPdu(3, commandSet(...elements)))
      let held: Uint8Array | undefined
      for (const part of parts) {
        if (held !== undefined) {
          const goesOn = data(held, false)
          socket.uncork()
          if (!goesOn) await drained()
          socket.cork()
        }
        held = part
      }
      data(held ?? new Uint8Array(0), true)
      socket.uncork()
      return answer
    },
    find: async (identifier) => {
      const answer = next()
      matches = 0
      const elements = [ui(0x0002, sopClassUid), us(0x0100, 0x0020), us(0x0110, id()), us(0x0700, 0), us(0x0800, 1)]
      socket.write(
        Buffer.concat([commandPdu(3, commandSet(...elements)), pDataHeader(3, 2, identifier.length), identifier])
      )
      await answer
      const found = matches
      matches = undefined
      return found
    },
    release: async () => {
      const answer = next()
      socket.write(release)
      await answer
      socket.end()
    }
  }

  function data(part: Uint8Array, last: boolean): boolean {
    let goesOn = true
    for (let at = 0; at < part.length || (at === 0 && last); at += fragment) {
      const view = part.subarray(at, at + fragment)
      socket.write(pDataHeader(3, last && at + fragment >= part.length ? 2 : 0, view.length))
      goesOn = socket.write(view)
    }
    return goesOn
  }
}

const maximumFragment = (accepted: Buffer): number => {
  for (let at = 68; at < accepted.length; at += 4 + accepted.readUInt16BE(at + 2)) {
    if (accepted[at] !== 0x50) continue
    const end = at + 4 + accepted.readUInt16BE(at + 2)
    for (let sub = at + 4; sub < end; sub += 4 + accepted.readUInt16BE(sub + 2)) {
      if (accepted[sub] !== 0x51) continue
      const length = accepted.readUInt32BE(sub + 4)
      return (length === 0 ? maximumLength : Math.min(length, maximumLength)) - 6
    }
  }
  return maximumLength - 6
}
