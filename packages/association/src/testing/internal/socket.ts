/** What the sockets of this folder fail with, and the bytes of what is written to them. */
import * as Socket from "effect/socket/Socket"

export const closeError = (code: number): Socket.SocketError =>
  new Socket.SocketError({ reason: new Socket.SocketCloseError({ code }) })

export const readError = (message: string): Socket.SocketError =>
  new Socket.SocketError({ reason: new Socket.SocketReadError({ cause: new Error(message) }) })

export const writeError = (message: string): Socket.SocketError =>
  new Socket.SocketError({ reason: new Socket.SocketWriteError({ cause: new Error(message) }) })

export const openError = (message: string): Socket.SocketError =>
  new Socket.SocketError({ reason: new Socket.SocketOpenError({ kind: "Unknown", cause: new Error(message) }) })

/** Every platform has it; the project's type libraries do not. */
declare const TextEncoder: new () => { readonly encode: (text: string) => Uint8Array }

const encoder = new TextEncoder()

export const bytesOf = (chunk: Uint8Array | string): Uint8Array =>
  typeof chunk === "string" ? encoder.encode(chunk) : chunk
