import type { RefObject } from "preact"
import { useEffect, useId, useState } from "preact/hooks"
import type { ApprovalGiven, ApprovalWaiting, ApprovalWanted, PlanReview } from "../../service/http/contract/plans.ts"
import { ask } from "../api.ts"
import { useDoing } from "../asking.ts"
import { isChecked, lacksWhy } from "../elements.ts"
import { Notice } from "../parts/notice.tsx"
import { Refusal } from "../parts/states.tsx"
import { say, tell } from "../words.ts"
import { Said } from "../parts/said.tsx"

/** Outcome of an approval; of one that waits the plan tells what becomes of it. */
export type Outcome = ApprovalGiven | ApprovalWaiting

/** The choice to be approved: `all`, `hold:` and an id, `school:` and an id, or `rows`. */
type Extent = string

/**
 * Approves all that is held, one hold, what is held in a school, or the rows that were chosen; with why. Whoever chooses rows
 * means those, until they say otherwise here.
 */
export const Approve = ({
  chosen,
  onOutcome,
  outcome,
  reason,
  review
}: {
  readonly review: PlanReview
  readonly chosen: ReadonlySet<number>
  readonly outcome: Outcome | null
  /** Called with null as an approval begins, and with what it came to. */
  readonly onOutcome: (outcome: Outcome | null) => void
  /** The field in which the why is written. */
  readonly reason: RefObject<HTMLTextAreaElement | null>
}) => {
  const [extent, setExtent] = useState<Extent>("all")
  useEffect(() => setExtent(chosen.size === 0 ? "all" : "rows"), [chosen])
  const [why, setWhy] = useState("")
  const [isTooShort, setTooShort] = useState(false)
  const [isOpenEyed, setOpenEyed] = useState(false)
  const { run, trouble } = useDoing()
  const id = useId()
  const options = optionsOf(review, chosen)
  const selected = options.some(([value]) => value === extent) ? extent : "all"
  const approve = (): void => {
    const isShort = lacksWhy(why)
    setTooShort(isShort)
    if (isShort) return reason.current?.focus()
    run(async () => {
      onOutcome(null)
      const wanted: ApprovalWanted = { ...wantedBy(selected, chosen), even_unproven: isOpenEyed, why }
      onOutcome(await ask<Outcome>(`/api/plans/${encodeURIComponent(review.plan)}/approvals`, wanted))
      setWhy("")
    })
  }
  return (
    <section class="card" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{say("plan.approve")}</h2>
      <fieldset class="choices">
        <legend>{say("plan.approveWhat")}</legend>
        {options.map(([value, text]) => (
          <label key={value}>
            <input
              type="radio"
              name={`${id}-extent`}
              value={value}
              checked={value === selected}
              onChange={() => setExtent(value)}
            />{" "}
            {text}
          </label>
        ))}
      </fieldset>
      <p class="quiet">{say("plan.chooseBelow")}</p>
      {review.holds.some((hold) => hold.unproven) ? (
        <d2l-input-checkbox
          label={say("plan.evenUnproven")}
          checked={isOpenEyed}
          onChange={(event) => setOpenEyed(isChecked(event))}
        />
      ) : null}
      <label class="plain" for={`${id}-why`}>
        {say("plan.whyLabel")}
      </label>
      <div>
        <textarea
          ref={reason}
          id={`${id}-why`}
          rows={2}
          cols={60}
          required
          maxLength={1000}
          aria-describedby={`${id}-hint`}
          aria-invalid={isTooShort}
          value={why}
          onInput={(event) => setWhy(event.currentTarget.value)}
        />
      </div>
      <p id={`${id}-hint`} class={isTooShort ? "wrong" : "quiet"} role={isTooShort ? "alert" : undefined}>
        {say(isTooShort ? "word.whyNeeded" : "plan.whyHint")}
      </p>
      <d2l-button primary onClick={approve}>
        {say("plan.approve")}
      </d2l-button>
      <Refusal trouble={trouble} />
      {outcome === null ? null : <OutcomeNotice outcome={outcome} review={review} />}
    </section>
  )
}

/** The approval of a plan that an answer was about, once it stands; undefined before. */
const standingOf = (
  { waits }: ApprovalWaiting,
  { approvals }: PlanReview
): PlanReview["approvals"][number] | undefined =>
  approvals.find((one) => one.approved_at === waits.asked_at && one.approved_by === waits.asked_by)

const reasonOf = ({ waits }: ApprovalWaiting, { asked }: PlanReview) =>
  asked.find((one) => one.id === waits.id)?.reason ?? null

/** Whether an approval waits still, as far as the plan tells. */
export const isOpen = (outcome: Outcome | null, review: PlanReview): boolean =>
  outcome !== null &&
  "waits" in outcome &&
  standingOf(outcome, review) === undefined &&
  reasonOf(outcome, review) === null

const OutcomeNotice = ({ outcome, review }: { readonly outcome: Outcome; readonly review: PlanReview }) => {
  if (!("waits" in outcome)) {
    return (
      <Notice key={outcome.approval.id}>
        {say("plan.approved", { n: outcome.approval.steps })}
        {outcome.waiting === 0 ? "" : ` ${say("plan.waitsStill", { n: outcome.waiting })}`}
      </Notice>
    )
  }
  const standing = standingOf(outcome, review)
  if (standing !== undefined) return <Notice key={standing.id}>{say("plan.approved", { n: standing.steps })}</Notice>
  const reason = reasonOf(outcome, review)
  return reason === null ? (
    <Notice key={outcome.waits.id}>{say("plan.askedWaits")}</Notice>
  ) : (
    <Notice key={`${outcome.waits.id} refused`} type="critical">
      <Said told={reason} zone={review.zone} />
    </Notice>
  )
}

const optionsOf = (
  review: PlanReview,
  chosen: ReadonlySet<number>
): ReadonlyArray<readonly [value: Extent, text: string]> => [
  ["all", say("plan.approveAll")],
  ...review.holds
    .filter((hold) => hold.can_be_approved)
    .map(
      (hold) =>
        [`hold:${hold.id}`, say("plan.approveHold", { hold: hold.id, say: tell(hold.say, review.zone) })] as const
    ),
  ...review.schools.flatMap((school) =>
    school.id !== null && school.held > 0
      ? [[`school:${school.id}`, say("plan.approveSchool", { school: school.name })] as const]
      : []
  ),
  ...(chosen.size === 0 ? [] : [["rows", say("plan.approveChosen", { n: chosen.size })] as const])
]

const wantedBy = (extent: Extent, chosen: ReadonlySet<number>): Omit<ApprovalWanted, "why" | "even_unproven"> => {
  const [kind, ...id] = extent.split(":")
  switch (kind) {
    case "hold":
      return { holds: [id.join(":")] }
    case "school":
      return { schools: [id.join(":")] }
    case "rows":
      return { steps: [...chosen] }
    default:
      return {}
  }
}
