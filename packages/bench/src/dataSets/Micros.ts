/**
 * How long something takes, in microseconds: what a process prints on one line of its standard output.
 */

/** What is measured of each who takes part. */
export type Task = "read-ct" | "write-ct" | "read-identifier" | "write-identifier" | "make-identifier"

/** Something to measure; what it gives is looked at, so that it cannot be left out. */
export type Work = () => number

/** How long the code gets warm, and how long each of the batches lasts, in milliseconds. */
const [warmth, batch, batches] = [400, 60, 11]

const run = (work: Work, milliseconds: number): number => {
  let times = 0
  let sum = 0
  const begun = performance.now()
  let now = begun
  // The clock is not asked so often that it is what is measured.
  for (let chunk = 1; now - begun < milliseconds; chunk = Math.min(2 * chunk, 64)) {
    for (let i = 0; i < chunk; i++) sum += work()
    times += chunk
    now = performance.now()
  }
  if (Number.isNaN(sum)) throw new Error("the work gave no number")
  return ((now - begun) * 1000) / times
}

/** Measures the work of a task and prints the median of its batches. */
export const print = (task: string | undefined, all: { readonly [T in Task]?: () => Work }): void => {
  const [, make] = Object.entries(all).find(([name]) => name === task) ?? []
  if (make === undefined) throw new Error(`tasks: ${Object.keys(all).join(", ")}`)
  const work = make()
  run(work, warmth)
  const times = Array.from({ length: batches }, () => run(work, batch)).toSorted((a, b) => a - b)
  console.log(times[batches >> 1])
}
