import { approvalSentences } from "../approval-text.ts"
import { nothingIs } from "../extent-text.ts"
import { holdsByGuard } from "../holds-by-guard.ts"
import { heldFor, inShort } from "../in-short.ts"
import { removalCounts, removalsIn } from "../removals.ts"
import { number } from "../../core/number.ts"
import { gateSentences, placeNames, type PlanReport, stepsInWords } from "../report.ts"
import { undoHeading, undoSentences } from "../undo-text.ts"
import { WithIds } from "./ids.tsx"
import { DataTable, Rest } from "./table.tsx"

/** The sections that a reader must see before anything else: what is held and why, what is taken away, what is not known. */

const holdsShown = 100

/** The plan in short: its effect on people and schools, and the command that approves; seen without scrolling. */
export const Short = ({ plan, summary }: PlanReport) => {
  const { commands, people, schools, schoolsLeftOut, verdict } = inShort(plan, summary)
  return (
    <section id="short" class={commands.length === 0 ? "" : "some"} aria-labelledby="short-title">
      <h2 id="short-title">What happens</h2>
      <p class="verdict">{verdict}</p>
      {people.length === 0 ? null : (
        <ul id="short-people">
          {people.map((one) => (
            <li>{one}</li>
          ))}
        </ul>
      )}
      {schools.length === 0 ? null : (
        <ul id="short-schools">
          {schools.map((one) => (
            <li>{one}</li>
          ))}
          {schoolsLeftOut === 0 ? null : (
            <li>
              and {number(schoolsLeftOut)} more schools, <a href="#schools">listed below</a>
            </li>
          )}
        </ul>
      )}
      {commands.length === 0 ? null : (
        <p>
          If that is right, in the folder of the workspace:
          {commands.map((command) => (
            <code class="command">{command}</code>
          ))}
        </p>
      )}
    </section>
  )
}

/** The plan in four figures. */
export const Figures = ({ plan }: PlanReport) => {
  const held = plan.holds.reduce((sum, hold) => sum + hold.steps, 0)
  const removals = removalsIn(plan)
  const quarantined = plan.quarantine.reduce((sum, one) => sum + one.rows, 0)
  return (
    <ul class="figures">
      <li class={held > 0 ? "held" : ""}>
        <strong>{number(held)}</strong> held {heldFor(plan)}
      </li>
      <li class={removals > 0 ? "removed" : ""}>
        <strong>{number(removals)}</strong> {removals === 1 ? "removal" : "removals"}
      </li>
      <li>
        <strong>{number(plan.steps.count)}</strong> {plan.steps.count === 1 ? "step" : "steps"} in all
      </li>
      {plan.part === undefined ? (
        <li>
          <strong>{number(quarantined)}</strong> in quarantine
        </li>
      ) : null}
    </ul>
  )
}

/** Holds by the guard that placed them. */
export const Held = ({ plan, summary }: PlanReport) => {
  const names = placeNames(summary)
  return (
    <section id="held" class={plan.holds.length === 0 ? "" : "some"} aria-labelledby="held-title">
      <h2 id="held-title">Held {heldFor(plan)}</h2>
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
                <WithDetails say={hold.say} details={hold.details ?? []} />,
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

const WithDetails = ({ details, say }: { readonly say: string; readonly details: ReadonlyArray<string> }) => (
  <>
    {say}
    {details.length === 0 ? null : (
      <ul class="details">
        {details.map((line) => (
          <li>{line}</li>
        ))}
      </ul>
    )}
  </>
)

/** How many removals of what; one by one they stand in the list of steps, first of all. */
export const Removals = ({ plan }: PlanReport) => {
  const total = removalsIn(plan)
  return (
    <section id="removals" aria-labelledby="removals-title">
      <h2 id="removals-title">
        Removals: {number(total)} of {stepsInWords(plan.steps.count)}
      </h2>
      {total === 0 ? (
        <p>{nothingIs(plan, "removed")}</p>
      ) : (
        <p>
          {removalCounts(plan)
            .map((one) => `${one.action} ${one.entity}: ${number(one.steps)}`)
            .join(" · ")}
          . One by one they stand <a href="#steps">in the list of steps</a>, before all others.
        </p>
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

/** The run that a plan takes back, and what it cannot take back; nothing for any other plan. */
export const Undo = ({ plan }: PlanReport) =>
  plan.undo === null ? null : <Said id="undo" title={undoHeading(plan.undo)} sentences={undoSentences(plan)} />

/** Approvals of the plan's holds that were given since it was made. */
export const ApprovedSince = ({ approvedSince }: PlanReport) => (
  <SaidIfAny id="given" title="Approvals given" sentences={approvedSince} />
)

/** Approvals that released steps, by whom, and the steps that are held again. */
export const Approvals = ({ plan }: PlanReport) => (
  <SaidIfAny id="approved" title="Approved" sentences={approvalSentences(plan.approvals)} />
)

/** Gates that were closed when the plan was made; they are asked again when steps are sent. */
export const Gates = ({ plan }: PlanReport) => (
  <SaidIfAny id="gates" title="Closed gates" sentences={gateSentences(plan)} />
)

/** Questions that planning could not answer; never to be taken for "no change". */
export const Unknown = ({ plan }: PlanReport) => <SaidIfAny id="unknown" title="Unknown" sentences={plan.unknown} />
