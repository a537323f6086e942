/**
 * UIDs of what the command makes.
 *
 * @since 0.1.0
 */
import * as Uid from "@effect-dicom/data/Uid"
import { randomUUID } from "node:crypto"

/**
 * Makes a UID that is nobody else's, of a random UUID (PS3.5 section B.2).
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): Uid.Uid => Uid.makeUnsafe(`2.25.${BigInt(`0x${randomUUID().replaceAll("-", "")}`)}`)
