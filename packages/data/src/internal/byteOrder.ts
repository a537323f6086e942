/** The numbers of headers, in either byte order (PS3.5 section 7.3). What is not among the bytes counts as 0. */

/** A number of 16 bits. */
export const u16 = (bytes: Uint8Array, at: number, big: boolean): number => {
  const a = bytes[at] ?? 0
  const b = bytes[at + 1] ?? 0
  return big ? (a << 8) | b : (b << 8) | a
}

/** A number of 32 bits. */
export const u32 = (bytes: Uint8Array, at: number, big: boolean): number => {
  const a = bytes[at] ?? 0
  const b = bytes[at + 1] ?? 0
  const c = bytes[at + 2] ?? 0
  const d = bytes[at + 3] ?? 0
  return (big ? (a << 24) | (b << 16) | (c << 8) | d : (d << 24) | (c << 16) | (b << 8) | a) >>> 0
}

/** A tag is two numbers of 16 bits, the group first. */
export const tagAt = (bytes: Uint8Array, at: number, big: boolean): number => {
  const a = bytes[at] ?? 0
  const b = bytes[at + 1] ?? 0
  const c = bytes[at + 2] ?? 0
  const d = bytes[at + 3] ?? 0
  return (big ? (a << 24) | (b << 16) | (c << 8) | d : (b << 24) | (a << 16) | (d << 8) | c) >>> 0
}
