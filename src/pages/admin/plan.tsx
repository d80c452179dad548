import { useRef, useState } from "preact/hooks"
import type { PlanReview } from "../../service/http/contract/plans.ts"
import type { Told } from "../../service/http/contract/told.ts"
import { may } from "../api.ts"
import { useAsked } from "../asking.ts"
import { Answered } from "../parts/states.tsx"
import { Title } from "../parts/title.tsx"
import type { PageProps } from "../pages.tsx"
import { href } from "../router.ts"
import { asShipped, day, moment, say } from "../words.ts"
import { Approve, isOpen, type Outcome } from "./approve.tsx"
import { Places } from "./places.tsx"
import { Reads } from "./reads.tsx"
import { partSays, schoolSays, verdictSays } from "./short.ts"
import { type RowChoice, Steps } from "./steps.tsx"
import { Said } from "../parts/said.tsx"

/** Plan review: what happens in people and schools, what is held, then place by place and change by change. */
export const Plan = ({ rest, session }: PageProps) => {
  const plan = rest[0] ?? ""
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const asked = useAsked<PlanReview>(
    `/api/plans/${encodeURIComponent(plan)}/review`,
    null,
    (review) => review.asked.some((one) => one.reason === null) || isOpen(outcome, review)
  )
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const reason = useRef<HTMLTextAreaElement>(null)
  const choice: RowChoice = { chosen, choose: setChosen, decide: () => reason.current?.focus() }
  const told = (next: Outcome | null): void => {
    setOutcome(next)
    if (next === null) return
    setChosen(new Set())
    asked.again()
  }
  return (
    <>
      <Title text={say("plan.title", { plan })} />
      <Answered asked={asked}>
        {(review) => {
          const mayDecide = may(session, "approve holds") && review.is_open && review.holds.length > 0
          return (
            <>
              <p>
                {say("plan.asOf", { pipeline: review.pipeline, day: day(review.as_of) })}{" "}
                {review.is_open
                  ? say("plan.goodUntil", { until: moment(review.expires_at, review.zone) })
                  : say("plan.over")}
              </p>
              <Short review={review} />
              <Holds review={review} />
              {mayDecide ? (
                <Approve review={review} chosen={chosen} reason={reason} outcome={outcome} onOutcome={told} />
              ) : null}
              <AskedApprovals review={review} />
              <Approvals review={review} />
              <Places review={review} />
              <section aria-labelledby="reads">
                <h2 id="reads">{say("read.title")}</h2>
                <Reads name={say("read.title")} reads={review.reads} zone={review.zone} />
              </section>
              <Steps review={review} session={session} choice={mayDecide ? choice : null} />
            </>
          )
        }}
      </Answered>
    </>
  )
}

const Short = ({ review }: { readonly review: PlanReview }) => {
  const part = partSays(review)
  const said = (one: Told) => <Said told={one} zone={review.zone} />
  return (
    <section aria-labelledby="short" class="verdict">
      <h2 id="short">{say("plan.short")}</h2>
      <p>
        <strong>{verdictSays(review)}</strong>{" "}
        {review.waiting < review.held
          ? say("plan.someApproved", { n: review.held - review.waiting, rest: review.waiting })
          : ""}{" "}
        {part}
      </p>
      <ul>
        {[
          ...review.people.map(said),
          ...review.schools_in_short.map(schoolSays),
          ...(review.schools_left_out === 0 ? [] : [say("plan.moreSchools", { n: review.schools_left_out })]),
          ...review.doubts.map(({ dataset, say: doubt }) => (
            <>
              {dataset}
              {say("word.colon")} {said(doubt)}
            </>
          )),
          ...review.not_read.map(({ dataset, parts, since }) =>
            say(since === null ? "plan.neverRead" : "plan.notRead", {
              dataset,
              n: parts,
              at: since === null ? "" : moment(since, review.zone)
            })
          ),
          ...review.unknown.map(said),
          ...review.gates.map(({ say: what, steps }) => say("plan.gate", { steps, why: asShipped(what) }))
        ].map((sentence, index) => (
          <li key={index}>{sentence}</li>
        ))}
        {review.quarantined === 0 ? null : (
          <li>
            <a href={href("quarantine", review.pipeline)}>{say("plan.quarantined", { n: review.quarantined })}</a>
          </li>
        )}
      </ul>
    </section>
  )
}

const Holds = ({ review }: { readonly review: PlanReview }) => (
  <section aria-labelledby="holds">
    <h2 id="holds">{say("plan.holds")}</h2>
    {review.holds.length === 0 ? (
      <p>{say("plan.noHolds")}</p>
    ) : (
      <ul>
        {review.holds.map((hold) => (
          <li key={hold.id}>
            <strong>{hold.id}</strong>
            {say("word.colon")} <Said told={hold.say} zone={review.zone} />
            {say("word.semicolon")}{" "}
            <span class="quiet">
              {say("plan.outcome", { steps: hold.steps })}
              {hold.unproven ? `${say("word.semicolon")} ${say("plan.unproven")}` : ""}
            </span>
            {hold.details.length === 0 ? null : (
              <ul>
                {hold.details.map((line) => (
                  <li key={line.say}>
                    <Said told={line} zone={review.zone} />
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    )}
  </section>
)

/** Approvals that wait for the run at work, and what came to nothing when its turn came. */
const AskedApprovals = ({ review }: { readonly review: PlanReview }) => (
  <div aria-live="polite">
    {review.asked.length === 0 ? null : (
      <section aria-labelledby="asked">
        <h2 id="asked">{say("plan.asked")}</h2>
        <ul>
          {review.asked.map((one) => {
            const given = { who: one.asked_by, at: moment(one.asked_at, review.zone) }
            return (
              <li key={one.id}>
                {one.reason === null ? (
                  say("plan.askedSay", { ...given, why: one.why })
                ) : (
                  <>
                    {say("plan.askedRefused", given)}
                    {say("word.colon")} <Said told={one.reason} zone={review.zone} />
                  </>
                )}
              </li>
            )
          })}
        </ul>
      </section>
    )}
  </div>
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
