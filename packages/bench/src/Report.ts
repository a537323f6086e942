/**
 * The table of what was measured, as text that reads in a terminal and in Markdown.
 */
import * as Os from "node:os"
import type * as Row from "./Row.ts"

const figure = (n: number): string =>
  Number.isNaN(n) ? "-" : n >= 100 ? Math.round(n).toLocaleString("en") : n.toFixed(n >= 10 ? 1 : 2)

const withUnit = (n: number, unit: string): string =>
  Number.isNaN(n)
    ? "-"
    : unit === "x"
      ? `${n < 0.1 ? n.toPrecision(2) : n.toFixed(2)}x`
      : unit === "%"
        ? `${Math.round(n)} %`
        : `${figure(n)} ${unit}`.trim()

/** Who was measured, beside the row's rate: the ratio to the second, DCMTK where it takes part, and what else the row tells. */
const participant = (outcome: Row.Outcome, at: number): string => {
  const one = outcome.participants[at]
  const reference = outcome.participants[1]?.medians["rate"] ?? NaN
  if (one === undefined) return ""
  const { memory, processor, rate = NaN, warm } = one.medians
  const more = [
    ...(at === 1 ? [] : [withUnit(rate / reference, "x")]),
    ...(warm === undefined || warm === rate ? [] : [`second run ${figure(warm)}`]),
    ...(processor === undefined || Number.isNaN(processor) ? [] : [`${figure(processor)} ms of processor`]),
    ...(memory === undefined || Number.isNaN(memory) ? [] : [`${figure(memory)} MB`])
  ]
  return `${one.name} ${figure(rate)}${more.length === 0 ? "" : ` (${more.join("; ")})`}`
}

/** A row as it is printed when it has been measured. */
export const row = (outcome: Row.Outcome): string =>
  [
    `${outcome.title}, ${outcome.unit} [${outcome.name}]`,
    ...outcome.participants.map((_, at) => `    ${participant(outcome, at)}`),
    ...outcome.goals.map(
      (goal) =>
        `  ${goal.verdict === "BELOW FLOOR" ? "!" : "="} ${goal.label}: ${withUnit(goal.value, goal.unit)}   floor ${withUnit(
          goal.floor,
          goal.unit
        )}, target ${withUnit(goal.target, goal.unit)}: ${goal.verdict}`
    )
  ].join("\n")

/** What the figures were taken on. */
export const machine = (): string => {
  const [cpu] = Os.cpus()
  return `${Os.cpus().length} x ${cpu?.model.trim() ?? "unknown"}, ${Os.type()} ${Os.release()}, Node ${process.version}`
}

/** All rows as a table of Markdown. */
export const markdown = (outcomes: ReadonlyArray<Row.Outcome>, rounds: number): string =>
  [
    `# Measured`,
    ``,
    `${machine()}; medians of ${rounds} interleaved rounds. In brackets: the ratio to the reference in the same run.`,
    ``,
    `| workload | ${["dicom", "reference", "others"].join(" | ")} | goal | value | floor | target | |`,
    `| --- | --- | --- | --- | --- | --- | --- | --- | --- |`,
    ...outcomes.flatMap((outcome) => {
      const others = outcome.participants
        .slice(2)
        .map((_, at) => participant(outcome, at + 2))
        .join("; ")
      const first = [`${outcome.title}, ${outcome.unit}`, participant(outcome, 0), participant(outcome, 1), others]
      return outcome.goals.map((goal, at) => {
        const cells = at === 0 ? first : ["", "", "", ""]
        const bounds = [goal.value, goal.floor, goal.target].map((n) => withUnit(n, goal.unit))
        return `| ${[...cells, goal.label, ...bounds, goal.verdict].join(" | ")} |`
      })
    }),
    ``
  ].join("\n")
