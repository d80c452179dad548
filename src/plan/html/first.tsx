import { approvalSentences } from "../approval-text.ts"
import { nothingIs } from "../extent-text.ts"
import { holdsByGuard } from "../holds-by-guard.ts"
import { removalActions } from "../plan.ts"
import { removalCounts, removalsIn } from "../removals.ts"
import {
  gateSentences,
  leadingRemovals,
  number,
  placeNames,
  type PlanReport,
  standingOf,
  stepsInWords
} from "../report.ts"
import { undoHeading, undoSentences } from "../undo-text.ts"
import { WithIds } from "./ids.tsx"
import { DataTable, Rest } from "./table.tsx"

/** What a reader must see before anything else: what is held and why, what is taken away, what is not known. */

const holdsShown = 100
const removalsShown = 200

/** The plan in four figures. */
export const Figures = ({ plan }: PlanReport) => {
  const held = plan.holds.reduce((sum, hold) => sum + hold.steps, 0)
  const removals = removalsIn(plan)
  const quarantined = plan.quarantine.reduce((sum, one) => sum + one.rows, 0)
  return (
    <ul class="figures">
      <li class={held > 0 ? "held" : ""}>
        <strong>{number(held)}</strong> held for approval
      </li>
      <li class={removals > 0 ? "removed" : ""}>
        <strong>{number(removals)}</strong> {removals === 1 ? "removal" : "removals"}
      </li>
      <li>
        <strong>{number(plan.steps.count)}</strong> {plan.steps.count === 1 ? "step" : "steps"} in all
      </li>
      <li>
        <strong>{number(quarantined)}</strong> in quarantine
      </li>
    </ul>
  )
}

/** Holds by the guard that placed them. */
export const Held = ({ plan, summary }: PlanReport) => {
  const names = placeNames(summary)
  return (
    <section id="held" class={plan.holds.length === 0 ? "" : "some"} aria-labelledby="held-title">
      <h2 id="held-title">Held for approval</h2>
      {plan.holds.length === 0 ? <p>{nothingIs(plan, "held")}</p> : null}
      {holdsByGuard(plan.holds).map(({ guard, holds, steps }) => (
        <>
          <h3>
            {guard.replaceAll("_", " ")}: {stepsInWords(steps)}
          </h3>
          <DataTable
            caption={`Holds of the guard ${guard.replaceAll("_", " ")}`}
            head={["hold", "why", "entity", "school", "section", "found", "allowed", "steps"]}
            rows={holds.slice(0, holdsShown).map((hold) => ({
              cells: [
                <WithIds text={hold.id} />,
                hold.say,
                hold.entity,
                names.school(hold.school),
                names.section(hold.section),
                hold.value,
                hold.limit,
                hold.steps
              ]
            }))}
          />
          <Rest all={holds.length} shown={holdsShown} what="holds" />
        </>
      ))}
    </section>
  )
}

/** Removals: how many of what, then one by one. */
export const Removals = ({ plan, summary, steps, narrowedTo }: PlanReport) => {
  const names = placeNames(summary)
  const listed = steps.filter((step) => removalActions.has(step.action)).length
  const shown = leadingRemovals(steps, removalsShown)
  const total = removalsIn(plan)
  return (
    <section id="removals" aria-labelledby="removals-title">
      <h2 id="removals-title">
        Removals: {number(total)} of {stepsInWords(plan.steps.count)}
      </h2>
      {total === 0 ? (
        <p>{nothingIs(plan, "removed")}</p>
      ) : (
        <>
          <DataTable
            caption="Removals by action and entity"
            head={["action", "entity", "steps"]}
            rows={removalCounts(plan).map((one) => ({ cells: [one.action, one.entity, one.steps] }))}
          />
          {narrowedTo === null ? null : <p>Listed are only those of: {narrowedTo}.</p>}
          {shown.length === 0 ? null : (
            <DataTable
              caption="Removals one by one"
              head={["action", "entity", "key", "school", "section", "why", "hold"]}
              rows={shown.map((step) => ({
                cells: [
                  <span class="action-removed">{step.action}</span>,
                  step.entity,
                  <code>{step.label === null ? step.key : `${step.key} (${step.label})`}</code>,
                  names.school(step.school),
                  names.section(step.section),
                  step.reason,
                  <WithIds text={standingOf(step)} />
                ]
              }))}
            />
          )}
          <Rest all={narrowedTo === null ? total : listed} shown={shown.length} what="removals" />
        </>
      )}
    </section>
  )
}

interface Sentences {
  readonly id: string
  readonly title: string
  readonly sentences: ReadonlyArray<string>
}

/** A section of sentences. */
const Said = ({ id, sentences, title }: Sentences) => (
  <section id={id} aria-labelledby={`${id}-title`}>
    <h2 id={`${id}-title`}>{title}</h2>
    <ul>
      {sentences.map((one) => (
        <li>{one}</li>
      ))}
    </ul>
  </section>
)

/** Nothing where there is nothing to say. */
const SaidIfAny = (given: Sentences) => (given.sentences.length === 0 ? null : <Said {...given} />)

/** Of a plan that takes a run back: which, and what it cannot take back. */
export const Undo = ({ plan }: PlanReport) =>
  plan.undo === null ? null : <Said id="undo" title={undoHeading(plan.undo)} sentences={undoSentences(plan)} />

/** What the plan's holds were approved since it was made. */
export const ApprovedSince = ({ approvedSince }: PlanReport) => (
  <SaidIfAny id="given" title="Approvals given" sentences={approvedSince} />
)

/** Who released what, and what of it is held again. */
export const Approvals = ({ plan }: PlanReport) => (
  <SaidIfAny id="approved" title="Approved" sentences={approvalSentences(plan.approvals)} />
)

/** Gates that were closed when the plan was made; they are asked again when steps are sent. */
export const Gates = ({ plan }: PlanReport) => (
  <SaidIfAny id="gates" title="Closed gates" sentences={gateSentences(plan)} />
)

/** What planning could not find out; never to be taken for "no change". */
export const Unknown = ({ plan }: PlanReport) => <SaidIfAny id="unknown" title="Unknown" sentences={plan.unknown} />
