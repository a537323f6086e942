/**
 * How far a transfer has come, on one line of a terminal that is written again and again. Where there is no terminal,
 * nothing is written.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"

/**
 * The line that tells how far a transfer has come.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress {
  /** Bytes have been sent. */
  readonly advance: (bytes: number) => void
  /** An instance is done with. */
  readonly finish: () => void
  /** Takes the line away. */
  readonly clear: () => void
}

/**
 * What a terminal is to this module: `process.stderr`, for one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly write: (text: string) => unknown
}

/** How often the line is written, in milliseconds. */
const every = 100

/**
 * A transfer that begins now.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  terminal: Terminal,
  clock: Pick<Clock.Clock, "currentTimeMillisUnsafe">,
  total: { readonly instances: number; readonly bytes: number }
): Progress => {
  if (terminal.isTTY !== true) return { advance: () => {}, finish: () => {}, clear: () => {} }
  const begun = clock.currentTimeMillisUnsafe()
  let written = 0
  let instances = 0
  let bytes = 0
  let shown = false
  const show = (): void => {
    const now = clock.currentTimeMillisUnsafe()
    if (now - written < every) return
    written = now
    shown = true
    const text = line({ instances, bytes }, total, (now - begun) / 1000)
    terminal.write(`\r\u001b[2K${text.slice(0, (terminal.columns ?? 80) - 1)}`)
  }
  return {
    advance: (more) => {
      bytes += more
      show()
    },
    finish: () => {
      instances++
      show()
    },
    clear: () => {
      if (shown) terminal.write("\r\u001b[2K")
    }
  }
}

/**
 * The line itself, for that many seconds since the beginning.
 *
 * @category formatting
 * @since 0.1.0
 */
export const line = (
  done: { readonly instances: number; readonly bytes: number },
  total: { readonly instances: number; readonly bytes: number },
  seconds: number
): string => {
  const percent = total.bytes === 0 ? 100 : Math.floor((100 * done.bytes) / total.bytes)
  const rate = seconds > 0 ? done.bytes / seconds : 0
  const left = rate > 0 ? `, ${clockTime((total.bytes - done.bytes) / rate)} left` : ""
  return `${done.instances}/${total.instances} instances, ${percent} % of ${size(total.bytes)}, ${size(rate)}/s${left}`
}

/**
 * A number of bytes for a reader: "3.4 MB".
 *
 * @category formatting
 * @since 0.1.0
 */
export const size = (bytes: number): string => {
  const units = ["bytes", "kB", "MB", "GB", "TB"] as const
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value.toFixed(0) : value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`
}

const clockTime = (seconds: number): string => {
  const whole = Math.ceil(seconds)
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return (parts[0] === 0 ? parts.slice(1) : parts)
    .map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, "0")))
    .join(":")
}
