/**
 * What the command says by its exit code. This table is the only place where the numbers stand.
 *
 * @since 0.1.0
 */

/**
 * The exit codes by what they say.
 *
 * @category models
 * @since 0.1.0
 */
export const codes = {
  /** Everything was done and answered with success. */
  success: 0,
  /** A fault of the command itself. */
  internal: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No connection, a lost connection, or a deadline that passed. */
  network: 3,
  /** The association was rejected. */
  rejected: 4,
  /** The association was aborted. */
  aborted: 5,
  /** The peer answered an operation with a failure status. */
  refused: 6,
  /** A file is not DICOM, or cannot be read or written. */
  files: 7,
  /** The peer accepted no presentation context for something that was to be done. */
  noContext: 8,
  /** Pixel data would have to be compressed or decompressed. */
  codec: 9,
  /** Not all instances were retrieved, or committed to, or there was none to retrieve. */
  incomplete: 10,
  /** What the peer answered cannot be read. */
  unreadable: 11,
  /** A request was taken, and the report on it that is owed has not come. */
  unreported: 12,
  /** Ended by SIGINT (Ctrl-C). */
  interrupted: 130,
  /** Ended by SIGTERM. */
  terminated: 143
} as const

/**
 * One of the exit codes.
 *
 * @category models
 * @since 0.1.0
 */
export type ExitCode = (typeof codes)[keyof typeof codes]

/**
 * The table for a reader, one line for each code.
 *
 * @category formatting
 * @since 0.1.0
 */
export const legend: ReadonlyArray<readonly [code: ExitCode, meaning: string]> = [
  [codes.success, "everything was done and answered with success (a warning status counts as success)"],
  [codes.internal, "a fault of the command itself"],
  [codes.usage, "the command line is wrong"],
  [codes.network, "network: no connection, a lost connection, or a deadline that passed"],
  [codes.rejected, "the association was rejected"],
  [codes.aborted, "the association was aborted"],
  [codes.refused, "the peer answered with a failure status"],
  [codes.files, "a file is not DICOM, or cannot be read or written"],
  [codes.noContext, "no presentation context was accepted for something that was to be done"],
  [codes.codec, "pixel data would have to be compressed or decompressed"],
  [codes.incomplete, "not all instances were retrieved, or committed to, or none matched"],
  [codes.unreadable, "what the peer answered cannot be read"],
  [codes.unreported, "the request was taken, and no report on it came while it was waited for"],
  [codes.interrupted, "ended by Ctrl-C (SIGINT); dicom serve ends with 0, and with this after a second one"],
  [codes.terminated, "ended by SIGTERM; dicom serve ends with 0, and with this after a second one"]
]
