import type { RunRecord } from "../../state/runs.ts"
import type { Agenda, Job } from "../agenda.ts"
import { dueAfter } from "../due.ts"
import { stepsOf } from "../runs-of-people.ts"

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

/**
 * Counts for Prometheus, in its text format. Runs and steps count what the state remembers; what is not known, as the
 * last good run of a pipeline that never had one, is left out.
 */
export const metricsText = (
  runs: ReadonlyArray<RunRecord>,
  agenda: Agenda,
  jobs: ReadonlyArray<Job>,
  now: number
): string => {
  const applies = runs.filter((run) => run.kind === "apply")
  const entries = jobs.map(({ pattern, pipeline }) => ({ pipeline, pattern, entry: agenda[pipeline] }))
  return [
    family(
      "rollbook_runs_total",
      "counter",
      "Runs, by pipeline, kind and outcome.",
      countBy(
        runs,
        ({ kind, outcome, pipeline }) => ({ pipeline, kind, outcome }),
        () => 1
      )
    ),
    family(
      "rollbook_steps_total",
      "counter",
      "Steps of applies, by pipeline and how they ended.",
      (["done", "failed", "notReached", "awaited"] as const).flatMap((name) =>
        countBy(
          applies,
          ({ pipeline }) => ({ pipeline, ended: name === "notReached" ? "not_reached" : name }),
          (run) => stepsOf(run)[name] ?? 0
        )
      )
    ),
    family(
      "rollbook_held_steps",
      "gauge",
      "Steps that the last apply of a pipeline left waiting for approval.",
      newestOf(applies).map(({ pipeline, report }) => [{ pipeline }, numberOf(report["held"])])
    ),
    family(
      "rollbook_run_longest_turn_seconds",
      "gauge",
      "Longest time for which the last run of a pipeline did not give way to exports and approvals.",
      newestOf(applies.filter(({ report }) => typeof report["longestTurn"] === "number")).map(
        ({ pipeline, report }) => [{ pipeline }, numberOf(report["longestTurn"]) / 1000]
      )
    ),
    family(
      "rollbook_last_good_run_age_seconds",
      "gauge",
      "Seconds since a run of the schedule ended well, held or not.",
      entries.flatMap(({ entry, pipeline }) =>
        entry?.lastGoodAt == null ? [] : [[{ pipeline }, Math.round((now - entry.lastGoodAt) / 1000)] as const]
      )
    ),
    family(
      "rollbook_next_run_timestamp_seconds",
      "gauge",
      "When the next run of a pipeline is due.",
      entries.flatMap(({ pattern, pipeline }) => {
        const due = dueAfter(pattern, now)
        return due === null ? [] : [[{ pipeline }, Math.round(due / 1000)] as const]
      })
    ),
    family(
      "rollbook_at_work",
      "gauge",
      "Whether a run of the schedule is at work.",
      entries.map(({ entry, pipeline }) => [{ pipeline }, entry?.begun == null ? 0 : 1])
    )
  ].join("")
}

/** The newest run of each pipeline; they come newest first. */
const newestOf = (runs: ReadonlyArray<RunRecord>): ReadonlyArray<RunRecord> => [
  ...new Map(runs.toReversed().map((run) => [run.pipeline, run])).values()
]

const family = (name: string, type: "counter" | "gauge", help: string, samples: ReadonlyArray<Sample>): string =>
  samples.length === 0
    ? ""
    : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map(([labels, value]) => `${name}${labelled(labels)} ${value}\n`).join("")}`

const labelled = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`
    )
    .join(",")}}`

const countBy = (
  runs: ReadonlyArray<RunRecord>,
  labelsOf: (run: RunRecord) => Labels,
  amount: (run: RunRecord) => number
): ReadonlyArray<Sample> => {
  const counts = new Map<string, { readonly labels: Labels; value: number }>()
  for (const run of runs) {
    const labels = labelsOf(run)
    const key = JSON.stringify(labels)
    const known = counts.get(key) ?? { labels, value: 0 }
    known.value += amount(run)
    counts.set(key, known)
  }
  return [...counts.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { labels, value }]) => [labels, value] as const)
}

const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0)
