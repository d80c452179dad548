import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import type { OneExport, StudentResult } from "../../service/http/contract/courses.ts"
import { may } from "../api.ts"
import { useAsked } from "../asking.ts"
import { Reveal } from "../parts/reveal.tsx"
import { Said } from "../parts/said.tsx"
import { Answered } from "../parts/states.tsx"
import { Status } from "../parts/status.tsx"
import { Table } from "../parts/table.tsx"
import { Title } from "../parts/title.tsx"
import type { PageProps } from "../pages.tsx"
import { href } from "../router.ts"
import { clockTime, inParts, moment, number, say } from "../words.ts"
import { Contact } from "./contact.tsx"
import { ofCourse } from "./course.ts"

/** One export: course, start and end, who, how much, and per student what became of each score. */
export const OneExportPage = ({
  course,
  run,
  session,
  zone
}: PageProps & { readonly run: string; readonly zone: string }) => {
  const [reveals, setReveals] = useState(false)
  const reveal = may(session, "reveal names", course) ? (
    <Reveal isShown={reveals} onReveal={setReveals} />
  ) : (
    <p class="quiet">{say("exports.hidden")}</p>
  )
  const asked = useAsked<OneExport>(`${ofCourse(course, "exports", run)}${reveals ? "?reveal=true" : ""}`)
  return (
    <>
      <p>
        <a href={href("courses", course, "exports")}>{say("nav.exports")}</a>
      </p>
      <Answered asked={asked}>
        {(one) => (
          <>
            <Title text={say("exports.title", { at: moment(one.started_at, zone) })} />
            <Facts one={one} zone={zone} />
            {sentNothing(one) ? <p>{say("exports.nothing")}</p> : <What one={one} zone={zone} reveal={reveal} />}
            <Contact contact={one.contact} />
          </>
        )}
      </Answered>
    </>
  )
}

/** Whether there was nothing to send: everything stood in the SIS as the grade book has it. */
const sentNothing = ({ errors, item_results: items, outcome, results, stopped }: OneExport): boolean =>
  outcome === "done" && results.length + items.length + errors + stopped === 0

/** The result of each item and each score; `reveal`: the control that shows names, where that may be. */
const What = ({
  one,
  reveal,
  zone
}: {
  readonly one: OneExport
  readonly zone: string
  readonly reveal: ComponentChildren
}) => (
  <>
    {one.item_results.length === 0 ? null : (
      <>
        <h2>{say("exports.items")}</h2>
        <Table
          name={say("exports.items")}
          head={[say("grades.item"), say("exports.result"), say("word.why")]}
          rows={one.item_results.map(({ item, state, why }, index) => ({
            key: String(index),
            cells: [
              item ?? say("word.unknown"),
              <Status group="exports" word={wordOf(state)} />,
              why === null ? "" : <Said told={why} zone={zone} />
            ]
          }))}
        />
      </>
    )}
    <h2>{say("exports.results")}</h2>
    {one.results.length === 0 ? <p>{say("word.none")}</p> : reveal}
    {one.results.length === 0 ? null : <Results one={one} zone={zone} />}
    {one.more === 0 ? null : <p>{say("exports.moreResults", { n: one.more })}</p>}
  </>
)

const Facts = ({ one, zone }: { readonly one: OneExport; readonly zone: string }) => (
  <dl>
    {[
      [say("plan.course"), one.course ?? say("word.unknown")],
      [say("run.started"), moment(one.started_at, zone)],
      [say("run.ended"), one.ended_at === null ? say("outcome.running") : moment(one.ended_at, zone)],
      [say("run.by"), one.by ?? say("exports.nightly")],
      [say("exports.students"), one.students === null ? say("word.unknown") : number(one.students)],
      [say("exports.items"), number(one.items)],
      [say("exports.scores"), number(one.scores)],
      [say("exports.errors"), number(one.errors)]
    ].map(([name, value]) => (
      <>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </>
    ))}
    <dt>{say("run.outcome")}</dt>
    <dd>
      <Status word={one.outcome} />
    </dd>
  </dl>
)

const Results = ({ one, zone }: { readonly one: OneExport; readonly zone: string }) => (
  <Table
    name={say("exports.results")}
    numbers={[2]}
    head={[say("exports.student"), say("grades.item"), say("exports.score"), say("exports.result"), say("word.why")]}
    rows={one.results.map((result, index) => ({
      key: String(index),
      cells: [
        result.student ?? "***",
        result.item ?? "",
        result.score ?? "",
        <Status group="exports" word={wordOf(result.state)} />,
        whyOf(result, zone)
      ]
    }))}
  />
)

const wordOf = (state: StudentResult["state"]): string => (state === "waiting" ? "waitingFor" : state)

/** Why, until when, and whether somebody changed it in the SIS. */
const whyOf = ({ changed_in_sis: isChanged, until, why }: StudentResult, zone: string): ComponentChildren => {
  const further = inParts([
    ...(until === null
      ? []
      : [say("exports.until", { until: until.endsWith("Z") ? moment(until, zone) : clockTime(until) })]),
    ...(isChanged ? [say("exports.changedInSis")] : [])
  ])
  if (why === null) return further
  return (
    <>
      <Said told={why} zone={zone} />
      {further === "" ? "" : `${say("word.semicolon")} ${further}`}
    </>
  )
}
