/**
 * The rooms of the house and the arrows between them (ARCHITECTURE.md):
 * cli -> archive -> services -> association -> protocol -> data.
 */

/** The scope under which the rooms are published. */
export const scope = "@effect-dicom"

const row = ["data", "protocol", "association", "services", "archive", "cli"] as const

/** What each room may import. A room that is not here has no place yet. */
export const arrows: ReadonlyMap<string, ReadonlyArray<string>> = new Map<string, ReadonlyArray<string>>([
  ...row.map((room, index) => [room, row.slice(0, index)] as const),
  ["examples", row.slice(0, 5)],
  ["bench", row],
  ["house", []]
])

/** Rooms that run anywhere: no Effect, clock, socket or Node. */
export const pure: ReadonlySet<string> = new Set(["data", "protocol"])

/** Rooms that are applications of Node. Elsewhere the caller brings Node's layers. */
export const onNode: ReadonlySet<string> = new Set(["archive", "cli", "bench", "examples", "house"])

/** The part of `association` that is Node's side of it: `@effect-dicom/association/node`. */
export const isNodeSide = (room: string, inside: string): boolean =>
  room === "association" && inside.startsWith("src/node/")

/** Rooms that npm serves. */
export const published: ReadonlySet<string> = new Set(row)

/** Where a file stands: its room, and its path inside it. */
export const place = (path: string): { readonly room: string; readonly inside: string } | undefined => {
  const found = /^(?:packages\/([^/]+)|(examples))\/(.+)$/.exec(path)
  const room = found?.[1] ?? found?.[2]
  const inside = found?.[3]
  return room === undefined || inside === undefined ? undefined : { room, inside }
}

/** The room that an import or a dependency names: `@effect-dicom/data/Uid` is in `data`. */
export const named = (specifier: string): string | undefined => {
  const [first, second] = specifier.split("/")
  return first === scope ? second : undefined
}

/** Whether a file is what the room gives to others: its sources, or an example itself. */
export const isSource = (room: string, inside: string): boolean =>
  room === "examples" ? !inside.includes("/") : inside.startsWith("src/")
