/**
 * A row of the table: who takes part, what each round measures of each, and what our figures are held against.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Instance from "./Instance.ts"

/** What one round measured: `rate` in the row's unit, and whatever else the row speaks of. */
export type Sample = { readonly rate: number } & Readonly<Record<string, number>>

/** One who takes part in a row. */
export interface Participant {
  readonly name: string
  readonly round: Effect.Effect<Sample>
  /** Measured in one round only, because a round of it takes long. */
  readonly slow?: boolean
  /** What is measured once, after all rounds. */
  readonly after?: Effect.Effect<Readonly<Record<string, number>>>
}

/** The median of a figure of a participant; `NaN` where there is none. */
export type Median = (participant: string, figure?: string) => number

/** What a figure of ours is held against. */
export interface Goal {
  readonly label: string
  readonly value: (median: Median) => number
  readonly unit: "x" | "%" | "MB" | "ms" | "µs" | ""
  readonly floor: number
  readonly target: number
  /** Less is better. */
  readonly atMost?: boolean
}

/** A row. */
export interface Row {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly goals: ReadonlyArray<Goal>
  /** Starts what the row needs. The first round of a row that `warms` is not counted. */
  readonly start: (
    instances: Instance.Instances,
    folder: string
  ) => Effect.Effect<ReadonlyArray<Participant>, never, Scope.Scope>
  readonly warms: boolean
}

/** How a goal was met. */
export type Verdict = "target met" | "floor met" | "BELOW FLOOR" | "not measured"

/** A row, measured. */
export interface Outcome {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly participants: ReadonlyArray<{
    readonly name: string
    readonly medians: Readonly<Record<string, number>>
    readonly samples: ReadonlyArray<Sample>
  }>
  readonly goals: ReadonlyArray<{
    readonly label: string
    readonly unit: Goal["unit"]
    readonly value: number
    readonly floor: number
    readonly target: number
    readonly verdict: Verdict
  }>
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2
}

const verdict = (goal: Goal, value: number): Verdict => {
  if (Number.isNaN(value)) return "not measured"
  const meets = (bound: number): boolean => (goal.atMost === true ? value <= bound : value >= bound)
  return meets(goal.target) ? "target met" : meets(goal.floor) ? "floor met" : "BELOW FLOOR"
}

/** Measures a row: so many rounds, in each of them every participant once. */
export const measure = (
  row: Row,
  instances: Instance.Instances,
  folder: string,
  rounds: number
): Effect.Effect<Outcome> =>
  Effect.scoped(
    Effect.gen(function* () {
      const participants = yield* row.start(instances, folder)
      const samples = new Map<string, Array<Sample>>(participants.map(({ name }) => [name, []]))
      for (let n = row.warms ? -1 : 0; n < rounds; n++) {
        for (const participant of participants) {
          if (participant.slow === true && n !== 0) continue
          const sample = yield* participant.round
          if (n >= 0) samples.get(participant.name)?.push(sample)
        }
      }
      const medians = new Map<string, Readonly<Record<string, number>>>()
      for (const { after, name } of participants) {
        const all = samples.get(name) ?? []
        const figures = new Set(all.flatMap((sample) => Object.keys(sample)))
        medians.set(name, {
          ...Object.fromEntries(
            Array.from(figures, (figure) => [figure, median(all.map((sample) => sample[figure] ?? NaN))])
          ),
          ...(after === undefined ? {} : yield* after)
        })
      }
      const of: Median = (name, figure = "rate") => medians.get(name)?.[figure] ?? NaN
      return {
        name: row.name,
        title: row.title,
        unit: row.unit,
        participants: participants.map(({ name }) => ({
          name,
          medians: medians.get(name) ?? {},
          samples: samples.get(name) ?? []
        })),
        goals: row.goals.map((goal) => {
          const value = goal.value(of)
          const { floor, label, target, unit } = goal
          return { label, unit, value, floor, target, verdict: verdict(goal, value) }
        })
      }
    })
  ).pipe(Effect.tapCause((cause) => Console.error(`${row.name} was not measured`, cause)))

/** Our rate, or what else `ours` names, against another's rate. */
export const against = (
  name: string,
  floor: number,
  target: number,
  options: { readonly label?: string; readonly unit?: "x" | "%"; readonly ours?: string } = {}
): Goal => {
  const unit = options.unit ?? "x"
  return {
    label: `against ${options.label ?? name}`,
    unit,
    floor,
    target,
    value: (median) => (median("dicom", options.ours) / median(name)) * (unit === "%" ? 100 : 1)
  }
}

/** The most memory that we held, in MB. */
export const peak = (floor: number, target: number, participant = "dicom"): Goal => ({
  label: "peak memory",
  unit: "MB",
  floor,
  target,
  atMost: true,
  value: (median) => median(participant, "memory")
})
