/**
 * UIDs in items: kept as they were on the wire, judged when they are read, trimmed when a primitive is made of them.
 */
import * as Uid from "@effect-dicom/data/Uid"
import * as Wire from "./wire.ts"

const trim = (text: string): string => {
  let end = text.length
  while (end > 0 && (text.charCodeAt(end - 1) === 0x20 || text.charCodeAt(end - 1) === 0x00)) end--
  return end === text.length ? text : text.slice(0, end)
}

/** The UID of a field that {@link readUid} has judged. */
export const uidOf = (text: string): Uid.Uid =>
  // readUid failed on what is not one, or a policy let it pass
  trim(text) as Uid.Uid

/** Whether what a caller gives, who may not be held to its type, is a UID. */
export const isUid = (value: unknown): value is Uid.Uid => typeof value === "string" && Uid.isUid(value)

/** Whether a field holds a UID, padding aside. */
export const holdsUid = (text: string): boolean => Uid.isUid(trim(text))

/** Reads a UID field as it stands, and asks about what is wrong with it. */
export const readUid = (c: Wire.Cursor, length: number, what: string): string => {
  const text = Wire.text(c, length, what)
  if (c.failure !== undefined) return text
  const value = trim(text)
  if (value.length < text.length) Wire.tolerate(c, "paddedUid", `${what} is padded: ${Wire.show(text.slice(0, 80))}`)
  if (!Uid.isUid(value)) {
    Wire.tolerate(
      c,
      "malformedUid",
      `${what} is ${Wire.show(value.slice(0, 80))}; permitted: a UID (PS3.5 section 9.1)`
    )
  }
  return text
}
