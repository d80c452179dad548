import { noStepsSay, quarantinedSays } from "../extent-text.ts"
import { planActions } from "../plan.ts"
import { number } from "../../core/number.ts"
import { placeNames, type PlanReport, type SchoolChange, schoolChanges } from "../report.ts"
import type { PlaceChange, PlanSummary } from "../summary.ts"
import { SchoolsChart, SectionsChart } from "./charts.tsx"
import { type Cell, DataTable, Rest } from "./table.tsx"

const placesShown = 200

/** Steps per entity and action. */
export const Counts = ({ plan }: PlanReport) => {
  const used = planActions.filter((action) => plan.counts.some((count) => (count.actions[action] ?? 0) > 0))
  return (
    <section id="counts" aria-labelledby="counts-title">
      <h2 id="counts-title">Changes by entity</h2>
      {plan.steps.count === 0 ? (
        <p>{noStepsSay(plan)}</p>
      ) : (
        <DataTable
          caption="Steps per entity and action, held ones included"
          head={["entity", ...used, "held", ...(plan.part === undefined ? ["unchanged"] : [])]}
          rows={plan.counts.map((count) => ({
            cells: [
              count.entity,
              ...used.map((action) => count.actions[action] ?? 0),
              count.held,
              ...(plan.part === undefined ? [count.unchanged] : [])
            ]
          }))}
        />
      )}
      {quarantinedSays(plan) === null ? null : <p>{quarantinedSays(plan)}.</p>}
    </section>
  )
}

/** Schools, courses and sections that the plan touches; the page's filters thin out their tables. */
export const Places = ({ summary }: PlanReport) =>
  summary === null || summary.changes.length === 0 ? null : (
    <>
      <Schools schools={schoolChanges(summary)} />
      <Courses summary={summary} />
      <Sections summary={summary} />
    </>
  )

const Schools = ({ schools }: { readonly schools: ReadonlyArray<SchoolChange> }) => (
  <section id="schools" aria-labelledby="schools-title">
    <h2 id="schools-title">By school</h2>
    <SchoolsChart schools={schools} />
    <DataTable
      filtered
      caption="Steps per school"
      head={["school", "removed", "added", "changed", "held"]}
      rows={schools
        .slice(0, placesShown)
        .map((school) => ({ cells: [school.name, ...sums(school)], school: school.id }))}
    />
    <Rest all={schools.length} shown={placesShown} what="schools" />
  </section>
)

const Courses = ({ summary }: { readonly summary: PlanSummary }) => {
  const names = placeNames(summary)
  if (summary.courses.length === 0) return null
  return (
    <section id="courses" aria-labelledby="courses-title">
      <h2 id="courses-title">By course</h2>
      <DataTable
        filtered
        caption="Steps per course, over all its sections"
        head={["course", "school", "removed", "added", "changed", "held"]}
        rows={summary.courses.slice(0, placesShown).map((course) => ({
          cells: [course.name ?? course.id, names.school(course.school), ...sums(course)],
          school: course.school
        }))}
      />
      <Rest all={summary.coursesTouched} shown={placesShown} what="courses" />
    </section>
  )
}

const Sections = ({ summary }: { readonly summary: PlanSummary }) => {
  const names = placeNames(summary)
  const courses = new Map(summary.courses.map((course) => [course.id, course.name]))
  if (summary.sections.length === 0) return null
  return (
    <section id="sections" aria-labelledby="sections-title">
      <h2 id="sections-title">By section</h2>
      <SectionsChart sections={summary.sections} />
      <DataTable
        filtered
        caption="Sections, their size in people, and steps; those that lose most first; after is without what is held"
        head={[
          "section",
          "course",
          "school",
          "before",
          "after",
          "after, held included",
          "removed",
          "added",
          "changed",
          "held"
        ]}
        rows={summary.sections.slice(0, placesShown).map((section) => ({
          cells: [
            section.name ?? section.id,
            section.course === null ? "" : (courses.get(section.course) ?? section.course),
            names.school(section.school),
            ...[section.before, section.afterWithoutHeld, section.after].map((people): Cell => people ?? ""),
            ...sums(section)
          ],
          school: section.school,
          section: section.id
        }))}
      />
      <Rest all={summary.sectionsTouched} shown={placesShown} what="sections" />
    </section>
  )
}

const sums = (place: SchoolChange | PlaceChange): ReadonlyArray<Cell> => [
  place.removed,
  place.added,
  place.changed,
  place.held
]

/** How many of the steps the page carries, and which, where it carries a choice of them alone. */
const carried = (shown: number, matching: number, filteredTo: string | null): string => {
  const of = filteredTo === null ? "of the plan" : `of: ${filteredTo}`
  if (matching === 0) return filteredTo === null ? "This plan has no steps." : `There is no step ${of}.`
  if (shown === matching) {
    return `This page carries ${matching === 1 ? "the only step" : `all ${number(matching)} steps`} ${of}.`
  }
  return `This page carries ${number(shown)} of ${number(matching)} steps ${of}: removals first, then some of every other kind.`
}

/** The filters, and the list of steps that the page's script fills. */
export const Steps = ({ plan, steps, matching, filteredTo }: PlanReport) => (
  <section id="steps" aria-labelledby="steps-title">
    <h2 id="steps-title">Steps</h2>
    <p>
      {carried(steps.length, matching, filteredTo)} All steps of the plan lie beside it in {plan.steps.file};{" "}
      <code>rollbook show {plan.plan_id} --action … --school … --limit 0</code> lists them.
    </p>
    <noscript>
      <p>
        Without scripts the list stays empty; what is held and all sums stand on this page, and that command lists the
        rest.
      </p>
    </noscript>
    <p id="totals" class="quiet" />
    <div class="scroll with-script" role="region" tabIndex={0} aria-labelledby="steps-title" hidden>
      <table>
        <caption>Steps that match the filter</caption>
        <thead>
          <tr>
            {["action", "entity", "key", "school", "section", "why", "fields before and after", "hold"].map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody id="steps-body" />
      </table>
    </div>
    <button type="button" id="more" hidden>
      Show more
    </button>
  </section>
)

/** Filters the tables of places and the list of steps. */
export const Filter = () => (
  <form id="filter" class="with-script" aria-label="Filter the changes" hidden>
    <Choice
      name="action"
      label="Action"
      options={{ "": "all", removals: "all removals", others: "all but removals" }}
    />
    <Choice name="school" label="School" options={{ "": "all" }} />
    <Choice name="entity" label="Entity" options={{ "": "all" }} />
    <Words name="section" label="Section, by name or id" />
    <Choice name="held" label="Held" options={{ "": "held or not", yes: "held", no: "not held" }} />
    <Words name="search" label="Search the steps" />
    <button type="reset">Show all</button>
    <p id="status" role="status" />
  </form>
)

const Choice = (given: {
  readonly name: string
  readonly label: string
  readonly options: Readonly<Record<string, string>>
}) => (
  <div class="field">
    <label for={`filter-${given.name}`}>{given.label}</label>
    <select id={`filter-${given.name}`} name={given.name}>
      {Object.entries(given.options).map(([value, text]) => (
        <option value={value}>{text}</option>
      ))}
    </select>
  </div>
)

const Words = ({ name, label }: { readonly name: string; readonly label: string }) => (
  <div class="field">
    <label for={`filter-${name}`}>{label}</label>
    <input id={`filter-${name}`} name={name} type="search" autocomplete="off" />
  </div>
)
