import { useState } from "preact/hooks"
import type { PlanReview, StepPage, StepsWanted, StepView } from "../../service/http/contract/plans.ts"
import { may, type Session } from "../api.ts"
import { useAsked } from "../asking.ts"
import { isChecked } from "../elements.ts"
import { Fields } from "../parts/fields.tsx"
import { Reveal } from "../parts/reveal.tsx"
import { Answered } from "../parts/states.tsx"
import { Table } from "../parts/table.tsx"
import { recordSays, say, sayOf } from "../words.ts"
import { StepFilter } from "./step-filter.tsx"
import { Said } from "../parts/said.tsx"

/** Rows that somebody chooses to approve; null where there is nothing to decide. */
export interface RowChoice {
  readonly chosen: ReadonlySet<number>
  readonly choose: (chosen: ReadonlySet<number>) => void
  /** Leads to where they are approved. */
  readonly decide: () => void
}

const pageSize = 50

/** The changes of a plan: filtered, page by page, each field before and after. */
export const Steps = ({
  choice,
  review,
  session
}: {
  readonly review: PlanReview
  readonly session: Session
  readonly choice: RowChoice | null
}) => {
  const [wanted, setWanted] = useState<StepsWanted>({})
  const [shown, setShown] = useState(pageSize)
  const [reveals, setReveals] = useState(false)
  const asked = useAsked<StepPage>(
    `/api/plans/${encodeURIComponent(review.plan)}/steps${reveals ? "?reveal=true" : ""}`,
    { ...wanted, limit: Math.min(shown, 500) }
  )
  const filter = (next: StepsWanted): void => {
    setWanted(next)
    setShown(pageSize)
  }
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">{say("plan.steps")}</h2>
      <StepFilter review={review} wanted={wanted} onFilter={filter} />
      {may(session, "reveal names") ? <Reveal isShown={reveals} onReveal={setReveals} /> : null}
      <Answered asked={asked}>
        {({ matching, steps }) => (
          <>
            <p role="status">{matching === 0 ? say("plan.noneMatching") : say("plan.matching", { n: matching })}</p>
            {steps.length === 0 ? null : <Rows steps={steps} choice={choice} />}
            {choice === null || choice.chosen.size === 0 ? null : (
              <p class="decide">
                <d2l-button primary onClick={choice.decide}>
                  {say("plan.toApproval", { n: choice.chosen.size })}
                </d2l-button>
              </p>
            )}
            {steps.length < matching && shown < 500 ? (
              <d2l-button onClick={() => setShown(shown + pageSize)}>{say("word.showMore")}</d2l-button>
            ) : null}
          </>
        )}
      </Answered>
    </section>
  )
}

const Rows = ({ choice, steps }: { readonly steps: ReadonlyArray<StepView>; readonly choice: RowChoice | null }) => {
  const toggle = (step: StepView, isOn: boolean): void => {
    if (choice === null) return
    const next = new Set(choice.chosen)
    if (isOn) next.add(step.seq)
    else next.delete(step.seq)
    choice.choose(next)
  }
  return (
    <Table
      name={say("plan.steps")}
      head={[
        say("plan.record"),
        ...(choice === null ? [] : [say("plan.choose")]),
        say("plan.action"),
        say("word.why"),
        say("plan.fields"),
        say("plan.held")
      ]}
      rows={steps.map((step) => ({
        key: String(step.seq),
        cells: [
          recordSays(step),
          ...(choice === null
            ? []
            : [
                step.hold === null || step.action === "unknown" ? (
                  ""
                ) : (
                  <d2l-input-checkbox
                    label={say("plan.chooseStep", { record: recordSays(step) })}
                    label-hidden
                    checked={choice.chosen.has(step.seq)}
                    onChange={(event) => toggle(step, isChecked(event))}
                  />
                )
              ]),
          sayOf("action", step.action),
          <Said told={step.reason} />,
          <Fields changes={step.changes} />,
          [step.hold, step.approval, step.gate].filter((one) => one !== null).join(", ")
        ]
      }))}
    />
  )
}
