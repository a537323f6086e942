/** Identifiers made of others by a keyed hash: the same of the same, and not to be led back without the key. */
import type { Hash } from "../Deidentification.ts"
import * as Uid from "../Uid.ts"

/**
 * The UID that stands for another: a UUID of which all bits but those of its version are of the hash (version 8, RFC 9562
 * section 5.8), as a UID (PS3.5 section B.2).
 */
export const uidOf = (hash: Hash, uid: string): Uid.Uid => {
  const bytes = hash(`UID\n${uid}`)
  let number = 0n
  for (let i = 0; i < 16; i++) {
    const byte = bytes[i] ?? 0
    number = (number << 8n) | BigInt(i === 6 ? (byte & 0x0f) | 0x80 : i === 8 ? (byte & 0x3f) | 0x80 : byte)
  }
  return Uid.makeUnsafe(`2.25.${number}`)
}

/** By how many days the dates of a patient are moved: into the past, by up to ten years, by at least ten days. */
export const daysOf = (hash: Hash, patient: string): number => -(10 + (numberOf(hash, `days\n${patient}`) % 3640))

/** What a patient is called: 13 characters. */
export const patientOf = (hash: Hash, patient: string): string => {
  const bytes = hash(`patient\n${patient}`)
  let text = "P-"
  // letters and digits but those that are taken for others: 32 of them
  for (let i = 0; i < 11; i++) text += "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"[(bytes[i] ?? 0) & 31] ?? ""
  return text
}

const numberOf = (hash: Hash, text: string): number => {
  const bytes = hash(text)
  return (((bytes[0] ?? 0) << 16) | ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0)) >>> 0
}
