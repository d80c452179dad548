import type { PlanReview } from "../../service/http/contract/plans.ts"
import { Table } from "../parts/table.tsx"
import { number, say } from "../words.ts"

/** The changes of a plan by school, by course and by section, with the people in a section before and after. */
export const Places = ({ review }: { readonly review: PlanReview }) => {
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
            head={[...head, say("plan.before"), say("plan.after"), say("plan.afterHeld")]}
            numbers={[1, 2, 3, 4, 5, 6, 7]}
            rows={review.sections.map((one) => ({
              key: one.id ?? "",
              cells: [
                ...cells(one),
                ...[one.before, one.after_without_held, one.after].map((people) =>
                  people === null ? "" : number(people)
                )
              ]
            }))}
          />
        </section>
      )}
    </>
  )
}
