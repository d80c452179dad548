import type { RunView } from "../../service/http/contract/runs.ts"
import { Status } from "../parts/status.tsx"
import { Technical } from "../parts/technical.tsx"
import { Table } from "../parts/table.tsx"
import { href } from "../router.ts"
import { moment, say } from "../words.ts"
import type { WordKey } from "../words/en.ts"

/** Runs with their counts and outcome, a row each. `isOfOne`: all of them are of one pipeline, which is named beside them. */
export const Runs = ({
  isOfOne = false,
  name,
  runs,
  zoneOf
}: {
  readonly name: string
  readonly runs: ReadonlyArray<RunView>
  readonly zoneOf: (pipeline: string) => string
  readonly isOfOne?: boolean
}) => (
  <Table
    name={name}
    head={[
      say("run.run"),
      ...(isOfOne ? [] : [say("run.pipeline")]),
      say("run.started"),
      say("run.by"),
      say("run.outcome"),
      say("run.counts"),
      say("run.plan")
    ]}
    rows={runs.map((run) => ({
      key: String(run.run),
      cells: [
        String(run.run),
        ...(isOfOne ? [] : [run.pipeline]),
        moment(run.started_at, zoneOf(run.pipeline)),
        run.asked_by ?? say("word.schedule"),
        <Status word={run.outcome} />,
        countsOf(run),
        run.plan === null ? "" : <a href={href("plans", run.plan)}>{run.plan}</a>
      ]
    }))}
  />
)

/** Counts of a run; for one that failed, the cause. */
const countsOf = ({ kind, report }: RunView) => {
  const shown: ReadonlyArray<readonly [string, WordKey]> =
    kind === "apply"
      ? [
          ["done", "run.done"],
          ["failed", "run.failed"],
          ["held", "run.heldN"]
        ]
      : [
          ["steps", "run.steps"],
          ["held", "run.heldN"],
          ["quarantined", "run.quarantined"]
        ]
  const said = shown.flatMap(([name, key], index) => {
    const count = report[name]
    return typeof count === "number" && (count > 0 || index === 0) ? [say(key, { n: count })] : []
  })
  const { cause } = report
  return said.length > 0 ? said.join(", ") : typeof cause === "string" ? <Technical text={cause} /> : ""
}
