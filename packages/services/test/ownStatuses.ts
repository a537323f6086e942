/**
 * The statuses that a table has beyond those of its DIMSE service, as the standard prints them.
 */
import type { ServiceStatus } from "../src/index.ts"

const hex = (code: number): string => code.toString(16).toUpperCase().padStart(4, "0")

export const ownStatuses = (
  { rows }: ServiceStatus.ServiceStatus,
  general: ServiceStatus.Rows
): ReadonlyArray<readonly [name: string, of: string, codes: string]> =>
  Object.entries(rows).flatMap(([name, { class: of, first, last }]) =>
    name in general ? [] : [[name, of, first === last ? hex(first) : `${hex(first)}..${hex(last)}`] as const]
  )
