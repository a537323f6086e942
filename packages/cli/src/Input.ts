/**
 * Reading what another command prints: as fast as it is dealt with.
 *
 * @since 0.1.0
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Context from "effect/Context"
import { systemError } from "effect/PlatformError"
import type { PlatformError } from "effect/PlatformError"
import type * as Stream from "effect/Stream"

/**
 * The bytes of the standard input. Default: those of `process.stdin`.
 *
 * @category services
 * @since 0.1.0
 */
export const Input: Context.Reference<Stream.Stream<Uint8Array, PlatformError>> = Context.Reference(
  "@effect-dicom/cli/Input",
  {
    defaultValue: () =>
      NodeStream.fromReadable<Uint8Array, PlatformError>({
        evaluate: () => process.stdin,
        onError: (cause) => systemError({ _tag: "Unknown", module: "Input", method: "read", cause })
      })
  }
)
