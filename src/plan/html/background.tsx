import { quarantineCauses } from "../quarantine-causes.ts"
import { completeSays, deltaSentences } from "../delta-text.ts"
import { removalsIn } from "../removals.ts"
import { type PlanReport } from "../report.ts"
import { RunsChart } from "./charts.tsx"
import { DataTable } from "./table.tsx"

/** The background of a plan: records turned away, whether the source was read whole, and what earlier runs were like. */

/** Records in quarantine by rule, and those that go on though a rule points at them. */
export const Quarantine = ({ plan }: PlanReport) => (
  <section id="quarantine" aria-labelledby="quarantine-title">
    <h2 id="quarantine-title">Quarantine</h2>
    {plan.quarantine.length === 0 ? (
      <p>No record was turned away.</p>
    ) : (
      <DataTable
        caption="Records turned away, by rule; rollbook quarantine lists them with the reasons"
        head={["rule", "of", "records", "that depend on them"]}
        rows={quarantineCauses(plan.quarantine).map(({ rule, entities, rows, dependents }) => ({
          cells: [rule, entities.join(", "), rows, dependents]
        }))}
      />
    )}
    {plan.skipped.length === 0 ? null : (
      <DataTable
        caption="Records that are not sent"
        head={["entity", "why", "records"]}
        rows={plan.skipped.map((one) => ({ cells: [one.entity, one.say, one.rows] }))}
      />
    )}
    {plan.warnings.length === 0 ? null : (
      <DataTable
        caption="Records that go on, though a rule points at them"
        head={["entity", "what", "records"]}
        rows={plan.warnings.map((one) => ({ cells: [one.entity, one.say, one.rows] }))}
      />
    )}
  </section>
)

/** The datasets that were read, and whether it is proven that each was all there is. */
export const Source = ({ plan }: PlanReport) => (
  <section id="source" aria-labelledby="source-title">
    <h2 id="source-title">Source</h2>
    <DataTable
      caption="Datasets, and whether each is proven to have been read whole"
      head={["dataset", "complete", "rows", "became", "not wanted", "quarantine", "pages"]}
      rows={plan.source.map((one) => ({
        cells: [
          one.dataset,
          one.proven ? completeSays(one) : <span class="bad">not proven</span>,
          one.rows,
          one.became,
          one.unwanted,
          one.quarantined,
          one.pages
        ]
      }))}
    />
    <ul>
      {plan.source.flatMap((one) => [
        ...one.doubts.map((doubt) => (
          <li>
            <span class="bad">{one.dataset}</span>: {doubt}
          </li>
        )),
        ...one.warnings.map((warning) => (
          <li>
            {one.dataset}: {warning}
          </li>
        ))
      ])}
      {deltaSentences(plan).map((one) => (
        <li>{one}</li>
      ))}
    </ul>
  </section>
)

/** This plan beside the ones before it. */
export const Runs = ({ plan, summary }: PlanReport) => {
  if (summary === null) return null
  const held = plan.holds.reduce((sum, hold) => sum + hold.steps, 0)
  const runs = [
    ...summary.runs,
    { run: plan.run, as_of: plan.as_of, steps: plan.steps.count, removals: removalsIn(plan), held }
  ]
  return (
    <section id="runs" aria-labelledby="runs-title">
      <h2 id="runs-title">Beside the runs before</h2>
      <RunsChart runs={runs} />
      <DataTable
        caption="Steps per run, this one first"
        head={["run", "as of", "steps", "removals", "held"]}
        rows={runs
          .toReversed()
          .map((run) => ({ cells: [String(run.run), run.as_of, run.steps, run.removals, run.held] }))}
      />
    </section>
  )
}
