/**
 * The C-CANCEL-RQ message, which asks for the end of an operation that gives many responses (PS3.7 section 9.3.2.3). It
 * is no service of its own and has no response: C-FIND, C-GET and C-MOVE answer it with a last response of their own.
 *
 * | parameter                     | request (Table 9.3-5) |
 * | ----------------------------- | --------------------- |
 * | Message ID Being Responded To | M                     |
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Dictionary from "./CommandDictionary.ts"
import { define, M } from "./internal/message.ts"

const rq = define("C-CANCEL-RQ", 0x0fff, "none", {
  messageIdBeingRespondedTo: M(Dictionary.MessageIDBeingRespondedTo)
})

/** @internal */
export const definitions = [rq]

/**
 * The one message of this kind (PS3.7 section 9.3.2.3).
 *
 * @category models
 * @since 0.1.0
 */
export const Message = Schema.Union([rq.schema]).pipe(Schema.toTaggedUnion("_tag"))

/**
 * @category models
 * @since 0.1.0
 */
export type Message = typeof Message.Type

/**
 * C-CANCEL-RQ (PS3.7 section 9.3.2.3).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * A C-CANCEL-RQ for the operation of a Message ID.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: { readonly messageIdBeingRespondedTo: number }): RQ => ({
  _tag: "C-CANCEL-RQ",
  messageIdBeingRespondedTo: parameters.messageIdBeingRespondedTo
})
