/**
 * What is used of the web's Encoding Standard, which every JavaScript platform has; its types are declared here, as no
 * platform's are in scope. An engine built without its legacy encodings is taken to know no character of them.
 */
import * as Result from "effect/Result"

/** A decoder of one encoding; a fatal one throws where it would replace. */
interface Decoder {
  readonly decode: (bytes: Uint8Array) => string
}

declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean }
) => Decoder
declare const TextEncoder: new () => { readonly encode: (text: string) => Uint8Array }

const decoders = new Map<string, Decoder>()

/** A decoder that keeps a byte order mark, as any other character. */
const decoder = (label: string, fatal: boolean): Decoder => {
  const key = fatal ? `${label} fatal` : label
  const found = decoders.get(key) ?? new TextDecoder(label, { fatal, ignoreBOM: true })
  decoders.set(key, found)
  return found
}

/** Decodes bytes; U+FFFD stands for what has no character. */
export const decode = (label: string, bytes: Uint8Array): string =>
  Result.getOrElse(
    Result.try(() => decoder(label, false).decode(bytes)),
    () => "\ufffd".repeat(bytes.length)
  )

/** Whether every byte has a character: U+FFFD may stand in a text by right. */
export const isDecodable = (label: string, bytes: Uint8Array): boolean =>
  Result.isSuccess(Result.try(() => decoder(label, true).decode(bytes)))

let encoder: { readonly encode: (text: string) => Uint8Array } | undefined

/** Writes UTF-8, or gives where half of a surrogate pair stands. */
export const encodeUtf8 = (text: string): Uint8Array | number => {
  const half = text.search(/\p{Surrogate}/u)
  return half === -1 ? (encoder ??= new TextEncoder()).encode(text) : half
}
