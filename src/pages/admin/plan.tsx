import { useState } from "preact/hooks"
import type { PlanReview } from "../../service/http/contract/plans.ts"
import { may } from "../api.ts"
import { useAsked } from "../asking.ts"
import { Answered } from "../parts/states.tsx"
import { Table } from "../parts/table.tsx"
import type { PageProps } from "../pages.tsx"
import { moment, number, say } from "../words.ts"
import { Approve } from "./approve.tsx"
import { Steps } from "./steps.tsx"

/** Plan review: what happens in people and schools, what is held, then place by place and change by change. */
export const Plan = ({ rest, session }: PageProps) => {
  const plan = rest[0] ?? ""
  const asked = useAsked<PlanReview>(`/api/plans/${encodeURIComponent(plan)}/review`)
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  return (
    <>
      <h1>{say("plan.title", { plan })}</h1>
      <Answered asked={asked}>
        {(review) => {
          const mayDecide = may(session, "approve holds") && review.is_open && review.holds.length > 0
          return (
            <>
              <p>
                {review.is_open
                  ? say("plan.goodUntil", { until: moment(review.expires_at, review.zone) })
                  : say("plan.over")}
              </p>
              <Short review={review} />
              <Holds review={review} />
              {mayDecide ? <Approve review={review} chosen={chosen} again={asked.again} /> : null}
              <Approvals review={review} />
              <Places review={review} />
              <Steps review={review} session={session} choice={mayDecide ? { chosen, choose: setChosen } : null} />
            </>
          )
        }}
      </Answered>
    </>
  )
}

const Short = ({ review }: { readonly review: PlanReview }) => (
  <section aria-labelledby="short">
    <h2 id="short">{say("plan.short")}</h2>
    <p>
      <strong>{review.verdict}</strong>
    </p>
    <ul>
      {[...review.people, ...review.schools_in_short].map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
      {[...review.doubts.map((one) => `${one.dataset}: ${one.say}`), ...review.gates.map((one) => one.say)].map(
        (sentence) => (
          <li key={sentence}>{sentence}</li>
        )
      )}
    </ul>
  </section>
)

const Holds = ({ review }: { readonly review: PlanReview }) => (
  <section aria-labelledby="holds">
    <h2 id="holds">{say("plan.holds")}</h2>
    {review.holds.length === 0 ? (
      <p>{say("plan.noHolds")}</p>
    ) : (
      <ul>
        {review.holds.map((hold) => (
          <li key={hold.id}>
            <strong>{hold.id}</strong>: {hold.say}{" "}
            <span class="quiet">
              {say("plan.outcome", { name: hold.guard, value: hold.value, limit: hold.limit, steps: hold.steps })}
              {hold.unproven ? ` ${say("plan.unproven")}` : ""}
            </span>
          </li>
        ))}
      </ul>
    )}
  </section>
)

const Approvals = ({ review }: { readonly review: PlanReview }) =>
  review.approvals.length === 0 ? null : (
    <section aria-labelledby="approvals">
      <h2 id="approvals">{say("plan.approvals")}</h2>
      <ul>
        {review.approvals.map((one) => (
          <li key={one.id}>
            {say("plan.approvalSay", {
              id: one.id,
              who: one.approved_by,
              at: moment(one.approved_at, review.zone),
              steps: one.steps,
              done: one.carried_out,
              why: one.why
            })}
            {one.withdrawn_at === null ? "" : ` (${say("plan.withdrawn")})`}
          </li>
        ))}
      </ul>
    </section>
  )

const Places = ({ review }: { readonly review: PlanReview }) => {
  const head = [say("plan.place"), say("plan.removed"), say("plan.added"), say("plan.changed"), say("plan.held")]
  const cells = (one: PlanReview["schools"][number]) => [
    one.name,
    number(one.removed),
    number(one.added),
    number(one.changed),
    number(one.held)
  ]
  return (
    <>
      {(["schools", "courses"] as const).map((kind) =>
        review[kind].length === 0 ? null : (
          <section key={kind} aria-labelledby={kind}>
            <h2 id={kind}>{say(`plan.${kind}`)}</h2>
            <Table
              name={say(`plan.${kind}`)}
              head={head}
              numbers={[1, 2, 3, 4]}
              rows={review[kind].map((one) => ({ key: one.id ?? "", cells: cells(one) }))}
            />
          </section>
        )
      )}
      {review.sections.length === 0 ? null : (
        <section aria-labelledby="sections">
          <h2 id="sections">{say("plan.sections")}</h2>
          <Table
            name={say("plan.sections")}
            head={[...head, say("plan.before"), say("plan.after")]}
            numbers={[1, 2, 3, 4, 5, 6]}
            rows={review.sections.map((one) => ({
              key: one.id ?? "",
              cells: [
                ...cells(one),
                one.before === null ? "" : number(one.before),
                one.after_without_held === null ? "" : number(one.after_without_held)
              ]
            }))}
          />
        </section>
      )}
    </>
  )
}
